"""The part of a recipe that makes a model of cell codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CellsRecipe:
    """[cells]: the sizes of the two networks and how long they learn.

    context: hidden widths of the context network, of each octant; none: the recipe is not one of cell codes.
    placement: the width of the network that places points; `most` is how many a cell can have.
    """

    context: tuple[int, ...] = ()
    placement: int = 256
    most: int = 48
    context_steps: int = 14_000
    context_rate: float = 2e-3
    placement_steps: int = 6_000
    placement_rate: float = 1e-3
    default: int = 256  # bits a code may have unless asked otherwise
    average: float = 0.998  # decay of the running mean of the weights, over the second half
    validate_every: int = 1_000
    seed: int = 0

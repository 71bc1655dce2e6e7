"""What a model's file says of the networks of cell codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError

MAX_CONTEXT_WIDTH = 256
"""Sums of so many products of 8 bits stay below 2^24."""
MAX_PLACEMENT_WIDTH = 1024
MAX_POINTS_IN_CELL = 256


@dataclass(frozen=True)
class CellDescription:
    """The sizes of the two networks.

    context: the two hidden widths of the context network, of each octant. placement: the width of the
    network that places points. most: how many points one cell can have.

    Raises InputError for sizes out of bounds.
    """

    context: tuple[int, int]
    placement: int
    most: int

    def __post_init__(self) -> None:
        for what, number, largest in (
            ("context", self.context[0], MAX_CONTEXT_WIDTH),
            ("context", self.context[1], MAX_CONTEXT_WIDTH),
            ("placement", self.placement, MAX_PLACEMENT_WIDTH),
            ("most", self.most, MAX_POINTS_IN_CELL),
        ):
            if type(number) is not int or not 1 <= number <= largest:
                raise InputError(f"{what} = {number!r}; use a whole number from 1 to {largest}")

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> CellDescription:
        """Of the object `cells` in a model document."""
        first, second = document["context"]
        return cls((first, second), document["placement"], document["most"])

    def document(self) -> dict[str, Any]:
        """The object `cells` of a model document."""
        return {"context": list(self.context), "placement": self.placement, "most": self.most}

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """The name and shape of every tensor."""
        from pcbin.models.cells import network, placement  # whoever needs no cell codes starts without

        whole = {name: shape for name, (shape, _) in network.tensor_shapes(self.context).items()}
        return whole | placement.tensor_shapes(self.placement, self.most)

    def check(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        """Raises ValueError unless the tensors are those of the networks."""
        from pcbin.models.cells import network, placement
        from pcbin.models.weights import check_weights

        rest = dict(tensors)
        for name, (shape, kind) in network.tensor_shapes(self.context).items():
            tensor = rest.pop(name, None)
            if tensor is None or tensor.shape != shape or tensor.dtype != np.dtype(kind):
                raise ValueError(f"{name} is not {np.dtype(kind)} of shape {shape}")
        network.check_values(tensors)
        check_weights(rest, placement.tensor_shapes(self.placement, self.most))

"""What the networks of cell codes learn from: clouds in all poses, on grids as an encoder may choose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32, renormalise, rotation_matrix
from pcbin.datasets.shapes import draw
from pcbin.models.cells.codes import Gridded, levels_of, with_enough
from pcbin.models.cells.context import OCTANTS, OF_CHILD, OF_PARENT, Int8, occupied_children
from pcbin.models.cells.grid import QUARTERS, STEPS, Grid, counted
from pcbin.training.batches import CloudSet

COARSEST = 8
"""Coarser grids have so few cells that there is nothing to learn."""
_USUAL, _SPREAD = 36.0, 12.0
"""Mean and standard deviation of the steps of most grids: those of 60 to 1,000 bits."""


@dataclass(frozen=True, eq=False)
class Example:
    """A normalised (N, 3) cloud and its cells."""

    cloud: Float32
    gridded: Gridded


def any_step(rng: np.random.Generator) -> int:
    """The size of the cells of an example."""
    if rng.random() < 0.8:
        return int(np.clip(rng.normal(_USUAL, _SPREAD), COARSEST, STEPS - 1))
    return int(rng.integers(COARSEST, STEPS))


def example(sets: Sequence[CloudSet], points: int, step: int, rng: np.random.Generator) -> Example:
    """A cloud of one of the sets, by their weights, on a grid of this step: half of them shifted, and half
    without the cells that hold very few points."""
    weights = np.array([one.weight for one in sets])
    chosen = sets[rng.choice(len(sets), p=weights / weights.sum())]
    shape = chosen.points[rng.integers(len(chosen))].astype(np.float64)
    cloud = renormalise(_posed(draw(shape, points, rng), rng).astype(np.float32))
    shift = rng.integers(QUARTERS, size=2) if rng.random() < 0.5 else (0, 0)
    grid = Grid(step, int(shift[0]), int(shift[1]))
    cells, counts = counted(cloud, grid)
    least = 1.0
    if rng.random() < 0.5:
        least = min(int(rng.integers(2, 5)), max(1.0, float(np.median(counts)) / 2))
    return Example(cloud, with_enough(cells, counts, grid, least))


def _posed(points: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Mirrored, stretched, turned in one of several ways, and some with noise."""
    if rng.random() < 0.5:
        points = points * [-1, 1, 1]
    if rng.random() < 0.5:
        points = points * np.exp(rng.normal(0, 0.2, 3))
    which = rng.random()
    if which < 0.30:
        points = points[:, rng.permutation(3)] * rng.choice([-1, 1], 3)
    elif which < 0.42:
        points = points @ _turn(np.array([0, 1, 0]), rng.uniform(0, 2 * np.pi))
    elif which < 0.50:
        points = points @ _turn(rng.normal(size=3), rng.uniform(0, 2 * np.pi))
    elif which < 0.56:
        points = points @ _turn(np.eye(3)[rng.integers(3)], rng.normal(0, 0.1))
    if rng.random() < 0.1:
        points = points + rng.normal(0, rng.uniform(0, 0.006), points.shape)
    return points


def _turn(axis: npt.NDArray[np.floating], angle: float) -> npt.NDArray[np.float64]:
    """(3, 3) a rotation about an axis."""
    x, y, z = np.sin(angle / 2) * axis / np.linalg.norm(axis)
    return rotation_matrix((x, y, z, np.cos(angle / 2)))


@dataclass(frozen=True, eq=False)
class Contexts:
    """The parents of all levels of a batch and their children: told (n, OF_PARENT) and (8, n, OF_CHILD), and
    which children are occupied (8, n), and coded, because they are not certain (8, n)."""

    parents: Int8
    children: Int8
    occupied: npt.NDArray[np.bool_]
    coded: npt.NDArray[np.bool_]


def contexts(objects: Sequence[Gridded]) -> Contexts:
    """What the context network sees of objects whose grids have one number of levels."""
    parents, children, occupied, coded = [], [], [], []
    for level, below in levels_of(objects):
        bits = occupied_children(level, below)
        told = np.empty((len(OCTANTS), len(level.cells), OF_CHILD), np.int8)
        uncertain = np.empty(bits.shape, bool)
        parents.append(level.of_parents())
        for octant in range(len(OCTANTS)):
            told[octant] = level.of_children(octant)
            uncertain[octant] = ~level.certain(octant)
            level.put(octant, bits[octant])
        children.append(told)
        occupied.append(bits)
        coded.append(uncertain)
    return Contexts(
        np.concatenate(parents).reshape(-1, OF_PARENT),
        np.concatenate(children, axis=1),
        np.concatenate(occupied, axis=1),
        np.concatenate(coded, axis=1),
    )

"""Clouds as sets of cells of a regular grid over the cube that holds every normalised cloud."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32

Cells = npt.NDArray[np.int64]


def occupied(cloud: Float32, side: int) -> Cells:
    """(M, 3) distinct cells of a side^3 grid that hold one of the (N, 3) points, x fastest, then z, then y.

    Layers of equal height last: objects stand upright, so that long runs of cells are alike.
    """
    cells = np.clip(np.floor((cloud.astype(np.float64) + 0.5) * side), 0, side - 1).astype(np.int64)
    return unlinear(np.unique(linear(cells, side)), side)


def centres(cells: npt.NDArray[Any], side: int) -> Float32:
    """(M, 3): where a decoder puts the points."""
    points: Float32 = ((cells + 0.5) / side - 0.5).astype(np.float32)
    return points


def linear(cells: Cells, side: int) -> Cells:
    """(M,): the numbers of the cells, from 0 to side^3 - 1."""
    numbers: Cells = (cells[:, 1] * side + cells[:, 2]) * side + cells[:, 0]
    return numbers


def unlinear(numbers: Cells, side: int) -> Cells:
    """(M, 3): the cells of the numbers."""
    rest, x = np.divmod(numbers, side)
    y, z = np.divmod(rest, side)
    return np.stack([x, y, z], axis=1)


def gaps(cells: Cells, side: int) -> Cells:
    """(M,): how many empty cells lie before each occupied one, in the order of their numbers."""
    between: Cells = np.diff(linear(cells, side), prepend=-1) - 1
    return between


def ungaps(between: npt.NDArray[Any], side: int) -> Cells:
    """(M, 3): the cells of `gaps`."""
    return unlinear(np.cumsum(between.astype(np.int64) + 1) - 1, side)

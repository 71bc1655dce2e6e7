"""Nearest neighbours by k-d trees, and the Chamfer distance that they give."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64

Array = npt.NDArray[Any]


class Nearest(NamedTuple):
    """The nearest of (M, 3) others to each of (N, 3) points."""

    squared: Float64
    """(N,): the squared distances."""
    rows: npt.NDArray[np.intp]
    """(N,): which of the others."""


def tree(points: Array) -> Any:
    """A k-d tree of (N, 3) points: one that is built faster and, on samples of surfaces, searched as fast."""
    from scipy.spatial import cKDTree

    return cKDTree(points, balanced_tree=False, compact_nodes=False)


def nearest(points: Array, others: Any) -> Nearest:
    """The nearest neighbours of (N, 3) points in the `tree` of the others."""
    distances, rows = others.query(points)
    return Nearest(distances**2, rows)


def nearest_squared(points: Array, others: Array) -> Float64:
    """(N,): the squared distance from each of (N, 3) points to the nearest of (M, 3) others."""
    return nearest(points, tree(others)).squared


def chamfer(x: Array, y: Array) -> float:
    """mean_x min_y |x-y|^2 + mean_y min_x |x-y|^2 of (N, 3) and (M, 3) points, in their own units.

    `distortion` scales to a unit bounding-box diagonal first; `pcbin.training.chamfer_loss` is the same in
    torch, with gradients.
    """
    return mean_of_both(nearest_squared(x, y), nearest_squared(y, x))


def mean_of_both(to_y: Float64, to_x: Float64) -> float:
    """The Chamfer distance from the squared distances of both directions."""
    return float(to_y.mean() + to_x.mean())

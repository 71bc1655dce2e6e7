"""Nearest neighbours by k-d trees or a compiled grid, and the Chamfer distance that they give."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64

Array = npt.NDArray[Any]

SOON = 100
"""Pairs of clouds after which a process loads the compiled grid: for fewer, trees are as fast as loading."""
SMALL = 8192
"""Points of clouds that the grid searches: in larger ones, unevenly spread, its cells hold too many."""
SAMPLE, DIFFERENT = 1024, 0.9
"""Of so many points of a larger cloud, the share that differ where it is searched as it is: a tree cannot
split equal points, and looks at all of them for each query."""
_searched = count()


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


def both(x: Array, y: Array) -> tuple[Nearest, Nearest]:
    """Of (N, 3) and (M, 3) points: the nearest y of each x, and the nearest x of each y.

    By the compiled grid where numba is installed, and there is enough to do; the results are the same.
    """
    if max(len(x), len(y)) <= SMALL and next(_searched) >= SOON:
        search = grid()
        if search is not None:
            to_y, to_x = search(x, y)
            # squared roots as a tree's distances are: the same to the last bit
            return Nearest(np.sqrt(to_y[0]) ** 2, to_y[1]), Nearest(np.sqrt(to_x[0]) ** 2, to_x[1])
    return _nearest_of(x, y), _nearest_of(y, x)


def _nearest_of(points: Array, others: Array) -> Nearest:
    """`nearest`, of arrays: with many equal others, only one of each is searched."""
    if len(others) > SMALL and _share_of_different(others[:: len(others) // SAMPLE]) < DIFFERENT:
        kept = _first_of_equal(others)
        near = nearest(points, tree(others[kept]))
        return Nearest(near.squared, kept[near.rows])
    return nearest(points, tree(others))


def _share_of_different(points: Array) -> float:
    return len(_first_of_equal(points)) / len(points)


def _first_of_equal(points: Array) -> npt.NDArray[np.intp]:
    """The rows of (N, 3) points, one of each group of equal ones."""
    order = np.lexsort(points.T)
    ordered = points[order]
    kept: npt.NDArray[np.intp] = order[np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))]
    return kept


@lru_cache(maxsize=1)
def grid() -> Callable[[Array, Array], Any] | None:
    """The compiled search; None without numba, or where there is no folder that it can keep its work in."""
    try:
        from pcbin.metrics import neighbour_grid
    except (ImportError, RuntimeError):
        return None
    return neighbour_grid.both


def nearest_squared(points: Array, others: Array) -> Float64:
    """(N,): the squared distance from each of (N, 3) points to the nearest of (M, 3) others."""
    return _nearest_of(points, others).squared


def chamfer(x: Array, y: Array) -> float:
    """mean_x min_y |x-y|^2 + mean_y min_x |x-y|^2 of (N, 3) and (M, 3) points, in their own units.

    `distortion` scales to a unit bounding-box diagonal first; `pcbin.training.chamfer_loss` is the same in
    torch, with gradients.
    """
    to_y, to_x = both(x, y)
    return mean_of_both(to_y.squared, to_x.squared)


def mean_of_both(to_y: Float64, to_x: Float64) -> float:
    """The Chamfer distance from the squared distances of both directions."""
    return float(to_y.mean() + to_x.mean())

"""Nearest neighbours of two clouds by a uniform grid, compiled by numba: several times as fast as k-d trees.

The distances are those of SciPy's k-d trees, to the last bit, and so are the rows, unless two points are
exactly as near.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

PER_CELL = 7
"""Points, about, in a filled cell of a surface."""
MOST = 32
"""Cells along the longest side: emptying more of them takes longer than they save."""
ROWS = np.array([(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)])
"""Of cells around one, the nearest first."""


@njit("UniTuple(f8, 4)(f8[:, ::1], f8[:, ::1], i8)", nogil=True, cache=True)
def _box(x, y, side):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """The corner of a box around all points, and the size of a cell."""
    low, width = np.empty(3), 0.0
    for axis in range(3):
        least = most = x[0, axis]
        for points in (x, y):
            for j in range(len(points)):
                least, most = min(least, points[j, axis]), max(most, points[j, axis])
        low[axis], width = least, max(width, most - least)
    return low[0], low[1], low[2], width * 1.0001 / side + 1e-12


@njit("Tuple((i4[::1], f8[:, ::1], i4[::1]))(f8[:, ::1], UniTuple(f8, 4), i8)", nogil=True, cache=True)
def _fill(points, grid, side):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Sorts points into cells: where each cell starts, the points in this order, and their rows."""
    count, scale = len(points), 1 / grid[3]
    starts = np.zeros(side * side * side + 1, np.int32)
    cells = np.empty(count, np.int32)
    for j in range(count):
        cell = 0
        for axis in range(3):
            # from below too: a point that is not a number (a diverged run) must not leave the array
            place = int((points[j, axis] - grid[axis]) * scale)
            cell = cell * side + min(max(place, 0), side - 1)
        cells[j] = cell
        starts[cell + 1] += 1
    for cell in range(side * side * side):
        starts[cell + 1] += starts[cell]
    free = starts[:-1].copy()
    ordered, rows = np.empty((count, 3)), np.empty(count, np.int32)
    for j in range(count):
        place = free[cells[j]]
        free[cells[j]] += 1
        rows[place] = j
        for axis in range(3):
            ordered[place, axis] = points[j, axis]
    return starts, ordered, rows


@njit(
    "void(Tuple((i4[::1], f8[:, ::1], i4[::1])), Tuple((i4[::1], f8[:, ::1], i4[::1])), UniTuple(f8, 4), i8,"
    " i8[:, ::1], i8[::1], f8[::1])",
    nogil=True,
    cache=True,
)
def _search(points, others, grid, side, around, found, squared):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0917  # pragma: no cover - compiled
    """For each point, cell by cell, which of the others is nearest, and the squared distance."""
    cells, ordered, rows = points
    starts, theirs, numbers = others
    low_x, low_y, low_z, size = grid
    near = 0
    for e in range(side):
        for f in range(side):
            line = (e * side + f) * side
            for g in range(side if cells[line] < cells[line + side] else 0):
                for q in range(cells[line + g], cells[line + g + 1]):
                    a, b, c = ordered[q, 0], ordered[q, 1], ordered[q, 2]
                    r, s, t = theirs[near, 0] - a, theirs[near, 1] - b, theirs[near, 2] - c
                    best = r * r + s * s + t * t  # to the neighbour of the point before: a good start
                    for o in range(len(around)):
                        u, v = e + around[o, 0], f + around[o, 1]
                        if min(u, v) < 0 or max(u, v) >= side:
                            continue
                        h = max(low_x + u * size - a, a - (low_x + (u + 1) * size), 0.0)
                        k = max(low_y + v * size - b, b - (low_y + (v + 1) * size), 0.0)
                        if h * h + k * k > best * (1 + 1e-9):
                            continue
                        row = (u * side + v) * side
                        for p in range(starts[row + max(g - 1, 0)], starts[row + min(g + 1, side - 1) + 1]):
                            r, s, t = theirs[p, 0] - a, theirs[p, 1] - b, theirs[p, 2] - c
                            d = r * r + s * s + t * t
                            if d < best:
                                best, near = d, p
                    ring = 1
                    while ring < side:  # cells at growing distance, until no nearer point can be in the next
                        margin = min(
                            a - (low_x + (e - ring) * size), low_x + (e + ring + 1) * size - a,
                            b - (low_y + (f - ring) * size), low_y + (f + ring + 1) * size - b,
                            c - (low_z + (g - ring) * size), low_z + (g + ring + 1) * size - c,
                        )  # fmt: skip
                        if margin > 0 and best <= margin * margin:
                            break
                        ring += 1
                        for u in range(max(e - ring, 0), min(e + ring, side - 1) + 1):
                            for v in range(max(f - ring, 0), min(f + ring, side - 1) + 1):
                                row = (u * side + v) * side
                                face = abs(u - e) == ring or abs(v - f) == ring
                                step = 2 * ring + 1 if face else 2 * ring  # the whole row is new, or its ends
                                for w in range(g - ring, g + ring + 1, step):
                                    first, last = (max(w, 0), min(g + ring, side - 1)) if face else (w, w)
                                    if first >= 0 and last < side:
                                        for p in range(starts[row + first], starts[row + last + 1]):
                                            r, s, t = theirs[p, 0] - a, theirs[p, 1] - b, theirs[p, 2] - c
                                            d = r * r + s * s + t * t
                                            if d < best:
                                                best, near = d, p
                    found[rows[q]] = numbers[near]
                    squared[rows[q]] = best


Found = tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]


def both(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[Found, Found]:
    """Of (N, 3) and (M, 3) points, from each x: the squared distance to the nearest y, and which that is.

    Both are (N,); then the same from each y, (M,).
    """
    x, y = np.ascontiguousarray(x, np.float64), np.ascontiguousarray(y, np.float64)
    side = int(np.clip(np.sqrt(max(len(x), len(y)) / PER_CELL), 1, MOST))
    grid = _box(x, y, side)
    cells = _fill(x, grid, side), _fill(y, grid, side)
    found = []
    for mine, others in (cells, cells[::-1]):
        squared, rows = np.empty(len(mine[2])), np.empty(len(mine[2]), np.int64)
        _search(mine, others, grid, side, ROWS, rows, squared)
        found.append((squared, rows))
    return found[0], found[1]

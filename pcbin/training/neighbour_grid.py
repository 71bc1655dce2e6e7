"""Nearest neighbours of clouds by a uniform grid, compiled by numba: several times as fast as k-d trees."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

CELLS = 24
"""Cells along the longest side: for a surface of about 2048 points that is 2 to 4 points a filled cell."""


FAR = np.float32(1e38)


@njit(nogil=True, fastmath=True)
def _fill(y, side):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Sorts points into cells: the grid's corner, a cell's size, where each cell starts, the order."""
    low = np.empty(3, np.float32)
    size = np.float32(0)
    for axis in range(3):
        low[axis] = y[:, axis].min()
        size = max(size, y[:, axis].max() - low[axis])
    size = size * np.float32(1.0001) / side + np.float32(1e-12)
    starts = np.zeros(side * side * side + 1, np.int32)
    cells = np.empty(len(y), np.int32)
    for j in range(len(y)):
        cell = 0
        for axis in range(3):
            # from below too: a point that is not a number (a diverged run) must not leave the array
            cell = cell * side + min(max(int((y[j, axis] - low[axis]) / size), 0), side - 1)
        cells[j] = cell
        starts[cell + 1] += 1
    for cell in range(side * side * side):
        starts[cell + 1] += starts[cell]
    free = starts[:-1].copy()
    order = np.empty(len(y), np.int32)
    for j in range(len(y)):
        order[free[cells[j]]] = j
        free[cells[j]] += 1
    return low, size, starts, order


@njit(nogil=True, fastmath=True)
def _search(x, y, side, found):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    low, size, starts, order = _fill(y, side)
    ordered = y[order]
    for i in range(len(x)):
        a, b, c = x[i, 0], x[i, 1], x[i, 2]
        e = min(max(int((a - low[0]) / size), 0), side - 1)
        f = min(max(int((b - low[1]) / size), 0), side - 1)
        g = min(max(int((c - low[2]) / size), 0), side - 1)
        best, nearest = FAR, 0
        for ring in range(side):  # cells at growing distance, until no nearer point can be in the next ring
            for u in range(max(e - ring, 0), min(e + ring, side - 1) + 1):
                for v in range(max(f - ring, 0), min(f + ring, side - 1) + 1):
                    row = (u * side + v) * side
                    face = abs(u - e) == ring or abs(v - f) == ring
                    step = 2 * ring + 1 if face else 2 * ring  # the whole row is new, or only its ends
                    for w in range(g - ring, g + ring + 1, step):
                        first, last = (max(w, 0), min(g + ring, side - 1)) if face else (w, w)
                        if first >= 0 and last < side:
                            for p in range(starts[row + first], starts[row + last + 1]):
                                r, s, t = ordered[p, 0] - a, ordered[p, 1] - b, ordered[p, 2] - c
                                d = r * r + s * s + t * t
                                if d < best:
                                    best, nearest = d, p
            margin = min(
                a - (low[0] + (e - ring) * size), low[0] + (e + ring + 1) * size - a,
                b - (low[1] + (f - ring) * size), low[1] + (f + ring + 1) * size - b,
                c - (low[2] + (g - ring) * size), low[2] + (g + ring + 1) * size - c,
            )  # fmt: skip
            if margin > 0 and best <= margin * margin:
                break
        found[i] = order[nearest]


def nearest(x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """For (N, 3) x and (M, 3) y, finite: the row of y that is nearest to each x (N,)."""
    found = np.empty(len(x), np.int64)
    _search(x, y, CELLS, found)
    return found

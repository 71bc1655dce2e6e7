"""Key points: k cells of a grid that stand for the cloud best, and the exact code of that set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from pcbin.arrays import Float32, Float64

from . import bits, setcode
from .grid import Cells
from .scheme import Code, Kind

FINENESS = (6, 8, 10, 12, 16, 20, 24, 32)
"""Cells along a unit length; the encoder tries them from coarse to fine, and says in 3 bits which it took."""
WORSE = 1.5
"""It stops where the next is worse than the best by this factor: it falls, then rises, not smoothly."""
ROUNDS = 12


class KeyPoints:
    """A code of exactly `setting` bits: fineness, the grid's three sides in cells, the number of the set.

    The grid fills the cloud's bounding box. How many cells are chosen needs no bits: as many as fit.
    """

    name = "k points on a grid"
    kind: Kind = "untrained"
    container = "the bare code, up to whole bytes"
    settings = (64, 128, 256, 512, 1024, 2048)

    def label(self, setting: int) -> str:
        return f"{setting} bits"

    def encode(self, cloud: Float32, setting: int) -> Code:
        points = cloud.astype(np.float64)
        tree, extent = cKDTree(points), np.ptp(points, axis=0)
        best, least = None, np.inf
        for number, fineness in enumerate(FINENESS):
            sides = np.maximum(1, np.rint(extent * fineness)).astype(np.int64)
            k = _fitting(sides, fineness, setting)
            finest = number == len(FINENESS) - 1
            if not finest and k > len(np.unique(_cells(points, sides, fineness))):
                continue  # every cell that holds a point fits, and bits are left: a finer grid does better
            chosen = _choose(points, tree, k, sides, fineness)
            found = _places(chosen, sides, fineness)
            distance = np.mean(tree.query(found)[0] ** 2) + np.mean(cKDTree(found).query(points)[0] ** 2)
            if distance > WORSE * least:
                break
            if distance < least:
                best, least = (number, sides, chosen), distance
        assert best is not None
        number, sides, chosen = best
        widths = _widths(FINENESS[number], setting)
        return bits.pack([number, *(sides - 1).tolist(), setcode.rank(chosen.tolist())], widths)

    def decode(self, data: bytes, setting: int) -> Float32:
        fineness = FINENESS[data[0] >> 5]
        _, *sizes, number = bits.unpack(data, _widths(fineness, setting))
        sides = np.array(sizes) + 1
        chosen = setcode.unrank(number, int(sides.prod()), _fitting(sides, fineness, setting))
        return _places(np.array(chosen), sides, fineness).astype(np.float32)

    def table_bytes(self, setting: int) -> int:
        return 0


def _widths(fineness: int, setting: int) -> list[int]:
    side = (fineness - 1).bit_length()
    return [3, side, side, side, setting - 3 - 3 * side]


def _fitting(sides: Cells, fineness: int, setting: int) -> int:
    """How many cells the rest of the bits can name; at least one, where 1 of all cells fits."""
    return max(1, setcode.largest(int(sides.prod()), _widths(fineness, setting)[-1]))


def _places(chosen: Cells, sides: Cells, fineness: int) -> Float64:
    """(k,) numbers of cells -> (k, 3) centres; the grid lies around the origin."""
    cells = np.stack(np.unravel_index(chosen, sides.tolist()), axis=1)
    places: Float64 = (cells + 0.5 - sides / 2) / fineness
    return places


def _choose(points: Float64, tree: cKDTree, k: int, sides: Cells, fineness: int) -> Cells:
    """(k,) different cells: those of k means, and the fullest others where two means share one."""
    cells = _cells(_means(points, k), sides, fineness)
    chosen = np.unique(cells)
    if len(chosen) < k:
        filled = np.bincount(_cells(points, sides, fineness), minlength=int(sides.prod()))
        away = tree.query(_places(np.arange(len(filled)), sides, fineness))[0]
        order = np.lexsort((away, -filled))
        chosen = np.union1d(chosen, order[~np.isin(order, chosen)][: k - len(chosen)])
    return chosen


def _cells(points: Float64, sides: Cells, fineness: int) -> Cells:
    cells = np.clip(np.floor(points * fineness + sides / 2).astype(np.int64), 0, sides - 1)
    numbers: Cells = np.ravel_multi_index(tuple(cells.T), sides.tolist())
    return numbers


def _means(points: Float64, k: int) -> Float64:
    """(k, 3): Lloyd's means, from points that are far from each other."""
    if k >= len(points):
        return points
    means = points[_far_apart(points, k)]
    for _ in range(ROUNDS):
        owner = cKDTree(means).query(points)[1]
        count = np.bincount(owner, minlength=k)
        total = np.stack([np.bincount(owner, points[:, axis], minlength=k) for axis in range(3)], axis=1)
        means = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], means)
    return means


def _far_apart(points: Float64, k: int) -> npt.NDArray[np.intp] | Sequence[int]:
    """k rows, each the farthest from those before it, the first the farthest from the centre."""
    rows = [int(np.argmax((points**2).sum(axis=1)))]
    nearest = np.full(len(points), np.inf)
    while len(rows) < k:
        np.minimum(nearest, ((points - points[rows[-1]]) ** 2).sum(axis=1), out=nearest)
        rows.append(int(nearest.argmax()))
    return rows

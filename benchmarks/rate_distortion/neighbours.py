"""The training piece of least Chamfer distance to a cloud, without comparing the cloud to every piece.

All pieces are compared roughly: with the squared distances from the cells of a coarse grid to every piece (a
table), and to the cloud (made for each), both directions of the Chamfer distance become two matrix products.
The best few are compared exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from pcbin.arrays import Float32, Float64

from .cache import Cache, Tables
from .progress import Progress

EXACT = 16
"""Pieces that are compared exactly."""


def stored(cloud: Float32) -> Float32:
    """The cloud as a decoder's table of 16-bit floats has it."""
    rounded: Float32 = cloud.astype(np.float16).astype(np.float32)
    return rounded


class Neighbours:
    """Pieces in a box. A piece may be empty; distances to nothing are half of the box's diagonal.

    pieces: (M, 3) clouds. low, high: (3,) corners of the box they lie in. metric: (3,), what a unit along
    each axis is worth in the rough comparison. side: cells along each axis.
    """

    def __init__(
        self,
        name: str,
        pieces: Sequence[Float32],
        low: Float32,
        high: Float32,
        *,
        metric: Float32,
        side: int,
        cache: Cache,
        progress: Progress,
    ) -> None:
        self._pieces, self._low, self._high, self._metric, self._side = pieces, low, high, metric, side
        steps = (np.arange(side) + 0.5) / side
        grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
        self._cells = (low + grid * (high - low)) * metric

        def fit() -> Tables:
            return {"fields": np.stack([self._field(piece) for piece in progress.each(name, pieces)], axis=1)}

        # (cells, pieces): a row of it is what one cell of a cloud adds to the sums of all pieces
        self._fields = cache.get(name, fit, low, high, metric, np.array(side), *pieces)["fields"]
        counts = [self._counts(piece) for piece in pieces]
        self._filled = csr_matrix(np.stack(counts))

    def nearest(self, cloud: Float32, stretch: Float32, count: int = 1) -> list[int]:
        """The `count` pieces of which `piece * stretch` is nearest to `cloud * stretch`, the nearest first.

        Clouds and pieces are (N, 3) in the box. What is compared are sums over points: the pieces of one
        shape differ in size, and their sums add up to the whole shape's.
        """
        counts = self._counts(cloud)
        rows = np.flatnonzero(counts)
        rough = counts[rows] @ self._fields[rows].astype(np.float32) + self._filled @ self._field(cloud)
        best = np.argsort(rough, kind="stable")[:EXACT]
        far = self._far(stretch)
        exact = [_sums(cloud * stretch, self._pieces[number] * stretch, far) for number in best]
        return [int(best[place]) for place in np.argsort(exact, kind="stable")[:count]]

    def _field(self, piece: Float32) -> npt.NDArray[np.float16]:
        """(cells,): the squared distance from each cell's centre to the nearest point."""
        if not len(piece):
            return np.full(len(self._cells), self._far(self._metric), np.float16)
        distances: Float64 = cKDTree(piece * self._metric).query(self._cells)[0]
        return (distances**2).astype(np.float16)

    def _counts(self, piece: Float32) -> Float32:
        """(cells,): how many points each cell holds."""
        inside = (piece - self._low) / (self._high - self._low) * self._side
        cells = np.clip(inside.astype(np.int64), 0, self._side - 1)
        numbers = np.ravel_multi_index(tuple(cells.T), (self._side,) * 3)
        return np.bincount(numbers, minlength=self._side**3).astype(np.float32)

    def _far(self, stretch: Float32) -> float:
        return float((((self._high - self._low) * stretch / 2) ** 2).sum())


def _sums(x: Float64 | Float32, y: Float64 | Float32, far: float) -> float:
    """The Chamfer distance with sums in place of means."""
    if not len(x) or not len(y):
        return far * (len(x) + len(y))
    there = cKDTree(y, balanced_tree=False, compact_nodes=False).query(x)[0]
    back = cKDTree(x, balanced_tree=False, compact_nodes=False).query(y)[0]
    return float((there**2).sum() + (back**2).sum())

"""Outliers: points so far from all others that they are no part of the object, and would set its scale.

A point has company where its fourth nearest neighbour is about as near as such neighbours mostly are. Only
where a point that bounds the cloud has none is the whole cloud looked through; so clean clouds cost little,
and what lies within the object's box is left alone unless something outside it is not.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import Any

import numpy as np

from pcbin.arrays import Float64, Mask, box
from pcbin.metrics import tree

NEIGHBOUR = 4
"""Counted from the nearest: so many points close together are no outliers."""
USUAL = 90
"""Percentile of the distances to this neighbour that stands for what is usual."""
TIMES = 10.0
"""A point is alone where its distance is more than so many times the usual one. Clean shapes have no such
points; the tests look at some of each data set."""
LEAST = 16
"""Clouds of fewer different points have no outliers."""
SAMPLE, MEASURED = 2048, 200
"""Points that stand for a larger cloud, and how many of them tell what is usual: so many that, with 2 % of
outliers, chance does not bring a tenth of them together. With 50 it did, once in 300 clouds."""
CHUNK = 1 << 20
"""Points that are looked up together, to bound memory."""


def outliers(points: Float64, *, seed: int = 0) -> Mask | None:
    """Which of (N, 3) points are outliers, (N,); None where none of them bounds the cloud.

    Outliers are farther than `TIMES` the usual distance from every point that has company. In O(N): larger
    clouds are represented by a sample, drawn with `seed`. Raises InputError where the extent overflows.
    """
    center, diagonal = box(points)
    if len(points) < LEAST or diagonal < np.finfo(np.float64).tiny:
        return None
    rng = np.random.default_rng(seed)
    extremes = np.concatenate([points.argmin(axis=0), points.argmax(axis=0)])
    few = points
    if len(points) > SAMPLE:
        few = points[np.concatenate([rng.choice(len(points), SAMPLE, replace=False), extremes])]
    few = (few - center) / diagonal
    sample = _Sample(few, rng)
    if sample.limit == 0:  # most points have several duplicates
        sample = _Sample(np.unique(few, axis=0), rng)
    bounds = (points[extremes] - center) / diagonal
    if sample.limit == 0 or not sample.alone(bounds).any():
        return None
    accompanied = tree(sample.accompanied())
    found = np.empty(len(points), np.bool_)
    for start in range(0, len(points), CHUNK):
        some = (points[start : start + CHUNK] - center) / diagonal
        near, _ = accompanied.query(some, distance_upper_bound=sample.limit)
        found[start : start + CHUNK] = near == np.inf
    return found if found.any() else None


class _Sample:
    """Points (n, 3) that stand for a cloud. limit: the distance to a fourth neighbour from which one of them
    is alone; 0 where there are too few."""

    def __init__(self, points: Float64, rng: np.random.Generator) -> None:
        self.points, self.limit = points, 0.0
        if len(points) >= LEAST:
            some = points[rng.permutation(len(points))[:MEASURED]]
            self.limit = TIMES * float(np.percentile(self._distances(some), USUAL))

    def alone(self, some: Float64) -> Mask:
        """Which of a few of the points, (k, 3), are alone, (k,)."""
        found: Mask = self._distances(some) > self.limit
        return found

    def accompanied(self) -> Float64:
        """(m, 3): the points that are not alone."""
        distances, _ = self._tree.query(self.points, [NEIGHBOUR + 1])
        kept: Float64 = self.points[distances[:, 0] <= self.limit]
        return kept

    def _distances(self, some: Float64) -> Float64:
        """(k,): to the fourth nearest of the others; the nearest is the point itself.

        A tree finds them in a tenth of the time, but importing SciPy for it takes longer than it saves.
        """
        if "scipy.spatial" in sys.modules:
            distances, _ = self._tree.query(some, [NEIGHBOUR + 1])
            alike: Float64 = distances[:, 0]
            return alike
        squared = np.zeros((len(some), len(self.points)))
        for axis in range(3):
            offset = some[:, axis, None] - self.points[:, axis]
            squared += offset * offset
        found: Float64 = np.sqrt(np.partition(squared, NEIGHBOUR, axis=1)[:, NEIGHBOUR])
        return found

    @cached_property
    def _tree(self) -> Any:
        return tree(self.points)

"""Principal components of clouds whose points were matched to a template: the best that a linear map does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from pcbin.arrays import Float32, Float64, thin

from . import bits
from .cache import Cache, Tables
from .progress import Progress
from .scheme import Code, Kind

POINTS = 1024
"""Matching takes the cube of this."""
SHAPES = 1500
"""As many training shapes, drawn at random, are matched: each takes a third of a second."""
SKETCH = 64
"""As many of them make the template that all are matched to."""
COMPONENTS = 160
WIDEST = 8
"""Bits of one coefficient: levels are learned from so many values as there are shapes."""
ROUNDS = 2
"""An encoder matches the cloud to the template, then to what came of that."""


class MatchedPca:
    """Reverse water-filling: each further bit goes to the coefficient with the largest error so far."""

    name = "PCA of matched points"
    kind: Kind = "trained"
    container = "the bare code, up to whole bytes"
    settings = (32, 64, 128, 256, 512)

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def label(self, setting: int) -> str:
        return f"{setting} bits"

    def fit(self, train: Sequence[Float32], cache: Cache, progress: Progress) -> None:
        tables = cache.get("pca", lambda: self._components(train, progress), np.array(self._seed), *train)
        self._mean, self._basis = tables["mean"], tables["basis"]
        self._levels: dict[int, tuple[list[int], list[Float64]]] = {}
        for setting in self.settings:
            widths = water_filling(tables["coefficients"].var(axis=0), setting)
            levels = [
                lloyd(column, 1 << width)
                for column, width in zip(tables["coefficients"].T, widths, strict=False)
            ]
            self._levels[setting] = widths, levels

    def _components(self, train: Sequence[Float32], progress: Progress) -> Tables:
        rng = np.random.default_rng(self._seed)
        rows = rng.permutation(len(train))[:SHAPES]
        count = min(POINTS, *(len(train[row]) for row in rows))
        shapes = [thin(train[row], count, seed=self._seed).astype(np.float64) for row in rows]
        # it starts as a cloud that is like none of them, and dense where they all are
        template = np.concatenate(shapes)[rng.choice(count * len(shapes), count, replace=False)]
        for some in (shapes[:SKETCH], shapes):
            matched = np.stack([match(one, template) for one in progress.each("PCA, matching", some)])
            template = matched.mean(axis=0)
        flat = (matched - template).reshape(len(shapes), -1)
        _, _, basis = np.linalg.svd(flat, full_matrices=False)
        basis = basis[:COMPONENTS]
        return {
            "mean": template.astype(np.float16),
            "basis": basis.astype(np.float16),
            "coefficients": flat @ basis.T,
        }

    def encode(self, cloud: Float32, setting: int) -> Code:
        widths, levels = self._levels[setting]
        basis = self._basis[: len(widths)].astype(np.float64)
        points = thin(cloud, len(self._mean), seed=self._seed).astype(np.float64)
        target = self._mean.astype(np.float64)
        for _ in range(ROUNDS):  # again with what the decoder would make of it
            flat = (match(points, target) - self._mean).ravel()
            numbers = [int(np.argmin(np.abs(x - c))) for x, c in zip(levels, basis @ flat, strict=True)]
            target = self._rebuilt(numbers, setting)
        return bits.pack(numbers, widths)

    def decode(self, data: bytes, setting: int) -> Float32:
        return self._rebuilt(bits.unpack(data, self._levels[setting][0]), setting).astype(np.float32)

    def _rebuilt(self, numbers: Sequence[int], setting: int) -> Float64:
        _, levels = self._levels[setting]
        values = np.array([level[number] for level, number in zip(levels, numbers, strict=True)])
        moved: Float64 = (values @ self._basis[: len(values)].astype(np.float64)).reshape(-1, 3)
        return self._mean + moved

    def table_bytes(self, setting: int) -> int:
        widths, levels = self._levels[setting]
        return self._mean.nbytes + self._basis[: len(widths)].nbytes + 4 * sum(map(len, levels))


def match(points: Float64, template: Float64) -> Float64:
    """(n, 3): the points in the order of the template's, so that the squared distances sum to the least.

    Fewer points than the template has stand for several of its points each.
    """
    if len(points) < len(template):
        points = points[np.arange(len(template)) % len(points)]
    order: npt.NDArray[np.intp] = linear_sum_assignment(cdist(template, points, "sqeuclidean"))[1]
    return points[order]


def water_filling(variances: Float64, total: int) -> list[int]:
    """Bits of each coefficient, `total` in all: a bit takes the error of a coefficient to a quarter.

    None has more than `WIDEST`; where few shapes give few coefficients, bits are left over.
    """
    error, widths = variances.copy(), np.zeros(len(variances), int)
    for _ in range(min(total, WIDEST * len(variances))):
        largest = int(error.argmax())
        widths[largest] += 1
        error[largest] = error[largest] / 4 if widths[largest] < WIDEST else -1.0
    return [int(width) for width in widths[: int(np.flatnonzero(widths).max()) + 1]]


def lloyd(values: Float64, count: int, rounds: int = 30) -> Float64:
    """(count,) levels: each the mean of the values that are nearest to it."""
    levels: Float64 = np.quantile(values, (np.arange(count) + 0.5) / count)
    for _ in range(rounds):
        owner = np.searchsorted((levels[1:] + levels[:-1]) / 2, values)
        filled = np.bincount(owner, minlength=count)
        total = np.bincount(owner, values, minlength=count)
        levels = np.sort(np.where(filled > 0, total / np.maximum(filled, 1), levels))
    return levels

"""How far a decoded cloud is from the original."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from pcbin.arrays import Float64, as_points, box
from pcbin.errors import InputError
from pcbin.metrics.neighbours import Nearest, both, chamfer, mean_of_both, nearest_squared

FARTHEST = 1e100
"""Coordinates beyond this, in diagonals of the original, are refused: their squares would soon overflow."""
THRESHOLD = 0.01
"""Of the F-score, in diagonals of the original."""
EMD_POINTS = 512
"""Drawn from each cloud for the earth mover's distance."""
MOST_EMD_POINTS = 4096
"""A table of all pairs of these takes 128 MiB."""
ALPHA = 1000.0
"""Of the density-aware Chamfer distance: the value of its authors' evaluations."""


class Distortion(NamedTuple):
    """How far a decoded cloud is from the original."""

    chamfer: float
    """mean_x min_y |x-y|^2 + mean_y min_x |x-y|^2, the original scaled to a unit bounding-box diagonal."""
    chamfer_sum: float
    """The same with sums over the points in place of means (the posters' convention)."""
    d1_psnr: float
    """Point-to-point PSNR in dB: 10 log10(3 p^2 / mse), p the longest side of the original's bounding box and
    mse the larger of the two mean squared nearest-neighbour distances (MPEG pc_error). Infinite at mse 0."""


class FScore(NamedTuple):
    """How many points lie near the other cloud: fractions from 0 to 1."""

    f_score: float
    """The harmonic mean of the two others; 0 where both are 0."""
    precision: float
    """Of the decoded points."""
    recall: float
    """Of the original points."""


class Hausdorff(NamedTuple):
    """How far the farthest points are from the other cloud, in diagonals of the original; not squared."""

    largest: float
    """The Hausdorff distance: the largest nearest-neighbour distance of both directions."""
    p95: float
    """The larger of the 95th percentiles of both directions: one stray point does not decide it."""


class Comparison:
    """An original and a decoded cloud, and every distance between them.

    The original is scaled to a unit bounding-box diagonal, and the decoded cloud with it: distances are in
    diagonals. An original without extent (one point, or all points equal) has no diagonal to scale by: its
    distances stay in the user's units, and its PSNRs are infinite or minus infinite.

    Args:
        original: (N, 3), in the user's coordinates.
        decoded: (M, 3), in the same.

    Raises:
        InputError: Not clouds, or distances that overflow.
    """

    def __init__(self, original: Any, decoded: Any) -> None:
        x, y = as_points(original, what="original"), as_points(decoded, what="decoded")
        center, diagonal = box(x, what="original")
        scale = diagonal or 1.0
        with np.errstate(over="ignore"):
            self.original: Float64 = (x - center) / scale
            self.decoded: Float64 = (y - center) / scale
        if float(np.abs(self.decoded).max()) > FARTHEST:
            raise InputError(
                "decoded: so far from the original that the distances overflow; check its coordinates"
            )

    @property
    def to_decoded(self) -> Nearest:
        """The decoded point nearest to each of the original."""
        return self._neighbours[0]

    @property
    def to_original(self) -> Nearest:
        """The original point nearest to each decoded one."""
        return self._neighbours[1]

    @cached_property
    def _neighbours(self) -> tuple[Nearest, Nearest]:
        return both(self.original, self.decoded)

    def distortion(self) -> Distortion:
        """The Chamfer distances and the D1-PSNR."""
        to_decoded, to_original = self.to_decoded.squared, self.to_original.squared
        return Distortion(
            chamfer=mean_of_both(to_decoded, to_original),
            chamfer_sum=float(to_decoded.sum() + to_original.sum()),
            d1_psnr=self._psnr(max(float(to_decoded.mean()), float(to_original.mean()))),
        )

    def f_score(self, threshold: float = THRESHOLD) -> FScore:
        """Precision, recall and their harmonic mean (Knapitsch et al., Tanks and Temples, 2017).

        Args:
            threshold: A point is near the other cloud if it is less than this, in diagonals of the original,
                from a point of it.

        Raises:
            InputError: The threshold is not above 0.
        """
        if not threshold > 0:
            raise InputError(
                f"threshold: {threshold!r}; use a fraction of the diagonal above 0, such as 0.01"
            )
        precision = float((self.to_original.squared < threshold**2).mean())
        recall = float((self.to_decoded.squared < threshold**2).mean())
        both = precision + recall
        return FScore(2 * precision * recall / both if both else 0.0, precision, recall)

    def hausdorff(self) -> Hausdorff:
        """The Hausdorff distance and its 95th percentile, both symmetric.

        Percentiles between two points are interpolated linearly.
        """
        both = [np.sqrt(near.squared) for near in (self.to_decoded, self.to_original)]
        return Hausdorff(
            largest=max(float(distances.max()) for distances in both),
            p95=max(float(np.percentile(distances, 95)) for distances in both),
        )

    def d2_psnr(self, normals: Any) -> float:
        """Point-to-plane PSNR in dB, as MPEG pc_error (Tian et al., ICIP 2017), with the original's normals.

        10 log10(3 p^2 / mse), p as for D1-PSNR; mse the larger of both directions' mean of (e . n)^2, e the
        vector from a point to its nearest neighbour in the other cloud and n that neighbour's normal. A
        decoded point's normal is the mean of those of the original points that it is nearest to, not scaled
        to unit length again; where it is nearest to none, it is that of the nearest original point. Of
        several nearest points, one is taken, where pc_error takes the mean. Infinite at mse 0.

        Args:
            normals: (N, 3), of the original points, of any length above 0; they are scaled to unit length.

        Raises:
            InputError: Not so many normals, or some of no direction.
        """
        of_original = unit_normals(normals, len(self.original))
        hits = np.bincount(self.to_decoded.rows, minlength=len(self.decoded))[:, None]
        of_decoded = of_original[self.to_original.rows]
        total = np.zeros_like(of_decoded)
        np.add.at(total, self.to_decoded.rows, of_original)
        np.divide(total, hits, out=of_decoded, where=hits > 0)
        squared = (
            np.einsum("ij,ij->i", from_ - to[near.rows], normal[near.rows]) ** 2
            for from_, to, near, normal in (
                (self.original, self.decoded, self.to_decoded, of_decoded),
                (self.decoded, self.original, self.to_original, of_original),
            )
        )
        return self._psnr(max(float(one.mean()) for one in squared))

    def density_aware_chamfer(self, alpha: float = ALPHA) -> float:
        """Density-aware Chamfer distance (DCD), 0 to 1 (Wu et al., NeurIPS 2021).

        The mean of both directions' mean of 1 - exp(-alpha d^2) r / n: d a point's distance to its nearest
        neighbour, n how many points have that same neighbour, and r the points of this cloud for each of the
        other. The paper writes d without its square; its authors' code, whose figures are quoted, squares it.

        Args:
            alpha: How fast nearness decays, for distances in diagonals.

        Raises:
            InputError: alpha is not above 0.
        """
        if not 0 < alpha < np.inf:
            raise InputError(f"alpha: {alpha!r}; use a number above 0, such as {ALPHA:g}")
        means = []
        for near, others in ((self.to_decoded, self.decoded), (self.to_original, self.original)):
            sharers = np.bincount(near.rows, minlength=len(others))[near.rows]
            weight = len(near.rows) / len(others) / sharers
            means.append(float((1 - np.exp(-alpha * near.squared) * weight).mean()))
        return max(0.0, sum(means) / 2)  # rounding

    def emd(self, points: int = EMD_POINTS) -> float:
        """Earth mover's distance: the least mean distance between partners, over all ways to pair the points.

        Exact, by assignment (Rubner et al., 2000; Fan et al., 2017, for clouds), in diagonals, not squared.
        Both clouds are first reduced to one number of points, at random with a fixed seed, whatever their
        order: spread evenly, they would hide where points gather. Distances of different numbers of points
        do not compare: two samplings of a chair are 0.036 apart with 512.

        Args:
            points: As many as this, or as the smaller cloud has. The time grows with the cube.

        Raises:
            InputError: No such number of points.
        """
        from scipy.optimize import linear_sum_assignment
        from scipy.spatial.distance import cdist

        if not 1 <= points <= MOST_EMD_POINTS:
            raise InputError(f"points: {points!r}; use 1 to {MOST_EMD_POINTS:,}")
        number = min(points, len(self.original), len(self.decoded))
        table = cdist(drawn(self.original, number), drawn(self.decoded, number))
        return float(table[linear_sum_assignment(table)].mean())

    def _psnr(self, mse: float) -> float:
        """10 log10(3 p^2 / mse), p the longest side of the original's bounding box."""
        peak = float(np.ptp(self.original, axis=0).max())
        if mse == 0:
            return float("inf")
        return float(10 * np.log10(3 * peak**2 / mse)) if peak > 0 else float("-inf")


def distortion(original: Any, decoded: Any) -> Distortion:
    """The Chamfer distances and the D1-PSNR of an original (N, 3) and a decoded (M, 3) cloud.

    Raises:
        InputError: As for `Comparison`.
    """
    return Comparison(original, decoded).distortion()


def one_way(original: Any, decoded: Any) -> float:
    """The mean squared distance from an original's (N, 3) points to the nearest of (M, 3) decoded ones.

    With the original's bounding-box diagonal as the unit: one of the two halves of a Chamfer distance, for
    decoded clouds that hold more than the original does.

    Raises:
        InputError: As for `Comparison`.
    """
    points, other = as_points(original, what="original"), as_points(decoded, what="decoded")
    center, diagonal = box(points)
    unit = diagonal or 1.0
    return float(nearest_squared((points - center) / unit, (other - center) / unit).mean())


def drawn(points: Float64, number: int) -> Float64:
    """(number, 3) of the points, always the same whatever their order."""
    if number == len(points):
        return points
    rows = np.random.default_rng(0).choice(len(points), number, replace=False)
    few: Float64 = points[np.lexsort(points.T)][rows]
    return few


def unit_normals(normals: Any, count: int) -> Float64:
    """(count, 3) normals, each of length 1. Raises InputError where they are none."""
    try:
        found = np.asarray(normals, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"normals: not an array of numbers ({error}); pass an (N, 3) array") from None
    if found.shape != (count, 3):
        raise InputError(f"normals: shape {found.shape} for {count} points; pass one of each, ({count}, 3)")
    largest = np.abs(found).max(axis=1, keepdims=True)
    bad = np.flatnonzero(~(np.isfinite(largest) & (largest > 0)))
    if len(bad):
        raise InputError(
            f"normals: {len(bad)} of {count} have no direction (zero, NaN or infinite), the first is row "
            f"{bad[0]}; compute them again, or omit them"
        )
    found = found / largest  # first, since squares overflow and underflow
    unit: Float64 = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def sampling_floor(points: Any, *, seed: int = 0) -> float:
    """The Chamfer distance between two samplings of one surface: two random halves of (N, 3) points of it.

    What resampling alone costs. It is not a bound: a codec that sends the very points can do better.

    Raises:
        InputError: Not a cloud, or one point.
    """
    x = as_points(points)
    if len(x) < 2:
        raise InputError("points: one point has no two halves; pass at least two")
    order = np.random.default_rng(seed).permutation(len(x))
    half = len(x) // 2
    center, diagonal = box(x)
    x = (x - center) / (diagonal or 1.0)
    return chamfer(x[order[:half]], x[order[half : 2 * half]])

"""How far a decoded cloud is from the original."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pcbin.arrays import as_points, box
from pcbin.errors import InputError
from pcbin.metrics.neighbours import chamfer, mean_of_both, nearest_squared

FARTHEST = 1e100
"""Coordinates beyond this, in diagonals of the original, are refused: their squares would soon overflow."""


class Distortion(NamedTuple):
    """How far a decoded cloud is from the original."""

    chamfer: float
    """mean_x min_y |x-y|^2 + mean_y min_x |x-y|^2, the original scaled to a unit bounding-box diagonal."""
    chamfer_sum: float
    """The same with sums over the points in place of means (the posters' convention)."""
    d1_psnr: float
    """Point-to-point PSNR in dB: 10 log10(3 p^2 / mse), p the longest side of the original's bounding box and
    mse the larger of the two mean squared nearest-neighbour distances (MPEG pc_error). Infinite at mse 0."""


def distortion(original: Any, decoded: Any) -> Distortion:
    """All distances between an original (N, 3) and a decoded (M, 3) cloud, in the user's coordinates.

    An original without extent (one point, or all points equal) has no diagonal to scale by: its distances
    stay in the user's units and its PSNR is infinite or minus infinite.

    Raises:
        InputError: Not clouds, or distances that overflow.
    """
    x, y = as_points(original, what="original"), as_points(decoded, what="decoded")
    center, diagonal = box(x, what="original")
    scale = diagonal or 1.0
    with np.errstate(over="ignore"):
        x, y = (x - center) / scale, (y - center) / scale
    if float(np.abs(y).max()) > FARTHEST:
        raise InputError(
            "decoded: so far from the original that the distances overflow; check its coordinates"
        )
    to_decoded, to_original = nearest_squared(x, y), nearest_squared(y, x)
    mse = max(float(to_decoded.mean()), float(to_original.mean()))
    peak = float(np.ptp(x, axis=0).max())
    if mse == 0:
        psnr = float("inf")
    elif peak == 0:
        psnr = float("-inf")
    else:
        psnr = float(10 * np.log10(3 * peak**2 / mse))
    return Distortion(
        chamfer=mean_of_both(to_decoded, to_original),
        chamfer_sum=float(to_decoded.sum() + to_original.sum()),
        d1_psnr=psnr,
    )


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

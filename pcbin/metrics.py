"""One definition of every measure. Clouds are (N, 3) arrays; distances are found with k-d trees."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64, as_points, box
from pcbin.errors import InputError

Array = npt.NDArray[Any]
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


def nearest_squared(points: Array, others: Array) -> Float64:
    """(N,): the squared distance from each of (N, 3) points to the nearest of (M, 3) others."""
    from scipy.spatial import cKDTree

    distance: Float64 = cKDTree(others, balanced_tree=False, compact_nodes=False).query(points)[0]
    return distance**2


def distortion(original: Any, decoded: Any) -> Distortion:
    """All distances between an original (N, 3) and a decoded (M, 3) cloud, in the user's coordinates.

    An original without extent (one point, or all points equal) has no diagonal to scale by: its distances
    stay in the user's units and its PSNR is infinite or minus infinite. Raises InputError for what is not a
    cloud, and for distances that overflow.
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
        chamfer=float(to_decoded.mean() + to_original.mean()),
        chamfer_sum=float(to_decoded.sum() + to_original.sum()),
        d1_psnr=psnr,
    )


def sampling_floor(points: Any, *, seed: int = 0) -> float:
    """The Chamfer distance between two random halves of an (N, 3) sampling of one surface.

    No codec whose output has N / 2 points can be expected to do better on N / 2 points of that surface.
    Raises InputError for what is not a cloud, and for one point.
    """
    x = as_points(points)
    if len(x) < 2:
        raise InputError("points: one point has no two halves; pass at least two")
    order = np.random.default_rng(seed).permutation(len(x))
    half = len(x) // 2
    center, diagonal = box(x)
    x = (x - center) / (diagonal or 1.0)
    a, b = x[order[:half]], x[order[half : 2 * half]]
    return float(nearest_squared(a, b).mean() + nearest_squared(b, a).mean())

"""One definition of every metric.

Clouds are (N, 3) arrays; distances are found with k-d trees. Clusterings are (n,) arrays of any values; what
clusters are called does not matter.
"""

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


def nearest_squared(points: Array, others: Array) -> Float64:
    """(N,): the squared distance from each of (N, 3) points to the nearest of (M, 3) others."""
    return nearest(points, tree(others)).squared


def chamfer(x: Array, y: Array) -> float:
    """mean_x min_y |x-y|^2 + mean_y min_x |x-y|^2 of (N, 3) and (M, 3) points, in their own units.

    `distortion` scales to a unit bounding-box diagonal first; `pcbin.training.chamfer_loss` is the same in
    torch, with gradients.
    """
    return mean_of_both(nearest_squared(x, y), nearest_squared(y, x))


def mean_of_both(to_y: Float64, to_x: Float64) -> float:
    """The Chamfer distance from the squared distances of both directions."""
    return float(to_y.mean() + to_x.mean())


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


def image_psnr(original: Array, decoded: Array) -> Float64:
    """(S,): the PSNR in dB of each of (S, height, width) images with values from 0 to 1: 10 log10(1 / mse).

    Infinite at mse 0. The mean of these is what poster B calls PSNR; 10 log10(1 / mean mse) is lower.
    """
    squared = (np.asarray(original, np.float64) - np.asarray(decoded, np.float64)) ** 2
    with np.errstate(divide="ignore"):
        psnr: Float64 = -10 * np.log10(squared.mean(axis=(1, 2)))
    return psnr


def accuracy(labels: Any, clusters: Any) -> float:
    """ACC, 0 to 1: the fraction of (n,) items whose cluster stands for their label.

    Each cluster stands for one label at most, in the best assignment (Hungarian method; Xie et al., 2016).

    Raises:
        InputError: The two are empty, or not of the same length.
    """
    table = matched(labels, clusters)
    return float(np.trace(table) / table.sum())


def matched(labels: Any, clusters: Any) -> Float64:
    """(labels, clusters): how many items have both.

    Clusters are in the order in which they stand for the labels; those that stand for none come last.

    Raises:
        InputError: As for `accuracy`.
    """
    from scipy.optimize import linear_sum_assignment

    table = _contingency(labels, clusters)
    rows, columns = linear_sum_assignment(table, maximize=True)
    # a label without a cluster keeps an empty column, so that the diagonal stays the diagonal
    others = np.setdiff1d(np.arange(table.shape[1]), columns)
    ordered = np.zeros((len(table), len(table) + len(others)))
    ordered[:, rows] = table[:, columns]
    ordered[:, len(table) :] = table[:, others]
    return ordered


def nmi(labels: Any, clusters: Any) -> float:
    """Normalised mutual information, 0 to 1: I(labels; clusters) over the mean of their two entropies.

    1 where both are one group only.

    Raises:
        InputError: As for `accuracy`.
    """
    joint = _contingency(labels, clusters)
    joint = joint / joint.sum()
    of_labels, of_clusters = joint.sum(axis=1), joint.sum(axis=0)
    mean = (_entropy(of_labels) + _entropy(of_clusters)) / 2
    if mean == 0:
        return 1.0
    shared = _entropy(of_labels) + _entropy(of_clusters) - _entropy(joint.ravel())
    return min(1.0, max(0.0, shared / mean))  # rounding


def ari(labels: Any, clusters: Any) -> float:
    """Adjusted Rand index (Hubert and Arabie, 1985): 1 for equal clusterings, 0 on average for random ones.

    Raises:
        InputError: As for `accuracy`.
    """
    table = _contingency(labels, clusters)
    together = _pairs(table).sum()
    of_labels, of_clusters = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    expected = of_labels * of_clusters / max(1.0, _pairs(table.sum()))
    most = (of_labels + of_clusters) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _contingency(labels: Any, clusters: Any) -> Float64:
    """(labels, clusters): how many items have both."""
    rows, columns = np.asarray(labels), np.asarray(clusters)
    if rows.ndim != 1 or rows.shape != columns.shape or not len(rows):
        raise InputError(
            f"labels {rows.shape} and clusters {columns.shape}; pass two arrays (n,) of one length above 0"
        )
    row, column = (np.unique(values, return_inverse=True)[1] for values in (rows, columns))
    table = np.zeros((row.max() + 1, column.max() + 1))
    np.add.at(table, (row, column), 1.0)
    return table


def _entropy(probabilities: Float64) -> float:
    """Nats."""
    some = probabilities[probabilities > 0]
    return float(-(some * np.log(some)).sum())


def _pairs(counts: Any) -> Any:
    return counts * (counts - 1) / 2

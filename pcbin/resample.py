"""Any number of points from a decoded cloud: fewer by farthest-point sampling, more by small patches.

A decoder is trained to put each of its points in the middle of the surface that the point stands for. More
points are drawn as a sunflower's seeds on an ellipse around each: its axes are those of the neighbouring
points. They follow the decoder's own density: spreading them evenly over the surface measured worse, since
decoded points gather where the shape is sure.
"""

from __future__ import annotations

import numpy as np

from pcbin.arrays import Float32, Float64, thin
from pcbin.errors import InputError

MIN_POINTS, MAX_POINTS = 64, 65_536
NEIGHBOURS = 24
RADIUS = 0.9
"""Of an ellipse, in standard deviations of the neighbours; chosen on held-out training shapes."""
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def check_count(n: int) -> None:
    """Raises InputError unless `resample` can give so many points."""
    if not isinstance(n, int | np.integer) or not MIN_POINTS <= n <= MAX_POINTS:
        raise InputError(f"n_points = {n!r}; use a whole number from {MIN_POINTS} to {MAX_POINTS:,}")


def resample(points: Float32, n: int) -> Float32:
    """An (M, 3) cloud -> (n, 3), always the same for the same cloud. Raises InputError for such an n."""
    check_count(n)
    if n <= len(points):
        return thin(points, n)
    each, more = divmod(n, len(points))
    axes = _axes(points)  # (M, 2, 3)
    widest = np.argsort(-np.square(axes).sum(axis=(1, 2)), kind="stable")
    counts = np.full(len(points), each)
    counts[widest[:more]] += 1  # one more where there is most room
    owner = np.repeat(np.arange(len(points)), counts)
    place = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)  # 0, 1, ... within each ellipse
    radius = RADIUS * np.sqrt((place + 0.5) / counts[owner])
    radius[counts[owner] == 1] = 0  # alone, a point stays where it is
    turn = np.random.default_rng(0).uniform(0, 2 * np.pi, len(points))  # so that ellipses do not line up
    angle = turn[owner] + GOLDEN_ANGLE * place
    offsets = np.cos(angle)[:, None] * axes[owner, 0] + np.sin(angle)[:, None] * axes[owner, 1]
    placed: Float32 = (points[owner] + radius[:, None] * offsets).astype(np.float32)
    return placed


def _axes(points: Float32) -> Float64:
    """(M, 2, 3): the two main axes of each point's neighbourhood, as long as its standard deviations."""
    from scipy.spatial import cKDTree

    near = cKDTree(points).query(points, min(NEIGHBOURS + 1, len(points)))[1].reshape(len(points), -1)
    around = points[near].astype(np.float64)
    around -= around.mean(axis=1, keepdims=True)
    variances, directions = np.linalg.eigh(np.einsum("mki,mkj->mij", around, around) / near.shape[1])
    axes: Float64 = np.swapaxes(directions, 1, 2)[:, :0:-1] * np.sqrt(variances.clip(0))[:, :0:-1, None]
    return axes

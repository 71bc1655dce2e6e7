"""Any number of points from a decoded cloud, as dense as the decoder has them, or spread evenly.

A decoder is trained to put each of its points in the middle of the surface that the point stands for. More
points are drawn as a sunflower's seeds on an ellipse around each: its axes are those of the neighbouring
points.

"model" keeps the decoder's own density, which is highest where it is sure of the shape. "even" draws more
where the points lie far apart, and fewer where they gather: in proportion to a power of each ellipse's area.
With power 1 the density would be the same everywhere, but points that lie far apart are those that the
decoder is least sure of, and many copies of them are many errors. So it costs too much to be the default for
more points than the decoder gives. docs/notes/even-spacing.md has the figures.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin.arrays import SPACINGS, Float32, Float64, Spacing, grouped, thin
from pcbin.errors import InputError

MIN_POINTS, MAX_POINTS = 64, 1_000_000
NEIGHBOURS = 24
RADIUS = 0.9
"""Of an ellipse, in standard deviations of the neighbours; chosen on held-out training shapes."""
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))

# of even spacing, all chosen on training shapes
POWER = 0.5
"""Of the areas of the ellipses, to which the numbers of their points are proportional."""
MOST_AREA = 2.0
"""Of an ellipse, in medians of all: stray points are not worth more copies."""
ACROSS, ALONG = 0.45, 0.15
"""How far points move to the middle of their neighbours: across the surface, and along it."""
CANDIDATES = 4
"""A point is moved to the mean of so many candidates, on average, that are nearest to it ..."""
ROUNDS = 2
"""... so often: Lloyd's algorithm."""
MAX_RELAXED = 65_536
"""More points than that lie so near to each other that it no longer shows."""
MAX_THINNED = 16_384
"""Of larger clouds, farthest points take too long to find."""

Counts = npt.NDArray[np.intp]


def check(n: int | None, spacing: Spacing | None) -> None:
    """Raises InputError unless `resample` can give so many points, spaced like that; None is the default."""
    if n is not None and (not isinstance(n, int | np.integer) or not MIN_POINTS <= n <= MAX_POINTS):
        raise InputError(f"n_points = {n!r}; use a whole number from {MIN_POINTS} to {MAX_POINTS:,}")
    if spacing is not None and (not isinstance(spacing, str) or spacing not in SPACINGS):
        raise InputError(f"spacing = {spacing!r}; use 'even' or 'model'")


def resample(points: Float32, n: int | None = None, spacing: Spacing | None = None) -> Float32:
    """An (M, 3) cloud -> (n, 3), always the same for the same cloud.

    n: None for M points. spacing: None for "even" where there is an n of at most M, else for "model". Raises
    InputError for what `check` refuses.
    """
    check(n, spacing)
    if spacing is None:
        spacing = "even" if n is not None and n <= len(points) else "model"
    if spacing == "even":
        return _even(points, len(points) if n is None else n)
    if n is None or n <= len(points):
        return points if n is None else thin(points, n)
    each, more = divmod(n, len(points))
    axes = _axes(points, _neighbours(points))
    widest = np.argsort(-np.square(axes).sum(axis=(1, 2)), kind="stable")
    counts = np.full(len(points), each)
    counts[widest[:more]] += 1  # one more where there is most room
    return _scattered(points, axes, counts).astype(np.float32)


def _even(points: Float32, n: int) -> Float32:
    near = _neighbours(points)
    smooth = _smoothed(points.astype(np.float64), near)
    axes = _axes(smooth, near)
    areas = np.linalg.norm(axes, axis=2).prod(axis=1)
    areas = np.minimum(areas, MOST_AREA * np.median(areas))
    weights = areas**POWER if areas.any() else np.ones(len(areas))
    order = _along_a_curve(points)
    if 2 * n <= len(points) <= MAX_THINNED:
        found = thin(smooth.astype(np.float32), n).astype(np.float64)
    else:
        found = _scattered(smooth, axes, _shares(weights, n, order))
    if n <= MAX_RELAXED:
        candidates = _scattered(smooth, axes, _shares(weights, CANDIDATES * max(n, len(points)), order))
        for _ in range(ROUNDS):
            found = _centred(found, candidates)
    return found.astype(np.float32)


def _neighbours(points: Float32) -> npt.NDArray[np.intp]:
    """(M, k): the rows of each point's neighbours, itself among them."""
    from scipy.spatial import cKDTree

    found = cKDTree(points).query(points, min(NEIGHBOURS + 1, len(points)))[1]
    rows: npt.NDArray[np.intp] = found.reshape(len(points), -1)
    return rows


def _spread(points: Float32 | Float64, near: npt.NDArray[np.intp]) -> tuple[Float64, Float64, Float64]:
    """Of each point's neighbours the mean (M, 3), the variances (M, 3), the least first, and their axes."""
    around = points[near].astype(np.float64)
    mean = around.mean(axis=1)
    around -= mean[:, None]
    variances, directions = np.linalg.eigh(np.einsum("mki,mkj->mij", around, around) / near.shape[1])
    return mean, variances.clip(0), np.swapaxes(directions, 1, 2)


def _axes(points: Float32 | Float64, near: npt.NDArray[np.intp]) -> Float64:
    """(M, 2, 3): the two main axes of each point's neighbourhood, as long as its standard deviations."""
    _, variances, directions = _spread(points, near)
    axes: Float64 = directions[:, :0:-1] * np.sqrt(variances)[:, :0:-1, None]
    return axes


def _smoothed(points: Float64, near: npt.NDArray[np.intp]) -> Float64:
    """The points moved to the middle of their neighbours, farther across the surface than along it."""
    mean, _, directions = _spread(points, near)
    step, normal = mean - points, directions[:, 0]
    across = (step * normal).sum(axis=1, keepdims=True) * normal
    moved: Float64 = points + ACROSS * across + ALONG * (step - across)
    return moved


def _along_a_curve(points: Float32) -> npt.NDArray[np.intp]:
    """The rows in the order of a Morton curve through 1,024 cells a side: neighbours are mostly together."""
    low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-12)
    cells = ((points - low) / extent * 1023).astype(np.int64)
    place = np.zeros(len(points), np.int64)
    for bit in range(10):
        for axis in range(3):
            place |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(place, kind="stable")


def _shares(weights: Float64, n: int, order: npt.NDArray[np.intp]) -> Counts:
    """(M,): n points shared out by weight; what rounding takes from one goes to the next in the order."""
    until = np.cumsum(weights[order])
    ends = np.floor(until / until[-1] * n + 0.5).astype(np.intp)
    shares = np.empty(len(weights), np.intp)
    shares[order] = np.diff(ends, prepend=0)
    return shares


def _scattered(points: Float32 | Float64, axes: Float64, counts: Counts) -> Float64:
    """(sum of the counts, 3): so many seeds around each of the (M, 3) points."""
    owner, place = grouped(counts)
    radius = RADIUS * np.sqrt((place + 0.5) / counts[owner])
    radius[counts[owner] == 1] = 0  # alone, a point stays where it is
    turn = np.random.default_rng(0).uniform(0, 2 * np.pi, len(points))  # so that ellipses do not line up
    angle = turn[owner] + GOLDEN_ANGLE * place
    offsets = np.cos(angle)[:, None] * axes[owner, 0] + np.sin(angle)[:, None] * axes[owner, 1]
    placed: Float64 = points[owner] + radius[:, None] * offsets
    return placed


def _centred(points: Float64, candidates: Float64) -> Float64:
    """Each of the points moved to the mean of those candidates that it is nearest to."""
    from scipy.spatial import cKDTree

    nearest = cKDTree(points, balanced_tree=False, compact_nodes=False).query(candidates)[1]
    counts = np.bincount(nearest, minlength=len(points))[:, None]
    sums = np.stack([np.bincount(nearest, axis, len(points)) for axis in candidates.T], axis=1)
    found: Float64 = np.divide(sums, counts, out=points.copy(), where=counts > 0)
    return found

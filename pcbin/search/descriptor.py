"""Numbers that a shape keeps however it is moved, scaled, turned or mirrored, to find candidates by.

Two functions of a shape that no rotation changes: how far its points are from their centre, and from one
another (the distributions D1 and D2 of Osada et al., 2002, Shape distributions), and how far the points
spread along the principal axes. Distances are in root mean square distances from the centre.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32, Float64

QUANTILES = 32
"""Of each of the two distributions."""
SIZE = 2 * QUANTILES + 3
"""Numbers in a descriptor."""
MOST_POINTS = 1024
"""Whose distances from one another are taken."""
STORED = np.dtype("<f2")
"""A descriptor as bytes: its numbers, which are below 8, in half precision."""


def describe(points: Float64) -> Float32:
    """(N, 3) points of a surface, evenly spread -> (SIZE,): the L1 distance of two descriptors says how
    unlike two shapes are, up to similarity. Zeros for points that are all equal."""
    from scipy.spatial.distance import pdist

    centred = points - points.mean(axis=0)
    unit = float(np.sqrt((centred**2).sum(axis=1).mean()))
    if unit == 0:
        return np.zeros(SIZE, np.float32)
    centred = centred / unit
    if len(centred) > MOST_POINTS:
        rows = np.random.default_rng(0).permutation(len(centred))[:MOST_POINTS]
        few = centred[rows]
    else:
        few = centred
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    apart = pdist(few) if len(few) > 1 else np.zeros(1)
    spread = np.sqrt(np.clip(np.linalg.eigvalsh(centred.T @ centred / len(centred)), 0, None))
    parts = (
        np.quantile(np.linalg.norm(centred, axis=1), levels) / QUANTILES,
        np.quantile(apart, levels) / QUANTILES,
        spread,
    )
    return np.concatenate(parts).astype(np.float32)


def to_bytes(descriptor: Float32) -> bytes:
    """As metadata holds it."""
    return descriptor.astype(STORED).tobytes()


def from_bytes(data: object) -> Float32 | None:
    """The descriptor in metadata; None where there is none."""
    if not isinstance(data, bytes) or len(data) != SIZE * STORED.itemsize:
        return None
    found: Float32 = np.frombuffer(data, STORED).astype(np.float32)
    return found if np.isfinite(found).all() else None


def distances(one: Float32, others: npt.NDArray[np.float32]) -> Float32:
    """(SIZE,) and (n, SIZE) -> (n,): how unlike."""
    found: Float32 = np.abs(others - one).sum(axis=1)
    return found

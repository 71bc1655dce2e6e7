"""Some points of a cloud: the same ones whatever their order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32
from pcbin.coding.normals import cells_of

Indices = npt.NDArray[np.intp]

WIDTH = 0.07
"""Of cells that hold one of the points that are spread out, by a unit diagonal."""


def mixed(cloud: Float32) -> Indices:
    """(N,): the rows of (N, 3) points in an order as if by chance.

    The bits of their coordinates decide it, mixed as a hash mixes them (constants of Murmur3's finaliser).
    """
    bits = np.ascontiguousarray(cloud, np.float32).view(np.uint32).astype(np.uint64)
    found = (bits[:, 0] << np.uint64(32) | bits[:, 1]) ^ bits[:, 2] * np.uint64(0x9E3779B97F4A7C15)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        found = (found ^ found >> np.uint64(33)) * np.uint64(factor)
    return np.argsort(found)


def spread(cloud: Float32, count: int) -> Float32:
    """(count, 3): one point of each cell that holds any, and then more, as if by chance. All of a cloud that
    would not be halved."""
    if len(cloud) < 2 * count:
        return cloud
    cloud = cloud[mixed(cloud)]
    cells = cells_of(cloud, WIDTH)
    last = len(cloud) - 1
    first = np.full(cells.max() + 1, -1)
    first[cells[::-1]] = np.arange(last, -1, -1)
    is_first = np.zeros(len(cloud), bool)
    is_first[first[first >= 0]] = True
    rows = np.concatenate([np.flatnonzero(is_first), np.flatnonzero(~is_first)])[:count]
    found: Float32 = cloud[rows]
    return found

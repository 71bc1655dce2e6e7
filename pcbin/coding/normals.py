"""Normals of a cloud: along them a point is held by its surface, across them it may slide."""

from __future__ import annotations

import numpy as np

from pcbin.arrays import Float32

PER_CELL = 6
"""Points that a cell would have if the cloud were spread over a square as wide as its box's diagonal."""
SIDE = 1 << 20
"""More cells than there are along a unit diagonal."""


def normals(cloud: Float32) -> Float32:
    """(N, 3) points, unit bounding-box diagonal -> (N, 3) unit vectors, whose signs mean nothing.

    The points of a cubic cell have one normal, the direction in which they are spread least. That is coarse,
    and as good for a search as the nearest neighbours of each point, in a tenth of the time.
    """
    width = np.sqrt(PER_CELL / len(cloud))
    places = ((cloud - cloud.min(axis=0)) / width).astype(np.int64)
    _, cells = np.unique((places[:, 0] * SIDE + places[:, 1]) * SIDE + places[:, 2], return_inverse=True)
    counts = np.bincount(cells)
    means = np.stack([np.bincount(cells, axis) for axis in cloud.T], axis=1) / counts[:, None]
    apart = cloud - means[cells]
    spread = np.empty((len(counts), 3, 3))
    for one in range(3):
        for other in range(one, 3):
            spread[:, one, other] = spread[:, other, one] = np.bincount(
                cells, apart[:, one] * apart[:, other]
            )
    least: Float32 = np.linalg.eigh(spread)[1][:, :, 0].astype(np.float32)
    return least[cells]

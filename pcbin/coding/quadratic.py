"""Which bits to flip so that a quadratic function of the flips is small."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32

MOST = 4
"""Steps for each bit: far more than are ever taken, so that rounding cannot make them endless."""


def best_flips(slope: Float32, curvature: Float32, *, first: int = 0, most: int = 0) -> npt.NDArray[np.bool_]:
    """(..., k): the flips x, 0 or 1 each, that make slope x + x curvature x small.

    Coordinate descent from no flips: the flip, or the one taken back, that lowers the function most, until
    none lowers it. slope: (..., k). curvature: (..., k, k), symmetric. Of the `first` bits `most` may be
    flipped. Many problems take their steps together, each as if it were alone.
    """
    bits = slope.shape[-1]
    flips = np.zeros((slope.size // max(bits, 1), bits), bool)
    change, curvature = slope.reshape(flips.shape).copy(), curvature.reshape(-1, bits, bits)
    alone = np.ascontiguousarray(np.diagonal(curvature, axis1=1, axis2=2))
    direction = np.ones(flips.shape, np.float32)  # -1 where a flip would be taken back
    rows = np.arange(len(flips))
    for _ in range(MOST * bits):
        gains = direction[rows] * change[rows] + alone[rows]
        if first:
            full = np.count_nonzero(flips[rows, :first], axis=1) >= most
            gains[:, :first][full[:, None] & ~flips[rows, :first]] = np.inf
        best = gains.argmin(axis=1)
        lower = gains[np.arange(len(rows)), best] < 0
        rows, best = rows[lower], best[lower]
        if not len(rows):
            break
        change[rows] += 2 * direction[rows, best][:, None] * curvature[rows, best]
        flips[rows, best] ^= True
        direction[rows, best] *= -1
    return flips.reshape(slope.shape)

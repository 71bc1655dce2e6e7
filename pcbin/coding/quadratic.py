"""Which bits to flip so that a quadratic function of the flips is small."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32

MOST = 4
"""Steps for each bit: far more than are ever taken, so that rounding cannot make them endless."""


def best_flips(slope: Float32, curvature: Float32, *, first: int = 0, most: int = 0) -> npt.NDArray[np.bool_]:
    """(k,): the flips x, 0 or 1 each, that make slope x + x curvature x small.

    Coordinate descent from no flips: the flip, or the one taken back, that lowers the function most, until
    none lowers it. slope: (k,). curvature: (k, k), symmetric. Of the `first` bits `most` may be flipped.
    """
    flips = np.zeros(len(slope), bool)
    change, alone, double = slope.copy(), np.diag(curvature).copy(), 2 * curvature
    direction = np.ones(len(slope), np.float32)  # -1 where a flip would be taken back
    for _ in range(MOST * len(slope)):
        gains = direction * change + alone
        if first and np.count_nonzero(flips[:first]) >= most:
            gains[:first][~flips[:first]] = np.inf
        bit = int(gains.argmin())
        if not gains[bit] < 0:
            break
        change += direction[bit] * double[bit]
        flips[bit] ^= True
        direction[bit] *= -1
    return flips

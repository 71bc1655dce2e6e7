"""The metric of images."""

from __future__ import annotations

import numpy as np

from pcbin.arrays import Float64
from pcbin.metrics.neighbours import Array


def image_psnr(original: Array, decoded: Array) -> Float64:
    """(S,): the PSNR in dB of each of (S, height, width) images with values from 0 to 1: 10 log10(1 / mse).

    Infinite at mse 0. The mean of these is what poster B calls PSNR; 10 log10(1 / mean mse) is lower.
    """
    squared = (np.asarray(original, np.float64) - np.asarray(decoded, np.float64)) ** 2
    with np.errstate(divide="ignore"):
        psnr: Float64 = -10 * np.log10(squared.mean(axis=(1, 2)))
    return psnr

"""The three sides of a bounding box in 3 x 6 bits. The centre is the origin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from pcbin.arrays import Float32

BITS = 6
WIDTHS = (BITS, BITS, BITS)
ROUNDS = 4
SMALLEST = 1e-3
"""Sides below this are not stretched: a flat shape stays flat."""


def sides(cloud: Float32) -> Float32:
    """(3,): the sides of the box, from 0 to 1 as its diagonal is 1."""
    found: Float32 = np.ptp(cloud, axis=0)
    return found


def coded(stretch: Float32) -> list[int]:
    """The three numbers that are stored for sides (3,)."""
    levels = 1 << BITS
    return np.clip(np.floor(stretch * levels), 0, levels - 1).astype(int).tolist()  # type: ignore[no-any-return]


def restored(numbers: list[int]) -> Float32:
    """(3,): the sides that a decoder knows."""
    found: Float32 = ((np.array(numbers) + 0.5) / (1 << BITS)).astype(np.float32)
    return found


def unit(cloud: npt.NDArray[np.float32]) -> Float32:
    """The (N, 3) cloud stretched to a cube with sides of 1."""
    return np.asarray(cloud / np.maximum(sides(cloud), SMALLEST), np.float32)


def fitted(cloud: Float32, shape: Float32, stretch: Float32) -> Float32:
    """(3,): what to stretch a `shape` with sides of 1 by, so that it fits the cloud; from a first guess.

    A box hangs on its outermost points; this is what least squares say of all: nearest neighbours both ways,
    the best factor along each axis for them, and again.
    """
    tree = cKDTree(cloud)
    for _ in range(ROUNDS):
        near_cloud = shape[cKDTree(shape * stretch).query(cloud)[1]]
        near_shape = cloud[tree.query(shape * stretch)[1]]
        products = (cloud * near_cloud).mean(axis=0) + (near_shape * shape).mean(axis=0)
        squares = (near_cloud**2).mean(axis=0) + (shape**2).mean(axis=0)
        stretch = np.asarray(products / np.maximum(squares, SMALLEST**2), np.float32)
    return restored(coded(stretch))

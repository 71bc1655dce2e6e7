"""The code of each cluster that stands for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, unpack_bits
from pcbin.cluster._estimator import sums

BLOCK = 2**14


def medoids(codes: Codes, clusters: npt.NDArray[np.integer[Any]], count: int) -> npt.NDArray[np.int64]:
    """The rows of the medoids of clusters 0 to count - 1; -1 for an empty one.

    A medoid is the member that differs from all others by the fewest bits together; of equal ones the first.
    The sum is linear in the bits, so that no pair is compared.

    Args:
        codes: (n, K / 8) uint8.
        clusters: (n,), from 0 to `count` - 1.
        count: How many clusters there are.
    """
    members = np.bincount(clusters, minlength=count)
    # a 1 differs from the zeros of the others, a 0 from their ones: members - ones, and ones
    price = (members[:, None] - 2 * sums(codes, clusters, count)).astype(np.float64)
    cost = np.empty(len(codes))
    for start in range(0, len(codes), BLOCK):
        rows = slice(start, start + BLOCK)
        bits = unpack_bits(codes[rows])
        cost[rows] = np.einsum("ij,ij->i", bits, price[clusters[rows]])
    found = np.full(count, -1, np.int64)
    order = np.lexsort((np.arange(len(codes)), cost, clusters))
    first = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    found[clusters[order][first]] = order[first]
    return found

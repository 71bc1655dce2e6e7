"""The probabilities of codes' bits, one bit after another, from a mixture in integers (spec, section 8.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.uint64]
Bits = npt.NDArray[np.bool_]

ONE = 1 << 16
"""A probability of 1; those that occur are from 1 to ONE - 1."""
WEIGHT_SUM = 1 << 24
"""Of the weights in a table."""
START_SHIFT = 12
"""Weights begin this much larger than in the table, so that divisions lose nothing that matters."""
_HIGH, _HIGHER = 1 << 36, 1 << 44
"""A weight stays below _HIGH: the sum of 4096 of them times a probability fits into 64 bits."""
CACHED = 1 << 15
"""Weights worked on at once: a few times 256 KB, which a processor's cache holds."""


class Predictor:
    """Predicts n codes in step: `probabilities` of bit i, then `update` with what it was, for i = 0, 1, ...

    weights: (C,). means: (K, C), the probabilities of a 1 in units of 1 / ONE.
    """

    def __init__(self, weights: Integers, means: Integers, count: int) -> None:
        self._means = means
        self._weights: Integers = np.repeat((weights << START_SHIFT)[:, None], count, axis=1)  # (C, n)
        self._products: Integers = np.empty_like(self._weights)

    def probabilities(self, bit: int) -> Integers:
        """(n,): the probability that this bit of each code is 1, in units of 1 / ONE, from 1 to ONE - 1."""
        np.multiply(self._weights, self._means[bit][:, None], out=self._products)
        found: Integers = self._products.sum(axis=0) // self._weights.sum(axis=0)
        return found

    def update(self, ones: Bits) -> None:
        """The weights after the bit of the last `probabilities`. ones: (n,), whether it is 1."""
        weights = self._weights
        np.left_shift(weights, 16, out=weights)
        np.subtract(weights, self._products, out=weights)  # w * (ONE - m), for those with a 0
        np.copyto(weights, self._products, where=ones)
        top = weights.max(axis=0)
        shift = (top >= _HIGH).astype(np.uint64) + (top >= _HIGHER)
        np.right_shift(weights, shift << 3, out=weights)
        np.maximum(weights, 1, out=weights)  # a component that is left at 0 could never come back


def all_probabilities(weights: Integers, means: Integers, bits: Bits) -> Integers:
    """(k, n): the probabilities of a 1 for each bit of codes that are known. bits: (n, k)."""
    count, length = bits.shape
    found: Integers = np.empty((length, count), np.uint64)
    together = max(1, CACHED // len(weights))
    for start in range(0, count, together):
        some = bits[start : start + together]
        predictor = Predictor(weights, means, len(some))
        for bit in range(length):
            found[bit, start : start + len(some)] = predictor.probabilities(bit)
            predictor.update(some[:, bit])
    return found

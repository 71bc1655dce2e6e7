"""What entropy coding makes of a code, as numbers that a search can weigh against its distortion.

The table is a mixture of independent bits, so the cost of a code, and of every code that differs in one bit,
is a product of matrices. In floating point: it chooses codes; nothing is coded with it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pcbin.arrays import Float32
from pcbin.formats.entropy import ONE, WEIGHT_SUM, Table

LOST = 0.1
"""Bits that coding in integers may take more than the cost."""
PRICE = 3e-3
"""Of a bit, by the Chamfer distance that a code has: what the best codes lose with one bit less."""


class Cost(NamedTuple):
    """Of one code."""

    bits: float
    flips: Float32  # (k,): what a flip of each bit adds


NOTHING = Cost(0.0, np.zeros(0, np.float32))
"""Where every code costs the same."""


class Rate:
    """A limit on the coded length of codes, in bits: a multiple of 8."""

    def __init__(self, table: Table, bits: int) -> None:
        self.table, self.bits = table, bits
        ones = np.ascontiguousarray(table.means.T / ONE)  # (K, C)
        self._weights = np.log2(table.weights / WEIGHT_SUM)  # (C,)
        self._logs = np.log2(np.stack([1 - ones, ones], axis=1)).astype(np.float32)  # (K, 2, C)
        odds = ones / (1 - ones)
        self._ratios = np.stack([odds, 1 / odds], axis=1).astype(np.float32)  # of flips of a 0 and of a 1

    def of(self, signs: Float32) -> Cost:
        """(k,) of -1 and +1."""
        ones, rows = (signs > 0).astype(np.intp), np.arange(len(signs))
        shares = self._weights + self._logs[rows, ones].sum(axis=0)  # (C,): logarithms
        parts = np.exp2(shares - shares.max())
        whole = parts.sum()
        flips = -np.log2(self._ratios[rows, ones] @ (parts / whole).astype(np.float32))
        return Cost(float(-shares.max() - np.log2(whole)), flips)

    def fits(self, cost: float) -> bool:
        """Whether a code of such a cost is within the limit."""
        return cost <= self.bits - LOST

    def longest(self, signs: Float32) -> int:
        """The bits of the longest prefix of a code, whole bytes, that is within the limit; as many as the
        limit has always are, for they need no coding."""
        shares, found = self._weights.copy(), min(self.bits, len(signs))
        for start in range(0, len(signs), 8):
            ones = (signs[start : start + 8] > 0).astype(np.intp)
            shares += self._logs[np.arange(start, start + len(ones)), ones].sum(axis=0)
            cost = -shares.max() - np.log2(np.exp2(shares - shares.max()).sum())
            if self.fits(float(cost)):
                found = max(found, start + len(ones))
        return found

    def prices(self, cost: Cost, chamfer: float) -> Float32:
        """(k,): the cost of each flip as a Chamfer distance: the dearer the less room there is."""
        excess = cost.bits - self.bits
        scale = 1 + excess / 2 if excess > 0 else max(0.2, 1 + excess / 8)
        found: Float32 = np.float32(PRICE * chamfer * scale) * cost.flips
        return found

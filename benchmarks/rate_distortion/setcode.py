"""Sets of k of n things as one whole number: the combinatorial number system. No code of sets is shorter."""

from __future__ import annotations

import math
from collections.abc import Sequence


def width(n: int, k: int) -> int:
    """Bits for any set of k of n things: ceil(log2(binomial(n, k)))."""
    return (math.comb(n, k) - 1).bit_length()


def largest(n: int, bits: int) -> int:
    """The largest k up to n / 2 for which a set of k of n things takes at most `bits`; 0 if none does."""
    low, high = 0, n // 2
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(n, middle) <= bits else (low, middle - 1)
    return low


def rank(chosen: Sequence[int]) -> int:
    """From 0 to binomial(n, k) - 1: the sum of binomial(c_i, i) over the sorted members c_1 < c_2 ..."""
    return sum(math.comb(member, place) for place, member in enumerate(sorted(chosen), start=1))


def unrank(number: int, n: int, k: int) -> list[int]:
    """The sorted members of the set.

    One walk down from n - 1: binomial(member, place) follows from the one before by a product and a quotient.
    """
    chosen: list[int] = []
    member, place = n - 1, k
    count = math.comb(member, place)
    while place:
        if count <= number:
            chosen.append(member)
            number -= count
            count = count * place // member if member else 0
            place -= 1
        else:
            count = count * (member - place) // member
        member -= 1
    return chosen[::-1]

"""Sums of codes: poster A's "this chair, with what those have and these lack"."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from pcbin.arrays import Codes, pack_bits, unpack_bits
from pcbin.errors import InputError

TERM = re.compile(r"(?:(\d+(?:\.\d*)?|\.\d+)\*)?(.+)")
ROUNDING = 1e-9


class Term(NamedTuple):
    """A part of a sum."""

    factor: float
    name: str
    """Of a file, or whatever else codes are read from."""


def parse(expression: str) -> list[Term]:
    """The terms of "a - b + 3*c": operators stand between spaces, names with spaces in quotes.

    Raises:
        InputError: Not such a sum.
    """
    example = 'write it like "a.pcb - b.pcb + 3*c.pcb"'
    try:
        words = shlex.split(expression) if set("'\"") & set(expression) else expression.split()
    except ValueError as error:
        raise InputError(f"{expression}: {error}; {example}") from None
    terms, sign, wants_name = [], 1.0, True
    for place, word in enumerate(words):
        if word in ("+", "-") and (place == 0 or not wants_name):
            sign, wants_name = (1.0 if word == "+" else -1.0), True
        elif not wants_name:
            raise InputError(f"{expression}: neither + nor - before {word}; {example}")
        else:
            found = TERM.fullmatch(word)
            if found is None or word in ("+", "-"):
                raise InputError(f"{expression}: {word} is no file; {example}")
            terms.append(Term(sign * float(found[1] or 1), found[2]))
            wants_name = False
    if wants_name:
        raise InputError(f"{expression or 'nothing'}: ends where a file is expected; {example}")
    total = sum(term.factor for term in terms)
    if abs(total - 1) > ROUNDING:
        raise InputError(
            f"{expression}: its factors sum to {total:g}, and only sums of 1 give codes; subtract as much as "
            "is added to one object, as in a - b + c, or average, as in 0.5*a + 0.5*b"
        )
    return terms


def combine(terms: Iterable[tuple[float, Codes]]) -> Codes:
    """The (K / 8,) code nearest to a sum of codes, each times its factor.

    A bit is 1 where the sum is above 1/2; where it is 1/2, the bit is that of the first term.

    Args:
        terms: Factors, which sum to 1, and codes: (K / 8,), or (n, K / 8) for their mean.

    Raises:
        InputError: Not codes of one length, or factors of another sum.
    """
    factors, means = [], []
    for factor, codes in terms:
        found = np.atleast_2d(np.asarray(codes))
        if found.ndim != 2 or found.dtype != np.uint8 or 0 in found.shape:
            raise InputError(
                f"codes: {found.dtype} of shape {found.shape}; pass uint8 (K / 8,) or (n, K / 8)"
            )
        factors.append(float(factor))
        means.append(unpack_bits(found).mean(axis=0))
    if not means or len({len(mean) for mean in means}) > 1:
        lengths = ", ".join(str(len(mean)) for mean in means) or "no"
        raise InputError(f"codes of {lengths} bits; pass codes of one length")
    if abs(sum(factors) - 1) > ROUNDING:
        raise InputError(f"factors that sum to {sum(factors):g}; pass factors that sum to 1")
    total = sum(factor * mean for factor, mean in zip(factors, means, strict=True))
    tied = np.abs(total - 0.5) <= ROUNDING
    code: Codes = pack_bits(np.where(tied, means[0] > 0.5, total > 0.5)[None])[0]
    return code

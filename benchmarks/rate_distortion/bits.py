"""Whole numbers of given widths, one after another, as bytes."""

from __future__ import annotations

from collections.abc import Sequence

from .scheme import Code


def pack(values: Sequence[int], widths: Sequence[int]) -> Code:
    """The first value in the highest bits; zeros up to whole bytes at the end, which are no payload."""
    total = 0
    for value, width in zip(values, widths, strict=True):
        total = total << width | int(value)
    bits = sum(widths)
    return Code((total << -bits % 8).to_bytes(-(-bits // 8), "big"), bits)


def unpack(data: bytes, widths: Sequence[int]) -> list[int]:
    """What `pack` was given."""
    total = int.from_bytes(data, "big") >> -sum(widths) % 8
    values = []
    for width in reversed(widths):
        values.append(total & (1 << width) - 1)
        total >>= width
    return values[::-1]

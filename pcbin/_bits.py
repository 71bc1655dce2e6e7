"""Counting bits that differ, with NumPy alone."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes
from pcbin.errors import InputError

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.unsignedinteger[Any]]


def checked(codes: Any, *, what: str = "codes", width: int | None = None) -> Codes:
    """(n, K / 8) uint8. Raises InputError for anything else, or another width."""
    found: Codes = np.asanyarray(codes)
    if found.ndim != 2 or found.dtype != np.uint8 or found.shape[1] == 0:
        raise InputError(f"{what}: {found.dtype} of shape {found.shape}; pass uint8 (n, K / 8)")
    if width is not None and found.shape[1] != width:
        raise InputError(
            f"{what}: codes of {8 * found.shape[1]} bits, the others have {8 * width}; "
            "compare codes of one model and length"
        )
    return found


def is_whole(value: object) -> TypeGuard[int | np.integer[Any]]:
    """Whether a value is a whole number."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def words(codes: Codes) -> Words:
    """(n, K / 8) bytes -> (n, ceil(K / 64)): a view where it can be, else a copy with zeros at the end."""
    short = -codes.shape[1] % 8
    if short or not codes.flags.c_contiguous:
        codes = np.ascontiguousarray(np.pad(codes, ((0, 0), (0, short))))
    found: Words = codes.view(np.uint64)
    return found


def distances(some: Words, others: Words) -> Counts:
    """The Hamming distances between words, both (n, W) -> (n,): uint8 where that holds them."""
    flat = np.ravel(some) ^ np.ravel(others)  # twice as fast as rows of two
    ones = _ones(flat).reshape(some.shape)
    found = ones[:, 0].astype(np.uint8 if 64 * some.shape[1] < 256 else np.uint16)
    for word in range(1, some.shape[1]):
        found += ones[:, word]
    return found


if hasattr(np, "bitwise_count"):  # NumPy 2

    def _ones(different: Words) -> npt.NDArray[np.uint8]:
        found: npt.NDArray[np.uint8] = np.bitwise_count(different)
        return found

else:
    _TABLE: npt.NDArray[np.uint8] = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(
        axis=1, dtype=np.uint8
    )

    def _ones(different: Words) -> npt.NDArray[np.uint8]:
        # of a word, at most 64: a byte holds it
        found: npt.NDArray[np.uint8] = _TABLE[different.view(np.uint8).reshape(-1, 8)].sum(-1, np.uint8)
        return found

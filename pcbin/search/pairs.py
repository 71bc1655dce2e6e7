"""All pairs of codes that differ in a few bits, without an index and without comparing all with all.

Codes that differ in at most r bits agree in at least one of r + 1 pieces. So codes are cut, sorted by each
piece in turn, and compared only with those that have the same piece: at r = 7, eight pieces of 16 bits of a
128-bit code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin._bits import Counts, checked, distances, is_whole, words
from pcbin.arrays import Codes
from pcbin.errors import InputError

RADIUS = 7
"""Bits by default."""
FEW = 32
"""Codes with the same piece that are compared one by one with those behind them; more go in blocks."""
BLOCK = 2**18
"""Pairs that are compared in one step."""


class Pairs(NamedTuple):
    """Some pairs of codes, each `first` below its `second`."""

    first: npt.NDArray[np.int64]
    """(m,): rows."""
    second: npt.NDArray[np.int64]
    """(m,): rows."""
    distances: Counts
    """(m,): bits that differ."""


def pairs(codes: Codes, radius: int = RADIUS) -> Iterator[Pairs]:
    """All pairs that differ in at most `radius` bits, each once, in blocks and in no particular order.

    The memory is that of the codes, of their order (8 bytes a code), and of one block.

    Args:
        codes: (n, K / 8) uint8.
        radius: 0 to K / 8 - 1 bits.

    Raises:
        InputError: Not codes, or a radius that they cannot be cut for.
    """
    codes = checked(codes)
    width = codes.shape[1]
    if not is_whole(radius) or not 0 <= radius < width:
        raise InputError(f"radius {radius!r}: from 0 to {width - 1} bits for codes of {8 * width}")
    ends = [len(piece) for piece in np.array_split(np.arange(width), radius + 1)]
    cuts = np.concatenate([[0], np.cumsum(ends)])
    database = words(codes)
    for piece in range(radius + 1):
        same = np.ascontiguousarray(codes[:, cuts[piece] : cuts[piece + 1]])
        keys = same.view(np.dtype((np.void, same.shape[1])))[:, 0]
        order = _order(same)
        for some, others in _joined(keys, order):
            apart = distances(database[some], database[others])
            near = np.flatnonzero(apart <= radius)
            new = np.ones(len(near), dtype=bool)
            for before in range(piece):  # a pair that agrees in an earlier piece was found there
                columns = slice(cuts[before], cuts[before + 1])
                new &= (codes[some[near], columns] != codes[others[near], columns]).any(axis=1)
            near = near[new]
            if len(near):
                first, second = some[near], others[near]
                yield Pairs(np.minimum(first, second), np.maximum(first, second), apart[near])


def _order(pieces: Codes) -> npt.NDArray[np.int64]:
    """(n, P) bytes -> the order that puts equal rows beside one another."""
    if pieces.shape[1] <= 8:
        wide = np.zeros((len(pieces), 1 << (pieces.shape[1] - 1).bit_length()), np.uint8)
        wide[:, : pieces.shape[1]] = pieces
        keys = wide.view(np.dtype(f"u{wide.shape[1]}"))[:, 0]
        return np.argsort(keys, kind="stable")
    return np.lexsort(pieces.T).astype(np.int64)


def _joined(
    keys: npt.NDArray[np.void], order: npt.NDArray[np.int64]
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """All pairs of rows with equal keys, at most about BLOCK at a time."""
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    sizes = np.diff(np.append(starts, len(ordered)))
    small = sizes <= FEW
    # how many follow each code among those with the same key, where these are few
    follow = np.repeat(starts + sizes, sizes) - np.arange(len(ordered)) - 1
    follow[~np.repeat(small, sizes)] = 0
    for step in range(1, FEW):
        places = np.flatnonzero(follow >= step)
        for at in range(0, len(places), BLOCK):
            some = places[at : at + BLOCK]
            yield order[some], order[some + step]
    for start, size in zip(starts[~small], sizes[~small], strict=True):
        rows = order[start : start + size]
        for here in range(len(rows) - 1):
            for at in range(here + 1, len(rows), BLOCK):
                some = rows[at : at + BLOCK]
                yield np.full(len(some), rows[here]), some

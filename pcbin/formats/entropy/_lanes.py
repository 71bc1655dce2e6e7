"""Many codes at once: interleaved range asymmetric numeral systems (Duda, 2013), one state per lane (spec,
section 8.4).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, pack_bits, unpack_bits
from pcbin.errors import FormatError
from pcbin.formats.entropy._mixture import CACHED, ONE, Bits, Integers, Predictor, all_probabilities

Words = list[npt.NDArray[np.uint16]]

START = 1 << 16
"""The state of a lane before its last code is coded, and so after it is decoded; states are never below."""
MAX_LANES = 128
CODES_A_LANE = 32
"""At least; the states take 4 bytes per lane, of which 3 on average are lost."""


def lanes_of(count: int) -> int:
    """Over how many lanes `count` codes are distributed."""
    return max(1, min(MAX_LANES, count // CODES_A_LANE))


def encode(weights: Integers, means: Integers, codes: Codes) -> bytes:
    """The states and the words of (n, B) codes, n above 0."""
    count, lanes = len(codes), lanes_of(len(codes))
    states: Integers = np.full(lanes, START, np.uint64)
    words: Words = []  # as they are made: the last that is read first
    together = max(1, CACHED // (len(weights) * lanes)) * lanes
    for start in reversed(range(0, count, together)):
        bits = unpack_bits(codes[start : start + together]).astype(bool)
        probabilities = all_probabilities(weights, means, bits)
        sizes = np.where(bits.T, probabilities, ONE - probabilities)
        begins = np.where(bits.T, np.uint64(0), probabilities)
        for first in reversed(range(0, len(bits), lanes)):
            rows = slice(first, first + lanes)
            active = states[: len(bits[rows])]
            for size, begin in zip(sizes[::-1, rows], begins[::-1, rows], strict=True):
                _push(active, size, begin, words)
    stored = [states.astype("<u4").tobytes()]
    return b"".join(stored + [some.tobytes() for some in reversed(words)])


def _push(states: Integers, size: Integers, begin: Integers, words: Words) -> None:
    """One bit per lane, in place; a state that would exceed 32 bits first gives off a word."""
    full = states >= size << 16
    if full.any():
        words.append((states[full] & 0xFFFF).astype("<u2"))
        states[full] >>= 16
    quotient, rest = np.divmod(states, size)
    states[:] = (quotient << 16) + rest + begin


def decode(
    weights: Integers, means: Integers, data: bytes | memoryview, shape: tuple[int, int], *, where: str
) -> Codes:
    """The inverse of `encode`: codes of this shape, (n, B). Raises FormatError for what it never gives.

    Takes one step per bit of every lane's codes, whatever the data says.
    """
    count, code_bytes = shape
    lanes = lanes_of(count)
    if len(data) < 4 * lanes or len(data) % 2:
        raise FormatError(f"{where}: {len(data):,} bytes hold no {lanes} states and words of entropy coding")
    states: Integers = np.frombuffer(data, "<u4", count=lanes).astype(np.uint64)
    if (states < START).any():
        raise FormatError(f"{where}: a state of entropy coding below {START:,}")
    words = _Words(np.frombuffer(data, "<u2", offset=4 * lanes), where)
    codes: Codes = np.empty(shape, np.uint8)
    for first in range(0, count, lanes):
        rows = codes[first : first + lanes]
        predictor = Predictor(weights, means, len(rows))
        active = states[: len(rows)]
        bits: Bits = np.empty((8 * code_bytes, len(rows)), np.bool_)
        for bit, ones in enumerate(bits):
            probabilities = predictor.probabilities(bit)
            slots = active & 0xFFFF
            np.less(slots, probabilities, out=ones)
            predictor.update(ones)
            active >>= 16
            active *= np.where(ones, probabilities, ONE - probabilities)
            active += slots - np.where(ones, np.uint64(0), probabilities)
            words.pull(active)
        rows[:] = pack_bits(bits.T)
    if words.left or (states != START).any():
        raise FormatError(f"{where}: the states of entropy coding do not end as they began")
    return codes


class _Words:
    """The 16-bit words, each read once, in order."""

    def __init__(self, words: npt.NDArray[np.uint16], where: str) -> None:
        self._words, self._at, self._where = words, 0, where

    @property
    def left(self) -> int:
        return len(self._words) - self._at

    def pull(self, states: Integers) -> None:
        """A word for each state that fell below START, in the order of the lanes, in place."""
        low = states < START
        wanted = int(np.count_nonzero(low))
        if not wanted:
            return
        if wanted > self.left:
            raise FormatError(f"{self._where}: entropy coding ends before all codes are decoded")
        states[low] = states[low] << 16 | self._words[self._at : self._at + wanted]
        self._at += wanted

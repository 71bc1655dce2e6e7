"""The decoder of section 8.3 for bits whose probabilities are not known before the bits that precede them."""

from __future__ import annotations

from collections.abc import Sequence

from pcbin.formats.entropy._single import LEAST, WHOLE


class BitReader:
    """Decodes one code in groups of bits; bytes that are missing are read as zeros.

    bits, probabilities: all that were read so far, as `encode_bits` takes them.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 4
        self.bits: list[bool] = []
        self.probabilities: list[int] = []
        self._value, self._span = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), WHOLE

    def read(self, probabilities: Sequence[int]) -> list[bool]:
        """The next bits. probabilities: of a 1, in units of 2^-16, one a bit."""
        data, at, value, span = self._data, self._at, self._value, self._span
        bits = []
        for probability in probabilities:
            bound = span * probability >> 16
            if value < bound:
                bits.append(True)
                span = bound
            else:
                bits.append(False)
                value -= bound
                span -= bound
            while span < LEAST:
                value = value << 8 | (data[at] if at < len(data) else 0)
                span <<= 8
                at += 1
        self._at, self._value, self._span = at, value, span
        self.bits += bits
        self.probabilities += probabilities
        return bits

"""One code as the shortest number in its interval: a range coder on bytes (spec, section 8.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

WHOLE = 1 << 32
LEAST = 1 << 24
"""The interval is widened by a byte where it is narrower than this."""


def encode(bits: Sequence[bool], probabilities: Sequence[int]) -> bytes:
    """The fewest bytes that stand for the bits. probabilities: of a 1, in units of 2^-16, one a bit."""
    low, span, size = 0, WHOLE, 4
    for bit, probability in zip(bits, probabilities, strict=True):
        bound = span * probability >> 16
        if bit:
            span = bound
        else:
            low, span = low + bound, span - bound
        while span < LEAST:  # Python's integers carry by themselves: no byte is written before the end
            low, span, size = low << 8, span << 8, size + 1
    dropped, value = 3, 0  # a multiple of LEAST is always inside
    for more in range(3, size + 1):
        unit = 1 << 8 * more
        multiple = -(-low // unit)
        if multiple * unit >= low + span:
            break
        dropped, value = more, multiple
    return value.to_bytes(size - dropped, "big")


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


def decode(
    data: bytes, count: int, probability: Callable[[int], int], learn: Callable[[bool], None]
) -> tuple[list[bool], list[int]]:
    """`count` bits, and the probabilities that they had; missing bytes are read as zeros.

    probability: of a 1 for bit i. learn: is told each bit.
    """
    reader = BitReader(data)
    for index in range(count):
        [bit] = reader.read([probability(index)])
        learn(bit)
    return reader.bits, reader.probabilities

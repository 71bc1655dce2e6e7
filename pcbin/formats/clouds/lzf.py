"""LZF decompression, as the PCD format uses it.

A control byte below 32 announces a run of literals, one more than its value. Any other is a copy: its
upper three bits are the length (7: add the next byte) plus 2, its lower five bits and the next byte the
distance back, minus 1. A copy may overlap what it writes.
"""

from __future__ import annotations

MAX_RATIO = 88
"""Three bytes make at most 264, so nothing unpacks to more than this many times its size."""


def decompress(data: bytes, size: int) -> bytes:
    """The `size` bytes that `data` stands for. Raises ValueError: damaged (and where), or another size."""
    out = bytearray()
    at, end = 0, len(data)
    while at < end:
        start, control = at, data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
        else:
            length = control >> 5
            if length == 7 and at < end:
                length += data[at]
                at += 1
            back = ((control & 31) << 8) + (data[at] if at < end else 0) + 1
            at += 1
            _copy(out, back, length + 2, start)
        if at > end:
            raise ValueError(f"the block at byte {start} ends too early")
        if len(out) > size:
            raise ValueError(f"the block at byte {start} unpacks beyond {size} bytes")
    if len(out) != size:
        raise ValueError(f"unpacks to {len(out)} bytes, not {size}")
    return bytes(out)


def _copy(out: bytearray, back: int, length: int, start: int) -> None:
    if back > len(out):
        raise ValueError(f"the block at byte {start} refers to bytes before the beginning")
    chunk = out[len(out) - back : len(out) - back + length]
    if len(chunk) < length:  # overlapping: the pattern repeats
        chunk = (chunk * (length // len(chunk) + 1))[:length]
    out += chunk

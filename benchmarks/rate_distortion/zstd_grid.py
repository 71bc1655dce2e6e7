"""A grid, the sorted numbers of its occupied cells, their differences as bytes, and zstd."""

from __future__ import annotations

import numpy as np
import zstandard

from pcbin.arrays import Float32

from . import grid
from .scheme import Code, Kind

LEVEL = 19
MOST = 2**24
"""Bytes that a decoder would make of one frame; a grid of 64^3 needs 2 MB at most."""


class ZstdGrid:
    name = "grid + zstd"
    kind: Kind = "untrained"
    container = "zstd frame without magic, size and checksum; the grid's size is agreed on"
    settings = (4, 6, 8, 12, 16, 24, 32, 64)

    def label(self, setting: int) -> str:
        return f"grid of {setting}³"

    def encode(self, cloud: Float32, setting: int) -> Code:
        options = zstandard.ZstdCompressionParameters.from_level(
            LEVEL, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=False
        )
        between = grid.gaps(grid.occupied(cloud, setting), setting)
        data = zstandard.ZstdCompressor(compression_params=options).compress(_short(between.tolist()))
        return Code(data, 8 * len(data))

    def decode(self, data: bytes, setting: int) -> Float32:
        plain = zstandard.ZstdDecompressor(format=zstandard.FORMAT_ZSTD1_MAGICLESS)
        between = _unshort(plain.stream_reader(data).read(MOST))
        return grid.centres(grid.ungaps(np.array(between), setting), setting)

    def table_bytes(self, setting: int) -> int:
        return 0


def _short(values: list[int]) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    made = bytearray()
    for value in values:
        rest = value
        while rest >= 128:
            made.append(rest & 127 | 128)
            rest >>= 7
        made.append(rest)
    return bytes(made)


def _unshort(data: bytes) -> list[int]:
    values, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value = shift = 0
    return values

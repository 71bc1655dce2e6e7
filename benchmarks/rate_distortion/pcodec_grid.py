"""A grid, the sorted numbers of its occupied cells, and pcodec for their differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.arrays import Float32

from . import grid
from .scheme import Code, Kind


class PcodecGrid:
    name = "grid + pcodec"
    kind: Kind = "untrained"
    container = "pcodec's standalone stream; the grid's size is agreed on"
    settings = (4, 6, 8, 12, 16, 24, 32, 64)

    def __init__(self) -> None:
        from pcodec import ChunkConfig, DeltaSpec, standalone

        self._pcodec: Any = standalone
        # the differences are taken here: pcodec's own attempt at them costs some 80 bits more
        self._config: Any = ChunkConfig(compression_level=12, delta_spec=DeltaSpec.no_op())

    def label(self, setting: int) -> str:
        return f"grid of {setting}³"

    def encode(self, cloud: Float32, setting: int) -> Code:
        between = grid.gaps(grid.occupied(cloud, setting), setting)
        narrow = between.astype(np.uint16 if between.max() < 2**16 else np.uint32)
        data = self._pcodec.simple_compress(narrow, self._config)
        return Code(data, 8 * len(data))

    def decode(self, data: bytes, setting: int) -> Float32:
        return grid.centres(grid.ungaps(self._pcodec.simple_decompress(data), setting), setting)

    def table_bytes(self, setting: int) -> int:
        return 0

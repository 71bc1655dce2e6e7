"""Draco's k-d-tree coder of point clouds, from Python."""

from __future__ import annotations

import numpy as np

from pcbin.arrays import Float32

from . import grid
from .scheme import Code, Kind

LEVEL = 3
"""Compression level: from 4 on Draco spends about 800 bits more on clouds as small as these."""


class Draco:
    name = "Draco k-d tree"
    kind: Kind = "untrained"
    container = "Draco buffer, with its quantisation box in any case"
    settings = (2, 3, 4, 5, 6, 7, 8)

    def __init__(self) -> None:
        import DracoPy

        self._draco = DracoPy

    def label(self, setting: int) -> str:
        return f"{setting} bits an axis"

    def encode(self, cloud: Float32, setting: int) -> Code:
        # on the grid before Draco sees them, so that no cell is paid for twice
        last = 2**setting - 1
        nodes = grid.occupied(cloud, last + 1) / last - 0.5
        data = self._draco.encode(
            nodes.astype(np.float32),
            quantization_bits=setting,
            compression_level=LEVEL,
            quantization_range=1.0,
            quantization_origin=np.full(3, -0.5),
        )
        return Code(data, 8 * len(data))

    def decode(self, data: bytes, setting: int) -> Float32:
        last = 2**setting - 1
        cells = np.rint((self._draco.decode(data).points + 0.5) * last)
        return grid.centres(cells, last + 1)

    def table_bytes(self, setting: int) -> int:
        return 0

"""LAZ, the compressed format of laser scans, through laspy and lazrs."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from pcbin.arrays import Float32

from . import grid
from .scheme import Code, Kind


class Laz:
    name = "LAZ"
    kind: Kind = "untrained"
    container = "LAZ file, with header, scale, offset and box in any case"
    settings = (6, 8, 12, 16, 24, 32, 64, 128)

    def __init__(self) -> None:
        import laspy
        import lazrs  # noqa: F401 - laspy finds it by itself, and fails late without it

        self._laspy: Any = laspy

    def label(self, setting: int) -> str:
        return f"scale 1/{setting}"

    def encode(self, cloud: Float32, setting: int) -> Code:
        # the oldest version and the barest kind of point: their headers and records are the smallest
        header = self._laspy.LasHeader(version="1.2", point_format=0)
        header.scales, header.offsets = np.full(3, 1 / setting), np.zeros(3)
        las = self._laspy.LasData(header)
        las.X, las.Y, las.Z = grid.occupied(cloud, setting).T.astype(np.int32)
        file = io.BytesIO()
        las.write(file, do_compress=True, laz_backend=self._laspy.LazBackend.Lazrs)
        data = file.getvalue()
        return Code(data, 8 * len(data))

    def decode(self, data: bytes, setting: int) -> Float32:
        las = self._laspy.read(io.BytesIO(data))
        return grid.centres(np.stack([las.X, las.Y, las.Z], axis=1), setting)

    def table_bytes(self, setting: int) -> int:
        return 0

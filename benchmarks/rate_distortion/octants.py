"""Octants: each eighth of the box is filled with the nearest such eighth of a training shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32

from . import bits, boxes
from .cache import Cache
from .neighbours import Neighbours, stored
from .progress import Progress
from .scheme import Code, Kind

SIDE = 12
CORNERS = [np.array([x, y, z], np.float32) for x in (-0.5, 0.0) for y in (-0.5, 0.0) for z in (-0.5, 0.0)]
HALF = np.float32(0.5)
ROUNDS = 2
"""Octants are chosen in the cloud's box, then in the one that fits what was chosen."""


class NearestOctants:
    name = "nearest training octants + box"
    kind: Kind = "trained"
    container = "the bare code, up to whole bytes"
    settings = ("8 indices, 3 x 6 bits",)

    def label(self, setting: str) -> str:
        return setting

    def fit(self, train: Sequence[Float32], cache: Cache, progress: Progress) -> None:
        units = [stored(boxes.unit(cloud)) for cloud in train]
        usual = np.mean([boxes.sides(cloud) for cloud in train], axis=0)
        self._widths = [(len(train) - 1).bit_length()] * len(CORNERS) + [*boxes.WIDTHS]
        self._octants = [[_octant(cloud, corner) for cloud in units] for corner in CORNERS]
        self._near = [
            Neighbours(
                f"octants-{number}", octants, corner, corner + HALF, metric=usual, side=SIDE, cache=cache,
                progress=progress,
            )
            for number, (corner, octants) in enumerate(zip(CORNERS, self._octants, strict=True))
        ]  # fmt: skip

    def encode(self, cloud: Float32, setting: str) -> Code:
        stretch: Float32 = np.maximum(boxes.sides(cloud), boxes.SMALLEST, dtype=np.float32)
        numbers: list[int] = []
        for _ in range(ROUNDS):
            numbers = [
                near.nearest(_octant(cloud, corner) / stretch, stretch)[0]
                for near, corner in zip(self._near, CORNERS, strict=True)
            ]
            stretch = boxes.fitted(cloud, self._joined(numbers), stretch)
        return bits.pack([*numbers, *boxes.coded(stretch)], self._widths)

    def decode(self, data: bytes, setting: str) -> Float32:
        *numbers, x, y, z = bits.unpack(data, self._widths)
        return self._joined(numbers) * boxes.restored([x, y, z])

    def _joined(self, numbers: Sequence[int]) -> Float32:
        """(M, 3): eight octants as one shape with sides of 1."""
        return np.concatenate([octants[n] for octants, n in zip(self._octants, numbers, strict=True)])

    def table_bytes(self, setting: str) -> int:
        return sum(piece.astype(np.float16).nbytes for pieces in self._octants for piece in pieces)


def _octant(cloud: Float32, corner: Float32) -> Float32:
    """Its points in the octant at `corner`. The axes' planes part them: stretching moves none across."""
    inside: npt.NDArray[np.bool_] = ((cloud >= 0) == (corner >= 0)).all(axis=1)
    return cloud[inside]

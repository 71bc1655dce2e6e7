"""The nearest training shape: its number and nothing else, or with the sides of the box to stretch it to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pcbin.arrays import Float32
from pcbin.metrics import distortion

from . import bits, boxes
from .cache import Cache
from .neighbours import Neighbours, stored
from .progress import Progress
from .scheme import Code, Kind

SIDE = 24
FITTED = 4
ONE = np.ones(3, np.float32)
HALF = np.full(3, 0.5, np.float32)


class NearestShape:
    """A codec that does no better than this has learned nothing but its training set."""

    name = "nearest training shape"
    kind: Kind = "trained"
    container = "the bare code, up to whole bytes"
    settings = ("index",)

    def label(self, setting: str) -> str:
        return setting

    def fit(self, train: Sequence[Float32], cache: Cache, progress: Progress) -> None:
        self._shapes = [stored(cloud) for cloud in train]
        self._width = (len(train) - 1).bit_length()
        self._near = Neighbours(
            "shapes", self._shapes, -HALF, HALF, metric=ONE, side=SIDE, cache=cache, progress=progress
        )

    def encode(self, cloud: Float32, setting: str) -> Code:
        return bits.pack(self._near.nearest(cloud, ONE), [self._width])

    def decode(self, data: bytes, setting: str) -> Float32:
        (number,) = bits.unpack(data, [self._width])
        return self._shapes[number]

    def table_bytes(self, setting: str) -> int:
        return sum(shape.astype(np.float16).nbytes for shape in self._shapes)


class NearestShapeInBox:
    """Shapes are compared stretched to the cloud's box; the nearest few are fitted to the cloud itself."""

    name = "nearest training shape + box"
    kind: Kind = "trained"
    container = "the bare code, up to whole bytes"
    settings = ("index, 3 x 6 bits",)

    def label(self, setting: str) -> str:
        return setting

    def fit(self, train: Sequence[Float32], cache: Cache, progress: Progress) -> None:
        self._shapes = [stored(boxes.unit(cloud)) for cloud in train]
        self._widths = [(len(train) - 1).bit_length(), *boxes.WIDTHS]
        usual = np.mean([boxes.sides(cloud) for cloud in train], axis=0)
        self._near = Neighbours(
            "boxed-shapes", self._shapes, -HALF, HALF, metric=usual, side=SIDE, cache=cache, progress=progress
        )

    def encode(self, cloud: Float32, setting: str) -> Code:
        outer: Float32 = np.maximum(boxes.sides(cloud), boxes.SMALLEST, dtype=np.float32)
        best, least = [], np.inf
        for number in self._near.nearest(cloud / outer, outer, FITTED):
            stretch = boxes.fitted(cloud, self._shapes[number], outer)
            distance = distortion(cloud, self._shapes[number] * stretch).chamfer
            if distance < least:
                best, least = [number, *boxes.coded(stretch)], distance
        return bits.pack(best, self._widths)

    def decode(self, data: bytes, setting: str) -> Float32:
        number, *box = bits.unpack(data, self._widths)
        shape: Float32 = self._shapes[number] * boxes.restored(box)
        return shape

    def table_bytes(self, setting: str) -> int:
        return sum(shape.astype(np.float16).nbytes for shape in self._shapes)

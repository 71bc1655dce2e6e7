"""The codec: where files and networks meet. `compress` and `decompress` are one line over `Codec`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from bitarray import bitarray

from pcbin.arrays import Float32, Float64, Grey, Pose, Sampling, as_image, as_points, normalise, thin
from pcbin.errors import InputError, ModelMismatch
from pcbin.formats import pcb
from pcbin.models import zoo
from pcbin.models.model import Codes, Model

ModelLike = str | os.PathLike[str] | Model
BATCH = 64
"""Clouds that go through the network together: enough for full speed, small enough to stay in memory."""


class Codec:
    """Encodes and decodes with one model; make one and keep it for loops.

    model: a name (``pcbin models list``), the start of a hash, the path of a frozen model, or a `Model`.
    device: "cpu" (NumPy), or "cuda" (torch).
    sampling, seed: how a cloud with more points than the model takes is thinned ("farthest" or "random").

    Raises ModelNotFound, WeightsCorrupt, MissingDependency (a device that needs torch).
    """

    def __init__(
        self,
        model: ModelLike = zoo.DEFAULT,
        *,
        device: str = "cpu",
        sampling: Sampling = "farthest",
        seed: int = 0,
    ) -> None:
        self.model = zoo.load(model, device=device)
        self._sampling = sampling
        self._seed = seed

    def __repr__(self) -> str:
        return f"<pcbin.Codec {self.model.name}, {self.model.bits} bits, {self.model.device}>"

    def encode(self, points: Any, *, pose: bool = True, metadata: Mapping[str, Any] | None = None) -> bytes:
        """One cloud, (N, 3) in any units, as the bytes of a .pcb file; with a model of images, one image:
        (height, width) grey values, uint8 or 0 to 1.

        pose: store where the cloud was and how large (16 or 28 bytes), so that it decodes in place; without
        it the cloud decodes around the origin with a bounding-box diagonal of 1. Images have none.
        metadata: anything msgpack can hold, under string keys.

        Raises InputError for what is not a cloud, or not an image of the model's size.
        """
        if self.model.image:
            code = to_bits(self.image_codes([points])[0])
            return pcb.dumps(code, self.model.id, metadata=metadata)
        codes, poses = self.codes([points])
        if not pose:
            need_extent(poses[0])
        return pcb.dumps(to_bits(codes[0]), self.model.id, pose=poses[0] if pose else None, metadata=metadata)

    def decode(self, data: bytes | bytearray | memoryview) -> Float32 | Float64 | Grey:
        """The bytes of a .pcb file with one cloud -> (points, 3); with one image -> (height, width) uint8.

        float32; float64 where float32 would move points by more than a millionth of the object's size. Raises
        FormatError and its kinds for damaged data, ModelMismatch for the code of another model.
        """
        single = pcb.loads(data)
        self.check(single.model_id, len(single.code))
        if self.model.image:
            return next(self.images(from_bits(single.code)[None]))
        normalised = self.model.decode(from_bits(single.code)[None])[0]
        return single.pose.apply(normalised) if single.pose else normalised

    def codes(self, clouds: Iterable[Any]) -> tuple[Codes, list[Pose]]:
        """Many clouds -> their (n, K / 8) codes and their poses, in batches through the network.

        Bit i of a code is bit i % 8, from the lowest, of byte i // 8.
        """
        if self.model.image:
            raise InputError(f"model {self.model.name} codes images, not clouds; pass another model")
        codes, poses = [], []
        for batch, placed in self._normalised(clouds):
            codes.append(self._encode(batch))
            poses += placed
        return np.concatenate(codes) if codes else np.zeros((0, self.model.bits // 8), np.uint8), poses

    def points(self, codes: Codes, poses: Iterable[Pose | None] | None = None) -> Iterator[Float32 | Float64]:
        """(n, K / 8) codes -> n clouds of (points, 3), in the order of the codes, decoded in batches."""
        codes = self._checked(codes)
        if self.model.image:
            raise InputError(f"model {self.model.name} codes images, not clouds; use `images`")
        placed = [None] * len(codes) if poses is None else list(poses)
        if len(placed) != len(codes):
            raise InputError(
                f"poses: {len(placed)} poses for {len(codes)} codes; pass one a code, or None for all"
            )
        for start in range(0, len(codes), BATCH):
            clouds = self.model.decode(codes[start : start + BATCH])
            for cloud, pose in zip(clouds, placed[start : start + BATCH], strict=True):
                yield pose.apply(cloud) if pose else cloud

    def image_codes(self, images: Iterable[Any]) -> Codes:
        """Many (height, width) grey images, uint8 or 0 to 1 -> their (n, K / 8) codes."""
        if self.model.image is None:
            raise InputError(f"model {self.model.name} codes clouds, not images; pass a model of images")
        source, codes = iter(images), []
        while batch := list(islice(source, BATCH)):
            codes.append(self.model.encode(np.stack([as_image(one, self.model.image) for one in batch])))
        return np.concatenate(codes) if codes else np.zeros((0, self.model.bits // 8), np.uint8)

    def images(self, codes: Codes) -> Iterator[Grey]:
        """(n, K / 8) codes -> n images of (height, width) uint8, in the order of the codes."""
        codes = self._checked(codes)
        if self.model.image is None:
            raise InputError(f"model {self.model.name} codes clouds, not images; use `points`")
        for start in range(0, len(codes), BATCH):
            yield from np.rint(255 * self.model.decode(codes[start : start + BATCH])).astype(np.uint8)

    def _checked(self, codes: Codes) -> Codes:
        codes = np.asarray(codes)
        if codes.ndim != 2 or codes.shape[1] != self.model.bits // 8 or codes.dtype != np.uint8:
            raise InputError(
                f"codes: {codes.dtype} of shape {codes.shape}; "
                f"model {self.model.name} takes uint8 (n, {self.model.bits // 8})"
            )
        return codes

    def check(self, model_id: bytes, bits: int) -> None:
        """Raises ModelMismatch unless codes of `model_id` and `bits` are this model's."""
        if model_id != self.model.id or bits != self.model.bits:
            raise ModelMismatch(
                f"the code was made by model {model_id.hex()} ({bits} bits), not by {self.model.name} "
                f"{self.model.id.hex()} ({self.model.bits} bits); leave the model out, or pass the right one"
            )

    def _normalised(self, clouds: Iterable[Any]) -> Iterator[tuple[list[Float32], list[Pose]]]:
        source = iter(clouds)
        while batch := list(islice(source, BATCH)):
            pairs = [normalise(as_points(cloud)) for cloud in batch]
            most = self.model.encoder_points
            yield (
                [thin(cloud, most, method=self._sampling, seed=self._seed) for cloud, _ in pairs],
                [pose for _, pose in pairs],
            )

    def _encode(self, clouds: list[Float32]) -> Codes:
        """Clouds of one size go through the network together."""
        codes = np.empty((len(clouds), self.model.bits // 8), np.uint8)
        sizes = np.array([len(cloud) for cloud in clouds])
        for size in np.unique(sizes):
            rows = np.flatnonzero(sizes == size)
            codes[rows] = self.model.encode(np.stack([clouds[row] for row in rows]))
        return codes


def compress(
    points: Any,
    *,
    model: ModelLike = zoo.DEFAULT,
    pose: bool = True,
    metadata: Mapping[str, Any] | None = None,
    device: str = "cpu",
    sampling: Sampling = "farthest",
    seed: int = 0,
) -> bytes:
    """An (N, 3) cloud as the bytes of a .pcb file; see `Codec` for the arguments. `decompress` undoes it.

    With a model of images: one (height, width) grey image, uint8 or 0 to 1.
    """
    return Codec(model, device=device, sampling=sampling, seed=seed).encode(
        points, pose=pose, metadata=metadata
    )


def decompress(
    data: bytes | bytearray | memoryview, *, model: ModelLike | None = None, device: str = "cpu"
) -> Float32 | Float64 | Grey:
    """The bytes of a .pcb file with one cloud -> (points, 3) float32, in the user's coordinates; with one
    image -> (height, width) uint8.

    The model is found by the hash in the file among the installed ones; `model` names one that is not
    installed. Coordinates that float32 cannot hold to a millionth of the object's size come as float64.

    Raises FormatError and its kinds for damaged data, ModelNotFound, ModelMismatch.
    """
    wanted = pcb.peek(data).model_id if model is None else model
    return Codec(zoo.load(wanted, device=device)).decode(data)


def to_bits(code: Codes) -> bitarray:
    """(K / 8,) bytes -> bits; bit i is latent i."""
    bits = bitarray(endian="little")
    bits.frombytes(code.tobytes())
    return bits


def from_bits(code: bitarray) -> Codes:
    """Bits -> (K / 8,) bytes."""
    return np.frombuffer(code.tobytes(), np.uint8)


def need_extent(pose: Pose) -> None:
    if pose.scale == 0:
        raise InputError(
            "a cloud without extent (one point, or all points equal) is nothing but its place; "
            "store it with its pose"
        )

"""The codec: where files and networks meet. `compress` and `decompress` are one line over `Codec`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from bitarray import bitarray

from pcbin.arrays import Codes, Float32, Float64, Grey, Pose, Sampling, as_image, as_points, normalise, thin
from pcbin.coding.effort import DEFAULT_EFFORT, MAX_EFFORT
from pcbin.coding.encoding import encode, encode_images
from pcbin.coding.prefix import shortest
from pcbin.errors import InputError, ModelMismatch
from pcbin.formats import pcb
from pcbin.formats.entropy import Table
from pcbin.models import zoo
from pcbin.models.model import Model
from pcbin.resample import check_count, resample

ModelLike = str | os.PathLike[str] | Model
AUTO = "auto"
BATCH = 64
"""Clouds that go through the network together: enough for full speed, small enough to stay in memory."""


class Codec:
    """Encodes and decodes with one model; make one and keep it for loops.

    model: a name (``pcbin models list``), the start of a hash, the path of a frozen model, or a `Model`.
    bits: the length of the codes, a multiple of 8 that the model has; None for its default.
    effort: 0 (one pass through the encoder) to 9 (seconds a cloud, 50 ms an image): how long to search for a
    better code of the same length; None for 1.
    max_chamfer: in place of `bits`: each cloud gets the shortest code whose Chamfer distance, of the cloud at
    unit bounding-box diagonal, is at most this.
    device: "cpu" (NumPy), or "cuda" (torch).
    sampling, seed: how a cloud with more points than the model takes is thinned ("farthest" or "random").

    Raises ModelNotFound, WeightsCorrupt, MissingDependency (a device that needs torch), InputError for bits,
    an effort or a distance that the model cannot have.
    """

    def __init__(
        self,
        model: ModelLike = zoo.DEFAULT,
        *,
        bits: int | None = None,
        effort: int | None = None,
        max_chamfer: float | None = None,
        device: str = "cpu",
        sampling: Sampling = "farthest",
        seed: int = 0,
    ) -> None:
        self.model = zoo.load(model, device=device)
        self.bits = _length(self.model, bits)
        self.effort = _effort(effort)
        self.max_chamfer = _limit(self.model, max_chamfer, bits)
        self._sampling = sampling
        self._seed = seed

    def __repr__(self) -> str:
        return f"<pcbin.Codec {self.model.name}, {self.bits} bits, effort {self.effort}, {self.model.device}>"

    def encode(
        self,
        points: Any,
        *,
        pose: bool = True,
        metadata: Mapping[str, Any] | None = None,
        entropy: bool = False,
    ) -> bytes:
        """One cloud, (N, 3) in any units, as the bytes of a .pcb file; with a model of images, one image:
        (height, width) grey values, uint8 or 0 to 1.

        pose: store where the cloud was and how large (16 or 28 bytes), so that it decodes in place; without
        it the cloud decodes around the origin with a bounding-box diagonal of 1. Images have none.
        metadata: anything msgpack can hold, under string keys.
        entropy: entropy code the code where that saves a byte or more; reading it then needs the model.

        Raises InputError for what is not a cloud, or not an image of the model's size.
        """
        if self.model.image:
            table = self.table_to_write_with() if entropy else None
            code = to_bits(self.image_codes([points])[0])
            return pcb.dumps(code, self.model.id, metadata=metadata, table=table)
        return self.pack(*self.code(points), pose=pose, metadata=metadata, entropy=entropy)

    def pack(
        self,
        code: Codes,
        placed: Pose,
        *,
        pose: bool = True,
        metadata: Mapping[str, Any] | None = None,
        entropy: bool = False,
    ) -> bytes:
        """The bytes of a .pcb file of what `code` found; the options are those of `encode`."""
        if not pose:
            need_extent(placed)
        table = self.table_to_write_with() if entropy else None
        kept = placed if pose else None
        return pcb.dumps(to_bits(code), self.model.id, pose=kept, metadata=metadata, table=table)

    def decode(
        self, data: bytes | bytearray | memoryview, *, n_points: int | None = None
    ) -> Float32 | Float64 | Grey:
        """The bytes of a .pcb file with one cloud -> (points, 3); with one image -> (height, width) uint8.

        n_points: how many points, 64 to 65,536, well spread; None for as many as the decoder gives. float32;
        float64 where float32 would move points by more than a millionth of the object's size. Raises
        FormatError and its kinds for damaged data, ModelMismatch for the code of another model, InputError
        for such a number of points.
        """
        single = pcb.loads(data, table=lambda _: zoo.entropy_table(self.model))
        self.check(single.model_id, single.code_bits)
        codes = from_bits(single.code)[None]
        if self.model.image:
            if n_points is not None:
                raise InputError(
                    f"model {self.model.name} codes images, which have no points; leave n_points out"
                )
            return next(self.images(codes))
        return next(self.points(codes, [single.pose], n_points=n_points))

    def code(self, points: Any) -> tuple[Codes, Pose]:
        """One cloud, (N, 3) in any units -> its (k / 8,) code and its pose.

        Raises InputError for what is not a cloud, and where no code reaches `max_chamfer`.
        """
        if self.max_chamfer is None:
            codes, poses = self.codes([points])
            return codes[0], poses[0]
        [([cloud], [pose])] = self._normalised([points])
        return shortest(self.model, cloud, self.max_chamfer, effort=self.effort), pose

    def codes(self, clouds: Iterable[Any]) -> tuple[Codes, list[Pose]]:
        """Many clouds -> their (n, k / 8) codes and their poses, in batches through the network.

        Bit i of a code is bit i % 8, from the lowest, of byte i // 8. Raises InputError for what are not
        clouds, and for a codec with `max_chamfer`, whose codes differ in length: use `code`.
        """
        if self.model.image:
            raise InputError(f"model {self.model.name} codes images, not clouds; pass another model")
        if self.max_chamfer is not None:
            raise InputError(
                "codes of one array, or one archive, have one length; pass bits in place of max_chamfer"
            )
        codes, poses = [], []
        for batch, placed in self._normalised(clouds):
            codes.append(self._encode(batch))
            poses += placed
        return np.concatenate(codes) if codes else np.zeros((0, self.bits // 8), np.uint8), poses

    def points(
        self,
        codes: Codes,
        poses: Iterable[Pose | None] | None = None,
        *,
        n_points: int | None = None,
    ) -> Iterator[Float32 | Float64]:
        """(n, k / 8) codes -> n clouds of (points, 3), in the order of the codes, decoded in batches.

        n_points: as for `decode`.
        """
        codes = self._checked(codes)
        if self.model.image:
            raise InputError(f"model {self.model.name} codes images, not clouds; use `images`")
        if n_points is not None:
            check_count(n_points)
        placed = [None] * len(codes) if poses is None else list(poses)
        if len(placed) != len(codes):
            raise InputError(
                f"poses: {len(placed)} poses for {len(codes)} codes; pass one a code, or None for all"
            )
        for start in range(0, len(codes), BATCH):
            clouds = self.model.decode(codes[start : start + BATCH])
            for cloud, pose in zip(clouds, placed[start : start + BATCH], strict=True):
                if n_points is not None:
                    cloud = resample(cloud, n_points)  # noqa: PLW2901
                yield pose.apply(cloud) if pose else cloud

    def image_codes(self, images: Iterable[Any]) -> Codes:
        """Many (height, width) grey images, uint8 or 0 to 1 -> their (n, K / 8) codes."""
        if self.model.image is None:
            raise InputError(f"model {self.model.name} codes clouds, not images; pass a model of images")
        source, codes = iter(images), []
        while batch := list(islice(source, BATCH)):
            pixels = np.stack([as_image(one, self.model.image) for one in batch])
            codes.append(encode_images(self.model, pixels, bits=self.bits, effort=self.effort))
        return np.concatenate(codes) if codes else np.zeros((0, self.bits // 8), np.uint8)

    def images(self, codes: Codes) -> Iterator[Grey]:
        """(n, K / 8) codes -> n images of (height, width) uint8, in the order of the codes."""
        codes = self._checked(codes)
        if self.model.image is None:
            raise InputError(f"model {self.model.name} codes clouds, not images; use `points`")
        for start in range(0, len(codes), BATCH):
            yield from np.rint(255 * self.model.decode(codes[start : start + BATCH])).astype(np.uint8)

    def _checked(self, codes: Codes) -> Codes:
        codes = np.asarray(codes)
        low, high = self.model.shortest // 8, self.model.bits // 8
        if codes.ndim != 2 or not low <= codes.shape[1] <= high or codes.dtype != np.uint8:
            raise InputError(
                f"codes: {codes.dtype} of shape {codes.shape}; model {self.model.name} takes uint8 "
                f"(n, {f'{low} to {high}' if self.model.nested else high})"
            )
        return codes

    def table_to_write_with(self) -> Table:
        """The model's entropy table. Raises InputError where it has none."""
        if self.model.entropy_table is None:
            raise InputError(
                f"entropy: model {self.model.name} carries no table for it; freeze the model again with "
                "the data that it was trained on, or write without entropy coding"
            )
        return self.model.entropy_table

    def check(self, model_id: bytes, bits: int) -> None:
        """Raises ModelMismatch unless codes of `model_id` and `bits` are this model's."""
        if model_id != self.model.id or not self.model.shortest <= bits <= self.model.bits:
            raise ModelMismatch(
                f"the code was made by model {model_id.hex()} ({bits} bits), not by {self.model.name} "
                f"{self.model.id.hex()} ({lengths(self.model)}); leave the model out, or pass the right one"
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
        codes = np.empty((len(clouds), self.bits // 8), np.uint8)
        sizes = np.array([len(cloud) for cloud in clouds])
        for size in np.unique(sizes):
            rows = np.flatnonzero(sizes == size)
            some = np.stack([clouds[row] for row in rows])
            codes[rows] = encode(self.model, some, bits=self.bits, effort=self.effort)
        return codes


def compress(
    points: Any,
    *,
    model: ModelLike = zoo.DEFAULT,
    bits: int | None = None,
    effort: int | None = None,
    max_chamfer: float | None = None,
    pose: bool = True,
    metadata: Mapping[str, Any] | None = None,
    entropy: bool = False,
    device: str = "cpu",
    sampling: Sampling = "farthest",
    seed: int = 0,
) -> bytes:
    """An (N, 3) cloud as the bytes of a .pcb file; see `Codec` for the arguments. `decompress` undoes it.

    model: "auto" tries all installed models of clouds at `bits` (128 where neither `bits` nor `max_chamfer`
    is given) and keeps the one with the lowest Chamfer distance, or with `max_chamfer` the fewest bits. With
    a model of images: one (height, width) grey image, uint8 or 0 to 1.
    """
    options: dict[str, Any] = {
        "bits": bits, "effort": effort, "max_chamfer": max_chamfer,
        "device": device, "sampling": sampling, "seed": seed,
    }  # fmt: skip
    if model == AUTO:
        from pcbin.auto import Auto

        return Auto(**options).encode(points, pose=pose, metadata=metadata, entropy=entropy)
    return Codec(model, **options).encode(points, pose=pose, metadata=metadata, entropy=entropy)


def decompress(
    data: bytes | bytearray | memoryview,
    *,
    model: ModelLike | None = None,
    n_points: int | None = None,
    device: str = "cpu",
) -> Float32 | Float64 | Grey:
    """The bytes of a .pcb file with one cloud -> (points, 3) float32, in the user's coordinates; with one
    image -> (height, width) uint8.

    The model is found by the hash in the file among the installed ones; `model` names one that is not
    installed. n_points: how many points, 64 to 65,536, well spread; None for as many as the decoder gives.
    Coordinates that float32 cannot hold to a millionth of the object's size come as float64.

    Raises FormatError and its kinds for damaged data, ModelNotFound, ModelMismatch.
    """
    wanted = pcb.peek(data).model_id if model is None else model
    return Codec(zoo.load(wanted, device=device)).decode(data, n_points=n_points)


def to_bits(code: Codes) -> bitarray:
    """(K / 8,) bytes -> bits; bit i is latent i."""
    bits = bitarray(endian="little")
    bits.frombytes(code.tobytes())
    return bits


def from_bits(code: bitarray) -> Codes:
    """Bits -> (K / 8,) bytes."""
    return np.frombuffer(code.tobytes(), np.uint8)


def lengths(model: Model) -> str:
    """How long the codes of a model can be, as people say it."""
    return f"{model.shortest} to {model.bits} bits" if model.nested else f"{model.bits} bits"


def _length(model: Model, bits: int | None) -> int:
    if bits is None:
        return model.default_bits
    if not model.shortest <= bits <= model.bits or bits % 8:
        allowed = (
            f"a multiple of 8 from {model.shortest} to {model.bits}" if model.nested else f"{model.bits}"
        )
        raise InputError(f"bits = {bits!r}; codes of model {model.name} have {lengths(model)}: use {allowed}")
    return int(bits)


def _effort(effort: int | None) -> int:
    if effort is None:
        return DEFAULT_EFFORT
    if effort not in range(MAX_EFFORT + 1):
        raise InputError(f"effort = {effort!r}; use a whole number from 0 to {MAX_EFFORT}")
    return int(effort)


def _limit(model: Model, max_chamfer: float | None, bits: int | None) -> float | None:
    if max_chamfer is None:
        return None
    if bits is not None:
        raise InputError("bits and max_chamfer are two ways to choose a length; pass one of them")
    if not model.nested:
        raise InputError(
            f"model {model.name}: its codes have one length, {model.bits} bits; max_chamfer needs a model of "
            "nested codes (see `pcbin models list`)"
        )
    if not 0 < max_chamfer < float("inf"):
        raise InputError(f"max_chamfer = {max_chamfer!r}; use a number above 0, such as 0.8e-3")
    return float(max_chamfer)


def need_extent(pose: Pose) -> None:
    if pose.scale == 0:
        raise InputError(
            "a cloud without extent (one point, or all points equal) is nothing but its place; "
            "store it with its pose"
        )

"""The codec: where files and networks meet, in one model."""

from __future__ import annotations

import os
import sys
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import numpy.typing as npt

from pcbin._words import article, count
from pcbin.arrays import Codes, Mask, ObjectLike, Orient, Outliers, Pose, Sampling, Spacing, Up, as_points
from pcbin.coding.options import Options
from pcbin.errors import InputError, ModelMismatch, PcbinError, PcbinWarning
from pcbin.formats import pcb
from pcbin.formats.atomic import open_atomic, write_atomic
from pcbin.formats.entropy import Table
from pcbin.formats.urls import need_path
from pcbin.modalities import Modality, Rate, modality_of, modality_of_file
from pcbin.modalities.base import Prepared, Reading
from pcbin.models import zoo
from pcbin.models.licences import Licence, check_licence
from pcbin.models.model import Model

if TYPE_CHECKING:
    from pcbin.coding.encoding import Measured
    from pcbin.modalities.evaluations import Metrics

ModelLike = str | os.PathLike[str] | Model
Decoded = npt.NDArray[Any]
"""(points, 3) float32 or float64; (height, width) uint8 with a model of images. The data decide which, so to
type checkers it is an array of whatever type a program declares."""

Notes = Iterable[Mapping[str, Any] | None]
"""Metadata of each of several objects."""

BATCH_SIZE = 64
"""Objects that go through the network together: enough for full speed, small enough to stay in memory."""
ON_CUDA = 4096
"""The same on a GPU, which fewer do not keep busy."""

_Found = tuple["Measured", Pose | None, Mask | None]
"""A code, the pose of its object, and which points of that were left out."""


@dataclass(frozen=True, eq=False)
class Coded:
    """What a codec made of one object.

    Args:
        codec: The codec.
        code: (k / 8,), as `pcbin.arrays.Codes`.
        pose: Where a cloud was and how large; None for an image.
        seconds: What encoding took.
        chamfer: The Chamfer distance of the normalised cloud, thinned to what the encoder takes, to what the
            code decodes to. None where encoding measured none: at effort 0, unless the code is longer than
            what the encoder gives, and of images.
        left_out: (N,), which points of the cloud are outliers that were left out; None for none.
    """

    codec: Codec
    code: Codes
    pose: Pose | None
    seconds: float
    chamfer: float | None = None
    left_out: Mask | None = None

    @property
    def bits(self) -> int:
        """The length of the code."""
        return 8 * len(self.code)

    @cached_property
    def payload_bits(self) -> int:
        """The same as a file has it, where it is packed: entropy coded, unless that takes more."""
        table = self.codec.model.entropy_table
        if not self.codec.options.pack or table is None:
            return self.bits
        return min(self.bits, 8 * len(table.encode(self.code.tobytes())))

    @property
    def is_turned(self) -> bool:
        """Whether the object was turned to be coded, so that its pose has a rotation."""
        return self.pose is not None and self.pose.rotation is not None

    @property
    def unlike_training(self) -> str | None:
        """A warning where the object is unlike the model's training set.

        None where it is not, and where encoding did not measure it (`chamfer`).
        """
        if self.chamfer is None or (self.pose is not None and self.pose.scale == 0):
            return None  # a cloud without extent decodes to its place, whatever its code says
        return self.codec.modality.unlike_training(self.codec.model, self.bits, self.chamfer)

    @property
    def omitted(self) -> str | None:
        """What was left out of the object, in words; None for nothing."""
        return None if self.left_out is None else in_words(self.left_out)

    def pack(
        self, *, pose: bool = True, metadata: Mapping[str, Any] | None = None, entropy: bool = False
    ) -> bytes:
        """The bytes of a .pcb file of this one object; the options are those of `Codec.encode`."""
        model = self.codec.model
        if self.codec.options.full_hash:
            metadata = pcb.in_metadata(metadata, bytes.fromhex(model.file.sha256))
        return pcb.dumps(
            pcb.code_from_bytes(self.code.tobytes()),
            model.id,
            pose=self.kept(pose),
            metadata=metadata,
            table=self.codec.entropy_table()
            if (entropy and not self.codec.is_of_cells) or self.payload_bits < self.bits
            else None,
        )

    def kept(self, pose: bool) -> Pose | None:
        """The pose that is stored where poses are, or are not.

        Raises:
            InputError: Poses are not stored, and the pose is all there is.
        """
        if self.pose is not None and not pose and self.pose.scale == 0:
            raise InputError(
                "a cloud without extent (one point, or all points equal) has nothing but a position; "
                "store it with its pose"
            )
        if self.is_turned and not pose:
            raise InputError(
                "a cloud that was turned, and without its pose it does not come back to how it stood; "
                "store it with its pose, or encode it with orient='keep'"
            )
        return self.pose if pose else None

    def restore(self, *, pose: bool = True) -> Decoded:
        """The decoded object, in its place if the pose is stored."""
        return next(self.codec.restore(self.code[None], [self.pose if pose else None]))

    def evaluate(
        self,
        original: ObjectLike,
        decoded: ObjectLike | None = None,
        *,
        data: bytes | None = None,
        pose: bool = True,
        metrics: Metrics = None,
        normals: Any = None,
    ) -> Any:
        """The metrics, as `pcbin.evaluate` gives them; of a cloud without the outliers that were left out.

        Of one that was completed also the distance of what is there to what was decoded, one way.

        Args:
            original: The object that was encoded.
            decoded: What `restore` gave, where that is known.
            data: The bytes of the file; without it, the rates are those of the code alone.
            pose: Whether it was restored to its place.
            metrics: As for `pcbin.evaluate`.
            normals: As for `pcbin.evaluate`.
        """
        rate = Rate(self.payload_bits, None if data is None else 8 * len(data))
        back = self.restore(pose=pose) if decoded is None else decoded
        if self.left_out is not None:
            original = as_points(original)[~self.left_out]
            normals = None if normals is None else np.asarray(normals)[~self.left_out]
        found = self.codec.modality.evaluate(
            original, back, rate, placed=pose, metrics=metrics, normals=normals
        )
        if self.codec.options.complete:
            from pcbin.metrics import one_way

            found = replace(found, one_way=one_way(original, back))
        return found


class Encoder(ABC):
    """What turns objects into codes: a `Codec`, or whichever of several is best.

    options: How they are encoded. model: What codes, or the first that is tried. modality: What it codes.
    bits: The length of the codes, or the most that they may have; `max_chamfer` decides it otherwise.
    """

    options: Options
    model: Model
    modality: Modality
    bits: int

    @property
    def models(self) -> list[Model]:
        """Those that codes may be of."""
        return [self.model]

    @property
    @abstractmethod
    def mixes(self) -> bool:
        """Whether codes may differ in length or model."""

    @abstractmethod
    def standing(self) -> Encoder:
        """The same for objects as they stand: it turns none unless `orient` is "auto"."""

    @abstractmethod
    def code_many(self, items: Iterable[ObjectLike]) -> Iterator[Coded | PcbinError]:
        """Many objects, in batches through the network: in order, what became of each, or why nothing did."""

    def code(self, item: ObjectLike) -> Coded:
        """One object -> its code and its pose.

        Raises:
            InputError: Not an object of the model's kind, or no code reaches `max_chamfer`.
        """
        [found] = self.code_many([item])
        if isinstance(found, PcbinError):
            raise found
        return found

    def encode(
        self,
        item: ObjectLike,
        *,
        pose: bool = True,
        metadata: Mapping[str, Any] | None = None,
        entropy: bool = False,
    ) -> bytes:
        """One cloud or image as the bytes of a .pcb file.

        Args:
            item: (N, 3) in any units; with a model of images (height, width) grey values, uint8 or 0 to 1.
            pose: Store where the cloud was and how large (16 or 28 bytes), so that it decodes in place;
                without it the cloud decodes around the origin with a bounding-box diagonal of 1. Images have
                none.
            metadata: Anything msgpack can hold, under string keys.
            entropy: Entropy code the code where that saves a byte or more; reading it then needs the model.
                Cell codes are arithmetic codes already, and stay as they are.

        Raises:
            InputError: Not a cloud, or not an image of the model's size.
        """
        coder = self if pose else self.standing()
        return coder.code(item).pack(pose=pose, metadata=metadata, entropy=entropy)

    @overload
    def encode_many(
        self,
        items: Iterable[ObjectLike],
        *,
        pose: bool = ...,
        metadata: Notes | None = ...,
        entropy: bool = ...,
        errors: Literal["raise"] = ...,
    ) -> list[bytes]: ...
    @overload
    def encode_many(
        self,
        items: Iterable[ObjectLike],
        *,
        pose: bool = ...,
        metadata: Notes | None = ...,
        entropy: bool = ...,
        errors: Literal["return"],
    ) -> list[bytes | PcbinError]: ...
    def encode_many(
        self,
        items: Iterable[ObjectLike],
        *,
        pose: bool = True,
        metadata: Notes | None = None,
        entropy: bool = False,
        errors: Literal["raise", "return"] = "raise",
    ) -> Sequence[bytes | PcbinError]:
        """Many clouds or images, in batches through the network, as the bytes of a .pcb file each.

        Args:
            items: As for `encode`.
            pose: As for `encode`.
            metadata: One for each of the items, None where it has none; or None for all.
            entropy: As for `encode`.
            errors: "raise" stops at the first item that cannot be encoded; "return" puts its error in its
                place, and goes on.

        Raises:
            InputError: An item cannot be encoded, or there are more or fewer metadata than items.
        """
        if not isinstance(errors, str) or errors not in ("raise", "return"):
            raise InputError(f"errors = {errors!r}; use 'raise' or 'return'")
        notes = None if metadata is None else list(iterate(metadata, "metadata"))
        found: list[bytes | PcbinError] = []
        coder = self if pose else self.standing()
        for row, coded in enumerate(coder.code_many(items)):
            note = notes[row] if notes is not None and row < len(notes) else None
            try:
                if isinstance(coded, PcbinError):
                    raise coded
                found.append(coded.pack(pose=pose, metadata=note, entropy=entropy))
            except InputError as error:
                if errors == "raise":
                    raise InputError(f"item {row}: {error}") from error
                found.append(error)
        if notes is not None and len(notes) != len(found):
            raise InputError(
                f"metadata: {len(notes)} for {len(found)} items; pass one for each, or None for all"
            )
        return found

    def encode_file(
        self,
        source: str | os.PathLike[str],
        target: str | os.PathLike[str] | None = None,
        *,
        pose: bool = True,
        metadata: Mapping[str, Any] | None = None,
        entropy: bool = False,
        format: str | None = None,
        samples: int | None = None,
        overwrite: bool = False,
    ) -> Path:
        """A file with a cloud, a mesh or an image -> a .pcb file, which appears whole or not at all.

        Args:
            source: What to read.
            target: What to write; None for a file beside the source: chair.ply and chair.ply.gz become
                chair.pcb.
            pose: As for `encode`.
            metadata: As for `encode`.
            entropy: As for `encode`.
            format: Of the source, where its suffix does not say it.
            samples: How many points are drawn from a mesh; None for as many as the model takes.
            overwrite: Replace a file that exists.

        Returns:
            The path of the .pcb file.

        Raises:
            InputError: The source cannot be read or encoded, or the target exists or names another kind of
                file.
        """
        source = as_path(source, "source")
        target = source.with_name(pcb_name(source.name)) if target is None else as_path(target, "target")
        other = modality_of_file(target)
        if other is not None:
            raise InputError(f"{target}: the name of {article(other.described)}; name a .pcb file")
        reading = Reading(format=format, samples=samples, seed=self.options.seed)
        item = self.modality.files.read(source, reading, model=self.model).array
        write_atomic(
            target, self.encode(item, pose=pose, metadata=metadata, entropy=entropy), overwrite=overwrite
        )
        return target


class Codec(Encoder):
    """Encodes and decodes with one model; make one and keep it for loops.

    Args:
        model: A name (``pcbin models list``), the start of a hash, the path of a frozen model, or a `Model`.
        bits: The length of the codes, a multiple of 8 that the model has; None for its default.
        effort: 0 (one pass through the encoder) to 9 (seconds per cloud, 50 ms per image): how long to search
            for a better code of the same length; None for 1.
        max_chamfer: Instead of `bits`: each cloud gets the shortest code whose Chamfer distance, of the cloud
            at unit bounding-box diagonal, is at most this.
        device: "cpu" (NumPy), or "cuda" (torch).
        sampling: How a cloud with more points than the model takes is thinned: "farthest" or "random".
        seed: Of the thinning.
        up: Which axis of clouds points up, "x", "y" or "z". They are turned for the model, for which y is
            up, and turned back when decoded by a codec that is told the same. Files do not record it: whoever
            decodes with "y" gets the clouds, and poses, as the model has them.
        warn: Issue a `pcbin.errors.PcbinWarning` for each cloud that is unlike those that the model was
            trained on. The search measures that on its way; at effort 0, where there is none, most models
            say nothing (`Coded.chamfer`).
        licence: "open" refuses models whose weights are not openly licensed, "any" none; None for what the
            environment variable PCBIN_LICENCE says, and for "any" where it says nothing.
        orient: "auto" turns clouds to how the model codes them better, and back when they are decoded: the
            pose has a rotation then, 8 bytes more. "keep" codes all as they stand. None turns where poses are
            stored and each cloud becomes a file of its own, unless the effort is 0 or the model does not say
            near its own clouds come; so `codes`, and archives, keep clouds as they stand.
        outliers: "drop" leaves out points that are far from all others, and issues a `PcbinWarning` that says
            how many; "keep" codes all.
        complete: Clouds are parts of objects, and codes are to complete them. What is added is a guess.
        pack: `bits` are those of the entropy-coded code, so that a longer one has room; it takes three to
            five times as long to find, and files can be read only where the model is. Cell codes are packed
            as they are.
        full_hash: Files that are written name the model by all 32 bytes of its SHA-256, too.

    Raises:
        ModelNotFound: No installed model has this name or hash.
        WeightsCorrupt: The weights do not match their hash.
        MissingDependency: The device needs torch.
        InputError: Bits, an effort or a distance that the model cannot have, or a licence that is not open.
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
        up: Up = "y",
        warn: bool = True,
        licence: Licence | None = None,
        orient: Orient | None = None,
        outliers: Outliers = "drop",
        complete: bool = False,
        pack: bool = False,
        full_hash: bool = False,
    ) -> None:
        options = Options(
            bits,
            effort,
            max_chamfer,
            sampling,
            seed,
            up,
            warn,
            licence,
            orient,
            outliers,
            complete,
            pack,
            full_hash,
        )
        self._set_up(zoo.load(model, device=device), options)

    @classmethod
    def with_options(
        cls, model: ModelLike | bytes = zoo.DEFAULT, options: Options | None = None, *, device: str = "cpu"
    ) -> Codec:
        """The same with options that were checked before; a model may also be the 8 bytes of a hash."""
        codec = cls.__new__(cls)
        codec._set_up(zoo.load(model, device=device), options or Options())
        return codec

    def _set_up(self, model: Model, options: Options) -> None:
        self.model = model
        self.modality = modality_of(model)
        self.options = options
        self.bits = options.length(model)
        self.modality.check(model, options)
        check_licence(model.name, model.info, options.licence)

    @property
    def mixes(self) -> bool:
        """Whether codes may differ in length."""
        options = self.options
        return self.modality.varies(self.model) or options.max_chamfer is not None or options.pack

    @property
    def is_of_cells(self) -> bool:
        """Whether its codes are cell codes, which are entropy coded by themselves."""
        return self.model.description.cells is not None

    def standing(self) -> Codec:
        """The same for objects as they stand: it turns none unless `orient` is "auto"."""
        if not self.options.turns:
            return self
        return type(self).with_options(self.model, self.options.standing)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).with_options, (self.model, self.options)  # in a pickle a model is its path and hash

    def __repr__(self) -> str:
        return (
            f"<pcbin.Codec {self.model.name}, {self.bits} bits, effort {self.options.level}, "
            f"{self.model.device}>"
        )

    def decode(
        self,
        data: bytes | bytearray | memoryview,
        *,
        n_points: int | None = None,
        spacing: Spacing | None = None,
    ) -> Decoded:
        """The bytes of a .pcb file with one cloud -> (points, 3); with one image -> (height, width) uint8.

        Args:
            data: The file.
            n_points: How many points, 64 to 1,000,000; None for as many as the decoder gives.
            spacing: "even" spreads them evenly, "model" keeps the decoder's density; None is "even" where
                there is an `n_points` of at most as many as the decoder gives, else "model".

        Returns:
            float32; float64 where float32 would move points by more than a millionth of the object's size.

        Raises:
            FormatError: The data are damaged; its kinds say how.
            ModelMismatch: The code is of another model.
            InputError: Such a number of points, or such a spacing, is not possible.
        """
        single = pcb.loads(data, table=lambda _: zoo.entropy_table(self.model))
        self.check(single.model_id, single.code_bits)
        self.check_hash(pcb.of_metadata(single.metadata))
        codes = np.frombuffer(pcb.code_to_bytes(single.code), np.uint8)[None]
        return next(self.restore(codes, [single.pose], n_points=n_points, spacing=spacing))

    def code_many(self, items: Iterable[ObjectLike]) -> Iterator[Coded | PcbinError]:
        """Many objects, in batches through the network: in order, what became of each, or why nothing did."""
        source = iterate(items, f"{self.modality.noun}s")
        size = (
            self._together if self.options.max_chamfer is None else 1
        )  # codes of different lengths, one by one
        while batch := list(islice(source, size)):
            began = time.perf_counter()
            found = self._batch(batch)
            seconds = (time.perf_counter() - began) / len(batch)
            for one in found:
                if isinstance(one, PcbinError):
                    yield one
                    continue
                code, pose, left_out = one
                coded = Coded(self, code.code, pose, seconds, code.chamfer, left_out)
                if self.options.warn:
                    warn_of(coded)
                yield coded

    @property
    def _together(self) -> int:
        return ON_CUDA if self.model.device.startswith("cuda") else BATCH_SIZE

    def _batch(self, items: Sequence[Any]) -> list[_Found | PcbinError]:
        found: list[Any] = [self._prepare(item) for item in items]
        rows = [row for row, one in enumerate(found) if isinstance(one, Prepared)]
        if rows:
            try:
                codes = self.modality.encode(self.model, [found[row].array for row in rows], self.options)
            except PcbinError as error:
                codes = []
                for row in rows:
                    found[row] = error
            for row, code in zip(rows, codes, strict=False):
                _, pose, left_out = found[row]
                found[row] = (code, pose if code.pose is None else pose.of(code.pose), left_out)
        return found

    def _prepare(self, item: ObjectLike) -> Prepared | PcbinError:
        try:
            return self.modality.prepare(self.model, item, self.options)
        except PcbinError as error:
            return error

    def decode_file(
        self,
        source: str | os.PathLike[str],
        target: str | os.PathLike[str] | None = None,
        *,
        n_points: int | None = None,
        spacing: Spacing | None = None,
        format: str | None = None,
        overwrite: bool = False,
    ) -> Path:
        """A .pcb file with one cloud or image -> a file with it, which appears whole or not at all.

        Args:
            source: What to read.
            target: What to write; None for a file beside the source: chair.pcb becomes chair.ply.
            n_points: As for `decode`.
            spacing: As for `decode`.
            format: Of the target; None for that of its suffix, or PLY for clouds and PNG for images.
            overwrite: Replace a file that exists.

        Returns:
            The path of the file.

        Raises:
            InputError: The target exists, or its format cannot be written.
            FormatError: The source is damaged; its kinds say how.
            ModelMismatch: The code is of another model.
            OSError: The source cannot be read.
        """
        source, files = as_path(source, "source"), self.modality.files
        if target is None:
            kind = files.default if format is None else files.output("", format)
            target = source.with_suffix(kind.suffix)
        else:
            target = as_path(target, "target")
            kind = files.output(target, format)
        decoded = self.decode(source.read_bytes(), n_points=n_points, spacing=spacing)
        with open_atomic(target, overwrite=overwrite) as file:
            files.write(file, decoded, kind)
        return target

    def codes(self, items: Iterable[ObjectLike]) -> tuple[Codes, list[Pose | None]]:
        """Many objects -> their (n, k / 8) codes and their poses (None for images), in batches.

        Bit i of a code is bit i % 8, from the lowest, of byte i // 8. Cell codes, which differ in length, are
        filled up with zeros; no distance between them means anything.

        Raises:
            InputError: Not objects of the model's kind, or a codec with `max_chamfer`, whose codes differ in
                length: use `code_many`.
        """
        if self.options.max_chamfer is not None:
            raise InputError(
                "codes of one array, or one archive, have one length; pass bits in place of max_chamfer"
            )
        if self.options.pack:
            raise InputError("codes of one array have one length, and packed ones do not; omit pack")
        codes, poses = [], []
        for found in self.standing().code_many(items):
            if isinstance(found, PcbinError):
                raise found
            codes.append(found.code)
            poses.append(found.pose)
        return filled(codes, self.bits // 8), poses

    def restore(
        self,
        codes: Codes,
        poses: Iterable[Pose | None] | None = None,
        *,
        n_points: int | None = None,
        spacing: Spacing | None = None,
    ) -> Iterator[Decoded]:
        """(n, k / 8) codes -> n clouds of (points, 3), or images, in the order of the codes, in batches.

        Args:
            codes: Of any one length that the model has.
            poses: One for each code, or None for all: clouds around the origin, one unit across.
            n_points: As for `decode`.
            spacing: As for `decode`.

        Raises:
            InputError: Not codes of the model, another number of poses, or no such number of points or
                spacing.
        """
        codes = self._checked(codes)
        self.modality.check_points(self.model, n_points, spacing)
        placed = [None] * len(codes) if poses is None else list(iterate(poses, "poses"))
        if not all(pose is None or isinstance(pose, Pose) for pose in placed):
            raise InputError("poses: not all of them are a Pose or None; pass those that `codes` gives")
        if len(placed) != len(codes):
            raise InputError(
                f"poses: {len(placed)} poses for {len(codes)} codes; pass one per code, or None for all"
            )
        size = min(self._together, self.model.batch_size)
        for start in range(0, len(codes), size):
            rows = slice(start, start + size)
            yield from self.modality.restore(
                self.model, codes[rows], placed[rows], self.options, n_points=n_points, spacing=spacing
            )

    def _checked(self, codes: Codes) -> Codes:
        codes = np.asarray(codes)
        low, high = self.model.shortest // 8, self.model.bits // 8
        if codes.ndim != 2 or not low <= codes.shape[1] <= high or codes.dtype != np.uint8:
            raise InputError(
                f"codes: {codes.dtype} of shape {codes.shape}; model {self.model.name} takes uint8 "
                f"(n, {f'{low} to {high}' if self.model.nested else high})"
            )
        return codes

    def check(self, model_id: bytes, bits: int) -> None:
        """Checks that codes of `model_id` and `bits` are this model's.

        Raises:
            ModelMismatch: They are not.
        """
        if model_id != self.model.id or bits not in self.model.lengths:
            raise ModelMismatch(
                f"the code was made by model {model_id.hex()} ({bits} bits), not by {self.model.name} "
                f"{self.model.id.hex()} ({self.model.lengths}); omit the model, or pass the right one"
            )

    def check_hash(self, hashes: pcb.Hashes) -> None:
        """Checks the whole SHA-256 of the model against those that a file has, by the first 8 bytes of each.

        Raises:
            ModelMismatch: The file names another model that begins with the same 8 bytes.
        """
        wanted = hashes.get(self.model.id)
        if wanted is not None and wanted.hex() != self.model.file.sha256:
            raise ModelMismatch(
                f"the code was made by model {wanted.hex()}, and {self.model.name} is "
                f"{self.model.file.sha256}: two models that begin alike; install the first one"
            )

    def entropy_table(self) -> Table:
        """The table that codes are written with.

        Raises:
            InputError: The model has none.
        """
        if self.model.entropy_table is None:
            raise InputError(
                f"entropy: model {self.model.name} carries no table for it; freeze the model again with "
                "the data that it was trained on, or write without entropy coding"
            )
        return self.model.entropy_table


def in_words(left_out: Mask) -> str:
    """What people are told of the outliers among (N,) points."""
    number = count(int(left_out.sum()), "outlier")
    return f"{number} among {len(left_out):,} points left out, also of the distances"


def filled(codes: Sequence[Codes], size: int) -> Codes:
    """(k / 8,) codes -> (n, size), with zeros where one is shorter."""
    found = np.zeros((len(codes), size), np.uint8)
    for row, code in zip(found, codes, strict=True):
        row[: len(code)] = code
    return found


def pcb_name(name: str) -> str:
    """The name of the file that an object becomes: chair.ply and chair.ply.gz become chair.pcb."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    return Path(bare).stem + ".pcb"


def iterate(items: Iterable[Any], what: str) -> Iterator[Any]:
    """The items one by one, from what should have some. Raises InputError where it has none."""
    try:
        return iter(items)
    except TypeError:
        raise InputError(f"{what}: {type(items).__name__}; pass a list, or anything iterable") from None


def as_path(value: str | os.PathLike[str], what: str) -> Path:
    """The path. Raises InputError for what is none."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{what}: {type(value).__name__}; pass a path")
    need_path(value, "a conversion of files")
    return Path(value)


def warn_of(coded: Coded) -> None:
    """Issues a PcbinWarning, at the caller's line, for what is unlike the training set, and for outliers."""
    noun = coded.codec.modality.noun
    if (unlike := coded.unlike_training) is not None:
        _warn(f"a {noun} {unlike}")
    if (omitted := coded.omitted) is not None:
        _warn(f"a {noun}: {omitted}; outliers='keep' codes them")


def _warn(text: str) -> None:
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("pcbin."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, PcbinWarning, stacklevel=level)

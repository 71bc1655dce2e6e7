"""Many clouds in one .pcb file: `open` gives a reader that is a sequence of clouds, or a writer to append
to.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from types import TracebackType
from typing import Any, BinaryIO, Literal, overload

import numpy as np

from pcbin.arrays import Codes, Float32, Float64, Grey, Pose, Sampling
from pcbin.codec import BATCH, Codec, ModelLike, from_bits, need_extent
from pcbin.errors import InputError, ModelMismatch
from pcbin.formats import pcb
from pcbin.formats.entropy import Table
from pcbin.models import zoo

Source = str | os.PathLike[str] | BinaryIO
Cloud = Float32 | Float64 | Grey
"""(points, 3), or (height, width) uint8 with a model of images."""


class _NotRandom(InputError, TypeError):
    """A TypeError too, as `list` asks for a length first and goes on without where it gets that."""


class Archive:
    """The clouds of a .pcb file, decoded as they are asked for.

    ``len(archive)``, ``archive[i]``, ``archive[i:j]`` and iteration give (points, 3) clouds; one cloud costs
    one read of one chunk, wherever it lies. From a pipe only iteration works. Codes, poses and metadata are
    there without any model, but for codes that are entropy coded: those need the model's table, and with them
    `records` and `record`. Raises FormatError and its kinds for damaged files; ModelNotFound when a cloud is
    first decoded.
    """

    def __init__(self, source: Source, *, model: ModelLike | None = None, device: str = "cpu") -> None:
        self._model = model
        self._device = device
        self._codec: Codec | None = None
        self._close = ExitStack()
        self._reader: pcb.ArchiveReader | None = None
        self._stream: pcb.ArchiveStream | None = None
        if not isinstance(source, (str, os.PathLike)) and not getattr(source, "seekable", bool)():
            self._stream = pcb.ArchiveStream(source, table=self._table)
            found: pcb.ArchiveReader | pcb.ArchiveStream = self._stream
        else:
            self._reader = found = self._close.enter_context(pcb.ArchiveReader(source, table=self._table))
        self.model_id: bytes = found.model_id
        """8 bytes: which model made the codes."""
        self.bits: int = found.code_bits
        """K, the bits of each code."""
        self.metadata: dict[str, Any] = found.metadata
        """What the writer said about the whole file."""

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file, if `open` was given a path."""
        self._close.close()

    @property
    def codec(self) -> Codec:
        """The codec of the file's model, loaded at first use."""
        if self._codec is None:
            wanted = self.model_id if self._model is None else self._model
            self._codec = Codec(zoo.load(wanted, device=self._device))
            self._codec.check(self.model_id, self.bits)
        return self._codec

    def __len__(self) -> int:
        return len(self._random())

    @overload
    def __getitem__(self, index: int) -> Cloud: ...
    @overload
    def __getitem__(self, index: slice) -> list[Cloud]: ...
    def __getitem__(self, index: int | slice) -> Cloud | list[Cloud]:
        found = self._random()[index]
        records = found if isinstance(found, list) else [found]
        clouds = list(self._decode(records))
        return clouds if isinstance(found, list) else clouds[0]

    def __iter__(self) -> Iterator[Cloud]:
        records = self.records()
        while batch := list(islice(records, BATCH)):
            yield from self._decode(batch)

    def records(self) -> Iterator[pcb.Record]:
        """Code, pose and metadata of each cloud, in order; needs no model, but for
        codes that are entropy coded."""
        return iter(self._stream if self._stream is not None else self._random())

    def record(self, index: int) -> pcb.Record:
        """Code, pose and metadata of one cloud; needs no model, but for
        codes that are entropy coded."""
        return self._random()[index]

    def codes(self, start: int = 0, stop: int | None = None) -> Codes:
        """(n, K / 8) uint8: the codes of clouds `start` to `stop`; needs no model, but for
        codes that are entropy coded."""
        return self._random().codes(start, stop)

    def _random(self) -> pcb.ArchiveReader:
        if self._reader is None:
            raise _NotRandom(
                "archive: a pipe has no length and no random access; iterate, or save it to a file first"
            )
        return self._reader

    def _table(self, model_id: bytes) -> Table:
        """Asked for by the file when its first entropy-coded code is."""
        return zoo.entropy_table(model_id if self._model is None else self.codec.model)

    def _decode(self, records: Sequence[pcb.Record]) -> Iterator[Cloud]:
        codes = (
            np.stack([from_bits(record.code) for record in records])
            if records
            else np.zeros((0, self.bits // 8), np.uint8)
        )
        if self.codec.model.image:
            return self.codec.images(codes)
        return self.codec.points(codes, [record.pose for record in records])


class ArchiveWriter:
    """Encodes clouds into one .pcb file. Use it in a ``with`` block: the file appears, whole, at its end.

    An error inside the block leaves no file, and an old file as it was.
    """

    def __init__(self, writer: pcb.ArchiveWriter, codec: Codec, close: ExitStack) -> None:
        self._writer = writer
        self._close = close
        self.codec = codec

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close.__exit__(kind, error, trace)

    def close(self) -> None:
        """Completes the file."""
        self._close.close()

    def append(self, points: Any, metadata: Mapping[str, Any] | None = None) -> None:
        """One (N, 3) cloud, or (height, width) image with a model of images, with metadata of its own.

        Raises InputError for what is neither.
        """
        self.extend([points], [metadata])

    def extend(
        self, clouds: Iterable[Any], metadata: Iterable[Mapping[str, Any] | None] | None = None
    ) -> None:
        """Many clouds or images, encoded in batches; `metadata` has one entry for each. Raises InputError."""
        described = iter(metadata) if metadata is not None else None
        source = iter(clouds)
        while batch := list(islice(source, BATCH)):
            codes, poses = self._codes(batch)
            notes = None if described is None else list(islice(described, len(batch)))
            if notes is not None and len(notes) != len(batch):
                raise InputError(
                    "archive: fewer metadata entries than clouds; give one for each, None where there is none"
                )
            if self._writer.pose == "none":
                for pose in poses:
                    need_extent(pose)
            self._writer.add_many(
                codes,
                np.array([pose.center for pose in poses]) if self._writer.pose != "none" else None,
                np.array([pose.scale for pose in poses]) if self._writer.pose != "none" else None,
                notes,
            )
        if described is not None and next(described, described) is not described:
            raise InputError("archive: more metadata entries than clouds; give one for each")

    def _codes(self, batch: list[Any]) -> tuple[Codes, list[Pose]]:
        """The poses of images, which have none, are not asked for: their files keep none."""
        if self.codec.model.image:
            return self.codec.image_codes(batch), []
        return self.codec.codes(batch)


@overload
def open(
    source: Source, mode: Literal["r"] = ..., *, model: ModelLike | None = ..., device: str = ...
) -> Archive: ...
@overload
def open(
    source: Source,
    mode: Literal["w", "x", "a"],
    *,
    model: ModelLike | None = ...,
    device: str = ...,
    pose: bool = ...,
    metadata: Mapping[str, Any] | None = ...,
    bits: int | None = ...,
    effort: int | None = ...,
    sampling: Sampling = ...,
    seed: int = ...,
    entropy: bool = ...,
) -> ArchiveWriter: ...
def open(
    source: Source,
    mode: str = "r",
    *,
    model: ModelLike | None = None,
    device: str = "cpu",
    pose: bool = True,
    metadata: Mapping[str, Any] | None = None,
    bits: int | None = None,
    effort: int | None = None,
    sampling: Sampling = "farthest",
    seed: int = 0,
    entropy: bool = False,
) -> Archive | ArchiveWriter:
    """Opens a .pcb file, or a binary file object, pipes included.

    mode: "r" reads; "w" writes a new file, over an old one; "x" writes a new file and refuses to replace one;
    "a" appends to an archive in place (the old clouds are safe whenever the program dies).
    model: for writing, which model encodes (default "chair"; when appending, the one of the file); for
    reading, only needed for a model that is not installed. pose, metadata: for new files, whether places and
    sizes are kept (28 bytes a cloud before compression), and what to say about the whole file. bits, effort,
    sampling, seed: as in `Codec` (when appending, codes are as long as those of the file). entropy: codes are
    entropy coded with the model's table where that makes the file smaller; they are as exact, but take
    longer, and cannot be read without the model.

    Raises InputError, FormatError and its kinds, ModelNotFound, ModelMismatch.
    """
    if mode == "r":
        return Archive(source, model=model, device=device)
    if mode not in ("w", "x", "a"):
        raise InputError(f"mode {mode!r} is unknown; use 'r', 'w', 'x' or 'a'")
    close = ExitStack()
    if mode == "a":
        if not isinstance(source, (str, os.PathLike)):
            raise InputError("mode 'a' appends to a file in place; pass its path")
        with pcb.ArchiveReader(source) as old:
            wanted, kept = old.model_id, old.code_bits
        if bits not in (None, kept):
            raise InputError(
                f"{source}: its codes have {kept} bits; append without bits, or write a new file"
            )
        loaded = zoo.load(wanted if model is None else model, device=device)
        if loaded.id != wanted:
            raise ModelMismatch(
                f"{source}: its codes are of model {wanted.hex()}; append with that one, or write a new file"
            )
        codec = Codec(loaded, bits=kept, effort=effort, sampling=sampling, seed=seed)
        table = codec.table_to_write_with() if entropy else None
        writer = close.enter_context(pcb.append_archive(source, model_id=wanted, code_bits=kept, table=table))
        return ArchiveWriter(writer, codec, close)
    codec = Codec(
        zoo.DEFAULT if model is None else model,
        bits=bits,
        effort=effort,
        device=device,
        sampling=sampling,
        seed=seed,
    )
    kind: Literal["none", "float64"] = "float64" if pose and not codec.model.image else "none"
    options: dict[str, Any] = {
        "model_id": codec.model.id, "code_bits": codec.bits, "pose": kind, "metadata": metadata,
        "table": codec.table_to_write_with() if entropy else None,
    }  # fmt: skip
    if not isinstance(source, (str, os.PathLike)):
        writer = close.enter_context(pcb.ArchiveWriter(source, **options))
    else:
        if mode == "x" and os.path.lexists(source):
            raise InputError(f"{os.fspath(source)} exists; mode 'x' never replaces a file, 'w' does")
        writer = close.enter_context(pcb.create_archive(source, overwrite=mode == "w", **options))
    return ArchiveWriter(writer, codec, close)

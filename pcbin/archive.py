"""Many objects in one .pcb file: `open` gives a reader that is a sequence of them, or a writer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, overload

import numpy as np

from pcbin.arrays import Codes, Orient, Outliers, Pose, Sampling, Spacing, Up, check_up
from pcbin.errors import InputError, ModelMismatch
from pcbin.formats import pcb
from pcbin.formats.entropy import Table
from pcbin.models import zoo

if TYPE_CHECKING:
    from pcbin.archive_writer import ArchiveWriter
    from pcbin.codec import Codec, Decoded, Encoder, ModelLike
    from pcbin.coding.options import Options
    from pcbin.models.licences import Licence

Source = str | os.PathLike[str] | BinaryIO


class _NotRandom(InputError, TypeError):
    """A TypeError too, as `list` asks for a length first and goes on without where it gets that."""


class Archive:
    """The objects of a .pcb file, decoded as they are asked for; a file of one object is an archive of one.

    ``len(archive)``, ``archive[i]``, ``archive[i:j]`` and iteration give (points, 3) clouds, or images; one
    costs one read of one chunk, wherever it is. From a pipe only iteration works. Codes, poses and metadata
    are there without any model, except for codes that are entropy coded: those need the model's table, and
    with them `records` and `record`.

    Raises:
        FormatError: The file is damaged; its kinds say how.
        ModelNotFound: When an object is first decoded.
    """

    def __init__(
        self, source: Source, *, model: ModelLike | None = None, device: str = "cpu", up: Up = "y"
    ) -> None:
        check_up(up)
        self._model = model
        self._up = up
        self._device = device
        self._codec: Codec | None = None
        self._others: dict[bytes, Codec] = {}
        self._close = ExitStack()
        self._reader: pcb.ArchiveReader | None = None
        if not isinstance(source, (str, os.PathLike)) and not getattr(source, "seekable", bool)():
            self._stream = pcb.ArchiveStream(source, table=self._table)
            found: pcb.ArchiveReader | pcb.ArchiveStream = self._stream
        else:
            self._reader = found = self._close.enter_context(pcb.ArchiveReader(source, table=self._table))
        self.header: pcb.Header = found.header
        """What the first 16 bytes say: version, layout, kind of poses, and what follows."""
        self.model_id: bytes = found.model_id
        """8 bytes: which model made the codes."""
        self.bits: int = found.code_bits
        """K, the bits of each code."""
        self.metadata: dict[str, Any] = found.single.metadata if found.single else found.metadata
        """What the writer said about the whole file; of a file of one object, about that."""
        self.pose: Pose | None = found.single.pose if found.single else None
        """Of a file of one object; the objects of an archive have theirs in their records."""
        self.stored_bytes: int | None = len(found.single.stored) if found.single else None
        """Of the code of a file of one object: fewer than its bits fill where it is entropy coded."""

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file, if `open` was given a path."""
        self._close.close()

    @property
    def codec(self) -> Codec:
        """The codec of the file's model, loaded at first use.

        Raises:
            ModelNotFound: No installed model has the hash in the file.
            ModelMismatch: The codes are of another model than the given one.
        """
        if self._codec is None:
            codec = self._load(self._wanted(self.model_id) if self._model is None else self._model)
            if not self.mixed:
                codec.check(self.model_id, self.bits)
            self._codec = codec
        self._codec.check_hash(self.hashes)
        return self._codec

    @property
    def mixed(self) -> bool:
        """Whether codes may differ in length, up to `bits`, and be of other models than `model_id`."""
        return self.header.mixed

    @property
    def hashes(self) -> dict[bytes, bytes]:
        """The whole SHA-256, 32 bytes, of models, by the 8 bytes of their ids; empty where the file has none.

        Of a pipe, they are known once its first record is.
        """
        return (self._stream if self._reader is None else self._reader).hashes

    def models(self) -> dict[bytes, int]:
        """The 8 bytes of each model in the file, and how many codes are of it; not of a pipe."""
        return self._random().models()

    @property
    def has_length(self) -> bool:
        """Whether `len`, indices and slices work: not from a pipe."""
        return self._reader is not None

    @property
    def uncommitted_bytes(self) -> int:
        """What an unfinished append left after the archive; readers ignore it."""
        return self._random().uncommitted_bytes

    @property
    def fills_file(self) -> bool:
        """Whether bytes after what was read from a pipe are an error, not an unfinished append."""
        return self._reader is None and self._stream.fills_file

    def __len__(self) -> int:
        return len(self._random())

    @overload
    def __getitem__(self, index: int) -> Decoded: ...
    @overload
    def __getitem__(self, index: slice) -> list[Decoded]: ...
    def __getitem__(self, index: int | slice) -> Decoded | list[Decoded]:
        found = self._random()[index]
        if isinstance(found, list):
            return list(self.restore(found))
        return next(self.restore([found]))

    def __iter__(self) -> Iterator[Decoded]:
        return self.restore(self.records())

    def records(self) -> Iterator[pcb.Record]:
        """Code, pose and metadata of each object, in order; only entropy-coded codes need a model."""
        return iter(self._stream if self._reader is None else self._reader)

    def iter_metadata(self) -> Iterator[dict[str, Any]]:
        """Metadata of each object, in order; needs no model, and reads no codes."""
        return (metadata for _, metadata in self.iter_summaries())

    def iter_summaries(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The bits of the code, and the metadata, of each object, in order; needs no model."""
        return (self._stream if self._reader is None else self._reader).iter_summaries()

    def record(self, index: int) -> pcb.Record:
        """Code, pose and metadata of one object; only an entropy-coded code needs a model."""
        return self._random()[index]

    def codes(self, start: int = 0, stop: int | None = None) -> Codes:
        """(n, K / 8) uint8: the codes of objects `start` to `stop`; only entropy-coded ones need a model."""
        return self._random().codes(start, stop)

    def code_blocks(self) -> Iterator[Codes]:
        """All codes, as a few (n, K / 8) uint8 arrays; those of a file that has a path are memory-mapped.

        `pcbin.search.nearest` searches them where they lie: the file must not be cut short meanwhile.
        """
        return self._random().code_blocks()

    def restore(
        self,
        records: Iterable[pcb.Record],
        *,
        n_points: int | None = None,
        spacing: Spacing | None = None,
    ) -> Iterator[Decoded]:
        """The objects that records of this file stand for, in batches; the options as for `Codec.decode`."""
        from pcbin.codec import BATCH_SIZE, filled

        source = iter(records)
        while batch := list(islice(source, BATCH_SIZE)):
            codes = [np.frombuffer(pcb.code_to_bytes(one.code), np.uint8) for one in batch]
            found: list[Decoded | None] = [None] * len(batch)
            for codec, rows in self._alike(batch):
                some = filled([codes[row] for row in rows], max(len(codes[row]) for row in rows))
                poses = [batch[row].pose for row in rows]
                decoded = codec.restore(some, poses, n_points=n_points, spacing=spacing)
                for row, item in zip(rows, decoded, strict=True):
                    found[row] = item
            yield from (item for item in found if item is not None)

    def codec_of(self, record: pcb.Record) -> Codec:
        """The codec of a record's model: in an archive of several, not always the file's.

        Raises:
            ModelNotFound: No installed model has the record's hash.
        """
        if record.model_id is None or record.model_id == self.model_id:
            return self.codec
        if record.model_id not in self._others:
            self._others[record.model_id] = self._load(self._wanted(record.model_id))
        self._others[record.model_id].check_hash(self.hashes)
        return self._others[record.model_id]

    def _wanted(self, model_id: bytes) -> bytes | str:
        """What a model is looked for by: all of its hash, where the file has it and it is installed."""
        whole = self.hashes.get(model_id, model_id).hex()
        return whole if any(one.header.sha256 == whole for one in zoo.installed()) else model_id

    def _load(self, model: ModelLike | bytes) -> Codec:
        from pcbin.codec import Codec
        from pcbin.coding.options import Options

        return Codec.with_options(model, Options(up=self._up, licence="any"), device=self._device)

    def _alike(self, records: Sequence[pcb.Record]) -> Iterator[tuple[Codec, list[int]]]:
        """The records that are decoded together: of one model, and one length unless zeros can fill it up."""
        groups: dict[tuple[bytes | None, int], list[int]] = {}
        for row, one in enumerate(records):
            codec = self.codec_of(one)
            varies = codec.modality.varies(codec.model)
            groups.setdefault((one.model_id, 0 if varies else len(one.code)), []).append(row)
        for rows in groups.values():
            yield self.codec_of(records[rows[0]]), rows

    def count(self) -> int:
        """How many objects there are; a pipe is read to its end for it, and gives no records afterwards."""
        return len(self._reader) if self._reader is not None else self._stream.skim()

    def verify(self) -> int:
        """Reads all of the file and checks every rule of the format; how many objects there are.

        Entropy-coded codes are decoded if their model is installed, else covered by their checksums.

        Raises:
            FormatError: The file is damaged; its kinds say how.
        """
        if self._reader is not None:
            self._reader.verify(codes=self._has_table())
            return len(self._reader)
        return self._stream.verify(codes=self._has_table())

    def _has_table(self) -> bool:
        return self._model is not None or zoo.entry_of(self.model_id) is not None

    def _random(self) -> pcb.ArchiveReader:
        if self._reader is None:
            raise _NotRandom(
                "archive: a pipe has no length and no random access; iterate, or save it to a file first"
            )
        return self._reader

    def _table(self, model_id: bytes) -> Table:
        """Asked for by the file when its first entropy-coded code is."""
        return zoo.entropy_table(self.codec.model if self._model is not None or self.hashes else model_id)


@overload
def open(
    source: Source,
    mode: Literal["r"] = ...,
    *,
    model: ModelLike | None = ...,
    device: str = ...,
    up: Up = ...,
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
    up: Up = ...,
    warn: bool = ...,
    licence: Licence | None = ...,
    orient: Orient | None = ...,
    outliers: Outliers = ...,
    complete: bool = ...,
    full_hash: bool = ...,
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
    up: Up = "y",
    warn: bool = True,
    licence: Licence | None = None,
    orient: Orient | None = None,
    outliers: Outliers = "drop",
    complete: bool = False,
    full_hash: bool = False,
) -> Archive | ArchiveWriter:
    """Opens a .pcb file, or a binary file object, pipes included.

    Args:
        source: A path, or a binary file object.
        mode: "r" reads; "w" writes a new file, over an old one; "x" writes a new file and refuses to replace
            one; "a" appends to an archive in place (the old clouds are safe whenever the program dies).
        model: For writing, which model encodes, or "auto" (the default) for whichever installed one is best
            for each cloud; when appending, the one of the file. For reading, only needed for a model that is
            not installed.
        device: "cpu" (NumPy), or "cuda" (torch).
        pose: For new files, whether places and sizes are kept (28 bytes per cloud before compression).
        metadata: For new files, what to say about the whole file.
        bits: As in `Codec`, with "auto" the most that a code may have (default 128); when appending, codes
            are as long as those of the file.
        effort: As in `Codec`.
        sampling: As in `Codec`.
        seed: As in `Codec`.
        up: As in `Codec`, for reading and for writing.
        warn: As in `Codec`.
        licence: As in `Codec`, for writing; what a file was written with may read it.
        orient: "auto" turns clouds to how the model codes them better; then every pose of the file has a
            rotation, 8 bytes before compression. "keep" codes all as they stand. None keeps them in a new
            file; when appending, it does as the file does.
        outliers: As in `Codec`.
        complete: As in `Codec`.
        full_hash: As in `Codec`, for new files.
        entropy: Codes are entropy coded with the model's table where that makes the file smaller; they are as
            exact, but take longer, and cannot be read without the model.

    Raises:
        InputError: The arguments do not fit together, or the file to append to.
        FormatError: The file is damaged; its kinds say how.
        ModelNotFound: No installed model has this name or hash.
        ModelMismatch: The codes of the file are of another model.
    """
    if not isinstance(mode, str) or mode not in ("r", "w", "x", "a"):
        raise InputError(f"mode {mode!r} is unknown; use 'r', 'w', 'x' or 'a'")
    if mode == "r":
        return Archive(source, model=model, device=device, up=up)
    from pcbin.archive_writer import ArchiveWriter
    from pcbin.auto import AUTO, encoder
    from pcbin.coding.options import Options

    options = Options(
        bits=bits,
        effort=effort,
        sampling=sampling,
        seed=seed,
        up=up,
        warn=warn,
        licence=licence,
        orient=orient,
        outliers=outliers,
        complete=complete,
        full_hash=full_hash,
    )
    close = ExitStack()
    if mode == "a":
        if full_hash:
            raise InputError(
                "full_hash: a file has it from its beginning; append without, or write a new file"
            )
        codec = _codec_of(source, model, options, device)
        table = table_of(codec) if entropy else None
        writer = close.enter_context(
            pcb.append_archive(source, code_bits=codec.bits, table=table)  # type: ignore[arg-type]
        )
        return ArchiveWriter(writer, codec, close)
    options = options.standing
    if options.turns and not pose:
        raise InputError(
            "orient = 'auto': clouds that are turned need their poses; store them, or keep the clouds"
        )
    codec = encoder(AUTO if model is None else model, options, device=device)
    wanted = container_of(codec, pose=pose, metadata=metadata, entropy=entropy)
    if not isinstance(source, (str, os.PathLike)):
        writer = close.enter_context(pcb.ArchiveWriter(source, **wanted))
    else:
        if mode == "x" and os.path.lexists(source):
            raise InputError(f"{os.fspath(source)} exists; mode 'x' never replaces a file, 'w' does")
        writer = close.enter_context(pcb.create_archive(source, overwrite=mode == "w", **wanted))
    return ArchiveWriter(writer, codec, close)


def container_of(
    coder: Encoder, *, pose: bool, metadata: Mapping[str, Any] | None, entropy: bool
) -> dict[str, Any]:
    """What `pcb.ArchiveWriter` must be told of an archive of the encoder's codes. Raises InputError."""
    placed = pose and coder.modality.has_points
    return {
        "model_id": coder.model.id, "code_bits": coder.bits, "pose": "float64" if placed else "none",
        "metadata": metadata,
        "table": table_of(coder) if entropy else None,
        "mixed": coder.mixes,
        "rotated": placed and coder.options.turns,
        "hashes": [bytes.fromhex(one.file.sha256) for one in coder.models] if coder.options.full_hash else (),
    }  # fmt: skip


def table_of(coder: Encoder) -> Table | None:
    """The entropy table that an archive is written with; None for cell codes, which need none.

    Raises:
        InputError: The archive has codes of several lengths or models, or the model has no table.
    """
    from pcbin.codec import Codec

    if isinstance(coder, Codec) and coder.is_of_cells:
        return None
    if coder.mixes or not isinstance(coder, Codec):
        raise InputError(
            "entropy: an archive of codes of several models or lengths has none; name one model "
            "(model='chair'), or write without"
        )
    return coder.entropy_table()


def _codec_of(source: Source, model: ModelLike | None, options: Options, device: str) -> Encoder:
    """What an archive can be appended to with. Raises InputError, ModelMismatch."""
    if not isinstance(source, (str, os.PathLike)):
        raise InputError("mode 'a' appends to a file in place; pass its path")
    with pcb.ArchiveReader(source) as old:
        wanted, kept, layout, rotated = old.model_id, old.code_bits, old.header.layout, old.header.rotated
        several = old.several_models
    if layout == "single":
        raise InputError(f"{source}: holds a single cloud and cannot grow; write a new archive")
    if options.bits not in (None, kept):
        raise InputError(f"{source}: its codes have {kept} bits; append without bits, or write a new file")
    if options.orient == "auto" and not rotated:
        raise InputError(
            f"{source}: its poses have no rotations; append with orient='keep', or write a new file"
        )
    from pcbin.auto import AUTO, Auto
    from pcbin.codec import Codec

    orient = options.orient or ("auto" if rotated else "keep")
    options = replace(options, bits=kept, orient=orient)
    if model == AUTO or (model is None and several):
        if not several:
            raise ModelMismatch(f"{source}: its codes are of one model; append without naming one")
        return Auto(options, device=device)
    codec = Codec.with_options(wanted if model is None else model, options, device=device)
    if codec.model.id != wanted:
        raise ModelMismatch(
            f"{source}: its codes are of model {wanted.hex()}; append with that one, or write a new file"
        )
    return codec

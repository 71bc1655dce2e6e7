"""What `pcbin decode` does with each file: which clouds, decoded in batches, and where they go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

import numpy as np

from pcbin.arrays import Float32, Float64
from pcbin.cli import streams
from pcbin.cli.console import Console
from pcbin.cli.paths import STREAM, Found, check, make_folder, need_free, safe_name
from pcbin.cli.words import count, milliseconds, ms
from pcbin.codec import BATCH, Codec, from_bits
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.formats.atomic import open_atomic
from pcbin.formats.clouds import CloudFormat, formats, write_cloud

TEXT_FORMATS = ("xyz", "csv", "off", "obj")
SUFFIX = ".pcb"
Indices = list["int | slice"]
Numbered = Iterator[tuple[int, pcb.Record]]


class Place(NamedTuple):
    """Where the clouds of one input go: one to `file`, several into `folder`; neither: to standard output.

    create: whether the folder of `file` is made where there is none.
    """

    file: Path | None
    folder: Path | None
    create: bool = False


class Decoder:
    """Decodes .pcb files as the options say. tried: how many clouds (or files that have none) there were."""

    def __init__(
        self,
        console: Console,
        model: str | None,
        device: str,
        format: CloudFormat,
        indices: Indices,
        *,
        force: bool,
    ) -> None:
        self._console, self._format, self._indices, self._force = console, format, indices, force
        self._model, self._device = model, device
        self._codecs: dict[bytes, Codec] = {}
        self.tried = 0

    def place(self, found: Found | None, out: str | None, *, folder: bool, alone: bool) -> Place:
        """found: None for standard input. folder: `out` is one. alone: it is the only one."""
        suffix = self._format.suffixes[0]
        if out == STREAM:
            return Place(None, None)
        if out is not None and not folder:
            return Place(Path(out), None if Path(out).suffix else Path(out))
        if found is None:
            return Place(Path(out or ".", "stdin" + suffix), Path(out or "."), create=True)
        bare = (
            found.name.name[: -len(SUFFIX)] if found.name.name.lower().endswith(SUFFIX) else found.name.name
        )
        at = found.path.parent if out is None else Path(out, found.name.parent)
        return Place(at / (bare + suffix), at if alone and out is not None else at / bare, create=True)

    def run(self, found: Found | None, place: Place) -> None:
        """Decodes one input. Raises FormatError, ModelNotFound, InputError."""
        name = str(found or "standard input")
        tried = self._console.failed, self.tried
        try:
            with ExitStack() as stack:
                reader: pcb.ArchiveReader | pcb.ArchiveStream
                if found is not None:
                    reader = stack.enter_context(pcb.ArchiveReader(found.path))
                elif streams.stdin().seekable():
                    reader = pcb.ArchiveReader(streams.stdin())
                else:
                    reader = pcb.ArchiveStream(streams.stdin())
                codec = self._codec(reader.header)
                records = chosen(reader, self._indices)
                if place.folder is None or reader.header.layout == "single":
                    self._one(name, codec, records, place)
                else:
                    self._all(found, codec, records, reader, place.folder)
        finally:
            self.tried = max(self.tried, tried[1] + 1)

    def _codec(self, header: pcb.Header) -> Codec:
        codec = self._codecs.get(header.model_id)
        if codec is None:
            from pcbin.models import zoo

            wanted = header.model_id if self._model is None else self._model
            codec = self._codecs[header.model_id] = Codec(zoo.load(wanted, device=self._device))
        codec.check(header.model_id, header.code_bits)
        return codec

    def _one(self, name: str, codec: Codec, records: Numbered, place: Place) -> None:
        """One cloud to a file or to standard output."""
        target = place.file
        first = list(islice(records, 2))
        if len(first) != 1:
            raise InputError(
                f"{name}: {'several clouds are' if first else 'no cloud is'} meant; "
                "pick one with --index I, or name a folder with -o to decode all"
            )
        if target is None:
            sink = streams.stdout(force=self._force, text=self._format.name in TEXT_FORMATS)
        else:
            need_free(target, force=self._force)
        began = time.perf_counter()
        [(index, record, points)] = _decoded(codec, iter(first))
        seconds = time.perf_counter() - began
        if target is None:
            self._write(sink, points)
            sink.flush()
        else:
            if place.create:
                make_folder(target.parent)
            with open_atomic(target, overwrite=self._force) as file:
                self._write(file, points)
        where = (
            "" if record.pose is not None else "; around the origin, one unit across, as no pose is stored"
        )
        self._console.report(
            f"{name} -> {target or 'standard output'}\n"
            f"  {count(len(points), 'point')}, decoded by model {codec.model.name} in {ms(seconds)}{where}",
            {
                "input": name, "output": None if target is None else str(target), "index": index,
                "points": len(points), "placed": record.pose is not None, "model": codec.model.name,
                "decode_ms": milliseconds(seconds),
            },
        )  # fmt: skip

    def _all(
        self,
        found: Found | None,
        codec: Codec,
        records: Numbered,
        reader: pcb.ArchiveReader | pcb.ArchiveStream,
        folder: Path,
    ) -> None:
        """The clouds of an archive into a folder."""
        name = str(found or "standard input")
        total = len(reader) if isinstance(reader, pcb.ArchiveReader) else 0
        namer = Namer(folder, self._format.suffixes[0], len(str(total - 1)) if total else 6)
        written, seconds, began = 0, 0.0, time.perf_counter()
        for index, record, points in _decoded(codec, records):
            seconds += time.perf_counter() - began
            self.tried += 1
            with self._console.attempt(f"{name}, cloud {index}"):
                target, unsafe = namer.target(index, record)
                if unsafe:
                    self._console.warn(
                        f"{name}: the name of cloud {index} is no safe path; it becomes {target.name}"
                    )
                if found is not None:
                    check([(found.path, target)])
                need_free(target, force=self._force)
                make_folder(target.parent)
                with open_atomic(target, overwrite=self._force) as file:
                    self._write(file, points)
                written += 1
                if self._console.as_json:
                    self._console.report("", {
                        "input": name, "output": str(target), "index": index, "points": len(points),
                        "placed": record.pose is not None, "model": codec.model.name,
                    })  # fmt: skip
            self._console.progress(written, total)
            began = time.perf_counter()
        self._console.report(
            f"{name} -> {folder}/\n"
            f"  {count(written, 'cloud')} of {codec.model.points:,} points, "
            f"decoded by model {codec.model.name} in {ms(seconds)}",
            {
                "summary": True, "input": name, "output": str(folder), "clouds": written,
                "model": codec.model.name, "decode_ms": milliseconds(seconds),
            },
        )  # fmt: skip

    def _write(self, file: BinaryIO, points: Float32 | Float64) -> None:
        write_cloud(file, points, self._format.name)


class Namer:
    """File names for the clouds of an archive: as they were called, else their numbers; none twice."""

    def __init__(self, folder: Path, suffix: str, digits: int) -> None:
        self._folder, self._suffix, self._digits = folder, suffix, digits
        self._known = {ending for one in formats().values() for ending in one.suffixes}
        self._used: set[str] = set()

    def target(self, index: int, record: pcb.Record) -> tuple[Path, bool]:
        """The path, and whether the cloud has a name that could not be used."""
        named = record.metadata.get("name")
        safe = safe_name(named)
        stem = Path(self._folder, f"{index:0{self._digits}d}" if safe is None else self._bare(safe))
        path = stem.with_name(stem.name + self._suffix)
        if str(path).casefold() in self._used:
            path = stem.with_name(f"{stem.name}-{index}{self._suffix}")
        self._used.add(str(path).casefold())
        return path, named is not None and safe is None

    def _bare(self, name: PurePosixPath) -> PurePosixPath:
        """A cloud's name without the suffix of the file it was read from."""
        bare = name.with_suffix("") if name.suffix.lower() == ".gz" else name
        return bare.with_suffix("") if bare.suffix.lower() in self._known else name


def _decoded(codec: Codec, records: Numbered) -> Iterator[tuple[int, pcb.Record, Float32 | Float64]]:
    while batch := list(islice(records, BATCH)):
        codes = np.stack([from_bits(record.code) for _, record in batch])
        clouds = codec.points(codes, [record.pose for _, record in batch])
        yield from ((index, record, points) for (index, record), points in zip(batch, clouds, strict=True))


def chosen(reader: pcb.ArchiveReader | pcb.ArchiveStream, indices: Indices) -> Numbered:
    """The numbered records that `indices` mean (none: all), each once. Raises InputError: not there."""
    if not indices:
        yield from enumerate(reader)
    elif isinstance(reader, pcb.ArchiveReader):
        seen: set[int] = set()
        for part in indices:
            for number in _numbers(part, len(reader)):
                if number not in seen:
                    seen.add(number)
                    yield number, reader[number]
    else:
        yield from _of_stream(reader, indices)


def _numbers(part: int | slice, total: int) -> range:
    if isinstance(part, slice):
        if part.step == 0:
            raise InputError("--index: a step of 0 leads nowhere; use 1 or more")
        return range(*part.indices(total))
    number = part + total if part < 0 else part
    if not 0 <= number < total:
        raise InputError(f"there is no cloud {part}: the file holds {count(total, 'cloud')}, numbered from 0")
    return range(number, number + 1)


def _of_stream(reader: pcb.ArchiveStream, indices: Indices) -> Numbered:
    """A pipe is read in order, once."""
    wanted = [part if isinstance(part, slice) else slice(part, part + 1) for part in indices]
    if any((end is not None and end < 0) for part in wanted for end in (part.start, part.stop, part.step)):
        raise InputError("--index: counting from the end needs a file, not a pipe; save it first")
    total = 0
    for total, record in enumerate(reader, start=1):
        if any(total - 1 in range(*part.indices(total)) for part in wanted):
            yield total - 1, record
    for part in indices:
        if isinstance(part, int):
            _numbers(part, total)

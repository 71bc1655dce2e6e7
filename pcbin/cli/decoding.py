"""What `pcbin decode` does with each file: which clouds, decoded in batches, and where they go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from pcbin.cli import streams
from pcbin.cli.console import Console
from pcbin.cli.outputs import Output, default_output
from pcbin.cli.paths import STREAM, Found, check, make_folder, need_free, safe_name
from pcbin.cli.words import count, milliseconds, ms
from pcbin.codec import BATCH, Codec, from_bits
from pcbin.errors import InputError, PcbinError
from pcbin.formats import pcb
from pcbin.formats.atomic import open_atomic
from pcbin.formats.entropy import Table

SUFFIX = ".pcb"
HEADER = 16
"""What of a file `pcb.peek` needs."""
Indices = list["int | slice"]
Numbered = Iterator[tuple[int, pcb.Record]]
Decoded = Iterator[tuple[int, pcb.Record, Any]]


class Target(NamedTuple):
    """What -o says, for all inputs: the file or folder OUT. alone: there is one input, which is a file."""

    out: str | None
    folder: bool
    alone: bool


class Place(NamedTuple):
    """Where the content of one input goes: one to `file`, several into `folder`; neither: to standard output.

    create: whether the folder of `file` is made where there is none.
    """

    file: Path | None
    folder: Path | None
    create: bool = False


class Decoder:
    """Decodes .pcb files as the options say. tried: how many clouds or images (or files that have none) there
    were. output: None for the default format of what each file's model makes.
    """

    def __init__(
        self,
        console: Console,
        model: str | None,
        device: str,
        output: Output | None,
        *,
        target: Target,
        indices: Indices,
        n_points: int | None,
        force: bool,
    ) -> None:
        self._n_points = n_points
        self._console, self._output, self._indices, self._force = console, output, indices, force
        self._model, self._device, self._target = model, device, target
        self._codecs: dict[bytes, Codec] = {}
        self.tried = 0

    def place(self, found: Found) -> Path | None:
        """The file that an input would become, if it holds only one cloud or image."""
        return self._place(found, self._output or self._expected(found)).file

    def _expected(self, found: Found) -> Output:
        """By the model in a file's header; where that cannot be had, `run` will say why."""
        images = False
        try:
            if found.path.is_file():  # what is read from a pipe is gone
                with found.path.open("rb") as file:
                    images = self._codec(pcb.peek(file.read(HEADER))).model.image is not None
        except (PcbinError, OSError):
            pass
        return default_output(images=images)

    def _place(self, found: Found | None, output: Output) -> Place:
        """found: None for standard input."""
        out, folder, alone = self._target
        if out == STREAM:
            return Place(None, None)
        if out is not None and not folder:
            return Place(Path(out), None if Path(out).suffix else Path(out))
        if found is None:
            return Place(Path(out or ".", "stdin" + output.suffix), Path(out or "."), create=True)
        bare = (
            found.name.name[: -len(SUFFIX)] if found.name.name.lower().endswith(SUFFIX) else found.name.name
        )
        at = found.path.parent if out is None else Path(out, found.name.parent)
        return Place(at / (bare + output.suffix), at if alone and out is not None else at / bare, create=True)

    def run(self, found: Found | None) -> None:
        """Decodes one input. Raises FormatError, ModelNotFound, InputError."""
        name = str(found or "standard input")
        tried = self._console.failed, self.tried
        try:
            with ExitStack() as stack:
                reader: pcb.ArchiveReader | pcb.ArchiveStream
                if found is not None:
                    reader = stack.enter_context(pcb.ArchiveReader(found.path, table=self._table))
                elif streams.stdin().seekable():
                    reader = pcb.ArchiveReader(streams.stdin(), table=self._table)
                else:
                    reader = pcb.ArchiveStream(streams.stdin(), table=self._table)
                codec = self._codec(reader.header)
                output = self._output or default_output(images=codec.model.image is not None)
                output.check(codec.model)
                place = self._place(found, output)
                records = chosen(reader, self._indices, output.noun)
                if place.folder is None or reader.header.layout == "single":
                    self._one(name, codec, output, records, place)
                else:
                    total = len(reader) if isinstance(reader, pcb.ArchiveReader) else 0
                    decoded = _decoded(codec, output, records, self._n_points)
                    self._all(found, codec, output, decoded, total=total, folder=place.folder)
        finally:
            self.tried = max(self.tried, tried[1] + 1)

    def _table(self, model_id: bytes) -> Table:
        """For codes that are entropy coded."""
        from pcbin.models import zoo

        return zoo.entropy_table(model_id if self._model is None else zoo.load(self._model))

    def _codec(self, header: pcb.Header) -> Codec:
        codec = self._codecs.get(header.model_id)
        if codec is None:
            from pcbin.models import zoo

            wanted = header.model_id if self._model is None else self._model
            codec = self._codecs[header.model_id] = Codec(zoo.load(wanted, device=self._device))
        codec.check(header.model_id, header.code_bits)
        return codec

    def _one(self, name: str, codec: Codec, output: Output, records: Numbered, place: Place) -> None:
        """One cloud or image to a file or to standard output."""
        target = place.file
        first = list(islice(records, 2))
        if len(first) != 1:
            raise InputError(
                f"{name}: {f'several {output.noun}s are' if first else f'no {output.noun} is'} meant; "
                "pick one with --index I, or name a folder with -o to decode all"
            )
        if target is None:
            sink = streams.stdout(force=self._force, text=output.text)
        else:
            need_free(target, force=self._force)
        began = time.perf_counter()
        [(index, record, decoded)] = _decoded(codec, output, iter(first), self._n_points)
        seconds = time.perf_counter() - began
        if target is None:
            output.write(sink, decoded)
            sink.flush()
        else:
            if place.create:
                make_folder(target.parent)
            with open_atomic(target, overwrite=self._force) as file:
                output.write(file, decoded)
        size = output.size(codec.model, self._n_points)
        self._console.report(
            f"{name} -> {target or 'standard output'}\n"
            f"  {size}, decoded by model {codec.model.name} in {ms(seconds)}"
            f"{output.remark(record.pose)}",
            {
                "input": name, "output": None if target is None else str(target), "index": index,
                **output.facts(decoded, record.pose), "model": codec.model.name,
                "decode_ms": milliseconds(seconds),
            },
        )  # fmt: skip

    def _all(
        self,
        found: Found | None,
        codec: Codec,
        output: Output,
        decoded: Decoded,
        *,
        total: int,
        folder: Path,
    ) -> None:
        """The content of an archive into a folder. total: of how many; 0 where only the end tells."""
        name = str(found or "standard input")
        namer = Namer(folder, output, len(str(total - 1)) if total else 6)
        written, seconds, began = 0, 0.0, time.perf_counter()
        for index, record, one in decoded:
            seconds += time.perf_counter() - began
            self.tried += 1
            with self._console.attempt(f"{name}, {output.noun} {index}"):
                target, unsafe = namer.target(index, record)
                if unsafe:
                    self._console.warn(
                        f"{name}: the name of {output.noun} {index} is no safe path; it becomes {target.name}"
                    )
                if found is not None:
                    check([(found.path, target)])
                need_free(target, force=self._force)
                make_folder(target.parent)
                with open_atomic(target, overwrite=self._force) as file:
                    output.write(file, one)
                written += 1
                if self._console.as_json:
                    self._console.report("", {
                        "input": name, "output": str(target), "index": index,
                        **output.facts(one, record.pose), "model": codec.model.name,
                    })  # fmt: skip
            self._console.progress(written, total)
            began = time.perf_counter()
        self._console.report(
            f"{name} -> {folder}/\n"
            f"  {count(written, output.noun)} of {output.size(codec.model, self._n_points)}, "
            f"decoded by model {codec.model.name} in {ms(seconds)}",
            {
                "summary": True, "input": name, "output": str(folder), f"{output.noun}s": written,
                "model": codec.model.name, "decode_ms": milliseconds(seconds),
            },
        )  # fmt: skip


class Namer:
    """File names for the content of an archive: as it was called, else its numbers; none twice."""

    def __init__(self, folder: Path, output: Output, digits: int) -> None:
        self._folder, self._suffix, self._digits = folder, output.suffix, digits
        self._known = output.suffixes
        self._used: set[str] = set()

    def target(self, index: int, record: pcb.Record) -> tuple[Path, bool]:
        """The path, and whether there is a name that could not be used."""
        named = record.metadata.get("name")
        safe = safe_name(named)
        stem = Path(self._folder, f"{index:0{self._digits}d}" if safe is None else self._bare(safe))
        path = stem.with_name(stem.name + self._suffix)
        if str(path).casefold() in self._used:
            path = stem.with_name(f"{stem.name}-{index}{self._suffix}")
        self._used.add(str(path).casefold())
        return path, named is not None and safe is None

    def _bare(self, name: PurePosixPath) -> PurePosixPath:
        """A name without the suffix of the file that was read."""
        bare = name.with_suffix("") if name.suffix.lower() == ".gz" else name
        return bare.with_suffix("") if bare.suffix.lower() in self._known else name


def _decoded(codec: Codec, output: Output, records: Numbered, n_points: int | None) -> Decoded:
    while batch := list(islice(records, BATCH)):
        codes = np.stack([from_bits(record.code) for _, record in batch])
        made = output.decode(codec, codes, [record.pose for _, record in batch], n_points)
        yield from ((index, record, one) for (index, record), one in zip(batch, made, strict=True))


def chosen(reader: pcb.ArchiveReader | pcb.ArchiveStream, indices: Indices, noun: str = "cloud") -> Numbered:
    """The numbered records that `indices` mean (none: all), each once. Raises InputError: not there.

    noun: what messages call one of them.
    """
    if not indices:
        yield from enumerate(reader)
    elif isinstance(reader, pcb.ArchiveReader):
        seen: set[int] = set()
        for part in indices:
            for number in _numbers(part, len(reader), noun):
                if number not in seen:
                    seen.add(number)
                    yield number, reader[number]
    else:
        yield from _of_stream(reader, indices, noun)


def _numbers(part: int | slice, total: int, noun: str) -> range:
    if isinstance(part, slice):
        if part.step == 0:
            raise InputError("--index: a step of 0 leads nowhere; use 1 or more")
        return range(*part.indices(total))
    number = part + total if part < 0 else part
    if not 0 <= number < total:
        raise InputError(f"there is no {noun} {part}: the file holds {count(total, noun)}, numbered from 0")
    return range(number, number + 1)


def _of_stream(reader: pcb.ArchiveStream, indices: Indices, noun: str) -> Numbered:
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
            _numbers(part, total, noun)

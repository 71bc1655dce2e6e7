"""What `pcbin decode` does with each file: which objects, decoded in batches, and where they go."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from itertools import islice, tee
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pcbin.archive
from pcbin._words import count, milliseconds, ms, printable
from pcbin.archive import Archive
from pcbin.arrays import Spacing, Up
from pcbin.cli import _streams as streams
from pcbin.cli._console import Console
from pcbin.cli._globs import matches
from pcbin.cli._paths import (
    STREAM,
    Found,
    check,
    is_current,
    make_folder,
    name_in,
    need_free,
    safe_name,
)
from pcbin.errors import InputError, PcbinError
from pcbin.formats import pcb
from pcbin.formats.atomic import open_atomic
from pcbin.modalities import Modality, OutputFormat
from pcbin.modalities.clouds import CLOUDS

SUFFIX = ".pcb"
MANY = 10_000
"""Files that are written of one archive without being asked: a few bytes may stand for millions."""
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


class FileDecoder:
    """Decodes .pcb files as the options say. tried: how many objects (or files that have none) there were.

    output: what is written, and of what it is a format; None for the default of what each file's model codes.
    """

    def __init__(
        self,
        console: Console,
        model: str | None,
        device: str,
        output: tuple[Modality, OutputFormat] | None,
        *,
        target: Target,
        indices: Indices,
        names: tuple[str, ...],
        n_points: int | None,
        spacing: Spacing | None,
        up: Up,
        force: bool,
        skip_existing: bool,
        everything: bool,
    ) -> None:
        self._everything = everything or bool(indices) or bool(names)
        self._n_points, self._spacing, self._names, self._skip = n_points, spacing, names, skip_existing
        self._console, self._output, self._indices, self._force = console, output, indices, force
        self._model, self._device, self._up, self._target = model, device, up, target
        self.tried = 0

    def place(self, found: Found) -> Path | None:
        """The file that an input would become, if it holds only one object."""
        return self._place(found, self._output[1] if self._output else self._expected(found)).file

    def _expected(self, found: Found) -> OutputFormat:
        """By the model in a file's header; where that cannot be had, `run` will say why."""
        try:
            if found.path.is_file():  # what is read from a pipe is gone
                with self._open(found) as archive:
                    return archive.codec.modality.files.default
        except (PcbinError, OSError):
            pass
        return CLOUDS.files.default

    def _open(self, found: Found | None) -> Archive:
        source = streams.stdin() if found is None else found.path
        return pcbin.archive.open(source, model=self._model, device=self._device, up=self._up)

    def _place(self, found: Found | None, output: OutputFormat) -> Place:
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
        before = self.tried
        try:
            with self._open(found) as archive:
                output = self._output_for(archive)
                place = self._place(found, output)
                records = chosen(archive, self._indices, self._names)
                if place.folder is None or archive.header.layout == "single":
                    self._one(found, archive, output, records, place)
                else:
                    self._all(found, archive, output, records, place.folder)
        finally:
            self.tried = max(self.tried, before + 1)

    def _output_for(self, archive: Archive) -> OutputFormat:
        """Raises InputError where the model makes something else than the format is of."""
        codec = archive.codec
        codec.modality.check_points(codec.model, self._n_points, self._spacing)
        if self._output is None:
            return codec.modality.files.default
        modality, output = self._output
        if modality is not codec.modality:
            raise InputError(
                f"{output.name} is a format of {modality.noun}s, and model {codec.model.name} makes "
                f"{codec.modality.noun}s; use one of: {codec.modality.files.written}"
            )
        return output

    def _one(
        self, found: Found | None, archive: Archive, output: OutputFormat, records: Numbered, place: Place
    ) -> None:
        """One object to a file or to standard output."""
        name = str(found or "standard input")
        codec, target = archive.codec, place.file
        modality, noun = codec.modality, codec.modality.noun
        first = list(islice(records, 2))
        if len(first) != 1:
            raise InputError(
                f"{name}: {f'several {noun}s are' if first else f'no {noun} is'} selected; "
                "pick one with --index I, or name a folder with -o to decode all"
            )
        if target is None:
            sink = streams.stdout(force=self._force, text=output.text)
        elif self._skipped(name, target, found):
            return
        else:
            need_free(target, force=self._force)
        began = time.perf_counter()
        [(index, record, decoded)] = self._decoded(archive, iter(first))
        seconds = time.perf_counter() - began
        if target is None:
            modality.files.write(sink, decoded, output)
            sink.flush()
        else:
            if place.create:
                make_folder(target.parent)
            with open_atomic(target, overwrite=self._force) as file:
                modality.files.write(file, decoded, output)
        model = archive.codec_of(record).model
        size = modality.restored_size(model, self._n_points)
        self._console.report(
            printable(f"{name} -> {target or 'standard output'}") + "\n"
            f"  {size}, decoded by model {model.name} in {ms(seconds)}"
            f"{modality.remark(record.pose)}",
            {
                "input": name, "output": None if target is None else str(target), "index": index,
                **modality.restored_facts(decoded, record.pose), "model": model.name,
                "decode_ms": milliseconds(seconds),
            },
        )  # fmt: skip

    def _all(
        self, found: Found | None, archive: Archive, output: OutputFormat, records: Numbered, folder: Path
    ) -> None:
        """The content of an archive into a folder."""
        codec, name = archive.codec, str(found or "standard input")
        modality, noun = codec.modality, codec.modality.noun
        total = len(archive) if archive.has_length else 0  # only its end tells how long a pipe is
        if total > MANY and not self._everything:
            raise _too_many(name, total, noun)
        namer = Namer(folder, output.suffix, modality.files.suffixes, len(str(total - 1)) if total else 6)
        targets: dict[int, Path] = {}

        def wanted() -> Numbered:
            """Without those that are there, or that cannot be written; `targets` says where they go."""
            for number, (index, record) in enumerate(records):
                if number >= MANY and not self._everything:  # a pipe
                    raise _too_many(name, None, noun)
                self.tried += 1
                target, unsafe = namer.target(index, record)
                if self._skipped(f"{name}, {noun} {index}", target, found):
                    continue
                with self._console.attempt(f"{name}, {noun} {index}"):
                    if unsafe:
                        self._console.warn(
                            f"{name}: the name of {noun} {index} is not a safe path; it becomes {target.name}"
                        )
                    if found is not None:
                        check([(found.path, target)])
                    need_free(target, force=self._force)
                    targets[index] = target
                if index in targets:
                    yield index, record

        written, seconds, names, began = 0, 0.0, dict[str, None](), time.perf_counter()
        for index, record, decoded in self._decoded(archive, wanted()):
            seconds += time.perf_counter() - began
            target, model = targets.pop(index), archive.codec_of(record).model
            names[model.name] = None
            with self._console.attempt(f"{name}, {noun} {index}"):
                _need_no_links(folder, target)
                make_folder(target.parent)
                with open_atomic(target, overwrite=self._force, follow=False) as file:
                    modality.files.write(file, decoded, output)
                written += 1
                if self._console.as_json:
                    self._console.report("", {
                        "input": name, "output": str(target), "index": index,
                        **modality.restored_facts(decoded, record.pose), "model": model.name,
                    })  # fmt: skip
            self._console.progress(written, total)
            began = time.perf_counter()
        self._console.report(
            printable(f"{name} -> {folder}/") + "\n"
            f"  {count(written, noun)} of {modality.restored_size(codec.model, self._n_points)}, "
            f"decoded by {'models' if len(names) > 1 else 'model'} {', '.join(sorted(names))} "
            f"in {ms(seconds)}",
            {
                "summary": True, "input": name, "output": str(folder), f"{noun}s": written,
                "models": sorted(names), "decode_ms": milliseconds(seconds),
            },
        )  # fmt: skip

    def _skipped(self, name: str, target: Path, found: Found | None) -> bool:
        """Whether a target is left as it is; says so."""
        if not self._skip or found is None or not is_current(target, found.path):
            return False
        self._console.skip(name, str(target))
        return True

    def _decoded(self, archive: Archive, records: Numbered) -> Decoded:
        first, second = tee(records)
        decoded = archive.restore(
            (record for _, record in first), n_points=self._n_points, spacing=self._spacing
        )
        for (index, record), one in zip(second, decoded, strict=True):
            yield index, record, one


def _too_many(name: str, total: int | None, noun: str) -> InputError:
    held = f"more than {count(MANY, noun)}" if total is None else count(total, noun)
    return InputError(f"{name}: {held}, a file each; pass --all, or choose some with --index or --name")


class Namer:
    """File names for the content of an archive: as it was called, else its numbers; none twice."""

    def __init__(self, folder: Path, suffix: str, known: set[str], digits: int) -> None:
        """known: the suffixes that originals may have had."""
        self._folder, self._suffix, self._known, self._digits = folder, suffix, known, digits
        self._used: set[str] = set()

    def target(self, index: int, record: pcb.Record) -> tuple[Path, bool]:
        """The path, and whether there is a name that could not be used."""
        named = record.metadata.get("name")
        safe = safe_name(name_in(record.metadata)) if isinstance(named, str | bytes) else None
        stem = Path(self._folder, f"{index:0{self._digits}d}" if safe is None else self._bare(safe))
        path = stem.with_name(stem.name + self._suffix)
        tries = itertools.count(1)
        while str(path).casefold() in self._used:  # a name may look like the way out of an earlier one
            again = "" if (number := next(tries)) == 1 else f"-{number}"
            path = stem.with_name(f"{stem.name}-{index}{again}{self._suffix}")
        self._used.add(str(path).casefold())
        return path, named is not None and safe is None

    def _bare(self, name: PurePosixPath) -> PurePosixPath:
        """A name without the suffix of the file that was read."""
        bare = name.with_suffix("") if name.suffix.lower() == ".gz" else name
        return bare.with_suffix("") if bare.suffix.lower() in self._known else name


def _need_no_links(folder: Path, target: Path) -> None:
    """Raises InputError where a symbolic link would lead a name of an archive out of the output folder."""
    for parent in target.parents:
        if parent == folder:
            return
        if parent.is_symlink():
            raise InputError(
                f"{parent}: is a symbolic link, which names in archives do not follow; remove it"
            )


def chosen(archive: Archive, indices: Indices, names: tuple[str, ...]) -> Numbered:
    """The numbered records that `indices` or `names` mean (neither: all), each once.

    Raises InputError: not there.
    """
    if names:
        yield from _named(archive, names)
    elif not indices:
        yield from enumerate(archive.records())
    elif archive.has_length:
        seen: set[int] = set()
        for part in indices:
            for number in _numbers(part, len(archive), archive):
                if number not in seen:
                    seen.add(number)
                    yield number, archive.record(number)
    else:
        yield from _of_stream(archive, indices)


def _named(archive: Archive, patterns: tuple[str, ...]) -> Numbered:
    found = False
    for number, record in enumerate(archive.records()):
        name = name_in(record.metadata)
        if name is not None and matches(name, patterns):
            found = True
            yield number, record
    if not found:
        raise InputError(
            f"no {archive.codec.modality.noun} has a name that matches {' or '.join(map(repr, patterns))}; "
            "see the names with `pcbin list`"
        )


def _numbers(part: int | slice, total: int, archive: Archive) -> range:
    if isinstance(part, slice):
        if part.step == 0:
            raise InputError("--index: a step of 0 selects nothing; use 1 or more")
        return range(*part.indices(total))
    number = part + total if part < 0 else part
    if not 0 <= number < total:
        noun = archive.codec.modality.noun
        raise InputError(f"there is no {noun} {part}: the file holds {count(total, noun)}, numbered from 0")
    return range(number, number + 1)


def _of_stream(archive: Archive, indices: Indices) -> Numbered:
    """A pipe is read in order, once."""
    wanted = [part if isinstance(part, slice) else slice(part, part + 1) for part in indices]
    if any((end is not None and end < 0) for part in wanted for end in (part.start, part.stop, part.step)):
        raise InputError("--index: counting from the end needs a file, not a pipe; save it first")
    total = 0
    for total, record in enumerate(archive.records(), start=1):
        if any(total - 1 in range(*part.indices(total)) for part in wanted):
            yield total - 1, record
    for part in indices:
        if isinstance(part, int):
            _numbers(part, total, archive)

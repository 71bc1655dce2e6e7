"""`pcbin encode` into an archive: a new one, an old one, or one that goes down a pipe."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import pcbin.archive
from pcbin._words import count, milliseconds, ms, printable, ratios
from pcbin.archive_writer import ArchiveWriter
from pcbin.auto import AUTO, encoder
from pcbin.cli import _streams as streams
from pcbin.cli._console import Console
from pcbin.cli._encode_files import judged, left_out
from pcbin.cli._globs import Globs
from pcbin.cli._inputs import Inputs
from pcbin.cli._interrupts import Interrupts, interrupts
from pcbin.cli._paths import STREAM, Found, check, is_current, name_in, need_free
from pcbin.cli._read_ahead import Work, encode_ahead, read_ahead, read_now, until_interrupted
from pcbin.codec import Coded, Encoder
from pcbin.coding.options import Options
from pcbin.errors import InputError
from pcbin.formats.names import stored_name
from pcbin.modalities import Item, Reading

COMMIT_SIZE = 4096
"""Inputs after which an archive is complete again: as many as one chunk of it holds."""


class ArchiveEncoder:
    """Encodes objects one by one into an archive; what cannot be read is omitted and reported."""

    def __init__(self, console: Console, *, measure: bool, force: bool) -> None:
        self._console, self._measure, self._force = console, measure, force
        self._raw_bits = self._code_bits = 0
        self._seconds = 0.0
        self._measured: list[tuple[str, Any]] = []
        self._total = self._done = self._written = 0
        self._lost: dict[str, None] = {}

    def run(
        self,
        names: tuple[str, ...],
        out: str,
        globs: Globs,
        *,
        append: bool,
        skip_existing: bool,
        reading: Reading,
        **options: Any,
    ) -> None:
        """Writes the archive of the inputs called `names` (STREAM: one from standard input) and the report,
        and ends the command.

        The archive is complete after every COMMIT_SIZE inputs, and when the command is interrupted; only
        where it replaces another one does it appear at the end. reading: how inputs are read; options: those
        of `pcbin.open`.
        """
        target = None if out == STREAM else Path(out)
        before = _size(target) if append and target else 0
        inputs = Inputs.of(_codec(target if append else None, options), reading)
        found = [] if names == (STREAM,) else inputs.gather(names, globs)
        self._total = max(1, len(found))
        if target is not None:
            check([(one.path, target) for one in found], merged=True)
            if skip_existing and found:
                found = self._without_old(found, target, append=append)
                self._done = self._console.skipped
                if not found:
                    self._console.finish(self._total)
                    return
            if not append:
                need_free(target, force=self._force)
        sink = streams.Counted(streams.stdout(force=self._force)) if target is None else target
        with interrupts() as ctrl_c:
            writer = self._write(sink, inputs, found, options, ctrl_c, append=append)
        size = (sink.stat().st_size if isinstance(sink, Path) else sink.bytes) - before
        self._sum_up(writer, target or "standard output", size, append)
        if ctrl_c.pressed():
            self._console.warn(f"{target} holds what was encoded so far; go on with --resume")
            raise ctrl_c.again()
        self._console.finish(self._total)

    def _write(
        self,
        sink: Path | streams.Counted,
        inputs: Inputs,
        found: list[Found],
        options: dict[str, Any],
        ctrl_c: Interrupts,
        *,
        append: bool,
    ) -> ArchiveWriter:
        """Encodes the inputs (none: standard input) part by part; the archive is complete after each part.

        A pipe, and an archive that replaces another, are complete at the end alone. Raises InputError where
        nothing could be encoded, KeyboardInterrupt where there is nothing to keep.
        """
        mode: Literal["w", "x", "a"] = "a" if append else "w" if self._force else "x"
        whole = not isinstance(sink, Path) or (mode == "w" and sink.exists())
        size = max(1, len(found)) if whole else COMMIT_SIZE
        parts = deque(found[start : start + size] for start in range(0, max(1, len(found)), size))
        while True:
            with pcbin.archive.open(cast(BinaryIO, sink), mode, warn=False, **options) as writer:
                written = self._written
                while parts and self._written == written and not ctrl_c.pressed():  # else nothing to commit
                    self._fill(writer, inputs, parts.popleft(), ctrl_c)
                if ctrl_c.pressed() and (whole or not self._written):
                    raise ctrl_c.again()
                if not self._written:
                    where = sink if isinstance(sink, Path) else "standard output"
                    noun = inputs.modality.noun
                    raise InputError(f"{where}: none of the {noun}s could be encoded; nothing was written")
            if not parts or ctrl_c.pressed():
                return writer
            mode = "a"
            options["full_hash"] = False  # which the file has by now

    def _without_old(self, found: list[Found], target: Path, *, append: bool) -> list[Found]:
        """The inputs that are not in the archive; without `append` those are all, or none where it is newer
        than all of them."""
        if append:
            with pcbin.archive.open(target) as archive:
                present = {name_in(metadata) for metadata in archive.iter_metadata()}
            old = [one for one in found if one.name.as_posix() in present]
        else:
            old = found if all(is_current(target, one.path) for one in found) else []
        for one in old:
            self._console.skip(str(one), str(target))
        skipped = set(old)
        return [one for one in found if one not in skipped]

    def _fill(self, writer: ArchiveWriter, inputs: Inputs, found: list[Found], ctrl_c: Interrupts) -> None:
        """Encodes some of the inputs (none: standard input); returns early when interrupted."""

        def read(one: Found | None) -> Item:
            return inputs.read(streams.stdin() if one is None else one.path)

        with ExitStack() as stack:
            sources: list[Found | None] = list(found)
            items = stack.enter_context(read_ahead(sources, read)) if found else [read_now(None, read)]
            encoded = stack.enter_context(encode_ahead(items, writer.codec, batches=True))
            for work in until_interrupted(encoded, ctrl_c):
                self._add(writer, work)

    def _add(self, writer: ArchiveWriter, work: Work[Found | None]) -> None:
        one = work.source
        shown = "standard input" if one is None else str(one)
        with self._console.attempt(shown):
            item, coded = work.done()
            writer.add(coded, None if one is None else {"name": stored_name(one.name.as_posix())})
            self._say(shown, None if one is None else one.name.as_posix(), item, coded, pose=writer.pose)
        self._done += 1
        self._console.progress(self._done, self._total)

    def _say(self, shown: str, name: str | None, item: Item, coded: Coded, *, pose: bool) -> None:
        self._written += 1
        self._raw_bits += item.raw_bits
        self._code_bits += coded.bits
        self._seconds += coded.seconds
        self._lost |= dict.fromkeys(item.lost)
        document = {
            "input": shown, "name": name, **item.size, "payload_bits": coded.bits,
            "encode_ms": milliseconds(coded.seconds), **item.facts, **left_out(coded),
        }  # fmt: skip
        line, evaluation = shown, None
        if self._measure:
            evaluation = coded.evaluate(item.array, pose=pose)
            report = coded.codec.modality.report
            self._measured.append((shown, evaluation))
            document |= {
                key: value for key, value in report.document(evaluation).items() if value is not None
            }
            line += f"  {report.line(evaluation)}"
        document |= judged(self._console, shown, coded, evaluation)
        if coded.is_turned:
            document["turned"] = True
            line += "  (turned)"
        omitted = [*item.omitted, *filter(None, [coded.omitted])]
        line = printable(line) + "".join(f"\n  {printable(note)}" for note in omitted)
        self._console.report(line, document)

    def _sum_up(self, writer: ArchiveWriter, target: Path | str, size: int, append: bool) -> None:
        modality, bits, raw = writer.codec.modality, self._code_bits / self._written, self._raw_bits
        noun, verb = modality.noun, "added to" if append else "->"
        lines = [
            f"{count(self._written, noun)} {verb} {target}",
            f"  {bits:g} bits of code per {noun}, {size:,} bytes {'more' if append else 'as a file'} "
            f"({size / self._written:,.1f} per {noun}): "
            + ratios(raw / (8 * size), raw / (bits * self._written), modality.raw, codes="codes"),
        ]
        document: dict[str, Any] = {
            "summary": True, "output": str(target), f"{noun}s": self._written, "failed": self._console.failed,
            "bytes": size, f"bytes_per_{noun}": size / self._written, "ratio": raw / (8 * size),
            "encode_ms": milliseconds(self._seconds),
        }  # fmt: skip
        if self._measured:
            line, means = modality.report.mean(self._measured)
            document |= means
            lines.append(f"  {line}")
        lost = f"; not kept: {', '.join(self._lost)}" if self._lost else ""
        lines.append(f"  encoded in {ms(self._seconds)}{lost}")
        self._console.report("\n".join(map(printable, lines)), document)


def _codec(archive: Path | None, options: dict[str, Any]) -> Encoder:
    """What encodes: the model of an archive that is appended to, or the one that was named."""
    model, device = options["model"], options["device"]
    if archive is None:
        return encoder(model or AUTO, Options(licence=options["licence"]), device=device)
    with pcbin.archive.open(archive, model=model, device=device) as old:
        return old.codec


def _size(archive: Path) -> int:
    try:
        return archive.stat().st_size
    except FileNotFoundError:
        raise InputError(f"{archive}: no such archive to add to; omit --append to create it") from None

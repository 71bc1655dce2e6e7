"""`pcbin encode` into an archive: a new one, an old one, or one that goes down a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import pcbin.archive
from pcbin._words import article, count, milliseconds, ms, times
from pcbin.archive_writer import ArchiveWriter
from pcbin.cli import _streams as streams
from pcbin.cli._console import Console
from pcbin.cli._encode_files import judged
from pcbin.cli._inputs import Inputs
from pcbin.cli._paths import STREAM, Found, check, need_free
from pcbin.codec import Coded
from pcbin.errors import InputError, PcbinError
from pcbin.modalities import Item

Metadata = Mapping[str, Any] | None


class ArchiveEncoder:
    """Encodes objects one by one into an archive; what cannot be read is omitted and reported."""

    def __init__(self, console: Console, *, measure: bool, force: bool) -> None:
        self._console, self._measure, self._force = console, measure, force
        self._raw_bits = 0
        self._seconds = 0.0
        self._measured: list[tuple[str, Any]] = []
        self._written = 0
        self._lost: dict[str, None] = {}

    def run(
        self,
        names: tuple[str, ...],
        out: str,
        *,
        append: bool,
        reading: dict[str, Any],
        **options: Any,
    ) -> None:
        """Writes the archive of the inputs called `names` (STREAM: one from standard input) and the report,
        and ends the command. reading: how inputs are read; options: those of `pcbin.open`."""
        target = None if out == STREAM else Path(out)
        before = 0
        mode: Literal["w", "x", "a"] = "a" if append else "w" if self._force else "x"
        if target is None:
            sink = streams.Counted(streams.stdout(force=self._force))
        elif append:
            before = _size(target)
        else:
            need_free(target, force=self._force)
        with pcbin.archive.open(
            cast(BinaryIO, sink) if target is None else target, mode, **options
        ) as writer:
            inputs = Inputs.of(writer.codec, **reading)
            found = [] if names == (STREAM,) else inputs.gather(names)
            if target is not None:
                check([(one.path, target) for one in found], merged=True)
            self._fill(writer, inputs, found)
            if not self._written:
                noun = writer.codec.modality.noun
                raise InputError(f"{out}: none of the {noun}s could be encoded; nothing was written")
        size = (target.stat().st_size if target else sink.bytes) - before
        self._sum_up(writer, target or "standard output", size, append)
        self._console.finish(max(1, len(found)))

    def _fill(self, writer: ArchiveWriter, inputs: Inputs, found: list[Found]) -> None:
        waiting: list[tuple[str, str | None, Item]] = []  # read, and on their way through the encoder

        def items() -> Iterator[tuple[Any, Metadata]]:
            sources: list[Found | None] = list(found) or [None]
            for done, one in enumerate(sources):
                self._console.progress(done, len(found))
                name, item = "standard input" if one is None else str(one), None
                with self._console.attempt(name):
                    item = inputs.read(streams.stdin() if one is None else one.path)
                if item is not None:
                    kept = None if one is None else one.name.as_posix()
                    waiting.append((name, kept, item))
                    yield item.array, None if kept is None else {"name": kept}

        for coded in writer.write(items()):
            shown, kept, item = waiting.pop(0)
            if isinstance(coded, PcbinError):
                self._console.error(coded, shown)
            else:
                self._say(shown, kept, item, coded, pose=writer.pose)

    def _say(self, shown: str, name: str | None, item: Item, coded: Coded, *, pose: bool) -> None:
        self._written += 1
        self._raw_bits += item.raw_bits
        self._seconds += coded.seconds
        self._lost |= dict.fromkeys(item.lost)
        document = {
            "input": shown, "name": name, **item.size, "payload_bits": coded.bits,
            "encode_ms": milliseconds(coded.seconds), **item.facts,
        }  # fmt: skip
        line = shown
        if self._measure:
            evaluation = coded.evaluate(item.array, pose=pose)
            self._measured.append((shown, evaluation))
            document |= {key: value for key, value in asdict(evaluation).items() if value is not None}
            document |= judged(self._console, shown, coded, evaluation)
            line += f"  {coded.codec.modality.report.line(evaluation)}"
        self._console.report(line, document)

    def _sum_up(self, writer: ArchiveWriter, target: Path | str, size: int, append: bool) -> None:
        modality, bits, raw = writer.codec.modality, writer.codec.bits, self._raw_bits
        noun, verb = modality.noun, "added to" if append else "->"
        lines = [
            f"{count(self._written, noun)} {verb} {target}",
            f"  {bits} bits of code {article(noun)}, {size:,} bytes {'more' if append else 'as a file'} "
            f"({size / self._written:,.1f} {article(noun)}): {times(raw / (8 * size))} smaller than "
            f"{modality.raw} (the codes alone: {times(raw / (bits * self._written))})",
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
        self._console.report("\n".join(lines), document)


def _size(archive: Path) -> int:
    try:
        return archive.stat().st_size
    except FileNotFoundError:
        raise InputError(f"{archive}: no such archive to add to; omit --append to create it") from None

"""`pcbin encode` into an archive: a new one, an old one, or one that goes down a pipe."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.cli import streams
from pcbin.cli.coding import Coded, Coder
from pcbin.cli.console import Console
from pcbin.cli.paths import STREAM, Found, need_free
from pcbin.cli.words import article, count, milliseconds, ms, times
from pcbin.errors import InputError
from pcbin.formats import pcb

STDIN = "standard input"


def kept_by(path: Path) -> tuple[bytes, int, bool]:
    """The hash of an archive's model, the bits of its codes, and whether its clouds have poses. Raises
    InputError, FormatError."""
    try:
        with pcb.ArchiveReader(path) as reader:
            if reader.header.layout == "single":
                raise InputError(
                    f"{path}: holds a single cloud and cannot grow; encode into an archive with --archive"
                )
            return reader.model_id, reader.code_bits, reader.pose_kind != "none"
    except FileNotFoundError:
        raise InputError(f"{path}: no such archive to add to; leave --append away to create it") from None


class Archiving:
    """Encodes clouds or images one by one into an archive; what cannot be read is left out and reported."""

    def __init__(self, coder: Coder, console: Console, *, report: bool, force: bool, entropy: bool) -> None:
        self._coder, self._console = coder, console
        self._report, self._force, self._entropy = report, force, entropy
        self._raw_bits = 0
        self._seconds = 0.0
        self._measured: list[tuple[str, Any]] = []
        self._written = 0
        self._lost: dict[str, None] = {}

    def run(self, found: list[Found], out: str, *, append: bool, metadata: dict[str, str]) -> None:
        """Writes the archive (no inputs: one from standard input), the report, and ends the command."""
        target = None if out == STREAM else Path(out)
        before = 0
        if target is None:
            sink = streams.Counted(streams.stdout(force=self._force))
        elif append:
            before = target.stat().st_size
        else:
            need_free(target, force=self._force)
        options: dict[str, Any] = {
            "model_id": self._coder.codec.model.id,
            "code_bits": self._coder.codec.bits,
            "table": self._coder.codec.table_to_write_with() if self._entropy else None,
        }
        with ExitStack() as stack:
            if append and target is not None:
                writer = stack.enter_context(pcb.append_archive(target, **options))
            else:
                options |= {"pose": "float64" if self._coder.pose else "none", "metadata": metadata}
                if target is None:
                    writer = stack.enter_context(pcb.ArchiveWriter(sink, **options))  # type: ignore[arg-type]
                else:
                    writer = stack.enter_context(pcb.create_archive(target, overwrite=self._force, **options))
            for done, one in enumerate(found):
                self._console.progress(done, len(found))
                self._add(writer, one.path, str(one), one.name.as_posix())
            if not found:
                self._add(writer, streams.stdin(), STDIN, None)
            if not self._written:
                raise InputError(
                    f"{out}: none of the {self._coder.noun}s could be encoded; nothing was written"
                )
        self._sum_up(
            target or "standard output", (target.stat().st_size if target else sink.bytes) - before, append
        )
        self._console.finish(max(1, len(found)))

    def _add(self, writer: pcb.ArchiveWriter, source: Any, shown: str, name: str | None) -> None:
        coded: Coded | None = None
        with self._console.attempt(shown):
            coded = self._coder.code(source)
        if coded is None:
            return
        pose = coded.pose
        try:  # an error of the disk is not this input's: it ends the command and leaves the old file
            writer.add_many(
                coded.codes,
                np.array([pose.center]) if pose else None,
                np.array([pose.scale]) if pose else None,
                [{"name": name}] if name is not None else None,
            )
        except InputError as error:
            self._console.error(error, shown)
            return
        self._written += 1
        self._raw_bits += coded.raw_bits
        self._seconds += coded.seconds
        self._lost |= dict.fromkeys(coded.lost)
        document = {
            "input": shown, "name": name, **coded.size, "payload_bits": coded.bits,
            "encode_ms": milliseconds(coded.seconds), **coded.facts,
        }  # fmt: skip
        line = shown
        if self._report:
            evaluation = coded.evaluation()
            self._measured.append((shown, evaluation))
            document |= {k: value for k, value in coded.figures(evaluation).items() if value is not None}
            if warning := coded.unlike_training(evaluation):
                self._console.warn(f"{shown}: {warning}")
            line += f"  {self._coder.measures.quality(evaluation)}"
        self._console.report(line, document)

    def _sum_up(self, target: Path | str, size: int, append: bool) -> None:
        bits, raw, noun = self._coder.codec.bits, self._raw_bits, self._coder.noun
        verb = "added to" if append else "->"
        lines = [
            f"{count(self._written, noun)} {verb} {target}",
            f"  {bits} bits of code {article(noun)}, {size:,} bytes {'more' if append else 'as a file'} "
            f"({size / self._written:,.1f} {article(noun)}): {times(raw / (8 * size))} smaller than "
            f"{self._coder.raw} (the codes alone: {times(raw / (bits * self._written))})",
        ]
        document: dict[str, Any] = {
            "summary": True, "output": str(target), f"{noun}s": self._written, "failed": self._console.failed,
            "bytes": size, f"bytes_per_{noun}": size / self._written, "ratio": raw / (8 * size),
            "encode_ms": milliseconds(self._seconds),
        }  # fmt: skip
        if self._measured:
            line, means = self._coder.measures.mean(self._measured)
            document |= means
            lines.append(f"  {line}")
        lost = f"; not kept: {', '.join(self._lost)}" if self._lost else ""
        lines.append(f"  encoded in {ms(self._seconds)}{lost}")
        self._console.report("\n".join(lines), document)

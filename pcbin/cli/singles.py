"""`pcbin encode` into one .pcb file a cloud, or image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pcbin.cli import streams
from pcbin.cli.coding import Coded, Coder
from pcbin.cli.console import Console
from pcbin.cli.paths import Found, Job, make_folder, need_free
from pcbin.cli.words import milliseconds, ms, times
from pcbin.formats.atomic import write_atomic


@dataclass(frozen=True)
class Singles:
    """Encodes clouds or images into a file each. report: whether each is decoded again and measured."""

    coder: Coder
    console: Console
    metadata: dict[str, str]
    force: bool
    report: bool
    entropy: bool

    def run(self, jobs: list[Job], *, folders: bool) -> None:
        """Does the jobs, and ends the command. folders: the folders of the targets are created."""
        for done, job in enumerate(jobs):
            self.console.progress(done, len(jobs))
            with self.console.attempt(str(job.found)):
                need_free(job.target, force=self.force)
                coded = self.coder.code(job.found.path)
                data = coded.data(self.metadata, entropy=self.entropy)
                if folders:
                    make_folder(job.target.parent)
                write_atomic(job.target, data, overwrite=self.force)
                self._say(str(job.found), job.target, coded, data)
        self.console.finish(len(jobs))

    def stream(self, found: Found | None, target: Path | None) -> None:
        """One cloud or image, from standard input (None) or to standard output (None)."""
        name = "standard input" if found is None else str(found)
        if target is None:
            sink = streams.stdout(force=self.force)
        with self.console.attempt(name):
            if target is not None:
                need_free(target, force=self.force)
            coded = self.coder.code(streams.stdin() if found is None else found.path)
            data = coded.data(self.metadata, entropy=self.entropy)
            if target is not None:
                write_atomic(target, data, overwrite=self.force)
            else:
                sink.write(data)
                sink.flush()
            self._say(name, target, coded, data)
        self.console.finish(1)

    def _say(self, name: str, target: Path | None, coded: Coded, data: bytes) -> None:
        """The report on what was written."""
        bits, raw = coded.bits, coded.raw_bits
        lines = [
            f"{name} -> {target or 'standard output'}",
            f"  {bits} bits of code, {len(data):,} bytes as a file: {times(raw / (8 * len(data)))} "
            f"smaller than {self.coder.raw} (the code alone: {times(raw / bits)})",
        ]
        document: dict[str, Any] = {
            "input": name,
            "output": None if target is None else str(target),
            "model": coded.codec.model.name,
            "bytes": len(data),
            "encode_ms": milliseconds(coded.seconds),
            **coded.facts,
        }
        if self.report:
            evaluation = coded.evaluation(data)
            document |= coded.figures(evaluation)
            if warning := coded.unlike_training(evaluation):
                self.console.warn(f"{name}: {warning}")
            lines.append(f"  {self.coder.measures.quality(evaluation)}; encoded in {ms(coded.seconds)}")
        else:
            document |= {**coded.size, "payload_bits": bits, "container_bits": 8 * len(data)}
            lines.append(f"  encoded in {ms(coded.seconds)}; quality not measured")
        lines += [f"  {note}" for note in coded.notes()]
        if coded.lost:
            lines.append(f"  not kept: {', '.join(coded.lost)}")
        self.console.report("\n".join(lines), document)

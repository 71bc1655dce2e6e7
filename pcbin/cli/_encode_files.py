"""`pcbin encode` into one .pcb file an object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pcbin._words import milliseconds, ms, printable, ratios
from pcbin.cli import _streams as streams
from pcbin.cli._console import Console
from pcbin.cli._inputs import Inputs
from pcbin.cli._interrupts import interrupts
from pcbin.cli._paths import Found, Job, is_current, make_folder, need_free
from pcbin.cli._read_ahead import Work, encode_ahead, read_ahead, until_interrupted
from pcbin.codec import Coded, Encoder
from pcbin.formats.atomic import write_atomic
from pcbin.modalities import Item


@dataclass(frozen=True)
class FileEncoder:
    """Encodes objects into a file each. measure: whether each is decoded again to measure its quality."""

    encoder: Encoder
    inputs: Inputs
    console: Console
    metadata: dict[str, str]
    pose: bool
    force: bool
    measure: bool
    entropy: bool

    def run(self, jobs: list[Job], *, folders: bool, skip_existing: bool) -> None:
        """Does the jobs, and ends the command. folders: the folders of the targets are created."""

        def read(job: Job) -> Item | None:
            job.check()
            if skip_existing and is_current(job.target, job.found.path):
                return None
            need_free(job.target, force=self.force)
            return self.inputs.read(job.found.path)

        with (
            interrupts() as ctrl_c,
            read_ahead(jobs, read) as items,
            encode_ahead(items, self.encoder, batches=False) as encoded,
        ):
            for done, work in enumerate(until_interrupted(encoded, ctrl_c), 1):
                with self.console.attempt(str(work.source.found)):
                    self._write(work, folders=folders)
                self.console.progress(done, len(jobs))
        if ctrl_c.pressed():
            if len(jobs) > 1:
                self.console.warn("what was encoded so far is there; go on with --resume")
            raise ctrl_c.again()
        self.console.finish(len(jobs))

    def _write(self, work: Work[Job], *, folders: bool) -> None:
        name, target = str(work.source.found), work.source.target
        if work.item is None and work.error is None:
            self.console.skip(name, str(target))
            return
        item, coded = work.done()
        data = self._packed(coded)
        if folders:
            make_folder(target.parent)
        write_atomic(target, data, overwrite=self.force)
        self._say(name, target, item, coded, data)

    def stream(self, found: Found | None, target: Path | None) -> None:
        """One object, from standard input (None) or to standard output (None)."""
        name = "standard input" if found is None else str(found)
        if target is None:
            sink = streams.stdout(force=self.force)
        with self.console.attempt(name):
            if target is not None:
                need_free(target, force=self.force)
            item = self.inputs.read(streams.stdin() if found is None else found.path)
            coded = self.encoder.code(item.array)
            data = self._packed(coded)
            if target is not None:
                write_atomic(target, data, overwrite=self.force)
            else:
                sink.write(data)
                sink.flush()
            self._say(name, target, item, coded, data)
        self.console.finish(1)

    def _packed(self, coded: Coded) -> bytes:
        return coded.pack(pose=self.pose, metadata=self.metadata, entropy=self.entropy)

    def _say(self, name: str, target: Path | None, item: Item, coded: Coded, data: bytes) -> None:
        """The report on what was written."""
        modality = coded.codec.modality
        is_packed = coded.payload_bits < coded.bits
        length = f"{coded.bits} packed into {coded.payload_bits}" if is_packed else f"{coded.bits}"
        lines = [
            f"{name} -> {target or 'standard output'}",
            f"  {length} bits of code, {len(data):,} bytes as a file: "
            f"{ratios(item.raw_bits / (8 * len(data)), item.raw_bits / coded.payload_bits, modality.raw)}",
        ]
        document: dict[str, Any] = {
            "input": name,
            "output": None if target is None else str(target),
            "model": coded.codec.model.name,
            "bytes": len(data),
            "encode_ms": milliseconds(coded.seconds),
            **item.facts,
            **left_out(coded),
        }
        evaluation = None
        if self.measure:
            evaluation = coded.evaluate(item.array, data=data, pose=self.pose)
            document |= modality.report.document(evaluation)
            lines.append(f"  {modality.report.line(evaluation)}; encoded in {ms(coded.seconds)}")
        else:
            document |= {**item.size, "payload_bits": coded.payload_bits, "container_bits": 8 * len(data)}
            lines.append(f"  encoded in {ms(coded.seconds)}; quality not measured")
        document |= judged(self.console, name, coded, evaluation)
        if is_packed:
            document["code_bits"] = coded.bits
        if coded.is_turned:
            document["turned"] = True
            lines.append("  turned for the model; the file keeps the rotation")
        lines += [f"  {note}" for note in (*item.notes, *item.omitted, *filter(None, [coded.omitted]))]
        if item.lost:
            lines.append(f"  not kept: {', '.join(item.lost)}")
        self.console.report("\n".join(map(printable, lines)), document)


def left_out(coded: Coded) -> dict[str, int]:
    """How many points of a cloud were left out as outliers, for JSON; images have none."""
    if not coded.codec.modality.has_points:
        return {}
    return {"outliers": 0 if coded.left_out is None else int(coded.left_out.sum())}


def judged(console: Console, name: str, coded: Coded, evaluation: Any) -> dict[str, bool]:
    """Warns where an object is unlike those that its model was trained on; the same for JSON, where it is
    known. evaluation: None where there is none; the search may have measured the distance all the same."""
    warning = warning_of(coded, evaluation)
    if warning is not None:
        console.warn(f"{name}: {warning}")
    measured = coded.chamfer is not None or (evaluation is not None and coded.codec.modality.has_points)
    return {"unlike_training": warning is not None} if measured else {}


def warning_of(coded: Coded, evaluation: Any) -> str | None:
    """What people should be told of an object that is unlike those that its model was trained on."""
    modality = coded.codec.modality
    if coded.codec.options.complete:
        return None  # its distance is one way
    if evaluation is None or not modality.has_points:
        return coded.unlike_training
    # of all points, and the number that is reported
    return modality.unlike_training(coded.codec.model, coded.bits, evaluation.chamfer)

"""`pcbin cluster`: which cluster each code belongs to, without any network."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from pcbin._words import count, listing, printable, table_lines
from pcbin.cli import _options as options
from pcbin.cli._console import Console, plain
from pcbin.cli._paths import STREAM, check, gather, is_pcb, name_in, need_free

if TYPE_CHECKING:
    from pcbin.cluster import Mixture

Row = dict[str, Any]
COLUMNS = ("input", "index", "name", "cluster", "probability")
BATCH_SIZE = 4096
BATCH_NUMBERS = 2**20
"""Probabilities that are computed at once."""


class Rows:
    """What is said of each code, on the disk: an archive of a few bytes may hold millions of codes.

    sizes: how many codes are in each cluster.
    """

    def __init__(self, components: int) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="ascii", newline="\n")  # noqa: SIM115
        self.sizes = [0] * components

    def __len__(self) -> int:
        return sum(self.sizes)

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(0)
        return map(json.loads, self._file)

    def extend(self, rows: Iterable[Row]) -> None:
        """All of them, or, where the iteration fails, none."""
        end, sizes = self._file.seek(0, io.SEEK_END), list(self.sizes)
        try:
            for row in rows:
                self._file.write(json.dumps(row) + "\n")
                self.sizes[row["cluster"]] += 1
        except BaseException:
            self._file.seek(end)
            self._file.truncate()
            self.sizes = sizes
            raise

    def close(self) -> None:
        self._file.close()


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--mixture",
    "mixture_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A mixture file; no weights are then needed.",
)
@options.model
@options.output("Write the table to a .csv or .json file instead of printing it.")
@options.force
@options.as_json
def cluster(
    *,
    files: tuple[str, ...],
    mixture_file: Path | None,
    model: str | None,
    out: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Sort the codes of .pcb files into clusters.

    FILES are .pcb files, folders, or - for standard input. The clusters come from a Bernoulli mixture: that
    of a mixture file, which `pcbin models mixture` writes, or that of a model. Nothing is decoded.

    The report gives the most probable cluster of each code, counted from 0, its probability, and the sizes of
    the clusters.

    \b
    Examples:
      pcbin cluster digits.pcb --mixture digits.pcbm
      pcbin cluster inbox/ --model digits -o clusters.csv
      pcbin cluster digits.pcb --mixture digits.pcbm --json | head -n 3
    """
    if (mixture_file is None) == (model is None):
        raise click.UsageError("pass --mixture FILE or --model MODEL, one of the two")
    target = None if out is None else _target(out)
    console = Console(as_json=as_json)
    streamed = list(files) == [STREAM]
    found = [] if streamed else gather(files, is_pcb, ".pcb file")
    if target is not None:
        need_free(target, force=force)
        read = [one.path for one in found] + ([] if mixture_file is None else [mixture_file])
        check([(path, target) for path in read], merged=True)
    mixture = _mixture(mixture_file, model)
    with closing(Rows(mixture.components)) as rows:
        if streamed:
            from pcbin.cli import _streams as streams

            with console.attempt("standard input"):
                rows.extend(_rows("standard input", streams.stdin(), mixture))
        for done, one in enumerate(found):
            console.progress(done, len(found))
            with console.attempt(str(one)):
                rows.extend(_rows(str(one), one.path, mixture))
        if len(rows) or not console.failed:
            if target is not None:
                _write(target, rows, force=force)
            _report(console, rows, mixture, target)
    console.finish(1 if streamed else len(found))


def _target(out: str) -> Path:
    if Path(out).suffix.lower() not in (".csv", ".json"):
        raise click.UsageError(f"{out}: name a .csv or a .json file with -o")
    return Path(out)


def _mixture(file: Path | None, model: str | None) -> Mixture:
    from pcbin.cluster import Mixture
    from pcbin.models import zoo

    if model is not None:
        return Mixture.of(zoo.load(model))
    assert file is not None  # one of the two was given
    return Mixture.load(file)


def _rows(name: str, source: Path | BinaryIO, mixture: Mixture) -> Iterator[Row]:
    """What is said of each code of a file; `source` may be a pipe."""
    import numpy as np

    from pcbin.archive import open

    with open(source) as archive:
        if not archive.mixed:
            mixture.check(archive.model_id, archive.bits)
        records, index = archive.records(), 0
        size = max(1, min(BATCH_SIZE, BATCH_NUMBERS // mixture.components))
        while some := list(islice(records, size)):
            for record in some:
                mixture.check(record.model_id or archive.model_id, len(record.code))
            codes = np.frombuffer(b"".join(record.code.tobytes() for record in some), np.uint8)
            probabilities = mixture.responsibilities(codes.reshape(len(some), -1))
            for record, row, best in zip(some, probabilities, probabilities.argmax(axis=1), strict=True):
                yield {
                    "input": name,
                    "index": index,
                    "name": name_in(record.metadata),
                    "cluster": int(best),
                    "probability": float(row[best]),
                }
                index += 1


def _write(target: Path, rows: Rows, *, force: bool) -> None:
    from pcbin.formats.atomic import open_atomic

    with open_atomic(target, overwrite=force) as file:
        text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="")
        if target.suffix.lower() == ".json":
            before = "[\n"
            for row in rows:
                text.write(before + _indented(row))
                before = ",\n"
            text.write("\n]\n" if len(rows) else "[]\n")
        else:
            writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
        text.detach()


def _indented(row: Row) -> str:
    """As `json.dumps` has it in a list with an indent of 1."""
    return " " + json.dumps(plain(row), indent=1).replace("\n", "\n ")


def _cell(value: Any) -> str:
    """A spreadsheet must not take a name for a formula: names come from files of strangers."""
    text = "" if value is None else printable(str(value))
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _report(console: Console, rows: Rows, mixture: Mixture, target: Path | None) -> None:
    """The codes one by one, unless a file has them, and the sizes of the clusters."""
    total, sizes = len(rows), rows.sizes
    if target is None and console.as_json:
        for row in rows:
            console.report("", row)
    elif target is None:
        head = ("CODE", "CLUSTER", "PROBABILITY")
        for line in table_lines(head, lambda: map(_shown, rows)):
            console.report(line, {})
        console.report("", {})
    used = sum(size > 0 for size in sizes)
    text = f"{count(total, 'code')} in {used} of {count(mixture.components, 'cluster')}"
    text += "" if target is None else f", written to {printable(str(target))}"
    shares = [
        (f"cluster {c}", f"{size:,} ({100 * size / total:.1f} %)") for c, size in enumerate(sizes) if size
    ]
    document = {
        "summary": True, "codes": total, "failed": console.failed, "model_id": mixture.model_id,
        "sizes": sizes, "output": None if target is None else str(target),
    }  # fmt: skip
    console.report(f"{text}\n{listing(shares)}", document)


def _shown(row: Row) -> tuple[str, str, str]:
    return _title(row), str(row["cluster"]), f"{row['probability']:.4f}"


def _title(row: Row) -> str:
    """A code as people know it: its file, and its name or number in an archive."""
    if row["name"] is not None:
        return f"{row['input']}: {row['name']}"
    return str(row["input"]) if row["index"] == 0 else f"{row['input']}: {row['index']}"

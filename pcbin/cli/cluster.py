"""`pcbin cluster`: which cluster each code belongs to."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from pcbin._words import count, listing, printable, table_lines
from pcbin.cli import _options as options
from pcbin.cli._console import Console, plain
from pcbin.cli._paths import STREAM, check, gather, is_pcb, name_in, need_free

if TYPE_CHECKING:
    from pcbin.cli._clusters import Sorter, Sources

Row = dict[str, Any]
AUTO = "auto"
COLUMNS = ("input", "index", "name", "cluster")
"""Of a table, and of each row; what the clusters measure comes last."""
BATCH_SIZE = 4096
BATCH_NUMBERS = 2**20
"""Probabilities that are computed at once."""


class Rows:
    """What is said of each code, on the disk: an archive of a few bytes may hold millions of codes.

    sizes: how many codes are in each cluster. labels: of objects, by their names, where they are known.
    """

    def __init__(self, clusters: int, labels: dict[str, str] | None = None) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="ascii", newline="\n")  # noqa: SIM115
        self.sizes = [0] * clusters
        self.labels = labels

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

    def scores(self) -> dict[str, Any]:
        """How well the clusters stand for the labels, of the codes that have one. Raises InputError."""
        from pcbin.errors import InputError
        from pcbin.metrics import accuracy, ari, nmi

        known = self.labels or {}
        pairs = [(known[name], row["cluster"]) for row in self for name in _names(row) if name in known]
        if not pairs:
            raise InputError("labels: none of the names is one of the codes'; `pcbin list` shows those")
        labels, clusters = zip(*pairs, strict=True)
        scores = {
            "acc": accuracy(labels, clusters),
            "nmi": nmi(labels, clusters),
            "ari": ari(labels, clusters),
        }
        return {"labelled": len(pairs), **scores}

    def close(self) -> None:
        self._file.close()


def _number(ctx: click.Context, param: click.Parameter, text: str | None) -> int | str | None:
    """A number above 0, or auto. Raises BadParameter."""
    if text is None or text == AUTO:
        return text
    if not text.isdecimal() or not int(text):
        raise click.BadParameter(f"{text!r} is neither a whole number above 0 nor auto", ctx, param)
    return int(text)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--mixture",
    "mixture_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The clusters of a mixture file; no weights are then needed.",
)
@options.model
@click.option(
    "--clusters",
    metavar="N",
    callback=_number,
    help="Find so many clusters of the codes; auto: as many as the Bayesian information criterion chooses.",
)
@click.option(
    "--method",
    type=click.Choice(["mixture", "k-modes"]),
    help="What to find: a Bernoulli mixture, or modes by Hamming distance.  [default: mixture]",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="Random seed of the starts of --clusters.",
)  # fmt: skip
@click.option(
    "--save", metavar="FILE", type=click.Path(path_type=Path),
    help="Write the mixture that --clusters found to a .pcbm file.",
)  # fmt: skip
@click.option(
    "--labels", metavar="CSV", type=click.Path(path_type=Path),
    help="A table with the columns name and label: say how well the clusters stand for the labels.",
)  # fmt: skip
@click.option(
    "--sheet", metavar="PNG", type=click.Path(path_type=Path),
    help="Draw the medoid of each cluster, decoded, in the order of the clusters.",
)  # fmt: skip
@options.output("Write the table to a .csv or .json file instead of printing it.")
@options.force
@options.as_json
def cluster(
    *,
    files: tuple[str, ...],
    mixture_file: Path | None,
    model: str | None,
    clusters: int | str | None,
    method: str | None,
    seed: int,
    save: Path | None,
    labels: Path | None,
    sheet: Path | None,
    out: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Sort the codes of .pcb files into clusters.

    FILES are .pcb files, folders, or - for standard input. The clusters come from a Bernoulli mixture: that
    of a mixture file, which `pcbin models mixture` writes, or that of a model; or they are found, with
    --clusters. Nothing is decoded but the medoids of --sheet: the codes that differ from the others of their
    cluster by the fewest bits together.

    The report gives the most probable cluster of each code, counted from 0, its probability, and the sizes of
    the clusters; with --method k-modes the bits that differ from the mode in place of the probability.

    With --labels it also gives accuracy (ACC), normalised mutual information (NMI) and the adjusted Rand
    index (ARI). Names are those that `pcbin list` shows, or of files.

    \b
    Examples:
      pcbin cluster digits.pcb --mixture digits.pcbm
      pcbin cluster inbox/ --model digits -o clusters.csv
      pcbin cluster parts.pcb --clusters auto --sheet medoids.png
      pcbin cluster parts.pcb --clusters 10 --save parts.pcbm --labels parts.csv
      pcbin cluster digits.pcb --mixture digits.pcbm --json | head -n 3
    """
    _check_usage(mixture_file, model, clusters, method=method, save=save, sheet=sheet)
    target = None if out is None else _target(out)
    console = Console(as_json=as_json)
    streamed = list(files) == [STREAM]
    found = [] if streamed else gather(files, is_pcb, ".pcb file")
    read = [one.path for one in found] + [one for one in (mixture_file, labels) if one is not None]
    for written in (target, save, sheet):
        if written is not None:
            need_free(written, force=force)
            check([(path, written) for path in read], merged=True)

    from pcbin.cli import _clusters

    known = None if labels is None else _clusters.read_labels(labels)
    sources: Sources = [(str(one), one.path) for one in found]
    if streamed:
        from pcbin.cli import _streams as streams

        kept = clusters is not None or sheet is not None
        sources = [("standard input", io.BytesIO(streams.stdin().read()) if kept else streams.stdin())]
    if clusters is None:
        sorter = _clusters.of_file(mixture_file, model)
    else:
        sources, codes = _clusters.gathered(console, sources)
        if codes is None:
            console.finish(1 if streamed else len(found))
            return
        sorter = _clusters.fitted(codes, clusters, method, seed)
    with closing(Rows(sorter.count, known)) as rows:
        for done, (name, source) in enumerate(sources):
            console.progress(done, len(sources))
            with console.attempt(name):
                rows.extend(_rows(name, source, sorter))
        if len(rows) or not console.failed:
            if target is not None:
                _write(target, rows, sorter, force=force)
            if save is not None:
                sorter.save(save, force=force)
            if sheet is not None:
                _clusters.draw_medoids(sheet, sources, sorter, force=force)
            _report(console, rows, sorter, [target, save, sheet])
    console.finish(1 if streamed else len(found))


def _check_usage(
    mixture_file: Path | None, model: str | None, clusters: int | str | None, *, method: str | None,
    save: Path | None, sheet: Path | None,
) -> None:  # fmt: skip
    """Raises UsageError for options that do not go together."""
    if sum(one is not None for one in (mixture_file, model, clusters)) != 1:
        raise click.UsageError("pass --mixture FILE, --model MODEL or --clusters N, one of the three")
    if clusters is None and (method is not None or save is not None):
        raise click.UsageError("--method and --save are about clusters that are found, with --clusters N")
    if method == "k-modes" and (clusters == AUTO or save is not None):
        raise click.UsageError("--clusters auto and --save are about mixtures; omit --method k-modes")
    if sheet is not None and sheet.suffix.lower() != ".png":
        raise click.UsageError(f"{sheet}: pictures are PNG; call it something.png")


def _target(out: str) -> Path:
    if Path(out).suffix.lower() not in (".csv", ".json"):
        raise click.UsageError(f"{out}: name a .csv or a .json file with -o")
    return Path(out)


def _rows(name: str, source: Path | BinaryIO, sorter: Sorter) -> Iterator[Row]:
    """What is said of each code of a file; `source` may be a pipe."""
    import numpy as np

    from pcbin.archive import open

    if isinstance(source, io.BytesIO):
        source.seek(0)
    with open(source) as archive:
        if not archive.mixed:
            sorter.check(archive.model_id, archive.bits)
        records, index = archive.records(), 0
        size = max(1, min(BATCH_SIZE, BATCH_NUMBERS // sorter.count))
        while some := list(islice(records, size)):
            for record in some:
                sorter.check(record.model_id or archive.model_id, len(record.code))
            codes = np.frombuffer(b"".join(record.code.tobytes() for record in some), np.uint8)
            clusters, measures = sorter.sort(codes.reshape(len(some), -1))
            for record, best, measure in zip(some, clusters, measures, strict=True):
                yield {
                    "input": name,
                    "index": index,
                    "name": name_in(record.metadata),
                    "cluster": int(best),
                    sorter.measure: measure.item(),
                }
                index += 1


def _write(target: Path, rows: Rows, sorter: Sorter, *, force: bool) -> None:
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
            writer = csv.DictWriter(text, (*COLUMNS, sorter.measure), lineterminator="\n")
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


def _report(console: Console, rows: Rows, sorter: Sorter, written: list[Path | None]) -> None:
    """The codes one by one, unless a file has them, and the sizes of the clusters."""
    total, sizes = len(rows), rows.sizes
    target = written[0]
    if target is None and console.as_json:
        for row in rows:
            console.report("", row)
    elif target is None:
        head = ("CODE", "CLUSTER", sorter.measure.upper())
        for line in table_lines(head, lambda: map(partial(_shown, sorter.measure), rows)):
            console.report(line, {})
        console.report("", {})
    used = sum(size > 0 for size in sizes)
    text = f"{count(total, 'code')} in {used} of {count(sorter.count, 'cluster')}"
    paths = [str(one) for one in written if one is not None]
    text += f", written to {printable(', '.join(paths))}" if paths else ""
    shares = [
        (f"cluster {c}", f"{size:,} ({100 * size / total:.1f} %)") for c, size in enumerate(sizes) if size
    ]
    document = {
        "summary": True, "codes": total, "failed": console.failed, "model_id": sorter.model_id,
        "sizes": sizes, "output": None if target is None else str(target), **sorter.told,
    }  # fmt: skip
    lines = [text, *([listing(shares)] if shares else []), *sorter.lines]
    if rows.labels is not None:
        scores = rows.scores()
        document |= scores
        lines.append(
            f"{count(scores['labelled'], 'code')} with a label: ACC {100 * scores['acc']:.1f} %, "
            f"NMI {100 * scores['nmi']:.1f} %, ARI {100 * scores['ari']:.1f} %"
        )
    console.report("\n".join(lines), document)


def _shown(measure: str, row: Row) -> tuple[str, str, str]:
    value = row[measure]
    return _title(row), str(row["cluster"]), f"{value:.4f}" if isinstance(value, float) else str(value)


def _names(row: Row) -> tuple[str, ...]:
    """By what a table of labels may call a code: its name; without one, its file."""
    return (row["name"],) if row["name"] is not None else (row["input"],)


def _title(row: Row) -> str:
    """A code as people know it: its file, and its name or number in an archive."""
    if row["name"] is not None:
        return f"{row['input']}: {row['name']}"
    return str(row["input"]) if row["index"] == 0 else f"{row['input']}: {row['index']}"

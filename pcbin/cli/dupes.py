"""`pcbin dupes`: shapes that are copies of one another, with the evidence."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console, plain
from pcbin.cli._globs import Globs
from pcbin.cli._paths import is_pcb, need_free

if TYPE_CHECKING:
    from pcbin.search.duplicates import Match
    from pcbin.search.shapes import Shapes

COLUMNS = ("group", "first", "second", "ratio", "chamfer_e3", "mirrored", "scale", "decoded")
KINDS = (".csv", ".json", ".html")


@click.command()
@click.argument("source", type=click.Path())
@options.output("Write the pairs to a .csv or .json file, or a report with pictures to an .html file.")
@options.force
@click.option(
    "--ratio",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="How much farther apart than two samplings of one surface copies may be.  [default: 1.07]",
)
@options.globs
@options.cloud_format
@options.model
@options.up
@options.as_json
def dupes(
    *,
    source: str,
    out: str | None,
    force: bool,
    ratio: float | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    format_: str | None,
    model: str | None,
    up: str,
    as_json: bool,
) -> None:
    """List the shapes that are copies of one another: moved, scaled, turned, mirrored or sampled again.

    SOURCE is a folder of clouds and meshes, an index of `pcbin index` (much faster the second time), or any
    .pcb archive, whose objects are decoded. Nothing is ever deleted.

    Candidates are found by codes and by descriptors that no rotation changes. Each pair of them is then laid
    over one another, and is a copy where the Chamfer distance is about that of two samplings of one surface.
    The report gives this ratio, the distance, the scale from the second to the first, and whether it is
    mirrored; --json and .json add the transform, 4 x 4, that takes the second to the first.

    Objects that are there as codes alone are compared as they decode, marked "decoded": two shapes that one
    code stands for cannot be told apart then.

    \b
    Examples:
      pcbin dupes parts/
      pcbin dupes parts.pcb -o copies.html
      pcbin dupes parts/ --json | head -n 3
    """
    if out is not None and Path(out).suffix.lower() not in KINDS:
        raise click.UsageError(f"{out}: name a .csv, .json or .html file with -o")
    from pcbin.search import duplicates

    console = Console(as_json=as_json)
    if out is not None:
        need_free(Path(out), force=force)
    told: dict[str, None] = {}

    def failed(name: str, error: Exception) -> None:
        if name not in told:
            told[name] = None
            console.error(error, name)

    shapes = _shapes(source, Globs(include, exclude), failed, format=format_, up=up, model=model)
    pairs = duplicates.candidate_pairs(shapes.descriptors, shapes.codes)
    surface = shapes.surfaces(failed)

    def shown() -> Any:
        for done, pair in enumerate(pairs):
            console.progress(done, len(pairs))
            yield pair

    limit = duplicates.RATIO if ratio is None else ratio
    matches = list(duplicates.verified(shown(), surface, ratio=limit))
    groups = duplicates.groups(matches)
    rows = _rows(matches, groups, shapes)
    if out is not None:
        _write(Path(out), rows, groups, shapes, force=force)
    _report(console, rows, groups, shapes, compared=len(pairs), out=out)
    console.finish(len(shapes))


def _shapes(
    source: str, globs: Globs, failed: Any, *, format: str | None, up: str, model: str | None
) -> Shapes:
    from pcbin.cli._shapes import files_below, reader
    from pcbin.search import canonical, shapes
    from pcbin.search.library import Library

    path, read = Path(source), reader(format, up)
    if path.is_dir() or not is_pcb(path):
        return shapes.of_files(files_below(source, format, globs), read, canonical.coder(model), failed)
    if shapes.is_index(path):
        return shapes.of_library(Library(path), read)
    return shapes.of_archive(path, canonical.coder(model))


def _rows(matches: list[Match], groups: list[list[int]], shapes: Shapes) -> list[dict[str, Any]]:
    group = {row: number for number, rows in enumerate(groups, 1) for row in rows}
    return sorted(
        (
            {
                "group": group[one.first],
                "first": shapes.names[one.first],
                "second": shapes.names[one.second],
                "ratio": one.registration.ratio,
                "chamfer_e3": 1e3 * one.registration.chamfer,
                "mirrored": one.registration.mirrored,
                "scale": one.registration.scale,
                "decoded": one.first in shapes.decoded or one.second in shapes.decoded,
                "transform": one.registration.transform.tolist(),
            }
            for one in matches
        ),
        key=lambda row: (row["group"], row["first"], row["second"]),
    )


def _report(
    console: Console,
    rows: list[dict[str, Any]],
    groups: list[list[int]],
    shapes: Shapes,
    *,
    compared: int,
    out: str | None,
) -> None:
    written = "" if out is None else f", written to {printable(out)}"
    if console.as_json:
        for row in rows if out is None else ():
            console.report("", row)
    elif out is None:
        for number, members in enumerate(groups, 1):
            lines = [f"group {number}: {count(len(members), 'shape')}"]
            lines += [f"  {printable(shapes.names[member])}" for member in members]
            lines += [f"    {_evidence(row)}" for row in rows if row["group"] == number]
            console.report("\n".join(lines), {})
    text = (
        f"{count(len(shapes), 'shape')}, {count(len(groups), 'group')} of copies "
        f"({count(compared, 'pair')} compared){written}"
    )
    document = {
        "summary": True, "shapes": len(shapes), "groups": len(groups), "pairs": len(rows),
        "compared": compared, "failed": console.failed, "output": out,
    }  # fmt: skip
    console.report(text, document)


def _evidence(row: dict[str, Any]) -> str:
    notes = [f"ratio {row['ratio']:.3f}", f"Chamfer {row['chamfer_e3']:.3f}e-3"]
    if abs(row["scale"] - 1) > 0.02:
        notes.append(f"scaled by {row['scale']:.4g}")
    notes += ["mirrored"] * row["mirrored"] + ["decoded"] * row["decoded"]
    return printable(f"{Path(row['second']).name} over {Path(row['first']).name}: {', '.join(notes)}")


def _write(
    target: Path, rows: list[dict[str, Any]], groups: list[list[int]], shapes: Shapes, *, force: bool
) -> None:
    from pcbin.cli._shapes import cell
    from pcbin.formats.atomic import write_atomic

    if target.suffix.lower() == ".html":
        from pcbin.pages.copies import page

        data = page(rows, groups, shapes).encode()
    elif target.suffix.lower() == ".json":
        data = (json.dumps([plain(row) for row in rows], indent=1) + "\n").encode()
    else:
        lines = io.StringIO(newline="")
        writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            writer.writerow(row | {key: cell(row[key]) for key in ("first", "second")})
        data = lines.getvalue().encode("utf-8", "backslashreplace")
    write_atomic(target, data, overwrite=force)

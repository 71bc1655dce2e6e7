"""`pcbin similar`: the shapes of an index that are most like one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pcbin._words import printable, table
from pcbin.cli import _options as options
from pcbin.cli._console import Console


@click.command()
@click.argument("query", type=click.Path())
@click.argument("library", type=click.Path(path_type=Path))
@click.option(
    "-k", "count", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many are shown."
)
@click.option(
    "--verify/--no-verify",
    default=True,
    help="Lay the query over the candidates and order them by distance (default), or trust the codes.",
)
@options.cloud_format
@options.up
@options.as_json
def similar(
    *, query: str, library: Path, count: int, verify: bool, format_: str | None, up: str, as_json: bool
) -> None:
    """Find the shapes of an index that are most like one, however it stands.

    QUERY is a cloud, a mesh or a .pcb file of one cloud; LIBRARY is what `pcbin index` wrote. Candidates are
    found by their codes, and compared with the query as their files have them, or decoded where the files are
    gone.

    The report gives, for each, the bits by which the codes differ, the Chamfer distance at unit box diagonal
    times 1000 after moving, scaling, turning and perhaps mirroring, and its ratio to the distance of two
    samplings of one surface: at about 1, shapes are the same.

    \b
    Examples:
      pcbin similar bracket.stl parts.pcb
      pcbin similar bracket.stl parts.pcb -k 3 --json
    """
    from pcbin.cli._shapes import reader
    from pcbin.search import canonical, shapes
    from pcbin.search.duplicates import RATIO
    from pcbin.search.library import Library
    from pcbin.search.similar import similar as find

    console, read = Console(as_json=as_json), reader(format_, up)
    known = Library(library)
    there = shapes.of_library(known, read)
    codec = canonical.coder(known.model_id.hex(), bits=known.bits)
    points = read(Path(query))
    surface = there.surfaces(lambda name, error: console.warn(f"{name}: {error}")) if verify else None
    rows = []
    for one in find(points, there, codec, count, surface=surface):
        found, name = one.registration, there.names[one.row]
        decoded = one.row in there.decoded
        document: dict[str, Any] = {"name": name, "bits": one.bits, "decoded": decoded}
        cells = [printable(name), str(one.bits), "-", "-", ""]
        if found is not None:
            document |= {
                "chamfer_e3": 1e3 * found.chamfer, "ratio": found.ratio, "copy": found.ratio <= RATIO,
                "mirrored": found.mirrored, "transform": found.transform.tolist(),
            }  # fmt: skip
            cells[2:4] = f"{1e3 * found.chamfer:.3f}", f"{found.ratio:.2f}"
            notes = ["copy"] * (found.ratio <= RATIO) + ["mirrored"] * found.mirrored
            cells[4] = ", ".join([*notes, *["decoded"] * decoded])
        rows.append(tuple(cells))
        if as_json:
            console.report("", document)
    if not as_json:
        console.report(table(("SHAPE", "BITS", "CHAMFER x 1e3", "RATIO", ""), rows), {})
    console.finish(1)

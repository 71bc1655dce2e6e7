"""`pcbin import`: an archive of the codes in a table of Parquet or Arrow."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._paths import STREAM, check_pcb, need_free


@click.command(name="import")
@click.argument("table", type=click.Path())
@click.option(
    "-o", "--output", "out", metavar="OUT", type=click.Path(), required=True, help="The archive to write."
)
@options.force
@options.model
@options.metadata
@options.as_json
@options.quiet
def import_(
    *,
    table: str,
    out: str,
    force: bool,
    model: str | None,
    metadata: dict[str, str],
    as_json: bool,
    quiet: bool,
) -> None:
    """Make an archive of the codes in a table of Parquet or Arrow.

    TABLE is a file .parquet, .arrow or .feather with the columns that `pcbin export`, or `pcbin
    encode-dataset --format parquet`, writes; only code must be there. Columns of other names become notes of
    each object. Nothing is coded anew. Needs pcbin[parquet].

    Tables that come back from a database often do not say any more which model their codes are of: name it
    with --model.

    \b
    Examples:
      pcbin import chairs.parquet -o chairs.pcb
      pcbin import answer.parquet -o some.pcb --model chair
    """
    if STREAM in (table, out):
        raise click.UsageError("import takes a file and writes a file; name them")
    check_pcb(out)
    console = Console(as_json=as_json, quiet=quiet)

    from pcbin.arrow import from_arrow, read_table

    with console.attempt(table):
        need_free(Path(out), force=force)
        rows = from_arrow(read_table(table), out, model=model, metadata=metadata or None, overwrite=force)
        size = Path(out).stat().st_size
        each = f" ({size / rows:.1f} per cloud)" if rows else ""
        console.report(
            f"{printable(f'{table} -> {out}')}\n  {count(rows, 'cloud')}, {size:,} bytes{each}",
            {"input": table, "output": out, "clouds": rows, "bytes": size},
        )
    console.finish(1)

"""`pcbin export`: the codes of a .pcb file as a table of Parquet or Arrow."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._paths import STREAM, need_free


@click.command()
@click.argument("archive", type=click.Path())
@click.option(
    "-o",
    "--output",
    "out",
    metavar="OUT",
    type=click.Path(),
    required=True,
    help="The table: a file .parquet, .arrow or .feather.",
)
@options.force
@options.as_json
@options.quiet
def export(*, archive: str, out: str, force: bool, as_json: bool, quiet: bool) -> None:
    """Write the codes of a .pcb file as a table of Parquet or Arrow, for databases and data frames.

    A row an object, with the columns name, code (its bytes), center, scale and rotation (where the file has
    them) and metadata (JSON, or msgpack where JSON cannot hold them). Nothing is decoded; `pcbin import`
    makes an archive of the table again. Needs pcbin[parquet].

    \b
    Examples:
      pcbin export chairs.pcb -o chairs.parquet
      pcbin import chairs.parquet -o chairs.pcb
    """
    if STREAM in (archive, out):
        raise click.UsageError("export takes a file and writes a file; name them")
    console = Console(as_json=as_json, quiet=quiet)

    from pcbin.arrow import suffix_of, to_arrow, write_table

    with console.attempt(archive):
        suffix_of(out)
        need_free(Path(out), force=force)
        table = to_arrow(archive)
        write_table(table, out, overwrite=force)
        size, rows = Path(out).stat().st_size, table.num_rows
        console.report(
            f"{printable(f'{archive} -> {out}')}\n  {count(rows, 'cloud')}, {size:,} bytes",
            {"input": archive, "output": out, "clouds": rows, "bytes": size, "columns": table.column_names},
        )
    console.finish(1)

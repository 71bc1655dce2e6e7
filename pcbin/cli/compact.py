"""`pcbin compact`: an archive of many appends, written anew as small as it gets."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._paths import STREAM, check_pcb, need_free


@click.command()
@click.argument("archive", type=click.Path())
@options.output("The file to write.  [default: ARCHIVE itself, replaced]")
@options.force
@options.as_json
@options.quiet
def compact(*, archive: str, out: str | None, force: bool, as_json: bool, quiet: bool) -> None:
    """Rewrite an archive in full chunks: one of many small appends becomes several times smaller.

    Nothing is coded anew: codes, positions, sizes, names, notes and their order stay. ARCHIVE is replaced
    as a whole at the end, and keeps its mode; nobody can append to it meanwhile.

    \b
    Examples:
      pcbin compact chairs.pcb
      pcbin compact chairs.pcb -o small.pcb
    """
    if STREAM in (archive, out):
        raise click.UsageError("compact takes a file and writes a file; name them")
    if out is not None:
        check_pcb(out)
    console = Console(as_json=as_json, quiet=quiet)

    from pcbin.merging import compact as compact_file

    with console.attempt(archive):
        target = Path(archive if out is None else out)
        if out is not None:
            need_free(target, force=force)
        before = Path(archive).stat().st_size
        clouds = compact_file(archive, out, overwrite=force)
        after = target.stat().st_size
        each = f" ({after / clouds:.1f} per cloud)" if clouds else ""
        console.report(
            f"{printable(archive if out is None else f'{archive} -> {out}')}\n"
            f"  {count(clouds, 'cloud')}, {before:,} -> {after:,} bytes{each}",
            {
                "input": archive,
                "output": str(target),
                "clouds": clouds,
                "bytes_before": before,
                "bytes": after,
            },
        )
    console.finish(1)

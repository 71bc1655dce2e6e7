"""`pcbin merge`: several .pcb files in one archive."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._paths import STREAM, check, check_pcb, gather, is_pcb, need_free


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@click.option(
    "-o", "--output", "out", metavar="OUT", type=click.Path(), required=True, help="The archive to write."
)
@options.force
@click.option(
    "--rename", is_flag=True, help="Number names that are in more than one file: chair.ply, chair-2.ply."
)
@options.metadata
@options.as_json
@options.quiet
def merge(
    *,
    inputs: tuple[str, ...],
    out: str,
    force: bool,
    rename: bool,
    metadata: dict[str, str],
    as_json: bool,
    quiet: bool,
) -> None:
    """Join .pcb files in one archive, without coding anything anew.

    INPUTS are archives, files of one cloud, or folders of both. Their clouds follow one another in the order
    of the files, with their codes, positions, sizes, names and notes. Files of several models or lengths make
    an archive of several. A name that is in more than one file is an error, unless --rename is given.

    Notes of the files themselves are kept where they do not contradict each other; --metadata replaces them.

    \b
    Examples:
      pcbin merge chairs.pcb more.pcb -o all.pcb
      pcbin merge coded/ -o all.pcb --rename
    """
    if STREAM in (*inputs, out):
        raise click.UsageError("merge takes files and writes a file; name them")
    check_pcb(out)
    console = Console(as_json=as_json, quiet=quiet)

    from pcbin.merging import merge as merge_files

    with console.attempt(out):
        found = gather(inputs, is_pcb, ".pcb file")
        target = Path(out)
        check([(one.path, target) for one in found], merged=True)
        need_free(target, force=force)
        clouds = merge_files(
            [one.path for one in found], target, metadata=metadata or None, rename=rename, overwrite=force
        )
        size = target.stat().st_size
        each = f" ({size / clouds:.1f} per cloud)" if clouds else ""
        console.report(
            f"{count(len(found), 'file')} -> {printable(out)}\n"
            f"  {count(clouds, 'cloud')}, {size:,} bytes{each}",
            {"inputs": [str(one) for one in found], "output": out, "clouds": clouds, "bytes": size},
        )
    console.finish(1)

"""`pcbin list`: what an archive holds, one line an object, without decoding it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import STREAM, gather, is_pcb, name_in


@click.command("list")
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.globs
@options.as_json
def list_(files: tuple[str, ...], include: tuple[str, ...], exclude: tuple[str, ...], as_json: bool) -> None:
    """List what .pcb files hold: number, bits and name of each object.

    FILES are .pcb files, folders, or - for standard input. No model is needed. The numbers are those of
    `pcbin decode --index`, and the names those of `pcbin decode --name`.

    \b
    Examples:
      pcbin list chairs.pcb
      pcbin list --json chairs.pcb | head -n 3
    """
    console = Console(as_json=as_json)
    if list(files) == [STREAM]:
        from pcbin.cli import _streams as streams

        with console.attempt("standard input"):
            _list(console, "standard input", streams.stdin())
        console.finish(1)
        return
    found = gather(files, is_pcb, ".pcb file", Globs(include, exclude))
    for one in found:
        with console.attempt(str(one)):
            _list(console, str(one), one.path)
    console.finish(len(found))


def _list(console: Console, file: str, source: Path | BinaryIO) -> None:
    from pcbin.archive import open
    from pcbin.cli.info import noun_of
    from pcbin.models.zoo import entry_of

    with open(source) as archive:
        width, title = 6, file
        if archive.has_length:
            width = len(str(max(len(archive) - 1, 0)))
            title += f": {count(len(archive), noun_of(entry_of(archive.model_id)) or 'cloud')}"
        if not console.as_json:
            console.report(printable(title), {})
        for index, (bits, metadata) in enumerate(archive.iter_summaries()):
            name = name_in(metadata)
            console.report(
                f"  {index:>{width}}  {bits} bits  {'-' if name is None else printable(name)}",
                {"input": file, "index": index, "name": name, "bits": bits},
            )

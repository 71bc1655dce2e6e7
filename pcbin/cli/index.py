"""`pcbin index`: codes of a folder's shapes in one searchable archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.errors import InputError


@click.command()
@click.argument("source", type=click.Path())
@options.output("The index, a .pcb file.")
@options.globs
@options.cloud_format
@options.model
@options.up
@options.as_json
def index(
    *,
    source: str,
    out: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    format_: str | None,
    model: str | None,
    up: str,
    as_json: bool,
) -> None:
    """Index the shapes of a folder or an archive, to search them.

    SOURCE is a folder of clouds and meshes, or a .pcb archive, whose objects are decoded. The index is a .pcb
    archive itself: a code of 128 bits for each shape, in a pose that the shape suggests, and what finds it
    however it is turned.

    Run again, it reads only what has changed: a file is the same where its size and time are, or else its
    bytes. What is gone is dropped.

    \b
    Examples:
      pcbin index parts/ -o parts.pcb
      pcbin similar bracket.stl parts.pcb
    """
    if out is None or not out.lower().endswith(".pcb"):
        raise click.UsageError("name the index with -o INDEX.pcb")
    from pcbin.archive import open
    from pcbin.cli._shapes import files_below, reader
    from pcbin.search import canonical, library

    console, folder, target = Console(as_json=as_json), Path(source), Path(out)
    if target.exists() and folder.exists() and target.samefile(folder):
        raise InputError(f"{target}: is the archive itself; name another index with -o")
    codec = canonical.coder(model)

    def failed(name: str, error: Any) -> None:
        console.error(error, name)

    if folder.is_dir():
        read_file = reader(format_, up)
        wanted = set(files_below(source, format_, Globs(include, exclude)))
        sources = library.scan(folder, wanted.__contains__)
        changes = library.update(
            target,
            sources,
            lambda one: read_file(folder / one.name),
            codec,
            folder=folder,
            failed=failed,
            digest=lambda one: library.digest_of(folder / one.name),
            settings=f"{format_ or ''} {up}",
        )
    else:
        digest = library.digest_of(folder)
        with open(folder) as archive:
            notes = list(archive.iter_metadata())
            names = [library.name_in(note, row) for row, note in enumerate(notes)]
            rows = {name: row for row, name in enumerate(names)}
            changes = library.update(
                target,
                [library.Source(name, row, 0) for name, row in rows.items()],
                lambda one: archive[rows[one.name]],
                codec,
                folder=None,
                failed=failed,
                digest=lambda one: digest[:24] + rows[one.name].to_bytes(8, "little"),
            )
    text = (
        f"{count(changes.kept + changes.encoded, 'shape')} in {printable(str(target))}: "
        f"{changes.encoded} new or changed, {changes.kept} as they were, {changes.dropped} dropped"
    )
    document = {
        "output": str(target), "model": codec.model.name, "shapes": changes.kept + changes.encoded,
        **changes._asdict(),
    }  # fmt: skip
    console.report(text, document)
    console.finish(changes.kept + changes.encoded + changes.failed)

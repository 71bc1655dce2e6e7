"""`pcbin id`: a short name of a shape."""

from __future__ import annotations

import click

from pcbin._words import printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console


@click.command("id")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@options.cloud_format
@options.model
@options.up
@options.as_json
def id_(*, files: tuple[str, ...], format_: str | None, model: str | None, up: str, as_json: bool) -> None:
    """Print a short name of each shape: a key to look for copies by, no identity.

    FILES are clouds, meshes, .pcb files of one cloud, or folders. The name is the model's, and 64 bits of
    code in the pose that the shape suggests. Moved, scaled and turned copies of the same points nearly always
    get the same name; other samplings of a surface often get one that differs in a few bits, and different
    shapes may share one. `pcbin dupes` compares the shapes themselves.

    \b
    Examples:
      pcbin id part.stl
      pcbin id parts/ | sort
    """
    from pcbin.cli._globs import Globs
    from pcbin.cli._shapes import files_below, reader
    from pcbin.search import canonical

    console, read = Console(as_json=as_json), reader(format_, up)
    codec = canonical.coder(model, bits=canonical.ID_BITS)
    paths = [path for one in files for path in files_below(one, format_, Globs())]
    for path in paths:
        with console.attempt(str(path)):
            name = canonical.name_of(read(path), codec)
            console.report(f"{name}  {printable(str(path))}", {"input": str(path), "id": name})
    console.finish(len(paths))

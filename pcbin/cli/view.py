"""`pcbin view`: a page that shows clouds, and decodes their codes itself."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import need_free, need_page

if TYPE_CHECKING:
    from pcbin.cli._inputs import Inputs
    from pcbin.cli._named import Named
    from pcbin.codec import Encoder
    from pcbin.pages.view import Shown


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@options.output("The page.  [default: a temporary file]")
@options.force
@click.option(
    "--open/--no-open", "opened", default=True, show_default=True, help="Open the page in a browser."
)
@click.option(
    "--encode/--no-encode", default=True, show_default=True, help="Encode clouds that have no code."
)
@click.option(
    "--embed", metavar="MODEL", multiple=True, shell_complete=options.complete_model,
    help="Let the page decode codes of this model, too; may be repeated.",
)  # fmt: skip
@options.globs
@options.cloud_format
@options.coding
@options.max_chamfer
@options.orient
@options.reading
@options.quiet
def view(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    force: bool,
    opened: bool,
    encode: bool,
    embed: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    format_: str | None,
    model: str | None,
    samples: int | None,
    array: str | None,
    drop_nan: bool,
    quiet: bool,
    **asked: Any,
) -> None:
    """Show clouds, and what .pcb files decode to, in one page of HTML that works offline.

    A cloud and a .pcb file of one name are shown side by side, an original beside what its code decodes to.
    A cloud without such a file is encoded for the page. The page decodes the codes itself: a slider shows
    what their first bits decode to, and .pcb files that are dropped on it are decoded, too, if they are of a
    model that it holds.

    \b
    Examples:
      pcbin view chair.pcb
      pcbin view chair.ply chair.pcb
      pcbin view led.ply --bits 512
      pcbin view chairs/ -o chairs.html --no-open
    """
    need_page("view", inputs, out)
    console = Console(quiet=quiet)

    from pcbin.auto import AUTO, encoder
    from pcbin.cli._inputs import Inputs
    from pcbin.cli._named import named
    from pcbin.coding.options import Options
    from pcbin.formats.atomic import write_atomic
    from pcbin.modalities import Reading
    from pcbin.pages.view import page

    if out is not None:
        need_free(Path(out), force=force)
    coder = encoder(model or AUTO, Options(**asked, warn=False))
    read = Inputs.of(coder, Reading(format_, samples, asked["seed"], array, drop_nan))
    shown: list[Shown] = []
    files = named(inputs, read, Globs(include, exclude))
    for done, one in enumerate(files):
        console.progress(done, len(files))
        with console.attempt(str(one.file)):
            shown.append(_shown(one, read, coder, encode))
    if shown:
        models = [*embed, *([model] if model not in (None, AUTO) and shown else [])]
        text = page(shown, models=models)
        target = _temporary(shown[0].name) if out is None else Path(out)
        write_atomic(target, text.encode(), overwrite=force or out is None)
        console.report(f"{printable(str(target))}\n  {count(len(shown), 'object')}", {})
        if opened and not webbrowser.open(target.absolute().as_uri()):
            console.warn(f"no browser opens here; open {target} in one")
    console.finish(len(files))


def _shown(one: Named, read: Inputs, coder: Encoder, encode: bool) -> Shown:
    from pcbin.arrays import turned
    from pcbin.modalities.clouds import points_of
    from pcbin.pages.view import Shown

    data = None if one.code is None else one.code.path.read_bytes()
    if one.cloud is None:
        return Shown(one.title, data)
    item = read.read(one.cloud.path)
    if data is None and encode:
        data = coder.encode(item.array)
    return Shown(one.title, data, turned(points_of(item.array), coder.options.up))


def _temporary(name: str) -> Path:
    """A file that stays when the command has ended: the browser reads it later."""
    return Path(tempfile.mkdtemp(prefix="pcbin-")) / f"{Path(name).stem or 'view'}.html"

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
from pcbin.cli._paths import STREAM, Found, gather, is_pcb, need_free

if TYPE_CHECKING:
    from pcbin.cli._inputs import Inputs
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
@options.include
@options.exclude
@options.cloud_format
@options.model_or_auto
@options.licence
@options.bits
@options.effort
@options.max_chamfer
@options.orient
@options.samples
@options.array
@options.drop_nan
@options.sampling
@options.seed
@options.up
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
    if STREAM in inputs or out == STREAM:
        raise click.UsageError("view reads and writes files, not standard input and output")
    if out is not None and not Path(out).suffix.lower().startswith(".htm"):
        raise click.UsageError(f"{out}: a page; call it something.html")
    console = Console(quiet=quiet)

    from pcbin.auto import AUTO, encoder
    from pcbin.cli._inputs import Inputs
    from pcbin.coding.options import Options
    from pcbin.formats.atomic import write_atomic
    from pcbin.modalities import Reading
    from pcbin.pages.view import page

    if out is not None:
        need_free(Path(out), force=force)
    coder = encoder(model or AUTO, Options(**asked, warn=False))
    read = Inputs.of(coder, Reading(format_, samples, asked["seed"], array, drop_nan))
    shown: list[Shown] = []
    pairs = _pairs(inputs, read, Globs(include, exclude))
    for done, (code, cloud) in enumerate(pairs):
        console.progress(done, len(pairs))
        with console.attempt(str(code or cloud)):
            shown.append(_shown(code, cloud, read, coder, encode))
    if shown:
        models = [*embed, *([model] if model not in (None, AUTO) and shown else [])]
        text = page(shown, models=models)
        target = _temporary(shown[0].name) if out is None else Path(out)
        write_atomic(target, text.encode(), overwrite=force or out is None)
        console.report(f"{printable(str(target))}\n  {count(len(shown), 'object')}, {len(text):,} bytes", {})
        if opened and not webbrowser.open(target.absolute().as_uri()):
            console.warn(f"no browser opens here; open {target} in one")
    console.finish(len(pairs))


def _pairs(inputs: tuple[str, ...], read: Inputs, globs: Globs) -> list[tuple[Found | None, Found | None]]:
    """Codes and clouds, those of one name together, in the order of the inputs."""
    from pcbin.codec import pcb_name

    found = gather(
        inputs, lambda path: is_pcb(path) or read.modality.files.wants(path, read.reading.format),
        "cloud or .pcb file", globs,
    )  # fmt: skip
    pairs: dict[str, list[Found | None]] = {}
    for one in found:
        place = 0 if is_pcb(one.path) else 1
        key = str(one.path if place == 0 else one.path.with_name(pcb_name(one.path.name)))
        if pairs.setdefault(key, [None, None])[place] is not None:
            key = str(one.path)
            pairs[key] = [None, None]
        pairs[key][place] = one
    return [(code, cloud) for code, cloud in pairs.values()]


def _shown(code: Found | None, cloud: Found | None, read: Inputs, coder: Encoder, encode: bool) -> Shown:
    from pcbin.arrays import turned
    from pcbin.modalities.clouds import points_of
    from pcbin.pages.view import Shown

    data = None if code is None else code.path.read_bytes()
    if cloud is None:
        assert code is not None
        return Shown(code.path.name, data)
    item = read.read(cloud.path)
    if data is None and encode:
        data = coder.encode(item.array)
    name = cloud.path.name if code is None else code.path.name
    return Shown(name, data, turned(points_of(item.array), coder.options.up))


def _temporary(name: str) -> Path:
    """A file that stays when the command has ended: the browser reads it later."""
    return Path(tempfile.mkdtemp(prefix="pcbin-")) / f"{Path(name).stem or 'view'}.html"

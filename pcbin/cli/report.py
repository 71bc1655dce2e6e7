"""`pcbin report`: a page about many clouds and their codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import need_free, need_page
from pcbin.errors import PcbinError

if TYPE_CHECKING:
    from pcbin.cli._inputs import Inputs
    from pcbin.cli._named import Named
    from pcbin.codec import Encoder
    from pcbin.pages.report import Entry

MOST = 2000
"""Objects of a page: more are megabytes of pictures that nobody looks through."""


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@options.output("The page.  [default: report.html]")
@options.force
@click.option("--title", metavar="TEXT", help="Of the page.  [default: the first input's name]")
@options.globs
@options.cloud_format
@options.coding
@options.max_chamfer
@options.orient
@options.reading
@options.quiet
def report(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    force: bool,
    title: str | None,
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
    """Make a page about clouds and their codes: what came out well, and what did not.

    A cloud and a .pcb file of one name are compared; a cloud alone is encoded in memory; a .pcb file alone is
    shown as it decodes, each cloud of an archive. The page has a table that sorts, worst first, with
    pictures, histograms, and a map of the codes: those of one model by their bits, others by their decoded
    shapes.

    \b
    Examples:
      pcbin report chairs/                         encodes them, writes report.html
      pcbin report chairs/ --model chair --bits 64 -o chairs.html
      pcbin report library.pcb -o library.html
    """
    need_page("report", inputs, out or None)
    target = Path(out or "report.html")
    need_free(target, force=force)
    console = Console(quiet=quiet)

    from pcbin.auto import AUTO, encoder
    from pcbin.cli._console import describe
    from pcbin.cli._inputs import Inputs
    from pcbin.cli._named import named
    from pcbin.coding.options import Options
    from pcbin.errors import InputError
    from pcbin.formats.atomic import write_atomic
    from pcbin.modalities import Reading
    from pcbin.pages.report import report as page

    coder = encoder(model or AUTO, Options(**asked, warn=False))
    read = Inputs.of(coder, Reading(format_, samples, asked["seed"], array, drop_nan))
    entries: list[Entry] = []
    failed: list[tuple[str, str]] = []
    files = named(inputs, read, Globs(include, exclude))
    for done, one in enumerate(files):
        console.progress(done, len(files))
        with console.attempt(str(one.file)):
            try:
                entries += _entries(one, read, coder, model)
            except (PcbinError, OSError) as error:
                failed.append((one.title, describe(error)))
                raise
            if len(entries) > MOST:
                raise InputError(f"more than {MOST:,} objects, the most of a page; name fewer")
    if entries:
        text = page(entries, title or Path(inputs[0]).name or "Codes", failed=failed)
        write_atomic(target, text.encode(), overwrite=force)
        console.report(f"{printable(str(target))}\n  {count(len(entries), 'object')}", {})
    console.finish(len(files))


def _entries(one: Named, read: Inputs, coder: Encoder, model: str | None) -> list[Entry]:
    if one.cloud is None:
        return _decoded(one, model)
    return [_compared(one, read, coder, model)]


def _decoded(one: Named, model: str | None) -> list[Entry]:
    """The objects of a .pcb file, without originals."""
    import pcbin.archive
    from pcbin.auto import AUTO
    from pcbin.errors import InputError
    from pcbin.pages.report import Entry

    assert one.code is not None
    path, found = one.code.path, []
    with pcbin.archive.open(path, model=None if model == AUTO else model) as archive:
        number = len(archive)
        if number > MOST:
            raise InputError(f"{number:,} clouds, and a page has at most {MOST:,}; decode some of them")
        for index in range(number):
            record = archive.record(index)
            codec = archive.codec_of(record)
            if not codec.modality.has_points:
                raise InputError(f"codes of images, by model {codec.model.name}; a report is on clouds")
            name = one.title if number == 1 else f"{one.title}: {record.metadata.get('name', index)}"
            found.append(
                Entry(
                    name=name,
                    model=codec.model.name,
                    bits=len(record.code),
                    size=path.stat().st_size // number,
                    code=_bits(record.code),
                    is_cells=codec.model.cells is not None,
                    decoded=archive[index],
                )
            )
    return found


def _compared(one: Named, read: Inputs, coder: Encoder, model: str | None) -> Entry:
    """A cloud and its code: that of the .pcb file beside it, or the one that it gets here."""
    import pcbin.archive
    from pcbin.arrays import box, turned, unpack_bits
    from pcbin.auto import AUTO
    from pcbin.errors import InputError
    from pcbin.modalities import Rate
    from pcbin.modalities.clouds import CLOUDS, points_of

    assert one.cloud is not None
    up = coder.options.up
    item = read.read(one.cloud.path)
    points = points_of(item.array)
    if one.code is None:
        coded = coder.code(item.array)
        size = len(coded.pack())
        back, used, code, placed = coded.restore(), coded.codec.model, unpack_bits(coded.code), True
    else:
        size = one.code.path.stat().st_size
        with pcbin.archive.open(one.code.path, model=None if model == AUTO else model, up=up) as archive:
            if archive.header.layout != "single":
                raise InputError(f"{one.code}: an archive, beside one cloud of its name; rename one of them")
            record = archive.record(0)
            back, used, code = archive[0], archive.codec.model, _bits(record.code)
            placed = record.pose is not None
    evaluation = CLOUDS.evaluate(points, back, Rate(len(code), 8 * size), placed=placed)
    warning = CLOUDS.unlike_training(used, len(code), evaluation.chamfer)
    from pcbin.metrics import tree
    from pcbin.pages.report import Entry

    center, diagonal = box(points)
    near = points if placed else (points - center) / (diagonal or 1.0)
    error = tree(near).query(back)[0] / ((diagonal or 1.0) if placed else 1.0)
    return Entry(
        name=one.title,
        model=used.name,
        bits=len(code),
        size=size,
        code=code,
        is_cells=used.cells is not None,
        decoded=turned(back, up),
        original=turned(points, up),
        error=error,
        ratio=evaluation.ratio,
        chamfer=evaluation.chamfer,
        psnr=evaluation.d1_psnr,
        warnings=[*([warning] if warning else []), *item.omitted],
    )


def _bits(code: Any) -> Any:
    import numpy as np

    return np.frombuffer(code.unpack(), np.uint8)

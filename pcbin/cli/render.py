"""`pcbin render`: a picture of a cloud, without a display."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import gather, is_folder, is_pcb, make_folder, need_files, need_free, plan

if TYPE_CHECKING:
    from pcbin.arrays import Up
    from pcbin.modalities import Reading

MOST = 100
"""Clouds of an archive that come on one sheet."""


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@options.output("A .png file, or a folder.  [default: NAME.png beside each input]")
@options.force
@click.option(
    "--against", metavar="FILE", type=click.Path(),
    help="The original of a .pcb file: points are coloured by their distance to it.",
)  # fmt: skip
@click.option(
    "--size", type=click.IntRange(16, 4096), default=512, show_default=True, metavar="PIXELS",
    help="The width and height of the picture, and of each cloud of an archive.",
)  # fmt: skip
@click.option(
    "--turn", type=float, default=35.0, show_default=True, metavar="DEGREES",
    help="See it from so far to the right of its front.",
)  # fmt: skip
@click.option(
    "--tilt", type=click.FloatRange(-90, 90), default=22.0, show_default=True, metavar="DEGREES",
    help="See it from so far above.",
)  # fmt: skip
@options.globs
@options.cloud_format
@options.model
@options.samples
@options.array
@options.drop_nan
@options.seed
@options.up
@options.as_json
@options.quiet
def render(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    force: bool,
    against: str | None,
    size: int,
    turn: float,
    tilt: float,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    format_: str | None,
    model: str | None,
    samples: int | None,
    array: str | None,
    drop_nan: bool,
    seed: int,
    up: Up,
    as_json: bool,
    quiet: bool,
) -> None:
    """Draw clouds, and what .pcb files decode to, as PNG pictures.

    No display and no further package is needed. An archive becomes one sheet of its first 100 clouds. Codes
    keep y up, as models have it; --up turns other files.

    \b
    Examples:
      pcbin render chair.pcb                       writes chair.png
      pcbin render chair.pcb --against chair.ply   coloured by error
      pcbin render scan.ply --up z -o scan.png
      pcbin render chairs.pcb -o sheet.png --size 200
      pcbin render parts/ -o thumbnails/ --size 128
    """
    need_files("render", inputs, out)
    console = Console(as_json=as_json, quiet=quiet)

    from pcbin.formats.atomic import write_atomic
    from pcbin.modalities import Reading
    from pcbin.modalities.clouds import CLOUDS
    from pcbin.pages.looks import Camera
    from pcbin.pages.render import png, sheet
    from pcbin.pages.render import render as drawn

    reading = Reading(format_, samples, seed, array, drop_nan)
    found = gather(
        inputs, lambda path: is_pcb(path) or CLOUDS.files.wants(path, format_), "cloud or .pcb file",
        Globs(include, exclude),
    )  # fmt: skip
    if against is not None and (len(found) > 1 or not is_pcb(found[0].path)):
        raise click.UsageError("--against is the original of one .pcb file")
    folder = out is not None and is_folder(out, inputs)
    if out is not None and not folder and Path(out).suffix.lower() != ".png":
        raise click.UsageError(f"{out}: pictures are PNG; call it something.png")
    jobs = plan(found, inputs, out, lambda name: f"{Path(name).stem}.png")
    camera = Camera(turn, tilt)
    for done, job in enumerate(jobs):
        console.progress(done, len(jobs))
        with console.attempt(str(job.found)):
            job.check()
            need_free(job.target, force=force)
            clouds = _clouds(job.found.path, reading, model, up)
            errors = None if against is None else _errors(clouds, Path(against), reading, up)
            image = sheet([drawn(one, errors, size=size, camera=camera) for one in clouds])
            if folder:
                make_folder(job.target.parent)
            data = png(image)
            write_atomic(job.target, data, overwrite=force)
            height, width, _ = image.shape
            console.report(
                printable(f"{job.found} -> {job.target}")
                + f"\n  {count(len(clouds), 'cloud')}, {width} x {height} pixels",
                {
                    "input": str(job.found), "output": str(job.target), "clouds": len(clouds),
                    "width": width, "height": height, "bytes": len(data),
                },
            )  # fmt: skip
    console.finish(len(jobs))


def _clouds(path: Path, reading: Reading, model: str | None, up: Up) -> list[Any]:
    """The cloud of a file, or the first ones of an archive, y up. Raises InputError."""
    import pcbin.archive
    from pcbin.arrays import turned
    from pcbin.errors import InputError
    from pcbin.modalities.clouds import CLOUDS, points_of

    if not is_pcb(path):
        return [turned(points_of(CLOUDS.files.read(path, reading).array), up)]
    with pcbin.archive.open(path, model=model) as archive:
        found = archive[:MOST]
    if not found:
        raise InputError(f"{path}: an archive without clouds; there is nothing to draw")
    if any(one.ndim != 2 or one.shape[1] != 3 for one in found):
        raise InputError(f"{path}: the code of an image; `pcbin decode` writes it as one")
    return list(found)


def _errors(clouds: list[Any], against: Path, reading: Reading, up: Up) -> Any:
    """(N,) the distances of a decoded cloud's points to the original, in its box diagonals."""
    from pcbin.arrays import box
    from pcbin.errors import InputError
    from pcbin.metrics import tree

    [original] = _clouds(against, reading, None, up)
    if len(clouds) != 1:
        raise InputError("an archive has no one original; omit --against")
    return tree(original).query(clouds[0])[0] / (box(original)[1] or 1.0)

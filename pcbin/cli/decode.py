"""`pcbin decode`: .pcb files back to clouds and images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import STREAM, are_several, gather, is_folder, is_pcb, problems
from pcbin.errors import InputError

if TYPE_CHECKING:
    from pcbin.arrays import Spacing, Up

Indices = list["int | slice"]


def _indices(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> Indices:
    """Numbers and ranges as Python writes them: "3,10:20,-1"."""
    found: Indices = []
    for part in ",".join(texts).split(",") if texts else []:
        try:
            if ":" in part:
                found.append(slice(*[int(end) if end.strip() else None for end in part.split(":")]))
            else:
                found.append(int(part))
        except (ValueError, TypeError):
            raise click.BadParameter(
                f"{part!r} is neither a number nor a range such as 10:20", ctx, param
            ) from None
    return found


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.output("A cloud or image file, a folder, or - for standard output.  [default: beside each input]")
@options.force
@options.skip_existing
@options.globs
@click.option(
    "--format",
    "format_",
    metavar="FORMAT",
    help="Write ply, xyz, csv, npy, npz, off, obj or pcd; images: png, pgm, bmp or tiff.  "
    "[default: by the suffix of OUT, else ply or png]",
)
@click.option(
    "--index", "indices", metavar="I", multiple=True, callback=_indices,
    help="From archives, decode these: numbers and ranges, counted from 0 (3,10:20); may be repeated.",
)  # fmt: skip
@click.option(
    "--name",
    "names",
    metavar="GLOB",
    multiple=True,
    help="From archives, decode those whose names match, such as 'chairs/*'; may be repeated.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Decode archives of more than 10,000 clouds or images."
)
@click.option(
    "--points",
    "n_points",
    type=click.IntRange(64, 1_000_000),
    metavar="N",
    help="Points per cloud, 64 to 1,000,000.  [default: as many as the model gives]",
)
@click.option(
    "--spacing",
    type=click.Choice(["even", "model"]),
    help="Spread points evenly, or as dense as the model has them.  [default: even with --points N, where N "
    "is at most as many as the model gives; else model]",
)
@options.up
@options.model
@options.device
@options.as_json
@options.quiet
def decode(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    force: bool,
    skip_existing: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    format_: str | None,
    indices: Indices,
    names: tuple[str, ...],
    everything: bool,
    n_points: int | None,
    spacing: Spacing | None,
    up: Up,
    model: str | None,
    device: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Turn .pcb files back into point clouds and images.

    INPUTS are files, folders (searched for .pcb files), or - for standard input. A file with one cloud
    becomes a .ply file beside it, or the file OUT; one with an image becomes a .png file. An archive becomes
    a folder of the same name, or the folder OUT; its clouds or images get their original names, or numbers
    where they have none.

    The model is found by the hash in the file; --model names a model file that is not installed. A .pcb file
    does not record which axis points up: what was encoded with --up z is decoded with --up z.

    \b
    Examples:
      pcbin decode chair.pcb                     writes chair.ply
      pcbin decode chair.pcb -o back.xyz
      pcbin decode chair.pcb --points 8192
      pcbin decode chair.pcb --spacing even
      pcbin decode lamp.pcb --up z               encoded with --up z
      pcbin decode chairs.pcb -o chairs/         all clouds of an archive
      pcbin decode chairs.pcb --index 7 -o seven.ply
      pcbin decode all.pcb --name 'chairs/*'     names as in `pcbin list`
      pcbin decode digit.pcb                     an image: writes digit.png
      cat chair.pcb | pcbin decode - --format xyz | head -n 3
    """
    if indices and names:
        raise click.UsageError("--index and --name are two ways to choose; pass only one")
    streamed = list(inputs) == [STREAM]
    if streamed and out is None:
        out = STREAM
    console = Console(as_json=as_json, quiet=quiet, data_on_stdout=out == STREAM)

    from pcbin.cli._decode_files import FileDecoder, Target
    from pcbin.modalities import output_of

    folder = out is not None and out != STREAM and is_folder(out, inputs)
    output = None
    if format_ is not None:
        output = output_of("output", format_)
    elif out is not None and out != STREAM and not folder and Path(out).suffix:
        output = output_of(out, None)
    found = [None] if streamed else gather(inputs, is_pcb, ".pcb file", Globs(include, exclude))
    if out == STREAM and len(found) > 1:
        raise click.UsageError("several files cannot go to standard output; name a folder with -o")
    alone = not are_several(inputs)
    target = Target(out, folder, alone)
    decoder = FileDecoder(
        console, model, device, output, target=target, indices=indices, names=names, n_points=n_points,
        spacing=spacing, up=up, force=force, skip_existing=skip_existing, everything=everything,
    )  # fmt: skip
    wrong = problems([(one.path, file) for one in found if one and (file := decoder.place(one))])
    for done, one in enumerate(found):
        console.progress(done, len(found))
        with console.attempt(str(one or "standard input")):
            if one and one.path in wrong:
                decoder.tried += 1
                raise InputError(wrong[one.path])
            decoder.run(one)
    console.finish(decoder.tried)

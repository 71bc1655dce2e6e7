"""`pcbin decode`: .pcb files back to clouds."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin.cli import options
from pcbin.cli.console import Console
from pcbin.cli.paths import STREAM, check, gather, is_folder

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


def is_pcb(path: Path) -> bool:
    return path.name.lower().endswith(".pcb")


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.output("A cloud file, a folder, or - for standard output.  [default: beside each input]")
@options.force
@click.option(
    "--format",
    "format_",
    metavar="FORMAT",
    help="Write ply, xyz, csv, npy, npz, off, obj or pcd.  [default: by the suffix of OUT, else ply]",
)
@click.option(
    "--index", "indices", metavar="I", multiple=True, callback=_indices,
    help="Which clouds of an archive: numbers and ranges, counted from 0 (3,10:20); may be repeated.",
)  # fmt: skip
@options.model
@options.device
@options.as_json
@options.quiet
def decode(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    force: bool,
    format_: str | None,
    indices: Indices,
    model: str | None,
    device: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Turn .pcb files back into point clouds.

    INPUTS are files, folders (searched for .pcb files), or - for standard input. A file with one cloud
    becomes a .ply beside it, or the file OUT. An archive becomes a folder named like it, or the folder OUT;
    its clouds are named as they were, else by their number.

    The model is found by the hash in the file; --model names a file of weights that is not installed.

    \b
    Examples:
      pcbin decode chair.pcb                     writes chair.ply
      pcbin decode chair.pcb -o back.xyz
      pcbin decode chairs.pcb -o chairs/         all clouds of an archive
      pcbin decode chairs.pcb --index 7 -o seven.ply
      cat chair.pcb | pcbin decode - --format xyz | head -n 3
    """
    streamed = list(inputs) == [STREAM]
    if streamed and out is None:
        out = STREAM
    console = Console(as_json=as_json, quiet=quiet, data_on_stdout=out == STREAM)

    from pcbin.cli.decoding import Decoder
    from pcbin.formats.clouds import format_of

    folder = out is not None and out != STREAM and is_folder(out, inputs)
    if format_ is None:
        named = out is not None and out != STREAM and not folder and Path(out).suffix
        format_ = format_of(out, writing=True).name if out is not None and named else "ply"
    decoder = Decoder(
        console, model, device, format_of("output", format=format_, writing=True), indices, force=force
    )
    found = [None] if streamed else gather(inputs, is_pcb, ".pcb file")
    if out == STREAM and len(found) > 1:
        raise click.UsageError("several files cannot go to one standard output; name a folder with -o")
    alone = len(inputs) == 1 and not Path(inputs[0]).is_dir()
    places = [decoder.place(one, out, folder=folder, alone=alone) for one in found]
    check([(one.path, place.file) for one, place in zip(found, places, strict=True) if one and place.file])
    for done, (one, place) in enumerate(zip(found, places, strict=True)):
        console.progress(done, len(found))
        with console.attempt(str(one or "standard input")):
            decoder.run(one, place)
    console.finish(decoder.tried)

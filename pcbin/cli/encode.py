"""`pcbin encode`: clouds and images to .pcb files, one each or many in an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pcbin.cli import options
from pcbin.cli.console import Console
from pcbin.cli.paths import STREAM, check, is_folder, plan


def _metadata(ctx: click.Context, param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if not pair.partition("=")[0] or "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", ctx, param)
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.output("A .pcb file, a folder, or - for standard output.  [default: beside each input]")
@options.force
@click.option("--archive", is_flag=True, help="All inputs into one .pcb file.")
@click.option("--append", is_flag=True, help="Add the inputs to the archive OUT.")
@options.cloud_format
@options.model_or_auto
@options.bits
@options.effort
@options.max_chamfer
@options.entropy
@options.device
@options.no_pose
@options.samples
@options.sampling
@options.seed
@click.option(
    "--metadata",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_metadata,
    help="Store a note; may be repeated.",
)
@click.option(
    "--report/--no-report",
    default=True,
    help="Decode again to measure the quality (default), or not: faster.",
)
@options.as_json
@options.quiet
def encode(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    force: bool,
    archive: bool,
    append: bool,
    entropy: bool,
    format_: str | None,
    model: str | None,
    device: str,
    pose: bool,
    metadata: dict[str, str],
    report: bool,
    as_json: bool,
    quiet: bool,
    **reading: Any,
) -> None:
    """Turn point clouds, meshes and images into .pcb files.

    INPUTS are files, folders (searched for all cloud and mesh files), or - for standard input. Each becomes a
    .pcb file beside it, or below the folder OUT. With --archive, and whenever several clouds go to one .pcb
    file OUT, all become one archive that knows them by name. A model of images takes images (and searches
    folders for them): PNG, PGM, BMP, TIFF, JPEG, GIF, WebP, of the model's size.

    Codes of nested models are as long as --bits says, or as --max-chamfer needs. A longer search (--effort)
    makes a better file of the same size. --model auto tries all installed models of clouds, at 128 bits
    unless told otherwise, and keeps the one with the lowest Chamfer distance.

    For each cloud you read how many bits and bytes it took, how much smaller that is than its coordinates
    as 32-bit floats, and how far the decoded cloud is from it: the Chamfer distance (of squared distances,
    for an object one unit across) and the D1-PSNR. For an image: how much smaller than its pixels as 8-bit
    grey values, the PSNR, the mean squared error, and the bits of code a pixel (BPP).

    \b
    Examples:
      pcbin encode chair.ply                     writes chair.pcb
      pcbin encode chairs/ -o coded/             a folder, mirrored
      pcbin encode chairs/ -o chairs.pcb         a folder in one archive
      pcbin encode new.ply -o chairs.pcb --append
      pcbin encode chair.ply --bits 64 --effort 9
      pcbin encode chair.ply --max-chamfer 0.8e-3
      pcbin encode lamp.ply --model auto         the best of those installed
      pcbin encode digit.png --model my_digits   an image
      cat chair.ply | pcbin encode - --format ply -o - > chair.pcb
    """
    streamed = list(inputs) == [STREAM]
    _check_usage(
        out, streamed=streamed, append=append, named=format_ is not None, options=bool(metadata) or not pose
    )
    if streamed and out is None:
        out = STREAM
    several = len(inputs) > 1 or any(Path(text).is_dir() for text in inputs)
    one_file = out == STREAM or (out is not None and out.endswith(".pcb") and not is_folder(out, ()))
    archive = archive or append or (several and one_file)
    if archive and out is None:
        out = _archive_name(inputs)
    console = Console(as_json=as_json, quiet=quiet, data_on_stdout=out == STREAM)

    from pcbin.cli.coding import coder_of, pcb_name
    from pcbin.codec import AUTO

    wanted: str | bytes | None = model
    if append and out is not None:
        from pcbin.cli.archives import kept_by

        of_archive, kept, pose = kept_by(Path(out))
        wanted = model or of_archive
        if reading["bits"] not in (None, kept):
            raise click.UsageError(
                f"--append keeps the length of the archive's codes, {kept} bits; leave --bits away"
            )
        reading["bits"] = kept
    coder = coder_of(wanted, device=device, format=format_, pose=pose, **reading)
    found = [] if streamed else coder.gather(inputs)
    if archive and out is not None:
        from pcbin.cli.archives import Archiving

        if wanted == AUTO or reading["max_chamfer"] is not None:
            raise click.UsageError(
                "an archive has codes of one model and one length; leave --model auto and --max-chamfer away"
            )

        if out != STREAM:
            check([(one.path, Path(out)) for one in found], merged=True)
        Archiving(coder, console, report=report, force=force, entropy=entropy).run(
            found, out, append=append, metadata=metadata
        )
        return
    from pcbin.cli.singles import Singles

    singles = Singles(coder, console, metadata, force=force, report=report, entropy=entropy)
    if out == STREAM:
        singles.stream(found[0] if found else None, None)
    elif streamed:
        singles.stream(None, Path(str(out)))
    else:
        singles.run(plan(found, inputs, out, pcb_name), folders=out is not None and is_folder(out, inputs))


def _check_usage(out: str | None, *, streamed: bool, append: bool, named: bool, options: bool) -> None:
    """named: there is a --format. options: there are some that only new files can have."""
    if append and out in (None, STREAM):
        raise click.UsageError("--append needs the archive's file: -o FILE.pcb")
    if append and options:
        raise click.UsageError(
            "--append keeps poses and notes as the archive does; leave --no-pose and --metadata away"
        )
    if streamed and not named:
        raise click.UsageError("standard input has no suffix; say what it is, for example --format ply")


def _archive_name(inputs: tuple[str, ...]) -> str:
    """A folder's archive lies beside it; for files nothing suggests itself."""
    if len(inputs) > 1 or not Path(inputs[0]).is_dir():
        raise click.UsageError("--archive needs a name: -o FILE.pcb")
    folder = Path(inputs[0]).resolve()
    return str(folder.with_name(folder.name + ".pcb"))

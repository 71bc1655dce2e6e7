"""`pcbin encode`: clouds and images to .pcb files, one each or many in an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import STREAM, are_several, check_pcb, is_folder, plan


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.output("A .pcb file, a folder, or - for standard output.  [default: beside each input]")
@options.force
@options.skip_existing
@options.resume
@options.globs
@click.option("--archive", is_flag=True, help="Write all inputs to one .pcb file.")
@click.option("--append", is_flag=True, help="Add the inputs to the archive OUT.")
@options.cloud_format
@options.coding
@options.max_chamfer
@options.entropy
@options.pack
@options.device
@options.no_pose
@options.orient
@options.outliers
@options.complete
@options.full_hash
@options.reading
@options.metadata
@click.option(
    "--report/--no-report",
    default=True,
    help="Decode again to measure the quality (default), or skip that to save time.",
)
@options.as_json
@options.quiet
def encode(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    force: bool,
    skip_existing: bool,
    resume: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
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
    samples: int | None,
    array: str | None,
    drop_nan: bool,
    **asked: Any,
) -> None:
    """Turn point clouds, meshes and images into .pcb files.

    INPUTS are files, folders (searched for cloud and mesh files), or - for standard input. Each becomes a
    .pcb file beside it, or below the folder OUT. With --archive, or when several inputs go to one .pcb file
    OUT, all become one archive that knows them by name. With a model of images, inputs are images of the
    model's size: PNG, PGM, BMP, TIFF, JPEG, GIF or WebP.

    A cloud that the model codes badly as it stands, an object that lies on its side or is scanned askew, is
    turned first; the file keeps the rotation, and decoding turns it back (--orient).

    Every installed model of clouds is tried, and the code with the lowest Chamfer distance is kept, of at
    most 128 bits unless --bits says otherwise; or, with --max-chamfer, the one with the fewest bits. --model
    names one model instead: it is faster, and codes of one model can be searched and clustered. A longer
    search (--effort) makes a better file of the same size.

    The models know objects whose y axis points up. With --up z, clouds whose z axis does are turned for the
    model; the file does not record that, so decode it with --up z too.

    Inputs are read and encoded while those before them are written. After Ctrl-C, what was encoded is kept:
    an archive is complete then, and after every 4,096 inputs. The same command with --resume encodes the
    rest. With -f, an old archive is replaced only once the new one is complete.

    The report gives the size of each code and file, the compression ratio to the coordinates as 32-bit
    floats, and the distance of the decoded cloud: the Chamfer distance (of squared distances, for an object
    one unit across) and the D1-PSNR. For images, it gives the ratio to the pixels as 8-bit grey values, the
    PSNR, the mean squared error, and the bits of code per pixel (BPP).

    \b
    Examples:
      pcbin encode chair.ply                     writes chair.pcb
      pcbin encode chairs/ -o coded/             a folder, mirrored
      pcbin encode chairs/ -o chairs.pcb         a folder in one archive
      pcbin encode new.ply -o chairs.pcb --append
      pcbin encode chairs/ -o chairs.pcb --resume    the rest, after an interrupt
      pcbin encode chair.ply --bits 64 --effort 9
      pcbin encode chair.ply --pack              a better code in as many bits
      pcbin encode chair.ply --max-chamfer 0.8e-3
      pcbin encode chair.ply --model chair       one model, not the best of all
      pcbin encode lamp.ply --up z               then `pcbin decode lamp.pcb --up z`
      pcbin encode chair.ply --orient keep       as it stands, however that is
      pcbin encode digit.png --model my_digits   an image
      cat chair.ply | pcbin encode - --format ply -o - > chair.pcb
    """
    streamed = list(inputs) == [STREAM]
    _check_usage(
        out,
        streamed=streamed,
        append=append,
        named=format_ is not None,
        options=bool(metadata) or not pose or asked["full_hash"],
    )
    options.check_orient(asked["orient"], pose=pose)
    if streamed and out is None:
        out = STREAM
    one_file = out == STREAM or (out is not None and out.endswith(".pcb") and not is_folder(out, ()))
    archive = archive or append or (are_several(inputs) and one_file)
    folder = out is not None and not archive and is_folder(out, inputs)
    if out is not None and not folder:
        check_pcb(out)
    if archive and out is None:
        out = _archive_name(inputs)
    if resume:
        if force:
            raise click.UsageError("--resume keeps what is there, and -f replaces it; omit one of them")
        skip_existing = True
        append = append or (archive and Path(str(out)).is_file())
    console = Console(as_json=as_json, quiet=quiet, data_on_stdout=out == STREAM)
    globs = Globs(include, exclude)

    from pcbin.auto import AUTO, encoder
    from pcbin.coding.options import Options
    from pcbin.modalities import Reading

    reading = Reading(format_, samples, asked["seed"], array, drop_nan)

    if archive and out is not None:
        if asked["max_chamfer"] is not None:
            raise click.UsageError("an archive has codes of at most so many bits; omit --max-chamfer")
        if asked["pack"]:
            raise click.UsageError("codes of an archive are not packed one by one; omit --pack")
        from pcbin.cli._encode_archive import ArchiveEncoder

        del asked["max_chamfer"], asked["pack"]
        kept = {"full_hash": False} if append else {"pose": pose, "metadata": metadata}
        ArchiveEncoder(console, measure=report, force=force).run(
            inputs, out, globs, append=append, skip_existing=skip_existing, reading=reading, model=model,
            device=device, entropy=entropy, **{**asked, **kept},
        )  # fmt: skip
        return
    from pcbin.cli._encode_files import FileEncoder
    from pcbin.cli._inputs import Inputs
    from pcbin.codec import pcb_name

    wanted = Options(**asked, warn=False)
    coder = encoder(model or AUTO, wanted if pose else wanted.standing, device=device)
    read = Inputs.of(coder, reading)
    files = FileEncoder(
        coder, read, console, metadata, pose=pose, force=force, measure=report, entropy=entropy
    )
    found = [] if streamed else read.gather(inputs, globs)
    if out == STREAM:
        files.stream(found[0] if found else None, None)
    elif streamed:
        files.stream(None, Path(str(out)))
    else:
        files.run(plan(found, inputs, out, pcb_name), folders=folder, skip_existing=skip_existing)


def _check_usage(out: str | None, *, streamed: bool, append: bool, named: bool, options: bool) -> None:
    """named: there is a --format. options: there are some that only new files can have."""
    if append and out in (None, STREAM):
        raise click.UsageError("--append needs the archive's file: -o FILE.pcb")
    if append and options:
        raise click.UsageError(
            "--append keeps poses, notes and hashes as the archive does; omit --no-pose, --metadata and "
            "--full-hash"
        )
    if streamed and not named:
        raise click.UsageError("standard input has no suffix; name its format, for example --format ply")


def _archive_name(inputs: tuple[str, ...]) -> str:
    """A folder's archive goes beside it; files suggest no name."""
    if len(inputs) > 1 or not Path(inputs[0]).is_dir():
        raise click.UsageError("--archive needs a name: -o FILE.pcb")
    folder = Path(inputs[0]).resolve()
    return str(folder.with_name(folder.name + ".pcb"))

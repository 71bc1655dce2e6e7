"""What generate, interpolate and arithmetic have in common: codes come in, new ones are written and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcbin._words import count, listing, printable
from pcbin.cli import _options as options
from pcbin.cli._paths import STREAM, check, check_pcb, need_free

if TYPE_CHECKING:
    from pcbin.arrays import Codes, Pose
    from pcbin.cli._console import Console
    from pcbin.codec import Codec
    from pcbin.known_codes import Known

MOST = 400
"""Objects that come on one sheet."""

out = click.option(
    "-o", "--output", "out", metavar="OUT", type=click.Path(), help="The .pcb file of the new codes."
)
sheet = click.option(
    "--sheet", metavar="PNG", type=click.Path(path_type=Path), help="Draw what the new codes decode to."
)
mixture = click.option(
    "--mixture",
    "mixture_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A mixture file in place of what the model knows: `pcbin cluster --clusters N --save` makes one.",
)
seed = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Random seed."
)
written = options.together(out, sheet, options.force, options.as_json)


def check_outputs(
    target: str | None, picture: Path | None, read: Sequence[str | Path], *, force: bool, count: int = 1
) -> None:
    """Raises UsageError or InputError where the new codes cannot be written there."""
    if target is None and picture is None:
        raise click.UsageError("name a .pcb file with -o, a picture with --sheet, or both")
    if target == STREAM or STREAM in map(str, read):
        raise click.UsageError("new codes are read from and written to files, not standard input and output")
    if target is not None:
        check_pcb(target)
    if picture is not None and picture.suffix.lower() != ".png":
        raise click.UsageError(f"{picture}: pictures are PNG; call it something.png")
    if picture is not None and count > MOST:
        raise click.UsageError(
            f"{count:,} objects, and a sheet shows at most {MOST}; ask for fewer, or use -o"
        )
    for path in (None if target is None else Path(target), picture):
        if path is not None:
            need_free(path, force=force)
            check([(Path(one), path) for one in read], merged=True)


def known_of(path: Path) -> Known:
    """The codes of a file, or of all files in a folder. Raises InputError, FormatError."""
    from pcbin.cli._paths import gather, is_pcb
    from pcbin.known_codes import joined, known

    found = gather([str(path)], is_pcb, ".pcb file")
    return joined([(str(one), known(one.path)) for one in found])


def single(path: Path, known: Known) -> Codes:
    """(K / 8,) the only code of a file. Raises InputError where there are several."""
    from pcbin.errors import InputError

    if len(known.codes) > 1:
        raise InputError(
            f"{path}: {count(len(known.codes), 'code')}, and one is needed; name files of one code each"
        )
    code: Codes = known.codes[0]
    return code


def differing(code: Codes, other: Codes) -> int:
    """How many bits of two (K / 8,) codes differ."""
    from pcbin.arrays import unpack_bits

    return int(unpack_bits((code ^ other)[None]).sum())


def pose_of(path: Path) -> Pose | None:
    """Where the object of a file of one code stands; None for other files."""
    from pcbin.archive import Archive

    if not path.is_file():
        return None
    with Archive(path) as archive:
        return archive.pose


def write(
    target: str | None,
    picture: Path | None,
    codec: Codec,
    codes: Codes,
    *,
    pose: Pose | None = None,
    force: bool,
) -> int | None:
    """Writes the codes to a file of one, or to an archive, and draws them; the size of the file in bytes."""
    from pcbin.formats import pcb
    from pcbin.formats.atomic import write_atomic
    from pcbin.pages.contact import of_codes
    from pcbin.pages.render import png

    if picture is not None:
        write_atomic(picture, png(of_codes(codec, codes, range(len(codes)))), overwrite=force)
    if target is None:
        return None
    if len(codes) == 1:
        code = pcb.code_from_bytes(codes[0].tobytes())
        write_atomic(Path(target), pcb.dumps(code, codec.model.id, pose=pose), overwrite=force)
    else:
        with pcb.create_archive(
            target, model_id=codec.model.id, code_bits=8 * codes.shape[1], overwrite=force
        ) as file:
            file.add_many(codes, None, None, None)
    return Path(target).stat().st_size


def report(
    console: Console,
    said: str,
    codec: Codec,
    codes: Codes,
    outputs: tuple[str | None, Path | None, int | None],
    *,
    rows: Sequence[tuple[str, str]] = (),
    **told: object,
) -> None:
    """What was made, and where it lies."""
    target, picture, size = outputs
    places = [f"{target} ({size:,} bytes)"] if target is not None else []
    places += [str(picture)] if picture is not None else []
    text = f"{said}, {count(len(codes), 'code')} of {8 * codes.shape[1]} bits by {codec.model.name}"
    console.report(
        printable(f"{text} -> {', '.join(places)}") + (f"\n{listing(rows)}" if rows else ""),
        {
            "output": target,
            "sheet": None if picture is None else str(picture),
            "bytes": size,
            "model": codec.model.name,
            "model_id": codec.model.id.hex(),
            "bits": 8 * codes.shape[1],
            "codes": len(codes),
            **told,
        },
    )

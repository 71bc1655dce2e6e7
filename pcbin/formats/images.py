"""Grey images in the files that other programs read and write: PNG, PGM, BMP, TIFF, JPEG, GIF, WebP (Pillow).

::

    pixels = read_image("digit.png")           # (height, width) uint8
    with open("digit.pgm", "wb") as target:
        write_image(target, pixels, "pgm")

Only InputError leaves the reader, whatever the bytes. Pillow is imported when an image is read or written.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

from pcbin.arrays import Float32, Grey, as_image
from pcbin.errors import InputError, displayed, missing
from pcbin.formats._source import Source, name_of, opened, read_all

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 2**28
"""A file of more bytes is refused before it is parsed."""

MAX_PIXELS = 2**22
"""An image of more pixels is refused before it is unpacked: a small file cannot fill the memory. No model
codes more than 2^20.
"""

TOLERANCE = 1e-3
"""Grey values this near to a whole number lose nothing when rounded; 16-bit ones are 1/257 apart."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held: a number from 1 (upright) to 8."""

_UPRIGHT: dict[int, Callable[[Any], Any]] = {
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a.swapaxes(0, 1), 2),
    8: np.rot90,
}


@dataclass(frozen=True)
class ImageFormat:
    """name: lower case. suffixes: lower case, with the dot. pillow: what Pillow calls it. written: whether
    pcbin writes it; formats that blur the pixels, and animations, it does not.
    """

    name: str
    suffixes: tuple[str, ...]
    pillow: str
    written: bool


FORMATS = {
    one.name: one
    for one in (
        ImageFormat("png", (".png",), "PNG", True),
        ImageFormat("pgm", (".pgm",), "PPM", True),
        ImageFormat("bmp", (".bmp",), "BMP", True),
        ImageFormat("tiff", (".tif", ".tiff"), "TIFF", True),
        ImageFormat("jpeg", (".jpg", ".jpeg"), "JPEG", False),
        ImageFormat("gif", (".gif",), "GIF", False),
        ImageFormat("webp", (".webp",), "WEBP", False),
    )
}
READ = ", ".join(FORMATS)
WRITTEN = ", ".join(one.name for one in FORMATS.values() if one.written)


@dataclass(frozen=True, eq=False)
class Picture:
    """An image as read from a file.

    pixels: (height, width) uint8 grey values, the first row on top.
    dropped: what the file holds besides them, which pcbin does not keep: "colour", "transparency", ...
    notes: what else became of the image, as whole phrases: "turned upright as its EXIF data says".
    """

    pixels: Grey
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find_format(path: str | os.PathLike[str], format: str | None = None) -> ImageFormat | None:
    """The format called `format` (a name, or a suffix with or without its dot), else that of the suffix.

    None where there is no such format of images.
    """
    wanted = "." + format.lower().lstrip(".") if format is not None else os.fspath(path).lower()
    if format is not None and wanted[1:] in FORMATS:
        return FORMATS[wanted[1:]]
    return next((one for one in FORMATS.values() if wanted.endswith(one.suffixes)), None)


def image_format(
    path: str | os.PathLike[str], *, format: str | None = None, writing: bool = False
) -> ImageFormat:
    """As `find_format`. Raises InputError: no such format, or one that pcbin does not write."""
    found = find_format(path, format)
    if found is None:
        what = f"unknown format {format!r}" if format is not None else "no suffix of an image"
        raise InputError(
            f"{displayed(path)}: {what}; use one of: {WRITTEN if writing else ', '.join(FORMATS)}"
        )
    if writing and not found.written:
        raise InputError(f"{displayed(path)}: {found.name} cannot be written; use one of: {WRITTEN}")
    return found


def read_image(source: Source, *, format: str | None = None) -> Grey:
    """The (height, width) uint8 grey values of an image file; `read_picture` also says what was not kept."""
    return read_picture(source, format=format).pixels


def read_picture(source: Source, *, format: str | None = None) -> Picture:
    """The image in a file, as grey values.

    source: a path, or a binary file object (it need not be seekable), which is read to its end.
    format: the only format to accept; by default the bytes decide, whatever the suffix.

    Colours become their luma (ITU-R BT.601), transparent pixels lie on black, 16-bit values and floats from 0
    to 1 are rounded to 8 bits, an EXIF orientation is applied, and of several frames the first is taken.
    Raises InputError for whatever cannot be read, MissingDependency without Pillow.
    """
    only = None if format is None else image_format("image", format=format)
    name = name_of(source)
    with opened(source) as stream:
        data = read_all(stream, name, most=MAX_BYTES)
    pillow = _pillow()
    try:
        with warnings.catch_warnings():  # of odd tags: what can be read is read, what cannot is an error
            warnings.simplefilter("ignore")
            known = [one.pillow for one in ([only] if only else FORMATS.values())]
            with pillow.open(io.BytesIO(data), formats=known) as image:
                return _picture(image, name)
    except InputError:
        raise
    except pillow.UnidentifiedImageError:
        kinds = only.name if only else READ
        raise InputError(f"{name}: not an image ({kinds}); check the file, or convert it to PNG") from None
    except Exception as error:  # a third-party parser, on untrusted bytes, may raise anything
        raise InputError(f"{name}: a damaged image ({error}); copy it again") from None


def write_image(target: BinaryIO, image: Any, format: str = "png") -> None:
    """Writes a (height, width) grey image, uint8 or 0 to 1, to a binary file object, a pipe if need be.

    Raises InputError: not an image, or a format that pcbin does not write; MissingDependency without Pillow.
    """
    known = image_format("image", format=format, writing=True)
    pixels = np.rint(255 * as_image(image)).astype(np.uint8)  # exact for uint8: k / 255 is nearest to k
    packed = io.BytesIO()  # Pillow seeks in some formats, a pipe does not
    _pillow().fromarray(pixels).save(packed, known.pillow)
    target.write(packed.getvalue())


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise missing("Pillow", "reading and writing images", "images") from None
    return Image


def _picture(image: Image, name: str) -> Picture:
    """Raises InputError, and whatever Pillow raises for a damaged file."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(f"{name}: {width:,} x {height:,} pixels; resize it to at most {MAX_PIXELS:,} pixels")
    image.load()
    pixels, dropped = _grey(image, name)
    notes = []
    turn = _UPRIGHT.get(_orientation(image))
    if turn is not None:
        pixels = np.ascontiguousarray(turn(pixels))
        notes.append("turned upright as its EXIF data says")
    if getattr(image, "is_animated", False):
        notes.append("only the first of its frames is taken")
    return Picture(pixels, dropped, tuple(notes))


def _orientation(image: Image) -> Any:
    try:
        return image.getexif().get(ORIENTATION, 1)
    except Exception:  # a broken tag says nothing about the pixels
        return 1


class _Scaled(NamedTuple):
    pixels: Grey
    dropped: tuple[str, ...]


def _grey(image: Image, name: str) -> _Scaled:
    """The loaded image in 8-bit grey values, and what that lost (not what might have been there)."""
    mode = image.mode
    if mode.startswith("I;16") or (mode == "I" and image.format in ("PNG", "PPM")):  # older Pillow's 16 bits
        return _rounded(np.asarray(image, np.float32) / np.float32(65535))
    if mode == "F":
        values = np.asarray(image, np.float32)
        low, high = float(values.min()), float(values.max())
        if not (low >= 0 and high <= 1):  # also NaN
            raise InputError(f"{name}: floating-point pixels from {low:g} to {high:g}; scale them to 0 to 1")
        return _rounded(values)
    if mode == "I":
        raise InputError(f"{name}: pixels are 32-bit integers, of no known scale; save it with 8 or 16 bits")
    if mode in ("1", "L") and "transparency" not in image.info:
        return _Scaled(np.array(image.convert("L")), ())
    channels = np.array(image.convert("RGBA"))  # (height, width, 4)
    alpha = channels[..., 3:].astype(np.uint16)
    over_black = ((channels[..., :3] * alpha + 127) // 255).astype(np.uint8)
    dropped = []
    if (over_black != over_black[..., :1]).any():
        dropped.append("colour")
    if (alpha < 255).any():
        dropped.append("transparency")
    return _Scaled(np.array(_pillow().fromarray(over_black).convert("L")), tuple(dropped))


def _rounded(values: Float32) -> _Scaled:
    scaled = np.float32(255) * values
    pixels = np.rint(scaled)
    lost = ("more than 8 bits per pixel",) if np.abs(scaled - pixels).max() > TOLERANCE else ()
    return _Scaled(pixels.astype(np.uint8), lost)

"""LAS and LAZ, the point records of laser scanners (ASPRS LAS 1.2 to 1.4), through laspy and lazrs.

Coordinates are 32-bit integers, which the header's scale and offset place. The header's counts are checked
here, before laspy or lazrs allocates anything for them.
"""

from __future__ import annotations

import io
import math
import struct
from typing import Any, BinaryIO

import numpy as np

from pcbin.errors import InputError, missing
from pcbin.formats._source import most_records, most_unpacked, read_all
from pcbin.formats.clouds._types import Cloud, dropped_names

_HEADER = struct.Struct("<4s20xBB68xHIIBHI")
"""Magic, major and minor version, and from byte 94 on the header's size, where the points begin, how many
variable-length records, the point format, the size of a record and how many there are."""
_COUNT_14 = struct.Struct("<247xQ")
"""From LAS 1.4 on, where the 64-bit number of points is."""
_RECORD = 54
"""The least size of a variable-length record."""
_COMPRESSED = 0x80
_LAZ = 3
"""LAZ packs twice as well as gzip at its best; points of scanners take three bytes and more."""


def read(stream: BinaryIO, name: str) -> Cloud:
    """The points, in the file's coordinate system. Raises InputError, MissingDependency without laspy."""
    data = read_all(stream, name)
    count, compressed = _checked(data, name)
    laspy = _laspy(name, compressed)
    try:
        with laspy.open(io.BytesIO(data), laz_backend=laspy.LazBackend.Lazrs, read_evlrs=False) as file:
            points = file.read_points(count)
            if len(points) != count:
                raise ValueError(f"{len(points)} of {count} points")
            xyz = np.stack([np.asarray(points[axis], np.float64) for axis in "xyz"], axis=1)
            others = [key for key in points.point_format.dimension_names if key not in ("X", "Y", "Z")]
            dropped = dropped_names(key for key in others if np.asarray(points[key]).any())
    except BaseException as error:  # of parsers, and panics of Rust do not derive from Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        problem = f"{type(error).__name__}: {error}"[:200]
        raise InputError(f"{name}: damaged LAS ({problem}); export or copy it again") from None
    return Cloud(xyz, dropped)


def _laspy(name: str, compressed: bool) -> Any:
    try:
        import laspy

        if compressed:
            import lazrs  # noqa: F401
    except ImportError as error:
        raise missing(error.name or "laspy", f"{name}: reading it", "las") from None
    return laspy


def _checked(data: bytes, name: str) -> tuple[int, bool]:
    """The number of points, and whether they are compressed. Raises InputError: more than can be there."""
    if data[:4] != b"LASF":
        raise InputError(f"{name}: does not begin with 'LASF'; name the right format")
    if len(data) < 227:
        raise InputError(f"{name}: {len(data)} bytes are too few for a LAS file; copy it again")
    _, _, minor, size, start, records, kind, width, count = _HEADER.unpack_from(data)
    if minor >= 4 and len(data) >= _COUNT_14.size:
        (count,) = _COUNT_14.unpack_from(data)
    if not size <= start <= len(data) or records * _RECORD > start - size or width < 20:
        raise InputError(f"{name}: its header contradicts itself; export or copy it again")
    if count == 0:
        raise InputError(f"{name}: no points in it; export it again")
    compressed = bool(kind & _COMPRESSED)
    needed, there = count * width, most_unpacked(len(data)) if compressed else len(data) - start
    if needed > there or (compressed and count > most_records(_LAZ * len(data) // 2)):
        bound = (
            "may be unpacked, of few points; unpack it to .las first"
            if compressed
            else "are there; copy the file again"
        )
        raise InputError(
            f"{name}: announces {count:,} points, which need {needed:,} bytes, {there:,} {bound}"
        )
    if compressed:
        _check_chunks(data, start, count, name)
    return count, compressed


def _check_chunks(data: bytes, start: int, count: int, name: str) -> None:
    """The points of a LAZ file begin with the place of a table, which begins with a version and a count."""
    (place,) = struct.unpack_from("<q", data, start) if start + 8 <= len(data) else (-1,)
    if place == -1:  # written as a stream: the place stands at the end
        (place,) = struct.unpack_from("<q", data, len(data) - 8)
    chunks = struct.unpack_from("<I", data, place + 4)[0] if 0 <= place <= len(data) - 8 else math.inf
    if chunks > count:
        raise InputError(f"{name}: its table of chunks is damaged; export or copy it again")

"""PCD, the Point Cloud Library's format, version 0.7: ascii, binary and binary_compressed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats._source import most_records, most_unpacked, need_records, read_all
from pcbin.formats.clouds import lzf
from pcbin.formats.clouds._rows import Rows, is_number, lines_of
from pcbin.formats.clouds._types import Cloud, dropped_names

_SIZES = {"F": "48", "I": "1248", "U": "1248"}
_TYPES = {kind + size: f"<{kind.lower()}{size}" for kind, sizes in _SIZES.items() for size in sizes}
_MAX_HEADER = 2**16
_MAX_WIDTH = 2**20  # bytes of one point
_UNMOVED = (0, 0, 0, 1, 0, 0, 0)  # VIEWPOINT: no translation, the identity as quaternion


@dataclass(frozen=True)
class _Field:
    """A field begins at cell `cell` of a line, at byte `offset` of a record."""

    name: str
    dtype: np.dtype[Any]
    count: int
    cell: int
    offset: int


@dataclass(frozen=True)
class _Layout:
    """What the header says: `count` points of `width` bytes each; the fields x, y, z among them."""

    file: str
    count: int
    width: int
    axes: tuple[_Field, ...]

    def short(self, needed: int, there: int, unit: str) -> InputError:
        return InputError(
            f"{self.file}: announces {self.count:,} points, which need {needed:,} {unit}, "
            f"{there:,} are there; copy the file again"
        )


def read(stream: BinaryIO, name: str) -> Cloud:
    """The fields x, y, z, wherever they stand and whatever their type. Raises InputError."""
    data = read_all(stream, name)
    header, start = _header(data, name)
    fields = _fields(header, name)
    axes = tuple(field for axis in "xyz" for field in fields if field.name == axis and field.count == 1)
    if [field.name for field in axes] != list("xyz"):
        raise InputError(
            f"{name}: FIELDS {' '.join(f.name for f in fields)}: one x, y and z are needed; rename them"
        )
    width = sum(field.dtype.itemsize * field.count for field in fields)
    layout = _Layout(name, _count(header, name), width, axes)
    need_records(layout.count, stream, name)
    kind = " ".join(header["DATA"]).lower()
    readers = {"ascii": _ascii, "binary": _binary, "binary_compressed": _compressed}
    if kind not in readers:
        raise InputError(
            f"{name}: unknown DATA {kind[:40]!r}; convert it to ascii, binary or binary_compressed"
        )
    points = readers[kind](data, start, layout)
    dropped = dropped_names(f.name for f in fields if f.name not in ("x", "y", "z", "_"))  # _ is padding
    if header.get("HEIGHT", ["1"]) != ["1"]:
        dropped = (*dropped, "rows and columns")
    viewpoint = zip(header.get("VIEWPOINT", []), _UNMOVED, strict=False)
    if any(is_number(word) and float(word) != rest for word, rest in viewpoint):
        dropped = (*dropped, "viewpoint")
    return Cloud(points, dropped)


def write(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """DATA binary, float32 or float64 as the points are."""
    size, count = points.dtype.itemsize, len(points)
    header = (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z\n"
        f"SIZE {size} {size} {size}\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {count}\nHEIGHT 1\n"
        f"VIEWPOINT 0 0 0 1 0 0 0\nPOINTS {count}\nDATA binary\n"
    )
    stream.write(header.encode("ascii") + points.astype(points.dtype.newbyteorder("<")).tobytes())


def _header(data: bytes, name: str) -> tuple[dict[str, list[str]], int]:
    """The words of each header line by keyword, and where the data begins."""
    header: dict[str, list[str]] = {}
    at = 0
    while "DATA" not in header:
        end = data.find(b"\n", at, _MAX_HEADER)
        if end < 0:
            raise InputError(
                f"{name}: no line DATA in a PCD header; copy the file again, or name the right format"
            )
        words = data[at:end].decode("latin-1").split("#")[0].split()
        at = end + 1
        if words:
            header[words[0].upper()] = words[1:]
    return header, at


def _fields(header: dict[str, list[str]], name: str) -> list[_Field]:
    names = header.get("FIELDS", [])
    sizes, kinds = header.get("SIZE", ["4"] * len(names)), header.get("TYPE", ["F"] * len(names))
    counts = header.get("COUNT", ["1"] * len(names))
    if not names or {len(sizes), len(kinds), len(counts)} != {len(names)}:
        raise InputError(
            f"{name}: FIELDS, SIZE, TYPE, COUNT of the PCD header are missing or differ in length; correct it"
        )
    types = [_TYPES.get(kind.upper() + size, "V0") for kind, size in zip(kinds, sizes, strict=True)]
    numbers = [_whole(count) for count in counts]
    dtypes = [np.dtype(kind) for kind in types]
    widths = [dtype.itemsize * number for dtype, number in zip(dtypes, numbers, strict=True)]
    if min(widths) <= 0 or sum(widths) > _MAX_WIDTH:
        words = f"SIZE {' '.join(sizes)}, TYPE {' '.join(kinds)}, COUNT {' '.join(counts)}"
        raise InputError(f"{name}: {words[:200]} are not valid in PCD; correct the header")
    cells, offsets = accumulate(numbers, initial=0), accumulate(widths, initial=0)
    return [_Field(*parts) for parts in zip(names, dtypes, numbers, cells, offsets, strict=False)]


def _count(header: dict[str, list[str]], name: str) -> int:
    """POINTS, or WIDTH x HEIGHT where there is no such line."""
    words = header.get("POINTS") or [*header.get("WIDTH", []), *header.get("HEIGHT", ["1"])]
    numbers = [_whole(word) for word in words]
    count = numbers[0] * numbers[-1] if len(numbers) == 2 else numbers[0] if len(numbers) == 1 else -1
    if count < 1 or min(numbers) < 1:
        raise InputError(
            f"{name}: POINTS {' '.join(words)[:40]} in the PCD header; a positive number is needed"
        )
    return count


def _whole(word: str) -> int:
    """The number that a word of the header is, or -1."""
    return int(word) if word.isascii() and word.isdigit() and len(word) < 16 else -1


def _ascii(data: bytes, start: int, layout: _Layout) -> npt.NDArray[np.float64]:
    above = data[:start].count(b"\n")  # so that messages name the line of the file
    rows = Rows.of(layout.file, [""] * above + lines_of(data[start:], layout.file))
    if len(rows) < layout.count:
        raise layout.short(layout.count, len(rows), "lines")
    return rows.part(0, layout.count).floats([axis.cell for axis in layout.axes])


def _binary(data: bytes, start: int, layout: _Layout) -> npt.NDArray[np.float64]:
    """Point after point."""
    needed = layout.count * layout.width
    if needed > len(data) - start:
        raise layout.short(needed, len(data) - start, "bytes")
    dtype = np.dtype(
        {
            "names": ["x", "y", "z"],
            "formats": [axis.dtype for axis in layout.axes],
            "offsets": [axis.offset for axis in layout.axes],
            "itemsize": layout.width,
        }
    )
    records = np.frombuffer(data, dtype, count=layout.count, offset=start)
    return _columns([records[axis] for axis in "xyz"])


def _compressed(data: bytes, start: int, layout: _Layout) -> npt.NDArray[np.float64]:
    """Two lengths, then LZF of field after field."""
    packed, size = (int.from_bytes(data[at : at + 4], "little") for at in (start, start + 4))
    body = data[start + 8 : start + 8 + packed]
    if len(data) < start + 8 + packed:
        raise InputError(
            f"{layout.file}: ends within the compressed points, at byte {len(data):,}; copy it again"
        )
    needed, most = layout.count * layout.width, min(size, packed * lzf.MAX_RATIO)
    if needed != most:
        raise layout.short(needed, most, "bytes")
    if size > most_unpacked(len(data)) or layout.count > most_records(len(data)):
        raise InputError(
            f"{layout.file}: {layout.count:,} points of {size:,} bytes unpacked in {len(data):,} bytes; "
            "save it as DATA binary first"
        )
    try:
        content = lzf.decompress(body, size)
    except ValueError as error:
        raise InputError(
            f"{layout.file}: the compressed points are damaged ({error}); copy it again"
        ) from None
    columns = [(axis.dtype, axis.offset * layout.count) for axis in layout.axes]
    return _columns([np.frombuffer(content, dtype, layout.count, offset) for dtype, offset in columns])


def _columns(columns: list[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # signalling NaNs; they are refused with the others
        return np.stack([column.astype(np.float64) for column in columns], axis=1)

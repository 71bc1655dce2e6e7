"""Tables of numbers: XYZ, TXT, PTS, ASC and CSV, with or without a header line or a point count."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.arrays import axes_in, is_transposed
from pcbin.errors import InputError
from pcbin.formats._source import read_all
from pcbin.formats.clouds._rows import Rows, cells_of, is_number, lines_of, text_of
from pcbin.formats.clouds._types import Cloud, dropped_columns, dropped_names

_COMMENTS = ("#", "//")


def read(stream: BinaryIO, name: str) -> Cloud:
    """The columns called x, y, z, or else the first three.

    Separators are white space, commas or semicolons (then a comma may be the decimal sign). A first line
    with nothing but a count is checked against the points; after it, a comment line and element symbols
    (chemistry) are allowed. Cells may be in double quotes. Raises InputError.
    """
    data = read_all(stream, name)
    header = _commented_header(data)
    rows, counted = _counted(name, lines_of(data, name, _COMMENTS))
    if not len(rows):
        raise InputError(f"{name}: no points in it; one line x y z per point is needed")
    if not _is_table(rows.lines[:4]):
        raise InputError(f"{name}: does not begin as a table of numbers; name the right file, or its format")
    delimiter = _delimiter(rows.lines[0])
    if delimiter == ";":
        rows = rows.replaced([line.replace(",", ".") for line in rows.lines])
    cells = cells_of(rows.lines[0], delimiter)
    if header is None and not any(is_number(cell) for cell in cells[:4]):
        header, rows = _names(cells), rows.part(1)
        if len(rows) and len([c for c in cells_of(rows.lines[0], delimiter) if c.strip()]) > len(header):
            raise rows.error(0, f"more columns than the {len(header)} of the header line; name them all")
    columns, dropped = _columns(header, rows, delimiter)
    if header is None and not counted:
        _need_rows(rows, delimiter)
    return Cloud(rows.floats(columns, delimiter), dropped)


def begins_as_table(head: bytes) -> bool:
    """Whether the first bytes of a text look like a table of coordinates: not a licence, notes or a list."""
    try:
        lines = lines_of(head, "", _COMMENTS)
    except InputError:
        return False
    return _is_table(Rows.of("", lines).lines[:4])  # a count, a comment and a header may come first


def _is_table(lines: list[str]) -> bool:
    """Whether one of some lines has numbers, two or more, in half of its cells, or names x, y and z."""
    for line in lines:
        delimiter = _delimiter(line)
        plain = line.replace(",", ".") if delimiter == ";" else line
        cells = [cell for cell in cells_of(plain, delimiter) if cell.strip()]
        numbers = sum(map(is_number, cells))
        if (numbers >= 2 and 2 * numbers >= len(cells)) or axes_in(_names(cells)):
            return True
    return False


def _delimiter(line: str) -> str | None:
    """None: white space. With semicolons, a comma may be the decimal sign."""
    return next((mark for mark in (";", ",") if mark in line), None)


def write_xyz(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """Lines "x y z" without a header."""
    stream.write(text_of(points))


def write_csv(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """A line "x,y,z", then one line per point."""
    stream.write(b"x,y,z\n" + text_of(points, ","))


def _names(cells: list[str]) -> list[str]:
    return [cell.strip().strip("\"'").lower() for cell in cells]


def _commented_header(data: bytes) -> list[str] | None:
    """Column names in a first line that is a comment, "//X Y Z R G B" as CloudCompare writes."""
    line = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0].decode("latin-1")
    if not line.startswith(_COMMENTS):
        return None
    line = line.lstrip("#/ ")
    names = _names(line.replace(";", " ").replace(",", " ").split())
    return names if axes_in(names) else None


def _need_rows(rows: Rows, delimiter: str | None) -> None:
    """Raises InputError where three lines hold all x, all y and all z."""
    numbers = [cell for cell in cells_of(rows.lines[0], delimiter) if is_number(cell)]
    if is_transposed((len(rows), len(numbers))):
        raise InputError(
            f"{rows.name}: 3 lines of {len(numbers):,} numbers: transpose it, one line x y z per point; "
            "where they are three points, name the columns in a first line: x y z ..."
        )


def _counted(name: str, lines: list[str]) -> tuple[Rows, bool]:
    """The rows after a line that only counts them, or all rows; and whether there was such a line."""
    rows = Rows.of(name, lines)
    first = rows.lines[0].strip() if len(rows) else ""
    if not (first.isascii() and first.isdigit() and len(first) < 16):
        return rows, False
    count = int(first)
    after = next(k for k, line in enumerate(lines) if line.strip()) + 1
    if len(rows) - 1 == count:
        return rows.part(1), True
    chemical = Rows.of(name, lines, start=after + 1)  # the line after the count is a comment
    if len(chemical) == count:
        return chemical, True
    raise InputError(
        f"{name}: line {after} announces {count:,} points, {len(rows) - 1:,} lines follow; "
        "complete the file, or split it if it holds several clouds"
    )


def _columns(
    header: list[str] | None, rows: Rows, delimiter: str | None
) -> tuple[list[int], tuple[str, ...]]:
    """Which columns are x, y, z, and what the others are."""
    if header is not None:
        columns = axes_in(header) or [0, 1, 2]
        others = [title for column, title in enumerate(header) if column not in columns and title]
        return columns, dropped_names(others)
    cells = cells_of(rows.lines[0], delimiter)
    if len(cells) >= 4 and not is_number(cells[0]) and all(is_number(cell) for cell in cells[1:4]):
        return [1, 2, 3], ("element symbols",)
    return [0, 1, 2], dropped_columns(len([cell for cell in cells if cell.strip()]))

"""Lines of numbers, parsed fast, with the line named where one is bad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError


def lines_of(data: bytes, name: str, comments: tuple[str, ...] = ()) -> list[str]:
    """The lines of a text, any line ending, without comments. Raises InputError: not a text."""
    if b"\0" in data:
        raise InputError(f"{name}: byte {data.index(0)} is zero, so this is not text; name the right format")
    # Latin-1 never fails, and numbers are ASCII anyway. Windows programs put the mark of UTF-8 first.
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    for mark in comments:
        if mark in text:
            lines = [line.split(mark, 1)[0] for line in lines]
    return lines


class Rows:
    """The lines of a text that are not blank, each with its line number for messages."""

    def __init__(self, name: str, lines: list[str], numbers: list[int]) -> None:
        self.name = name
        self.lines = lines
        self._numbers = numbers

    @classmethod
    def of(cls, name: str, lines: list[str], *, start: int = 0) -> Rows:
        """The lines that are not blank, from index `start` on."""
        kept = [k for k in range(start, len(lines)) if lines[k] and not lines[k].isspace()]
        return cls(name, [lines[k] for k in kept], [k + 1 for k in kept])

    def __len__(self) -> int:
        return len(self.lines)

    def part(self, start: int, stop: int | None = None) -> Rows:
        return Rows(self.name, self.lines[start:stop], self._numbers[start:stop])

    def select(self, indices: Sequence[int] | npt.NDArray[np.intp]) -> Rows:
        return Rows(self.name, [self.lines[k] for k in indices], [self._numbers[k] for k in indices])

    def replaced(self, lines: list[str]) -> Rows:
        """Other text for the same lines."""
        return Rows(self.name, lines, self._numbers)

    def error(self, row: int, problem: str) -> InputError:
        """An InputError about one row; `problem` ends with the remedy."""
        return InputError(f"{self.name}: line {self._numbers[row]}: {problem}")

    def floats(self, columns: Sequence[int], delimiter: str | None = None) -> npt.NDArray[np.float64]:
        """(rows, columns) numbers, from the columns with these indices; further columns are not looked at.

        delimiter: None splits at white space. Raises InputError with the first bad line.
        """
        if not self.lines:
            return np.empty((0, len(columns)))
        try:
            values = np.loadtxt(
                self.lines, comments=None, delimiter=delimiter, quotechar='"', usecols=columns, ndmin=2
            )
        except ValueError as error:
            raise self._diagnosis(columns, delimiter, str(error)) from None
        if values.shape != (len(self.lines), len(columns)):
            raise self._diagnosis(columns, delimiter, "rows of different lengths")
        return values

    def integers(self, columns: Sequence[int]) -> npt.NDArray[np.int64]:
        """As `floats`, and every value is a whole number."""
        values = self.floats(columns)
        whole = (np.abs(values) < 2.0**53) & (values == np.floor(np.nan_to_num(values)))
        if not whole.all():
            row, column = np.argwhere(~whole)[0]
            raise self.error(int(row), f"{values[row, column]} is no whole number; write an index or a count")
        return values.astype(np.int64)

    def _diagnosis(self, columns: Sequence[int], delimiter: str | None, otherwise: str) -> InputError:
        needed = max(columns) + 1
        for row, line in enumerate(self.lines):
            cells = cells_of(line, delimiter)
            if len(cells) < needed:
                return self.error(
                    row, f"{len(cells)} columns, at least {needed} needed; complete or remove the line"
                )
            for column in columns:
                if not is_number(cells[column]):
                    text = cells[column].strip()[:40]
                    return self.error(row, f"{text!r} is not a number; correct or remove the line")
        return InputError(f"{self.name}: not a table of numbers ({otherwise}); correct the file")


def cells_of(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line; those in double quotes may hold the delimiter."""
    if '"' not in line:
        return line.split(delimiter)
    import csv

    try:
        return next(csv.reader([line], delimiter=delimiter or " ", skipinitialspace=delimiter is None))
    except csv.Error:  # a cell of more than 128 KiB
        return line.split(delimiter)


def is_number(cell: str) -> bool:
    """Whether a cell of a table is a decimal number (Python's 1_000 is not)."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell and cell.isascii()


def text_of(points: npt.NDArray[np.floating[Any]], separator: str = " ", prefix: str = "") -> bytes:
    """One line per point, with the fewest digits that read back as the same float32 or float64."""
    blocks = []
    for start in range(0, len(points), 65536):
        cells = iter(points[start : start + 65536].ravel().astype("U32").tolist())
        blocks += [prefix + separator.join(row) + "\n" for row in zip(cells, cells, cells, strict=True)]
    return "".join(blocks).encode("ascii")

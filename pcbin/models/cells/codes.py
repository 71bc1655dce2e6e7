"""Cells to codes and back: the bits of a cell code (spec: formats/cells-v1.md, section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32
from pcbin.errors import FormatError
from pcbin.formats.entropy import BitReader, encode_bits
from pcbin.models.cells.context import OCTANTS, Level, occupied_children
from pcbin.models.cells.grid import QUARTERS, STEPS, Cells, Grid, counted, pyramid
from pcbin.models.cells.network import ContextNetwork

EVEN = 1 << 15
"""The probability of a bit of the header."""
_HEADER = (("step", STEPS), ("y", QUARTERS), ("z", QUARTERS))
HEADER_BITS = sum(number.bit_length() - 1 for _, number in _HEADER)
MAX_CELLS = 1 << 14
"""Of one level of one object."""
MAX_TOGETHER = 1 << 16
"""Of one level of all objects decoded together: for a width of 128 the first layer gives 256 MiB for them."""


@dataclass(frozen=True, eq=False)
class Gridded:
    """The cells that an object occupies in a grid."""

    cells: Cells
    grid: Grid

    def __len__(self) -> int:
        return len(self.cells)


def gridded(points: Float32, grid: Grid, least: float = 1) -> Gridded:
    """The cells that hold at least so many of the (N, 3) points, or all that hold any where none does."""
    return with_enough(*counted(points, grid), grid, least)


def with_enough(cells: Cells, counts: npt.NDArray[np.int64], grid: Grid, least: float) -> Gridded:
    """Of cells that hold so many points each (n,), those that hold at least so many; all where none does."""
    kept = counts >= least
    return Gridded(cells[kept] if kept.any() else cells, grid)


def symbols(
    network: ContextNetwork, objects: Sequence[Gridded]
) -> list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]]:
    """The bits of each object's code and their probabilities of being 1, in units of 2^-16.

    The objects' grids have one number of levels. What is certain has no bit.
    """
    parts: list[list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]]] = [[] for _ in objects]
    for level, below in levels_of(objects):
        occupied = occupied_children(level, below)
        of_parents = network.of_parents(level.of_parents())
        ends = np.searchsorted(level.cells[:, 0], np.arange(len(objects) + 1))
        for octant in range(len(OCTANTS)):
            found = network.probabilities(octant, of_parents, level.of_children(octant))
            bits, open_ = occupied[octant], ~level.certain(octant)
            level.put(octant, bits)
            for part, start, end in zip(parts, ends[:-1], ends[1:], strict=True):
                rows = open_[start:end]
                part.append((bits[start:end][rows], found[start:end][rows]))
    return [
        (np.concatenate([_header(one.grid), *(bits for bits, _ in part)]),
         np.concatenate([np.full(HEADER_BITS, EVEN), *(found for _, found in part)]))
        for one, part in zip(objects, parts, strict=True)
    ]  # fmt: skip


def lengths(network: ContextNetwork, objects: Sequence[Gridded]) -> npt.NDArray[np.float64]:
    """The ideal lengths of the codes of objects of one number of levels, in bits (n,)."""
    return np.array([_ideal(bits, found) for bits, found in symbols(network, objects)])


def encode(network: ContextNetwork, objects: Sequence[Gridded]) -> list[bytes]:
    """The codes of objects of one number of levels: at least one byte each."""
    return [encode_bits(bits.tolist(), found.tolist()) or b"\0" for bits, found in symbols(network, objects)]


def decode(network: ContextNetwork, codes: Sequence[bytes]) -> list[Gridded]:
    """The cells of codes; zeros after the end of a code change nothing.

    Raises FormatError for bytes that no encoder writes.
    """
    try:
        return _decode(network, codes)
    except _TooManyTogether:
        half = len(codes) // 2
        return decode(network, codes[:half]) + decode(network, codes[half:])


class _TooManyTogether(Exception):
    """The cells of several objects are more than are decoded together."""


def _decode(network: ContextNetwork, codes: Sequence[bytes]) -> list[Gridded]:
    readers = [BitReader(code) for code in codes]
    grids = [_grid(reader.read([EVEN] * HEADER_BITS)) for reader in readers]
    found: dict[int, Gridded] = {}
    for levels in {one.levels for one in grids}:
        rows = [row for row, one in enumerate(grids) if one.levels == levels]
        some = [grids[row] for row in rows]
        cells = _decode_levels(network, [readers[row] for row in rows], some, levels)
        ends = np.searchsorted(cells[:, 0], np.arange(len(rows) + 1))
        for row, start, end in zip(rows, ends[:-1], ends[1:], strict=True):
            own = cells[start:end].copy()
            own[:, 0] = 0
            found[row] = Gridded(own, grids[row])
    for reader, code in zip(readers, codes, strict=True):
        if encode_bits(reader.bits, reader.probabilities) != code.rstrip(b"\0"):
            raise FormatError("code: no object has this cell code; it is damaged, get it again")
    return [found[row] for row in range(len(codes))]


def _decode_levels(
    network: ContextNetwork, readers: Sequence[BitReader], grids: Sequence[Grid], levels: int
) -> Cells:
    excess = np.array([one.excess for one in grids])
    cells = np.zeros((len(readers), 4), np.int32)
    cells[:, 0] = np.arange(len(readers))
    above = None
    for number in range(levels):
        level = Level(cells, number, above, levels, excess)
        of_parents = network.of_parents(level.of_parents())
        ends = np.searchsorted(cells[:, 0], np.arange(len(readers) + 1))
        for octant in range(len(OCTANTS)):
            found = network.probabilities(octant, of_parents, level.of_children(octant))
            if octant < len(OCTANTS) - 1:
                bits = _read(readers, found, ends)
            else:
                bits = level.certain(octant)
                rows = np.flatnonzero(~bits)
                bits[rows] = _read(readers, found[rows], np.searchsorted(rows, ends))
            level.put(octant, bits)
        cells, above = level.children(), level
        if np.bincount(cells[:, 0]).max() > MAX_CELLS:
            raise FormatError(f"code: more than {MAX_CELLS:,} cells; it is not valid, get it again")
        if len(cells) > MAX_TOGETHER and len(readers) > 1 and number + 1 < levels:
            raise _TooManyTogether
    return cells


def _read(
    readers: Sequence[BitReader], probabilities: npt.NDArray[np.int64], ends: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """The next bit for each probability, from one reader after the other; ends: where each one's are."""
    wanted, bounds = probabilities.tolist(), ends.tolist()
    found: list[bool] = []
    for reader, start, end in zip(readers, bounds[:-1], bounds[1:], strict=True):
        found += reader.read(wanted[start:end])
    return np.array(found, bool)


def levels_of(objects: Sequence[Gridded]) -> Iterator[tuple[Level, Cells]]:
    """Each level of all objects as a batch, coarsest first, and the cells of the next one."""
    levels = objects[0].grid.levels
    excess = np.array([one.grid.excess for one in objects])
    pyramids = [pyramid(one.cells, levels) for one in objects]
    joined = []
    for number in range(levels + 1):
        cells = np.concatenate([own[number] for own in pyramids])
        cells[:, 0] = np.repeat(np.arange(len(objects)), [len(own[number]) for own in pyramids])
        joined.append(cells)
    above = None
    for number in range(levels):
        above = Level(joined[number], number, above, levels, excess)
        yield above, joined[number + 1]


def _header(grid: Grid) -> npt.NDArray[np.bool_]:
    """The lowest bit of each number first."""
    numbers = [(getattr(grid, name), number.bit_length() - 1) for name, number in _HEADER]
    return np.array([value >> place & 1 for value, bits in numbers for place in range(bits)], bool)


def _grid(bits: Sequence[bool]) -> Grid:
    found, start = {}, 0
    for name, number in _HEADER:
        end = start + number.bit_length() - 1
        found[name] = sum(bit << place for place, bit in enumerate(bits[start:end]))
        start = end
    return Grid(**found)


def _ideal(bits: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.int64]) -> float:
    return float(-np.log2(np.where(bits, probabilities, (1 << 16) - probabilities) / (1 << 16)).sum())

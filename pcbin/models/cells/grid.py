"""The grids of cell codes: from points to occupied cells, and from the finest cells to all coarser levels.

The cells of a level are rows (object, x, y, z) of whole numbers in ascending order; those of level l lie in a
cube of 2^l cells a side, centred on the object's bounding box. Level 0 is the cube itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32

Cells = npt.NDArray[np.int32]
"""(n, 4) rows: number of the object in its batch, x, y, z; sorted, no two equal."""

STEPS = 64
"""How many sizes of cells there are: 16 to each factor of two."""
QUARTERS = 4
"""How many shifts there are along y and along z: quarters of a cell."""


@dataclass(frozen=True)
class Grid:
    """One of the grids that a code can use.

    step: 0 to 63. The finest cells are 1 / (4 * 2^(step / 16)) of the object's bounding-box diagonal wide.
    y, z: 0 to 3: by how many quarters of a cell the object is shifted. There is no shift along x, the axis in
    which most objects are symmetric: a boundary between cells lies in the middle.
    """

    step: int
    y: int = 0
    z: int = 0

    @property
    def cells(self) -> float:
        """How many cells go into the diagonal's length."""
        return float(4 * 2 ** (self.step / 16))

    @property
    def levels(self) -> int:
        """The level of the finest cells: the least whose cube holds any object of unit diagonal."""
        return 2 + -(-self.step // 16)

    @property
    def excess(self) -> int:
        """How much larger than the diagonal the cube is, in sixteenths of a factor of two: 0 to 15."""
        return -self.step % 16

    @property
    def corner(self) -> Float32:
        """(3,) where the cube's corner of the lowest coordinates lies, in cells from the object's centre."""
        shift = np.array([0, self.y, self.z], np.float32) / QUARTERS
        found: Float32 = -shift - np.float32(1 << self.levels) / 2
        return found


def occupied(points: Float32, grid: Grid) -> Cells:
    """The cells, as one object, that hold some of the (N, 3) points of a normalised cloud."""
    return counted(points, grid)[0]


def counted(points: Float32, grid: Grid) -> tuple[Cells, npt.NDArray[np.int64]]:
    """`occupied`, and how many of the points each cell holds (n,)."""
    cells, which = located(points, grid)
    return cells, np.bincount(which, minlength=len(cells))


def located(points: Float32, grid: Grid) -> tuple[Cells, npt.NDArray[np.intp]]:
    """`occupied`, and the row of the cell that each point lies in (N,).

    What a shift moves beyond the cube counts in the cells at its faces.
    """
    size = 1 << grid.levels
    whole = np.floor(points * np.float64(grid.cells) - grid.corner).astype(np.int64)
    whole = np.clip(whole, 0, size - 1)
    keys, which = np.unique((whole[:, 0] * size + whole[:, 1]) * size + whole[:, 2], return_inverse=True)
    return from_keys(keys, size), which


def from_keys(keys: npt.NDArray[np.int64], size: int) -> Cells:
    """The rows that sorted whole numbers ((object * size + x) * size + y) * size + z stand for."""
    cells = np.empty((len(keys), 4), np.int32)
    rest = keys
    for axis in (3, 2, 1):
        rest, cells[:, axis] = np.divmod(rest, size)
    cells[:, 0] = rest
    return cells


def keys_of(cells: Cells, size: int) -> npt.NDArray[np.int64]:
    """The inverse of `from_keys`."""
    wide = cells.astype(np.int64)
    return ((wide[:, 0] * size + wide[:, 1]) * size + wide[:, 2]) * size + wide[:, 3]


def parents(cells: Cells) -> Cells:
    """The cells of the next coarser level that hold these."""
    above = cells.copy()
    above[:, 1:] >>= 1
    size = 1 + int(above[:, 1:].max(initial=0))
    return from_keys(np.unique(keys_of(above, size)), size)


def pyramid(cells: Cells, levels: int) -> list[Cells]:
    """All levels, from the cube itself to the given cells of level `levels`."""
    found = [cells]
    for _ in range(levels):
        found.append(parents(found[-1]))
    return found[::-1]

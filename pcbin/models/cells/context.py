"""What the context network is told of a cell before it is coded: small whole numbers.

Within a level the children of all parents are coded octant after octant, those at smaller x first. So a child
knows all coarser cells, the children in earlier octants, and half of the children that lie where its mirror
image in x is. Normative: formats/cells-v1.md, section 3.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

from pcbin.models.cells.grid import Cells, keys_of

Int8 = npt.NDArray[np.int8]
Index = npt.NDArray[np.intp]

OCTANTS = tuple(product((0, 1), repeat=3))
_OCTANTS = np.array(OCTANTS, np.int32)
MAX_LEVELS = 6
PAD = 2
FACE = 7
"""Distances to the box of the parents beyond this are told as this."""

OF_PARENT = 125 + 125 + 3 + 6 + 3 + 3 + MAX_LEVELS + 4 + 1
OF_CHILD = 125 + 27


@cache
def around(radius: int, size: int, *, mirrored: bool = False) -> Index:
    """Offsets of a cell's (2 radius + 1)^3 neighbours in a flat grid of `size` cells a side."""
    steps = range(-radius, radius + 1)
    sign = -1 if mirrored else 1
    return np.array([(sign * x * size + y) * size + z for x, y, z in product(steps, steps, steps)], np.intp)


@cache
def _inside(size: int) -> Index:
    """(8,): offsets of a cell's children from the first one, in a flat grid of `size` cells a side."""
    return np.array([(x * size + y) * size + z for x, y, z in OCTANTS], np.intp)


@cache
def _moved(size: int) -> Index:
    """(8, OF_CHILD): how far what a child is told of lies from what the first child is told of."""
    mirrored = np.array([(-x * size + y) * size + z for x, y, z in OCTANTS], np.intp)
    return np.concatenate([np.tile(_inside(size)[:, None], 125), np.tile(mirrored[:, None], 27)], axis=1)


def _flat(cells: npt.NDArray[np.integer], objects: npt.NDArray[np.integer], size: int) -> Index:
    """Where (n, 3) cells lie in the padded flat grid of a batch; `size` includes the padding."""
    x, y, z = cells.T.astype(np.intp) + PAD
    found: Index = ((objects.astype(np.intp) * size + x) * size + y) * size + z
    return found


class Level:
    """The parents of one level of a batch of objects, and what is known of their children so far.

    Args:
        cells: The parents.
        level: Which level they are of.
        above: The level before, as it was when it was complete; None at level 0.
        finest: The level of the finest cells of these objects.
        excess: `Grid.excess` of each object (objects,).
    """

    def __init__(
        self, cells: Cells, level: int, above: Level | None, finest: int, excess: npt.NDArray[np.integer]
    ) -> None:
        self.cells, self.level, self.finest = cells, level, finest
        self._objects, self._excess, self._above = cells[:, 0], excess, above
        self._places = cells[:, 1:]
        side = 1 << level
        self._size, self._children_size = side + 2 * PAD, 2 * side + 2 * PAD
        self._grid = np.full(len(excess) * self._size**3, -1, np.int8)
        self._at = _flat(self._places, self._objects, self._size)
        self._grid[self._at] = 1
        self._children = np.full(len(excess) * self._children_size**3, -1, np.int8)
        size = self._children_size
        first = _flat(2 * self._places, self._objects, size)
        self._child_at = first + _inside(size)[:, None]  # (8, n)
        self._children[self._child_at] = 0
        opposite = 2 * self._places
        opposite[:, 0] = 2 * side - 1 - opposite[:, 0]
        mirrored = _flat(opposite, self._objects, size)
        own, across = first[:, None] + around(2, size), mirrored[:, None] + around(1, size, mirrored=True)
        self._told_at = np.concatenate([own, across], axis=1)  # (n, OF_CHILD), of the children in octant 0

    def of_parents(self) -> Int8:
        """(n, OF_PARENT): what all children of a parent are told."""
        told = np.empty((len(self.cells), OF_PARENT), np.int8)
        told[:, :125] = self._grid[self._at[:, None] + around(2, self._size)]
        if self._above is None:
            told[:, 125:250] = -1
            told[:, 125 + 62] = 1
        else:
            above = _flat(self._places >> 1, self._objects, self._above._size)
            told[:, 125:250] = self._above._grid[above[:, None] + around(2, self._above._size)]
        told[:, 250:253] = self._places & 1
        low, high = self._boxes()
        low, high = low[self._objects], high[self._objects]
        told[:, 253:256] = np.minimum(self._places - low, FACE)
        told[:, 256:259] = np.minimum(high - self._places, FACE)
        side = 1 << self.level
        told[:, 259:262] = (high - low + 1) * 16 // side
        centred = 2 * self._places + 1 - side  # in half cells from the middle
        centred[:, 0] = np.abs(centred[:, 0])
        told[:, 262:265] = (centred * 16) // side
        told[:, 265:] = 0
        told[:, 265 + self.level] = 4
        told[:, 265 + MAX_LEVELS + min(self.finest - self.level - 1, 3)] = 4
        told[:, -1] = self._excess[self._objects]
        return told

    def of_children(self, octant: int) -> Int8:
        """(n, OF_CHILD): what the children in an octant are told beside that."""
        found: Int8 = self._children[self._told_at + _moved(self._children_size)[octant]]
        return found

    def put(self, octant: int, bits: npt.NDArray[np.bool_]) -> None:
        """Says which of the children in an octant are occupied (n,)."""
        self._children[self._child_at[octant]] = np.where(bits, 1, -1)

    def certain(self, octant: int) -> npt.NDArray[np.bool_]:
        """(n,) where a child must be occupied: the last of a parent that has no other."""
        if octant != len(OCTANTS) - 1:
            return np.zeros(len(self.cells), bool)
        found: npt.NDArray[np.bool_] = self._children[self._child_at[:-1]].max(axis=0) <= 0
        return found

    def children(self) -> Cells:
        """The occupied children, as the cells of the next level."""
        octants, rows = np.nonzero(self._children[self._child_at] > 0)
        cells = self.cells[rows] * np.array([1, 2, 2, 2], np.int32)
        cells[:, 1:] += _OCTANTS[octants]
        return cells[np.lexsort((cells[:, 3], cells[:, 2], cells[:, 1], cells[:, 0]))]

    def _boxes(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        starts = np.searchsorted(self._objects, np.arange(len(self._excess)))
        return (np.minimum.reduceat(self._places, starts), np.maximum.reduceat(self._places, starts))


def occupied_children(level: Level, below: Cells) -> npt.NDArray[np.bool_]:
    """(8, n) which children of a level's parents are among the cells of the next level."""
    size = 2 << level.level
    have = np.zeros(int(level.cells[-1, 0] + 1) * size**3, bool)
    have[keys_of(below, size)] = True
    first = level.cells * np.array([1, 2, 2, 2])
    return np.stack([have[keys_of(first + np.array([0, *octant]), size)] for octant in OCTANTS])

"""Where points lie in cells: the local decoder of cell codes (spec: formats/cells-v1.md, section 5).

A small network sees the neighbourhood of each occupied cell and gives it a weight, which decides how many of
the points it gets, and the places of as many points as a cell can have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32, grouped
from pcbin.models.cells.codes import Gridded
from pcbin.models.cells.context import FACE, Int8, around
from pcbin.models.cells.grid import Cells, Grid

OF_CELL = 125 + 6 + 125 + 3 + 3 + 2 + 6 + 3
REACH = 1.25
"""How far from the middle of its cell a point can be along each axis, in cells."""
_FAR = 3
_TOGETHER = 1024
"""Cells of several objects that go through the network together: what is between two layers stays in the
cache."""


def told(cells: Cells, grid: Grid) -> Int8:
    """What the network is told of each cell of one object, (n, OF_CELL)."""
    side, places = 1 << grid.levels, cells[:, 1:]
    found = np.empty((len(cells), OF_CELL), np.int8)
    fine, at, size = _padded(places, side, _FAR)
    found[:, :125] = fine[at[:, None] + around(2, size)]
    far = _FAR * np.array([-size * size, size * size, -size, size, -1, 1])
    found[:, 125:131] = fine[at[:, None] + far]
    coarse, at, size = _padded(places >> 1, side // 2, 2)
    found[:, 131:256] = coarse[at[:, None] + around(2, size)]
    found[:, 256:259] = places & 1
    middle = 8 * (2 * places + 1 - side) / grid.cells
    found[:, 259:262] = middle  # rounded towards 0, as all below
    np.abs(found[:, 259], out=found[:, 259])
    found[:, 262] = (grid.step - 32) // 4
    found[:, 263] = np.clip(2 * np.log2(len(cells) / 64), -10, 12)
    low, high = places.min(axis=0), places.max(axis=0)
    found[:, 264:267] = np.minimum(places - low, FACE)
    found[:, 267:270] = np.minimum(high - places, FACE)
    found[:, 270:273] = np.clip(8 * (high - low + 1) / grid.cells, 0, 8)
    return found


@dataclass(frozen=True)
class Placement:
    """The network: three hidden layers of one width, the last one of them added to the one before.

    layers: weight (outputs, inputs) and bias of each of the four, the last one's outputs being the places,
    3 for each point, and the weight.
    """

    layers: tuple[tuple[Float32, Float32], ...]

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[Any]]) -> Placement:
        """The network with the tensors of a model file."""
        found = []
        for name in LAYERS:
            weight, bias = (tensors[f"placement/{name}/{part}"] for part in ("weight", "bias"))
            found.append((np.ascontiguousarray(weight.astype(np.float32).T), bias.astype(np.float32)))
        return cls(tuple(found))

    @property
    def most(self) -> int:
        """How many points a cell can have."""
        return (len(self.layers[-1][1]) - 1) // 3

    def points(self, objects: Sequence[Gridded], count: int) -> list[Float32]:
        """(count, 3) points of each object in the normalised frame; fewer if its cells cannot hold them."""
        found: list[Float32] = []
        together: list[Gridded] = []
        for one in objects:
            if together and sum(map(len, together)) + len(one) > _TOGETHER:
                found += self._points(together, count)
                together = []
            together.append(one)
        return found + self._points(together, count)

    def _points(self, objects: Sequence[Gridded], count: int) -> list[Float32]:
        """`points` of a few objects, with one run of the network."""
        if not objects:
            return []
        hidden = self._hidden(np.concatenate([told(one.cells, one.grid) for one in objects]))
        weight, bias = self.layers[-1]
        weights = np.einsum("ng,g->n", hidden, weight[:, -1]) + bias[-1]
        found, start = [], 0
        for one in objects:
            rows = slice(start, start + len(one))
            counts = shares(weights[rows], count, self.most)
            used = 3 * int(counts.max())  # places that no cell needs are not computed
            offsets = REACH * np.tanh((hidden[rows] @ weight[:, :used] + bias[:used]) / REACH)
            found.append(placed(one, offsets.reshape(len(one), -1, 3), counts))
            start = rows.stop
        return found

    def _hidden(self, features: Int8) -> Float32:
        """(n, OF_CELL) -> (n, width): what the last layer is given."""
        (w1, b1), (w2, b2), (w3, b3), _ = self.layers
        x = _rectified(features.astype(np.float32) @ w1, b1)
        x = _rectified(x @ w2, b2)
        x += _rectified(x @ w3, b3)
        return x


def _rectified(x: Float32, bias: Float32) -> Float32:
    x += bias
    np.maximum(x, 0, out=x)
    return x


LAYERS = ("first", "second", "third", "last")


def tensor_shapes(width: int, points: int) -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors of a network of a width, for so many points a cell."""
    outputs = (width, width, width, 3 * points + 1)
    inputs = (OF_CELL, width, width, width)
    shapes: dict[str, tuple[int, ...]] = {}
    for name, rows, columns in zip(LAYERS, outputs, inputs, strict=True):
        shapes[f"placement/{name}/weight"] = (rows, columns)
        shapes[f"placement/{name}/bias"] = (rows,)
    return shapes


def shares(weights: Float32, count: int, most: int) -> npt.NDArray[np.intp]:
    """How many of `count` points each cell gets (n,): by the largest remainders of exp(weights).

    At least 1 where there are enough, at most `most`.
    """
    wide = weights.astype(np.float64)
    portion = np.exp(wide - wide.max())
    portion *= count / portion.sum()
    least = 1 if len(weights) <= count else 0
    found: npt.NDArray[np.intp] = np.clip(np.floor(portion).astype(np.intp), least, most)
    while (missing := count - int(found.sum())) != 0:
        room = np.flatnonzero(found < most if missing > 0 else found > least)
        if not len(room):
            break
        due = (portion - found)[room]
        order = np.argsort(-due if missing > 0 else due, kind="stable")
        found[room[order[: abs(missing)]]] += 1 if missing > 0 else -1
    return found


def placed(one: Gridded, offsets: Float32, counts: npt.NDArray[np.intp]) -> Float32:
    """The first so many places of each cell, in the normalised frame."""
    rows, columns = grouped(counts)
    middles = middles_of(one)
    found: Float32 = (middles[rows] + offsets[rows, columns]) / np.float32(one.grid.cells)
    return found


def middles_of(one: Gridded) -> Float32:
    """(n, 3) the middles of the cells, in cells from the object's centre."""
    found: Float32 = one.cells[:, 1:].astype(np.float32) + np.float32(0.5) + one.grid.corner
    return found


def _padded(
    places: npt.NDArray[np.int32], side: int, pad: int
) -> tuple[Int8, npt.NDArray[np.intp], int]:  # fmt: skip
    """A padded flat grid with 1 where cells are and -1 elsewhere, where they are in it, and its side."""
    size = side + 2 * pad
    x, y, z = places.T.astype(np.intp) + pad
    at = (x * size + y) * size + z
    grid = np.full(size**3, -1, np.int8)
    grid[at] = 1
    return grid, at, size

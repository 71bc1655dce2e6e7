"""Cell codes read from their specification alone (formats/cells-v1.md), in Python's integers: no NumPy, one
child at a time. What it shares with pcbin is the reader of model files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

Cell = tuple[int, int, int]
OCTANTS = tuple(product((0, 1), repeat=3))
EVEN = 1 << 15


class Decoder:
    """Section 8.3 of formats/pcb-v1.md."""

    def __init__(self, code: bytes) -> None:
        self.code, self.at = code, 4
        self.s, self.v = 1 << 32, int.from_bytes(code[:4].ljust(4, b"\0"), "big")

    def bit(self, p: int) -> int:
        b = self.s * p // 65536
        bit = int(self.v < b)
        if bit:
            self.s = b
        else:
            self.v, self.s = self.v - b, self.s - b
        while self.s < 1 << 24:
            byte = self.code[self.at] if self.at < len(self.code) else 0
            self.s, self.v, self.at = 256 * self.s, 256 * self.v + byte, self.at + 1
        return bit


class Network:
    """Section 4."""

    def __init__(self, tensors: dict[str, Any]) -> None:
        found = {name.removeprefix("context/"): one.tolist() for name, one in tensors.items()}
        self.t = found
        self.table = found["probabilities"]

    def probability(self, o: int, x: list[int]) -> int:
        first = [p + c for p, c in zip(self.t["first/parent"][o], self.t["first/child"][o], strict=True)]
        u = self._layer("first", o, first, x)
        u = self._layer("second", o, self.t["second/weight"][o], u)
        [sum_] = self._sums([self.t["last/weight"][o]], u)
        t = (int(self.t["last/bias"][o]) + sum_) >> self.t["last/shift"][o]
        found: int = self.table[min(max(t, -352), 352) + 352]
        return found

    def _layer(self, name: str, o: int, weight: list[list[int]], x: list[int]) -> list[int]:
        bias, shift = self.t[f"{name}/bias"][o], self.t[f"{name}/shift"][o]
        sums = self._sums(weight, x)
        return [min(max((int(b) + s) >> n, 0), 255) for b, s, n in zip(bias, sums, shift, strict=True)]

    @staticmethod
    def _sums(weight: list[list[int]], x: list[int]) -> list[int]:
        return [sum(w * v for w, v in zip(row, x, strict=True)) for row in weight]


def cells_of(tensors: dict[str, Any], code: bytes) -> tuple[tuple[int, int, int], list[Cell]]:
    """The grid (s, y, z) and the occupied finest cells of a code, in ascending order."""
    network, decoder = Network(tensors), Decoder(code)
    s, y, z = (
        sum(decoder.bit(EVEN) << place for place in range(bits)) for bits in (6, 2, 2)
    )  # the least significant first
    levels = 2 + math.ceil(s / 16)
    cells: list[Cell] = [(0, 0, 0)]
    above: list[Cell] = []
    for level in range(levels):
        known: dict[Cell, int] = {}  # the children
        numbers = (level, levels, s)
        told = {cell: list(_of_parent(cell, cells, above, numbers)) for cell in cells}
        for o, (a, b, c) in enumerate(OCTANTS):
            found: dict[Cell, int] = {}  # known once the octant is read
            seen = _seen(known, set(cells), level)
            for i, j, k in cells:
                child = (2 * i + a, 2 * j + b, 2 * k + c)
                others = [known[2 * i + p, 2 * j + q, 2 * k + r] for p, q, r in OCTANTS[:o]]
                if o == 7 and not any(others):
                    bit = 1
                else:
                    x = told[i, j, k] + list(_of_child(child, seen, level))
                    bit = decoder.bit(network.probability(o, x))
                found[child] = bit
            known |= found
        above, cells = cells, sorted(cell for cell, bit in known.items() if bit)
    return (s, y, z), cells


def _around(cell: Cell, radius: int, x_order: int = 1) -> Iterator[Cell]:
    i, j, k = cell
    steps = range(-radius, radius + 1)
    for x, y, z in product(steps, steps, steps):
        yield i + x_order * x, j + y, k + z


def _of_parent(
    cell: Cell, cells: list[Cell], above: list[Cell], numbers: tuple[int, int, int]
) -> Iterator[int]:
    """numbers: l, L and s."""
    level, levels, s = numbers
    size, here = 1 << level, set(cells)
    yield from (1 if one in here else -1 for one in _around(cell, 2))
    i, j, k = cell
    coarse = set(above) if level else {(0, 0, 0)}
    yield from (1 if one in coarse else -1 for one in _around((i // 2, j // 2, k // 2), 2))
    yield from (i % 2, j % 2, k % 2)
    low = [min(one[axis] for one in cells) for axis in range(3)]
    high = [max(one[axis] for one in cells) for axis in range(3)]
    yield from (min(v - least, 7) for v, least in zip(cell, low, strict=True))
    yield from (min(most - v, 7) for v, most in zip(cell, high, strict=True))
    yield from (16 * (most - least + 1) // size for least, most in zip(low, high, strict=True))
    yield 16 * abs(2 * i + 1 - size) // size
    yield from (16 * (2 * v + 1 - size) // size for v in (j, k))
    yield from (4 if level == number else 0 for number in range(6))
    yield from (4 if min(levels - level - 1, 3) == number else 0 for number in range(4))
    yield -s % 16


def _seen(known: dict[Cell, int], parents: set[Cell], level: int) -> Any:
    """The state of a child: 1, -1 or 0."""

    def state(cell: Cell) -> int:
        if cell in known:
            return 1 if known[cell] else -1
        inside = all(0 <= v < 2 << level for v in cell)
        return 0 if inside and (cell[0] >> 1, cell[1] >> 1, cell[2] >> 1) in parents else -1

    return state


def _of_child(child: Cell, state: Any, level: int) -> Iterator[int]:
    yield from map(state, _around(child, 2))
    i, j, k = child
    yield from map(state, _around(((2 << level) - 1 - i, j, k), 1, x_order=-1))

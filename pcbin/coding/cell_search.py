"""From normalised clouds to cell codes: which grid, and which of its cells.

There is no network to guess a code here: cells are where the points are. But the finest grid that fits the
bits is not the best one. How a grid lies on the object decides much, and so does whether cells that hold very
few points are worth their bits. So many are tried, and what each decodes to is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32
from pcbin.coding.threads import on_one_thread
from pcbin.errors import InputError
from pcbin.metrics import mean_of_both, nearest, tree
from pcbin.models.cells import codes
from pcbin.models.cells.codes import HEADER_BITS, Gridded, gridded
from pcbin.models.cells.grid import STEPS, Grid, counted
from pcbin.models.model import Model

SLACK = 1.1
"""Bits that a code can be longer than its ideal length."""
_TOGETHER = 16
"""Grids that go through the networks together."""
_COARSER, _FINER = 6, 14
"""Steps around the finest grid that fits, of those that are looked at."""
_FILLED = 4
"""Sizes of cells, from that of one of the best on."""
_CORRECTIONS = 3
"""Of the number of cells that fit."""
_GROWTH = 2.2
"""Bits grow with the number of cells a side to about this power."""


@dataclass(frozen=True)
class Plan:
    """What is tried.

    thresholds: how many points a cell must hold at least. shifts: of the grid along y and z, in quarters of a
    cell. rounds: how many sizes of cells with each of them. filled: how many of the best are then tried with
    slightly finer cells, without as many of the emptiest as do not fit.
    """

    thresholds: tuple[int, ...]
    shifts: tuple[int, ...]
    rounds: int
    filled: int


PLANS = (
    Plan((1,), (0,), 2, 0),
    Plan((1, 2), (0, 2), 2, 2),
    Plan((1, 2, 3), (0, 2), 2, 3),
    Plan((1, 2, 3, 4), (0, 2), 2, 4),
    Plan((1, 2, 3), (0, 1, 2, 3), 2, 5),
    Plan((1, 2, 3, 4), (0, 1, 2, 3), 3, 8),
    Plan((1, 2, 3, 4, 5), (0, 1, 2, 3), 4, 12),
    Plan((1, 2, 3, 4, 5, 6), (0, 1, 2, 3), 5, 24),
    Plan((1, 2, 3, 4, 5, 6, 8), (0, 1, 2, 3), 8, 48),
    Plan((1, 2, 3, 4, 5, 6, 8), (0, 1, 2, 3), 12, 96),
)
"""One for each effort."""


@on_one_thread
def best(model: Model, cloud: Float32, *, bits: int, effort: int) -> tuple[Codes, float]:
    """The (k / 8,) code, k at most `bits`, of a normalised (N, 3) cloud, and its Chamfer distance.

    Raises InputError where not even the coarsest grid fits.
    """
    search = _Search(model, cloud)
    plan = PLANS[effort]
    found = sorted(search.measured(search.fitting(bits, plan)), key=lambda one: one[0])
    filled = search.filled([one.grid for _, one in found[: plan.filled]], bits)
    for chamfer, one in sorted([*found, *search.measured(filled)], key=lambda one: one[0]):
        [code] = codes.encode(search.networks.context, [one])
        if 8 * len(code) <= bits:
            return np.frombuffer(code, np.uint8), chamfer
    raise InputError(f"bits = {bits}: not even the coarsest cells of this cloud fit; use more")


@on_one_thread
def shortest(model: Model, cloud: Float32, limit: float, *, effort: int) -> tuple[Codes, float]:
    """The shortest code found whose Chamfer distance is at most `limit`, and that distance.

    Raises InputError where no grid reaches it.
    """
    search = _Search(model, cloud)
    low, high = 0, STEPS - 1
    while low < high:
        middle = (low + high) // 2
        if search.chamfer(search.gridded(Grid(middle))) <= limit:
            high = middle
        else:
            low = middle + 1
    plan = PLANS[effort]
    steps = range(max(low - plan.rounds, 0), min(low + 2, STEPS))
    grids = [Grid(step, y, z) for step, y, z in product(steps, plan.shifts, plan.shifts)]
    tried = [search.gridded(grid, least) for grid, least in product(grids, plan.thresholds)]
    good = [(one, chamfer) for chamfer, one in search.measured(tried) if chamfer <= limit]
    if not good:
        one = search.gridded(Grid(low))
        good = [(one, search.chamfer(one))]
        if good[0][1] > limit:
            raise InputError(f"max_chamfer = {limit:g}: the finest cells have {good[0][1]:.3g}; allow more")
    lengths = search.lengths([one for one, _ in good])
    one, chamfer = good[int(lengths.argmin())]
    [code] = codes.encode(search.networks.context, [one])
    if 8 * len(code) > model.bits:
        raise InputError(f"max_chamfer = {limit:g}: needs more than {model.bits} bits; allow more")
    return np.frombuffer(code, np.uint8), chamfer


def _first(ranked: Gridded, count: int) -> Gridded:
    """The first so many cells, in their order."""
    some = ranked.cells[:count]
    return Gridded(some[np.lexsort(some.T[::-1])], ranked.grid)


class _Search:
    def __init__(self, model: Model, cloud: Float32) -> None:
        assert model.cells is not None
        self.networks, self._points = model.cells, model.points
        self._cloud, self._tree = cloud, tree(cloud)

    def gridded(self, grid: Grid, least: int = 1) -> Gridded:
        """The cells that hold at least so many points, or all where none does."""
        return gridded(self._cloud, grid, least)

    def fitting(self, bits: int, plan: Plan) -> list[Gridded]:
        """What fits the bits: with each threshold and shift, grids about as fine as can be."""
        room = bits - SLACK
        step, per_cell = self._about(room)
        steps = range(max(step - _COARSER, 0), min(step + _FINER, STEPS - 1) + 1)
        variants = list(product(plan.thresholds, plan.shifts, plan.shifts))
        tried = [{one: self.gridded(Grid(one, y, z), least) for one in steps} for least, y, z in variants]
        costs = np.full(len(variants), per_cell)
        fitting = []
        for _ in range(plan.rounds):
            chosen = []
            for left, cost in zip(tried, costs, strict=True):
                # the finest that should fit, or the coarsest there is
                step = max(
                    (one for one, cells in left.items() if len(cells) * cost <= room), default=min(left)
                )
                chosen.append(left.pop(step))
                if not left:
                    left[0] = self.gridded(Grid(0))
            lengths = self.lengths(chosen)
            costs = lengths / [len(one) for one in chosen]
            fitting += [one for one, length in zip(chosen, lengths, strict=True) if length <= room]
        return fitting or [one for one in [self.gridded(Grid(0))] if self.lengths([one])[0] <= room]

    def filled(self, grids: Sequence[Grid], bits: int) -> list[Gridded]:
        """On these grids and slightly finer ones, as many cells as fit, those with the most points first."""
        room = bits - SLACK
        finer = [
            Grid(min(one.step + more, STEPS - 1), one.y, one.z) for one in grids for more in range(_FILLED)
        ]
        ranked = []
        for grid in dict.fromkeys(finer):
            cells, counts = counted(self._cloud, grid)
            ranked.append(Gridded(cells[np.argsort(-counts, kind="stable")], grid))
        fitting: list[Gridded | None] = [None] * len(ranked)
        kept = sizes = np.array([len(one) for one in ranked])
        for _ in range(_CORRECTIONS):
            some = [_first(one, count) for one, count in zip(ranked, kept, strict=True)]
            lengths = self.lengths(some) if some else np.zeros(0)
            for row in np.flatnonzero(lengths <= room):
                before = fitting[row]
                fitting[row] = some[row] if before is None or len(some[row]) > len(before) else before
            kept = np.clip((kept * (room - 1) / lengths).astype(int), 1, sizes)
        return [one for one in fitting if one is not None]

    def _about(self, room: float) -> tuple[int, float]:
        """The step of about the finest grid whose code fits, and what a cell costs there."""
        step, known = 24, dict[int, float]()
        while step not in known:
            one = self.gridded(Grid(step))
            length = float(self.lengths([one])[0])
            last, known[step] = step, length / len(one)
            step += round(16 * np.log2(max(room - HEADER_BITS, 4) / length) / _GROWTH)
            step = min(max(step, 0), STEPS - 1)
        return last, known[last]

    def lengths(self, objects: Sequence[Gridded]) -> npt.NDArray[np.float64]:
        """The ideal lengths of their codes, in bits."""
        found = np.empty(len(objects))
        levels = np.array([one.grid.levels for one in objects])
        for level in np.unique(levels):
            rows = np.flatnonzero(levels == level)
            for start in range(0, len(rows), _TOGETHER):
                some = rows[start : start + _TOGETHER]
                found[some] = codes.lengths(self.networks.context, [objects[row] for row in some])
        return found

    def measured(self, objects: Sequence[Gridded]) -> Iterator[tuple[float, Gridded]]:
        """The Chamfer distance of each."""
        for start in range(0, len(objects), _TOGETHER):
            some = objects[start : start + _TOGETHER]
            for one, points in zip(some, self.networks.points(some, self._points), strict=True):
                yield self._distance(points), one

    def chamfer(self, one: Gridded) -> float:
        """The Chamfer distance of what one decodes to."""
        [(found, _)] = self.measured([one])
        return found

    def _distance(self, points: Float32) -> float:
        return mean_of_both(nearest(points, self._tree).squared, nearest(self._cloud, tree(points)).squared)

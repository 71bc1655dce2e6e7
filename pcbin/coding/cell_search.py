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
from pcbin.models.cells import codes
from pcbin.models.cells.codes import HEADER_BITS, Gridded
from pcbin.models.cells.grid import STEPS, Grid, counted
from pcbin.models.model import Model

_TOGETHER = 16
"""Grids that go through the networks together."""
_BITS_A_CELL = 1.5
"""A first guess."""
_GROWTH = 2.2
"""Bits grow with the number of cells a side to about this power."""


@dataclass(frozen=True)
class Plan:
    """What is tried beside the finest grid that fits.

    finer: cells up to so many steps finer, and half as many coarser. thresholds: how many points a cell must
    hold at least. shifts: of the grid along y and z, in quarters of a cell. measured: how many that fit are
    decoded and measured.
    """

    finer: int
    thresholds: tuple[int, ...]
    shifts: tuple[int, ...]
    measured: int


PLANS = (
    Plan(0, (1,), (0,), 1),
    Plan(2, (1, 2), (0, 2), 8),
    Plan(4, (1, 2, 3), (0, 2), 16),
    Plan(6, (1, 2, 3), (0, 2), 32),
    Plan(6, (1, 2, 3, 4), (0, 1, 2, 3), 64),
    Plan(8, (1, 2, 3, 4, 6), (0, 1, 2, 3), 128),
    Plan(8, (1, 2, 3, 4, 6), (0, 1, 2, 3), 256),
    Plan(8, (1, 2, 3, 4, 6), (0, 1, 2, 3), 512),
    Plan(10, (1, 2, 3, 4, 5, 6, 8), (0, 1, 2, 3), 512),
    Plan(10, (1, 2, 3, 4, 5, 6, 8), (0, 1, 2, 3), 1024),
)
"""One for each effort."""


@on_one_thread
def best(model: Model, cloud: Float32, *, bits: int, effort: int) -> tuple[Codes, float]:
    """The (k / 8,) code, k at most `bits`, of a normalised (N, 3) cloud, and its Chamfer distance.

    Raises InputError where not even the coarsest grid fits.
    """
    search = _Search(model, cloud)
    plan = PLANS[effort]
    step = search.finest(bits)
    fitting = search.fitting(search.around(step, plan), bits, plan.measured)
    for _, one in sorted(search.measured(fitting), key=lambda found: found[0]):
        [code] = codes.encode(search.networks.context, [one])
        if 8 * len(code) <= bits:
            return np.frombuffer(code, np.uint8), search.chamfer(one)
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
    steps = range(max(low - plan.finer - 2, 0), min(low + 3, STEPS))
    tried = [search.gridded(Grid(step, y, z), least) for step, least, y, z in
             product(steps, plan.thresholds, plan.shifts, plan.shifts)]  # fmt: skip
    tried.sort(key=len)
    good = [
        (one, chamfer) for chamfer, one in search.measured(tried[: 4 * plan.measured]) if chamfer <= limit
    ]
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


class _Search:
    def __init__(self, model: Model, cloud: Float32) -> None:
        from scipy.spatial import cKDTree

        assert model.cells is not None
        self.networks, self._points = model.cells, model.points
        self._cloud, self._tree = cloud, cKDTree(cloud)

    def gridded(self, grid: Grid, least: int = 1) -> Gridded:
        """The cells that hold at least so many points, or all where none does."""
        cells, counts = counted(self._cloud, grid)
        kept = counts >= least
        return Gridded(cells[kept] if kept.any() else cells, grid)

    def finest(self, bits: int) -> int:
        """The step of the finest grid, neither shifted nor thinned, whose code has about so many bits."""
        step, known = 24, {}
        for _ in range(6):
            if step in known:
                break
            known[step] = float(self.lengths([self.gridded(Grid(step))])[0])
            step += round(16 * np.log2(max(bits - HEADER_BITS, 4) / known[step]) / _GROWTH)
            step = min(max(step, 0), STEPS - 1)
        fitting = [step for step, length in known.items() if length <= bits]
        return max(fitting, default=step)

    def around(self, step: int, plan: Plan) -> Iterator[Gridded]:
        """What a plan tries."""
        for one in range(max(step - plan.finer // 2, 0), min(step + plan.finer, STEPS - 1) + 1):
            for least, y, z in product(plan.thresholds, plan.shifts, plan.shifts):
                yield self.gridded(Grid(one, y, z), least)
        if step:  # what surely fits, unless nothing does
            yield self.gridded(Grid(max(step - 8, 0)))

    def fitting(self, tried: Iterator[Gridded], bits: int, most: int) -> list[Gridded]:
        """Those whose codes have at most so many bits: the longest ones, as their number must be limited."""
        objects = list(tried)
        sizes = np.array([len(one) for one in objects])
        per_cell = self.lengths(objects[:1])[0] / sizes[0]
        order = np.argsort(np.abs(sizes * per_cell - 0.95 * bits), kind="stable")[: 2 * most]
        chosen = [objects[row] for row in order] + objects[-1:]
        lengths = self.lengths(chosen)
        good = np.flatnonzero(lengths <= bits)
        return [chosen[row] for row in good[np.argsort(-lengths[good], kind="stable")][:most]]

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
        from scipy.spatial import cKDTree

        there, _ = self._tree.query(points)
        back, _ = cKDTree(points, balanced_tree=False, compact_nodes=False).query(self._cloud)
        return float(np.mean(there**2) + np.mean(back**2))

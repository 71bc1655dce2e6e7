"""The clouds that are coded, and the shapes that trained rivals may see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin import datasets
from pcbin.arrays import Float32, normalise
from pcbin.datasets import Shapes
from pcbin.datasets.shapes import draw
from pcbin.errors import InputError
from pcbin.metrics import sampling_floor
from pcbin.training.batches import hold_out


class Selection(NamedTuple):
    """Which shapes of a folder or an .npz file."""

    path: Path
    split: str | None = None
    classes: Sequence[str] | None = None

    def load(self, points: int, seed: int) -> Shapes:
        return datasets.load(self.path, split=self.split, classes=self.classes, points=points, seed=seed)


class Data(NamedTuple):
    clouds: list[Float32]
    """(N, 3) each, centred, bounding-box diagonal 1."""
    train: list[Float32]
    """The same of other shapes; empty where there are none."""
    floor: float | None
    """Mean Chamfer distance between two samplings of one shape, where the shapes have points enough."""


def read(
    measured: Selection,
    train: Selection | None,
    *,
    held_out: float | None,
    limit: int | None,
    points: int,
    seed: int,
) -> Data:
    """held_out: code this part of the shapes and train on the others, split as `pcbin train` splits them."""
    shapes = measured.load(points, seed)
    others = train.load(points, seed) if train else None
    rows, rest = np.arange(len(shapes)), np.arange(0)
    if held_out is not None:
        held = hold_out(shapes.groups, held_out, seed)
        rows, rest = np.flatnonzero(held), np.flatnonzero(~held)
        others = shapes
    elif others is not None:
        rest = np.arange(len(others))
    if limit is not None and limit < len(
        rows
    ):  # spread over the whole set: its classes lie one after another
        rows = rows[np.linspace(0, len(rows) - 1, limit).round().astype(int)]
    if not len(rows):
        raise InputError(f"--hold-out {held_out}: no shape of {len(shapes)} is held out; use a larger part")
    return Data(
        _clouds(shapes, rows, points, seed),
        _clouds(others, rest, points, seed + 1) if others is not None else [],
        _floor(shapes, rows, points, seed),
    )


def _clouds(shapes: Shapes, rows: npt.NDArray[np.intp], points: int, seed: int) -> list[Float32]:
    """A random choice where the set has more points than are asked for: files may be sorted."""
    rng = np.random.default_rng(seed)
    count = min(points, shapes.points.shape[1])
    return [normalise(draw(shapes.points[row], count, rng).astype(np.float64))[0] for row in rows]


def _floor(shapes: Shapes, rows: npt.NDArray[np.intp], points: int, seed: int) -> float | None:
    if shapes.points.shape[1] < 2 * points:
        return None
    rng = np.random.default_rng(seed)
    return float(np.mean([sampling_floor(draw(shapes.points[row], 2 * points, rng)) for row in rows]))

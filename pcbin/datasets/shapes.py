"""What every loader returns, and the normalisation of whole arrays of clouds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pcbin.arrays import normalise
from pcbin.errors import InputError

Progress: TypeAlias = Callable[[int, int], None]
"""(files read, files in all) -> None."""

Report: TypeAlias = Callable[[str], None]
"""Takes a message for the user."""

Half: TypeAlias = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Options:
    """What to read of a set, and how; see `pcbin.datasets.load`."""

    split: str | None = None
    classes: Sequence[str] | None = None
    points: int = 2048
    seed: int = 0
    strict: bool = False
    progress: Progress | None = None
    report: Report | None = None

    def done(self, files: int, total: int) -> None:
        if self.progress is not None:
            self.progress(files, total)


@dataclass(frozen=True, eq=False)
class Shapes:
    """S shapes of P points.

    points: (S, P, 3) float16, the bounding box centred, its diagonal 1.
    groups: (S,) int64; shapes of one group are copies of each other and must stay on one side of a split.
    labels: (S,) str, the class; "" where the set does not tell.
    names: (S,) str, the path below the set's folder, or what the file calls the shape.
    """

    points: Half
    groups: npt.NDArray[np.int64]
    labels: npt.NDArray[np.str_]
    names: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.points)


def normalised(points: npt.NDArray[Any], where: Path, numbers: npt.NDArray[np.intp]) -> Half:
    """(S, P, 3) clouds with a centred box of unit diagonal; those that have it to float16 stay as they
    are.

    where, numbers: the file and each shape's number in it (S,), for messages. Raises InputError: NaN or
    infinite coordinates, a shape without extent.
    """
    low, high = points.min(axis=1).astype(np.float64), points.max(axis=1).astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused below
        diagonal = np.linalg.norm(high - low, axis=1)
    if not np.isfinite(diagonal).all():
        first = int(numbers[~np.isfinite(diagonal)][0])
        raise InputError(f"{where}: shape {first} has NaN or infinite coordinates; remove such shapes")
    if not diagonal.all():
        raise InputError(f"{where}: shape {int(numbers[diagonal.argmin()])} is without extent; remove it")
    good = (np.abs(diagonal - 1) < 0.01) & (np.abs(high + low).max(axis=1) < 0.01)
    half = np.empty(points.shape, np.float16)
    half[good] = points[good]
    for row in np.flatnonzero(~good):
        half[row] = normalise(points[row].astype(np.float64))[0]
    return half


def draw(points: npt.NDArray[Any], n: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    """`n` of the points at random: without repeats where there are enough."""
    if len(points) == n:
        return points
    return points[rng.choice(len(points), n, replace=len(points) < n)]

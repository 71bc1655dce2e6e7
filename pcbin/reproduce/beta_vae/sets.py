"""The sets of clouds of the study."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pcbin import datasets
from pcbin.arrays import Float32
from pcbin.errors import InputError
from pcbin.training.batches import first_points
from pcbin.training.recipe import Recipe, Source

KNOWN = {"modelnet10_chair.npz": "chairs of ModelNet10", "shapeassembly_chair.npz": "cuboid chairs"}
"""Sets that are found by their names in a folder of data, and their titles."""
FURTHER = 0.2
"""The fraction of a recipe's steps on any set but the first, which is there for comparison only."""


@dataclass(frozen=True)
class CloudData:
    """One set of one class: where it lies, and its clouds for measuring."""

    key: str
    title: str
    folder: Path
    source: Source
    test_split: str
    train: Float32
    """(S, points, 3), each normalised as the codec does."""
    test: Float32
    floors: list[np.ndarray]
    """Test clouds with at least twice the points, for the floor; empty where there are none."""
    fraction: float
    """Of a recipe's steps."""

    def recipe(self, plan: Recipe) -> Recipe:
        """A system's recipe for this set."""
        source = dataclasses.replace(self.source, validation=plan.data[0].validation)
        training = dataclasses.replace(plan.train, steps=round(self.fraction * plan.train.steps))
        return dataclasses.replace(plan, data=(source,), train=training)


def find(data: Path, name: str | None, points: int) -> list[CloudData]:
    """The sets below `data`: those that have a known name, or else the set that `data` is.

    name: the class, for sets of many classes. Raises InputError where nothing fits.
    """
    known = [data / file for file in KNOWN if (data / file).is_file()] if data.is_dir() else []
    if not data.exists():
        raise InputError(f"{data}: no such file or folder; name the folder of the data")
    return [
        _load(path, None if path.name in KNOWN else name, points, FURTHER if number else 1.0)
        for number, path in enumerate(known or [data])
    ]


def _load(path: Path, name: str | None, points: int, fraction: float) -> CloudData:
    classes = None if name is None else (name,)
    train = datasets.load(path, split="train", classes=classes, points=points)
    test_split = "test"
    try:
        test = datasets.load(path, split="test", classes=classes, points=points)
    except InputError:
        test_split = "val"
        test = datasets.load(path, split="val", classes=classes, points=points)
    if len(train) < 2 or len(test) < 2:
        raise InputError(
            f"{path}: {len(train)} shapes to train with and {len(test)} to test; it takes 2 of each"
        )
    key = path.name.removesuffix(".npz") + ("" if name is None else f"-{name}")
    title = KNOWN.get(path.name, key)
    source = Source(path=path.name, split="train", classes=classes)
    dense = test.points.shape[1] >= 2 * points
    floors = [cloud[: 2 * points].astype(np.float64) for cloud in test.points] if dense else []
    return CloudData(
        key=key,
        title=title,
        folder=path.parent,
        source=source,
        test_split=test_split,
        train=first_points(train.points, points),
        test=first_points(test.points, points),
        floors=floors,
        fraction=fraction,
    )

"""``ModelNet40/<class>/{train,test}/*.off``, and ModelNet10: meshes, sampled by area (Wu et al., 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pcbin.datasets import class_folders, files
from pcbin.datasets.shapes import Progress, Shapes
from pcbin.datasets.synsets import is_synset

SPLITS = ("train", "test")


def fits(path: Path) -> bool:
    return class_folders.fits(path, ".off", SPLITS, _named)


def load(
    path: Path,
    *,
    split: str | None,
    classes: Sequence[str] | None,
    points: int,
    seed: int,
    progress: Progress | None,
) -> Shapes:
    """The meshes, each sampled to `points` points by a generator of this seed. Raises InputError."""
    entries = class_folders.scan(path, ".off", SPLITS, _named, classes)
    return files.load(
        path, entries, split=split, classes=classes, points=points, seed=seed, progress=progress
    )


def _named(folder: str) -> bool:
    """Any folder is a class, but for ShapeNet's."""
    return not is_synset(folder)

"""Any folder of clouds or meshes; folders in it may be splits (train, val, test) or classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pcbin.datasets import files, synsets
from pcbin.datasets.files import Entry
from pcbin.datasets.shapes import Progress, Shapes
from pcbin.errors import InputError

SPLITS = ("train", "val", "valid", "validation", "test")
"""The folder names that are a split."""


def load(
    path: Path,
    *,
    split: str | None = None,
    classes: Sequence[str] | None = None,
    points: int,
    seed: int,
    progress: Progress | None = None,
) -> Shapes:
    """All files of the split and classes: meshes sampled to, clouds drawn to `points` points.

    Raises InputError: no file, no such split or class, an unusable file.
    """
    known = files.suffixes()
    found = files.below(path, known)
    if not found:
        raise InputError(
            f"{path}: no cloud or mesh file below this folder; known are {', '.join(sorted(known))}"
        )
    entries = [_entry(file, path) for file in found]
    return files.load(
        path, entries, split=split, classes=classes, points=points, seed=seed, progress=progress
    )


def _entry(file: Path, path: Path) -> Entry:
    """The first folder called like a split is one; the first other folder is the class."""
    inner = file.relative_to(path)
    split = next((part for part in inner.parts[:-1] if part in SPLITS), "")
    label = next((part for part in inner.parts[:-1] if part not in SPLITS), "")
    return Entry(file, inner.as_posix(), synsets.label_of(label), split)

"""Sets of one file a shape: choosing among the files, then reading the chosen ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pcbin.arrays import normalise
from pcbin.datasets import select
from pcbin.datasets.shapes import Half, Progress, Shapes, draw
from pcbin.errors import InputError
from pcbin.formats.clouds import formats, read_cloud


class Entry(NamedTuple):
    """A file, and what its place in the set says about it; "" for no class or split."""

    path: Path
    name: str
    label: str = ""
    split: str = ""


def suffixes() -> set[str]:
    """The suffixes of all cloud and mesh formats that can be read, lower case."""
    return {suffix for known in formats().values() if known.read for suffix in known.suffixes}


def below(folder: Path, endings: Collection[str]) -> list[Path]:
    """All files below a folder with one of these suffixes, sorted; nothing hidden ("._a.ply")."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in endings
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def load(
    where: Path,
    entries: Sequence[Entry],
    *,
    split: str | None,
    classes: Sequence[str] | None,
    points: int | None,
    seed: int,
    progress: Progress | None,
) -> Shapes:
    """The shapes of the entries that the split and the classes mean, read as `read` does."""
    splits = np.array([entry.split for entry in entries], dtype=str)
    labels = np.array([entry.label for entry in entries], dtype=str)
    rows = np.flatnonzero(select.rows(where, splits, labels, split=split, classes=classes))
    chosen = [entries[row] for row in rows.tolist()]
    clouds = read(chosen, points=points, seed=seed, progress=progress)
    names = np.array([entry.name for entry in chosen], dtype=str)
    return Shapes(clouds, rows.astype(np.int64), labels[rows], names)


def read(entries: Sequence[Entry], *, points: int | None, seed: int, progress: Progress | None) -> Half:
    """(S, P, 3) normalised clouds of S > 0 files: meshes sampled to, clouds drawn to P = `points`.

    points: None keeps all points (of a mesh: the vertices), and the files must have equally many.
    Raises InputError that names the file.
    """
    rng = np.random.default_rng(seed)
    clouds: Half | None = None
    for row, entry in enumerate(entries):
        found = read_cloud(entry.path, samples=points or 0, seed=seed)
        cloud, pose = normalise(found.points)
        if pose.scale == 0:
            raise InputError(f"{entry.path}: a cloud without extent cannot be trained on; remove it")
        if points is not None:
            cloud = draw(cloud, points, rng)
        if clouds is None:
            clouds = np.empty((len(entries), *cloud.shape), np.float16)
        if len(cloud) != clouds.shape[1]:
            raise InputError(
                f"{entry.path}: {len(cloud):,} points, where {entries[0].path} has {clouds.shape[1]:,}; "
                "copy the set again, all its files have equally many"
            )
        clouds[row] = cloud
        if progress is not None:
            progress(row + 1, len(entries))
    assert clouds is not None
    return clouds

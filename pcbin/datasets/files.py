"""Sets of one file a shape: choosing among the files, then reading the chosen ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pcbin.arrays import Float32, normalise
from pcbin.datasets import select
from pcbin.datasets.shapes import Half, Options, Shapes, draw
from pcbin.errors import InputError, displayed
from pcbin.formats.clouds import read_cloud


class Entry(NamedTuple):
    """A file, and what its place in the set says about it; "" for no class or split."""

    path: Path
    name: str
    label: str = ""
    split: str = ""


def below(folder: Path, wanted: Callable[[Path], bool]) -> list[Path]:
    """All wanted files below a folder, sorted; nothing hidden ("._a.ply")."""
    return sorted(
        file
        for file in folder.rglob("*")
        if not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.is_file()
        and wanted(file)
    )


def load(where: Path, entries: Sequence[Entry], options: Options, *, keep: bool = False) -> Shapes:
    """The shapes of the entries that the split and the classes mean, normalised.

    Meshes are sampled to, clouds drawn to `options.points` points. keep: take all points instead (of a mesh:
    the vertices), of which the files must have equally many.
    Files that cannot be used are skipped and reported. Raises InputError that names them where none can be,
    or the first one where `options.strict` is set.
    """
    splits = np.array([entry.split for entry in entries], dtype=str)
    labels = np.array([entry.label for entry in entries], dtype=str)
    mask = select.rows(where, splits, labels, split=options.split, classes=options.classes)
    chosen = np.flatnonzero(mask).tolist()
    rng = np.random.default_rng(options.seed)
    clouds: Half = np.empty((0, 0, 3), np.float16)
    rows: list[int] = []
    problems: list[str] = []
    for done, row in enumerate(chosen, 1):
        try:
            cloud = _read(entries[row].path, 0 if keep else options.points, options.seed)
        except InputError as error:
            if options.strict:
                raise
            problems.append(str(error))
        else:
            cloud = cloud if keep else draw(cloud, options.points, rng)
            if not rows:
                clouds = np.empty((len(chosen), *cloud.shape), np.float16)
            if len(cloud) != clouds.shape[1]:
                raise InputError(
                    f"{entries[row].path}: {len(cloud):,} points, where {entries[rows[0]].path} has "
                    f"{clouds.shape[1]:,}; copy the set again, all its files have equally many"
                )
            clouds[len(rows)] = cloud
            rows.append(row)
        options.done(done, len(chosen))
    if problems:
        _tell(problems, f"{where}: {len(problems):,} of {len(chosen):,} files", options, usable=bool(rows))
    names = np.array([displayed(entries[row].name) for row in rows], dtype=str)
    return Shapes(clouds[: len(rows)], np.array(rows, dtype=np.int64), labels[rows], names)


def _read(path: Path, samples: int, seed: int) -> Float32:
    """A normalised cloud. Raises InputError: not to be read, or without extent."""
    cloud, pose = normalise(read_cloud(path, samples=samples, seed=seed).points)
    if pose.scale == 0:
        raise InputError(f"{displayed(path)}: a cloud without extent cannot be trained on; remove it")
    return cloud


def _tell(problems: list[str], which: str, options: Options, *, usable: bool) -> None:
    """Reports the skipped files, all in one message. Raises InputError where no other file is left."""
    listed = "".join(f"\n  {problem}" for problem in problems)
    if not usable:
        raise InputError(f"{which} cannot be used; repair or replace them:{listed}")
    message = f"{which} skipped:{listed}"
    if options.report is not None:
        options.report(message)
    else:
        warnings.warn(message, RuntimeWarning, stacklevel=5)

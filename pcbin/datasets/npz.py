"""A set in one .npz file: points (S, P, 3), and if it likes split, label, name and duplicate_group (S,)."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from pcbin.datasets import select
from pcbin.datasets.shapes import Options, Shapes, normalised
from pcbin.errors import InputError

UNREADABLE = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    RuntimeError,  # of zipfile: encrypted, or packed as it cannot unpack
    MemoryError,  # a header that promises too much
    BadZipFile,
    zlib.error,
)
"""What NumPy and zipfile raise for damaged .npz files, and arrays of other kinds than expected."""


def load(path: Path, options: Options) -> Shapes:
    """The shapes of a split and of some classes, with all their points.

    Clouds that are not normalised as the codec does are normalised here. Raises InputError: not such a file,
    no such split or class, NaN or infinite coordinates, a shape without extent.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            if "points" not in data:
                listed = ", ".join(data.files[:20]) or "none"
                raise InputError(f"{path}: none of its arrays ({listed}) is called 'points'; rename one")
            points = np.asarray(data["points"])
            splits = _text(data["split"]) if options.split is not None else np.zeros(len(points), "U1")
            groups = np.asarray(
                data["duplicate_group"] if "duplicate_group" in data else np.arange(len(points))
            )
            labels, names = (_optional(data, key, len(points)) for key in ("label", "name"))
        groups = groups.astype(np.int64)
        if (
            points.dtype.kind not in "fiu"
            or splits is None
            or not splits.shape == groups.shape == points.shape[:1]
        ):
            counts = f"{None if splits is None else splits.shape} splits, {groups.shape} groups"
            raise TypeError(f"points: {points.dtype} {points.shape}, of {counts}")
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such file or folder; say where the data lies with --data") from None
    except UNREADABLE as error:
        raise InputError(
            f"{path}: not a training set ({error}); it needs points (S, P, 3) and split (S,)"
        ) from None
    if points.ndim != 3 or points.shape[1] == 0 or points.shape[2] != 3:
        raise InputError(f"{path}: points has shape {points.shape}; a training set holds (S, P, 3)")
    if labels is None:
        labels = np.zeros(len(points), "U1")
    if names is None:
        names = np.arange(len(points)).astype(str)
    rows = np.flatnonzero(select.rows(path, splits, labels, split=options.split, classes=options.classes))
    if not len(rows):
        raise InputError(f"{path}: it holds no shape; a training set needs at least one")
    return Shapes(normalised(points[rows], path, rows), groups[rows], labels[rows], names[rows])


def _text(values: npt.NDArray[Any]) -> npt.NDArray[np.str_] | None:
    """Text or integers as text; None for anything else."""
    return values.astype(str) if values.dtype.kind in "USiu" else None


def _optional(data: Any, key: str, count: int) -> npt.NDArray[np.str_] | None:
    """An array (S,) of text that not every set has; None also where it is something else."""
    try:
        values = _text(data[key]) if key in data else None
    except ValueError:  # objects, or bytes beyond ASCII
        return None
    return values if values is not None and values.shape == (count,) else None

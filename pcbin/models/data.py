"""Training sets: arrays of clouds, read from .npz files or folders, split, and drawn as batches."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32, normalise
from pcbin.errors import InputError
from pcbin.models.augment import Augmentation, renormalise, splice


@dataclass(frozen=True)
class CloudSet:
    """Clouds (S, P, 3), normalised as the codec does; the weight is their share of a batch."""

    name: str
    points: npt.NDArray[np.float16]
    weight: float = 1.0
    final_weight: float = 1.0

    def __len__(self) -> int:
        return len(self.points)


def load_npz(path: Path, split: str | None) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int64]]:
    """``points`` (S, P, 3) of one split, and the group of each shape: shapes of one group must stay together.

    The file may hold ``split`` (S,) and ``duplicate_group`` (S,). Clouds that are not normalised as the codec
    does are normalised here. Raises InputError for anything else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            points = np.asarray(data["points"])
            splits = np.asarray(data["split"]) if split is not None else np.zeros(len(points))
            groups = np.asarray(
                data["duplicate_group"] if "duplicate_group" in data else np.arange(len(points))
            )
        groups = groups.astype(np.int64)
        if points.dtype.kind not in "fiu" or not splits.shape == groups.shape == points.shape[:1]:
            raise TypeError(
                f"points: {points.dtype} {points.shape}, of {splits.shape} splits, {groups.shape} groups"
            )
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; say where the data lies with --data") from None
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
        EOFError,
        BadZipFile,
        zlib.error,
    ) as error:
        raise InputError(
            f"{path}: not a training set ({error}); it needs points (S, P, 3) and split (S,)"
        ) from None
    if points.ndim != 3 or points.shape[1] == 0 or points.shape[2] != 3:
        raise InputError(f"{path}: points has shape {points.shape}; a training set holds (S, P, 3)")
    rows = np.ones(len(points), dtype=bool) if split is None else splits == split
    if not rows.any():
        raise InputError(f"{path}: no shape is in split {split!r}")
    return _normalised(points[rows], path), groups[rows]


def _normalised(points: npt.NDArray[Any], path: Path) -> npt.NDArray[np.float16]:
    """(S, P, 3) clouds with a centred box of unit diagonal; those that have it to float16 stay as they
    are.
    """
    low, high = points.min(axis=1).astype(np.float64), points.max(axis=1).astype(np.float64)
    diagonal = np.linalg.norm(high - low, axis=1)
    if not np.isfinite(diagonal).all():
        raise InputError(f"{path}: NaN or infinite coordinates; remove those shapes")
    if not diagonal.all():
        raise InputError(f"{path}: shape {int(diagonal.argmin())} is without extent; remove it")
    good = (np.abs(diagonal - 1) < 0.01) & (np.abs(high + low).max(axis=1) < 0.01)
    half = np.empty(points.shape, np.float16)
    half[good] = points[good]
    for row in np.flatnonzero(~good):
        half[row] = normalise(points[row].astype(np.float64))[0]
    return half


def load_folder(path: Path, points: int, seed: int) -> npt.NDArray[np.float16]:
    """All cloud and mesh files below a folder, normalised, each drawn to `points` points: (S, points, 3)."""
    from pcbin.formats.clouds import formats, read_cloud

    suffixes = {
        suffix for cloud_format in formats().values() if cloud_format.read for suffix in cloud_format.suffixes
    }
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes)
    if not files:
        raise InputError(
            f"{path}: no cloud or mesh file below this folder; known are {', '.join(sorted(suffixes))}"
        )
    rng = np.random.default_rng(seed)
    clouds = []
    for file in files:
        cloud, pose = normalise(read_cloud(file, samples=points, seed=seed).points)
        if pose.scale == 0:
            raise InputError(f"{file}: a cloud without extent cannot be trained on; remove it")
        clouds.append(draw(cloud, points, rng).astype(np.float16))
    return np.stack(clouds)


def draw(points: npt.NDArray[Any], n: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    """`n` of the points at random: without repeats where there are enough."""
    if len(points) == n:
        return points
    return points[rng.choice(len(points), n, replace=len(points) < n)]


def hold_out(groups: npt.NDArray[np.int64], part: float, seed: int) -> npt.NDArray[np.bool_]:
    """(S,) mask of the validation shapes: about `part` of all groups, none of them split."""
    names = np.unique(groups)
    chosen = np.random.default_rng(seed).choice(names, round(part * len(names)), replace=False)
    return np.isin(groups, chosen)


def batch(
    sets: Sequence[CloudSet],
    size: int,
    points: int,
    augmentation: Augmentation,
    rng: np.random.Generator,
    *,
    progress: float,
) -> Float32:
    """A (size, points, 3) batch: sets by weight, fresh random points of each shape, augmented, normalised.

    `progress` goes from 0 to 1 over the training: weights move to their final values, and in the last third
    the augmentation fades to a quarter of its strength, so that the end is trained on shapes as they are.
    """
    weights = np.array([s.weight + (s.final_weight - s.weight) * progress for s in sets])
    strength = min(1.0, 1.0 - 0.75 * (progress - 2 / 3) * 3)
    clouds = []
    for which in rng.choice(len(sets), size, p=weights / weights.sum()):
        chosen = sets[which]
        shape = chosen.points[rng.integers(len(chosen))].astype(np.float32)
        if rng.random() < augmentation.splice * strength:
            other = chosen.points[rng.integers(len(chosen))].astype(np.float32)
            shape = splice(shape, other, rng.uniform(0.3, 0.7))
        shape = augmentation.apply(draw(shape, points, rng), rng, strength)
        clouds.append(renormalise(shape))
    return np.stack(clouds)

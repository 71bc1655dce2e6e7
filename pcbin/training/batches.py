"""Training sets of clouds in memory: shapes held out for validation, batches drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32, renormalise
from pcbin.datasets.shapes import draw
from pcbin.training.cloud_augmentation import Augmentation, splice


@dataclass(frozen=True)
class CloudSet:
    """Clouds (S, P, 3), normalised as the codec does; the weights say how much of a batch they make, at the
    start of the training and at its end."""

    name: str
    points: npt.NDArray[np.float16]
    weight: float = 1.0
    final_weight: float = 1.0

    def __len__(self) -> int:
        return len(self.points)


def first_points(clouds: npt.NDArray[Any], count: int) -> Float32:
    """(S, count, 3): the first points of stored (S, P, 3) clouds, normalised again."""
    return np.stack([renormalise(cloud[:count].astype(np.float32)) for cloud in clouds])


def hold_out(groups: npt.NDArray[np.int64], fraction: float, seed: int) -> npt.NDArray[np.bool_]:
    """(S,) mask of the validation shapes: about this fraction of all groups, none of them split."""
    names = np.unique(groups)
    chosen = np.random.default_rng(seed).choice(names, round(fraction * len(names)), replace=False)
    return np.isin(groups, chosen)


def batch(
    sets: Sequence[CloudSet],
    size: int,
    points: int,
    augmentation: Augmentation,
    rng: np.random.Generator,
    *,
    progress: float,
) -> tuple[Float32, npt.NDArray[np.intp]]:
    """A (size, points, 3) batch: sets by weight, fresh random points of each shape, augmented, normalised;
    and (size,) the rows of its shapes in the concatenation of all sets.

    `progress` goes from 0 to 1 over the training: weights move to their final values, and in the last third
    the augmentation fades to a quarter of its strength, so that training ends on shapes as they are.
    """
    weights = np.array([s.weight + (s.final_weight - s.weight) * progress for s in sets])
    strength = min(1.0, 1.0 - 0.75 * (progress - 2 / 3) * 3)
    starts = np.cumsum([0, *map(len, sets)])
    clouds, rows = [], []
    for which in rng.choice(len(sets), size, p=weights / weights.sum()):
        chosen = sets[which]
        row = rng.integers(len(chosen))
        rows.append(starts[which] + row)
        shape = chosen.points[row].astype(np.float32)
        if rng.random() < augmentation.splice * strength:
            other = chosen.points[rng.integers(len(chosen))].astype(np.float32)
            shape = splice(shape, other, rng.uniform(0.3, 0.7))
        shape = augmentation.apply(draw(shape, points, rng), rng, strength)
        clouds.append(renormalise(shape))
    return np.stack(clouds), np.array(rows)

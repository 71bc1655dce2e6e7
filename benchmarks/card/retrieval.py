"""The baseline of every card: the nearest shape of the model's own training data, at the cost of its number.

The search is that of the rate-distortion study (`rate_distortion.neighbours`): all training shapes are
compared roughly, through squared distances from the cells of a coarse grid; the best 16 exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.rate_distortion.cache import Cache
from benchmarks.rate_distortion.neighbours import Neighbours, stored
from benchmarks.rate_distortion.progress import Progress
from benchmarks.rate_distortion.retrieval import HALF, ONE
from pcbin.arrays import Float32, normalise
from pcbin.metrics import distortion

from .sets import POINTS, Shape

SIDE = 16
"""Cells along each axis: a table of 8 kB a shape."""
FIT_S, FIND_S = 0.006, 0.12
"""About how long a training shape and a search take on one core, for the first ETA."""


class Retrieval:
    def __init__(self, training: Sequence[Shape], progress: Progress) -> None:
        self._pieces = [stored(_even(shape.cloud)) for shape in training]
        with TemporaryDirectory() as folder:
            self._near = Neighbours(
                "nearest training shapes",
                self._pieces,
                -HALF,
                HALF,
                metric=ONE,
                side=SIDE,
                cache=Cache(Path(folder)),
                progress=progress,
            )

    @property
    def bits(self) -> int:
        """Of the number of a shape."""
        return (len(self._pieces) - 1).bit_length()

    def chamfer_e3(self, cloud: Any) -> float:
        """From an (N, 3) cloud to the nearest training shape."""
        [number] = self._near.nearest(_even(cloud), ONE)
        return 1e3 * distortion(cloud, self._pieces[number]).chamfer


def _even(cloud: Any) -> Float32:
    """(POINTS, 3), normalised. The search compares sums over points, so all clouds must have equally many:
    those of a set with fewer points have each of them twice."""
    return np.resize(normalise(cloud)[0], (POINTS, 3))

"""How good generated clouds are as a set, beside clouds of the same kind that were not generated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64
from pcbin.errors import InputError
from pcbin.metrics.neighbours import chamfer

Clouds = Sequence[npt.NDArray[Any]] | npt.NDArray[Any]


class GeneratedSet:
    """Generated clouds beside reference clouds, (N, 3) each, all normalised.

    What is asked for is computed then: `one_nn_accuracy` takes twice as long as the others together.

    Raises:
        InputError: No clouds.
    """

    def __init__(self, generated: Clouds, reference: Clouds) -> None:
        self._generated, self._reference = generated, reference
        if not len(generated) or not len(reference):
            raise InputError("no clouds to compare; pass at least one of each kind")

    @cached_property
    def _across(self) -> Float64:
        """(M, R): the Chamfer distance of each generated cloud to each of the reference."""
        return np.array([[chamfer(one, other) for other in self._reference] for one in self._generated])

    @property
    def mmd_cd_e3(self) -> float:
        """Minimum matching distance (Achlioptas et al., 2018).

        The mean, over the reference, of the Chamfer distance x 1e3 to the nearest generated cloud.
        """
        return float(1e3 * self._across.min(axis=0).mean())

    @property
    def coverage(self) -> float:
        """The fraction of the reference clouds that are the nearest to some generated cloud (the same)."""
        return len(np.unique(self._across.argmin(axis=1))) / len(self._reference)

    @cached_property
    def one_nn_accuracy(self) -> float:
        """How well one can tell generated clouds from as many reference clouds: 1-NNA.

        The fraction of all clouds whose nearest other cloud, by the Chamfer distance, is of their own kind
        (Lopez-Paz and Oquab, 2017; for clouds Yang et al., 2019). 0.5 is best: then neither kind can be told
        from the other; 1 is worst; below 0.5 the generated clouds are copies of the reference.

        Raises:
            InputError: Another number of generated clouds than of reference clouds, or fewer than 2.
        """
        made, count = len(self._generated), len(self._reference)
        if made != count or count < 2:
            raise InputError(
                f"{made} generated and {count} reference clouds; pass as many of each, 2 or more"
            )
        own = (_to_nearest(self._generated) < self._across.min(axis=1)).sum()
        own += (_to_nearest(self._reference) < self._across.min(axis=0)).sum()
        return float(own / (2 * count))


def _to_nearest(clouds: Clouds) -> Float64:
    """(M,): the Chamfer distance of each of M clouds to the nearest of the others."""
    apart = np.full((len(clouds), len(clouds)), np.inf)
    for row in range(len(clouds)):
        for column in range(row):
            apart[row, column] = apart[column, row] = chamfer(clouds[row], clouds[column])
    found: Float64 = apart.min(axis=1)
    return found

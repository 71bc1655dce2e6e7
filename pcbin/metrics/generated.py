"""How good generated clouds are as a set, beside clouds of the same kind that were not generated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64
from pcbin.errors import InputError
from pcbin.metrics.neighbours import chamfer

Clouds = Sequence[npt.NDArray[Any]] | npt.NDArray[Any]


class Generation(NamedTuple):
    """Generated clouds against a reference set (Achlioptas et al., 2018)."""

    mmd_cd_e3: float
    """Minimum matching distance: mean over the reference of the Chamfer x 1e3 to the nearest generated
    cloud.
    """
    coverage: float
    """The fraction of the reference clouds that are the nearest to some generated cloud."""


def generation(generated: Clouds, reference: Clouds) -> Generation:
    """M generated and R reference clouds, (N, 3) each, all normalised."""
    apart = chamfers(generated, reference)
    nearest = np.unique(apart.argmin(axis=1))
    return Generation(float(1e3 * apart.min(axis=0).mean()), len(nearest) / apart.shape[1])


def one_nn_accuracy(generated: Clouds, reference: Clouds) -> float:
    """How well one can tell as many generated clouds from reference clouds, all normalised: 1-NNA.

    The fraction of all clouds whose nearest other cloud, by the Chamfer distance, is of their own kind
    (Lopez-Paz and Oquab, 2017; for clouds Yang et al., 2019). 0.5 is best: then neither kind can be told from
    the other; 1 is worst; below 0.5 the generated clouds are copies of the reference.

    Raises:
        InputError: Another number of generated clouds than of reference clouds, or fewer than 2.
    """
    count = len(reference)
    if len(generated) != count or count < 2:
        raise InputError(f"{len(generated)} generated and {count} reference clouds; pass as many, 2 or more")
    across = chamfers(generated, reference)
    within, of_reference = (_within(clouds) for clouds in (generated, reference))
    own = (within.min(axis=1) < across.min(axis=1)).sum()
    own += (of_reference.min(axis=1) < across.min(axis=0)).sum()
    return float(own / (2 * count))


def chamfers(clouds: Clouds, others: Clouds) -> Float64:
    """(M, R): the Chamfer distance of each of M clouds to each of R others."""
    return np.array([[chamfer(one, other) for other in others] for one in clouds]).reshape(
        len(clouds), len(others)
    )


def _within(clouds: Clouds) -> Float64:
    """(M, M): the Chamfer distances among M clouds, infinite from each to itself."""
    apart = np.full((len(clouds), len(clouds)), np.inf)
    for row in range(len(clouds)):
        for column in range(row):
            apart[row, column] = apart[column, row] = chamfer(clouds[row], clouds[column])
    return apart

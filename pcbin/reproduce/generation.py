"""How good generated clouds are as a set (Achlioptas et al., 2018)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pcbin.arrays import Float32
from pcbin.metrics import chamfer


class Generation(NamedTuple):
    """Generated clouds against a reference set."""

    mmd_cd_e3: float
    """Minimum matching distance: mean over the reference of the Chamfer x 1e3 to the nearest generated
    cloud.
    """
    coverage: float
    """The fraction of the reference clouds that are the nearest to some generated cloud."""


def generation(generated: Float32, reference: Float32) -> Generation:
    """generated (M, N, 3), reference (R, N, 3), both normalised."""
    distances = 1e3 * np.array([[chamfer(x, y) for y in reference] for x in generated])  # (M, R)
    nearest = np.unique(distances.argmin(axis=1))
    return Generation(float(distances.min(axis=0).mean()), len(nearest) / len(reference))

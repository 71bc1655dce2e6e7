"""How good made-up clouds are as a set (Achlioptas et al., 2018)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from pcbin.arrays import Float32, Float64


class Generation(NamedTuple):
    """Generated clouds against a reference set."""

    mmd_cd_e3: float
    """Minimum matching distance: mean over the reference of the Chamfer x 1e3 to the nearest generated
    cloud.
    """
    coverage: float
    """The part of the reference that is the nearest to some generated cloud."""


def generation(made: Float32, reference: Float32) -> Generation:
    """made (M, N, 3), reference (R, N, 3), both normalised."""
    distances = 1e3 * chamfer_matrix(made, reference)
    nearest = np.unique(distances.argmin(axis=1))
    return Generation(float(distances.min(axis=0).mean()), len(nearest) / len(reference))


def chamfer_matrix(x: Float32, y: Float32) -> Float64:
    """(M, R): the Chamfer distance of every (M, N, 3) cloud to every (R, N, 3) cloud."""
    trees_x, trees_y = ([cKDTree(cloud) for cloud in clouds] for clouds in (x, y))
    out = np.empty((len(x), len(y)))
    for i, (cloud, tree) in enumerate(zip(x, trees_x, strict=True)):
        for j, (other, other_tree) in enumerate(zip(y, trees_y, strict=True)):
            out[i, j] = np.square(other_tree.query(cloud)[0]).mean() + np.square(tree.query(other)[0]).mean()
    return out

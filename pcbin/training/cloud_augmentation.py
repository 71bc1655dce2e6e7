"""Random changes of training shapes that keep a shape a plausible shape. y is up, x is left to right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pcbin.arrays import Float32


@dataclass(frozen=True)
class Augmentation:
    """A recipe's [augment] table; the amounts are multiplied by a strength from 0 to 1.

    mirror: probability of a reflection in x. rotate: the largest turn about y, degrees. scale: each axis is
    scaled by exp(U(-s, s)). warp: each axis is bent by a smooth monotone map that moves inner points by up to
    about this fraction of the axis. shear: standard deviation of the shear of z along y (a third of it for
    x). splice: probability that everything above a random height comes from another shape.
    """

    mirror: float = 0.5
    rotate: float = 0.0
    scale: float = 0.0
    warp: float = 0.0
    shear: float = 0.0
    splice: float = 0.0

    def apply(self, points: Float32, rng: np.random.Generator, strength: float = 1.0) -> Float32:
        """An augmented copy of an (N, 3) cloud; not normalised again."""
        x = points.astype(np.float32, copy=True)
        if rng.random() < self.mirror:
            x[:, 0] *= -1
        if self.rotate > 0:
            angle = np.radians(self.rotate) * strength * rng.uniform(-1, 1)
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
            x[:, [0, 2]] = x[:, [0, 2]] @ turn.T
        if self.warp > 0:
            low, high = x.min(axis=0), x.max(axis=0)
            size = np.maximum(high - low, 1e-6)
            u = (x - low) / size
            amount = (rng.uniform(-1, 1, size=(2, 3)) * self.warp * strength).astype(np.float32)
            bow = amount[0] * 4 * u * (1 - u)  # proportions: legs against back, front against rear
            wave = amount[1] * np.sin(2 * np.pi * u)  # the middle against both ends
            bow[:, 0] = 0  # left and right stay alike
            u = u + (bow + wave / 2) * np.float32(0.5)
            x = (low + u * size).astype(np.float32)
        if self.shear > 0:
            amount = rng.normal(0, self.shear * strength, size=2).astype(np.float32)
            x[:, 0] += amount[0] * x[:, 1] * np.float32(0.3)
            x[:, 2] += amount[1] * x[:, 1]
        if self.scale > 0:
            x *= np.exp(rng.uniform(-1, 1, size=3) * self.scale * strength).astype(np.float32)
        return x


def splice(below: Float32, above: Float32, height: float) -> Float32:
    """The lower part of one (N, 3) cloud under the upper part of another, both cut at this fraction of their
    height.
    """
    cuts = [float(x[:, 1].min() + height * (x[:, 1].max() - x[:, 1].min())) for x in (below, above)]
    upper = above[above[:, 1] > cuts[1]] + np.array([0, cuts[0] - cuts[1], 0], dtype=np.float32)
    return np.concatenate([below[below[:, 1] <= cuts[0]], upper])

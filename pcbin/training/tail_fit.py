"""The tail of a code: a basis of displacements of the decoded points, and what its bits mean.

A network decodes the head of a code to a first cloud. Its points keep their places from cloud to cloud (point
7 is always on the same leg), so what separates them from where they would be best can be compared across
shapes: its principal components are the basis. It is linear and fitted, not trained, so it generalises where
a network does not.
"""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32
from pcbin.coding.matching import Matching, signs_of
from pcbin.models.model import Model

ROUNDS = 2
NOISE = 0.015
"""The probability that a bit of a training cloud's head is flipped: heads of unseen clouds fit less well, and
the basis is for them."""
GAINS = (0.6366, 0.2459, 0.0830, 0.0260, 0.0081, 0.0025)
"""By how much each further bit lowers the mean squared error of a normal variable of variance 1, quantised as
well as can be (Max, 1960)."""


class Tail(NamedTuple):
    """basis: (C, 3 M), rows of unit length at right angles. levels: (bits, C), what each bit of the tail adds
    to or takes from a coefficient."""

    basis: Float32
    levels: Float32


def fit_tail(model: Model, clouds: npt.NDArray[Any], *, bits: int, components: int, seed: int = 0) -> Tail:
    """The tail for a model whose codes are all head, from (n, N, 3) normalised training clouds."""
    rng = np.random.default_rng(seed)
    matchings = [Matching(model, cloud) for cloud in clouds]
    heads = [_noisy(code, rng) for code in model.encode(clouds)]
    moved = np.zeros((len(clouds), 3 * model.points), np.float32)  # from where the head decodes to
    basis = np.zeros((0, 3 * model.points), np.float32)
    coefficients = np.zeros((len(clouds), 0), np.float32)
    for _ in range(ROUNDS):
        for row, (matching, head) in enumerate(zip(matchings, heads, strict=True)):
            before = coefficients[row] @ basis
            features = matching.decoder.features(head)
            decoded = matching.decoder.points(features) + before.reshape(-1, 3)
            state = matching.of(head, features, decoded)
            moved[row] = before + matching.displacement(state).ravel()
        basis = _principal(moved, components)
        coefficients = moved @ basis.T
    sizes = np.sqrt(np.square(coefficients).mean(axis=0))  # from 0, which is what a tail adds to
    return Tail(basis, _ladder(sizes, bits))


def _noisy(code: Codes, rng: np.random.Generator) -> Float32:
    signs = signs_of(code)
    signs[rng.random(len(signs)) < NOISE] *= -1
    return signs


def _principal(rows: Float32, components: int) -> Float32:
    """(C, D): the main directions of (n, D) rows, not centred; n is smaller than D."""
    rows = rows.astype(np.float64)  # or the rows of small directions would not be at right angles
    values, vectors = np.linalg.eigh(rows @ rows.T)
    count = min(components, int((values > values[-1] * 1e-6).sum()))
    basis = vectors[:, : -count - 1 : -1].T @ rows
    unit: Float32 = (basis / np.linalg.norm(basis, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _ladder(deviations: Float32, bits: int) -> Float32:
    """(bits, C): each bit goes to the coefficient where it gains most, in the order of these gains; the first
    of a coefficient adds or takes one standard deviation, each further one half of the one before."""
    levels = np.zeros((bits, len(deviations)), np.float32)
    waiting = [(-GAINS[0] * float(d) ** 2, which, 0) for which, d in enumerate(deviations)]
    heapq.heapify(waiting)
    for bit in range(bits):
        _, which, depth = waiting[0]
        levels[bit, which] = deviations[which] / 2**depth
        further = GAINS[min(depth + 1, len(GAINS) - 1)] / 4 ** max(0, depth + 2 - len(GAINS))
        heapq.heapreplace(waiting, (-further * float(deviations[which]) ** 2, which, depth + 1))
    return levels

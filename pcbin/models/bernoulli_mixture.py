"""Bernoulli mixtures fitted to bits by expectation maximisation."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Choice: TypeAlias = Literal["likely", "even"]


class Fitted(NamedTuple):
    """A mixture of C components over K bits."""

    weights: Float64
    """(C,): pi, summing to 1."""
    means: Float64
    """(C, K): mu, the probability that a bit is 1."""
    log_likelihood: float
    """Mean over the samples, nats."""


def fit_bernoulli_mixture(
    bits: npt.NDArray[Any],
    components: int,
    *,
    seed: int = 0,
    restarts: int = 5,
    iterations: int = 100,
    tolerance: float = 1e-4,
    subset: int | None = None,
    choose: Choice = "likely",
) -> Fitted:
    """The best of `restarts` fits to (n, K) bits of 0 and 1.

    Each starts from rows that are drawn as in k-means++, and ends when the mean log-likelihood rises by less
    than `tolerance` nats. One pseudo-count of each bit value keeps probabilities inside (0, 1) (Bishop, 2006,
    section 9.3.3).

    subset: how many samples, drawn once, all restarts see; the best goes on with all samples.
    choose: the best is the most "likely" fit, or the most "even" one: that with the largest entropy of its
    weights, where components stand for clusters that are known to be of about one size.
    """
    rng = np.random.default_rng(seed)
    data = np.ascontiguousarray(bits, dtype=np.float32)
    some = data if subset is None or subset >= len(data) else data[rng.permutation(len(data))[:subset]]
    fits = []
    for _ in range(restarts):
        means = 0.25 + 0.5 * some[_spread(some, components, rng)].astype(np.float64)
        start = Fitted(np.full(components, 1 / components), means, -np.inf)
        fits.append(_improve(some, start, iterations, tolerance))
    best = max(
        fits, key=lambda fitted: fitted.log_likelihood if choose == "likely" else evenness(fitted.weights)
    )
    return best if some is data else _improve(data, best, iterations, tolerance)


def evenness(weights: Float64) -> float:
    """The entropy of a mixture's weights, nats: largest where all components are of one size."""
    return float(-(weights * np.log(weights)).sum())


def _improve(bits: npt.NDArray[np.float32], start: Fitted, iterations: int, tolerance: float) -> Fitted:
    """Expectation maximisation from `start`."""
    n, components = len(bits), len(start.weights)
    weights, means = start.weights, start.means
    before = -np.inf
    for _ in range(iterations):
        log_joint = joint(bits, weights, means)
        found = evidence(log_joint)
        likelihood = float(found.mean(dtype=np.float64))
        if likelihood - before < tolerance:
            return Fitted(weights, means, likelihood)
        before = likelihood
        responsibilities = np.exp(log_joint - found[:, None]).astype(np.float32)
        counts = responsibilities.sum(axis=0, dtype=np.float64)
        means = (responsibilities.T @ bits + 1.0) / (counts[:, None] + 2.0)
        weights = (counts + 1.0) / (n + components)
    return Fitted(weights, means, float(evidence(joint(bits, weights, means)).mean(dtype=np.float64)))


def joint(bits: Floats, weights: Float64, means: Float64) -> Floats:
    """(n, C): log pi_c + log p(bits | c) for (n, K) bits, in their precision."""
    zeros = np.log1p(-means)
    log_odds = (np.log(means) - zeros).astype(bits.dtype)
    found: Floats = bits @ log_odds.T
    found += (zeros.sum(axis=1) + np.log(weights)).astype(bits.dtype)
    return found


def evidence(log_joint: Floats) -> Floats:
    """(n,): log p(bits), the sum over the components of what `joint` gives."""
    top = log_joint.max(axis=1, keepdims=True)
    found: Floats = top[:, 0] + np.log(np.exp(log_joint - top).sum(axis=1))
    return found


def _spread(bits: npt.NDArray[np.float32], count: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Rows that lie far from each other: k-means++ (Arthur and Vassilvitskii, 2007) in Hamming distance."""
    rows = [int(rng.integers(len(bits)))]
    nearest = np.full(len(bits), np.inf)
    for _ in range(count - 1):
        nearest = np.minimum(nearest, np.abs(bits - bits[rows[-1]]).sum(axis=1))
        total = nearest.sum()
        rows.append(
            int(rng.choice(len(bits), p=nearest / total)) if total > 0 else int(rng.integers(len(bits)))
        )
    return np.array(rows)

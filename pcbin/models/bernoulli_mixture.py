"""Bernoulli mixtures of packed codes, fitted by expectation maximisation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pcbin._bits import distances, words
from pcbin.arrays import Codes, Float64, pack_bits, unpack_bits

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Choice: TypeAlias = Literal["likely", "even"]

STEP_NUMBERS = 2**16
"""Bits of codes that a step of a fit unpacks at once: a quarter of a megabyte of floats, which stays in the
cache, and products that BLAS computes without copying them first."""
BATCH_NUMBERS = 2**22
"""Bits, or probabilities, that are computed at once where they are kept."""
BATCH_SIZE = 4096


class Fitted(NamedTuple):
    """A mixture of C components over K bits."""

    weights: Float64
    """(C,): pi, summing to 1."""
    means: Float64
    """(C, K): mu, the probability that a bit is 1."""
    log_likelihood: float
    """Mean over the samples, nats."""
    iterations: int = 0
    """Steps that were made."""
    converged: bool = False
    """Whether the last one gained less than the tolerance."""


def fit_bernoulli_mixture(
    codes: Codes,
    components: int,
    *,
    bits: int | None = None,
    seed: int | np.random.Generator = 0,
    restarts: int = 5,
    iterations: int = 100,
    tolerance: float = 1e-4,
    subset: int | None = None,
    choose: Choice = "likely",
) -> Fitted:
    """The best of `restarts` fits to (n, ceil(K / 8)) packed codes.

    Each starts from codes that are drawn as in k-means++, and ends when the mean log-likelihood rises by less
    than `tolerance` nats. One pseudo-count of each bit value keeps probabilities inside (0, 1) (Bishop, 2006,
    section 9.3.3).

    bits: K, where it is no multiple of 8.
    subset: how many samples, drawn once, all restarts see; the best goes on with all samples.
    choose: the best is the most "likely" fit, or the most "even" one: that with the largest entropy of its
    weights, where components stand for clusters that are known to be of about one size.
    """
    rng = np.random.default_rng(seed)
    some = codes if subset is None or subset >= len(codes) else codes[rng.permutation(len(codes))[:subset]]
    fits = []
    for _ in range(restarts):
        start = around(some[spread(some, components, rng)], bits)
        fits.append(improve(some, start, iterations=iterations, tolerance=tolerance))
    best = max(
        fits, key=lambda fitted: fitted.log_likelihood if choose == "likely" else evenness(fitted.weights)
    )
    if some is codes:
        return best
    return improve(codes, best, iterations=iterations, tolerance=tolerance)


def around(centres: Codes, bits: int | None = None) -> Fitted:
    """Where a fit starts: components of equal weights, each about one of the (C, K / 8) codes."""
    means = 0.25 + 0.5 * unpack_bits(centres, bits).astype(np.float64)
    return Fitted(np.full(len(centres), 1 / len(centres)), means, -np.inf)


def evenness(weights: Float64) -> float:
    """The entropy of a mixture's weights, nats: largest where all components are of one size."""
    return float(-(weights * np.log(weights)).sum())


def improve(codes: Codes, start: Fitted, *, iterations: int = 100, tolerance: float = 1e-4) -> Fitted:
    """Expectation maximisation from `start`, on packed codes."""
    n, components = len(codes), len(start.weights)
    weights, means = start.weights, start.means
    before = -np.inf
    for done in range(iterations):
        likelihood, counts, ones = _step(codes, weights, means)
        if likelihood - before < tolerance:
            return Fitted(weights, means, likelihood, done, converged=True)
        before = likelihood
        means = (ones + 1.0) / (counts[:, None] + 2.0)
        weights = (counts + 1.0) / (n + components)
    return Fitted(weights, means, _step(codes, weights, means)[0], iterations)


def _step(codes: Codes, weights: Float64, means: Float64) -> tuple[float, Float64, Float64]:
    """Mean log-likelihood, sums of the responsibilities (C,), and the ones that they weigh (C, K).

    In single precision, block by block; what is summed over blocks in double precision.
    """
    components, bits = means.shape
    log_odds, constants = (one.astype(np.float32) for one in linear(weights, means))
    counts, ones, likelihood = np.zeros(components), np.zeros((components, bits)), 0.0
    size = max(64, STEP_NUMBERS // max(bits, components))
    for start in range(0, len(codes), size):
        data = unpack_bits(codes[start : start + size], bits).astype(np.float32)
        # (C, block): sums over the components then run along memory, many codes at once
        share = np.ascontiguousarray((data @ log_odds).T)
        share += constants[:, None]
        top = share.max(axis=0)
        share -= top
        np.exp(share, out=share)
        total = share.sum(axis=0)
        share /= total
        likelihood += float((top + np.log(total)).sum(dtype=np.float64))
        counts += share.sum(axis=1, dtype=np.float64)
        ones += share @ data
    return likelihood / len(codes), counts, ones


def linear(weights: Float64, means: Float64) -> tuple[Float64, Float64]:
    """(K, C) and (C,): log pi_c + log p(bits | c) is bits @ the first + the second."""
    zeros = np.log1p(-means)
    return np.ascontiguousarray((np.log(means) - zeros).T), zeros.sum(axis=1) + np.log(weights)


def joint(bits: Floats, weights: Float64, means: Float64) -> Floats:
    """(n, C): log pi_c + log p(bits | c) for (n, K) bits, in their precision."""
    log_odds, constants = linear(weights, means)
    found: Floats = bits @ log_odds.astype(bits.dtype)
    found += constants.astype(bits.dtype)
    return found


def evidence(log_joint: Floats) -> Floats:
    """(n,): log p(bits), the sum over the components of what `joint` gives."""
    top = log_joint.max(axis=1, keepdims=True)
    found: Floats = top[:, 0] + np.log(np.exp(log_joint - top).sum(axis=1))
    return found


def joints(codes: Codes, weights: Float64, means: Float64) -> Iterator[Float64]:
    """What `joint` gives for packed codes, in double precision, (up to BATCH_SIZE, C) at a time."""
    components, bits = means.shape
    size = max(1, min(BATCH_SIZE, BATCH_NUMBERS // max(components, bits)))
    for start in range(0, len(codes), size):
        block = unpack_bits(codes[start : start + size], bits).astype(np.float64)
        yield joint(block, weights, means).astype(np.float64, copy=False)


def responsibilities(codes: Codes, weights: Float64, means: Float64) -> Float64:
    """(n, C): p(c | code), each row summing to 1 (poster B, equation 4)."""
    parts = [np.exp(part - evidence(part)[:, None]) for part in joints(codes, weights, means)]
    return np.concatenate(parts) if parts else np.zeros((0, len(weights)))


def labels(codes: Codes, weights: Float64, means: Float64) -> npt.NDArray[np.int64]:
    """(n,): the most probable component of each code; of equal ones the first."""
    parts = [part.argmax(axis=1) for part in joints(codes, weights, means)]
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)


def log_likelihood(codes: Codes, weights: Float64, means: Float64) -> Float64:
    """(n,): log p(code) in nats."""
    parts = [evidence(part) for part in joints(codes, weights, means)]
    return np.concatenate(parts) if parts else np.zeros(0)


def sample(
    count: int, weights: Float64, means: Float64, rng: np.random.Generator
) -> tuple[Codes, npt.NDArray[np.int64]]:
    """(count, K / 8) codes and the component of each. weights: (C,), which need not sum to 1."""
    components = rng.choice(len(weights), count, p=weights / weights.sum())
    return draw(means, components, rng), components.astype(np.int64)


def draw(means: Float64, components: npt.NDArray[np.integer[Any]], rng: np.random.Generator) -> Codes:
    """(n, K / 8): a code of each of the (n,) components."""
    return pack_bits(rng.random((len(components), means.shape[1])) < means[components])


def spread(codes: Codes, count: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Rows that lie far from each other: k-means++ (Arthur and Vassilvitskii, 2007) in Hamming distance."""
    known = words(codes)
    rows = [int(rng.integers(len(codes)))]
    nearest = np.full(len(codes), np.inf)
    for _ in range(count - 1):
        last = np.broadcast_to(known[rows[-1]], known.shape)
        nearest = np.minimum(nearest, distances(known, last))
        total = nearest.sum()
        rows.append(
            int(rng.choice(len(codes), p=nearest / total)) if total > 0 else int(rng.integers(len(codes)))
        )
    return np.array(rows)

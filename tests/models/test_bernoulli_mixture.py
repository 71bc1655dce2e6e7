"""Bernoulli mixtures: densities against torch.distributions, fits against brute force and a planted truth."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import logsumexp

from pcbin.arrays import pack_bits
from pcbin.models import bernoulli_mixture as em
from pcbin.models.bernoulli_mixture import evidence, joint


def fit_bernoulli_mixture(bits: Any, components: int, **options: Any) -> em.Fitted:
    """Of (n, K) bits, also where K is no multiple of 8."""
    return em.fit_bernoulli_mixture(
        pack_bits(np.asarray(bits) != 0), components, bits=np.shape(bits)[1], **options
    )


def mixture(components: int, size: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(components)), rng.uniform(0.02, 0.98, (components, size))


def draw(weights: Any, means: Any, count: int, seed: int = 0) -> tuple[Any, Any]:
    """Bits (n, K) of a mixture, and the component of each."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(len(weights), count, p=weights)
    return (rng.random((count, means.shape[1])) < means[labels]).astype(np.uint8), labels


@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 99))
@settings(max_examples=40)
def test_joint_against_scipy(components: int, size: int, seed: int) -> None:
    """And over all codes the evidence sums to 1."""
    weights, means = mixture(components, size, seed)
    codes = np.array(list(itertools.product([0, 1], repeat=size)))
    expected = stats.bernoulli(means).logpmf(codes[:, None]).sum(axis=2) + np.log(weights)
    np.testing.assert_allclose(joint(codes.astype(np.float64), weights, means), expected, atol=1e-10)
    single = joint(codes.astype(np.float32), weights, means)
    np.testing.assert_allclose(single, expected, atol=1e-4)
    np.testing.assert_allclose(evidence(expected), logsumexp(expected, axis=1), atol=1e-12)
    assert float(np.exp(evidence(expected)).sum()) == pytest.approx(1)


def test_joint_against_torch() -> None:
    torch = pytest.importorskip("torch")
    D = torch.distributions
    weights, means = mixture(4, 9)
    codes = draw(weights, means, 50)[0].astype(np.float64)
    parts = D.Independent(D.Bernoulli(torch.from_numpy(means)), 1)
    whole = D.MixtureSameFamily(D.Categorical(torch.from_numpy(weights)), parts)
    x = torch.from_numpy(codes)
    np.testing.assert_allclose(evidence(joint(codes, weights, means)), whole.log_prob(x), atol=1e-10)
    expected = parts.log_prob(x[:, None]) + torch.from_numpy(weights).log()
    np.testing.assert_allclose(joint(codes, weights, means), expected, atol=1e-10)


def test_evidence_of_what_is_very_improbable() -> None:
    """4096 bits that a mixture thinks impossible: the logarithm is far below that of the smallest float."""
    log_joint = joint(np.ones((1, 4096)), np.full(2, 0.5), np.full((2, 4096), 1e-6))
    assert float(evidence(log_joint)[0]) == pytest.approx(4096 * np.log(1e-6))


def penalised(bits: Any, fitted: em.Fitted) -> float:
    """What EM with one pseudo-count of each bit value and of each component climbs: the log-posterior under
    Beta(2, 2) for every chance and Dirichlet(2) for the weights, up to constants."""
    likelihood = evidence(joint(bits.astype(np.float64), fitted.weights, fitted.means)).sum()
    prior = np.log(fitted.means).sum() + np.log1p(-fitted.means).sum() + np.log(fitted.weights).sum()
    return float(likelihood + prior)


def steps(bits: Any, components: int, count: int, seed: int = 0) -> list[em.Fitted]:
    """The same fit after 0, 1, 2, ... steps."""
    options: dict[str, Any] = {"seed": seed, "restarts": 1, "tolerance": -np.inf}
    return [fit_bernoulli_mixture(bits, components, iterations=n, **options) for n in range(count)]


@given(st.integers(0, 10**6), st.integers(4, 30), st.integers(1, 6), st.integers(1, 4))
@settings(max_examples=25)
def test_each_step_climbs(seed: int, n: int, size: int, components: int) -> None:
    """The penalised log-likelihood never falls (Dempster, Laird and Rubin, 1977)."""
    bits = np.random.default_rng(seed).integers(0, 2, (n, size)).astype(np.uint8)
    values = [penalised(bits, fitted) for fitted in steps(bits, components, 12, seed % 7)]
    assert np.diff(values).min() > -1e-3 * n  # the steps are made in single precision


def test_likelihood_never_falls_where_pseudo_counts_are_nothing() -> None:
    """With many samples the penalty is nothing beside the likelihood."""
    bits, _ = draw(*mixture(3, 12, 4), 5000)
    values = [fitted.log_likelihood for fitted in steps(bits, 3, 15)]
    assert np.diff(values).min() > -1e-6
    assert values[-1] > values[0] + 0.1


def test_the_likelihood_is_that_of_the_mixture_that_comes_back() -> None:
    bits, _ = draw(*mixture(3, 12, 4), 300)
    for iterations in (0, 1, 3, 100):
        fitted = fit_bernoulli_mixture(bits, 3, iterations=iterations)
        expected = evidence(joint(bits.astype(np.float64), fitted.weights, fitted.means)).mean()
        assert fitted.log_likelihood == pytest.approx(expected, abs=1e-5)
        assert fitted.weights.sum() == pytest.approx(1)
        assert 0 < fitted.means.min() < fitted.means.max() < 1


CODES = list(itertools.product([0, 1], repeat=2))


def brute(counts: tuple[int, ...]) -> float:
    """The highest penalised log-likelihood of two components over two bits, on a grid."""
    ends, shares = np.linspace(0.05, 0.95, 13), np.linspace(0.05, 0.95, 13)
    a, b, c, d, w = (grid.ravel() for grid in np.meshgrid(ends, ends, ends, ends, shares, indexing="ij"))
    total = np.log(a * (1 - a) * b * (1 - b) * c * (1 - c) * d * (1 - d) * w * (1 - w))
    for (x, y), count in zip(CODES, counts, strict=True):
        first = (a if x else 1 - a) * (b if y else 1 - b)
        second = (c if x else 1 - c) * (d if y else 1 - d)
        total += count * np.log(w * first + (1 - w) * second)
    return float(total.max())


@pytest.mark.parametrize("counts", [(3, 0, 0, 5), (6, 1, 1, 4), (2, 3, 0, 4)])
def test_against_brute_force(counts: tuple[int, ...]) -> None:
    """counts: how often each of the four codes of two bits occurs."""
    bits = np.repeat(np.array(CODES, np.uint8), counts, axis=0)
    fitted = fit_bernoulli_mixture(bits, 2, restarts=20, iterations=200, tolerance=-np.inf)
    best = brute(counts)
    assert best - 0.01 < penalised(bits, fitted) < best + 0.1  # the grid is not that fine


def test_one_component_is_the_mean() -> None:
    bits = np.random.default_rng(0).integers(0, 2, (30, 5)).astype(np.uint8)
    fitted = fit_bernoulli_mixture(bits, 1)
    np.testing.assert_allclose(fitted.means[0], (bits.sum(axis=0) + 1) / 32, atol=1e-6)
    np.testing.assert_allclose(fitted.weights, [1.0])


def test_planted_mixture() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    means = np.where(np.random.default_rng(1).random((3, 40)) < 0.5, 0.1, 0.9)
    bits, labels = draw(weights, means, 2000)
    fitted = fit_bernoulli_mixture(bits, 3)
    order = np.abs(fitted.means[:, None] - means).sum(axis=2).argmin(axis=0)
    assert sorted(order) == [0, 1, 2]
    np.testing.assert_allclose(fitted.means[order], means, atol=0.06)
    np.testing.assert_allclose(fitted.weights[order], weights, atol=0.04)
    found = joint(bits.astype(np.float32), fitted.weights, fitted.means).argmax(axis=1)
    assert (found == order[labels]).mean() > 0.99
    truth = float(evidence(joint(bits.astype(np.float64), weights, means)).mean())
    assert fitted.log_likelihood > truth - 0.02


def test_restarts_and_seeds() -> None:
    bits, _ = draw(*mixture(4, 10, 2), 200)
    one = fit_bernoulli_mixture(bits, 4, seed=3)
    again = fit_bernoulli_mixture(bits, 4, seed=3)
    np.testing.assert_array_equal(one.means, again.means)
    few = fit_bernoulli_mixture(bits, 4, seed=3, restarts=1)
    assert one.log_likelihood >= few.log_likelihood


@pytest.mark.parametrize("bits", [np.zeros((6, 8)), np.ones((6, 8)), np.zeros((1, 8))])
def test_samples_that_are_all_equal(bits: Any) -> None:
    """More components than different samples: still a mixture, its chances inside (0, 1)."""
    fitted = fit_bernoulli_mixture(bits, 3)
    assert np.isfinite(fitted.log_likelihood)
    assert 0 < fitted.means.min() <= fitted.means.max() < 1
    assert fitted.weights.sum() == pytest.approx(1)


def test_the_most_even_fit() -> None:
    """Of the same restarts the one with the largest entropy, which need not be the most likely."""
    bits, _ = draw(*mixture(4, 10, 2), 200)
    likely = fit_bernoulli_mixture(bits, 4, restarts=8)
    even = fit_bernoulli_mixture(bits, 4, restarts=8, choose="even")
    assert em.evenness(even.weights) > em.evenness(likely.weights)
    assert even.log_likelihood <= likely.log_likelihood
    assert em.evenness(np.full(5, 0.2)) == pytest.approx(stats.entropy(np.full(5, 0.2)))
    assert em.evenness(likely.weights) == pytest.approx(stats.entropy(likely.weights))


def test_a_subset_begins_and_all_samples_end() -> None:
    bits, _ = draw(*mixture(3, 20, 4), 900)
    whole = fit_bernoulli_mixture(bits, 3)
    part = fit_bernoulli_mixture(bits, 3, subset=300)
    assert part.log_likelihood == pytest.approx(whole.log_likelihood, abs=0.02)
    # weights come from (counts + 1) / (n + components) of all samples, not of the subset
    assert part.weights.sum() == pytest.approx(1)
    alone = fit_bernoulli_mixture(bits[:300], 3)
    assert part.log_likelihood > evidence(joint(bits.astype(float), alone.weights, alone.means)).mean()
    same = fit_bernoulli_mixture(bits, 3, subset=900)
    np.testing.assert_array_equal(same.means, whole.means)

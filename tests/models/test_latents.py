"""Latents against torch.distributions, SciPy and Monte Carlo."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma, polygamma

torch = pytest.importorskip("torch")

from pcbin.errors import InputError  # noqa: E402
from pcbin.models.latents import KINDS, make_latent  # noqa: E402
from pcbin.models.latents.bernoulli import Bernoulli, annealed, relaxed_bits  # noqa: E402
from pcbin.models.latents.beta import Beta, beta_kl, log_gamma_sample  # noqa: E402
from pcbin.models.latents.deterministic import Deterministic  # noqa: E402
from pcbin.models.latents.normal import Normal  # noqa: E402

D = torch.distributions


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_deterministic() -> None:
    params = torch.randn(4, 7)
    latent = Deterministic(7)
    assert torch.equal(latent.sample(params).z, params)
    assert not latent.sample(params).terms
    assert torch.equal(latent.mean(params), params)


def test_normal_kl_and_moments() -> None:
    latent = Normal(5)
    params = torch.randn(3, 10)
    mu, log_var = params[:, :5], params[:, 5:]
    posterior = D.Normal(mu, (log_var / 2).exp())
    expected = D.kl_divergence(posterior, D.Normal(torch.zeros(5), torch.ones(5)))
    torch.testing.assert_close(latent.sample(params).terms["z"], expected, atol=1e-6, rtol=1e-5)
    assert torch.equal(latent.mean(params), mu)
    draws = latent.sample(params[:1].expand(40_000, -1)).z
    torch.testing.assert_close(draws.mean(0), mu[0], atol=0.05, rtol=0)
    torch.testing.assert_close(draws.var(0).log(), log_var[0], atol=0.05, rtol=0)


def test_normal_gradient_goes_through_the_draw() -> None:
    params = torch.zeros(1, 2, requires_grad=True)
    Normal(1).sample(params).z.sum().backward()
    assert params.grad[0, 0] == 1
    assert params.grad[0, 1] != 0


SHAPES = [0.01, 0.3, 1.0, 2.5, 40.0, 1000.0]


@pytest.mark.parametrize("prior", [(0.01, 0.01), (1.0, 1.0), (0.5, 3.0)])
def test_beta_kl_against_torch(prior: tuple[float, float]) -> None:
    a, b = (
        grid.flatten()
        for grid in torch.meshgrid(*[torch.tensor(SHAPES, dtype=torch.float64)] * 2, indexing="ij")
    )
    p = D.Beta(*(torch.tensor(v, dtype=torch.float64) for v in prior))
    expected = D.kl_divergence(D.Beta(a, b), p)
    torch.testing.assert_close(beta_kl(a, b, *prior), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(beta_kl(a.float(), b.float(), *prior), expected.float(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.7, 5.0), (30.0, 30.0)])
def test_beta_kl_against_monte_carlo(a: float, b: float) -> None:
    q, p = stats.beta(a, b), stats.beta(0.5, 0.5)
    draws = q.rvs(200_000, random_state=np.random.default_rng(0))
    estimate = float((q.logpdf(draws) - p.logpdf(draws)).mean())
    exact = float(beta_kl(torch.tensor(a), torch.tensor(b), 0.5, 0.5))
    assert exact == pytest.approx(estimate, abs=0.02)


def test_beta_kl_is_zero_at_the_prior_only() -> None:
    value = torch.tensor([0.01, 0.02, 1.0])
    kl = beta_kl(value, value, 0.01, 0.01)
    assert kl[0] == pytest.approx(0, abs=1e-7)
    assert (kl[1:] > 0.01).all()


def test_beta_at_the_ends_of_its_range() -> None:
    """exp() is clamped to [1e-6, 1e6]: value and gradient stay finite from there to there, and beyond."""
    ends = torch.tensor([-1e4, -100.0, math.log(1e-6), -1.0, 0.0, 5.0, math.log(1e6), 88.0, 1e4])
    a, b = (grid.flatten() for grid in torch.meshgrid(ends, ends, indexing="ij"))
    params = torch.cat([a, b])[None].requires_grad_()
    latent = Beta(len(a))
    z, terms = latent.sample(params)
    kl = terms["z"]
    assert torch.isfinite(z).all()
    assert ((z >= 0) & (z <= 1)).all()
    assert torch.isfinite(kl).all()
    assert (kl > -1e-4).all()
    (z.sum() + kl.sum()).backward()
    assert torch.isfinite(params.grad).all()
    mean = latent.mean(params)
    assert torch.isfinite(mean).all()


@pytest.mark.parametrize("alpha", [0.5, 1.0, 3.0, 50.0])
def test_log_gamma_distribution(alpha: float) -> None:
    draws = log_gamma_sample(torch.full((20_000,), alpha, dtype=torch.float64)).exp().numpy()
    assert stats.kstest(draws, stats.gamma(alpha).cdf).pvalue > 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("alpha", [0.01, 0.1, 2.0])
def test_log_gamma_moments(alpha: float, dtype: Any) -> None:
    """E log g = digamma(alpha), Var log g = polygamma(1, alpha): also where the draws themselves
    underflow.
    """
    draws = log_gamma_sample(torch.full((200_000,), alpha, dtype=dtype)).double().numpy()
    assert np.isfinite(draws).all()
    variance = float(polygamma(1, alpha))
    assert draws.mean() == pytest.approx(float(digamma(alpha)), abs=5 * math.sqrt(variance / len(draws)))
    assert draws.var() == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("alpha", [0.01, 0.3, 1.0, 5.0])
def test_log_gamma_pathwise_gradient(alpha: float) -> None:
    """d/d alpha of E log g = digamma(alpha) is polygamma(1, alpha)."""
    shape = torch.full((200_000,), alpha, dtype=torch.float64, requires_grad=True)
    log_gamma_sample(shape).sum().backward()
    gradient = shape.grad.numpy()
    error = 5 * gradient.std() / math.sqrt(len(gradient))
    assert gradient.mean() == pytest.approx(float(polygamma(1, alpha)), abs=error)
    assert error < 0.05 * float(polygamma(1, alpha))


def test_beta_sample_is_a_beta() -> None:
    a, b = 2.0, 0.7
    params = torch.tensor([[math.log(a), math.log(b)]]).expand(20_000, -1)
    draws = Beta(1, prior=1.0).sample(params).z.double().numpy()[:, 0]
    assert stats.kstest(draws, stats.beta(a, b).cdf).pvalue > 1e-3


def test_beta_mean_gradient_of_the_sample() -> None:
    """d/da of E z = a / (a + b) is b / (a + b)^2; by the chain rule times a for log a."""
    a, b = 2.0, 3.0
    params = torch.tensor([[math.log(a), math.log(b)]]).repeat(200_000, 1).requires_grad_()
    Beta(1, prior=1.0).sample(params).z.sum().backward()
    gradient = params.grad.mean(0)
    assert float(gradient[0]) == pytest.approx(a * b / (a + b) ** 2, rel=0.02)
    assert float(gradient[1]) == pytest.approx(-a * b / (a + b) ** 2, rel=0.02)


def test_beta_threshold_is_the_mean_above_a_half() -> None:
    latent = Beta(500)
    params = 2 * torch.randn(8, 1000)  # short of the clamp, where a and b become equal
    bits = latent.binary(params)
    assert set(bits.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(bits.bool(), latent.mean(params) > 0.5)


def test_beta_prior_is_the_posters() -> None:
    params = torch.full((1, 2), math.log(100))
    expected = D.kl_divergence(D.Beta(1.0, 1.0), D.Beta(0.01, 0.01))
    assert float(Beta(1).sample(params).terms["z"]) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("prior", [0.01, 1.0])
def test_beta_starts_at_its_prior(prior: float) -> None:
    assert float(Beta(1, prior=prior).sample(torch.zeros(1, 2)).terms["z"]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("estimator", ["threshold", "stochastic"])
def test_bernoulli_straight_through(estimator: Any) -> None:
    """The value is a bit in {-1, +1}; the gradient that of 2 sigmoid(logit) - 1."""
    params = (3 * torch.randn(50, 40)).requires_grad_()
    z = Bernoulli(40, estimator).sample(params).z
    torch.testing.assert_close(z.detach().abs(), torch.ones(50, 40))
    if estimator == "threshold":
        assert torch.equal(z > 0, params > 0)
    z.sum().backward()
    p = torch.sigmoid(params.detach())
    torch.testing.assert_close(params.grad, 2 * p * (1 - p))


def test_bernoulli_draws_with_its_probability() -> None:
    logits = torch.tensor([[-2.0, -0.5, 0.0, 1.0, 3.0]])
    draws = Bernoulli(5, "stochastic").sample(logits.expand(20_000, -1)).z
    torch.testing.assert_close((draws > 0).float().mean(0), torch.sigmoid(logits[0]), atol=0.02, rtol=0)


def test_bernoulli_kl_against_torch() -> None:
    params = torch.linspace(-30, 30, 61)[None].requires_grad_()
    kl = Bernoulli(61).sample(params).terms["z"]
    expected = D.kl_divergence(
        D.Bernoulli(logits=params.detach().double()), D.Bernoulli(torch.tensor(0.5).double())
    )
    torch.testing.assert_close(kl.detach().double(), expected, atol=2e-6, rtol=1e-5)
    kl.sum().backward()
    assert torch.isfinite(params.grad).all()
    far = Bernoulli(2).sample(torch.tensor([[-1e4, 1e4]])).terms["z"]
    torch.testing.assert_close(far, torch.full((1, 2), math.log(2)))


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
def test_relaxed_bits_are_above_a_half_as_often_as_bits_are_one(temperature: float) -> None:
    logits = torch.tensor([-2.0, 0.0, 1.5])
    y = relaxed_bits(logits.expand(20_000, -1), temperature)
    torch.testing.assert_close((y > 0.5).float().mean(0), torch.sigmoid(logits), atol=0.02, rtol=0)
    sharpness = (y - 0.5).abs().mean()
    assert float(sharpness) > float(
        (relaxed_bits(logits.expand(20_000, -1), 2 * temperature) - 0.5).abs().mean()
    )


def test_gumbel_temperature_falls() -> None:
    assert [annealed((1.0, 0.25), t) for t in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.5, 0.25])
    params = torch.zeros(20_000, 1)
    latent = Bernoulli(1, "gumbel", (2.0, 0.1))
    assert float(latent.sample(params, 0.0).z.abs().mean()) < float(latent.sample(params, 1.0).z.abs().mean())


@pytest.mark.parametrize("kind", ["beta", "bernoulli", "bernoulli-mixture"])
def test_logits_are_linear(kind: str) -> None:
    """`freeze` folds them into the last layer: that is only right for a linear map."""
    latent = make_latent(kind, 6)
    x, y = torch.randn(2, 4, latent.outputs, dtype=torch.float64)
    torch.testing.assert_close(latent.logits(2 * x + y), 2 * latent.logits(x) + latent.logits(y))
    assert latent.logits(x).shape == (4, 6)
    assert not latent.logits(torch.zeros(1, latent.outputs)).any()


@pytest.mark.parametrize(
    ("kind", "values"),
    [("beta", (0.0, 1.0)), ("bernoulli", (-1.0, 1.0)), ("bernoulli-mixture", (0.0, 1.0))],
)
def test_binary(kind: str, values: tuple[float, float]) -> None:
    latent = make_latent(kind, 3)
    assert latent.bit_values == values
    params = torch.randn(30, latent.outputs)
    expected = torch.where(latent.logits(params) > 0, values[1], values[0])
    assert torch.equal(latent.binary(params), expected)
    assert len(latent.binary(params).unique()) == 2


@pytest.mark.parametrize("kind", ["deterministic", "normal"])
def test_no_bits(kind: str) -> None:
    latent = make_latent(kind, 3)
    assert latent.bit_values is None
    for method in (latent.logits, latent.binary):
        with pytest.raises(InputError, match=f"latent: {kind} has no bits; train a binary latent"):
            method(torch.zeros(1, latent.outputs))


def test_make_latent() -> None:
    for kind, cls in KINDS.items():
        latent = make_latent(kind, 12)
        assert type(latent) is cls
        drawn = latent.sample(torch.randn(5, latent.outputs), 0.5)
        assert drawn.z.shape == latent.mean(torch.randn(5, latent.outputs)).shape == (5, latent.inputs)
        assert all(term.shape in ((5,), (5, 12)) for term in drawn.terms.values())
    assert make_latent("beta", 4, prior=0.5).prior == 0.5
    assert make_latent("bernoulli", 4, estimator="gumbel").estimator == "gumbel"


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("gamma", {}, "unknown kind 'gamma'; use one of deterministic, normal, beta, bernoulli"),
        ("normal", {"prior": 1.0}, "latent 'normal': .*prior"),
        ("beta", {"prior": 0.0}, "latent 'beta': .*prior"),
        ("beta", {"prior": -1.0}, "latent 'beta': .*prior"),
        ("beta", {"prior": "small"}, "latent 'beta': .*prior"),
        ("bernoulli", {"estimator": "magic"}, "unknown estimator 'magic'; use threshold"),
        ("bernoulli", {"temperature": [1.0]}, "temperature = .*use .start, end., both above 0"),
        ("bernoulli-mixture", {"temperature": [1.0, 0]}, "temperature = .*use .start, end., both above 0"),
        ("bernoulli-mixture", {"bound": "upper"}, "unknown bound 'upper'; use relaxed or exact"),
    ],
)
def test_make_latent_refuses(kind: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_latent(kind, 4, **options)

"""Latents against torch.distributions, SciPy and Monte Carlo."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import digamma, polygamma

torch = pytest.importorskip("torch")

from pcbin.errors import InputError  # noqa: E402
from pcbin.training.latents import KINDS, make_latent  # noqa: E402
from pcbin.training.latents.bernoulli import Bernoulli, annealed, relaxed_bits  # noqa: E402
from pcbin.training.latents.beta import Beta, beta_kl, log_gamma_sample  # noqa: E402
from pcbin.training.latents.deterministic import Deterministic  # noqa: E402
from pcbin.training.latents.nested import draw_lengths, truncate  # noqa: E402
from pcbin.training.latents.normal import Normal  # noqa: E402

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


def beta_params(latent: Beta, a: float, b: float) -> Any:
    """(1, 2): the v and u of Beta(a, b), by the formulas of the docstring turned round."""
    centre, tilt, most = math.log(a * b) / 2, math.log(a / b) / 2, -math.log(latent.prior)
    v, part = math.atanh(tilt / most) * most / latent.slope[-1], -centre / most
    return torch.tensor([[v, math.log(part / (1 - part))]])


def test_beta_at_the_ends_of_its_range() -> None:
    """Value and gradient stay finite however far out the params are."""
    ends = torch.tensor([-1e4, -100.0, -1.0, 0.0, 5.0, 88.0, 1e4])
    v, u = (grid.flatten() for grid in torch.meshgrid(ends, ends, indexing="ij"))
    params = torch.cat([v, u])[None].requires_grad_()
    latent = Beta(len(v))
    z, terms = latent.sample(params)
    assert torch.isfinite(z).all()
    assert ((z >= 0) & (z <= 1)).all()
    assert torch.isfinite(terms["z"]).all()
    assert (terms["z"] > -1e-4).all()
    (z.sum() + terms["z"].sum()).backward()
    assert torch.isfinite(params.grad).all()
    assert torch.isfinite(latent.mean(params)).all()


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
    a, b = 1.1, 0.7
    latent = Beta(1)
    draws = latent.sample(beta_params(latent, a, b).expand(20_000, -1)).z.double().numpy()[:, 0]
    assert stats.kstest(draws, stats.beta(a, b).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("a", "b"), [(1.1, 0.7), (0.3, 0.6), (0.015, 0.015)])
def test_beta_gradient_of_the_sample(a: float, b: float) -> None:
    """On average that of the mean a / (a + b), also near Beta(0.01, 0.01), where draws are 0 or 1 to the last
    bit of float32 and their logarithms as low as -1e4."""
    latent = Beta(1)
    one = beta_params(latent, a, b).requires_grad_()
    latent.mean(one).sum().backward()
    params = one.detach().repeat(400_000, 1).requires_grad_()
    latent.sample(params).z.sum().backward()
    assert torch.isfinite(params.grad).all()
    gradient = params.grad.double()
    error = 5 * gradient.std(0) / math.sqrt(len(gradient)) + 1e-4
    assert ((gradient.mean(0) - one.grad[0]).abs() < error).all()
    assert float(error[0]) < 0.2 * float(one.grad[0, 0])


@given(st.lists(st.floats(-3, 3, width=32), min_size=2, max_size=40))
def test_beta_threshold_is_the_mean_above_a_half(values: list[float]) -> None:
    latent = Beta(len(values) // 2)
    params = torch.tensor(values[: 2 * latent.size])[None]
    bits, mean = latent.binary(params), latent.mean(params)
    clear = (mean - 0.5).abs() > 1e-6  # where a and b agree in float32, the bit is free
    assert torch.equal(bits.bool()[clear], (mean > 0.5)[clear])
    assert set(bits.unique().tolist()) <= {0.0, 1.0}


def test_beta_at_its_corners() -> None:
    """The flat distribution, certain bits at log 2 each, and the prior, which costs nothing."""
    latent = Beta(1)
    flat = D.kl_divergence(D.Beta(1.0, 1.0), D.Beta(0.01, 0.01))
    for v, u, expected in (
        (0, -30, float(flat)),
        (0, 30, 0.0),
        (30, -30, math.log(2)),
        (-30, -30, math.log(2)),
    ):
        params = torch.tensor([[float(v), float(u)]])
        assert float(latent.sample(params).terms["z"]) == pytest.approx(expected, rel=0.1, abs=1e-4)
    assert float(latent.mean(torch.tensor([[30.0, 0.0]]))) > 0.999
    assert float(latent.mean(torch.zeros(1, 2))) == 0.5


@given(st.floats(0.02, 0.98), st.floats(-0.98, 0.98), st.sampled_from([0.01, 0.1]))
def test_beta_shape_and_term(centre: float, tilt: float, prior: float) -> None:
    """Every shape can be said, and costs the KL to the prior."""
    a, b = prior ** (centre - tilt), prior ** (centre + tilt)
    latent = Beta(1, prior=prior)
    params = beta_params(latent, a, b)
    q, p = (D.Beta(*torch.tensor(shape, dtype=torch.float64)) for shape in ((a, b), (prior, prior)))
    assert float(latent.mean(params)) == pytest.approx(a / (a + b), abs=1e-4)
    term = float(latent.sample(params).terms["z"])
    assert term == pytest.approx(float(D.kl_divergence(q, p)), rel=2e-3, abs=2e-3)


def test_beta_straight_through_the_mean() -> None:
    """The value is a draw all the same; the gradient reaches draws at the ends too."""
    latent = Beta(500, gradient="mean")
    params = (0.3 * torch.randn(4, 1000)).requires_grad_()
    torch.manual_seed(1)
    z = latent.sample(params).z
    torch.manual_seed(1)
    torch.testing.assert_close(z, Beta(500).sample(params).z, atol=1e-6, rtol=0)
    z.sum().backward()
    p = torch.sigmoid(params[:, :500]).detach()
    torch.testing.assert_close(params.grad[:, :500], p * (1 - p))
    assert not params.grad[:, 500:].any()


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


@pytest.mark.parametrize("kind", ["deterministic", "normal", "gaussian-mixture", "labelled-normal"])
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
        ("beta", {"slope": 0}, "latent 'beta': slope = 0; use one or two numbers"),
        ("beta", {"gradient": "magic"}, "unknown gradient 'magic'; use pathwise or mean"),
        ("bernoulli-mixture", {"pretrain": 1.0}, "pretrain = 1.0; use a fraction of the training"),
        ("gaussian-mixture", {"pretrain": "half"}, "pretrain = 'half'; use a fraction of the training"),
        ("gaussian-mixture", {"components": 0}, "components = 0; use a whole number above 0"),
        ("bernoulli", {"estimator": "magic"}, "unknown estimator 'magic'; use threshold"),
        ("bernoulli", {"temperature": [1.0]}, "temperature = .*use .start, end., both above 0"),
        ("bernoulli-mixture", {"temperature": [1.0, 0]}, "temperature = .*use .start, end., both above 0"),
        ("bernoulli-mixture", {"bound": "upper"}, "unknown bound 'upper'; use relaxed or exact"),
    ],
)
def test_make_latent_refuses(kind: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_latent(kind, 4, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prefixes": [12, 32]}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": [0, 32]}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": [8, 40]}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": [8.0, 32]}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": ["8", 32]}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": 8}, "latent 'bernoulli'"),
        ({"prefixes": [16, 8, 32]}, "let them ascend to the size, 32"),
        ({"prefixes": [8, 8, 32]}, "let them ascend to the size, 32"),
        ({"prefixes": [8, 16]}, "let them ascend to the size, 32"),
        ({"prefixes": [8, 32], "default": 12}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": [8, 32], "default": 40}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": [8, 32], "default": "8"}, "use multiples of 8 from 8 to 32"),
        ({"prefixes": [16, 32], "default": 8}, "default = 8; use at least the first prefix, 16"),
        ({"default": 16}, "a default length is for nested codes"),
    ],
    ids=str,
)
def test_prefixes_that_are_none(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_latent("bernoulli", 32, **options)


def test_prefixes_and_their_default() -> None:
    assert (make_latent("bernoulli", 32).prefixes, make_latent("bernoulli", 32).default) == ((), 32)
    latent = make_latent("bernoulli", 32, prefixes=[8, 24, 32])
    assert (latent.prefixes, latent.default) == ((8, 24, 32), 32)
    assert make_latent("bernoulli", 32, prefixes=[8, 32], default=24).default == 24  # any multiple between


def test_truncate() -> None:
    z = torch.ones(3, 16, requires_grad=True)
    assert truncate(z, 8).sum(dim=1).tolist() == [8, 8, 8]
    some = truncate(z, torch.tensor([8, 16, 0]))
    assert [row.nonzero().flatten().tolist() for row in some] == [list(range(8)), list(range(16)), []]
    some.sum().backward()
    assert z.grad.sum(dim=1).tolist() == [8, 16, 0]


@pytest.mark.parametrize("prefixes", [[8, 64], [16, 32, 512], [64]])
def test_drawn_lengths(prefixes: list[int]) -> None:
    torch.manual_seed(0)
    lengths = draw_lengths(prefixes, 20_000)
    assert set(lengths.tolist()) == set(range(prefixes[0], prefixes[-1] + 8, 8))
    whole = (lengths == prefixes[-1]).double().mean()
    assert 0.38 < whole < 0.6 or len(prefixes) == 1
    short, long = (((lengths > a) & (lengths <= 2 * a)).sum() for a in (prefixes[0], prefixes[-1] // 4))
    assert 0.7 < short / long < 1.5 or len(prefixes) == 1


def test_beta_gets_more_certain_with_slope() -> None:
    """From the first to the last slope of a schedule the mean moves to its end; the last one is measured."""
    params = torch.tensor([[0.2, -3.0]])
    schedule, first, last = Beta(1, slope=[2, 20]), Beta(1, slope=2), Beta(1, slope=20)
    for progress, like in ((0.0, first), (1.0, last)):
        torch.testing.assert_close(schedule._shape(params, progress), like._shape(params))
    assert 0.5 < float(first.mean(params)) < 0.8
    assert float(last.mean(params)) > 0.95
    torch.testing.assert_close(schedule.mean(params), last.mean(params))


def test_beta_straight_through_gradient_is_that_of_the_soft_mean() -> None:
    params = torch.tensor([[0.3, -1.0], [-2.0, 0.5]], requires_grad=True)
    Beta(1, gradient="mean").sample(params).z.sum().backward()
    p = torch.sigmoid(params.detach()[:, 0])
    torch.testing.assert_close(params.grad[:, 0], p * (1 - p))
    assert not params.grad[:, 1].any()

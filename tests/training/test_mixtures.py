"""Latents with clusters: every term of the bound against torch.distributions or a sum over all cases."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pcbin.errors import InputError  # noqa: E402
from pcbin.training.latents.bernoulli_mixture import BernoulliMixture  # noqa: E402
from pcbin.training.latents.gaussian_mixture import LOG_VAR_OFFSET, GaussianMixture  # noqa: E402
from pcbin.training.latents.labelled_normal import LabelledNormal  # noqa: E402

D = torch.distributions


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def gaussian() -> GaussianMixture:
    latent = GaussianMixture(3, components=4)
    with torch.no_grad():
        latent.weight_logits.normal_()
        latent.log_vars.normal_()
    return latent


def bernoulli(bits: int = 3, components: int = 2, **options: object) -> BernoulliMixture:
    latent = BernoulliMixture(bits, components, **options)  # type: ignore[arg-type]
    with torch.no_grad():
        latent.weight_logits.normal_()
    return latent


def test_gaussian_mixture_density_and_responsibilities() -> None:
    latent, z = gaussian(), torch.randn(6, 3)
    weights = D.Categorical(logits=latent.weight_logits)
    parts = D.Independent(D.Normal(latent.means, (latent.log_vars / 2).exp()), 1)
    torch.testing.assert_close(latent.component_log_likelihood(z), parts.log_prob(z[:, None]))
    whole = D.MixtureSameFamily(weights, parts).log_prob(z)
    torch.testing.assert_close(
        latent.log_responsibilities(z), weights.logits + parts.log_prob(z[:, None]) - whole[:, None]
    )


def test_vade_terms() -> None:
    latent, params = gaussian(), torch.randn(5, 6)
    z, terms = latent.sample(params)
    mu, log_var = params[:, :3], params[:, 3:] - LOG_VAR_OFFSET
    r = latent.log_responsibilities(z).exp()
    posterior = D.Independent(D.Normal(mu[:, None], (log_var[:, None] / 2).exp()), 1)
    parts = D.Independent(D.Normal(latent.means, (latent.log_vars / 2).exp()), 1)
    torch.testing.assert_close(terms["z"], (r * D.kl_divergence(posterior, parts)).sum(1))
    kl = D.kl_divergence(D.Categorical(probs=r), D.Categorical(logits=latent.weight_logits))
    torch.testing.assert_close(terms["c"], kl, atol=1e-5, rtol=1e-5)


def test_gaussian_mixture_finds_its_clusters() -> None:
    pytest.importorskip("sklearn")
    latent = GaussianMixture(2, components=3)
    centres = torch.tensor([[0.0, 8.0], [8.0, 0.0], [-8.0, -8.0]])
    truth = torch.arange(300) % 3
    z = centres[truth] + torch.randn(300, 2)
    latent.fit(z)
    found = latent.log_responsibilities(z).argmax(1)
    assert len({(int(a), int(b)) for a, b in zip(truth, found, strict=True)}) == 3
    torch.testing.assert_close(latent.log_weights().exp(), torch.full((3,), 1 / 3), atol=0.02, rtol=0)


def test_bernoulli_mixture_density_and_responsibilities() -> None:
    latent = bernoulli(5, 3)
    z = torch.tensor(list(itertools.product([0.0, 1.0], repeat=5)))
    weights = D.Categorical(logits=latent.weight_logits)
    parts = D.Independent(D.Bernoulli(logits=latent.bit_logits), 1)
    torch.testing.assert_close(latent.component_log_likelihood(z), parts.log_prob(z[:, None]))
    whole = D.MixtureSameFamily(weights, parts).log_prob(z)
    assert float(whole.exp().sum().detach()) == pytest.approx(1, abs=1e-5)  # over all codes
    torch.testing.assert_close(
        latent.log_responsibilities(z), weights.logits + parts.log_prob(z[:, None]) - whole[:, None]
    )


def test_vab_terms_exact_are_the_sums_over_all_codes_and_clusters() -> None:
    """-terms = E_q(z|x)q(c) [log p(z|c) + log p(c) - log q(z|x) - log q(c)], equation 3 without the
    likelihood."""
    latent, params = bernoulli(bound="exact"), torch.randn(4, 3)
    y, terms = latent.sample(params)
    codes = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)))
    q_z = D.Independent(D.Bernoulli(logits=params[:, None]), 1).log_prob(codes)  # (4, 8)
    q_c = latent.log_responsibilities(y)  # (4, 2)
    p_zc = latent.component_log_likelihood(codes) + latent.log_weights()  # (8, 2)
    inside = p_zc - q_z[:, :, None] - q_c[:, None]
    expected = (q_z.exp()[:, :, None] * q_c.exp()[:, None] * inside).sum((1, 2))
    torch.testing.assert_close(-(terms["z"] + terms["c"]), expected, atol=1e-5, rtol=1e-5)


def test_vab_exact_is_a_lower_bound() -> None:
    """Against log p(x) by brute force, for a tiny decoder given as a table of p(x|z)."""
    latent = bernoulli(bound="exact")
    codes = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)))
    log_px = torch.log_softmax(torch.randn(8), 0)  # p(x|z) of one x for each code
    joint = log_px[:, None] + latent.component_log_likelihood(codes) + latent.log_weights()
    evidence = float(torch.logsumexp(joint.detach().flatten(), 0))
    posterior = joint.logsumexp(1) - evidence
    marginal = (posterior.exp()[:, None] * codes).sum(0)  # the best guess of a factorised q(z|x) is near this
    for params in (torch.zeros(1, 3), torch.randn(1, 3), torch.logit(marginal)[None]):
        many = params.expand(500, -1)
        likelihood = (D.Independent(D.Bernoulli(logits=params), 1).log_prob(codes).exp() * log_px).sum()
        terms = latent.sample(many).terms
        bound = likelihood - terms["z"] - terms["c"]
        assert float(bound.detach().max()) <= evidence + 1e-5
    assert float(bound.detach().max()) > evidence - 1.5  # and no empty one


def test_vab_terms_relaxed_at_temperature_zero_are_those_of_the_bits() -> None:
    latent, params = bernoulli(temperature=(1e-4, 1e-4)), torch.randn(50, 3)
    y, terms = latent.sample(params)
    bits = y.round()
    torch.testing.assert_close(y, bits, atol=1e-3, rtol=0)
    log_q = D.Independent(D.Bernoulli(logits=params), 1).log_prob(bits)
    r = latent.log_responsibilities(bits).exp()
    expected = log_q - (r * latent.component_log_likelihood(bits)).sum(1)
    torch.testing.assert_close(terms["z"], expected, atol=2e-2, rtol=1e-2)


def test_mixtures_are_trained_with_the_rest() -> None:
    for latent in (gaussian(), bernoulli(), LabelledNormal(3, 4)):
        z, terms = latent.sample(torch.randn(8, latent.outputs))
        (z.sum() + sum(term.sum() for term in terms.values())).backward()
        for name, parameter in latent.named_parameters():
            if not parameter.requires_grad:  # VaDE's linear maps are fitted, not trained
                assert name in ("whiten", "colour")
                continue
            assert parameter.grad is not None, name
            assert bool(parameter.grad.any()), name


def test_labelled_normal_terms() -> None:
    latent = LabelledNormal(3, components=4)
    params = torch.randn(6, latent.outputs)
    z, terms = latent.sample(params)
    assert z.shape == (6, 7)
    labels = D.Categorical(logits=params[:, 6:])
    uniform = D.Categorical(logits=torch.zeros(4))
    torch.testing.assert_close(terms["y"], D.kl_divergence(labels, uniform), atol=1e-6, rtol=1e-5)
    mu, log_var = (params[:, None, :6] + latent.shift).chunk(2, dim=2)
    kl = D.kl_divergence(D.Normal(mu, (log_var / 2).exp()), D.Normal(torch.zeros(3), torch.ones(3)))
    torch.testing.assert_close(terms["z"], (labels.probs[:, :, None] * kl).sum(1), atol=1e-5, rtol=1e-5)


def test_labelled_normal_label_is_the_most_probable() -> None:
    latent = LabelledNormal(3, components=4)
    params = torch.randn(20, latent.outputs)
    labels = latent.labels(params)
    assert torch.equal(labels, params[:, 6:].argmax(1))
    mean = latent.mean(params)
    assert torch.equal(mean[:, 3:].argmax(1), labels)
    torch.testing.assert_close(mean[:, :3], params[:, :3] + latent.shift[labels, :3])
    drawn = latent.sample(params.repeat(2000, 1), 1.0).z[:, 3:].argmax(1).reshape(2000, 20)
    share = (drawn == labels).float().mean(0)
    np.testing.assert_allclose(share, torch.softmax(params[:, 6:], 1).amax(1), atol=0.05)


def test_responsibilities_of_far_codes_stay_finite() -> None:
    latent = bernoulli(64, 5)
    with torch.no_grad():
        latent.bit_logits.mul_(1e3)
    log_r = latent.log_responsibilities(torch.ones(1, 64))
    assert torch.isfinite(log_r).all()
    assert float(log_r.detach().exp().sum()) == pytest.approx(1, abs=1e-5)
    assert math.isfinite(float(latent.sample(torch.full((1, 64), 50.0)).terms["c"].detach()))


GRID = torch.linspace(-12, 12, 4001, dtype=torch.float64)
"""Where a density of one dimension is summed up."""


def integral(log_density: Any) -> Any:
    """log of the integral over the last axis, which lies along GRID."""
    return torch.logsumexp(log_density, -1) + torch.log(GRID[1] - GRID[0])


def test_vade_is_a_lower_bound_and_tight() -> None:
    """Against log p(x) by summing over z and c, for p(x|z) = N(x; sin 2z, 0.5^2).

    Every draw's q(c) gives a bound. Components that are all the same have a Gaussian posterior where p(x|z)
    is linear, and there the bound is the evidence itself.
    """
    latent = GaussianMixture(1, components=3).double()
    with torch.no_grad():
        latent.weight_logits.normal_()
        latent.log_vars.normal_()
    x = torch.tensor(0.7, dtype=torch.float64)
    likelihood = D.Normal(torch.sin(2 * GRID), 0.5).log_prob(x)
    prior = torch.logsumexp(latent.log_weights() + latent.component_log_likelihood(GRID[:, None]), 1)
    evidence = float(integral(prior + likelihood).detach())
    bounds = []
    for mu, log_var in [(0.0, 0.0), (0.4, -3.0), (1.2, -2.0), (-2.0, 1.0)]:
        q = D.Normal(mu, torch.tensor(log_var / 2, dtype=torch.float64).exp())
        expected = (q.log_prob(GRID).exp() * likelihood).sum() * (GRID[1] - GRID[0])
        params = torch.tensor([[mu, log_var + LOG_VAR_OFFSET]], dtype=torch.float64).expand(300, -1)
        terms = latent.sample(params).terms
        bounds.append((expected - terms["z"] - terms["c"]).detach())
    assert float(torch.cat(bounds).max()) <= evidence + 1e-6
    assert float(torch.cat(bounds).max()) > evidence - 1.0

    with torch.no_grad():
        latent.means.fill_(0.3)
        latent.log_vars.fill_(-0.5)
    variance, noise = math.exp(-0.5), 0.4
    posterior = 1 / (1 / variance + 1 / noise)
    mu = posterior * (0.3 / variance + float(x) / noise)
    exact = D.Normal(0.3, torch.tensor(variance + noise, dtype=torch.float64).sqrt()).log_prob(x)
    q = D.Normal(mu, torch.tensor(posterior, dtype=torch.float64).sqrt())
    likelihood = D.Normal(GRID, noise**0.5).log_prob(x)
    expected = (q.log_prob(GRID).exp() * likelihood).sum() * (GRID[1] - GRID[0])
    terms = latent.sample(
        torch.tensor([[mu, math.log(posterior) + LOG_VAR_OFFSET]], dtype=torch.float64)
    ).terms
    assert float((expected - terms["z"] - terms["c"]).detach()) == pytest.approx(float(exact), abs=1e-6)


def labelled(offsets: Any, noise: float, x: float, tilt: float = 0.0) -> tuple[float, float]:
    """The bound of M2 and log p(x), for p(x|z, y) = N(x; z + offset_y, noise) and the exact posterior, its
    label's logits changed by `tilt`."""
    count = len(offsets)
    latent = LabelledNormal(1, components=count).double()
    posterior = noise / (1 + noise)
    means = (x - offsets) / (1 + noise)
    with torch.no_grad():
        latent.shift.zero_()
        latent.shift[:, 0] = means
    joint = D.Normal(offsets, (1 + noise) ** 0.5).log_prob(torch.tensor(x).double()) - math.log(count)
    logits = joint + tilt * torch.arange(count)
    params = torch.cat([torch.tensor([0.0, math.log(posterior)]).double(), logits])[None]
    terms = latent.sample(params).terms
    q_z = D.Normal(means[:, None], posterior**0.5).log_prob(GRID)  # (C, grid)
    likelihood = D.Normal(GRID + offsets[:, None], noise**0.5).log_prob(torch.tensor(x).double())
    inner = (q_z.exp() * likelihood).sum(1) * (GRID[1] - GRID[0])
    expected = (torch.softmax(logits, 0) * inner).sum()
    prior = D.Normal(0.0, 1.0).log_prob(GRID) - math.log(count)
    evidence = integral((prior + likelihood).logsumexp(0))
    return float((expected - terms["z"].sum() - terms["y"].sum()).detach()), float(evidence)


def test_m2_is_a_lower_bound_and_tight() -> None:
    """Sums over labels and z: at the exact q(y|x) q(z|x, y) the bound is log p(x), elsewhere below."""
    offsets = torch.tensor([-2.0, 0.5, 3.0], dtype=torch.float64)
    for x in (-1.0, 0.3, 2.5):
        bound, evidence = labelled(offsets, 0.6, x)
        assert bound == pytest.approx(evidence, abs=1e-6)
        bound, same = labelled(offsets, 0.6, x, tilt=1.5)
        assert same == pytest.approx(evidence)
        assert bound < evidence - 1e-3


@pytest.mark.parametrize("bound", ["relaxed", "exact"])
def test_vab_knows_nothing_of_its_mixture_before_the_fit(bound: str) -> None:
    latent = bernoulli(4, 3, bound=bound, pretrain=0.4)
    params = torch.randn(5, 4)
    assert not latent.sample(params, 0.39).terms
    assert set(latent.sample(params, 0.4).terms) == {"z", "c"}


def test_vade_is_an_autoencoder_before_the_fit() -> None:
    latent = GaussianMixture(3, components=2, pretrain=0.4)
    params = torch.randn(5, 6)
    z, terms = latent.sample(params, 0.39)
    assert torch.equal(z, params[:, :3])
    assert not terms
    assert set(latent.sample(params, 0.4).terms) == {"z", "c"}


def test_vab_is_fitted_to_the_bits() -> None:
    """A planted mixture of the encoder's outputs comes back, and every sample finds its component."""
    generator = torch.Generator().manual_seed(3)
    means = torch.where(torch.rand(3, 24, generator=generator) < 0.5, 0.1, 0.9)
    truth = torch.arange(600) % 3
    bits = torch.bernoulli(means[truth], generator=generator)
    params = (2 * bits - 1) * torch.rand(600, 24, generator=generator)  # how sure a bit is does not matter
    latent = bernoulli(24, 3)
    latent.fit_prior(params)
    weights, found = latent.mixture()
    order = (found[:, None] - means).abs().sum(2).argmin(0)
    assert sorted(order.tolist()) == [0, 1, 2]
    torch.testing.assert_close(found[order], means, atol=0.1, rtol=0)
    torch.testing.assert_close(weights, torch.full((3,), 1 / 3), atol=0.03, rtol=0)
    labels = latent.log_responsibilities(bits).argmax(1)
    assert float((labels == order[truth]).float().mean()) > 0.97


def test_vade_is_fitted_to_the_means() -> None:
    """Clusters that lie askew: they are found, the mean covariance within them becomes the identity, and what
    the decoder is given stays in the encoder's coordinates."""
    pytest.importorskip("sklearn")
    askew = torch.tensor([[2.0, 0.0], [1.9, 0.3]])
    truth = torch.arange(600) % 2
    mu = torch.tensor([[0.0, 3.0], [3.0, 0.0]])[truth] + torch.randn(600, 2) @ askew.T
    latent = GaussianMixture(2, components=2)
    latent.fit_prior(torch.cat([mu, torch.full((600, 2), 50.0)], 1))  # variances are not looked at
    found = latent.log_responsibilities(mu).argmax(1)
    assert max(float((found == truth).float().mean()), float((found != truth).float().mean())) > 0.99
    within = torch.stack([torch.cov((mu[truth == c] @ latent.whiten.T).T) for c in (0, 1)]).mean(0)
    torch.testing.assert_close(within.detach(), torch.eye(2), atol=0.1, rtol=0)
    torch.testing.assert_close((latent.whiten @ latent.colour).detach(), torch.eye(2), atol=1e-4, rtol=0)
    quiet = latent.sample(torch.cat([mu, torch.full((600, 2), -50.0)], 1)).z
    torch.testing.assert_close(quiet.detach(), mu, atol=1e-3, rtol=0)


def test_the_mixture_of_vab_is_its_prior() -> None:
    latent = bernoulli(5, 3)
    weights, means = latent.mixture()
    torch.testing.assert_close(weights, torch.softmax(latent.weight_logits.detach(), 0))
    torch.testing.assert_close(means, torch.sigmoid(latent.bit_logits.detach()))


def test_m2_asks_that_labels_say_something() -> None:
    """The added term is 0 for certain, even labels, and informed x log C where they say nothing."""
    latent = LabelledNormal(2, components=3, informed=10.0)
    certain = torch.zeros(6, latent.outputs)
    certain[:, 4:] = 60.0 * torch.eye(3).repeat(2, 1)
    nothing = torch.zeros(6, latent.outputs)
    one = torch.zeros(6, latent.outputs)
    one[:, 4] = 60.0
    for params, nats in ((certain, 0.0), (nothing, math.log(3)), (one, math.log(3))):
        shortage = latent.sample(params).terms["shortage"].mean()
        assert float(shortage) == pytest.approx(10.0 * nats, abs=1e-4)
    assert "shortage" not in LabelledNormal(2, components=3).sample(certain).terms
    with pytest.raises(InputError, match="informed"):
        LabelledNormal(2, informed=-1.0)

"""Latents with clusters: every term of the bound against torch.distributions or a sum over all cases."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pcbin.models.latents.bernoulli_mixture import BernoulliMixture  # noqa: E402
from pcbin.models.latents.gaussian_mixture import GaussianMixture  # noqa: E402
from pcbin.models.latents.labelled_normal import LabelledNormal  # noqa: E402

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
    mu, log_var = params.chunk(2, dim=1)
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

"""Latent variables: what stands between encoder and decoder while training.

Each latent turns the encoder's output (batch, `outputs`) into what the decoder sees, with the
Kullback-Leibler divergence of the posterior from the prior in nats. `code_map` says how `freeze` reads bits
off the encoder.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch.nn import functional

from pcbin.errors import InputError


class Sample(NamedTuple):
    """One draw from the posterior."""

    z: torch.Tensor  # (batch, K): the decoder's input
    kl: torch.Tensor  # (batch, K): KL(q(z|x) || p(z)) in nats, zero where there is no prior


class Latent:
    """A latent of `size` dimensions."""

    per_dimension = 1  # encoder outputs for each dimension
    bit_values: tuple[float, float] | None = None  # what the decoder is given for a bit 0 and a bit 1

    def __init__(self, size: int) -> None:
        self.size = size

    @property
    def outputs(self) -> int:
        return self.per_dimension * self.size

    def sample(self, params: torch.Tensor) -> Sample:
        """A differentiable draw, for training. params: (batch, outputs)."""
        raise NotImplementedError

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        """(batch, K): the latent without noise, for evaluation."""
        raise NotImplementedError

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        """(batch, K): a bit is 1 where its logit is above 0. Linear in `params`, so that `freeze` can fold
        it.
        """
        raise InputError(
            f"latent: {type(self).__name__.lower()} has no bits; train a binary latent to get a codec"
        )

    def binary(self, params: torch.Tensor) -> torch.Tensor:
        """(batch, K): what the decoder is given for the thresholded code."""
        low, high = self.bit_values or (0.0, 1.0)
        return torch.where(self.logits(params) > 0, high, low).to(params.dtype)


class Deterministic(Latent):
    """A plain autoencoder: z is the encoder's output."""

    def sample(self, params: torch.Tensor) -> Sample:
        return Sample(params, torch.zeros_like(params))

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return params


class Normal(Latent):
    """VAE-N: q(z|x) = N(mu, sigma^2), p(z) = N(0, 1). params: mu, log sigma^2 (Kingma and Welling, 2014)."""

    per_dimension = 2

    def sample(self, params: torch.Tensor) -> Sample:
        mu, log_var = params.chunk(2, dim=-1)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var)
        return Sample(z, kl)

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return params.chunk(2, dim=-1)[0]


def beta_kl(a: torch.Tensor, b: torch.Tensor, a0: float, b0: float) -> torch.Tensor:
    """KL(Beta(a, b) || Beta(a0, b0)) in nats, element by element.

    In float64: at a = 1e-6 or 1e6 its terms are up to 1e7 and cancel.
    """
    x, y = a.double(), b.double()
    log_beta = torch.lgamma(x) + torch.lgamma(y) - torch.lgamma(x + y)
    log_beta0 = math.lgamma(a0) + math.lgamma(b0) - math.lgamma(a0 + b0)
    kl = (
        log_beta0
        - log_beta
        + (x - a0) * torch.digamma(x)
        + (y - b0) * torch.digamma(y)
        + (a0 - x + b0 - y) * torch.digamma(x + y)
    )
    return kl.to(a.dtype)


def log_gamma_sample(alpha: torch.Tensor) -> torch.Tensor:
    """log of a Gamma(alpha, 1) draw with pathwise gradients, exact where the draw itself underflows.

    Gamma(alpha) = Gamma(alpha + 1) U^(1/alpha): at alpha = 0.01 two draws in five are below the smallest
    float32, their logarithms are not.
    """
    boosted = torch.distributions.Gamma(alpha + 1, torch.ones_like(alpha)).rsample()
    uniform = torch.rand_like(alpha).clamp_min(torch.finfo(alpha.dtype).tiny)
    return boosted.log() + uniform.log() / alpha


class Beta(Latent):
    """VAE-B of poster A: q(z|x) = Beta(a, b), p(z) = Beta(0.01, 0.01); thresholded at 0.5 it is VAE-bin.

    params: log a, log b; exp() of them is clamped to [1e-6, 1e6].
    """

    per_dimension = 2
    bit_values = (0.0, 1.0)

    def __init__(self, size: int, prior: float = 0.01) -> None:
        super().__init__(size)
        if type(prior) not in (int, float) or not 0 < prior < math.inf:
            raise InputError(f"latent 'beta': prior = {prior!r}; use a number above 0")
        self.prior = prior

    @staticmethod
    def _shape(params: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        # clamped before exp(): behind an infinite exp() the gradient is 0 * inf
        a, b = params.float().clamp(math.log(1e-6), math.log(1e6)).exp().chunk(2, dim=-1)
        return a, b

    def sample(self, params: torch.Tensor) -> Sample:
        a, b = self._shape(params)
        z = torch.sigmoid(log_gamma_sample(a) - log_gamma_sample(b))
        return Sample(z, beta_kl(a, b, self.prior, self.prior))

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        a, b = self._shape(params)
        return a / (a + b)

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        log_a, log_b = params.chunk(2, dim=-1)  # the mean is above 0.5 exactly where a > b
        return log_a - log_b


class Bernoulli(Latent):
    """Straight-through bits in {-1, +1} (Bengio, Leonard and Courville, 2013).

    stochastic: the bit is drawn with probability sigmoid(logit) while training; otherwise thresholded.
    """

    bit_values = (-1.0, 1.0)

    def __init__(self, size: int, stochastic: bool = False) -> None:
        super().__init__(size)
        self.stochastic = stochastic

    def sample(self, params: torch.Tensor) -> Sample:
        p = torch.sigmoid(params.float())
        hard = torch.bernoulli(p) if self.stochastic else (p > 0.5).to(p.dtype)
        z = 2 * (hard + p - p.detach()) - 1
        # against the fair coin: K log 2 minus the entropy of the posterior
        entropy = functional.softplus(params.float()) - p * params.float()
        kl = math.log(2) - entropy
        return Sample(z, kl)

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return self.binary(params)

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        return params


KINDS: dict[str, type[Latent]] = {
    "deterministic": Deterministic,
    "normal": Normal,
    "beta": Beta,
    "bernoulli": Bernoulli,
}


def make_latent(kind: str, size: int, **options: Any) -> Latent:
    """The latent named in a recipe. Raises InputError for an unknown kind or option."""
    if kind not in KINDS:
        raise InputError(f"latent: unknown kind {kind!r}; use one of {', '.join(KINDS)}")
    try:
        return KINDS[kind](size, **options)
    except TypeError as error:
        raise InputError(f"latent {kind!r}: {error}; see pcbin.models.latents") from None

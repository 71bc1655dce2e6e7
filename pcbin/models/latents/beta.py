"""The Beta latent: continuous, and all but binary under its prior."""

from __future__ import annotations

import math

import torch

from pcbin.errors import InputError
from pcbin.models.latents.base import Latent, Sample


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

    params: log a and log b, both less the log of the prior's, so that an untrained encoder starts at the
    prior: from Beta(1, 1) training finds few, finely resolved dimensions instead of many that are all but
    bits. a and b are clamped to [1e-6, 1e6].
    """

    per_dimension = 2
    bit_values = (0.0, 1.0)
    thresholded = True

    def __init__(self, size: int, prior: float = 0.01) -> None:
        super().__init__(size)
        if type(prior) not in (int, float) or not 0 < prior < math.inf:
            raise InputError(f"latent 'beta': prior = {prior!r}; use a number above 0")
        self.prior = prior

    def _shape(self, params: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logs = params.float() + math.log(self.prior)
        # clamped before exp(): behind an infinite exp() the gradient is 0 * inf
        a, b = logs.clamp(math.log(1e-6), math.log(1e6)).exp().chunk(2, dim=-1)
        return a, b

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        a, b = self._shape(params)
        z = torch.sigmoid(log_gamma_sample(a) - log_gamma_sample(b))
        return Sample(z, {"z": beta_kl(a, b, self.prior, self.prior)})

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        a, b = self._shape(params)
        return a / (a + b)

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        log_a, log_b = params.chunk(2, dim=-1)  # the mean is above 0.5 where a > b (short of the clamp)
        return log_a - log_b

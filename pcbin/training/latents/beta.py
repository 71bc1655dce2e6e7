"""The Beta latent: continuous, and all but binary under its prior."""

from __future__ import annotations

import math
from typing import Literal

import torch

from pcbin.errors import InputError
from pcbin.training.latents.base import Latent, Sample
from pcbin.training.latents.bernoulli import annealed


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


Gradient = Literal["pathwise", "mean"]


class Beta(Latent):
    """VAE-B of poster A: q(z|x) = Beta(a, b), p(z) = Beta(0.01, 0.01); thresholded at 0.5 it is VAE-bin.

    params: v and u, where log a = c + t and log b = c - t with t = T tanh(slope * v / T), T = -log prior, and
    c = -T sigmoid(u): between the flat Beta(1, 1), Beta(1 / prior, prior) with all its mass at 1, its mirror
    image, and the prior. So a b is at most 1: the mass is at the ends or spread, but never in a bump inside.
    What such a posterior says is a bit, at a cost of log 2 nats. Unbounded (poster A clamps a and b to [1e-6,
    1e6]), training finds a few finely resolved dimensions instead, and thresholding loses most of what they
    say.

    slope: one number, or [first, last] for one that goes geometrically over the training, which makes
    posteriors ever more certain: what the last one gives is what is measured and frozen.
    gradient: how the reconstruction's gradient passes the draw. "pathwise": by implicit reparametrisation
    (Figurnov et al., 2018); it fades where draws are all but bits. "mean": straight through, as that of
    sigmoid(v), the mean as it would be with less slope. The gradient of the KL term is exact in both.
    """

    kind = "beta"
    per_dimension = 2
    bit_values = (0.0, 1.0)
    thresholded = True

    def __init__(
        self,
        size: int,
        *,
        prior: float = 0.01,
        slope: float | list[float] | tuple[float, float] = 4.0,
        gradient: Gradient = "pathwise",
    ) -> None:
        super().__init__(size)
        if type(prior) not in (int, float) or not 1e-6 <= prior < 1:
            raise InputError(f"latent 'beta': prior = {prior!r}; use a number from 1e-6 to below 1")
        ends = list(slope) if isinstance(slope, list | tuple) else [slope, slope]
        if len(ends) != 2 or not all(type(end) in (int, float) and 0 < end <= 1e3 for end in ends):
            raise InputError(f"latent 'beta': slope = {slope!r}; use one or two numbers above 0, up to 1000")
        if gradient not in ("pathwise", "mean"):
            raise InputError(f"latent 'beta': unknown gradient {gradient!r}; use pathwise or mean")
        self.prior = prior
        self.slope = (float(ends[0]), float(ends[1]))
        self.gradient = gradient

    def _shape(self, params: torch.Tensor, progress: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
        v, u = params.float().chunk(2, dim=-1)
        most = -math.log(self.prior)
        slope = annealed(self.slope, progress)
        tilt, centre = most * torch.tanh(slope * v / most), -most * torch.sigmoid(u)
        return (centre + tilt).exp(), (centre - tilt).exp()

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        a, b = self._shape(params, progress)
        z = torch.sigmoid(log_gamma_sample(a) - log_gamma_sample(b))
        if self.gradient == "mean":
            soft = torch.sigmoid(self.logits(params))
            z = z.detach() + soft - soft.detach()
        return Sample(z, {"z": beta_kl(a, b, self.prior, self.prior)})

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        a, b = self._shape(params)
        return a / (a + b)

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        return params.chunk(2, dim=-1)[0]

"""The Gaussian latent of the first variational autoencoders."""

from __future__ import annotations

import torch

from pcbin.training.latents.base import Latent, Sample


def draw(mu: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    """A reparametrised draw from N(mu, exp(log_var)), element by element."""
    return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


def standard_kl(mu: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    """KL(N(mu, exp(log_var)) || N(0, 1)) in nats, element by element (Kingma and Welling, 2014, appendix
    B)."""
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var)


class Normal(Latent):
    """VAE-N of poster A: q(z|x) = N(mu, sigma^2), p(z) = N(0, 1). params: mu, log sigma^2."""

    kind = "normal"
    per_dimension = 2

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        mu, log_var = params.chunk(2, dim=-1)
        return Sample(draw(mu, log_var), {"z": standard_kl(mu, log_var)})

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return params.chunk(2, dim=-1)[0]

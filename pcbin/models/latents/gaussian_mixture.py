"""VaDE: a Gaussian-mixture prior over a Gaussian latent."""

from __future__ import annotations

import math

import torch
from torch import nn

from pcbin.errors import missing
from pcbin.models.latents.base import Sample
from pcbin.models.latents.mixture import Mixture
from pcbin.models.latents.normal import draw


class GaussianMixture(Mixture):
    """VaDE (Jiang et al., 2017): p(c) = pi_c, p(z|c) = N(mu_c, diag sigma_c^2), q(z|x) = N(mu, diag sigma^2),
    and q(c|x) = p(c|z) at the drawn z. params: mu, log sigma^2.
    """

    per_dimension = 2

    def __init__(self, size: int, components: int = 10) -> None:
        super().__init__(size, components)
        self.means = nn.Parameter(torch.randn(components, size))
        self.log_vars = nn.Parameter(torch.zeros(components, size))

    def component_log_likelihood(self, z: torch.Tensor) -> torch.Tensor:
        squared = (z[:, None] - self.means).square() / self.log_vars.exp()  # (batch, C, K)
        return -0.5 * (squared + self.log_vars + math.log(2 * math.pi)).sum(dim=2)

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        mu, log_var = params.chunk(2, dim=-1)
        z = draw(mu, log_var)
        log_r = self.log_responsibilities(z)
        # E_q(z|x) of log q(z|x) - log p(z|c), in closed form for each component (VaDE, equation 12)
        variance_ratio = (log_var.exp()[:, None] + (mu[:, None] - self.means).square()) / self.log_vars.exp()
        kl = 0.5 * (self.log_vars - log_var[:, None] + variance_ratio - 1).sum(dim=2)  # (batch, C)
        return Sample(z, {"z": (log_r.exp() * kl).sum(dim=1), "c": self.cluster_kl(log_r)})

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return params.chunk(2, dim=-1)[0]

    @torch.no_grad()
    def fit(self, z: torch.Tensor, *, seed: int = 0) -> None:
        """Sets the mixture to the maximum-likelihood one of (n, K) latents, as VaDE does after
        pre-training."""
        try:
            from sklearn.mixture import GaussianMixture as Fitted
        except ImportError:
            raise missing("scikit-learn", "the first mixture of VaDE", "train") from None

        found = Fitted(self.components, covariance_type="diag", random_state=seed, n_init=3).fit(
            z.cpu().numpy()
        )
        self.weight_logits.copy_(torch.from_numpy(found.weights_).log())
        self.means.copy_(torch.from_numpy(found.means_))
        self.log_vars.copy_(torch.from_numpy(found.covariances_).log())

"""VaDE: a Gaussian-mixture prior over a Gaussian latent."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from pcbin.errors import missing
from pcbin.models.bernoulli_mixture import evenness
from pcbin.training.latents.base import Sample
from pcbin.training.latents.mixture import MixtureLatent
from pcbin.training.latents.normal import draw

RESTARTS = 20
FITTED = 20_000
"""How many latents each of the RESTARTS fits sees."""
LOG_VAR_OFFSET = 3.0
"""By how much an untrained encoder's log sigma^2 is below 0: after the pre-training, noise starts small."""


class GaussianMixture(MixtureLatent):
    """VaDE (Jiang et al., 2017): p(c) = pi_c, p(z|c) = N(mu_c, diag sigma_c^2), q(z|x) = N(mu, diag sigma^2),
    and q(c|x) = p(c|z) at the drawn z. params: mu, log sigma^2 + LOG_VAR_OFFSET.

    The mixture is fitted with full covariances first, as clusters of an autoencoder's latents lie askew. A
    linear map that makes the mean covariance within a component the identity then stands between encoder and
    mixture, and its inverse before the decoder; it is not trained. There, diagonal covariances fit.
    """

    kind = "gaussian-mixture"
    per_dimension = 2

    def __init__(self, size: int, components: int = 10, pretrain: float = 0.0) -> None:
        super().__init__(size, components, pretrain)
        self.means = nn.Parameter(torch.randn(components, size))
        self.log_vars = nn.Parameter(torch.zeros(components, size))
        self.whiten = nn.Parameter(torch.eye(size), requires_grad=False)
        self.colour = nn.Parameter(torch.eye(size), requires_grad=False)

    def _posterior(self, params: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log variance in the mixture's coordinates."""
        mu, log_var = params.chunk(2, dim=-1)
        return mu @ self.whiten.T, log_var - LOG_VAR_OFFSET

    def component_log_likelihood(self, z: torch.Tensor) -> torch.Tensor:
        return self._log_likelihood(z @ self.whiten.T)

    def _log_likelihood(self, z: torch.Tensor) -> torch.Tensor:
        """(batch, C): log p(z|c) of z in the mixture's coordinates, where densities are meant."""
        squared = (z[:, None] - self.means).square() / self.log_vars.exp()  # (batch, C, K)
        return -0.5 * (squared + self.log_vars + math.log(2 * math.pi)).sum(dim=2)

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        if progress < self.pretrain:
            return Sample(self.mean(params), {})
        mu, log_var = self._posterior(params)
        z = draw(mu, log_var)
        log_r = torch.log_softmax(self.log_weights() + self._log_likelihood(z), dim=1)
        # E_q(z|x) of log q(z|x) - log p(z|c), in closed form for each component (VaDE, equation 12)
        variance_ratio = (log_var.exp()[:, None] + (mu[:, None] - self.means).square()) / self.log_vars.exp()
        kl = 0.5 * (self.log_vars - log_var[:, None] + variance_ratio - 1).sum(dim=2)  # (batch, C)
        terms = {"z": (log_r.exp() * kl).sum(dim=1), "c": self.cluster_kl(log_r)}
        return Sample(z @ self.colour.T, terms)

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return params.chunk(2, dim=-1)[0]

    def fit_prior(self, params: torch.Tensor) -> None:
        self.fit(self.mean(params), seed=int(torch.randint(2**31, (1,))))  # of the run's own randomness

    @torch.no_grad()
    def fit(self, z: torch.Tensor, *, seed: int = 0) -> None:
        """Sets the mixture to the most even of several maximum-likelihood ones of (n, K) latents, as VaDE
        does after pre-training: that with the largest entropy of its weights."""
        try:
            from sklearn.mixture import GaussianMixture as Fitted
        except ImportError:
            raise missing("scikit-learn", "the first mixture of VaDE", "train") from None

        rows = np.random.default_rng(seed).permutation(len(z))[:FITTED]
        some = z.cpu().double().numpy()[rows]
        fits = [
            Fitted(self.components, covariance_type="full", random_state=seed + k, max_iter=200).fit(some)
            for k in range(RESTARTS)
        ]
        best = max(fits, key=lambda fitted: evenness(fitted.weights_))
        within = np.einsum("c,cij->ij", best.weights_, best.covariances_)
        values, vectors = np.linalg.eigh(within)
        whiten = (vectors / np.sqrt(values)).T
        self.whiten.copy_(torch.from_numpy(whiten))
        self.colour.copy_(torch.from_numpy(vectors * np.sqrt(values)))
        self.weight_logits.copy_(torch.from_numpy(best.weights_).log())
        self.means.copy_(torch.from_numpy(best.means_ @ whiten.T))
        variances = np.einsum("ij,cjk,ik->ci", whiten, best.covariances_, whiten)
        self.log_vars.copy_(torch.from_numpy(variances).log())

"""What latents with clusters share: mixture weights, responsibilities, and the terms they put into the
bound."""

from __future__ import annotations

import torch
from torch import nn

from pcbin.models.latents.base import Latent


class Mixture(Latent):
    """A latent whose prior is a mixture of `components`; weights pi are trained with the rest."""

    def __init__(self, size: int, components: int) -> None:
        super().__init__(size)
        self.components = components
        self.weight_logits = nn.Parameter(torch.zeros(components))

    def log_weights(self) -> torch.Tensor:
        """(C,): log pi."""
        return torch.log_softmax(self.weight_logits, dim=0)

    def component_log_likelihood(self, z: torch.Tensor) -> torch.Tensor:
        """(batch, C): log p(z|c)."""
        raise NotImplementedError

    def log_responsibilities(self, z: torch.Tensor) -> torch.Tensor:
        """(batch, C): log p(c|z), Bayes' rule over the mixture (poster B, equation 4)."""
        return torch.log_softmax(self.log_weights() + self.component_log_likelihood(z), dim=1)

    def cluster_kl(self, log_r: torch.Tensor) -> torch.Tensor:
        """(batch,): KL(q(c) || p(c)) in nats for responsibilities exp(log_r) (batch, C)."""
        return (log_r.exp() * (log_r - self.log_weights())).sum(dim=1)

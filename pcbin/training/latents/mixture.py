"""What latents with clusters share: mixture weights, responsibilities, and their term of the bound."""

from __future__ import annotations

import torch
from torch import nn

from pcbin.errors import InputError
from pcbin.training.latents.base import Latent


class MixtureLatent(Latent):
    """A latent whose prior is a mixture of `components`; weights pi are trained with the rest.

    pretrain: the progress of the training, 0 to 1, at which the mixture is fitted; before, it has no part.
    """

    def __init__(self, size: int, components: int, pretrain: float = 0.0) -> None:
        super().__init__(size)
        if type(components) is not int or components < 1:
            raise InputError(f"latent: components = {components!r}; use a whole number above 0")
        if type(pretrain) not in (int, float) or not 0 <= pretrain < 1:
            raise InputError(
                f"latent: pretrain = {pretrain!r}; use a fraction of the training, from 0 to below 1"
            )
        self.components = components
        self.pretrain = pretrain
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

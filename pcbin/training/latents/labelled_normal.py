"""The mixture VAE of poster A: a discrete label beside a Gaussian latent."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from pcbin.errors import InputError
from pcbin.training.latents.base import Latent, Sample
from pcbin.training.latents.bernoulli import annealed, checked
from pcbin.training.latents.normal import draw, standard_kl


class LabelledNormal(Latent):
    """M2 (Kingma, Mohamed, Rezende and Welling, 2014) without labels: q(y|x), q(z|x, y), p(x|z, y).

    p(y) is uniform over `components`, p(z) = N(0, 1). params: mu, log sigma^2, logits of y. Each label shifts
    mu and log sigma^2 by trained offsets, which makes q(z|x, y). y is drawn with Gumbel-Softmax and given to
    the decoder after z; the terms sum over all labels.

    informed: the bound alone lets y collapse to one label, as z says everything at little more cost. This
    many nats are added for each nat that the mutual information of x and y, in the batch, is short of log C
    (Krause, Perona and Gomes, 2010): labels are then used evenly, and each shape has a certain one.
    """

    kind = "labelled-normal"

    def __init__(
        self,
        size: int,
        components: int = 10,
        temperature: tuple[float, float] = (1.0, 0.5),
        informed: float = 0.0,
    ) -> None:
        super().__init__(size)
        if type(informed) not in (int, float) or not 0 <= informed < math.inf:
            raise InputError(f"latent 'labelled-normal': informed = {informed!r}; use a number from 0")
        self.components = components
        self.temperature = checked(temperature)
        self.informed = informed
        self.shift = nn.Parameter(0.1 * torch.randn(components, 2 * size))

    @property
    def outputs(self) -> int:
        return 2 * self.size + self.components

    @property
    def inputs(self) -> int:
        return self.size + self.components

    def _split(self, params: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return params[:, : 2 * self.size], params[:, 2 * self.size :]

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        base, logits = self._split(params)
        tau = annealed(self.temperature, progress)
        y = functional.gumbel_softmax(logits, tau=tau)  # (batch, C)
        z = draw(*(base + y @ self.shift).chunk(2, dim=-1))
        log_q = torch.log_softmax(logits, dim=1)
        mu, log_var = (base[:, None] + self.shift).chunk(2, dim=-1)  # (batch, C, K)
        kl_z = (log_q.exp()[:, :, None] * standard_kl(mu, log_var)).sum(dim=1)
        kl_y = (log_q.exp() * log_q).sum(dim=1) + math.log(self.components)
        terms = {"z": kl_z, "y": kl_y}
        if self.informed:
            marginal = log_q.exp().mean(dim=0)
            # KL(q(y) || p(y)) + H(y|x) = log C - I(x; y)
            unused = (marginal * marginal.clamp_min(1e-9).log()).sum() + math.log(self.components)
            doubt = -(log_q.exp() * log_q).sum(dim=1)
            terms["shortage"] = self.informed * (unused + doubt)
        return Sample(torch.cat([z, y], dim=1), terms)

    def labels(self, params: torch.Tensor) -> torch.Tensor:
        """(batch,): the most probable label."""
        return self._split(params)[1].argmax(dim=1)

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        base, _ = self._split(params)
        y = functional.one_hot(self.labels(params), self.components).to(base.dtype)
        return torch.cat([(base + y @ self.shift)[:, : self.size], y], dim=1)

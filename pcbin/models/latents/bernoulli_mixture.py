"""VAB of poster B: bits whose prior is a mixture of Bernoulli distributions."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from pcbin.errors import InputError
from pcbin.models.latents.base import Sample
from pcbin.models.latents.bernoulli import annealed, checked, relaxed_bits
from pcbin.models.latents.mixture import Mixture

Bound = Literal["relaxed", "exact"]


class BernoulliMixture(Mixture):
    """p(c) = pi_c, p(z|c) = prod_k mu_ck^z_k (1 - mu_ck)^(1 - z_k), q(z|x) = Bernoulli(sigmoid(params)).

    Bits are drawn with Gumbel-Softmax, relaxed to y in (0, 1), the temperature falling from `temperature[0]`
    to `temperature[1]`. The terms are those of equation 3 of poster B with q(c|y) of equation 4:
      bound "relaxed": y in place of z inside the logarithms, as the poster writes it. No bound on anything
      for y that are not bits.
      bound "exact": the expectations over q(z|x) in closed form at the q(c|y) of the draw, which is a lower
      bound for any q(c).
    """

    bit_values = (0.0, 1.0)

    def __init__(
        self,
        size: int,
        components: int = 10,
        temperature: tuple[float, float] = (1.0, 0.5),
        bound: Bound = "relaxed",
    ) -> None:
        super().__init__(size, components)
        if bound not in ("relaxed", "exact"):
            raise InputError(f"latent: unknown bound {bound!r}; use relaxed or exact")
        self.temperature = checked(temperature)
        self.bound = bound
        self.bit_logits = nn.Parameter(torch.randn(components, size))

    def component_log_likelihood(self, z: torch.Tensor) -> torch.Tensor:
        return (
            z @ functional.logsigmoid(self.bit_logits).T + (1 - z) @ functional.logsigmoid(-self.bit_logits).T
        )

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        y = relaxed_bits(params, annealed(self.temperature, progress))
        log_r = self.log_responsibilities(y)
        inside = y if self.bound == "relaxed" else torch.sigmoid(params)
        log_q = (inside * functional.logsigmoid(params) + (1 - inside) * functional.logsigmoid(-params)).sum(
            dim=1
        )
        log_p = (log_r.exp() * self.component_log_likelihood(inside)).sum(dim=1)
        return Sample(y, {"z": log_q - log_p, "c": self.cluster_kl(log_r)})

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return self.binary(params)

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        return params

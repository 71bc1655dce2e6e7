"""VAB of poster B: bits whose prior is a mixture of Bernoulli distributions."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from pcbin.arrays import pack_bits
from pcbin.errors import InputError
from pcbin.models.bernoulli_mixture import fit_bernoulli_mixture
from pcbin.training.latents.base import Sample
from pcbin.training.latents.bernoulli import annealed, checked, relaxed_bits, straight_through
from pcbin.training.latents.mixture import MixtureLatent

Bound = Literal["relaxed", "exact"]
MixtureEstimator = Literal["gumbel", "threshold"]


class BernoulliMixture(MixtureLatent):
    """p(c) = pi_c, p(z|c) = prod_k mu_ck^z_k (1 - mu_ck)^(1 - z_k), q(z|x) = Bernoulli(sigmoid(params)).

    estimator "gumbel": bits are drawn with Gumbel-Softmax, relaxed to y in (0, 1), the temperature falling
    from `temperature[0]` to `temperature[1]` after the pre-training. The terms are those of equation 3 of
    poster B with q(c|y) of equation 4:
      bound "relaxed": y in place of z inside the logarithms, as the poster writes it. No bound on anything
      for y that are not bits.
      bound "exact": the expectations over q(z|x) in closed form at the q(c|y) of the draw, which is a lower
      bound for any q(c).

    estimator "threshold": bits of the logits' signs, straight through, -1 and 1 for the decoder; the term is
    -log p(z), what the code costs.
    """

    kind = "bernoulli-mixture"

    def __init__(
        self,
        size: int,
        components: int = 10,
        temperature: tuple[float, float] = (1.0, 0.5),
        bound: Bound = "relaxed",
        pretrain: float = 0.0,
        *,
        estimator: MixtureEstimator = "gumbel",
    ) -> None:
        super().__init__(size, components, pretrain)
        if estimator not in ("gumbel", "threshold"):
            raise InputError(f"latent: unknown estimator {estimator!r}; use gumbel or threshold")
        if bound not in ("relaxed", "exact"):
            raise InputError(f"latent: unknown bound {bound!r}; use relaxed or exact")
        self.temperature = checked(temperature)
        self.bound = bound
        self.estimator = estimator
        # a draw of poster B is 0 to 1; a decoder learns faster from inputs around 0
        self.bit_values = (0.0, 1.0) if estimator == "gumbel" else (-1.0, 1.0)
        self.bit_logits = nn.Parameter(torch.randn(components, size))

    def component_log_likelihood(self, z: torch.Tensor) -> torch.Tensor:
        ones = z if self.estimator == "gumbel" else (z + 1) / 2
        return (
            ones @ functional.logsigmoid(self.bit_logits).T
            + (1 - ones) @ functional.logsigmoid(-self.bit_logits).T
        )

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        if self.estimator == "threshold":
            z = 2 * straight_through(params) - 1
            joint_log = self.log_weights() + self.component_log_likelihood(z)
            return Sample(z, {} if progress < self.pretrain else {"z": -torch.logsumexp(joint_log, dim=1)})
        joint = max(0.0, progress - self.pretrain) / (1 - self.pretrain)
        y = relaxed_bits(params, annealed(self.temperature, joint))
        if progress < self.pretrain:
            return Sample(y, {})
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

    @torch.no_grad()
    def fit_prior(self, params: torch.Tensor) -> None:
        """The most even of 20 mixtures of the training set's bits, by expectation maximisation."""
        codes = pack_bits((self.logits(params) > 0).cpu().numpy())
        seed = int(torch.randint(2**31, (1,)))  # of the run's own randomness
        fitted = fit_bernoulli_mixture(
            codes, self.components, bits=params.shape[1], seed=seed, restarts=20, iterations=60,
            tolerance=1e-3, subset=15_000, choose="even",
        )  # fmt: skip
        self.weight_logits.copy_(torch.from_numpy(fitted.weights).log())
        self.bit_logits.copy_(torch.from_numpy(fitted.means).logit())

    @torch.no_grad()
    def mixture(self) -> tuple[torch.Tensor, torch.Tensor]:
        """pi (C,) and mu (C, K), inside (0, 1) also where float32 would round to its ends."""
        return self.log_weights().exp().clamp_min(1e-12), torch.sigmoid(self.bit_logits).clamp(1e-6, 1 - 1e-6)

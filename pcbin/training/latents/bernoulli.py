"""Binary latents with a gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch.nn import functional

from pcbin.errors import InputError
from pcbin.training.latents.base import Latent, Sample

Estimator = Literal["threshold", "stochastic", "gumbel"]


def relaxed_bits(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """A draw in (0, 1) that becomes a Bernoulli draw as the temperature goes to 0.

    The Gumbel-Softmax estimator for two categories (Jang et al., 2017): the difference of two Gumbel
    variables is logistic.
    """
    u = torch.rand_like(logits).clamp(1e-7, 1 - 1e-7)
    return torch.sigmoid((logits + u.log() - torch.log1p(-u)) / temperature)


def straight_through(logits: torch.Tensor, *, stochastic: bool = False) -> torch.Tensor:
    """Bits 0 and 1, of the sign of the logit or drawn, with the gradient of sigmoid(logits) (Bengio et al.,
    2013)."""
    p = torch.sigmoid(logits)
    hard = torch.bernoulli(p) if stochastic else (logits > 0).to(p.dtype)
    return hard + p - p.detach()


def annealed(temperature: tuple[float, float], progress: float) -> float:
    """A temperature that falls geometrically from the first to the second as `progress` goes from 0 to 1."""
    start, end = temperature
    return start * math.exp(progress * math.log(end / start))


def checked(temperature: Sequence[float]) -> tuple[float, float]:
    """Start and end of a temperature schedule. Raises InputError unless they are two numbers above 0."""
    good = isinstance(temperature, list | tuple) and len(temperature) == 2
    if not good or not all(type(t) in (int, float) and 0 < t < math.inf for t in temperature):
        raise InputError(f"latent: temperature = {temperature!r}; use [start, end], both above 0")
    return float(temperature[0]), float(temperature[1])


def fair_kl(logits: torch.Tensor) -> torch.Tensor:
    """KL(Bernoulli(sigmoid(logits)) || Bernoulli(0.5)) in nats, element by element."""
    p = torch.sigmoid(logits)
    entropy = p * functional.softplus(-logits) + (1 - p) * functional.softplus(logits)
    return math.log(2) - entropy


class Bernoulli(Latent):
    """Bits in {-1, +1}; the prior is a fair coin. params: logits.

    prefixes: lengths of a nested code, ascending, the last one `size`: training decodes prefixes of the code
    too (nested dropout, Rippel et al., 2014), their missing bits 0, so that every multiple of 8 bits from the
    first of them on is a code. default: the prefix that each training cloud is decoded at besides.

    estimator: how gradients pass the bit.
      "threshold": the bit is the sign of the logit, the gradient that of the sigmoid (straight-through,
      Bengio et al., 2013). "stochastic": the same, the bit drawn with probability sigmoid(logit). "gumbel":
      Gumbel-Softmax, relaxed, its temperature falling from `temperature[0]` to `temperature[1]` over the
      training.
    """

    kind = "bernoulli"
    bit_values = (-1.0, 1.0)

    def __init__(
        self,
        size: int,
        estimator: Estimator = "threshold",
        temperature: tuple[float, float] = (1.0, 0.3),
        prefixes: Sequence[int] = (),
        default: int | None = None,
    ) -> None:
        super().__init__(size)
        if estimator not in ("threshold", "stochastic", "gumbel"):
            raise InputError(f"latent: unknown estimator {estimator!r}; use threshold, stochastic or gumbel")
        self.estimator = estimator
        self.temperature = checked(temperature)
        self.prefixes = tuple(prefixes)
        self.default = size if default is None else default
        lengths = [*self.prefixes, self.default]
        if any(type(n) is not int or not 8 <= n <= size or n % 8 for n in lengths) and prefixes:
            raise InputError(
                f"latent: prefixes {lengths} of {size} bits; use multiples of 8 from 8 to {size}"
            )
        if self.prefixes and (list(self.prefixes) != sorted(set(prefixes)) or self.prefixes[-1] != size):
            raise InputError(f"latent: prefixes {lengths}; let them ascend to the size, {size}")
        if self.prefixes and self.default < self.prefixes[0]:
            raise InputError(
                f"latent: default = {self.default}; use at least the first prefix, {prefixes[0]}"
            )
        if not self.prefixes and self.default != size:
            raise InputError("latent: a default length is for nested codes; give their prefixes too")

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        if self.estimator == "gumbel":
            soft = relaxed_bits(params, annealed(self.temperature, progress))
        else:
            soft = straight_through(params, stochastic=self.estimator == "stochastic")
        return Sample(2 * soft - 1, {"z": fair_kl(params)})

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return self.binary(params)

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        return params

"""What every latent variable is: a module between encoder and decoder."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from torch import nn

from pcbin.errors import InputError


class Sample(NamedTuple):
    """One draw from the posterior."""

    z: torch.Tensor
    """(batch, inputs): what the decoder is given."""
    terms: dict[str, torch.Tensor]
    """What the evidence lower bound subtracts, in nats, by name: (batch, K) where it is a sum over
    dimensions, so that each can have its free bits, else (batch,)."""


class Latent(nn.Module):
    """A latent of `size` dimensions: `outputs` encoder outputs describe its posterior, `inputs` go to the
    decoder."""

    kind: ClassVar[str]
    """What recipes call it."""
    per_dimension = 1
    bit_values: tuple[float, float] | None = None
    """What the decoder is given for a bit 0 and a bit 1; None for latents without bits."""
    thresholded = False
    """Whether the code is a threshold of a continuous mean; validation then measures both."""

    prefixes: tuple[int, ...] = ()
    """Lengths, in bits, at which a nested code is measured; empty for codes of one length."""
    default: int
    """The prefix that weighs most in training, and that a codec writes unless told otherwise."""

    pretrain = 0.0
    """The fraction of the training, from its start, that has no terms; `fit_prior` is called after it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.default = size

    @property
    def outputs(self) -> int:
        return self.per_dimension * self.size

    @property
    def inputs(self) -> int:
        return self.size

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        """A differentiable draw for training. params: (batch, outputs); progress: 0 to 1, for
        temperatures."""
        raise NotImplementedError

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        """(batch, inputs): the latent without noise, for evaluation."""
        raise NotImplementedError

    def logits(self, params: torch.Tensor) -> torch.Tensor:
        """(batch, K): a bit is 1 where its logit is above 0. Linear in `params`, so that `freeze` can fold
        it."""
        raise InputError(f"latent: {self.kind} has no bits; train a binary latent to get a codec")

    def binary(self, params: torch.Tensor) -> torch.Tensor:
        """(batch, inputs): what the decoder is given for the thresholded code."""
        low, high = self.bit_values or (0.0, 1.0)
        return torch.where(self.logits(params) > 0, high, low).to(params.dtype)

    def code(self, params: torch.Tensor) -> torch.Tensor:
        """(batch, inputs): what the decoder is given in use: the thresholded code, or else the mean."""
        return self.binary(params) if self.bit_values else self.mean(params)

    def fit_prior(self, params: torch.Tensor) -> None:
        """Fits the prior to the encoder's outputs (n, outputs) for the training set."""

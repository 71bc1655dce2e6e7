"""No distribution at all."""

from __future__ import annotations

import torch

from pcbin.training.latents.base import Latent, Sample


class Deterministic(Latent):
    """AE of poster A: z is the encoder's output."""

    kind = "deterministic"

    def sample(self, params: torch.Tensor, progress: float = 1.0) -> Sample:
        return Sample(params, {})

    def mean(self, params: torch.Tensor) -> torch.Tensor:
        return params

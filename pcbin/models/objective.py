"""What training minimises, as a named breakdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from pcbin.errors import InputError
from pcbin.models.latents import Latent
from pcbin.models.latents.nested import draw_lengths, truncate
from pcbin.models.network import Network
from pcbin.models.recipe import ObjectiveRecipe

PREFIX_WEIGHT = 0.5
"""What a nested code's random prefixes weigh in the objective; the rest is its default length's."""

Reconstruction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(B, ...) decoded and target -> (B,), differentiable in what was decoded."""


class Loss(NamedTuple):
    """One batch's objective; every part is a scalar tensor."""

    total: torch.Tensor
    reconstruction: torch.Tensor
    """Chamfer x 1e3 of clouds of unit diagonal, or nats of an image."""
    kl: torch.Tensor
    """The sum of the latent's terms, nats, without free bits."""
    terms: dict[str, torch.Tensor]
    """Its parts by the latent's names for them."""


class Objective(nn.Module):
    """A network with its objective, as one module: what several processes share the gradients of."""

    def __init__(
        self, network: Network, latent: Latent, recipe: ObjectiveRecipe, reconstruction: Reconstruction
    ) -> None:
        super().__init__()
        self.network = network
        self._latent = [latent]  # its parameters are the network's already
        self._recipe = recipe
        self._reconstruction = reconstruction

    def forward(self, seen: torch.Tensor, target: torch.Tensor, progress: float = 1.0) -> Loss:
        """seen (B, ...): what the encoder is given; target (B, ...): what the decoder must return.

        progress: 0 to 1 over the training, for the latent's temperature. Networks run under bfloat16
        autocast, losses in float32. Free bits as in Kingma et al. (2016): a dimension whose term is below
        `free_nats` on average over the batch is not pushed further down.
        """
        with torch.autocast(seen.device.type, torch.bfloat16):
            params = self.network.encode(seen)
        z, terms = self._latent[0].sample(params.float(), progress)
        latent = self._latent[0]
        if latent.prefixes:  # each cloud at the default length, and at a random one
            lengths = draw_lengths(latent.prefixes, len(z)).to(z.device)
            z = torch.cat([truncate(z, latent.default), truncate(z, lengths)])
            target = torch.cat([target, target])
        with torch.autocast(seen.device.type, torch.bfloat16):
            decoded = self.network.decode(z)
        if not bool(torch.isfinite(decoded).all()):
            raise InputError(
                "training diverged: what the decoder gives is not finite; "
                "lower `rate` in [train] and start anew"
            )
        reconstruction = self._reconstruction(decoded.float(), target)
        if latent.prefixes:
            at_default, at_prefixes = reconstruction.chunk(2)
            reconstruction = (1 - PREFIX_WEIGHT) * at_default + PREFIX_WEIGHT * at_prefixes
        reconstruction = reconstruction.mean()
        parts = {
            name: term.flatten(1).sum(dim=1).mean() if term.dim() > 1 else term.mean()
            for name, term in terms.items()
        }
        nothing = reconstruction.new_zeros(())
        free = self._recipe.free_nats
        bounded = sum(
            (term.mean(dim=0).clamp_min(free).sum() if term.dim() > 1 else parts[name]
             for name, term in terms.items()),
            nothing,
        )  # fmt: skip
        total = reconstruction + self._recipe.kl_weight * bounded
        return Loss(total, reconstruction, sum(parts.values(), nothing), parts)

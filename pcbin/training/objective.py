"""What training minimises, as a named breakdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from pcbin.errors import InputError
from pcbin.training.latents import Latent
from pcbin.training.latents.mixture import MixtureLatent
from pcbin.training.latents.nested import draw_lengths, truncate
from pcbin.training.network import Network
from pcbin.training.recipe import NeighbourhoodRecipe, ObjectiveRecipe

PREFIX_WEIGHT = 0.5
"""What a nested code's random prefixes weigh in the objective; the rest is its default length's."""

SELF_TRAINING_FROM = 0.3
"""The progress of the training from which on a mixture's own responsibilities count."""

Reconstruction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(B, ...) decoded, (B, ...) targets -> (B,), differentiable in the decoded."""


class Guidance(NamedTuple):
    """The clusters that a batch should fall into."""

    clusters: torch.Tensor
    """(B,): 0 to C - 1."""
    augmented: torch.Tensor | None
    """(B, ...): copies that belong to the same clusters."""


class Loss(NamedTuple):
    """One batch's objective, as scalar tensors."""

    total: torch.Tensor
    reconstruction: torch.Tensor
    """Chamfer x 1e3 of clouds of unit diagonal, or nats of an image."""
    kl: torch.Tensor
    """The sum of the latent's terms, nats, without free bits."""
    terms: dict[str, torch.Tensor]
    """Its parts by the latent's names for them."""
    guidance: torch.Tensor
    """Cross entropy of the clusters and the guidance, nats; 0 without any."""


class Objective(nn.Module):
    """A network with its objective, as one module: what several processes share the gradients of."""

    def __init__(
        self,
        network: Network,
        latent: Latent,
        recipe: ObjectiveRecipe,
        reconstruction: Reconstruction,
        neighbourhood: NeighbourhoodRecipe | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self._latent = [latent]  # its parameters are the network's already
        self._recipe = recipe
        self._neighbourhood = neighbourhood or NeighbourhoodRecipe()
        self._reconstruction = reconstruction

    def forward(
        self,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        progress: float = 1.0,
        guidance: Guidance | None = None,
    ) -> Loss:
        """inputs (B, ...): what the encoder is given; targets (B, ...): what the decoder must return.

        progress: 0 to 1 over the training, for the latent's temperature. Networks run under bfloat16
        autocast, losses in float32. Free bits as in Kingma et al. (2016): a dimension whose term is below
        `free_nats` on average over the batch is not pushed further down.
        """
        latent, size = self._latent[0], len(inputs)
        if guidance is not None and guidance.augmented is not None:
            inputs = torch.cat([inputs, guidance.augmented])
        with torch.autocast(inputs.device.type, torch.bfloat16):
            params = self.network.encode(inputs)
        z, terms = latent.sample(params.float(), progress)
        agreement = z.new_zeros(()) if guidance is None else self._agreement(z, guidance.clusters, progress)
        z = z[:size]
        if latent.prefixes:  # each cloud at the default length, and at a random one
            lengths = draw_lengths(latent.prefixes, len(z)).to(z.device)
            z = torch.cat([truncate(z, latent.default), truncate(z, lengths)])
            targets = torch.cat([targets, targets])
        with torch.autocast(inputs.device.type, torch.bfloat16):
            decoded = self.network.decode(z)
        if not bool(torch.isfinite(decoded).all()):
            raise InputError(
                "training diverged: what the decoder gives is not finite; "
                "lower `rate` in [train] and start anew"
            )
        reconstruction = self._reconstruction(decoded.float(), targets)
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
        total = reconstruction + self._recipe.kl_weight * bounded + self._neighbourhood.weight * agreement
        return Loss(total, reconstruction, sum(parts.values(), nothing), parts, agreement)

    def _agreement(self, z: torch.Tensor, clusters: torch.Tensor, progress: float) -> torch.Tensor:
        """The cross entropy of the guiding clusters and q(c|z), the mixture's responsibilities.

        Self-training: later on, the targets are blended with the responsibilities of the unaugmented items.
        """
        latent = self._latent[0]
        assert isinstance(latent, MixtureLatent)  # `build` sees to it
        log_r = latent.log_responsibilities(z)
        target = functional.one_hot(clusters, latent.components).to(log_r.dtype)
        if progress > SELF_TRAINING_FROM:
            own = self._neighbourhood.own
            target = (1 - own) * target + own * log_r[: len(clusters)].detach().exp()
        return -(target.repeat(len(z) // len(clusters), 1) * log_r).sum(dim=1).mean()

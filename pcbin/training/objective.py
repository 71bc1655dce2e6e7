"""What training minimises, as a named breakdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from pcbin.errors import InputError
from pcbin.training.latents import Latent
from pcbin.training.latents.mixture import Mixture
from pcbin.training.latents.nested import draw_lengths, truncate
from pcbin.training.network import Network
from pcbin.training.recipe import NeighbourhoodRecipe, ObjectiveRecipe

PREFIX_WEIGHT = 0.5
"""What a nested code's random prefixes weigh in the objective; the rest is its default length's."""

OWN_FROM = 0.3
"""The part of the training from which on a mixture's own opinion of a cluster counts."""

Reconstruction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(B, ...) decoded and target -> (B,), differentiable in what was decoded."""


class Guidance(NamedTuple):
    """What the clusters of a batch should be."""

    clusters: torch.Tensor
    """(B,): 0 to C - 1."""
    changed: torch.Tensor | None
    """(B, ...): copies that should be in the same clusters."""


class Loss(NamedTuple):
    """One batch's objective; every part is a scalar tensor."""

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
        seen: torch.Tensor,
        target: torch.Tensor,
        progress: float = 1.0,
        guidance: Guidance | None = None,
    ) -> Loss:
        """seen (B, ...): what the encoder is given; target (B, ...): what the decoder must return.

        progress: 0 to 1 over the training, for the latent's temperature. Networks run under bfloat16
        autocast, losses in float32. Free bits as in Kingma et al. (2016): a dimension whose term is below
        `free_nats` on average over the batch is not pushed further down.
        """
        latent, size = self._latent[0], len(seen)
        if guidance is not None and guidance.changed is not None:
            seen = torch.cat([seen, guidance.changed])
        with torch.autocast(seen.device.type, torch.bfloat16):
            params = self.network.encode(seen)
        z, terms = latent.sample(params.float(), progress)
        agreement = z.new_zeros(()) if guidance is None else self._agreement(z, guidance.clusters, progress)
        z = z[:size]
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
        total = reconstruction + self._recipe.kl_weight * bounded + self._neighbourhood.weight * agreement
        return Loss(total, reconstruction, sum(parts.values(), nothing), parts, agreement)

    def _agreement(self, z: torch.Tensor, clusters: torch.Tensor, progress: float) -> torch.Tensor:
        """The cross entropy of what the clusters should be and q(c|z), the mixture's responsibilities.

        Self-training: later on, what each should be is in part what the mixture says of the unchanged one.
        """
        latent = self._latent[0]
        assert isinstance(latent, Mixture)  # `build` sees to it
        log_r = latent.log_responsibilities(z)
        wanted = functional.one_hot(clusters, latent.components).to(log_r.dtype)
        if progress > OWN_FROM:
            own = self._neighbourhood.own
            wanted = (1 - own) * wanted + own * log_r[: len(clusters)].detach().exp()
        return -(wanted.repeat(len(z) // len(clusters), 1) * log_r).sum(dim=1).mean()

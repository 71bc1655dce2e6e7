"""What training minimises, as a named breakdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from pcbin.errors import InputError
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.generation import Generator, distance
from pcbin.training.latents.mixture import MixtureLatent
from pcbin.training.latents.nested import draw_lengths, truncate
from pcbin.training.recipe import Recipe

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
    """These terms, by the latent's names for them."""
    guidance: torch.Tensor | None
    """Cross entropy of the clusters and the guidance, nats; None without any."""
    generation: torch.Tensor | None
    """Distance of random codes from what they shall decode to; None without [generation]."""

    def named(self, metric: str) -> dict[str, torch.Tensor]:
        """By the names of the log; `metric` is that of the reconstruction."""
        others = {"guidance": self.guidance, "generation": self.generation}
        terms = self.terms | {name: value for name, value in others.items() if value is not None}
        main = {"total": self.total, metric: self.reconstruction, "kl": self.kl}
        return main | {f"term {name}": value for name, value in terms.items()}


class Objective(nn.Module):
    """An autoencoder with its objective, as one module: several processes share its gradients."""

    def __init__(
        self,
        autoencoder: Autoencoder,
        recipe: Recipe,
        reconstruction: Reconstruction,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self._recipe = recipe.objective
        self._neighbourhood = recipe.neighbourhood
        self._reconstruction = reconstruction
        self._generation = recipe.generation.weight
        self._generator = generator

    def forward(
        self,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        guidance: Guidance | None = None,
        progress: float = 1.0,
    ) -> Loss:
        """inputs (B, ...): what the encoder is given; targets (B, ...): what the decoder must return.

        progress: 0 to 1 over the training, for the latent's temperature. Networks run under bfloat16
        autocast, losses in float32. Free bits as in Kingma et al. (2016): a dimension whose term is below
        `free_nats` on average over the batch is not pushed further down.
        """
        latent, size = self.autoencoder.latent, len(inputs)
        if guidance is not None and guidance.augmented is not None:
            inputs = torch.cat([inputs, guidance.augmented])
        with torch.autocast(inputs.device.type, torch.bfloat16):
            params = self.autoencoder.encode(inputs)
        z, terms = latent.sample(params.float(), progress)
        agreement = None if guidance is None else self._agreement(z, guidance.clusters, progress)
        z = z[:size]
        if latent.prefixes:  # each cloud at the default length, and at a random one
            lengths = draw_lengths(latent.prefixes, len(z)).to(z.device)
            z = torch.cat([truncate(z, latent.default), truncate(z, lengths)])
            targets = torch.cat([targets, targets])
        pairs = None if self._generator is None else self._generator.draw(self.autoencoder)
        with torch.autocast(inputs.device.type, torch.bfloat16):
            decoded = self.autoencoder.decode(z if pairs is None else torch.cat([z, pairs.codes]))
        decoded, generated = decoded[: len(z)], decoded[len(z) :]
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
        means = {
            name: term.flatten(1).sum(dim=1).mean() if term.dim() > 1 else term.mean()
            for name, term in terms.items()
        }
        nothing = reconstruction.new_zeros(())
        free = self._recipe.free_nats
        bounded = sum(
            (term.mean(dim=0).clamp_min(free).sum() if term.dim() > 1 else means[name]
             for name, term in terms.items()),
            nothing,
        )  # fmt: skip
        total = reconstruction + self._recipe.kl_weight * bounded
        if agreement is not None:
            total = total + self._neighbourhood.weight * agreement
        generation = None
        if self._generator is not None:
            self._generator.remember(decoded)
            generation = nothing if pairs is None else distance(generated.float(), pairs.targets).mean()
            total = total + self._generation * generation
        kl = sum(means.values(), nothing)
        return Loss(total, reconstruction, kl, means, agreement, generation)

    def _agreement(self, z: torch.Tensor, clusters: torch.Tensor, progress: float) -> torch.Tensor:
        """The cross entropy of the guiding clusters and q(c|z), the mixture's responsibilities.

        Self-training: later on, the targets are blended with the responsibilities of the unaugmented items.
        """
        latent = self.autoencoder.latent
        assert isinstance(latent, MixtureLatent)  # `build` sees to it
        log_r = latent.log_responsibilities(z)
        target = functional.one_hot(clusters, latent.components).to(log_r.dtype)
        if progress > SELF_TRAINING_FROM:
            own = self._neighbourhood.own
            target = (1 - own) * target + own * log_r[: len(clusters)].detach().exp()
        return -(target.repeat(len(z) // len(clusters), 1) * log_r).sum(dim=1).mean()

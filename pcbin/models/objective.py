"""What training minimises, as a named breakdown."""

from __future__ import annotations

from typing import NamedTuple

import torch

from pcbin.errors import InputError
from pcbin.models.chamfer import chamfer
from pcbin.models.latents import Latent
from pcbin.models.network import Network
from pcbin.models.recipe import ObjectiveRecipe


class Loss(NamedTuple):
    """One batch's objective; every part is a scalar tensor."""

    total: torch.Tensor
    chamfer_e3: torch.Tensor
    """Chamfer x 1e3, clouds of unit diagonal."""
    kl: torch.Tensor
    """The sum of the latent's terms, nats a cloud, without free bits."""
    terms: dict[str, torch.Tensor]
    """Its parts by the latent's names for them."""


def objective(  # noqa: PLR0917
    network: Network,
    latent: Latent,
    recipe: ObjectiveRecipe,
    seen: torch.Tensor,
    target: torch.Tensor,
    progress: float = 1.0,
) -> Loss:
    """seen (B, n, 3): what the encoder is given; target (B, N, 3): what the decoder must return.

    progress: 0 to 1 over the training, for the latent's temperature. Networks run under bfloat16 autocast,
    losses in float32. Free bits as in Kingma et al. (2016): a dimension whose term is below `free_nats` on
    average over the batch is not pushed further down.
    """
    with torch.autocast(seen.device.type, torch.bfloat16):
        params = network.encode(seen)
    z, terms = latent.sample(params.float(), progress)
    with torch.autocast(seen.device.type, torch.bfloat16):
        decoded = network.decode(z)
    if not bool(torch.isfinite(decoded).all()):
        raise InputError(
            "training diverged: the decoder's points are not finite; lower `rate` in [train] and start anew"
        )
    distance = 1e3 * chamfer(decoded.float(), target).mean()
    parts = {
        name: term.flatten(1).sum(dim=1).mean() if term.dim() > 1 else term.mean()
        for name, term in terms.items()
    }
    nothing = distance.new_zeros(())
    bounded = sum(
        (term.mean(dim=0).clamp_min(recipe.free_nats).sum() if term.dim() > 1 else parts[name]
         for name, term in terms.items()),
        nothing,
    )  # fmt: skip
    return Loss(distance + recipe.kl_weight * bounded, distance, sum(parts.values(), nothing), parts)

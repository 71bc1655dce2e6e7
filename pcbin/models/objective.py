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
    chamfer_e3: torch.Tensor  # Chamfer x 1e3, clouds of unit diagonal
    kl: torch.Tensor  # nats a cloud


def objective(
    network: Network, latent: Latent, recipe: ObjectiveRecipe, seen: torch.Tensor, target: torch.Tensor
) -> Loss:
    """seen (B, n, 3): what the encoder is given; target (B, N, 3): what the decoder must return.

    Networks run under bfloat16 autocast, losses in float32. Free bits as in Kingma et al. (2016): a
    dimension whose KL is below `free_nats` on average over the batch is not pushed further down.
    """
    with torch.autocast(seen.device.type, torch.bfloat16):
        params = network.encode(seen)
    z, kl = latent.sample(params.float())
    with torch.autocast(seen.device.type, torch.bfloat16):
        decoded = network.decode(z)
    if not bool(torch.isfinite(decoded).all()):
        raise InputError(
            "training diverged: the decoder's points are not finite; lower `rate` in [train] and start anew"
        )
    distance = 1e3 * chamfer(decoded.float(), target).mean()
    nats = kl.mean(dim=0).clamp_min(recipe.free_nats).sum()
    return Loss(distance + recipe.kl_weight * nats, distance, kl.sum(dim=1).mean())

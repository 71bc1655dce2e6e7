"""Random codes that decode to shapes: fair coins are trained towards what codes of the training set decode
to."""

from __future__ import annotations

from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment

from pcbin.training.autoencoder import Autoencoder
from pcbin.training.recipe import GenerationRecipe

SCALE = 2e3
"""Of a mean of squared distances between points, to Chamfer x 1e3, which is a sum over two directions."""


class Pairs(NamedTuple):
    """Random codes, and what each shall decode to."""

    codes: torch.Tensor
    """(pairs, inputs): as the decoder is given them."""
    targets: torch.Tensor
    """(pairs, M, 3)."""


class Generator:
    """Pairs fair-coin codes with recent reconstructions of training clouds.

    A step draws as many codes as there are reconstructions in memory and decodes them. The assignment of one
    to the other with the smallest sum of squared distances is the optimal transport between the two batches;
    of its pairs, some are trained. So random codes come to decode to shapes that are distributed as those of
    the training set: codes that decode to no shape, or many that decode to the same one, are far from what
    is left to be assigned to them. Taking the nearest code for each shape instead (implicit maximum
    likelihood, Li and Malik, 2018) leaves codes that are nearest to nothing as they are.

    A decoder gives its points in an order that it keeps, so distances are those of points of the same number:
    for reconstructions, a bound on the Chamfer distance that needs no search for neighbours.
    """

    def __init__(self, plan: GenerationRecipe) -> None:
        self._plan = plan
        self.memory: torch.Tensor | None = None
        """(n, M, 3): the last reconstructions, the latest first; n goes up to the recipe's `pool`."""

    def remember(self, decoded: torch.Tensor) -> None:
        """Adds reconstructions (B, M, 3); the oldest ones go."""
        latest = decoded.detach().float()
        if self.memory is not None:
            latest = torch.cat([latest, self.memory])
        self.memory = latest[: self._plan.pool]

    @torch.no_grad()
    def draw(self, autoencoder: Autoencoder) -> Pairs | None:
        """Random pairs of the optimal assignment; None while the memory is not full."""
        if self.memory is None or len(self.memory) < self._plan.pool:
            return None
        low, high = autoencoder.latent.bit_values or (0.0, 1.0)
        device = self.memory.device
        fair = torch.rand(self._plan.pool, autoencoder.latent.inputs, device=device) < 0.5
        codes = torch.where(fair, high, low)
        with torch.autocast(device.type, torch.bfloat16):
            decoded = autoencoder.decode(codes).float()
        distances = torch.cdist(decoded.flatten(1), self.memory.flatten(1)).square()
        mine, theirs = linear_sum_assignment(distances.cpu().numpy())
        chosen = torch.randperm(self._plan.pool)[: self._plan.pairs]
        rows, columns = (torch.from_numpy(index)[chosen].to(device) for index in (mine, theirs))
        return Pairs(codes[rows], self.memory[columns])


def distance(decoded: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """(B,): 2e3 times the mean squared distance of points of the same number, (B, M, 3) and (B, M, 3): at
    least the Chamfer distance x 1e3.
    """
    return SCALE * (decoded - targets).square().sum(dim=-1).mean(dim=-1)

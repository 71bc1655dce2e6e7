"""The two networks of cell codes as torch modules, and what they are trained for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from pcbin.arrays import grouped
from pcbin.models.cells.context import OCTANTS, OF_CHILD, OF_PARENT
from pcbin.models.cells.grid import counted, keys_of
from pcbin.models.cells.placement import OF_CELL, REACH, middles_of, shares, told
from pcbin.training.cells.examples import Contexts, Example
from pcbin.training.cells.quantise import quantised
from pcbin.training.chamfer_loss import chamfer

SHARE_WEIGHT = 0.05
"""Of the cross entropy of the cells' shares of the points, beside the Chamfer distance in cells."""
PEAK = 0.9997
"""The quantile of a unit's activations that becomes the largest whole number."""


class ContextLearner(nn.Module):
    """The logits of occupancy, one network of two hidden layers for each octant."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        eight = len(OCTANTS)
        self.parent = nn.Parameter(torch.randn(OF_PARENT, eight * first) * (0.5 / OF_PARENT**0.5))
        self.child = nn.Parameter(torch.randn(eight, OF_CHILD, first) / OF_CHILD**0.5)
        self.first_bias = nn.Parameter(torch.zeros(eight, 1, first))
        self.second = nn.Parameter(torch.randn(eight, first, second) * (2 / first) ** 0.5)
        self.second_bias = nn.Parameter(torch.zeros(eight, 1, second))
        self.last = nn.Parameter(torch.randn(eight, second, 1) / second**0.5)
        self.last_bias = nn.Parameter(torch.zeros(eight, 1, 1))

    def layers(self, contexts: Contexts) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Activations (8, n, first), (8, n, second) and logits (8, n)."""
        parents, children = (torch.from_numpy(x).bfloat16() for x in (contexts.parents, contexts.children))
        with torch.autocast("cpu", torch.bfloat16):
            x = (parents @ self.parent).view(len(parents), len(OCTANTS), -1).transpose(0, 1)
            x = F.relu((x + torch.bmm(children, self.child)).float() + self.first_bias)
            y = F.relu(torch.bmm(x, self.second).float() + self.second_bias)
            logits = (torch.bmm(y, self.last).float() + self.last_bias).squeeze(-1)
        return x, y, logits

    def nats(self, contexts: Contexts) -> torch.Tensor:
        """The length of the codes of all objects together, in nats."""
        _, _, logits = self.layers(contexts)
        losses = F.binary_cross_entropy_with_logits(
            logits, torch.from_numpy(contexts.occupied).float(), reduction="none"
        )
        return (losses * torch.from_numpy(contexts.coded)).sum()

    @torch.no_grad()
    def frozen(self, batches: Sequence[Contexts]) -> dict[str, npt.NDArray[Any]]:
        """The tensors of a model file; the batches show how large activations become."""
        peaks = [np.zeros(1), np.zeros(1)]
        for one in batches:
            for layer, activations in enumerate(self.layers(one)[:2]):
                found = np.quantile(activations.numpy(), PEAK, axis=1)
                peaks[layer] = np.maximum(peaks[layer], found)
        own = {name: weight.detach().numpy() for name, weight in self.named_parameters()}
        parent = own["parent"].reshape(OF_PARENT, len(OCTANTS), -1).transpose(1, 0, 2)
        weights = {
            "first": np.concatenate([parent, own["child"]], axis=1),
            "first_bias": own["first_bias"][:, 0],
            "second": own["second"],
            "second_bias": own["second_bias"][:, 0],
            "last": own["last"][:, :, 0],
            "last_bias": own["last_bias"][:, 0, 0],
        }
        return quantised(weights, (peaks[0], peaks[1]))


class PlacementLearner(nn.Module):
    """Where points lie in cells, and how many: see `pcbin.models.cells.placement`."""

    def __init__(self, width: int, most: int) -> None:
        super().__init__()
        self.most = most
        self.first, self.second = nn.Linear(OF_CELL, width), nn.Linear(width, width)
        self.third, self.last = nn.Linear(width, width), nn.Linear(width, 3 * most + 1)
        nn.init.normal_(self.last.weight, 0, 0.02)

    def forward(self, features: npt.NDArray[np.int8]) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, OF_CELL) -> offsets in cells (n, most, 3) and weights (n,)."""
        x = torch.from_numpy(features).float()
        with torch.autocast("cpu", torch.bfloat16):
            x = F.relu(self.first(x))
            x = F.relu(self.second(x))
            x = self.last(x + F.relu(self.third(x)))
        x = x.float()
        offsets = REACH * torch.tanh(x[:, :-1] / REACH)
        return offsets.view(-1, self.most, 3), x[:, -1]

    def loss(self, examples: Sequence[Example]) -> torch.Tensor:
        """The mean over the examples of the Chamfer distance, in squares of a cell's width, plus the cross
        entropy of the cells' weights to the points that they hold."""
        features = [told(one.gridded.cells, one.gridded.grid) for one in examples]
        offsets, weights = self(np.concatenate(features))
        sizes = [len(one) for one in features]
        total = torch.zeros(())
        for one, own, weight in zip(examples, offsets.split(sizes), weights.split(sizes), strict=True):
            points = self._placed(one, own, shares(weight.detach().numpy(), len(one.cloud), self.most))
            total = total + _chamfer(points, one) * one.gridded.grid.cells**2
            held = torch.from_numpy(_held(one))
            entropy = -(held / held.sum().clamp_min(1) * F.log_softmax(weight, 0)).sum()
            total = total + SHARE_WEIGHT * (entropy - np.log(len(weight)))
        return total / len(examples)

    @torch.no_grad()
    def distance(self, one: Example) -> float:
        """The Chamfer distance of a cloud to what its cells become."""
        offsets, weights = self(told(one.gridded.cells, one.gridded.grid))
        points = self._placed(one, offsets, shares(weights.numpy(), len(one.cloud), self.most))
        return float(_chamfer(points, one))

    @staticmethod
    def _placed(one: Example, offsets: torch.Tensor, counts: npt.NDArray[np.intp]) -> torch.Tensor:
        rows, columns = grouped(counts)
        middles = torch.from_numpy(middles_of(one.gridded)[rows])
        found: torch.Tensor = (middles + offsets[rows, columns]) / one.gridded.grid.cells
        return found

    def frozen(self) -> dict[str, npt.NDArray[Any]]:
        """The tensors of a model file, in single precision."""
        return {
            f"placement/{name.replace('.', '/')}": weight.detach().numpy()
            for name, weight in self.named_parameters()
        }


def _chamfer(points: torch.Tensor, one: Example) -> torch.Tensor:
    return chamfer(points[None], torch.from_numpy(one.cloud)[None])[0]


def _held(one: Example) -> npt.NDArray[np.float32]:
    """How many of the cloud's points lie in each cell (n,)."""
    size = 1 << one.gridded.grid.levels
    cells, counts = counted(one.cloud, one.gridded.grid)
    rows = np.searchsorted(keys_of(cells, size), keys_of(one.gridded.cells, size))
    return counts[rows].astype(np.float32)

"""The arithmetic of `pcbin.models.layers.forward` in torch: for training and for CUDA."""

from __future__ import annotations

import torch
from torch.nn import functional

from pcbin.models.ops import LAYER_NORM_EPS


class TorchOps:
    """torch tensors on any device; differentiable."""

    def linear(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, weight, bias)

    def relu(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(x)

    def layer_norm(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(x, weight.shape, weight, bias, LAYER_NORM_EPS)

    def max_points(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax(dim=-2)

    def add(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y

    def sigmoid(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(x)

    def reshape(self, x: torch.Tensor, axes: int, sizes: tuple[int, ...]) -> torch.Tensor:
        return x.reshape(*x.shape[:-axes], *sizes)

    def take(self, x: torch.Tensor, start: int, stop: int) -> torch.Tensor:
        return x[..., start:stop]

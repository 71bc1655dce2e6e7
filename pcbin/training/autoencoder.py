"""What is trained: an encoder, a latent and a decoder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import torch
from torch import nn

from pcbin.models.layers import Layers, forward, split_at_max, tensor_shapes
from pcbin.models.ops_torch import TorchOps
from pcbin.models.weights import stored
from pcbin.training.latents.base import Latent

OPS = TorchOps()

Weights = dict[str, torch.Tensor]
"""The parameters of layers, by name."""


def quantised(weights: Weights, where: str) -> dict[str, npt.NDArray[Any]]:
    """Weights as a model file stores them. Raises InputError that names `where` for what does not fit."""
    return stored({name: tensor.contiguous().numpy() for name, tensor in weights.items()}, where)


class Autoencoder(nn.Module):
    """Encoder and decoder as layers, and the latent between them.

    The parameters of the layers are named as in the frozen file; those of a latent (of a mixture, say) begin
    with "latent." and are trained with the rest.
    """

    def __init__(self, encoder: Layers, decoder: Layers, latent: Latent) -> None:
        super().__init__()
        self.latent = latent
        self.encoder = encoder
        self.decoder = decoder
        for name, shape in tensor_shapes((*encoder, *decoder)):
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))
        self.reset()

    def reset(self) -> None:
        """He initialisation for linear layers; layer norms start as the identity."""
        first = "entrance" if "decoder/entrance/weight" in self.tensors() else "hidden0"
        for name, tensor in self.tensors().items():
            with torch.no_grad():
                if name.endswith("/weight") and tensor.dim() == 2:
                    gain = 0.1 if name == "decoder/out/weight" else 1.0
                    tensor.normal_(std=gain * math.sqrt(2 / tensor.shape[1]))
                elif name.endswith("/weight"):
                    tensor.fill_(1.0)
                elif name == "decoder/out/bias":
                    tensor.normal_(std=0.2)  # a first cloud as wide as an object, not a point
                if name == f"decoder/{first}/weight" and self.latent.prefixes:
                    # a code's last bits begin as small corrections: at full weight they stay noise for long
                    fade = (1 + torch.arange(tensor.shape[1]) / self.latent.prefixes[0]).rsqrt()
                    tensor.mul_(fade * math.sqrt(tensor.shape[1] / float(fade.square().sum())))

    def tensors(self) -> Weights:
        """The parameters of the layers, by name."""
        return {name: tensor for name, tensor in self.named_parameters() if "/" in name}

    @torch.no_grad()
    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Sets all parameters to tensors of the same names. Raises KeyError, RuntimeError."""
        for name, parameter in self.named_parameters():
            parameter.copy_(tensors[name])

    def encode(self, inputs: torch.Tensor) -> torch.Tensor:
        """(B, N, 3) points or (B, height, width) pixels -> (B, outputs): the parameters of the posterior."""
        if torch.is_grad_enabled():
            inputs = self._critical(inputs)
        return forward(self.encoder, self.tensors(), inputs, OPS)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """(B, K) latents -> (B, M, 3) points or (B, height, width) logits of pixels."""
        return forward(self.decoder, self.tensors(), z, OPS)

    @torch.no_grad()
    def _critical(self, points: torch.Tensor) -> torch.Tensor:
        """The points that reach the maximum in some feature (Qi et al. call them the critical set).

        The gradient of the maximum is zero for all others, so the backward pass needs only these: about one
        point in ten. A cloud with fewer than the batch's largest set is filled up with other points.
        """
        of_points, _ = split_at_max(self.encoder)
        if not of_points:
            return points
        half = {
            name: tensor.to(torch.bfloat16)
            for name, tensor in self.tensors().items()
            if name.startswith("encoder/point")
        }
        winners = [
            forward(of_points[:-1], half, cloud.to(torch.bfloat16), OPS).max(dim=-2).indices
            # one cloud fits the cache
            for cloud in torch.split(points, 1 if points.device.type == "cpu" else len(points))
        ]
        critical = points.new_zeros(points.shape[:2]).scatter_(1, torch.cat(winners), 1.0)
        count = int(critical.sum(dim=1).max())
        index = critical.topk(count, dim=1).indices  # (B, count)
        return points.gather(1, index[:, :, None].expand(-1, -1, 3))

"""Training of a decoder with a tail as a whole: network, basis and levels, with the encoder as it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from pcbin.arrays import unpack_bits
from pcbin.models.layers import Layers, forward
from pcbin.models.ops_torch import TorchOps
from pcbin.training.autoencoder import Weights
from pcbin.training.chamfer_loss import chamfer, displacement
from pcbin.training.optimisation import set_learning_rate
from pcbin.training.tail_fit import NOISE, Tail

Batches = Callable[[int], torch.Tensor]
"""Step -> (B, N, 3) training clouds."""
ROUNDS = 2
"""Of projection in a step; encoding has more."""
WARMUP = 30
REPORT_EVERY_S = 30.0
OPS = TorchOps()


class Tuned(nn.Module):
    """The decoder of a code with a tail, with gradients; bits are -1, +1, and 0 where they are missing."""

    def __init__(self, network: Layers, weights: Weights, tail: Tail) -> None:
        super().__init__()
        self._network = network
        self._names = [name for name in weights if name.startswith("decoder/")]
        self.weights = nn.ParameterList([weights[name].clone() for name in self._names])
        self.basis = nn.Parameter(torch.from_numpy(tail.basis.copy()))  # (C, 3 M)
        which = np.abs(tail.levels).argmax(axis=1)
        self.steps = nn.Parameter(torch.from_numpy(np.log(tail.levels.max(axis=1))))  # (bits,)
        self.which = torch.from_numpy(which)  # (bits,): the coefficient of each bit
        depths = np.array([np.sum(which[:bit] == one) for bit, one in enumerate(which)])
        self._depths = [torch.from_numpy(np.flatnonzero(depths == d)) for d in range(depths.max() + 1)]

    def first(self, heads: torch.Tensor) -> torch.Tensor:
        """(B, head) -> (B, 3 M): what the network makes of the head."""
        tensors = dict(zip(self._names, self.weights, strict=True))
        with torch.autocast("cpu", torch.bfloat16):
            decoded: torch.Tensor = forward(self._network, tensors, heads, OPS)
        return decoded.float()

    def moved(self, tails: torch.Tensor) -> torch.Tensor:
        """(B, bits) -> (B, 3 M): what the tail adds."""
        return self._coefficients(tails) @ self.basis

    def _coefficients(self, tails: torch.Tensor) -> torch.Tensor:
        empty = tails.new_zeros(len(tails), len(self.basis))
        summed: torch.Tensor = empty.index_add(1, self.which, tails * self.steps.exp())
        return summed

    @torch.no_grad()
    def project(self, first: torch.Tensor, clouds: torch.Tensor) -> torch.Tensor:
        """(B, 3 M), (B, N, 3) -> (B, bits): as `pcbin.coding.encoding.project` finds them."""
        inverse = torch.linalg.inv(self.basis @ self.basis.T)
        tails = first.new_zeros(len(first), len(self.which))
        for _ in range(ROUNDS):
            points = (first + self.moved(tails)).view(len(first), -1, 3)
            wanted = displacement(points, clouds).flatten(1) @ self.basis.T @ inverse
            tails = self._quantised(self._coefficients(tails) + wanted)
        return tails

    def _quantised(self, left: torch.Tensor) -> torch.Tensor:
        tails = left.new_empty(len(left), len(self.which))
        for bits in self._depths:  # the first bits of all coefficients, then the second ones
            which = self.which[bits]
            tails[:, bits] = torch.where(left[:, which] > 0, 1.0, -1.0)
            left[:, which] -= tails[:, bits] * self.steps[bits].exp()
        return tails

    def result(self, averaged: Weights) -> tuple[Weights, Tail]:
        """The weights of the network and the tail, from averages of the parameters by name."""
        weights = {name: averaged[f"weights.{i}"] for i, name in enumerate(self._names)}
        basis, steps = averaged["basis"], averaged["steps"]
        levels = torch.zeros(len(self.which), len(basis))
        levels[torch.arange(len(self.which)), self.which] = steps.exp()
        return weights, Tail(basis.numpy(), levels.numpy())


def tune(
    network: Layers,
    weights: Weights,
    tail: Tail,
    encode: Callable[[npt.NDArray[Any]], npt.NDArray[np.uint8]],
    batches: Batches,
    *,
    default: int,
    steps: int,
    rate: float,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> tuple[Weights, Tail]:
    """The same network and tail, trained by the Chamfer distance of codes that are found by projection.

    network: the decoder's layers up to its last linear one. encode: (B, N, 3) clouds to the (B, head / 8)
    heads of their codes. default: the bits of the tail in half of all codes; the others have random lengths.
    """
    tuned = Tuned(network, weights, tail)
    averaged = {name: p.detach().clone() for name, p in tuned.named_parameters()}
    optimiser = torch.optim.Adam(tuned.parameters(), lr=rate)
    bits = len(tuned.which)
    began = reported = time.monotonic()
    for step in range(steps):
        torch.manual_seed(seed * 1_000_003 + step)
        clouds = batches(step)
        codes = unpack_bits(encode(clouds.numpy()))
        heads = 2 * torch.from_numpy(codes).float() - 1
        heads = torch.where(torch.rand_like(heads) < NOISE, -heads, heads)
        lengths = torch.where(torch.rand(len(heads)) < 0.5, default, _lengths(len(heads), bits))
        with torch.no_grad():
            tails = tuned.project(tuned.first(heads), clouds)
        tails = tails * (torch.arange(bits) < lengths[:, None])
        points = (tuned.first(heads) + tuned.moved(tails)).view(len(heads), -1, 3)
        loss = 1e3 * chamfer(points, clouds).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        progress = step / steps
        cosine = 0.5 * (1 + math.cos(math.pi * progress))
        set_learning_rate(optimiser, rate * min(1.0, (step + 1) / WARMUP) * cosine)
        optimiser.step()
        with torch.no_grad():
            for name, parameter in tuned.named_parameters():
                averaged[name].lerp_(parameter, 1 - min(0.98, (step + 1) / (step + 10)))
        if report is not None and time.monotonic() - reported > REPORT_EVERY_S:
            reported = time.monotonic()
            left = (reported - began) / (step + 1) * (steps - step - 1) / 60
            value = float(loss.detach())
            report(f"residual: step {step + 1:,}/{steps:,}  chamfer_e3 {value:.3f}  ETA {left:.0f} min")
    return tuned.result(averaged)


def _lengths(count: int, bits: int) -> torch.Tensor:
    """(count,) multiples of 8 up to `bits`, as many between 8 and 16 as between 224 and 448."""
    drawn = torch.exp(torch.rand(count) * math.log(bits / 8)) * 8
    return (drawn / 8).round().long() * 8

"""The optimiser, its learning rate, and the running mean of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pcbin.training.autoencoder import Autoencoder
from pcbin.training.recipe import Training


def make_optimiser(autoencoder: Autoencoder, t: Training) -> torch.optim.AdamW:
    """AdamW; weights decay, but neither biases nor the parameters of a prior."""
    priors = {id(p) for p in autoencoder.latent.parameters()}
    decayed = [p for p in autoencoder.parameters() if p.dim() == 2 and id(p) not in priors]
    plain = [p for p in autoencoder.parameters() if p.dim() != 2 or id(p) in priors]
    groups = [
        {"params": decayed, "weight_decay": t.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=t.rate, fused=True)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate


def learning_rate(step: int, t: Training) -> float:
    """Linear warm-up, then a cosine from `rate` to `final_rate`, or the stairs of poster B."""
    if step < t.warmup:
        return t.rate * (step + 1) / t.warmup
    if t.decay_every:
        return max(t.final_rate, t.rate * t.decay ** ((step - t.warmup) // t.decay_every))
    progress = min(1.0, (step - t.warmup) / max(1, t.steps - t.warmup))
    return t.final_rate + (t.rate - t.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))


class AveragedWeights:
    """The exponential moving average of a module's parameters: what is validated and frozen."""

    def __init__(self, module: torch.nn.Module) -> None:
        self._module = module
        self.tensors = {name: p.detach().clone() for name, p in module.named_parameters()}

    @torch.no_grad()
    def update(self, decay: float) -> None:
        for name, parameter in self._module.named_parameters():
            self.tensors[name].lerp_(parameter, 1 - decay)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """The module has the averages inside the block, and its own parameters after it."""
        own = {name: p.detach().clone() for name, p in self._module.named_parameters()}
        self._load(self.tensors)
        yield
        self._load(own)

    @torch.no_grad()
    def _load(self, tensors: dict[str, torch.Tensor]) -> None:
        for name, parameter in self._module.named_parameters():
            parameter.copy_(tensors[name])

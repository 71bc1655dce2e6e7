"""What the training loop asks of the thing that is coded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch

from pcbin.arrays import Float32
from pcbin.training.latents import Latent
from pcbin.training.neighbourhood.features import Features
from pcbin.training.network import Network


class Batch(NamedTuple):
    """What a training step is given."""

    seen: Float32
    """(size, ...): what the encoder is given."""
    target: Float32
    """(size, ...): what the decoder must return."""
    rows: npt.NDArray[np.intp]
    """(size,): which of the training set these are, in the order of `Task.whole`."""
    changed: Float32 | None = None
    """(size, ...): changed copies of what is seen, where the neighbourhood guides those too."""


class Task(Protocol):
    """Data and likelihood of one modality. Arrays of targets have the form of the decoder's output."""

    figure: str
    """What the reconstruction term is called in logs."""
    content: list[dict[str, str | int]]
    """The training sets: "path", and how many "clouds" or "images"."""
    validation: dict[str, np.ndarray]
    """What is held out, by set."""

    def batch(self, size: int, rng: np.random.Generator, progress: float) -> Batch:
        """A random batch. progress: 0 to 1 over the training."""
        ...

    def features(self, deskew: bool) -> Features:
        """What neighbours in the training set are looked for by, in the order of `whole`; copies are changed
        as the recipe says."""
        ...

    def reconstruction(self, decoded: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(B,): the reconstruction term, differentiable in what was decoded."""
        ...

    def whole(self, device: torch.device) -> Iterator[torch.Tensor]:
        """The training set in order, in batches for the encoder."""
        ...

    def evaluate(
        self, network: Network, latent: Latent, held_out: np.ndarray, device: torch.device
    ) -> dict[str, float]:
        """Figures of one held-out set; early stopping minimises the first."""
        ...

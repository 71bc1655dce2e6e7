"""What the training loop asks of a modality."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch

from pcbin.arrays import Codes, Float32
from pcbin.models.model import Model
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.neighbourhood.features import Features


class Batch(NamedTuple):
    """What a training step is given."""

    inputs: Float32
    """(size, ...): what the encoder is given."""
    targets: Float32
    """(size, ...): what the decoder must return."""
    rows: npt.NDArray[np.intp]
    """(size,): which of the training set these are, in the order of `Task.training_inputs`."""
    augmented: Float32 | None = None
    """(size, ...): augmented copies of the inputs, where [neighbourhood] guides those too."""


class Task(Protocol):
    """Data and likelihood of one modality. Arrays of targets have the form of the decoder's output."""

    metric: str
    """The name of the reconstruction term in logs."""
    content: list[dict[str, str | int]]
    """The training sets: "path", and how many "clouds" or "images"."""
    validation: dict[str, np.ndarray]
    """What is held out, by set."""

    def batch(self, size: int, rng: np.random.Generator, progress: float) -> Batch:
        """A random batch. progress: 0 to 1 over the training."""
        ...

    def features(self, deskew: bool) -> Features:
        """What neighbours in the training set are searched by, in the order of `training_inputs`; copies are
        augmented as the recipe says."""
        ...

    def reconstruction(self, decoded: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(B,): the reconstruction term, differentiable in `decoded`."""
        ...

    def training_inputs(self, device: torch.device) -> Iterator[torch.Tensor]:
        """The training set in order, in batches for the encoder."""
        ...

    def evaluate(
        self, autoencoder: Autoencoder, held_out: np.ndarray, device: torch.device
    ) -> dict[str, float]:
        """Metrics of one held-out set; early stopping minimises the first."""
        ...

    def codes(self, model: Model) -> Codes:
        """(n, K / 8) codes of the training set, or of enough of it: the entropy table is fitted to them."""
        ...

    def ranges(self, model: Model) -> dict[str, Any]:
        """What `encode` compares its distortion with, for the model file; nothing for images."""
        ...

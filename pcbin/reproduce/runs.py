"""The recipes of this package, their training runs, and the trained systems."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pcbin.arrays import Float32
from pcbin.training import build, checkpoint, recipe
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.latents import Latent
from pcbin.training.recipe import Recipe
from pcbin.training.train import CHECKPOINT, train

Report = Callable[[str], None]
BATCH_SIZE = 64


@dataclass(frozen=True)
class Run:
    """A training run that a study needs."""

    recipe: Recipe
    folder: Path


@dataclass(frozen=True)
class System:
    """A trained autoencoder with its averaged weights, on the CPU."""

    recipe: Recipe
    autoencoder: Autoencoder
    seconds: float

    @property
    def latent(self) -> Latent:
        return self.autoencoder.latent

    @torch.no_grad()
    def params(self, inputs: Float32) -> torch.Tensor:
        """(S, ...) clouds or images -> (S, outputs): the parameters of the posterior."""
        parts = torch.split(torch.from_numpy(inputs), BATCH_SIZE)
        return torch.cat([self.autoencoder.encode(part) for part in parts])

    @torch.no_grad()
    def decode(self, z: Any) -> Float32:
        """(S, inputs) latents -> (S, ...) clouds, or images from 0 to 1."""
        parts = torch.split(torch.as_tensor(np.asarray(z, dtype=np.float32)), BATCH_SIZE)
        decoded = torch.cat([self.autoencoder.decode(part) for part in parts])
        values: Float32 = (torch.sigmoid(decoded) if self.recipe.decoder.image else decoded).numpy()
        return values


def shipped(name: str) -> Recipe:
    """The recipe `name`.toml of this package."""
    with resources.as_file(resources.files("pcbin.reproduce") / "recipes" / f"{name}.toml") as path:
        return recipe.load(path)


def smaller(plan: Recipe, *, steps: int, widths: int, points: int = 0) -> Recipe:
    """The same system, so small that it trains in seconds (and learns next to nothing)."""
    encoder = dataclasses.replace(plan.encoder, point_widths=(32, widths), widths=(widths,))
    decoder = dataclasses.replace(plan.decoder, widths=(widths,), points=points or plan.decoder.points)
    training = dataclasses.replace(
        plan.train,
        steps=steps,
        warmup=min(plan.train.warmup, steps // 10),
        decay_every=min(plan.train.decay_every, steps),
        validate_every=steps,
        average=0.9,
        points=points or plan.train.points,
        encoder_points=points or plan.train.encoder_points,
    )
    return dataclasses.replace(plan, encoder=encoder, decoder=decoder, train=training)


def trained(runs: Sequence[Run], data: Path, *, device: str, report: Report) -> Iterator[System]:
    """Trains what is not trained yet, one run after another, and yields each as soon as it is done.

    Reports after each run how long the others will take, by the steps that are left.
    """
    began, made = time.monotonic(), 0
    for number, run in enumerate(runs):
        path = run.folder / CHECKPOINT
        before = _steps(path)
        if before < run.recipe.train.steps:
            report(f"run {number + 1} of {len(runs)}: {run.folder.name}")
            train(run.recipe, data, run.folder, device=device, report=lambda line: report("  " + line))
            made += _steps(path) - before
            left = sum(
                other.recipe.train.steps - _steps(other.folder / CHECKPOINT) for other in runs[number + 1 :]
            )
            if made and left:
                report(
                    f"  {left:,} steps in other runs to go, ETA "
                    f"{(time.monotonic() - began) / made * left / 60:.0f} min"
                )
        yield load(run.folder)


def _steps(path: Path) -> int:
    return checkpoint.read(path).state.step if path.exists() else 0


def load(folder: Path) -> System:
    """The system of a run's checkpoint."""
    found = build.load(folder / CHECKPOINT)
    return System(found.recipe, found.autoencoder, found.state.seconds)

"""Checkpoints of a training run: safetensors, no pickle, replaced atomically."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as dump

from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.generation import Generator
from pcbin.training.recipe import Recipe, parse, without_none

MEMORY = "generation/memory"
Scores = dict[str, dict[str, float]]
"""Validation set -> metric -> value."""


@dataclass
class RunState:
    """How far a run is: all that a checkpoint holds beside the tensors."""

    recipe: dict[str, Any]
    """As plain data, see `Recipe.plain`."""
    step: int = 0
    """Steps that are done."""
    best: float = math.inf
    """The lowest validation score."""
    since_best: int = 0
    """Validations since then."""
    seconds: float = 0.0
    """Of training, over all calls."""
    sums: dict[str, float] = field(default_factory=dict)
    """Of the losses since the last line of the log."""
    count: int = 0
    """Of the steps in these sums."""
    validation: Scores | None = None
    """The last scores; None before the first validation."""

    @classmethod
    def from_json(cls, text: str) -> RunState:
        """Keys that an older checkpoint lacks have their defaults. Raises KeyError, TypeError, ValueError."""
        found = json.loads(text)
        if not isinstance(found["recipe"], dict) or type(found["step"]) is not int:
            raise TypeError("its state has no recipe and step")
        return cls(**{f.name: found[f.name] for f in dataclasses.fields(cls) if f.name in found})

    def to_json(self) -> str:
        return json.dumps({name: value for name, value in vars(self).items() if value is not None})

    def plan(self, where: str) -> Recipe:
        """The recipe. Raises InputError that names `where`."""
        return parse(without_none(self.recipe), where)

    def add(self, losses: Mapping[str, torch.Tensor]) -> None:
        """Notes that a step was made, with its scalar losses."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value.detach())
        self.count += 1
        self.step += 1

    def take_means(self) -> dict[str, float]:
        """The mean losses of the steps since the last call."""
        means = {name: total / self.count for name, total in self.sums.items()}
        self.sums, self.count = {}, 0
        return means

    def score(self, scores: Scores) -> None:
        """Notes a validation; the first metric of each set is what shall fall."""
        self.validation = scores
        if scores:
            mean = float(np.mean([next(iter(metrics.values())) for metrics in scores.values()]))
            self.since_best = 0 if mean < self.best else self.since_best + 1
            self.best = min(self.best, mean)

    def stale(self, patience: int) -> bool:
        """Whether so many validations were no better; never for a patience of 0."""
        return 0 < patience <= self.since_best


class Checkpoint(NamedTuple):
    """What a file holds."""

    tensors: dict[str, torch.Tensor]
    """"weights/", "averaged/" and the optimiser's "exp_avg/", "exp_avg_sq/" and "step/" of each parameter;
    "generation/memory" where random codes are trained."""
    state: RunState

    def group(self, prefix: str) -> dict[str, torch.Tensor]:
        """The tensors below `prefix/`, named without it."""
        start = prefix + "/"
        return {name.removeprefix(start): t for name, t in self.tensors.items() if name.startswith(start)}


def save(  # noqa: PLR0917
    path: Path,
    autoencoder: Autoencoder,
    averaged: dict[str, torch.Tensor],
    optimiser: torch.optim.AdamW,
    state: RunState,
    generator: Generator | None = None,
) -> None:
    """Weights, their running mean, the optimiser's moments, the generator's memory and the state of the
    run."""
    tensors = {}
    for name, parameter in autoencoder.named_parameters():
        tensors["weights/" + name] = parameter.detach()
        tensors["averaged/" + name] = averaged[name]
        moments = optimiser.state.get(parameter, {})
        for key in ("exp_avg", "exp_avg_sq", "step"):  # a mixture's steps begin after its first fit
            if key in moments:
                tensors[f"{key}/{name}"] = moments[key]
    if generator is not None and generator.memory is not None:
        tensors[MEMORY] = generator.memory
    write_atomic(path, dump(tensors, metadata={"state": state.to_json()}), overwrite=True)


def read(path: Path) -> Checkpoint:
    """All tensors and the state. Raises InputError for anything that is not a checkpoint."""
    try:
        with safe_open(path, framework="pt") as file:
            state = RunState.from_json(file.metadata()["state"])
            return Checkpoint({name: file.get_tensor(name) for name in file.keys()}, state)  # noqa: SIM118
    except FileNotFoundError:
        raise InputError(f"{path}: no such checkpoint") from None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a checkpoint of pcbin ({error})") from None


def restore(
    path: Path,
    autoencoder: Autoencoder,
    averaged: dict[str, torch.Tensor],
    optimiser: torch.optim.AdamW,
    generator: Generator | None = None,
) -> RunState:
    """Puts a checkpoint back into a run; returns its state."""
    found = read(path)
    weights, means = found.group("weights"), found.group("averaged")
    first, second = found.group("exp_avg"), found.group("exp_avg_sq")
    steps = found.group("step")  # early checkpoints have none: all parameters were trained from the start
    try:
        for name, parameter in autoencoder.named_parameters():
            parameter.data.copy_(weights[name])
            averaged[name].copy_(means[name])
            if name in first:
                optimiser.state[parameter] = {
                    "step": steps.get(name, torch.tensor(float(found.state.step))),
                    "exp_avg": first[name].to(parameter.device),
                    "exp_avg_sq": second[name].to(parameter.device),
                }
    except (KeyError, RuntimeError) as error:
        raise InputError(f"{path}: made by another recipe ({error}); train into another folder") from None
    if generator is not None and MEMORY in found.tensors:
        generator.memory = found.tensors[MEMORY].to(next(autoencoder.parameters()).device)
    return found.state

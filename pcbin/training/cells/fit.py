"""One network's training: a function of the recipe and the data that goes on where it was stopped."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save

from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic
from pcbin.training.optimisation import AveragedWeights, set_learning_rate

SAVE_EVERY_S = 180.0
WARMUP = 200
FINAL = 0.005
"""The rate at the end, as a fraction of that of the beginning."""

Report = Callable[[str], None]


class Fit:
    """A module, its optimiser, and the running mean of its weights over the second half of the steps.

    path: of the checkpoint, which is read if it is there. plan: what a run must agree with to be resumed.
    Raises InputError for the checkpoint of another recipe.
    """

    def __init__(
        self, module: torch.nn.Module, path: Path, *, steps: int, rate: float, average: float, plan: str
    ) -> None:
        self.module, self.step, self.steps = module, 0, steps
        self._path, self._rate, self._average, self._plan = path, rate, average, plan
        self._optimiser = torch.optim.AdamW(module.parameters(), rate, weight_decay=1e-3)
        self.averaged = AveragedWeights(module)
        self._loss = 0.0
        if path.exists():
            self._restore()

    def run(
        self,
        loss: Callable[[np.random.Generator], torch.Tensor],
        validate: Callable[[], str],
        *,
        every: int,
        seed: int,
        report: Report,
    ) -> None:
        """Takes the steps that are left. loss: of a batch that the generator draws; it differs from step to
        step. validate: a line for people, with the averaged weights."""
        saved = began = time.monotonic()
        first = self.step
        while self.step < self.steps:
            value = loss(np.random.default_rng((seed, self.step)))
            self._update(value)
            self.step += 1
            if self.step % every == 0 or self.step == self.steps:
                left = (time.monotonic() - began) / (self.step - first) * (self.steps - self.step)
                with self.averaged.in_use():
                    line = validate()
                name = self._path.stem
                report(
                    f"{name} {self.step:,}/{self.steps:,}  loss {self._loss:.4f}  {line}  "
                    f"ETA {left / 60:.0f} min"
                )
            if time.monotonic() - saved > SAVE_EVERY_S or self.step == self.steps:
                self._save()
                saved = time.monotonic()

    def _update(self, value: torch.Tensor) -> None:
        done = self.step / self.steps
        rate = (
            self._rate
            * min(1, (self.step + 1) / WARMUP)
            * (FINAL + (1 - FINAL) * (1 + math.cos(math.pi * done)) / 2)
        )
        set_learning_rate(self._optimiser, rate)
        self._optimiser.zero_grad()
        torch.autograd.backward([value])
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        self._optimiser.step()
        number = float(value.detach())
        self._loss = number if self.step == 0 else 0.99 * self._loss + 0.01 * number
        self.averaged.update(self._average if 2 * self.step > self.steps else 0.0)

    def _save(self) -> None:
        tensors = {f"mean/{name}": weight for name, weight in self.averaged.tensors.items()}
        for name, weight in self.module.named_parameters():
            state = self._optimiser.state[weight]
            tensors[f"weight/{name}"] = weight.detach()
            tensors |= {f"{kind}/{name}": state[kind] for kind in ("exp_avg", "exp_avg_sq", "step")}
        said = {"step": str(self.step), "loss": repr(self._loss), "plan": self._plan}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._path, save({k: v.contiguous() for k, v in tensors.items()}, said), overwrite=True)

    def _restore(self) -> None:
        with safe_open(self._path, "pt") as file:
            said = file.metadata()
            if said["plan"] != self._plan:
                raise InputError(
                    f"{self._path}: made by another recipe; train into another folder, or delete it"
                )
            self.step, self._loss = int(said["step"]), float(said["loss"])
            with torch.no_grad():
                for name, weight in self.module.named_parameters():
                    weight.copy_(file.get_tensor(f"weight/{name}"))
                    self.averaged.tensors[name].copy_(file.get_tensor(f"mean/{name}"))
                    self._optimiser.state[weight] = {
                        kind: file.get_tensor(f"{kind}/{name}") for kind in ("exp_avg", "exp_avg_sq", "step")
                    }


def plan_of(recipe: dict[str, object]) -> str:
    """What must be the same for a run to be resumed."""
    return json.dumps(recipe, sort_keys=True)


def plan_in(path: Path) -> str:
    """The plan of a checkpoint."""
    return _said(path)["plan"]


def step_in(path: Path) -> int:
    """The steps that a checkpoint has taken."""
    return int(_said(path)["step"])


def _said(path: Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        said: dict[str, str] = file.metadata()
        return said

"""The training loop: from a recipe and a data folder to a checkpoint that `freeze` turns into a model."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from pcbin.errors import InputError
from pcbin.training import checkpoint
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.build import build
from pcbin.training.checkpoint import RunState, Scores
from pcbin.training.generation import Generator
from pcbin.training.latents.mixture import MixtureLatent
from pcbin.training.neighbourhood.pseudo_labels import pseudo_labels
from pcbin.training.objective import Guidance, Objective
from pcbin.training.optimisation import AveragedWeights, learning_rate, make_optimiser, set_learning_rate
from pcbin.training.recipe import Recipe
from pcbin.training.run_log import RunLog
from pcbin.training.tasks import Batch, Task, make_task
from pcbin.training.workers import Workers

CHECKPOINT = "checkpoint.safetensors"
SAVE_EVERY_S = 180.0

Report = Callable[[str], None]


def train(
    recipe: Recipe,
    data: Path,
    folder: Path,
    *,
    device: str = "cpu",
    strict: bool = False,
    tensorboard: bool = False,
    report: Report = print,
) -> Path:
    """Trains into `folder` (checkpoint and log), resuming what is there; returns the checkpoint's path.

    A run is a function of recipe and data: every step draws from its own seed, so a run that was killed and
    resumed sees the same batches. Under `torchrun` every process takes its share of each batch, and the first
    one validates, logs and saves.

    strict: the first file of the data that cannot be used is an error; otherwise such files are skipped, and
    reported.
    Raises InputError for unusable data, a device that does not work, or a folder of another recipe.
    """
    with Workers(device) as workers:
        report = report if workers.first else _silent
        return _train(recipe, data, folder, workers, strict=strict, tensorboard=tensorboard, report=report)


def _train(
    recipe: Recipe,
    data: Path,
    folder: Path,
    workers: Workers,
    *,
    strict: bool,
    tensorboard: bool,
    report: Report,
) -> Path:
    """The training loop. A function of its own, so that nothing holds its modules when the workers part."""
    t = recipe.train
    batch_size = workers.share(t.batch)
    task = make_task(recipe, data, report, strict=strict)
    torch.manual_seed(t.seed)
    autoencoder = build(recipe).to(workers.device)
    generator = Generator(recipe.generation) if recipe.generation.weight else None
    objective = workers.wrap(Objective(autoencoder, recipe, task.reconstruction, generator))
    optimiser = make_optimiser(autoencoder, t)
    averaged = AveragedWeights(autoencoder)
    path = folder / CHECKPOINT
    state = _begin(path, recipe, autoencoder, averaged, optimiser, generator, report)
    report(_summary(recipe, autoencoder, task))
    if state.stale(t.patience):
        report(f"no better for {t.patience} validations: stopped before")
        return path
    clock = _Clock(state)
    clusters = _clusters(recipe, autoencoder, task, folder, workers, report)
    log = RunLog(folder, task.metric, step=state.step, tensorboard=tensorboard) if workers.first else None
    for step in range(state.step, t.steps):
        rng = _seed_step(t.seed, step, workers)
        if autoencoder.latent.pretrain and step == math.ceil(autoencoder.latent.pretrain * t.steps):
            _fit_prior(autoencoder, averaged, task, workers)
            report(f"step {step:,}: the mixture is fitted")
        batch = task.batch(batch_size, rng, step / t.steps)
        loss = objective(*_on_device(batch, clusters, workers.device), step / t.steps)
        optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(autoencoder.parameters(), 10.0)
        set_learning_rate(optimiser, learning_rate(step, t))
        optimiser.step()
        averaged.update(min(t.average, (step + 1) / (step + 10)))  # a short memory at first
        state.add(loss.named(task.metric))
        validated, last = state.step % t.validate_every == 0, state.step == t.steps
        if (validated or last) and log is not None:
            state.score(_evaluate(task, autoencoder, averaged, workers.device))
            means = state.take_means()
            log.write(state.step, clock.seconds, learning_rate(step, t), means, state.validation or {})
            report(_progress(state, means, task.metric, clock.left(state.step, t.steps), t.steps))
        stop = state.stale(t.patience)
        if log is not None and (last or stop or clock.since_lap > SAVE_EVERY_S):
            state.seconds = clock.lap()
            checkpoint.save(path, autoencoder, averaged.tensors, optimiser, state, generator)
        if validated and workers.agree(stop):
            report(f"no better for {t.patience} validations: stopped")
            break
    if log is not None:
        log.close()
    workers.agree(None)  # no process leaves before the last checkpoint is written
    return path


def _silent(_: str) -> None: ...


class _Clock:
    """The time of a run, over all its calls."""

    def __init__(self, state: RunState) -> None:
        self._first = state.step
        self._resumed = self._lap = time.monotonic()
        self._began = self._resumed - state.seconds

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def since_lap(self) -> float:
        return time.monotonic() - self._lap

    def lap(self) -> float:
        """The seconds; `since_lap` begins anew."""
        self._lap = time.monotonic()
        return self.seconds

    def left(self, step: int, steps: int) -> float:
        """The seconds that are expected until the end."""
        return (time.monotonic() - self._resumed) / (step - self._first) * (steps - step)


def _begin(  # noqa: PLR0917
    path: Path,
    recipe: Recipe,
    autoencoder: Autoencoder,
    averaged: AveragedWeights,
    optimiser: torch.optim.AdamW,
    generator: Generator | None,
    report: Report,
) -> RunState:
    """The state of a new run, or of the one whose checkpoint is there, which is put back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = RunState(recipe.plain())
    if not path.exists():
        return new
    state = checkpoint.restore(path, autoencoder, averaged.tensors, optimiser, generator)
    if state.plan(str(path)) != new.plan("recipe"):
        raise InputError(f"{path}: made by another recipe; train into another folder, or delete it")
    report(f"resumed at step {state.step:,}")
    return state


def _seed_step(seed: int, step: int, workers: Workers) -> np.random.Generator:
    """Seeds torch for a step; returns the generator of its batch."""
    torch.manual_seed((seed * 1_000_003 + step) * workers.count + workers.rank)
    return np.random.default_rng((seed, step) if workers.count == 1 else (seed, step, workers.rank))


def _evaluate(
    task: Task, autoencoder: Autoencoder, averaged: AveragedWeights, device: torch.device
) -> Scores:
    """The metrics of each validation set, with the averaged weights."""
    with averaged.in_use():
        return {name: task.evaluate(autoencoder, held, device) for name, held in task.validation.items()}


def _summary(recipe: Recipe, autoencoder: Autoencoder, task: Task) -> str:
    parameters = sum(p.numel() for p in autoencoder.parameters())
    content = [
        f"{n:,} {what} of {c['path']}" for c in task.content for what, n in c.items() if what != "path"
    ]
    return f"{recipe.name}: {parameters:,} parameters, {', '.join(content)}"


def _progress(state: RunState, means: dict[str, float], metric: str, left: float, steps: int) -> str:
    """left: the seconds until the end."""
    scores = " ".join(
        f"{name}: " + " ".join(f"{v:.3f}" for v in metrics.values())
        for name, metrics in (state.validation or {}).items()
    )
    return (
        f"step {state.step:,}/{steps:,}  {metric} {means[metric]:.3f}  kl {means['kl']:.1f}  "
        f"validation {scores or '-'}  ETA {left / 60:.0f} min"
    )


def _clusters(  # noqa: PLR0917
    recipe: Recipe, autoencoder: Autoencoder, task: Task, folder: Path, workers: Workers, report: Report
) -> torch.Tensor | None:
    """(S,) clusters of the training set that guide the training, where the recipe asks for it."""
    latent = autoencoder.latent
    if not isinstance(latent, MixtureLatent) or not recipe.neighbourhood.weight:
        return None
    found = None
    if workers.first:
        found = pseudo_labels(recipe, latent.components, task, folder, report=report)
    return torch.from_numpy(workers.agree(found)).to(workers.device)


def _on_device(
    batch: Batch, clusters: torch.Tensor | None, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, Guidance | None]:
    """The inputs, targets and guidance of a batch."""
    inputs, targets = (torch.from_numpy(array).to(device) for array in (batch.inputs, batch.targets))
    if clusters is None:
        return inputs, targets, None
    copies = None if batch.augmented is None else torch.from_numpy(batch.augmented).to(device)
    return inputs, targets, Guidance(clusters[torch.from_numpy(batch.rows).to(device)], copies)


@torch.no_grad()
def _fit_prior(autoencoder: Autoencoder, averaged: AveragedWeights, task: Task, workers: Workers) -> None:
    """Lets the latent fit its prior to what the encoder gives, as VaDE does after its pre-training.

    The training goes on from the averaged weights: their latents are the steadier ones to fit to.
    """
    latent = autoencoder.latent
    autoencoder.load(averaged.tensors)
    encoded = torch.cat([autoencoder.encode(inputs) for inputs in task.training_inputs(workers.device)])
    latent.fit_prior(encoded)
    latent.load_state_dict(workers.agree(latent.state_dict()))
    for name, parameter in latent.named_parameters():
        averaged.tensors[f"latent.{name}"].copy_(parameter)

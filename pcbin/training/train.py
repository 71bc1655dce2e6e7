"""The training loop: from a recipe and a data folder to a checkpoint that `freeze` turns into a model."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from pcbin.errors import InputError
from pcbin.models.layers import image_decoder, image_encoder, mlp, pointnet
from pcbin.training import checkpoint
from pcbin.training.checkpoint import RunState, Scores
from pcbin.training.latents import Latent, make_latent
from pcbin.training.latents.mixture import MixtureLatent
from pcbin.training.neighbourhood.pseudo_labels import pseudo_labels
from pcbin.training.network import Network
from pcbin.training.objective import Guidance, Objective
from pcbin.training.recipe import Recipe
from pcbin.training.run_log import RunLog
from pcbin.training.tasks import Batch, Task, make_task
from pcbin.training.workers import Workers

CHECKPOINT = "checkpoint.safetensors"
SAVE_EVERY_S = 180.0


def build(recipe: Recipe) -> tuple[Network, Latent]:
    """The untrained network and latent of a recipe."""
    latent = make_latent(recipe.latent.kind, recipe.latent.size, **recipe.latent.options)
    if recipe.residual.bits:  # `freeze` fits it, but nobody wants to hear then that it cannot
        _check_residual(recipe, latent)
    if recipe.neighbourhood.weight:
        _check_neighbourhood(recipe, latent)
    e, d = recipe.encoder, recipe.decoder
    if d.image:
        height, width = d.image
        encoder = image_encoder(height, width, e.widths, latent.outputs, norm=e.norm)
        decoder = image_decoder(latent.inputs, d.widths, height, width, blocks=d.blocks)
    else:
        encoder = pointnet(e.point_widths, e.widths, latent.outputs)
        decoder = mlp(latent.inputs, d.widths, d.points, blocks=d.blocks)
    return Network(encoder, decoder, latent), latent


def _check_neighbourhood(recipe: Recipe, latent: Latent) -> None:
    """Raises InputError where [neighbourhood] cannot guide this latent."""
    n, where = recipe.neighbourhood, f"recipe {recipe.name!r}: [neighbourhood]"
    if not isinstance(latent, MixtureLatent):
        raise InputError(f"{where} needs a latent with clusters: bernoulli-mixture or gaussian-mixture")
    if len(n.eigenvectors) != 2 or n.eigenvectors[0] > n.eigenvectors[1]:
        raise InputError(f"{where} eigenvectors = {list(n.eigenvectors)}; use [first, last]")
    if recipe.augment.splice:
        raise InputError(f"{where} needs splice = 0 in [augment]: a spliced shape has two clusters")


def _check_residual(recipe: Recipe, latent: Latent) -> None:
    """Raises InputError where [residual] cannot be put behind this latent and decoder."""
    r, where = recipe.residual, f"recipe {recipe.name!r}: [residual]"
    if recipe.decoder.image or not recipe.decoder.widths or latent.bit_values != (-1.0, 1.0):
        raise InputError(f"{where} needs a bernoulli latent, and a decoder of clouds with hidden layers")
    if not 8 <= r.head <= latent.size or any(n % 8 for n in (r.head, r.bits, r.default)):
        raise InputError(f"{where} needs multiples of 8, and a head of at most the latent's size")
    if not r.head <= r.default <= r.bits or r.bits == r.head:
        raise InputError(f"{where} needs more bits than its head, and a default between the two")


def rate_at(step: int, recipe: Recipe) -> float:
    """Linear warm-up, then a cosine from `rate` to `final_rate`, or the stairs of poster B."""
    t = recipe.train
    if step < t.warmup:
        return t.rate * (step + 1) / t.warmup
    if t.decay_every:
        return max(t.final_rate, t.rate * t.decay ** ((step - t.warmup) // t.decay_every))
    progress = min(1.0, (step - t.warmup) / max(1, t.steps - t.warmup))
    return t.final_rate + (t.rate - t.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))


def train(  # noqa: PLR0915 - a run from its first line to its last, to be read in one sitting
    recipe: Recipe,
    data: Path,
    folder: Path,
    *,
    device: str = "cpu",
    tensorboard: bool = False,
    report: Callable[[str], None] = print,
) -> Path:
    """Trains into `folder` (checkpoint and log), resuming what is there; returns the checkpoint's path.

    A run is a function of recipe and data: every step draws from its own seed, so a run that was killed and
    resumed sees the same batches. Under `torchrun` every process takes its part of each batch, and the first
    one validates, logs and saves.
    Raises InputError for unusable data, a device that does not work, or a folder of another recipe.
    """
    t = recipe.train
    workers = Workers(device)
    report = report if workers.first else _silent
    share = workers.share(t.batch)
    task = make_task(recipe, data, report)
    torch.manual_seed(t.seed)
    network, latent = build(recipe)
    network.to(workers.device)
    objective = workers.wrap(
        Objective(network, latent, recipe.objective, task.reconstruction, recipe.neighbourhood)
    )
    optimiser = _optimiser(network, latent, recipe)
    averaged = {name: p.detach().clone() for name, p in network.named_parameters()}
    state = RunState(json.loads(json.dumps(dataclasses.asdict(recipe))))  # as a checkpoint gives it back
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CHECKPOINT
    if path.exists():
        fresh, state = state, checkpoint.restore(path, network, averaged, optimiser)
        if state.plan(str(path)) != fresh.plan("recipe"):
            raise InputError(f"{path}: made by another recipe; train into another folder, or delete it")
        report(f"resumed at step {state.step:,}")
    count = sum(p.numel() for p in network.parameters())
    content = [
        f"{n:,} {what} of {c['path']}" for c in task.content for what, n in c.items() if what != "path"
    ]
    report(f"{recipe.name}: {count:,} parameters, {', '.join(content)}")
    if t.patience and state.since_best >= t.patience:
        report(f"no better for {t.patience} validations: stopped before")
        workers.close()
        return path
    began = time.monotonic() - state.seconds
    clusters = _clusters(recipe, latent, task, folder, workers, report=report)
    log = RunLog(folder, task.metric, step=state.step, tensorboard=tensorboard) if workers.first else None
    first, resumed = state.step, time.monotonic()
    saved = resumed
    for step in range(first, t.steps):
        rng = np.random.default_rng((t.seed, step) if workers.count == 1 else (t.seed, step, workers.rank))
        torch.manual_seed((t.seed * 1_000_003 + step) * workers.count + workers.rank)
        if latent.pretrain and step == math.ceil(latent.pretrain * t.steps):
            _start(latent, network, averaged, task, workers)
            report(f"step {step:,}: the mixture is fitted")
        batch = task.batch(share, rng, step / t.steps)
        inputs, targets = (torch.from_numpy(x).to(workers.device) for x in (batch.inputs, batch.targets))
        loss = objective(inputs, targets, step / t.steps, _guidance(batch, clusters, workers))
        optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, recipe)
        optimiser.step()
        _average(averaged, network, min(t.average, (step + 1) / (step + 10)))  # a short memory at first
        parts = {"total": loss.total, task.metric: loss.reconstruction, "kl": loss.kl}
        parts |= {f"term {name}": value for name, value in loss.terms.items()}
        parts |= {"term guidance": loss.guidance} if clusters is not None else {}
        state.add(parts)
        state.step = step + 1
        last = step + 1 == t.steps
        if ((step + 1) % t.validate_every == 0 or last) and log is not None:
            scores = _validate(network, averaged, latent, task, workers.device)
            state.score(scores)
            state.seconds = time.monotonic() - began
            means = state.take_means()
            log.write(step + 1, state.seconds, rate_at(step, recipe), means, scores)
            left = (time.monotonic() - resumed) / (step + 1 - first) * (t.steps - step - 1)
            shown = " ".join(f"{n}: " + " ".join(f"{v:.3f}" for v in s.values()) for n, s in scores.items())
            report(f"step {step + 1:,}/{t.steps:,}  {task.metric} {means[task.metric]:.3f}  "
                   f"kl {means['kl']:.1f}  validation {shown or '-'}  ETA {left / 60:.0f} min")  # fmt: skip
        stop = bool(t.patience) and state.since_best >= t.patience
        if log is not None and (last or stop or time.monotonic() - saved > SAVE_EVERY_S):
            state.seconds = time.monotonic() - began
            checkpoint.save(path, network, averaged, optimiser, state)
            saved = time.monotonic()
        if (step + 1) % t.validate_every == 0 and workers.agree(stop):
            report(f"no better for {t.patience} validations: stopped")
            break
    if log is not None:
        log.close()
    workers.agree(None)  # no process leaves before the last checkpoint is written
    workers.close()
    return path


def _clusters(
    recipe: Recipe,
    latent: Latent,
    task: Task,
    folder: Path,
    workers: Workers,
    *,
    report: Callable[[str], None],
) -> torch.Tensor | None:
    """(S,) clusters of the training set that guide the training, where the recipe asks for it."""
    if not isinstance(latent, MixtureLatent) or not recipe.neighbourhood.weight:
        return None
    found = None
    if workers.first:
        found = pseudo_labels(recipe, latent.components, task, folder, report=report)
    return torch.from_numpy(workers.agree(found)).to(workers.device)


def _guidance(batch: Batch, clusters: torch.Tensor | None, workers: Workers) -> Guidance | None:
    if clusters is None:
        return None
    copies = None if batch.augmented is None else torch.from_numpy(batch.augmented).to(workers.device)
    return Guidance(clusters[torch.from_numpy(batch.rows).to(workers.device)], copies)


def _silent(_: str) -> None: ...


def _optimiser(network: Network, latent: Latent, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW; weights decay, but neither biases nor the parameters of a prior."""
    priors = {id(p) for p in latent.parameters()}
    decayed = [p for p in network.parameters() if p.dim() == 2 and id(p) not in priors]
    plain = [p for p in network.parameters() if p.dim() != 2 or id(p) in priors]
    groups = [
        {"params": decayed, "weight_decay": recipe.train.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.train.rate, fused=True)


@torch.no_grad()
def _start(
    latent: Latent, network: Network, averaged: dict[str, torch.Tensor], task: Task, workers: Workers
) -> None:
    """Lets the latent fit its prior to what the encoder gives, as VaDE does behind its pre-training.

    The training goes on from the averaged weights: their latents are the steadier ones to fit to.
    """
    _assign(network, averaged)
    encoded = torch.cat([network.encode(inputs) for inputs in task.training_inputs(workers.device)])
    latent.fit_prior(encoded)
    latent.load_state_dict(workers.agree(latent.state_dict()))
    for name, parameter in network.named_parameters():
        if name.startswith("latent."):
            averaged[name].copy_(parameter)


@torch.no_grad()
def _average(averaged: dict[str, torch.Tensor], network: Network, decay: float) -> None:
    for name, parameter in network.named_parameters():
        averaged[name].lerp_(parameter, 1 - decay)


def _validate(
    network: Network, averaged: dict[str, torch.Tensor], latent: Latent, task: Task, device: torch.device
) -> Scores:
    """Each validation set's scores with the averaged weights, which are what `freeze` takes."""
    training = {name: p.detach().clone() for name, p in network.named_parameters()}
    _assign(network, averaged)
    scores = {name: task.evaluate(network, latent, held, device) for name, held in task.validation.items()}
    _assign(network, training)
    return scores


@torch.no_grad()
def _assign(network: Network, tensors: dict[str, torch.Tensor]) -> None:
    for name, parameter in network.named_parameters():
        parameter.copy_(tensors[name])

"""The training loop: from a recipe and a data folder to a checkpoint that `freeze` turns into a model."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic
from pcbin.models import checkpoint, datasets
from pcbin.models.augment import renormalise
from pcbin.models.chamfer import chamfer
from pcbin.models.data import CloudSet, batch, hold_out
from pcbin.models.latents import Latent, make_latent
from pcbin.models.layers import mlp, pointnet
from pcbin.models.network import Network
from pcbin.models.objective import objective
from pcbin.models.recipe import Recipe, Source, without_none

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.csv"
SAVE_EVERY_S = 180.0
REPORT_EVERY_S = 10.0


def build(recipe: Recipe) -> tuple[Network, Latent]:
    """The untrained network and latent of a recipe."""
    latent = make_latent(recipe.latent.kind, recipe.latent.size, **recipe.latent.options)
    encoder = pointnet(recipe.encoder.point_widths, recipe.encoder.widths, latent.outputs)
    decoder = mlp(latent.inputs, recipe.decoder.widths, recipe.decoder.points, blocks=recipe.decoder.blocks)
    return Network(encoder, decoder, latent), latent


def load_data(
    recipe: Recipe, folder: Path, report: Callable[[str], None] | None = None
) -> tuple[list[CloudSet], dict[str, np.ndarray]]:
    """The training sets, and the validation clouds (V, P, 3) of each set that holds some out.

    report: gets a line now and then while many files are read.
    """
    if not recipe.data:
        raise InputError(f"recipe {recipe.name!r}: no data; add a [[data]] table with a path")
    sets: list[CloudSet] = []
    validation = {}
    for source in recipe.data:
        path = folder / source.path
        shapes = datasets.load(
            path,
            split=source.split,
            classes=source.classes,
            points=recipe.train.points,
            seed=recipe.train.seed,
            progress=None if report is None else _progress(source.path, report),
        )
        name = _name(source, {s.name for s in sets})
        held = hold_out(shapes.groups, source.validation, recipe.train.seed)
        if held.any():
            validation[name] = shapes.points[held]
        if held.all():
            raise InputError(f"{path}: all shapes are held out for validation; lower validation")
        final = source.weight if source.final_weight is None else source.final_weight
        sets.append(CloudSet(name, shapes.points[~held], source.weight, final))
    if not (sum(s.weight for s in sets) and sum(s.final_weight for s in sets)):
        raise InputError(
            f"recipe {recipe.name!r}: the weights of its [[data]] are all 0; give one set a weight"
        )
    return sets, validation


def _name(source: Source, taken: set[str]) -> str:
    """What messages call a set: its path, with what tells it from other sets of the path."""
    name = source.path + (f" ({', '.join(source.classes)})" if source.classes else "")
    number = 2
    while name in taken:
        name = f"{name.split(' #')[0]} #{number}"
        number += 1
    return name


def _progress(name: str, report: Callable[[str], None]) -> datasets.Progress:
    """Reports the reading of a set's files, not more often than every REPORT_EVERY_S."""
    last = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT_EVERY_S:
            last = time.monotonic()
            report(f"{name}: {done:,} of {total:,} files read")

    return progress


def rate_at(step: int, recipe: Recipe) -> float:
    """Linear warm-up, then a cosine from `rate` to `final_rate`."""
    t = recipe.train
    if step < t.warmup:
        return t.rate * (step + 1) / t.warmup
    progress = min(1.0, (step - t.warmup) / max(1, t.steps - t.warmup))
    return t.final_rate + (t.rate - t.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))


@torch.no_grad()
def evaluate(
    network: Network, latent: Latent, clouds: np.ndarray, device: torch.device, points: int
) -> dict[str, float]:
    """Mean Chamfer x 1e3 of (S, P, 3) clouds, from the latent's mean and, where it has one, its binary
    code.
    """
    sums: dict[str, float] = {}
    for start in range(0, len(clouds), 32):
        some = [renormalise(cloud[:points].astype(np.float32)) for cloud in clouds[start : start + 32]]
        seen = torch.from_numpy(np.stack(some)).to(device)
        params = network.encode(seen)
        codes = {"chamfer_e3": latent.binary(params) if latent.bit_values else latent.mean(params)}
        if latent.thresholded:
            codes["chamfer_e3_continuous"] = latent.mean(params)
        for name, z in codes.items():
            sums[name] = sums.get(name, 0.0) + 1e3 * float(chamfer(network.decode(z), seen).sum())
    return {name: total / len(clouds) for name, total in sums.items()}


def train(  # noqa: PLR0915 - a run from its first line to its last, to be read in one sitting
    recipe: Recipe,
    data: Path,
    folder: Path,
    *,
    device: str = "cpu",
    report: Callable[[str], None] = print,
) -> Path:
    """Trains into `folder` (checkpoint and log), resuming what is there; returns the checkpoint's path.

    A run is a function of recipe and data: every step draws from its own seed, so a run that was killed and
    resumed sees the same batches. Raises InputError for unusable data or a folder of another recipe.
    """
    t = recipe.train
    place = _device(device)
    sets, validation = load_data(recipe, data, report)
    torch.manual_seed(t.seed)
    network, latent = build(recipe)
    network.to(place)
    decayed = [p for p in network.parameters() if p.dim() == 2]
    plain = [p for p in network.parameters() if p.dim() != 2]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": t.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=t.rate,
    )
    averaged = {name: p.detach().clone() for name, p in network.named_parameters()}
    state: dict[str, Any] = {
        "recipe": dataclasses.asdict(recipe),
        "step": 0,
        "best": math.inf,
        "since_best": 0,
        "seconds": 0.0,
        "sums": [0.0, 0.0, 0.0],  # of the loss's parts since the last line of the log
        "count": 0,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CHECKPOINT
    if path.exists():
        found = checkpoint.restore(path, network, averaged, optimiser)
        # without what is None: a key that came after the checkpoint is no difference
        if without_none(found["recipe"]) != without_none(json.loads(json.dumps(state["recipe"]))):
            raise InputError(f"{path}: made by another recipe; train into another folder, or delete it")
        state |= found
        report(f"resumed at step {state['step']:,}")
    report(
        f"{recipe.name}: {sum(p.numel() for p in network.parameters()):,} parameters, "
        + ", ".join(f"{len(s):,} clouds of {s.name}" for s in sets)
    )
    if t.patience and state["since_best"] >= t.patience:
        report(f"no better for {t.patience} validations: stopped before")
        return path
    _cut_log(folder / LOG, state["step"])
    with (folder / LOG).open("a", newline="", encoding="utf-8") as log_file:
        log = csv.writer(log_file)
        began, saved = time.monotonic() - state["seconds"], time.monotonic()
        sums, count = np.array(state["sums"]), state["count"]
        first = state["step"]
        resumed = time.monotonic()
        for step in range(first, t.steps):
            rng = np.random.default_rng((t.seed, step))
            torch.manual_seed(t.seed * 1_000_003 + step)
            clouds = batch(sets, t.batch, t.points, recipe.augment, rng, progress=step / t.steps)
            target = torch.from_numpy(clouds).to(place)
            seen = target[:, torch.from_numpy(rng.permutation(t.points)[: t.encoder_points]).to(place)]
            loss = objective(network, latent, recipe.objective, seen, target, step / t.steps)
            optimiser.zero_grad(set_to_none=True)
            loss.total.backward()  # type: ignore[no-untyped-call, unused-ignore]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            for group in optimiser.param_groups:
                group["lr"] = rate_at(step, recipe)
            optimiser.step()
            decay = min(t.average, (step + 1) / (step + 10))  # a short memory at first
            with torch.no_grad():
                for name, parameter in network.named_parameters():
                    averaged[name].lerp_(parameter, 1 - decay)
            sums += [float(part.detach()) for part in loss[:3]]
            count += 1
            state["step"] = step + 1
            last = step + 1 == t.steps
            if (step + 1) % t.validate_every == 0 or last:
                scores = _validate(network, averaged, latent, validation, place, t.points)
                state["seconds"] = time.monotonic() - began
                state["validation"] = scores
                mean = float(np.mean([s["chamfer_e3"] for s in scores.values()])) if scores else math.nan
                total, distance, kl = sums / count
                log.writerow([step + 1, f"{state['seconds']:.1f}", f"{rate_at(step, recipe):.2e}"]
                             + [f"{v:.4f}" for v in (total, distance, kl)]
                             + [json.dumps(scores)])  # fmt: skip
                log_file.flush()
                left = (time.monotonic() - resumed) / (step + 1 - first) * (t.steps - step - 1)
                shown = " ".join(
                    f"{n}: " + " ".join(f"{v:.3f}" for v in s.values()) for n, s in scores.items()
                )
                report(f"step {step + 1:,}/{t.steps:,}  chamfer_e3 {distance:.3f}  kl {kl:.1f}  "
                       f"validation {shown or '-'}  ETA {left / 60:.0f} min")  # fmt: skip
                sums, count = np.zeros(3), 0
                if scores:
                    state["since_best"] = 0 if mean < state["best"] else state["since_best"] + 1
                    state["best"] = min(state["best"], mean)
            stop = bool(t.patience) and state["since_best"] >= t.patience
            if last or stop or time.monotonic() - saved > SAVE_EVERY_S:
                state |= {"seconds": time.monotonic() - began, "sums": sums.tolist(), "count": count}
                checkpoint.save(path, network, averaged, optimiser, state)
                saved = time.monotonic()
            if stop:
                report(f"no better for {t.patience} validations: stopped")
                break
    return path


LOG_HEADER = ["step", "seconds", "rate", "total", "chamfer_e3", "kl", "validation"]


def _cut_log(path: Path, step: int) -> None:
    """Takes the lines behind `step` out of a log: a killed run wrote more of them than its checkpoint
    knows.
    """
    rows = [LOG_HEADER]
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            found = [row for row in csv.reader(file) if len(row) == len(LOG_HEADER)]
        rows += [row for row in found if row[0].isdigit() and int(row[0]) <= step]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    write_atomic(path, text.getvalue().encode(), overwrite=True)


def _device(name: str) -> torch.device:
    """The torch device of that name, tried out."""
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"device {name!r}: {first}; use 'cpu', or 'cuda' on a machine with CUDA") from None


def _validate(  # noqa: PLR0917
    network: Network,
    averaged: dict[str, torch.Tensor],
    latent: Latent,
    validation: dict[str, np.ndarray],
    device: torch.device,
    points: int,
) -> dict[str, dict[str, float]]:
    """Each validation set's scores with the averaged weights, which are what `freeze` takes."""
    training = {name: p.detach().clone() for name, p in network.named_parameters()}
    _assign(network, averaged)
    scores = {name: evaluate(network, latent, clouds, device, points) for name, clouds in validation.items()}
    _assign(network, training)
    return scores


@torch.no_grad()
def _assign(network: Network, tensors: dict[str, torch.Tensor]) -> None:
    for name, parameter in network.named_parameters():
        parameter.copy_(tensors[name])

"""What `freeze` puts behind a trained network: the tail of a residual code, fitted and trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.layers import Layer, linear
from pcbin.models.model import Model
from pcbin.models.weights import stored
from pcbin.training.batches import batch
from pcbin.training.recipe import Recipe
from pcbin.training.tail_fit import Residual, fit_residual
from pcbin.training.tasks import CloudTask

Weights = dict[str, torch.Tensor]
AUGMENTED = 0.0
"""The progress that training clouds are drawn at for the fit: all of the augmentation, sets as at first."""
TUNED = 0.5


def with_residual(
    model: dict[str, Any],
    weights: Weights,
    plan: Recipe,
    task: CloudTask,
    report: Callable[[str], None] | None = None,
) -> tuple[dict[str, Any], Weights]:
    """A model's description and weights with the latent cut to the head of its codes, and a tail behind it.

    `pcbin.training.build` has checked that the recipe's [residual] fits the latent.
    """
    r = plan.residual
    shortest = min(int(model.get("nested", {}).get("shortest", r.head)), r.head)
    model, weights = _cut(model, weights, r.head, shortest)
    head = Model(load_model(dump_model(model, {}, stored(_arrays(weights), plan.name))))
    if report is not None:
        report(f"residual: fitting {r.components} components to {r.clouds:,} clouds")
    rng = np.random.default_rng(plan.train.seed)
    clouds, _ = batch(task.sets, r.clouds, plan.train.points, plan.augment, rng, progress=AUGMENTED)
    residual = fit_residual(head, clouds, bits=r.bits - r.head, components=r.components)
    if r.tuning:
        weights, residual = _tuned(model, weights, residual, plan, task, head, report)
    tail, added = _tail(residual, r.head)
    network = [{"op": "take", "start": 0, "stop": r.head}, *model["decoder"][:-1]]
    description = {
        "bits": r.bits,
        "residual": {"head": r.head},
        "nested": {"shortest": shortest, "default": r.default},
        "decoder": [{"op": "sum", "branches": [network, tail]}, model["decoder"][-1]],
    }
    return {**model, **description}, {**weights, **added}


def _cut(model: dict[str, Any], weights: Weights, head: int, shortest: int) -> tuple[dict[str, Any], Weights]:
    """The same with codes of the first `head` bits alone; bits that are missing count as 0."""
    decoder = [dict(layer) for layer in model["decoder"]]
    first = decoder[0]["name"] + "/weight"
    cut = {
        "encoder/out/weight": weights["encoder/out/weight"][:head],
        "encoder/out/bias": weights["encoder/out/bias"][:head],
        first: weights[first][:, :head],
    }
    decoder[0]["inputs"] = head
    encoder = [*model["encoder"][:-1], {**model["encoder"][-1], "outputs": head}]
    nested = {"shortest": shortest, "default": head}
    return {**model, "bits": head, "encoder": encoder, "decoder": decoder, "nested": nested}, {
        **weights,
        **cut,
    }


def _tuned(  # noqa: PLR0917
    model: dict[str, Any],
    weights: Weights,
    residual: Residual,
    plan: Recipe,
    task: CloudTask,
    head: Model,
    report: Callable[[str], None] | None,
) -> tuple[Weights, Residual]:
    from pcbin.training.tail_tune import tune

    t, r = plan.train, plan.residual

    def batches(step: int) -> torch.Tensor:
        rng = np.random.default_rng((t.seed, t.steps + step))
        clouds, _ = batch(task.sets, t.batch, t.points, plan.augment, rng, progress=TUNED)
        return torch.from_numpy(clouds)

    found, residual = tune(
        model["decoder"][:-1],
        weights,
        residual,
        lambda clouds: head.encode(clouds[:, : t.encoder_points]),
        batches,
        default=r.default - r.head,
        steps=r.tuning,
        rate=r.rate,
        seed=t.seed,
        report=report,
    )
    return {**weights, **found}, residual


def _tail(residual: Residual, head: int) -> tuple[list[Layer], Weights]:
    """The layers of the tail, and their weights."""
    bits, count = residual.levels.shape
    size = residual.basis.shape[1]
    layers = [
        {"op": "take", "start": head, "stop": head + bits},
        linear("decoder/levels", bits, count),
        linear("decoder/basis", count, size),
    ]
    return layers, {
        "decoder/levels/weight": torch.from_numpy(residual.levels.T.copy()),
        "decoder/levels/bias": torch.zeros(count),
        "decoder/basis/weight": torch.from_numpy(residual.basis.T.copy()),
        "decoder/basis/bias": torch.zeros(size),
    }


def _arrays(weights: Weights) -> dict[str, Any]:
    return {name: tensor.contiguous().numpy() for name, tensor in weights.items()}

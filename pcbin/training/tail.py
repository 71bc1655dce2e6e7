"""What `freeze` adds to a trained network: the tail of its codes, fitted and trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Linear, Sum, Take
from pcbin.models.model import Model
from pcbin.training.autoencoder import Weights, quantised
from pcbin.training.batches import batch
from pcbin.training.recipe import Recipe
from pcbin.training.tail_fit import Tail, fit_tail
from pcbin.training.tasks import CloudTask

AUGMENTED = 0.0
"""The progress at which clouds are drawn for the fit: all of the augmentation, sets as at first."""
TUNED = 0.5
"""The same for the tuning."""


def attach_tail(
    description: ModelDescription,
    weights: Weights,
    recipe: Recipe,
    task: CloudTask,
    report: Callable[[str], None] | None = None,
) -> tuple[ModelDescription, Weights]:
    """A model's description and weights with the latent cut to the head of its codes, and a tail after it.

    `pcbin.training.build` has checked that the recipe's [residual] fits the latent.
    """
    r = recipe.residual
    description, weights = _cut(description, weights, r.head)
    head = Model.from_parts(description, {}, quantised(weights, recipe.name))
    if report is not None:
        report(f"residual: fitting {r.components} components to {r.clouds:,} clouds")
    rng = np.random.default_rng(recipe.train.seed)
    clouds, _ = batch(task.sets, r.clouds, recipe.train.points, recipe.augment, rng, progress=AUGMENTED)
    tail = fit_tail(head, clouds, bits=r.bits - r.head, components=r.components)
    if r.tuning:
        weights, tail = _tuned(head, weights, tail, recipe, task, report)
    *network, shape = description.decoder
    bits, (count, size) = r.bits - r.head, tail.basis.shape
    levels, basis = Linear("decoder/levels", bits, count), Linear("decoder/basis", count, size)
    branches = ((Take(0, r.head), *network), (Take(r.head, r.bits), levels, basis))
    description = replace(
        description,
        lengths=CodeLengths(description.lengths.shortest, r.default, r.bits),
        decoder=(Sum(branches), shape),
    )
    return description, {
        **weights,
        "decoder/levels/weight": torch.from_numpy(tail.levels.T.copy()),
        "decoder/levels/bias": torch.zeros(count),
        "decoder/basis/weight": torch.from_numpy(tail.basis.T.copy()),
        "decoder/basis/bias": torch.zeros(size),
    }


def _cut(description: ModelDescription, weights: Weights, head: int) -> tuple[ModelDescription, Weights]:
    """The same with codes of the first `head` bits alone; bits that are missing count as 0."""
    *encoder, last = description.encoder
    first, *decoder = description.decoder
    assert isinstance(first, Linear)
    assert isinstance(last, Linear)
    weight = f"{first.name}/weight"
    cut = {
        "encoder/out/weight": weights["encoder/out/weight"][:head],
        "encoder/out/bias": weights["encoder/out/bias"][:head],
        weight: weights[weight][:, :head],
    }
    return replace(
        description,
        lengths=CodeLengths(min(description.lengths.shortest, head), head, head),
        head=head,
        encoder=(*encoder, replace(last, outputs=head)),
        decoder=(replace(first, inputs=head), *decoder),
    ), {**weights, **cut}


def _tuned(  # noqa: PLR0917
    head: Model,
    weights: Weights,
    tail: Tail,
    recipe: Recipe,
    task: CloudTask,
    report: Callable[[str], None] | None,
) -> tuple[Weights, Tail]:
    """The decoder's weights and the tail, trained together; head: the model whose codes are all head."""
    from pcbin.training.tail_tune import tune

    t, r = recipe.train, recipe.residual

    def batches(step: int) -> torch.Tensor:
        rng = np.random.default_rng((t.seed, t.steps + step))
        clouds, _ = batch(task.sets, t.batch, t.points, recipe.augment, rng, progress=TUNED)
        return torch.from_numpy(clouds)

    found, tail = tune(
        head.description.decoder[:-1],
        weights,
        tail,
        lambda clouds: head.encode(clouds[:, : t.encoder_points]),
        batches,
        default=r.default - r.head,
        steps=r.tuning,
        rate=r.rate,
        seed=t.seed,
        report=report,
    )
    return {**weights, **found}, tail

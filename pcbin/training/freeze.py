"""From a training checkpoint to a frozen model: averaged weights in half precision, ready for NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from pcbin._version import __version__
from pcbin.errors import InputError
from pcbin.formats.model_file import dump_model
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Linear, Sigmoid
from pcbin.models.model import Model
from pcbin.training.autoencoder import Autoencoder, Weights, quantised
from pcbin.training.build import Trained, load
from pcbin.training.entropy_fit import fit_table
from pcbin.training.latents import Latent
from pcbin.training.latents.bernoulli_mixture import BernoulliMixture
from pcbin.training.recipe import Recipe
from pcbin.training.tail import attach_tail
from pcbin.training.tasks import CloudTask, Task, make_task

Tensors = dict[str, npt.NDArray[Any]]


def freeze(
    path: Path, data: Path | None, *, name: str | None = None, report: Callable[[str], None] | None = None
) -> bytes:
    """The bytes of the frozen model of a checkpoint.

    data: the folder that the run was trained on. From it the file gets the range of Chamfer distances that
    tells `encode` when a cloud is unlike the training set, and the table for entropy coding, which is part of
    the model's identity; None leaves both out.
    Raises InputError for a checkpoint whose latent is not binary or whose code is no multiple of 8 bits.
    """
    run = load(path)
    _check_finished(run, path)
    task = None if data is None else make_task(run.recipe, data)
    weights = _fold_logits(run.autoencoder)
    description = _describe(run.recipe, run.autoencoder)
    if run.recipe.residual.bits:
        if not isinstance(task, CloudTask):
            raise InputError(f"{path}: a residual is fitted to clouds; pass the folder of the training data")
        description, weights = attach_tail(description, weights, run.recipe, task, report)
    tensors = quantised(weights, str(path))
    description, tensors = _add_mixture(description, tensors, run.autoencoder.latent)
    info = _info(run, name)
    if task is not None:
        model = Model.from_parts(description, info, tensors)
        description, tensors = _add_entropy_table(description, tensors, model, task)
        info |= {"training_set": task.content, **task.ranges(model)}
    return dump_model(description.document(), info, tensors)


def _check_finished(run: Trained, path: Path) -> None:
    """Raises InputError where the code is no multiple of 8 bits, or its mixture is still to come."""
    if run.recipe.latent.size % 8:
        raise InputError(f"{path}: {run.recipe.latent.size} bits; a code has a multiple of 8")
    if run.state.step <= run.autoencoder.latent.pretrain * run.recipe.train.steps:
        raise InputError(f"{path}: its mixture is not fitted yet (step {run.state.step:,}); train on")


def _fold_logits(autoencoder: Autoencoder) -> Weights:
    """The weights with an encoder that gives logits: they are linear in its outputs, so its last layer takes
    them in. Raises InputError for a latent that has none."""
    weights, latent = autoencoder.tensors(), autoencoder.latent
    weights["encoder/out/weight"] = latent.logits(weights["encoder/out/weight"].T).T
    weights["encoder/out/bias"] = latent.logits(weights["encoder/out/bias"][None])[0]
    return weights


def _describe(recipe: Recipe, autoencoder: Autoencoder) -> ModelDescription:
    """What the autoencoder of a binary latent is once frozen."""
    latent = autoencoder.latent
    *encoder, last = autoencoder.encoder
    assert isinstance(last, Linear)
    assert latent.bit_values is not None  # or it would have no logits
    shared: dict[str, Any] = {
        "lengths": CodeLengths(min(latent.prefixes, default=latent.size), latent.default, latent.size),
        "head": latent.size,
        "bit_values": latent.bit_values,
        "encoder": (*encoder, replace(last, outputs=latent.size)),
    }
    if recipe.decoder.image:
        *decoder, shape = autoencoder.decoder
        height, width = recipe.decoder.image
        decoder += [Sigmoid(), shape]  # training has logits
        return ModelDescription(**shared, decoder=tuple(decoder), image=(height, width))
    return ModelDescription(
        **shared,
        decoder=autoencoder.decoder,
        points=recipe.decoder.points,
        encoder_points=recipe.train.points,
    )


def _add_mixture(
    description: ModelDescription, tensors: Tensors, latent: Latent
) -> tuple[ModelDescription, Tensors]:
    """The mixture of a latent that has one of bits."""
    if not isinstance(latent, BernoulliMixture):
        return description, tensors
    weights, means = latent.mixture()
    added = {"mixture/weights": weights.numpy(), "mixture/means": means.numpy()}
    return replace(description, mixture_components=latent.components), tensors | added


def _add_entropy_table(
    description: ModelDescription, tensors: Tensors, model: Model, task: Task
) -> tuple[ModelDescription, Tensors]:
    """A table that is fitted to the training set's codes."""
    table = fit_table(task.codes(model), default=model.default_bits)
    added: Tensors = {"entropy/weights": table.weights, "entropy/means": table.means}
    return replace(description, entropy_components=len(table.weights)), tensors | added


def _info(run: Trained, name: str | None) -> dict[str, Any]:
    """What the file says for people."""
    return {
        "name": name or run.recipe.name,
        "description": run.recipe.description,
        "license": run.recipe.license,
        "pcbin": __version__,
        "recipe": run.state.recipe,
        "steps": run.state.step,
    }

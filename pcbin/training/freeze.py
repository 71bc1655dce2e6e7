"""From a training checkpoint to a frozen model: averaged weights in half precision, ready for NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin._version import __version__
from pcbin.arrays import Codes, grey_values
from pcbin.coding.effort import DEFAULT_EFFORT
from pcbin.coding.encoding import encode, encode_images
from pcbin.errors import InputError
from pcbin.formats.model_file import dump_model
from pcbin.metrics import distortion
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Linear, Sigmoid
from pcbin.models.model import Model
from pcbin.models.weights import stored
from pcbin.training import recipe
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.batches import CloudSet, first_points
from pcbin.training.build import load
from pcbin.training.entropy_fit import fit_table
from pcbin.training.latents.bernoulli_mixture import BernoulliMixture
from pcbin.training.tail import with_tail
from pcbin.training.tasks import CloudTask, ImageTask, Task, make_task

CODED = 4000
"""How many clouds of the set with the largest weight the entropy table is fitted to."""
CODED_IMAGES = 30_000
BATCH_SIZE = 2048
MEASURED = 500
"""How many clouds of each set are measured for the range of Chamfer distances in the model file."""


def freeze(
    path: Path, data: Path | None, *, name: str | None = None, report: Callable[[str], None] | None = None
) -> bytes:
    """The bytes of the frozen model of a checkpoint.

    data: the folder that the run was trained on. From it the file gets the range of Chamfer distances that
    tells `encode` when a cloud is unlike the training set, and the table for entropy coding, which is part of
    the model's identity; None leaves both out.
    Raises InputError for a checkpoint whose latent is not binary or whose code is no multiple of 8 bits.
    """
    plan, network, state = load(path)
    latent = network.latent
    if plan.latent.size % 8:
        raise InputError(f"{path}: {plan.latent.size} bits; a code has a multiple of 8")
    if state.step <= latent.pretrain * plan.train.steps:
        raise InputError(f"{path}: its mixture is not fitted yet (step {state.step:,}); train on")
    weights = network.tensors()
    # the logits are linear in the encoder's output, so they fold into its last layer
    weights["encoder/out/weight"] = latent.logits(weights["encoder/out/weight"].T).T
    weights["encoder/out/bias"] = latent.logits(weights["encoder/out/bias"][None])[0]
    description = _describe(plan, network)
    info: dict[str, Any] = {
        "name": name or plan.name,
        "description": plan.description,
        "license": plan.license,
        "pcbin": __version__,
        "recipe": state.recipe,
        "steps": state.step,
    }
    task = None if data is None else make_task(plan, data)
    if plan.residual.bits:
        if not isinstance(task, CloudTask):
            raise InputError(f"{path}: a residual is fitted to clouds; pass the folder of the training data")
        description, weights = with_tail(description, weights, plan, task, report)
    halves = stored({k: w.contiguous().numpy() for k, w in weights.items()}, str(path))
    if isinstance(latent, BernoulliMixture):
        weights_, means = latent.mixture()
        description = replace(description, mixture_components=latent.components)
        halves |= {"mixture/weights": weights_.numpy(), "mixture/means": means.numpy()}
    if task is not None:
        info["training_set"] = task.content
        frozen = Model.from_parts(description, info, halves)
        table = fit_table(_codes(frozen, task, plan), default=frozen.default_bits)
        description = replace(description, entropy_components=len(table.weights))
        halves |= {"entropy/weights": table.weights, "entropy/means": table.means}
    if isinstance(task, CloudTask):
        info["chamfer_e3"] = {
            "training": {s.name: _range(frozen, s.points, plan.train.points) for s in task.sets},
            "validation": {
                key: _range(frozen, clouds, plan.train.points) for key, clouds in task.validation.items()
            },
        }
    return dump_model(description.document(), info, halves)


def _describe(plan: recipe.Recipe, network: Autoencoder) -> ModelDescription:
    """What a trained network is once frozen."""
    latent = network.latent
    *encoder, last = network.encoder
    assert isinstance(last, Linear)
    assert latent.bit_values is not None  # or it would have no logits
    shared: dict[str, Any] = {
        "lengths": CodeLengths(min(latent.prefixes, default=latent.size), latent.default, latent.size),
        "head": latent.size,
        "bit_values": latent.bit_values,
        "encoder": (*encoder, replace(last, outputs=latent.size)),
    }
    if plan.decoder.image:
        *decoder, shape = network.decoder
        height, width = plan.decoder.image
        decoder += [Sigmoid(), shape]  # training has logits
        return ModelDescription(**shared, decoder=tuple(decoder), image=(height, width))
    return ModelDescription(
        **shared, decoder=network.decoder, points=plan.decoder.points, encoder_points=plan.train.points
    )


def _range(model: Model, points: npt.NDArray[Any], count: int) -> dict[str, float]:
    """Mean and quantiles of the Chamfer x 1e3 of up to MEASURED (S, P, 3) clouds through the frozen model, at
    its default length."""
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(len(points))[:MEASURED])
    values = []
    for cloud in first_points(points[rows], count):
        decoded = model.decode(encode(model, cloud[None], bits=model.default_bits))[0]
        values.append(1e3 * distortion(cloud, decoded).chamfer)
    quantiles = {f"p{q}": float(np.percentile(values, q)) for q in (1, 50, 99)}
    return {"mean": float(np.mean(values)), **quantiles}


def _codes(model: Model, task: Task, plan: recipe.Recipe) -> Codes:
    """(n, K / 8) codes of the training set for the entropy table; of images as they are encoded by
    default."""
    if isinstance(task, CloudTask):
        return _cloud_codes(model, task.sets, plan.train.points)
    assert isinstance(task, ImageTask)
    rows = np.sort(np.random.default_rng(0).permutation(len(task.pixels))[:CODED_IMAGES])
    parts = [rows[start : start + BATCH_SIZE] for start in range(0, len(rows), BATCH_SIZE)]
    return np.concatenate([
        encode_images(model, grey_values(task.pixels[part]), bits=model.default_bits, effort=DEFAULT_EFFORT)
        for part in parts
    ])  # fmt: skip


def _cloud_codes(model: Model, sets: Sequence[CloudSet], count: int) -> Codes:
    """(n, K / 8) codes of training clouds of `count` points: of each set up to CODED by its final weight,
    which is its share of what the model is for.
    """
    rng = np.random.default_rng(0)
    largest = max(one.final_weight for one in sets)
    codes = []
    for one in sets:
        wanted = round(CODED * one.final_weight / largest)
        rows = np.sort(rng.permutation(len(one))[:wanted])
        codes += [
            encode(model, cloud[None], bits=model.bits) for cloud in first_points(one.points[rows], count)
        ]
    return np.concatenate(codes)

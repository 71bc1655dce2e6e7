"""Point clouds under the Chamfer distance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pcbin import datasets
from pcbin.arrays import Codes, Float32, renormalise
from pcbin.coding.encoding import encode
from pcbin.errors import InputError
from pcbin.metrics import distortion
from pcbin.models.model import Model
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.batches import CloudSet, batch, first_points, hold_out
from pcbin.training.chamfer_loss import chamfer
from pcbin.training.latents.nested import truncate
from pcbin.training.neighbourhood.features import Features, of_clouds
from pcbin.training.recipe import Recipe, Source
from pcbin.training.tasks.base import Batch

REPORT_EVERY_S = 10.0
BATCH_SIZE = 32
"""Of evaluation."""
CODED = 4000
"""How many clouds of the set with the largest weight the entropy table is fitted to."""
MEASURED = 500
"""How many clouds of each set are measured for the range of Chamfer distances in the model file."""


class CloudTask:
    """Clouds drawn from a recipe's sets by weight; the reconstruction term is the Chamfer distance x 1e3."""

    metric = "chamfer_e3"

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        report: Callable[[str], None] | None = None,
        *,
        strict: bool = False,
    ) -> None:
        self.sets, self.validation = load_data(recipe, folder, report, strict=strict)
        self.content: list[dict[str, str | int]] = [{"path": s.name, "clouds": len(s)} for s in self.sets]
        self._points = recipe.train.points
        self._encoder_points = recipe.train.encoder_points
        self._augmentation = recipe.augment

    def batch(self, size: int, rng: np.random.Generator, progress: float) -> Batch:
        clouds, rows = batch(self.sets, size, self._points, self._augmentation, rng, progress=progress)
        return Batch(clouds[:, rng.permutation(self._points)[: self._encoder_points]], clouds, rows)

    def features(self, deskew: bool) -> Features:
        if deskew:
            raise InputError("[neighbourhood]: deskew is for images; omit it for clouds")
        return self._features

    def _features(self, rng: np.random.Generator | None) -> Float32:
        clouds = []
        for one in self.sets:
            for cloud in one.points:
                points = cloud[: self._points].astype(np.float32)
                clouds.append(renormalise(points if rng is None else self._augmentation.apply(points, rng)))
        return of_clouds(clouds)

    def reconstruction(self, decoded: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return 1e3 * chamfer(decoded, target)

    def training_inputs(self, device: torch.device) -> Iterator[torch.Tensor]:
        for one in self.sets:
            for start in range(0, len(one), BATCH_SIZE):
                yield self._inputs(one.points[start : start + BATCH_SIZE], device)

    def _inputs(self, clouds: np.ndarray, device: torch.device) -> torch.Tensor:
        return torch.from_numpy(first_points(clouds, self._points)).to(device)

    @torch.no_grad()
    def evaluate(
        self, autoencoder: Autoencoder, held_out: np.ndarray, device: torch.device
    ) -> dict[str, float]:
        """Mean Chamfer x 1e3 of (S, P, 3) clouds, from the latent's mean or its binary code, at the default
        length and at the other prefixes of a nested one.
        """
        latent, sums = autoencoder.latent, dict[str, float]()
        for start in range(0, len(held_out), BATCH_SIZE):
            clouds = self._inputs(held_out[start : start + BATCH_SIZE], device)
            params = autoencoder.encode(clouds)
            whole = latent.code(params)
            codes = {"chamfer_e3": truncate(whole, latent.default) if latent.prefixes else whole}
            for bits in latent.prefixes:
                if bits != latent.default:
                    codes[f"chamfer_e3_{bits}_bits"] = truncate(whole, bits)
            if latent.thresholded:
                codes["chamfer_e3_continuous"] = latent.mean(params)
            for name, z in codes.items():
                sums[name] = sums.get(name, 0.0) + 1e3 * float(chamfer(autoencoder.decode(z), clouds).sum())
        return {name: total / len(held_out) for name, total in sums.items()}

    def codes(self, model: Model) -> Codes:
        """Of each set up to CODED by its final weight, which is its share of what the model is for."""
        rng = np.random.default_rng(0)
        largest = max(one.final_weight for one in self.sets)
        codes = []
        for one in self.sets:
            rows = np.sort(rng.permutation(len(one))[: round(CODED * one.final_weight / largest)])
            if len(rows):  # a set of weight 0 is there for validation alone
                clouds = first_points(one.points[rows], self._points)
                codes += [encode(model, cloud[None], bits=model.bits) for cloud in clouds]
        return np.concatenate(codes)

    def ranges(self, model: Model) -> dict[str, Any]:
        """Mean and quantiles of the Chamfer x 1e3 of each set, at the default length."""
        training = {one.name: self._range(model, one.points) for one in self.sets}
        validation = {name: self._range(model, clouds) for name, clouds in self.validation.items()}
        return {"chamfer_e3": {"training": training, "validation": validation}}

    def _range(self, model: Model, clouds: np.ndarray) -> dict[str, float]:
        rows = np.sort(np.random.default_rng(0).permutation(len(clouds))[:MEASURED])
        values = []
        for cloud in first_points(clouds[rows], self._points):
            decoded = model.decode(encode(model, cloud[None], bits=model.default_bits))[0]
            values.append(1e3 * distortion(cloud, decoded).chamfer)
        quantiles = {f"p{q}": float(np.percentile(values, q)) for q in (1, 50, 99)}
        return {"mean": float(np.mean(values)), **quantiles}


def load_data(
    recipe: Recipe, folder: Path, report: Callable[[str], None] | None = None, *, strict: bool = False
) -> tuple[list[CloudSet], dict[str, np.ndarray]]:
    """The training sets, and the validation clouds (V, P, 3) of each set that holds some out.

    report: is given a line now and then while many files are read, and the files that are skipped. strict:
    the first of those is an error instead.
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
            leave_out=source.leave_out or (),
            points=recipe.train.points,
            seed=recipe.train.seed,
            strict=strict,
            report=report,
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
    """The name of a set in messages: its path, and what distinguishes it from other sets of that path."""
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

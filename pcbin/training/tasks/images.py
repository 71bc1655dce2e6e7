"""Grey images whose pixels are Bernoulli variables, or Gaussian ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from pcbin.arrays import Codes, grey_values
from pcbin.coding.effort import DEFAULT_EFFORT
from pcbin.coding.encoding import encode_images
from pcbin.datasets.images import load_images
from pcbin.errors import InputError
from pcbin.metrics import image_psnr
from pcbin.models.model import Model
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.batches import hold_out
from pcbin.training.neighbourhood.features import Features, OfImages
from pcbin.training.recipe import Recipe
from pcbin.training.tasks.base import Batch

BATCH_SIZE = 2048
"""Of evaluation."""
CODED = 30_000
"""How many images the entropy table is fitted to."""


class ImageTask:
    """The images of a recipe's sets, as (height, width) numbers from 0 to 1.

    The reconstruction term is the negative log-likelihood of all pixels, in nats: of Bernoulli pixels by
    default (a grey value is the probability of white), or of Gaussian ones with the objective's `sigma`, less
    the constant.
    """

    metric = "nll"

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        if not recipe.data:
            raise InputError(f"recipe {recipe.name!r}: no data; add a [[data]] table with a path")
        self._sigma = recipe.objective.sigma
        self._jitter = recipe.jitter
        self._guided = recipe.neighbourhood.weight > 0
        self.validation: dict[str, np.ndarray] = {}
        self.content: list[dict[str, str | int]] = []
        kept = []
        for source in recipe.data:
            if source.classes is not None or source.weight != 1 or source.final_weight is not None:
                raise InputError(f"recipe {recipe.name!r}: images have no classes and no weights; omit them")
            pixels = load_images(folder / source.path, split=source.split).pixels
            if pixels.shape[1:] != tuple(recipe.decoder.image):
                raise InputError(
                    f"{folder / source.path}: images of {pixels.shape[1]} x {pixels.shape[2]}; the recipe's "
                    f"decoder makes {' x '.join(map(str, recipe.decoder.image))}: change [decoder] image"
                )
            held = hold_out(np.arange(len(pixels)), source.validation, recipe.train.seed)
            if held.all():
                raise InputError(f"{folder / source.path}: all images are held out; lower validation")
            number = 1 + sum(one["path"] == source.path for one in self.content)
            if held.any():  # splits of one file keep their names apart
                name = source.path if number == 1 else f"{source.path} #{number}"
                self.validation[name] = pixels[held]
            kept.append(pixels[~held])
            self.content.append({"path": source.path, "images": len(kept[-1])})
        self.pixels = np.concatenate(kept)

    def batch(self, size: int, rng: np.random.Generator, progress: float) -> Batch:
        rows = rng.integers(len(self.pixels), size=size)
        images = grey_values(self.pixels[rows])
        jittered = self._jitter.apply(images, rng, progress)
        if self._guided:  # the jitter is for the clusters: the code is of the image as it is
            return Batch(images, images, rows, jittered)
        return Batch(jittered, images, rows)

    def features(self, deskew: bool) -> Features:
        return OfImages(self.pixels, deskew=deskew, jitter=self._jitter)

    def reconstruction(self, decoded: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if self._sigma:
            squared = (torch.sigmoid(decoded) - target).square()
            return squared.flatten(1).sum(dim=1) / (2 * self._sigma**2)
        nats = functional.binary_cross_entropy_with_logits(decoded, target, reduction="none")
        return nats.flatten(1).sum(dim=1)

    def training_inputs(self, device: torch.device) -> Iterator[torch.Tensor]:
        for start in range(0, len(self.pixels), BATCH_SIZE):
            yield torch.from_numpy(grey_values(self.pixels[start : start + BATCH_SIZE])).to(device)

    @torch.no_grad()
    def evaluate(
        self, autoencoder: Autoencoder, held_out: np.ndarray, device: torch.device
    ) -> dict[str, float]:
        """Mean negative log-likelihood of (S, height, width) images from the latent without noise, and the
        PSNR in dB, a mean over the images.
        """
        nats, psnr = 0.0, 0.0
        for start in range(0, len(held_out), BATCH_SIZE):
            images = grey_values(held_out[start : start + BATCH_SIZE])
            target = torch.from_numpy(images).to(device)
            decoded = autoencoder.decode(autoencoder.latent.code(autoencoder.encode(target)))
            nats += float(self.reconstruction(decoded, target).sum())
            psnr += float(image_psnr(images, torch.sigmoid(decoded).cpu().numpy()).sum())
        return {"nll": nats / len(held_out), "psnr": psnr / len(held_out)}

    def codes(self, model: Model) -> Codes:
        """As images are encoded by default."""
        rows = np.sort(np.random.default_rng(0).permutation(len(self.pixels))[:CODED])
        batches = [rows[start : start + BATCH_SIZE] for start in range(0, len(rows), BATCH_SIZE)]
        bits, pixels = model.default_bits, self.pixels
        return np.concatenate([
            encode_images(model, grey_values(pixels[batch]), bits=bits, effort=DEFAULT_EFFORT)
            for batch in batches
        ])  # fmt: skip

    def ranges(self, model: Model) -> dict[str, Any]:
        return {}

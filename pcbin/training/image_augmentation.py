"""Random changes of training images that keep what they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pcbin.arrays import Float32, Float64


@dataclass(frozen=True)
class Jitter:
    """A recipe's [jitter] table: the encoder is given a jittered image, the decoder must return the image as
    it was. Amounts are drawn uniformly between minus and plus what the table says.

    rotate: degrees. shift: pixels. scale, shear: fractions of an axis. until: the progress of the training
    after which there is no jitter.
    """

    rotate: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    until: float = 1.0

    def apply(self, images: Float32, rng: np.random.Generator, progress: float) -> Float32:
        """Jittered copies of (S, height, width) images, bilinear, black outside of the image."""
        if progress >= self.until or not (self.rotate or self.shift or self.scale or self.shear):
            return images
        import torch
        from torch.nn.functional import affine_grid, grid_sample

        count, height, width = images.shape

        def amount(largest: float) -> Float64:
            ends: Float64 = 2 * rng.random(size=(count,)) - 1
            return ends * largest

        angle, shear = amount(np.radians(self.rotate)), amount(self.shear)
        wide, high = 1 + amount(self.scale), 1 + amount(self.scale)
        right, down = amount(2 * self.shift / width), amount(2 * self.shift / height)
        maps = np.stack([
            np.stack([wide * np.cos(angle), shear - high * np.sin(angle), right], axis=1),
            np.stack([wide * np.sin(angle), high * np.cos(angle), down], axis=1),
        ], axis=1)  # fmt: skip
        pixels = torch.from_numpy(images)[:, None]
        grid = affine_grid(torch.from_numpy(maps.astype(np.float32)), [count, 1, height, width], False)
        jittered: Float32 = grid_sample(pixels, grid, align_corners=False)[:, 0].numpy()
        return jittered

"""The features by which neighbours among images, or among clouds, are searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pcbin.arrays import Float32, Float64, Grey, grey_values
from pcbin.training.image_augmentation import Jitter

Features = Callable[[np.random.Generator | None], Float32]
"""(S, D) features of a set; with a generator those of copies, each augmented at random."""

BATCH_SIZE = 4096
"""Images that are jittered, or set upright, at once."""
CELLS = 16
"""Cells along each axis of the grid that a cloud fills."""
DENSE = 1000
"""Rows of a matrix whose eigenvectors are all computed; of larger ones only those that are asked for."""
BLUR = 1.0
"""Standard deviation, in cells, of the blur of that grid: without it, points near each other in two cells
are as far as any."""


class OfImages:
    """Features of (S, height, width) images of bytes. deskew: `upright` first."""

    def __init__(self, pixels: Grey, *, deskew: bool, jitter: Jitter) -> None:
        starts = range(0, len(pixels), BATCH_SIZE)
        parts = [grey_values(pixels[at : at + BATCH_SIZE]) for at in starts]
        self._parts = [upright(part) for part in parts] if deskew else parts
        self._jitter = jitter

    def __call__(self, rng: np.random.Generator | None) -> Float32:
        """(S, height x width); with a generator those of jittered copies."""
        parts = self._parts if rng is None else [self._jitter.apply(part, rng, 0.0) for part in self._parts]
        return np.concatenate([part.reshape(len(part), -1) for part in parts])


def upright(images: Float32) -> Float32:
    """(S, height, width) images, centred by their mass and sheared so that rows and columns do not covary.

    Bilinear, black outside of the image. That slant has no meaning is prior knowledge about handwriting.
    """
    import torch
    from torch.nn.functional import grid_sample

    _, height, width = images.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    mass = images.sum(axis=(1, 2)) + 1e-6
    row = (images * rows).sum(axis=(1, 2)) / mass
    column = (images * columns).sum(axis=(1, 2)) / mass
    down = rows - row[:, None, None]
    across = columns - column[:, None, None]
    variance = (images * down * down).sum(axis=(1, 2)) / mass
    slant = (images * down * across).sum(axis=(1, 2)) / mass / np.maximum(variance, 1e-6)
    below = rows - (height - 1) / 2
    beside = columns - (width - 1) / 2
    source_row = below + row[:, None, None]
    source_column = beside + slant[:, None, None] * below + column[:, None, None]
    grid = np.stack([2 * source_column / (width - 1) - 1, 2 * source_row / (height - 1) - 1], axis=-1)
    made: Float32 = grid_sample(
        torch.from_numpy(images)[:, None], torch.from_numpy(grid.astype(np.float32)), align_corners=True
    )[:, 0].numpy()
    return made


def of_clouds(clouds: Sequence[Float32]) -> Float32:
    """S clouds (P, 3), centred, of unit bounding-box diagonal, -> (S, CELLS^3): where the points lie.

    The square root of the blurred histogram: Euclidean distances are Hellinger distances of distributions, in
    which a dense seat does not outweigh thin legs.
    """
    from scipy.ndimage import gaussian_filter

    made = np.empty((len(clouds), CELLS**3), np.float32)
    for number, cloud in enumerate(clouds):
        cells = np.clip(((cloud + 0.5) * CELLS).astype(np.intp), 0, CELLS - 1)
        flat = np.ravel_multi_index(tuple(cells.T), (CELLS, CELLS, CELLS))
        counts = np.bincount(flat, minlength=CELLS**3).reshape(CELLS, CELLS, CELLS) / len(cloud)
        made[number] = np.sqrt(np.maximum(gaussian_filter(counts, BLUR), 0)).ravel()
    return made


class Principal:
    """The `dimensions` leading principal components of (S, D) features, fewer where there are not so many."""

    def __init__(self, features: Float32, dimensions: int) -> None:
        self._mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
        centred = features - self._mean
        if len(features) >= features.shape[1]:
            axes = _leading(centred.T @ centred, dimensions)[1]
        else:  # the same axes from the smaller matrix of inner products
            values, vectors = _leading(centred @ centred.T, dimensions)
            axes = centred.T @ (vectors / np.sqrt(np.maximum(values, 1e-12)))
        self._axes = np.ascontiguousarray(axes.astype(np.float32))

    def __call__(self, features: Float32) -> Float32:
        """(S, D) -> (S, dimensions)."""
        found: Float32 = (features - self._mean) @ self._axes
        return found


def _leading(matrix: Float32, count: int) -> tuple[Float64, Float64]:
    """The largest eigenvalues of a symmetric positive matrix, above 0, and their vectors; at most `count`."""
    size, exact = len(matrix), matrix.astype(np.float64)
    if size <= DENSE or count >= size:
        values, vectors = np.linalg.eigh(exact)
    else:
        from scipy.sparse.linalg import eigsh

        start = np.random.default_rng(0).standard_normal(size)
        values, vectors = eigsh(exact, k=count, which="LA", v0=start)
    order = np.argsort(-values)[:count]
    order = order[values[order] > 1e-9 * max(float(values.max()), 1e-30)]
    return values[order], vectors[:, order]

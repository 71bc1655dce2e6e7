"""What the encoder of images is given in place of the image."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from pcbin.training.image_augmentation import Jitter


def dot(row: int, column: int) -> np.ndarray:
    image = np.zeros((1, 21, 21), np.float32)
    image[0, row, column] = 1.0
    return image


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def centre(image: np.ndarray) -> np.ndarray:
    """(row, column) of the centre of mass."""
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


def test_none_is_the_image() -> None:
    images = rng().random((3, 8, 8), dtype=np.float32)
    assert np.array_equal(Jitter().apply(images, rng(), 0.0), images)
    ended = Jitter(rotate=30, shift=2, until=0.5)
    assert np.array_equal(ended.apply(images, rng(), 0.5), images)
    assert not np.array_equal(ended.apply(images, rng(), 0.49), images)


def test_same_draws_same_images() -> None:
    images = rng().random((5, 8, 8), dtype=np.float32)
    jitter = Jitter(rotate=20, shift=1, scale=0.2, shear=0.1)
    once, again, other = (jitter.apply(images, rng(seed), 0.0) for seed in (1, 1, 2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
    assert once.shape == images.shape
    assert once.dtype == np.float32
    assert 0 <= once.min() <= once.max() <= 1


def test_shifts_stay_within_their_bound_and_use_it() -> None:
    images = np.repeat(dot(10, 10), 200, axis=0)
    moved = Jitter(shift=4).apply(images, rng(), 0.0)
    away = np.array([centre(image) - 10 for image in moved])
    assert 3.5 < np.abs(away).max() <= 4 + 1e-3
    assert np.abs(away.mean(axis=0)).max() < 0.8  # to all sides


def test_rotation_keeps_the_distance_from_the_middle() -> None:
    images = np.repeat(dot(3, 10), 100, axis=0)  # seven pixels above the middle
    turned = Jitter(rotate=40).apply(images, rng(), 0.0)
    away = np.array([centre(image) - 10 for image in turned])
    radius, angle = np.hypot(*away.T), np.degrees(np.arctan2(away[:, 1], -away[:, 0]))
    assert np.abs(radius - 7).max() < 0.3
    assert 35 < np.abs(angle).max() < 41


def test_scale_moves_towards_or_from_the_middle() -> None:
    images = np.repeat(dot(4, 10), 100, axis=0)
    scaled = Jitter(scale=0.25).apply(images, rng(), 0.0)
    rows = np.array([centre(image)[0] - 10 for image in scaled])
    assert -6 / 0.75 - 0.3 < rows.min() < -6.5
    assert -5.5 < rows.max() < -6 / 1.25 + 0.3

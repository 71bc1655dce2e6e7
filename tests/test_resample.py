"""Any number of points from a decoded cloud."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

import pcbin
from pcbin.errors import InputError
from pcbin.models.model import Model
from pcbin.resample import MAX_POINTS, MIN_POINTS, resample


def sphere(n: int, seed: int = 0) -> Any:
    points = np.random.default_rng(seed).normal(size=(n, 3))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("n", [64, 65, 500, 2047, 2048, 2049, 3000, 4096, 8191, 8192, 65_536])
def test_so_many_and_always_the_same(n: int) -> None:
    points = sphere(2048)
    found = resample(points, n)
    assert (found.shape, found.dtype) == ((n, 3), np.float32)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found, resample(points, n))


@pytest.mark.parametrize("n", [64, 1000, 2048])
def test_fewer_points_are_some_of_them(n: int) -> None:
    points = sphere(2048)
    assert cKDTree(points).query(resample(points, n))[0].max() == 0


def test_fewer_points_are_well_spread() -> None:
    """Farthest points lie further apart than random ones."""
    points = sphere(2048)
    few = resample(points, 128)
    apart = cKDTree(few).query(few, 2)[0][:, 1].min()
    random = points[:128]
    assert apart > 3 * cKDTree(random).query(random, 2)[0][:, 1].min()


@pytest.mark.parametrize("n", [4096, 8192, 30_000])
def test_more_points_stay_on_the_surface_and_cover_it(n: int) -> None:
    found = resample(sphere(2048), n)
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 0.05
    truth = sphere(20_000, seed=1)
    before = np.mean(cKDTree(sphere(2048)).query(truth)[0] ** 2)
    after = np.mean(cKDTree(found).query(truth)[0] ** 2)
    assert after < before * (0.75 if n == 4096 else 0.5)


@pytest.mark.parametrize("points", [1, 2, 3, 10, 100])
def test_decoders_of_few_points(points: int) -> None:
    assert resample(sphere(points), 256).shape == (256, 3)
    assert resample(np.zeros((points, 3), np.float32), 256).shape == (256, 3)


@pytest.mark.parametrize("n", [MIN_POINTS - 1, MAX_POINTS + 1, 0, -5, 100.5, "100"])
def test_numbers_that_are_none(n: Any, tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=tiny)
    with pytest.raises(InputError, match="n_points"):
        pcbin.decompress(data, model=tiny, n_points=n)


def test_it_is_placed_as_the_original(tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(size=3.0, center=(10, 20, 30)), model=tiny)
    plain, many = pcbin.decompress(data, model=tiny), pcbin.decompress(data, model=tiny, n_points=1000)
    assert many.shape == (1000, 3)
    np.testing.assert_allclose(many.mean(axis=0), plain.mean(axis=0), atol=0.2 * float(np.ptp(plain)))

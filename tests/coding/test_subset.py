"""Some points of a cloud, whatever their order, and batches that are as good as clouds alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pcbin.arrays import normalise
from pcbin.coding.cloud_search import refine, refine_many
from pcbin.coding.normals import cells_of
from pcbin.coding.subset import WIDTH, mixed, spread
from pcbin.models.model import Model


def points(seed: int = 0, count: int = 1000) -> Any:
    return normalise(np.random.default_rng(seed).normal(size=(count, 3)))[0]


def rows(cloud: Any) -> set[tuple[float, ...]]:
    return {tuple(point) for point in cloud.tolist()}


def test_the_same_points_whatever_their_order() -> None:
    cloud = points()
    other = np.random.default_rng(1).permutation(cloud)
    np.testing.assert_array_equal(cloud[mixed(cloud)], other[mixed(other)])
    assert rows(spread(cloud, 100)) == rows(spread(other, 100))


def test_they_are_spread() -> None:
    cloud = points()
    some = spread(cloud, 400)
    assert some.shape == (400, 3)
    assert len(rows(some)) == 400
    assert rows(some) <= rows(cloud)
    filled = np.unique(cells_of(cloud, WIDTH))
    assert len(np.unique(cells_of(np.concatenate([some, [cloud.min(0), cloud.max(0)]]), WIDTH))) >= min(
        390, len(filled)
    )


def test_few_points_are_all_taken() -> None:
    cloud = points(count=70)
    assert spread(cloud, 40) is cloud


def test_the_mixed_order_is_as_if_by_chance() -> None:
    """Points along a line come in no order."""
    line = np.linspace(0, 1, 2000)[:, None] * np.array([[1.0, 0.5, 0.25]], np.float32)
    half = mixed(line.astype(np.float32))[:1000]
    assert abs(half.mean() - 1000) < 60
    assert abs(np.corrcoef(np.arange(1000), half)[0, 1]) < 0.1


@pytest.mark.parametrize("effort", [1, 5])
def test_a_batch_is_searched_as_clouds_alone(effort: int, residual: Model, cloud: Any) -> None:
    clouds = np.stack([normalise(cloud(seed=seed))[0] for seed in range(5)])
    heads = residual.encode(clouds)
    for one, head, found in zip(
        clouds, heads, refine_many(residual, clouds, heads, bits=48, effort=effort), strict=True
    ):
        alone = refine(residual, one, head, bits=48, effort=effort)
        assert found.code.tolist() == alone.code.tolist()
        assert found.chamfer == pytest.approx(alone.chamfer, rel=1e-5)

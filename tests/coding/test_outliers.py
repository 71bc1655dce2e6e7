"""Points that are no part of an object do not set its scale, and are never left out in silence."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import Codec, datasets
from pcbin.coding.outliers import _Sample, outliers
from pcbin.errors import InputError, PcbinWarning
from pcbin.models.model import Model


def plate(count: int = 1500) -> Any:
    return np.random.default_rng(0).uniform(-1, 1, (count, 3)) * [1.0, 0.5, 0.01] + [5, 6, 7]


def with_far_points(points: Any, count: int = 30) -> Any:
    far = np.random.default_rng(1).normal(size=(count, 3))
    far *= np.linspace(3, 9, count)[:, None] / np.linalg.norm(far, axis=1, keepdims=True)
    return np.concatenate([points.mean(axis=0) + far, points])


@pytest.mark.parametrize("count", [400, 1500, 200_000])
def test_far_points_are_found_and_nothing_else(count: int) -> None:
    found = outliers(with_far_points(plate(count)))
    assert found is not None
    np.testing.assert_array_equal(found, np.arange(count + 30) < 30)


def test_what_is_usual_is_the_same_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy.spatial")
    points = plate()
    by_tree = _Sample(points, np.random.default_rng(0))
    near = by_tree.alone(points)
    monkeypatch.delitem(sys.modules, "scipy.spatial")
    without = _Sample(points, np.random.default_rng(0))
    assert without.limit == by_tree.limit > 0
    np.testing.assert_array_equal(without.alone(points), near)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_the_unit_does_not_matter(scale: float) -> None:
    found = outliers(with_far_points(plate()) * scale)
    assert found is not None
    assert found.sum() == 30


def test_few_or_equal_points_are_no_outliers() -> None:
    assert outliers(np.array([[0.0, 0, 0]] * 10 + [[100.0, 0, 0]])) is None
    assert outliers(np.array([[0.0, 0, 0]] * 1000 + [[100.0, 0, 0]])) is None
    assert outliers(np.zeros((50, 3))) is None


def test_what_is_usual_is_no_matter_of_chance() -> None:
    """Too few points would sometimes hold so many outliers that these seem usual."""
    scan = with_far_points(plate(), 60)
    for seed in range(100):
        found = outliers(scan, seed=seed)
        assert found is not None
        assert found.sum() == 60


def test_duplicates_hide_no_outlier() -> None:
    points = np.concatenate([with_far_points(plate()), *[plate()] * 9])
    found = outliers(points)
    assert found is not None
    assert np.flatnonzero(found).tolist() == list(range(30))


def test_two_parts_are_one_object() -> None:
    assert outliers(np.concatenate([plate(300), plate(20) + np.array([9.0, 0, 0])])) is None


@pytest.mark.parametrize("name", ["chair", "armchair", "swivel_chair"])
def test_examples_lose_nothing(name: str, root: Path) -> None:
    points = pcbin.formats.clouds.read_cloud(root / "examples" / f"{name}.ply").points
    assert outliers(points) is None


@pytest.mark.parametrize("name", ["kicad_parts", "sweethome_objects", "modelnet10_chair"])
def test_clean_shapes_lose_nothing(name: str, shared: Path) -> None:
    shapes = datasets.load(shared / "data" / f"{name}.npz", split="train")
    for row in range(0, len(shapes), len(shapes) // 20):
        assert outliers(shapes.points[row].astype(np.float64)) is None


def test_the_rest_is_coded_as_if_it_were_alone(tiny: Model) -> None:
    codec = Codec(tiny)
    with pytest.warns(PcbinWarning, match=r"30 outliers among 1,530 points left out.*outliers='keep'"):
        data = codec.encode(with_far_points(plate()))
    assert data == codec.encode(plate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = Codec(tiny, outliers="keep").encode(with_far_points(plate()))
    assert pcbin.formats.pcb.loads(kept).pose.scale > 3 * pcbin.formats.pcb.loads(data).pose.scale  # type: ignore[union-attr]


def test_distances_are_those_of_what_was_coded(tiny: Model) -> None:
    codec, points = Codec(tiny, warn=False), with_far_points(plate())
    normals = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    found = codec.code(points).evaluate(points, metrics="d2-psnr", normals=normals)
    alone = codec.code(plate()).evaluate(plate(), metrics="d2-psnr", normals=normals[30:])
    assert found == alone


def test_what_it_may_be() -> None:
    with pytest.raises(InputError, match="outliers = 'remove'; use 'drop' or 'keep'"):
        Codec(outliers="remove")  # type: ignore[arg-type]

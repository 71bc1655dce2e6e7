"""Any number of points from a decoded cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

import pcbin
from pcbin.arrays import SPACINGS
from pcbin.errors import InputError
from pcbin.metrics import Comparison
from pcbin.models.model import Model
from pcbin.resample import MAX_POINTS, MAX_RELAXED, MIN_POINTS, resample


def sphere(n: int, seed: int = 0) -> Any:
    points = np.random.default_rng(seed).normal(size=(n, 3))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def square(n: int, seed: int = 0, power: float = 1.0) -> Any:
    """A unit square in the plane z = 0; with a power above 1 the points gather at x = 0."""
    points = np.random.default_rng(seed).uniform(size=(n, 3)).astype(np.float32)
    return points * np.array([1, 1, 0], np.float32) if power == 1 else np.stack(
        [points[:, 0] ** power, points[:, 1], 0 * points[:, 2]], axis=1
    )  # fmt: skip


def apart(points: Any) -> Any:
    """(n,): how far each point is from its nearest neighbour."""
    return cKDTree(points).query(points, 2)[0][:, 1]


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("n", [64, 65, 500, 2047, 2048, 2049, 3000, 8191, 8192, MAX_RELAXED, MAX_RELAXED + 1])
def test_so_many_and_always_the_same(n: int, spacing: Any) -> None:
    points = sphere(2048)
    found = resample(points, n, spacing)
    assert (found.shape, found.dtype) == ((n, 3), np.float32)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found, resample(points, n, spacing))


def test_the_usual_spacing() -> None:
    """Even for at most as many points as there are, else the model's; its very points where none is said."""
    points = square(300, power=2)
    np.testing.assert_array_equal(resample(points), points)
    np.testing.assert_array_equal(resample(points, spacing="model"), points)
    cases: list[tuple[int, Any]] = [(100, "even"), (300, "even"), (301, "model"), (1000, "model")]
    for n, usual in cases:
        np.testing.assert_array_equal(resample(points, n), resample(points, n, usual))
        assert (resample(points, n, "even") != resample(points, n, "model")).any()
    np.testing.assert_array_equal(resample(points, spacing="even"), resample(points, 300))


@pytest.mark.parametrize("n", [64, 1000, 2048])
def test_fewer_points_of_the_model_are_some_of_them(n: int) -> None:
    points = sphere(2048)
    assert cKDTree(points).query(resample(points, n, "model"))[0].max() == 0


@pytest.mark.parametrize("spacing", SPACINGS)
def test_fewer_points_are_well_spread(spacing: Any) -> None:
    """They lie further apart than random ones."""
    points = sphere(2048)
    assert apart(resample(points, 128, spacing)).min() > 2 * apart(points[:128]).min()
    assert apart(resample(points, 128, spacing)).mean() > 1.4 * apart(points[:128]).mean()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("n", [4096, 8192, 30_000])
def test_more_points_stay_on_the_surface_and_cover_it(n: int, spacing: Any) -> None:
    found = resample(sphere(2048), n, spacing)
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 0.05
    truth = sphere(20_000, seed=1)
    before = np.mean(cKDTree(sphere(2048)).query(truth)[0] ** 2)
    after = np.mean(cKDTree(found).query(truth)[0] ** 2)
    assert after < before * (0.75 if n == 4096 else 0.5)


@pytest.mark.parametrize("n", [512, 2048, 8192])
def test_even_points_do_not_gather(n: int) -> None:
    """Where a square's points gather at one side, those that are spread evenly are nearer to uniform ones."""
    points, truth = square(2048, power=3), square(2048, seed=1)
    halves = [np.mean(resample(points, n, spacing)[:, 0] < 0.5) for spacing in SPACINGS]
    assert np.mean(points[:, 0] < 0.5) > 0.75
    assert halves[0] < 0.7
    if n >= 2048:
        assert halves[0] < halves[1] - 0.08
        even, model = (Comparison(truth, resample(points, n, spacing)).emd() for spacing in SPACINGS)
        assert even < 0.85 * model


def test_even_points_stay_on_the_surface() -> None:
    """Bumps of the decoder across the surface are smoothed; what lies apart stays apart."""
    rng = np.random.default_rng(0)
    sheets = square(2048, power=2) + np.array([0, 0, 0.2], np.float32) * rng.integers(0, 2, (2048, 1))
    rough = (sheets + rng.normal(0, 0.004, (2048, 1)) * [0, 0, 1]).astype(np.float32)
    found = resample(rough, 2048, "even")
    off = np.abs(found[:, 2, None] - [0, 0.2]).min(axis=1)
    assert np.sqrt(np.mean(off**2)) < 0.004
    assert off.max() < 0.03
    assert (found[:, :2] > -0.03).all()
    assert (found[:, :2] < 1.03).all()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("points", [1, 2, 3, 10, 100])
def test_decoders_of_few_points(points: int, spacing: Any) -> None:
    assert resample(sphere(points), 256, spacing).shape == (256, 3)
    assert not resample(np.zeros((points, 3), np.float32), 256, spacing).any()


def test_a_million_points() -> None:
    for spacing in SPACINGS:
        found = resample(sphere(500), MAX_POINTS, spacing)
        assert found.shape == (MAX_POINTS, 3)
        assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 0.2


@pytest.mark.parametrize("n", [MIN_POINTS - 1, MAX_POINTS + 1, 0, -5, 100.5, "100"])
def test_numbers_that_are_none(n: Any, tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=tiny)
    with pytest.raises(InputError, match="n_points"):
        pcbin.decompress(data, model=tiny, n_points=n)


@pytest.mark.parametrize("spacing", ["uniform", "", 5, ["even"]])
def test_spacings_that_are_none(spacing: Any, tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=tiny)
    with pytest.raises(InputError, match=r"spacing = .*; use 'even' or 'model'"):
        pcbin.decompress(data, model=tiny, spacing=spacing)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_it_is_placed_as_the_original(tiny: Model, cloud: Any, spacing: Any) -> None:
    data = pcbin.compress(cloud(size=3.0, center=(10, 20, 30)), model=tiny)
    plain = pcbin.decompress(data, model=tiny)
    many = pcbin.decompress(data, model=tiny, n_points=1000, spacing=spacing)
    assert many.shape == (1000, 3)
    np.testing.assert_allclose(many.mean(axis=0), plain.mean(axis=0), atol=0.2 * float(np.ptp(plain)))


def test_every_way_to_decode(tiny: Model, cloud: Any, tmp_path: Path) -> None:
    codec, points = pcbin.Codec(tiny), cloud()
    data = codec.encode(points)
    wanted = resample(next(codec.restore(codec.codes([points])[0])), 100, "even")
    codes, poses = codec.codes([points])
    np.testing.assert_array_equal(next(codec.restore(codes, n_points=100, spacing="even")), wanted)
    placed = pcbin.decompress(data, model=tiny, n_points=100, spacing="even")
    np.testing.assert_allclose(
        next(codec.restore(codes, poses, n_points=100, spacing="even")), placed, atol=1e-5
    )
    np.testing.assert_array_equal(codec.decode(data, n_points=100, spacing="even"), placed)
    (tmp_path / "a.pcb").write_bytes(data)
    codec.decode_file(tmp_path / "a.pcb", tmp_path / "a.npy", n_points=100, spacing="even")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), placed)
    with pcbin.open(tmp_path / "a.pcb", model=tiny) as archive:
        [found] = archive.restore(archive.records(), n_points=100, spacing="even")
    np.testing.assert_array_equal(found, placed)


@pytest.mark.parametrize(
    ("file", "model"), [("modelnet10_chair.npz", "chair"), ("princeton_shape_benchmark.npz", "objects")]
)
def test_even_points_of_shipped_models(shared: Any, file: str, model: str) -> None:
    """docs/notes/even-spacing.md: points that no longer gather, for a few per cent of Chamfer distance."""
    with np.load(shared / "data" / file, allow_pickle=False) as data:
        train = np.flatnonzero(data["split"] == "train")[::25][:30]
        shapes = data["points"][train][:, :2048].astype(np.float32)
    codec = pcbin.Codec(model, bits=128, warn=False)
    codes, poses = codec.codes(shapes)
    found = {}
    for spacing in SPACINGS:
        decoded = list(codec.restore(codes, poses, n_points=2048, spacing=spacing))
        pairs = [Comparison(*pair) for pair in zip(shapes, decoded, strict=True)]
        found[spacing] = [
            np.mean([one.distortion().chamfer for one in pairs]),
            np.mean([one.emd() for one in pairs]),
        ]
    assert found["even"][0] < 1.05 * found["model"][0]
    assert found["even"][1] < 0.9 * found["model"][1]

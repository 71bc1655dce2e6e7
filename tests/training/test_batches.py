"""Training shapes: changed, held out and drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pcbin.arrays import normalise, renormalise
from pcbin.datasets.shapes import draw
from pcbin.training.batches import CloudSet, batch, hold_out
from pcbin.training.cloud_augmentation import Augmentation, splice

NOTHING = Augmentation(mirror=0.0)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def shape(cloud: Any) -> Any:
    return renormalise(cloud(400).astype(np.float32))


def test_nothing_changes_nothing(shape: Any) -> None:
    changed = NOTHING.apply(shape, rng())
    np.testing.assert_array_equal(changed, shape)
    changed[:] = 0
    assert shape.any()  # a copy


def test_mirror(shape: Any) -> None:
    always = Augmentation(mirror=1.0).apply(shape, rng())
    np.testing.assert_array_equal(always, shape * np.array([-1, 1, 1], np.float32))
    mirrored = [bool((Augmentation().apply(shape, rng(s))[0, 0] != shape[0, 0]).all()) for s in range(200)]
    assert 70 < sum(mirrored) < 130


def test_scale_is_by_axis_and_bounded(shape: Any) -> None:
    factors = []
    for seed in range(100):
        changed = Augmentation(mirror=0.0, scale=0.2).apply(shape, rng(seed))
        ratio = np.median(changed / shape, axis=0)
        np.testing.assert_allclose(changed, shape * ratio, rtol=1e-4)
        factors.append(ratio)
    logs = np.log(factors)
    assert np.abs(logs).max() <= 0.2 + 1e-5
    assert np.abs(logs).max() > 0.17
    assert np.abs(np.corrcoef(logs.T) - np.eye(3)).max() < 0.4
    halved = np.log(
        [
            np.median(Augmentation(mirror=0.0, scale=0.2).apply(shape, rng(s), 0.5) / shape, axis=0)
            for s in range(50)
        ]
    )
    assert np.abs(halved).max() <= 0.1 + 1e-5


@pytest.mark.parametrize("amount", [0.1, 0.15, 0.25])
def test_warp_is_monotone_and_keeps_the_box(amount: float, shape: Any) -> None:
    for seed in range(20):
        changed = Augmentation(mirror=0.0, warp=amount).apply(shape, rng(seed))
        np.testing.assert_allclose(changed.min(axis=0), shape.min(axis=0), atol=1e-6)
        np.testing.assert_allclose(changed.max(axis=0), shape.max(axis=0), atol=1e-6)
        for axis in range(3):
            order = np.argsort(shape[:, axis], kind="stable")
            assert (np.diff(changed[order, axis]) >= -1e-6).all()
        moved = np.abs(changed - shape) / np.ptp(shape, axis=0)
        assert 0 < moved.max() <= amount


def test_warp_keeps_left_and_right_alike() -> None:
    half = rng().uniform(0, 1, (200, 3)).astype(np.float32) - np.array([0, 0.5, 0.5], np.float32)
    symmetric = np.concatenate([half, half * np.array([-1, 1, 1], np.float32)])
    changed = Augmentation(mirror=0.0, warp=0.2).apply(symmetric, rng(3))
    np.testing.assert_allclose(changed[:200] * [-1, 1, 1], changed[200:], atol=1e-5)


def test_shear_leans_along_y(shape: Any) -> None:
    changed = Augmentation(mirror=0.0, shear=0.1).apply(shape, rng(1))
    np.testing.assert_array_equal(changed[:, 1], shape[:, 1])
    for axis in (0, 2):
        slopes = (changed[:, axis] - shape[:, axis]) / shape[:, 1]
        assert np.std(slopes[np.abs(shape[:, 1]) > 0.01]) < 1e-3


def test_augmentation_is_a_function_of_the_seed(shape: Any) -> None:
    everything = Augmentation(0.5, 0.2, 0.2, 0.1, 0.5)
    np.testing.assert_array_equal(everything.apply(shape, rng(4)), everything.apply(shape, rng(4)))
    assert not np.array_equal(everything.apply(shape, rng(4)), everything.apply(shape, rng(5)))


def test_flat_shapes_can_be_changed() -> None:
    flat = np.zeros((10, 3), np.float32)
    flat[:, 0] = np.linspace(-0.5, 0.5, 10)
    changed = Augmentation(0.5, 0.2, 0.2, 0.1, 0.5).apply(flat, rng())
    assert np.isfinite(changed).all()
    assert len(splice(flat, flat, 0.5)) == 10


@pytest.mark.parametrize("height", [0.3, 0.5, 0.7])
def test_splice(height: float, cloud: Any) -> None:
    below = renormalise(cloud(300, seed=1).astype(np.float32))
    above = renormalise(cloud(300, seed=2).astype(np.float32))
    joined = splice(below, above, height)
    cut = below[:, 1].min() + height * np.ptp(below[:, 1])
    kept = below[below[:, 1] <= cut]
    np.testing.assert_array_equal(joined[: len(kept)], kept)
    upper = joined[len(kept) :]
    assert (upper[:, 1] >= cut - 1e-6).all()
    assert len(upper) == (above[:, 1] > above[:, 1].min() + height * np.ptp(above[:, 1])).sum()
    shift = upper - above[above[:, 1] > above[:, 1].min() + height * np.ptp(above[:, 1])]
    up = np.array([0, 1, 0], np.float32)
    np.testing.assert_allclose(shift, shift[0] * up + np.zeros_like(shift), atol=1e-6)


def test_splice_with_itself_is_itself(shape: Any) -> None:
    joined = splice(shape, shape, 0.4)
    np.testing.assert_array_equal(np.unique(joined, axis=0), np.unique(shape, axis=0))


def test_renormalise_as_the_codec(cloud: Any) -> None:
    points = cloud(200, size=7.0, center=(1, 2, 3)).astype(np.float32)
    np.testing.assert_allclose(renormalise(points), normalise(points.astype(np.float64))[0], atol=1e-6)
    assert not renormalise(np.ones((5, 3), np.float32)).any()


def test_draw() -> None:
    points = np.arange(30).reshape(10, 3)
    assert draw(points, 10, rng()) is points
    fewer = draw(points, 4, rng())
    assert len({tuple(row) for row in fewer.tolist()}) == 4
    more = draw(points, 25, rng())
    assert more.shape == (25, 3)
    assert {tuple(row) for row in more.tolist()} <= {tuple(row) for row in points.tolist()}


@pytest.mark.parametrize("part", [0.0, 0.1, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_hold_out_never_splits_a_group(part: float, seed: int) -> None:
    groups = np.repeat(np.arange(60), rng(seed).integers(1, 5, 60))
    rng(seed).shuffle(groups)
    held = hold_out(groups, part, seed)
    assert held.shape == groups.shape
    assert not set(groups[held]) & set(groups[~held])
    assert len(set(groups[held])) == round(part * 60)
    np.testing.assert_array_equal(held, hold_out(groups, part, seed))
    if 0 < part < 1:
        assert not np.array_equal(held, hold_out(groups, part, seed + 1))


def sets(cloud: Any) -> list[CloudSet]:
    """The second set's clouds are flat: a drawn shape tells where it came from."""
    solid = np.stack([renormalise(cloud(80, seed=s).astype(np.float32)) for s in range(5)])
    plane = np.array([1, 1, 0], np.float32)
    flat = np.stack([renormalise(cloud(80, seed=s).astype(np.float32) * plane) for s in range(5)])
    return [
        CloudSet("solid", solid.astype(np.float16), 0.9, 0.1),
        CloudSet("flat", flat.astype(np.float16), 0.1, 0.9),
    ]


def test_batches(cloud: Any) -> None:
    strong = Augmentation(0.5, 0.3, 0.2, 0.1, 0.5)
    found, rows = batch(sets(cloud), 16, 40, strong, rng(1), progress=0.2)
    assert rows.shape == (16,)
    assert found.shape == (16, 40, 3)
    assert found.dtype == np.float32
    low, high = found.min(axis=1), found.max(axis=1)
    np.testing.assert_allclose(np.linalg.norm(high - low, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(high + low, 0, atol=1e-5)
    np.testing.assert_array_equal(found, batch(sets(cloud), 16, 40, strong, rng(1), progress=0.2)[0])
    assert not np.array_equal(found, batch(sets(cloud), 16, 40, strong, rng(2), progress=0.2)[0])


@pytest.mark.parametrize(("progress", "share"), [(0.0, 0.1), (0.5, 0.5), (1.0, 0.9)])
def test_weights_move_with_the_progress(progress: float, share: float, cloud: Any) -> None:
    found, rows = batch(sets(cloud), 1000, 10, NOTHING, rng(), progress=progress)
    flat = np.ptp(found[:, :, 2], axis=1) < 1e-6
    assert flat.mean() == pytest.approx(share, abs=0.05)
    np.testing.assert_array_equal(rows >= 5, flat)  # rows go on from set to set
    assert set(rows) == set(range(10))


@pytest.mark.parametrize(("progress", "strength"), [(0.0, 1.0), (0.6, 1.0), (5 / 6, 0.625), (1.0, 0.25)])
def test_augmentation_fades(progress: float, strength: float, cloud: Any) -> None:
    """The largest stretch of one axis against another is exp(2 scale strength)."""
    one = [CloudSet("one", sets(cloud)[0].points[:1])]
    plain = renormalise(one[0].points[0].astype(np.float32))
    found, _ = batch(one, 400, 80, Augmentation(mirror=0.0, scale=0.4), rng(), progress=progress)
    ratios = np.ptp(found, axis=1) / np.ptp(plain, axis=0)
    widest = np.log(ratios.max(axis=1) / ratios.min(axis=1)).max()
    assert 0.85 * 0.8 * strength < widest <= 0.8 * strength + 1e-3


def test_rotation_turns_about_y_within_its_bound() -> None:
    cloud = np.array([[1.0, 0.3, 0.0], [0.0, -0.2, 0.5]], np.float32)
    angles = []
    for seed in range(200):
        turned = Augmentation(mirror=0.0, rotate=30.0).apply(cloud, np.random.default_rng(seed))
        assert np.allclose(turned[:, 1], cloud[:, 1])
        assert np.allclose(np.hypot(turned[:, 0], turned[:, 2]), [1.0, 0.5], atol=1e-6)
        angles.append(np.degrees(np.arctan2(turned[0, 2], turned[0, 0])))
    assert 27 < max(angles) <= 30.001
    assert -30.001 <= min(angles) < -27

"""The measures against their definitions, written a second time with plain loops over all pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcbin.errors import InputError
from pcbin.metrics import chamfer, distortion, nearest_squared, sampling_floor
from pcbin.metrics.neighbours import both


def squared(x: Any, y: Any) -> Any:
    """(N, M): every squared distance."""
    return np.square(x[:, None, :].astype(np.float64) - y[None, :, :]).sum(axis=2)


def brute_chamfer(original: Any, decoded: Any) -> tuple[float, float]:
    """DESIGN section 6: the original scaled to a unit bounding-box diagonal; means, and sums."""
    diagonal = math.dist(original.min(axis=0), original.max(axis=0))
    table = squared(original, decoded) / diagonal**2
    forward, backward = table.min(axis=1), table.min(axis=0)
    return forward.mean() + backward.mean(), forward.sum() + backward.sum()


def brute_psnr(original: Any, decoded: Any) -> float:
    """MPEG pc_error: 10 log10(3 p^2 / mse) in the user's units; no scaling at all."""
    table = squared(original, decoded)
    mse = max(table.min(axis=1).mean(), table.min(axis=0).mean())
    peak = (original.max(axis=0) - original.min(axis=0)).max()
    return 10 * math.log10(3 * peak**2 / mse)


sizes = st.integers(2, 60)


@given(sizes, sizes, st.integers(0, 2**32), st.floats(-6, 6), st.floats(-3, 3))
@settings(max_examples=100, deadline=None)
def test_against_brute_force(n: int, m: int, seed: int, magnitude: float, offset: float) -> None:
    rng = np.random.default_rng(seed)
    unit = 10.0**magnitude
    original = (rng.uniform(-1, 1, (n, 3)) * [1.0, 2.0, 0.3] + offset) * unit
    decoded = (rng.uniform(-1, 1, (m, 3)) + offset) * unit
    found = distortion(original, decoded)
    mean, total = brute_chamfer(original, decoded)
    assert found.chamfer == pytest.approx(mean, rel=1e-6)
    assert found.chamfer_sum == pytest.approx(total, rel=1e-6)
    assert found.d1_psnr == pytest.approx(brute_psnr(original, decoded), abs=1e-6)


def test_by_hand() -> None:
    """A unit segment against its middle: 2 x 0.25 in one direction, 0.25 in the other."""
    found = distortion([[0, 0, 0], [1, 0, 0]], [[0.5, 0, 0]])
    assert found.chamfer == pytest.approx(0.5)
    assert found.chamfer_sum == pytest.approx(0.75)
    assert found.d1_psnr == pytest.approx(10 * math.log10(3 / 0.25))


def test_the_posters_convention(cloud: Any) -> None:
    """With as many points on both sides the sum is N times the mean (1.464 is 7.15e-4 at 2048 points)."""
    found = distortion(cloud(200, seed=1), cloud(200, seed=2))
    assert found.chamfer_sum == pytest.approx(200 * found.chamfer)
    assert pytest.approx(7.15e-4, rel=1e-3) == 1.464 / 2048


def test_scale_place_and_order_do_not_matter(cloud: Any) -> None:
    x, y = cloud(150, seed=1), cloud(130, seed=2)
    expected = distortion(x, y)
    order = np.random.default_rng(0).permutation(150)
    for factor, move in ((1e-6, 0.0), (1e6, 0.0), (25.4, (5e5, 5e6, -3.0))):
        found = distortion(x[order] * factor + move, y[::-1] * factor + move)
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_it_is_the_original_that_is_scaled(cloud: Any) -> None:
    x, y = cloud(150, seed=1), 3 * cloud(130, seed=1)
    assert distortion(x, y).chamfer != pytest.approx(distortion(y, x).chamfer, rel=0.1)


def test_the_same_cloud_has_no_distortion(cloud: Any) -> None:
    assert distortion(cloud(99), cloud(99)[::-1]) == (0.0, 0.0, math.inf)


def test_without_extent() -> None:
    """Documented: distances in the user's units; a PSNR that is infinite or minus infinite."""
    point = [[2.0, 3.0, 4.0]]
    assert distortion(point, point * 5) == (0.0, 0.0, math.inf)
    found = distortion(point, [[2.0, 3.0, 6.0]])
    assert found == (8.0, 8.0, -math.inf)


@pytest.mark.parametrize("size", [1e-250, 1e-160, 1e160, 1e300])
def test_extreme_sizes(size: float, cloud: Any) -> None:
    x, y = cloud(50, seed=1), cloud(50, seed=2)
    np.testing.assert_allclose(distortion(x * size, y * size), distortion(x, y), rtol=1e-6)


@pytest.mark.parametrize(
    ("original", "decoded"),
    [
        ([[-1.7e308, 0, 0], [1.7e308, 0, 0]], [[0, 0, 0]]),
        ([[0, 0, 0], [1e-300, 0, 0]], [[1e300, 0, 0]]),
        ([[0, 0, 0], [1, 0, 0]], [[1e200, 0, 0]]),
    ],
)
def test_distances_that_overflow_are_refused(original: Any, decoded: Any) -> None:
    with pytest.raises(InputError, match="overflow"):
        distortion(original, decoded)


def test_errors_name_the_cloud() -> None:
    with pytest.raises(InputError, match=r"^original: an empty cloud"):
        distortion(np.zeros((0, 3)), [[0, 0, 0]])
    with pytest.raises(InputError, match=r"^decoded: shape"):
        distortion([[0, 0, 0]], [[0, 0]])


def test_nearest_squared(cloud: Any) -> None:
    x, y = cloud(80, seed=1).astype(np.float32), cloud(60, seed=2).astype(np.float32)
    np.testing.assert_allclose(nearest_squared(x, y), squared(x, y).min(axis=1), rtol=1e-9)


def test_chamfer_scales_nothing(cloud: Any) -> None:
    x, y = cloud(80, seed=1), cloud(60, seed=2)
    table = squared(x, y)
    assert chamfer(x, y) == pytest.approx(table.min(axis=1).mean() + table.min(axis=0).mean())
    assert chamfer(3 * x, 3 * y) == pytest.approx(9 * chamfer(x, y))


def test_floor_of_a_known_surface() -> None:
    """A unit square with n random points: the mean squared distance to the nearest is 1 / (pi n)."""
    rng = np.random.default_rng(0)
    square = np.column_stack([rng.uniform(size=(8000, 2)), np.zeros(8000)])
    expected = 2 / (math.pi * 4000) / 2  # both directions; the squared diagonal is 2
    assert sampling_floor(square, seed=1) == pytest.approx(expected, rel=0.06)


def test_floor_is_between_two_disjoint_halves(cloud: Any) -> None:
    points = cloud(101)
    order = np.random.default_rng(7).permutation(101)
    a, b = points[order[:50]], points[order[50:100]]
    diagonal = math.dist(points.min(axis=0), points.max(axis=0))
    table = squared(a, b) / diagonal**2
    expected = table.min(axis=1).mean() + table.min(axis=0).mean()
    assert sampling_floor(points, seed=7) == pytest.approx(expected, rel=1e-9)
    assert sampling_floor(points, seed=7) != sampling_floor(points, seed=8)


def test_floor_needs_two_points() -> None:
    assert sampling_floor([[0, 0, 0], [1, 0, 0]]) == pytest.approx(2.0)
    with pytest.raises(InputError, match="two"):
        sampling_floor([[0, 0, 0]])


def test_floor_of_the_test_chairs(shared: Any) -> None:
    """data/README.md: 0.269e-3 between two disjoint samples of 2048 points, over the 99 test chairs."""
    with np.load(shared / "data" / "modelnet10_chair.npz", allow_pickle=False) as data:
        chairs = data["points"][data["split"] == "test"]
    assert len(chairs) == 99
    floors = [sampling_floor(chair[:4096], seed=0) for chair in chairs]
    assert 1e3 * float(np.mean(floors)) == pytest.approx(0.269, abs=0.006)


def test_distances_to_many_equal_points_are_those_to_one_of_each() -> None:
    rng = np.random.default_rng(0)
    different, points = rng.standard_normal((50, 3)), rng.standard_normal((40, 3))
    many = different[rng.integers(50, size=20_000)]
    to_many, to_points = both(points, many)
    assert np.array_equal(to_many.squared, nearest_squared(points, different))
    assert np.array_equal(
        np.square(points - many[to_many.rows]).sum(axis=1).round(12), to_many.squared.round(12)
    )
    assert len(to_points.rows) == 20_000

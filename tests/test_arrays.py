"""Clouds on the way in: what is taken, what is refused, normalised and thinned."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pcbin import arrays
from pcbin.arrays import Pose, as_points, box, normalise, represented, thin
from pcbin.errors import InputError

THREE = [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.5]]


@pytest.mark.parametrize(
    "dtype", ["f2", "f4", "f8", ">f4", ">f8", "g", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?"]
)
def test_as_points_takes_every_number(dtype: str) -> None:
    given_points = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    points = as_points(given_points)
    assert points.dtype == np.float64
    assert points.tolist() == [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]


def test_as_points_takes_lists_and_views() -> None:
    assert as_points(THREE).tolist() == THREE
    assert as_points(tuple(map(tuple, THREE))).tolist() == THREE
    columns = np.asfortranarray(THREE)[::-1]
    assert as_points(columns).tolist() == THREE[::-1]
    readonly = np.array(THREE)
    readonly.flags.writeable = False
    assert as_points(readonly).tolist() == THREE


def test_as_points_copies() -> None:
    mine = np.array(THREE)
    as_points(mine)[:] = -1
    assert mine.tolist() == THREE


def test_points_with_a_masked_coordinate_are_dropped() -> None:
    masked = np.ma.masked_array(np.array(THREE), mask=np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], bool))
    assert as_points(masked).tolist() == [THREE[0], THREE[2]]
    assert as_points(SimpleNamespace(points=masked)).tolist() == [THREE[0], THREE[2]]
    assert as_points(np.ma.masked_array(THREE)).tolist() == THREE
    nan = np.ma.masked_invalid([[np.nan, 0, 0], *THREE])
    assert as_points(nan).tolist() == THREE
    with pytest.raises(InputError, match="an empty cloud"):
        as_points(np.ma.masked_array(THREE, mask=True))
    with pytest.raises(InputError, match="shape"):
        as_points(np.ma.masked_array([1.0, 2.0, 3.0], mask=np.array([0, 1, 0], bool)))


class Frame:
    """As data frames of pandas and polars: named columns, which are fetched by name."""

    def __init__(self, **columns: Any) -> None:
        self._columns = columns
        self.columns = list(columns)
        self.points = "a column called points"

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.stack([np.asarray(column) for column in self._columns.values()], axis=1)


def check_frames(make: Any) -> None:
    x, y, z = ([row[axis] for row in THREE] for axis in range(3))
    assert as_points(make(z=z, x=x, y=y)).tolist() == THREE
    assert as_points(make(intensity=z, Y=y, X=x, Z=z, points=x)).tolist() == THREE
    assert as_points(make(**{"Points:1": y, "Points:0": x, "Points:2": z})).tolist() == THREE
    with pytest.raises(InputError, match=r"mine: a data frame with the columns a, b, c; call .* x, y and z"):
        as_points(make(a=x, b=y, c=z), what="mine")
    with pytest.raises(InputError, match="not an array of numbers"):
        as_points(make(x=x, y=["a", "b", "c"], z=z))


def test_as_points_takes_data_frames_by_their_names() -> None:
    check_frames(Frame)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frames_of(library: str) -> None:
    frame = pytest.importorskip(library).DataFrame
    check_frames(lambda **columns: frame(columns))
    with pytest.raises(InputError, match="NaN or infinite"):
        as_points(frame({"x": [1.0, None], "y": [1.0, 2.0], "z": [1.0, 2.0]}))


class Vector:
    """Like Open3D's Vector3dVector: no array, but converts to one."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(THREE, dtype=dtype)


@pytest.mark.parametrize("attribute", ["points", "vertices"])
@pytest.mark.parametrize("value", [THREE, np.array(THREE, dtype=np.float32), Vector()])
def test_as_points_takes_objects(attribute: str, value: Any) -> None:
    assert as_points(SimpleNamespace(**{attribute: value})).tolist() == THREE


def test_points_come_before_vertices() -> None:
    assert as_points(SimpleNamespace(vertices=[[9, 9, 9]], points=THREE)).tolist() == THREE


def test_an_array_subclass_with_points_is_an_array() -> None:
    class Cloud(np.ndarray[Any, Any]):
        points = "not these"

    assert as_points(np.array(THREE).view(Cloud)).tolist() == THREE


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int64", "uint8", "bool"])
def test_as_points_takes_tensors(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(getattr(torch, dtype))
    if tensor.is_floating_point():
        tensor.requires_grad_()
    assert as_points(tensor).tolist() == [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]
    assert as_points(SimpleNamespace(points=tensor)).tolist() == [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]


def test_as_points_refuses_tensors_that_are_no_arrays() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match="not an array of numbers"):
        as_points(torch.eye(3).to_sparse())
    with pytest.raises(InputError, match="not an array of numbers"):
        as_points(torch.zeros(4, 3, dtype=torch.complex64))
    with pytest.raises(InputError, match="not an array of numbers"):
        as_points(torch.zeros(4, 3, device="meta"))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "chair.ply",
        b"bytes",
        [["a", "b", "c"]],
        [[1, 2, 3], [4, 5]],
        [[1, 2, None]],
        {"points": THREE},
        object(),
        np.zeros((2, 3), dtype=np.complex64),
        np.zeros((2, 3), dtype="M8[s]"),
        np.zeros(2, dtype=[("x", "f4"), ("y", "f4"), ("z", "f4")]),
        [[10**400, 0, 0]],
    ],
    ids=lambda value: repr(value)[:20],
)
def test_as_points_refuses_what_is_no_number(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"mine: not an array of numbers .*; pass an \(N, 3\) array"):
        as_points(wrong, what="mine")


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (2, 4), (3, 2), (1, 2, 3), (0,)])
def test_as_points_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError) as error:
        as_points(np.zeros(shape))
    assert f"shape {shape}" in str(error.value)
    assert "(N, 3)" in str(error.value)


def test_a_transposed_array_is_refused() -> None:
    with pytest.raises(InputError, match=r"mine: shape \(3, 2048\): transpose it, points\.T"):
        as_points(np.zeros((3, 2048)), what="mine")
    assert as_points(np.eye(3)).tolist() == np.eye(3).tolist()


def test_as_points_refuses_nothing_and_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="an empty cloud; pass at least one point"):
        as_points(np.zeros((0, 3)))
    monkeypatch.setattr(arrays, "MAX_POINTS", 5)
    assert len(as_points(np.zeros((5, 3)))) == 5
    with pytest.raises(InputError, match="6 points; thin the cloud to at most 5"):
        as_points(np.zeros((6, 3)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_as_points_says_which_row_is_not_finite(bad: float) -> None:
    points = np.zeros((10, 3))
    points[4, 1] = points[7, 2] = points[7, 0] = bad
    with pytest.raises(
        InputError, match=r"2 of 10 points have NaN or infinite .* the first is row 4; remove"
    ):
        as_points(points)


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(np.float64).max, reason="no wider float here")
def test_numbers_beyond_float64_are_infinite() -> None:
    with pytest.raises(InputError, match="infinite"):
        as_points(np.full((2, 3), np.finfo(np.longdouble).max))


clouds = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 40), st.just(3)),
    elements=st.floats(-1, 1, allow_nan=False, width=64, allow_subnormal=False),
)
scales = st.floats(-30, 30).map(lambda e: 10.0**e)


@given(clouds, scales, hnp.arrays(np.float64, 3, elements=st.floats(-1e7, 1e7)))
@settings(max_examples=200, deadline=None)
def test_normalise_and_back(unit: Any, scale: float, offset: Any) -> None:
    points = (unit + offset) * scale
    low, high = points.min(axis=0), points.max(axis=0)
    normalised, pose = normalise(points)
    assert normalised.dtype == np.float32
    assert normalised.shape == points.shape
    assert pose.scale == pytest.approx(math.dist(low, high), rel=1e-12)
    if pose.scale == 0:
        assert not normalised.any()
    else:
        size = normalised.max(axis=0).astype(np.float64) - normalised.min(axis=0)
        assert np.linalg.norm(size) == pytest.approx(1, abs=1e-6)
        rounding = 4 * float(np.abs(points).max()) * 2.0**-52 / pose.scale
        assert float(np.abs(normalised.max(axis=0) + normalised.min(axis=0)).max()) <= 1e-6 + rounding
    back = pose.apply(normalised)
    smallest = float(np.finfo(np.float64).tiny)  # below 2^-1022 the precision is absolute, an extent is none
    rounding = 4 * float(np.abs(points).max()) * 2.0**-52 + smallest
    assert np.abs(back - points).max() <= 2e-6 * pose.scale + rounding


@pytest.mark.parametrize("size", [1e-150, 1e-30, 1e-3, 1.0, 1e6, 1e30, 1e150, 1e300])
def test_normalise_at_every_size(size: float, cloud: Any) -> None:
    points = cloud(100) * size
    normalised, pose = normalise(points)
    expected, _ = normalise(cloud(100))
    np.testing.assert_allclose(normalised, expected, atol=1e-6)
    np.testing.assert_allclose(pose.apply(normalised) / size, cloud(100), atol=1e-6)


def test_tiny_extents_are_not_taken_for_none(cloud: Any) -> None:
    """The squares of 1e-200 underflow; the extent does not."""
    normalised, pose = normalise(cloud(100) * 1e-200)
    assert pose.scale > 0
    assert np.ptp(normalised, axis=0).max() > 0.3


def test_normalise_refuses_overflow() -> None:
    with pytest.raises(InputError, match="overflows float64; scale the coordinates down"):
        normalise(np.array([[-1.7e308, 0, 0], [1.7e308, 0, 0]]))


def test_georeferenced_object_survives(cloud: Any) -> None:
    """A 1 m object at UTM coordinates: float32 has steps of half a metre there."""
    points = cloud(500, center=(5e5, 5.4e6, 300.0))
    normalised, pose = normalise(points)
    back = pose.apply(normalised)
    assert back.dtype == np.float64
    assert np.abs(back - points).max() < 1e-6 * pose.scale


def test_near_objects_come_as_float32(cloud: Any) -> None:
    points = cloud(500, center=(3.0, -2.0, 1.0))
    normalised, pose = normalise(points)
    back = pose.apply(normalised)
    assert back.dtype == np.float32
    assert np.abs(back - points).max() < 1e-6 * pose.scale


@given(st.floats(0, 9), st.floats(-3, 3))
@settings(max_examples=100, deadline=None)
def test_apply_moves_by_at_most_a_millionth(offset: float, size: float) -> None:
    pose = Pose((10.0**offset, 0.0, -(10.0**offset)), 10.0**size)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3)).astype(np.float32)
    exact = points.astype(np.float64) * pose.scale + np.array(pose.center)
    assert np.abs(pose.apply(points) - exact).max() <= 1.1e-6 * pose.scale


@pytest.mark.parametrize("scale", [1e-45, 1e-40, 1e39, 1e200])
def test_apply_leaves_float32_where_its_range_ends(scale: float) -> None:
    points = np.array([[0.5, -0.5, 0.25]], dtype=np.float32)
    placed = Pose((0.0, 0.0, 0.0), scale).apply(points)
    np.testing.assert_allclose(placed, points.astype(np.float64) * scale, rtol=1e-6)


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize(
    "place", [(0.0, 0.0, 0.0), (1.0, 2.0, 3.0), (0.1, 5e6 + 0.3, -1e-20), (1e300, 1.0, 1.0)]
)
def test_no_extent(n: int, place: tuple[float, float, float]) -> None:
    """One point, or the same point many times: zeros, and the exact place back."""
    normalised, pose = normalise(np.array([place] * n))
    assert pose == Pose(place, 0.0)
    assert not normalised.any()
    assert pose.apply(normalised).tolist() == [list(place)] * n


@pytest.mark.parametrize("method", ["farthest", "random"])
@pytest.mark.parametrize(("have", "want"), [(100, 1), (100, 99), (100, 7), (5000, 100), (2049, 2048)])
def test_thin_chooses_that_many(method: Any, have: int, want: int) -> None:
    points = np.random.default_rng(1).normal(size=(have, 3)).astype(np.float32)
    rows = {tuple(row): index for index, row in enumerate(points.tolist())}
    chosen = [rows[tuple(row)] for row in thin(points, want, method=method, seed=3).tolist()]
    assert len(chosen) == want
    assert chosen == sorted(set(chosen))  # a subset, without repeats, in the order of the cloud
    again = thin(points, want, method=method, seed=3)
    np.testing.assert_array_equal(points[chosen], again)
    other = thin(points, want, method=method, seed=4)
    assert want >= have - 1 or not np.array_equal(again, other)


@pytest.mark.parametrize("method", ["farthest", "random"])
@pytest.mark.parametrize("n", [10, 11, 1000])
def test_thin_leaves_small_clouds_alone(method: Any, n: int) -> None:
    points = np.arange(30, dtype=np.float32).reshape(10, 3)
    np.testing.assert_array_equal(thin(points, n, method=method), points)


def spread(points: Any) -> float:
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    return float((distances + 10 * np.eye(len(points))).min())


@pytest.mark.parametrize("count", [400, 3000])  # the second is cut to 16 n first
def test_farthest_spreads_better_than_random(count: int, cloud: Any) -> None:
    points = cloud(count).astype(np.float32)
    for seed in range(3):
        far, drawn = (thin(points, 60, method=method, seed=seed) for method in ("farthest", "random"))
        assert spread(far) > 3 * spread(drawn)


def test_a_dense_part_leaves_the_others_their_points() -> None:
    """Of 200,000 points 100 are a rod, and the rest a lump: drawn at random, hardly one of 16 n would be."""
    rng = np.random.default_rng(0)
    rod = np.linspace(0, 1, 100)[:, None] * np.ones(3)
    points = np.concatenate([rng.normal(scale=0.01, size=(200_000, 3)), rod]).astype(np.float32)
    taken = thin(points, 64)
    assert len(taken) == 64
    assert (taken[:, 0] > 0.1).sum() > 20


def test_farthest_takes_the_farthest_point_each_time(cloud: Any) -> None:
    """Against the definition: greedy, from the seeded first point."""
    points = cloud(80).astype(np.float32)
    taken = thin(points, 10, seed=5)
    rows = [int(np.flatnonzero((points == row).all(axis=1))[0]) for row in taken]
    start = int(np.random.default_rng(5).integers(80))
    greedy = [start]
    while len(greedy) < 10:
        distance = np.linalg.norm(points[:, None].astype(float) - points[greedy][None], axis=2).min(axis=1)
        greedy.append(int(distance.argmax()))
    assert rows == sorted(greedy)


def test_thin_refuses() -> None:
    points = np.zeros((10, 3), dtype=np.float32)
    with pytest.raises(InputError, match=r"unknown method 'best'; use 'farthest' or 'random'"):
        thin(points, 5, method="best")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cannot choose 0 points"):
        thin(points, 0)


def test_thin_of_equal_points() -> None:
    assert thin(np.zeros((10, 3), dtype=np.float32), 4).shape == (4, 3)


def test_represented_keeps_the_box_and_every_part() -> None:
    rng = np.random.default_rng(0)
    dense, sparse = rng.uniform(0, 0.1, (50_000, 3)), rng.uniform(0, 1, (300, 3))
    points = np.concatenate([dense, sparse, [[2.0, 0.5, -1.0]]])
    few = represented(points, 2_000)
    assert 2_000 <= len(few) <= 2_006
    assert np.array_equal(few, represented(points, 2_000))
    assert np.array_equal(box(few)[0], box(points)[0])
    assert box(few)[1] == box(points)[1]
    assert (few > 0.1).any(axis=1).sum() > 200  # of 300, where 1 in 25 of all are kept
    assert represented(points, len(points)) is points

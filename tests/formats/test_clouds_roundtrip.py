"""Checkers that every format which can be both written and read must pass."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pcbin.errors import InputError
from pcbin.formats.clouds import formats, read_cloud, write_cloud

BOTH = sorted(name for name, f in formats().items() if f.read is not None and f.write is not None)


class Pipe(io.RawIOBase):
    """A stream that cannot seek and gives little at a time."""

    def __init__(self, data: bytes) -> None:
        self._left = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._left.readinto(memoryview(buffer)[:1000])


def written(points: np.ndarray, format: str) -> bytes:
    target = io.BytesIO()
    write_cloud(target, points, format)
    return target.getvalue()


def check_round_trip(points: np.ndarray, format: str) -> None:
    cloud = read_cloud(io.BytesIO(written(points, format)), format=format)
    assert cloud.points.dtype == np.float64
    exact = np.float64 if points.dtype.itemsize > 4 or points.dtype.kind == "i" else np.float32
    np.testing.assert_array_equal(cloud.points.astype(exact), points.astype(exact))
    assert cloud.dropped == ()
    assert cloud.sampled_from is None


def test_the_formats_that_must_be_here():
    assert BOTH == ["csv", "npy", "npz", "obj", "off", "pcd", "ply", "xyz"]


@pytest.mark.parametrize("format", BOTH)
@pytest.mark.parametrize("width", [32, 64])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_cloud(format, width, data):
    numbers = st.floats(allow_nan=False, allow_infinity=False, width=width)
    shape = st.tuples(st.integers(1, 20), st.just(3))
    check_round_trip(data.draw(arrays(np.dtype(f"f{width // 8}"), shape, elements=numbers)), format)


@pytest.mark.parametrize("format", BOTH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.float16])
def test_special_clouds(format, dtype):
    points = np.random.default_rng(0).uniform(-9, 9, (300, 3))
    check_round_trip(points.astype(dtype), format)
    check_round_trip(points[:1].astype(dtype), format)
    check_round_trip(np.zeros((2, 3), dtype), format)


@pytest.mark.parametrize("format", BOTH)
def test_georeferenced(format):
    check_round_trip(np.random.default_rng(1).random((100, 3)) + np.array([3.5e6, 5.4e6, 120]), format)


@pytest.mark.parametrize("format", BOTH)
def test_from_a_pipe(format):
    points = np.random.default_rng(2).random((500, 3))
    cloud = read_cloud(Pipe(written(points, format)), format=format)  # type: ignore[arg-type]
    np.testing.assert_array_equal(cloud.points, points)


@pytest.mark.parametrize("format", BOTH)
def test_by_path_suffix_and_gzip(format, tmp_path):
    import gzip

    points = np.random.default_rng(3).random((50, 3))
    plain, packed = tmp_path / f"A cloud.{format.upper()}", tmp_path / f"cloud.{format}.gz"
    plain.write_bytes(written(points, format))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    with plain.open("rb") as stream:
        sources = (plain, str(plain), packed, stream)
        for source in sources:
            np.testing.assert_array_equal(read_cloud(source).points, points)


@pytest.mark.parametrize("format", BOTH)
def test_same_points_same_bytes(format):
    points = np.random.default_rng(4).random((20, 3))
    assert written(points, format) == written(np.asfortranarray(points), format)


@pytest.mark.parametrize("format", BOTH)
@pytest.mark.parametrize("bad", [np.zeros((0, 3)), np.zeros((3, 2)), np.full((2, 3), np.nan)])
def test_no_clouds_are_not_written(format, bad):
    target = io.BytesIO()
    with pytest.raises(InputError):
        write_cloud(target, bad, format)
    assert target.getvalue() == b""


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("xyz", b"0.1 2.0 -3.0\n1e-10 0.0 5.0\n"),
        ("csv", b"x,y,z\n0.1,2.0,-3.0\n1e-10,0.0,5.0\n"),
        ("obj", b"v 0.1 2.0 -3.0\nv 1e-10 0.0 5.0\n"),
        ("off", b"OFF\n2 0 0\n0.1 2.0 -3.0\n1e-10 0.0 5.0\n"),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_text_has_no_needless_digits(format, expected, dtype):
    assert written(np.array([[0.1, 2, -3], [1e-10, 0, 5]], dtype), format) == expected


def test_binary_widths():
    points = np.zeros((10, 3))
    for format in ("ply", "pcd"):
        assert len(written(points, format)) - len(written(points.astype("f4"), format)) in range(118, 126)
    assert b"format binary_little_endian 1.0\n" in written(points, "ply")
    assert np.load(io.BytesIO(written(points.astype("f4"), "npy"))).dtype == np.float32
    assert np.load(io.BytesIO(written(points, "npz")))["points"].shape == (10, 3)

"""LAS, LAZ and E57, where their libraries are installed, and what is said where they are not."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_clouds_fuzz import mutated

from pcbin.errors import InputError, MissingDependency
from pcbin.formats.clouds import read_cloud

POINTS = np.random.default_rng(3).uniform(-5, 5, (300, 3)) + np.array([500_000, 4_000_000, 100])


def las(compressed: bool, *, version: str = "1.2", kind: int = 3) -> bytes:
    laspy = pytest.importorskip("laspy")
    if compressed:
        pytest.importorskip("lazrs")
    header = laspy.LasHeader(version=version, point_format=kind)
    header.scales, header.offsets = [0.001] * 3, [500_000, 4_000_000, 0]
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = POINTS.T
    cloud.red = np.arange(len(POINTS))
    target = io.BytesIO()
    cloud.write(target, do_compress=compressed)
    return target.getvalue()


def e57(folder: Path, scans: list[dict[str, Any]], **pose: Any) -> Path:
    pye57 = pytest.importorskip("pye57")
    path = folder / "scan.e57"
    with pye57.E57(str(path), mode="w") as file:
        for scan in scans:
            file.write_scan_raw({key: np.asarray(values) for key, values in scan.items()}, **pose)
    return path


def read(data: bytes, name: str, **options: Any):
    stream = io.BytesIO(data)
    stream.name = name  # type: ignore[attr-defined]
    return read_cloud(stream, **options)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(("version", "kind"), [("1.2", 3), ("1.4", 7)])
def test_las(compressed, version, kind, tmp_path):
    path = tmp_path / ("a.laz" if compressed else "A.LAS")
    path.write_bytes(las(compressed, version=version, kind=kind))
    cloud = read_cloud(path)
    np.testing.assert_allclose(cloud.points, POINTS, atol=0.00051)
    assert cloud.dropped == ("colours",)  # all else is zero


def with_count(data: bytes, count: int) -> bytes:
    return data[:107] + struct.pack("<I", count) + data[111:]


LAS_BAD = {
    "another format": (lambda data: b"LAZF" + data[4:], "does not begin with 'LASF'"),
    "too short": (lambda data: data[:200], "200 bytes are too few"),
    "no points": (lambda data: with_count(data, 0), "no points in it"),
    "too many points": (
        lambda data: with_count(data, 2**32 - 1),
        r"announces 4,294,967,295 points, which need",
    ),
    "points beyond the end": (
        lambda data: data[:96] + b"\xff\xff\xff\xff" + data[100:],
        "contradicts itself",
    ),
    "too many records": (lambda data: data[:100] + b"\xff\xff\xff\xff" + data[104:], "contradicts itself"),
    "a format of points": (lambda data: data[:104] + bytes([data[104] | 63]) + data[105:], "damaged LAS"),
}


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("case", LAS_BAD)
def test_bad_las(case, compressed):
    change, problem = LAS_BAD[case]
    with pytest.raises(InputError, match=problem) as caught:
        read(change(las(compressed)), "scan.las")
    assert str(caught.value).startswith("scan.las: ")
    assert len(str(caught.value)) < 500


def test_the_table_of_chunks_is_checked():
    """lazrs allocates what it announces."""
    data = bytearray(las(compressed=True))
    start = int.from_bytes(data[96:100], "little")
    table = int.from_bytes(data[start : start + 8], "little")
    data[table + 4 : table + 8] = b"\xff\xff\xff\xff"
    with pytest.raises(InputError, match="table of chunks is damaged"):
        read(bytes(data), "scan.laz")


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy within laspy, about odd scales
def test_las_mutations(compressed, capfd):
    data = las(compressed)
    rejected = 0
    for round in range(400):
        try:
            cloud = read(mutated(data, np.random.default_rng([5, round])), "scan.laz")
        except InputError:
            rejected += 1
        else:
            assert np.isfinite(cloud.points).all()
    assert 20 < rejected < 380
    for length in range(0, len(data), 97):
        with pytest.raises(InputError):
            read(data[:length], "scan.laz")


LOCAL = POINTS - POINTS.mean(axis=0)
CARTESIAN = dict(zip(("cartesianX", "cartesianY", "cartesianZ"), LOCAL.T, strict=True))


def test_e57(tmp_path):
    path = e57(tmp_path, [CARTESIAN, {**CARTESIAN, "intensity": np.ones(len(LOCAL))}])
    cloud = read_cloud(path)
    np.testing.assert_allclose(cloud.points, np.concatenate([LOCAL, LOCAL]), atol=1e-6)
    assert (cloud.dropped, cloud.dropped_points) == (("intensity",), 0)
    np.testing.assert_array_equal(read(path.read_bytes(), "scan.e57").points, cloud.points)
    assert path.exists()


def test_e57_poses_and_invalid_points(tmp_path):
    invalid = np.zeros(len(LOCAL), "i1")
    invalid[[3, 7]] = 2
    half = np.sqrt(0.5)
    pose = {"rotation": np.array([half, 0, 0, half]), "translation": np.array([1, 2, 3])}
    cloud = read_cloud(e57(tmp_path, [{**CARTESIAN, "cartesianInvalidState": invalid}], **pose))
    turned = LOCAL[:, [1, 0, 2]] * [-1, 1, 1] + [1, 2, 3]
    np.testing.assert_allclose(cloud.points, np.delete(turned, [3, 7], axis=0), atol=1e-6)
    assert cloud.dropped_points == 2


def raw_e57(path: Path, **fields: np.ndarray) -> Path:
    """One scan of double precision without a pose, of any fields."""
    pye57 = pytest.importorskip("pye57")
    lib = pye57.libe57
    with pye57.E57(str(path), mode="w") as file:
        image = file.image_file
        prototype, scan = lib.StructureNode(image), lib.StructureNode(image)
        for key in fields:
            prototype.set(key, lib.FloatNode(image, 0, lib.E57_DOUBLE, -1e9, 1e9))
        points = lib.CompressedVectorNode(image, prototype, lib.VectorNode(image, True))
        scan.set("points", points)
        file.data3d.append(scan)
        count = len(next(iter(fields.values())))
        columns, buffers = file.make_buffers(list(fields), count)
        for key, values in fields.items():
            columns[key][:] = values
        writer = points.writer(buffers)
        writer.write(count)
        writer.close()
    return path


def test_e57_spherical(tmp_path):
    distance = np.linalg.norm(LOCAL, axis=1)
    azimuth, elevation = np.arctan2(LOCAL[:, 1], LOCAL[:, 0]), np.arcsin(LOCAL[:, 2] / distance)
    path = raw_e57(
        tmp_path / "a.e57", sphericalRange=distance, sphericalAzimuth=azimuth, sphericalElevation=elevation
    )
    np.testing.assert_allclose(read_cloud(path).points, LOCAL, atol=1e-9)


def test_e57_without_coordinates(tmp_path):
    path = raw_e57(tmp_path / "a.e57", intensity=np.ones(5))
    with pytest.raises(InputError, match="a scan without x, y, z or range and angles"):
        read_cloud(path)


def test_bad_e57(tmp_path):
    data = e57(tmp_path, [CARTESIAN]).read_bytes()
    for changed, problem in (
        (b"", "an empty file"),
        (b"hello", "does not begin with 'ASTM-E57'"),
        (data[:-2000], "damaged E57"),
        (data[:60], "damaged E57"),
        (data[:2000] + b"\0\1\2\3" + data[2004:], "damaged E57"),
    ):
        with pytest.raises(InputError, match=problem) as caught:
            read(changed, "scan.e57")
        assert str(caught.value).startswith("scan.e57: ")
        assert len(str(caught.value)) < 500


def test_e57_mutations(tmp_path):
    data = e57(tmp_path, [CARTESIAN]).read_bytes()
    for round in range(150):
        try:
            cloud = read(mutated(data, np.random.default_rng([6, round])), "scan.e57")
        except InputError:
            continue
        assert np.isfinite(cloud.points).all()


HEADER = (
    b"LASF" + bytes(20) + b"\1\2" + bytes(68) + struct.pack("<HIIBHI", 227, 227, 0, 0, 20, 1) + bytes(136)
)


@pytest.mark.parametrize(
    ("name", "data", "package"), [("a.las", HEADER, "laspy"), ("a.e57", b"ASTM-E57", "pye57")]
)
def test_what_to_install(name, data, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        MissingDependency, match=rf"{name}: reading it needs {package}: pip install 'pcbin\[\w+\]'$"
    ):
        read(data, name)

"""PLY by either backend: plyfile, which is the default, and trimesh where plyfile is not installed."""

from __future__ import annotations

import gzip
import io
import struct
import sys
import tempfile

import numpy as np
import pytest
from test_clouds_dialects import ply, ply_mesh
from test_clouds_errors import ERRORS
from test_clouds_fuzz import mutated

from pcbin.errors import InputError, MissingDependency
from pcbin.formats.clouds import read_cloud, write_cloud

POINTS = np.array([[1.0, 2.0, 3.0], [-4.0, 5.5, 6e-3]])


@pytest.fixture(params=["plyfile", "trimesh"])
def backend(request, monkeypatch):
    pytest.importorskip(request.param)
    if request.param == "trimesh":
        monkeypatch.setitem(sys.modules, "plyfile", None)
    return request.param


def read(data: bytes, **options):
    return read_cloud(io.BytesIO(data), format="ply", **options)


def mesh(faces: list[list[int]], kind: str = "ascii", more: str = "", **options: str) -> bytes:
    """Polygons of a unit square."""
    return ply_mesh(np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]), faces, kind, more=more, **options)


BINARY = ["binary_little_endian", "binary_big_endian"]


@pytest.mark.parametrize("kind", ["ascii", *BINARY])
def test_clouds(backend, kind):
    body = b"1 2 3 9 0.5\n-4 5.5 0.006 8 0.25\n"
    if kind != "ascii":
        mark = "<" if "little" in kind else ">"
        body = struct.pack(f"{mark}dddBfdddBf", 1, 2, 3, 9, 0.5, -4, 5.5, 6e-3, 8, 0.25)
    cloud = read(ply(kind, body, "double x double y double z uchar red float nx"))
    np.testing.assert_array_equal(cloud.points, POINTS)
    assert cloud.dropped == ("colours", "normals")


@pytest.mark.parametrize("kind", ["ascii", *BINARY])
@pytest.mark.parametrize(
    ("faces", "triangles", "skipped"),
    [
        ([[0, 1, 2]], 1, 0),
        ([[0, 1, 2], [0, 2, 3], [1, 1, 2]], 2, 1),
        ([[0, 1, 2, 3]], 2, 0),
        ([[0, 1, 2, 3], [3, 2, 1, 0]], 4, 0),
        ([[0, 1, 2], [0, 1, 2, 3]], 3, 0),
    ],
)
def test_meshes(backend, kind, faces, triangles, skipped):
    mixed = len({len(face) for face in faces}) > 1
    for more in ("", "property uchar flags\n"):
        data = mesh(faces, kind, more)
        if backend == "trimesh" and kind != "ascii" and mixed:
            with pytest.raises(InputError, match=r"trimesh cannot read .*; pip install plyfile"):
                read(data)
            continue
        cloud = read(data, samples=200)
        assert cloud.sampled_from == f"mesh of {triangles} triangle{'' if triangles == 1 else 's'}"
        assert cloud.skipped_faces == skipped
        assert cloud.dropped == (("face flags",) if more else ())
        assert (cloud.points[:, 2] == 0).all()
        assert ((cloud.points >= 0) & (cloud.points <= 1)).all()
        np.testing.assert_array_equal(read(data, samples=0).points[:, :2], [[0, 0], [1, 0], [1, 1], [0, 1]])


def test_either_name_of_the_indices(backend):
    assert read(mesh([[0, 1, 2]], key="vertex_index")).sampled_from == "mesh of 1 triangle"
    if backend == "plyfile":
        cloud = read(mesh([[0, 1, 2]], key="indices"))
        assert (len(cloud.points), cloud.dropped) == (4, ("faces",))


def test_polygons_that_trimesh_would_read_as_others(monkeypatch):
    """Four and two corners take the bytes of three and three."""
    for name in ("plyfile", "trimesh"):
        pytest.importorskip(name)
    data = mesh([[0, 1, 2], [0, 1, 2, 3], [0, 1]], BINARY[0])
    assert read(data).sampled_from == "mesh of 3 triangles"
    monkeypatch.setitem(sys.modules, "plyfile", None)
    with pytest.raises(InputError, match="polygons of different numbers of corners"):
        read(data)


@pytest.mark.parametrize(("format", "data", "problem"), [case for case in ERRORS if case[0] == "ply"])
def test_bad_files(backend, format, data, problem):
    if backend == "trimesh" and "end-of-line" in problem:
        pytest.skip("trimesh leaves out what follows the properties")
    with pytest.raises(InputError, match=r"^<stream>: "):
        read(data)


@pytest.mark.parametrize("kind", ["ascii", *BINARY])
@pytest.mark.parametrize("faces", ["", "element face 0\nproperty list uchar int vertex_indices\n"])
def test_files_without_vertices_are_called_empty(backend, kind, faces):
    header = f"ply\nformat {kind} 1.0\nelement vertex 0\n"
    header += "".join(f"property float {axis}\n" for axis in "xyz") + f"{faces}end_header\n"
    with pytest.raises(InputError, match="an empty cloud"):
        read(header.encode())


@pytest.mark.parametrize("seed", [mesh([[0, 1, 2], [0, 2, 3]]), mesh([[0, 1, 2], [0, 2, 3]], BINARY[0])])
def test_mutations(backend, seed):
    rejected = 0
    for round in range(300):
        try:
            cloud = read(mutated(seed, np.random.default_rng([7, round])), samples=16)
        except InputError:
            rejected += 1
        else:
            assert np.isfinite(cloud.points).all()
    assert 15 < rejected < 285


def test_without_either(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "plyfile", None)
    monkeypatch.setitem(sys.modules, "trimesh", None)
    monkeypatch.setitem(sys.modules, "trimesh.exchange.ply", None)
    path = tmp_path / "a.ply"
    with path.open("wb") as file:
        write_cloud(file, POINTS, "ply")
    with pytest.raises(MissingDependency, match=r"a\.ply: .*: pip install plyfile, or pip install trimesh$"):
        read_cloud(path)
    with pytest.raises(InputError, match="does not begin with 'ply'"):  # as far as it comes without
        read(b"rubbish")


def test_written_files_are_sound(backend):
    for points in (POINTS, POINTS.astype("f4")):
        target = io.BytesIO()
        write_cloud(target, points, "ply")
        np.testing.assert_array_equal(read(target.getvalue()).points, points.astype("f8"))


@pytest.mark.parametrize("faces", [[[0, 1, 2]], [[0, 1, 2], [0, 1, 2, 3]], []])
def test_binary_files_are_read_where_they_lie(faces, tmp_path, monkeypatch):
    """Other sources lie in no file that could be mapped into memory."""
    if len(faces) > 1:
        pytest.importorskip("plyfile")
    data = mesh(faces, BINARY[0])
    expected = read(data, samples=10).points
    plain, packed = tmp_path / "a.ply", tmp_path / "packed"
    plain.write_bytes(b"before" + data)
    packed.write_bytes(gzip.compress(data))
    with (
        gzip.open(packed) as unpacked,
        io.BufferedReader(unpacked) as buffered,
    ):  # its fileno is the packed file's
        assert buffered.fileno()  # that of the packed file
        np.testing.assert_array_equal(read_cloud(buffered, format="ply", samples=10).points, expected)

    def forbidden(*args, **options):
        raise AssertionError("copied")

    monkeypatch.setattr(tempfile, "TemporaryFile", forbidden)
    for buffering in (-1, 0):
        with plain.open("rb", buffering=buffering) as file:
            file.seek(len(b"before"))
            np.testing.assert_array_equal(read_cloud(file, samples=10).points, expected)
            assert not file.closed
    plain.write_bytes(data)
    np.testing.assert_array_equal(read_cloud(plain, samples=10).points, expected)
    plain.write_bytes(data[:-2])
    with pytest.raises(InputError, match=r"a\.ply: (announces|damaged)"):
        read_cloud(plain)


def test_a_text_file_is_not_closed(tmp_path):
    path = tmp_path / "a.ply"
    path.write_bytes(mesh([[0, 1, 2]]))
    with path.open("rb") as file:
        assert read_cloud(file).sampled_from
        assert not file.closed


@pytest.mark.parametrize("kind", ["ascii", *BINARY])
def test_normals(backend, kind):
    body = b"1 2 3 0 0.5 -2\n-4 5.5 0.006 1 0 0\n"
    if kind != "ascii":
        body = struct.pack(f"{'<' if 'little' in kind else '>'}dddfffdddfff", *map(float, body.split()))
    header = "double x double y double z float nx float ny float nz"
    cloud = read(ply(kind, body, header))
    np.testing.assert_array_equal(cloud.points, POINTS)
    np.testing.assert_array_equal(cloud.normals, [[0, 0.5, -2], [1, 0, 0]])
    assert cloud.dropped == ("normals",)


@pytest.mark.parametrize("word", ["0", "nan", "inf"])
def test_normals_without_a_direction_are_none(backend, word):
    """Nor is a point's that is dropped missed."""
    header = "double x double y double z float nx float ny float nz"
    one, other, dropped = "1 2 3 0 0 1", "-4 5.5 0.006 1 0 0", f"nan 0 0 0 0 {word}"

    def normals(*lines):
        data = ply("ascii", "\n".join(lines).encode() + b"\n", header)
        return read(data.replace(b"vertex 2", b"vertex 3"), drop_nan=True).normals

    np.testing.assert_array_equal(normals(one, other, dropped), [[0, 0, 1], [1, 0, 0]])
    assert normals(one, f"7 7 7 0 0 {word}", dropped) is None

"""glTF: scenes of meshes with their transforms, every way to store an accessor, and hostile JSON."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from test_clouds_fuzz import mutated

from pcbin.errors import InputError
from pcbin.formats.clouds import read_cloud

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "<f4")
CORNERS = np.array([0, 1, 2, 0, 2, 3], "<u2")
FLOATS, SHORTS = 5126, 5123


def document(**changes: Any) -> dict[str, Any]:
    """A unit square of two triangles, from a buffer of 60 bytes."""
    tree: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": FLOATS, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": SHORTS, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 12}],
        "buffers": [{"byteLength": 60}],
    }
    return {**tree, **changes}


BODY = SQUARE.tobytes() + CORNERS.tobytes()


def glb(tree: dict[str, Any], body: bytes = BODY) -> bytes:
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    body += bytes(-len(body) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def gltf(tree: dict[str, Any], uri: str | None = None) -> bytes:
    uri = uri or "data:application/octet-stream;base64," + base64.b64encode(BODY).decode()
    return json.dumps({**tree, "buffers": [{"byteLength": 60, "uri": uri}]}).encode()


def read(data: bytes, **options: Any):
    stream = io.BytesIO(data)
    stream.name = "chair.glb"  # type: ignore[attr-defined]
    return read_cloud(stream, **options)


def vertices(tree: dict[str, Any], body: bytes = BODY) -> np.ndarray:
    return read(glb(tree, body), samples=0).points


@pytest.mark.parametrize("write", [glb, gltf])
def test_a_square(write):
    cloud = read(write(document()), samples=500)
    assert cloud.sampled_from == "mesh of 2 triangles"
    assert cloud.dropped == ()
    assert ((cloud.points >= 0) & (cloud.points <= 1)).all()
    assert (cloud.points[:, 2] == 0).all()


def test_files_beside_the_file(tmp_path):
    path = tmp_path / "chair.gltf"
    (tmp_path / "more bits").mkdir()
    (tmp_path / "more bits" / "a.bin").write_bytes(BODY)
    path.write_bytes(gltf(document(), "more%20bits/a.bin"))
    assert read_cloud(path).sampled_from == "mesh of 2 triangles"
    with pytest.raises(
        InputError, match=r"chair\.glb: refers to 'more bits/a\.bin' beside .*; pass a path, or a"
    ):
        read(path.read_bytes())
    path.write_bytes(gltf(document(), "b.bin"))
    with pytest.raises(InputError, match=r"refers to 'b\.bin', which is not beside it; copy that too"):
        read_cloud(path)
    (tmp_path / "b.bin").write_bytes(b"")
    with pytest.raises(InputError, match=r"b\.bin: an empty file"):
        read_cloud(path)


@pytest.mark.parametrize("uri", ["../a.bin", "/etc/passwd", "a/../../b", "file:///etc/passwd", "C:/a.bin",
                                 "..%2Fa.bin", "a\\b", "http://example.com/a.bin"])  # fmt: skip
def test_files_elsewhere_are_not_read(uri, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.bin").write_bytes(BODY)
    path = tmp_path / "inner" / "chair.gltf"
    path.write_bytes(gltf(document(), uri))
    with pytest.raises(InputError, match=r"not beside the file; export it as \.glb"):
        read_cloud(path)


HALF = np.sqrt(0.5)
PLACES = {
    "translation": ({"translation": [5, 6, 7]}, [5, 7, 7]),
    "scale": ({"scale": [2, 3, 4]}, [0, 3, 0]),
    "a quarter around z": ({"rotation": [0, 0, HALF, HALF]}, [-1, 0, 0]),
    "all three": ({"translation": [1, 0, 0], "rotation": [HALF, 0, 0, HALF], "scale": [1, 2, 1]}, [1, 0, 2]),
    "matrix": ({"matrix": [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 7, 8, 9, 1]}, [7, 10, 9]),
}


@pytest.mark.parametrize("place", PLACES)
def test_nodes_place_their_mesh(place):
    node, expected = PLACES[place]
    found = vertices(document(nodes=[{"mesh": 0, **node}]))
    np.testing.assert_allclose(found[3], expected, atol=1e-6)
    above = [{"children": [1], "translation": [0, 0, 10]}, {"mesh": 0, **node}]
    np.testing.assert_allclose(vertices(document(nodes=above)), found + np.array([0, 0, 10]), atol=1e-6)


def test_a_mesh_is_placed_as_often_as_nodes_have_it():
    nodes = [{"mesh": 0}, {"camera": 0, "children": [2]}, {"mesh": 0, "translation": [9, 0, 0]}, {"mesh": 0}]
    tree = document(nodes=nodes, scenes=[{"nodes": [0, 1]}])
    cloud = read(glb(tree), samples=900)
    assert cloud.sampled_from == "mesh of 4 triangles"
    assert (cloud.points[:, 0] > 8).mean() == pytest.approx(0.5, abs=0.07)
    assert len(vertices(document(nodes=nodes, scenes=[]))) == 12  # no scene: all nodes


def test_modes():
    square = [{"attributes": {"POSITION": 0}, "mode": 5, "indices": 1}]
    body = SQUARE.tobytes() + np.array([0, 1, 3, 2, 2, 2], "<u2").tobytes()
    assert read(glb(document(meshes=[{"primitives": square}]), body)).skipped_faces == 2
    square[0]["mode"] = 6
    assert read(glb(document(meshes=[{"primitives": square}]))).sampled_from == "mesh of 2 triangles"
    fan = [{"attributes": {"POSITION": 0}, "mode": 6}]
    assert read(glb(document(meshes=[{"primitives": fan}]))).sampled_from == "mesh of 2 triangles"
    points = [{"attributes": {"POSITION": 0}, "mode": 0}]
    cloud = read(glb(document(meshes=[{"primitives": points}])))
    np.testing.assert_array_equal(cloud.points, SQUARE)
    lines = [{"attributes": {"POSITION": 0}, "mode": 1}]
    assert read(glb(document(meshes=[{"primitives": points + lines}]))).dropped == ("lines",)
    both = document()["meshes"][0]["primitives"] + points + lines
    assert read(glb(document(meshes=[{"primitives": both}]))).dropped == ("lines", "points of the scene")
    with pytest.raises(InputError, match="without meshes or points"):
        read(glb(document(meshes=[{"primitives": lines}])))


def test_what_is_dropped():
    attributes = {
        "POSITION": 0,
        "NORMAL": 0,
        "TANGENT": 0,
        "COLOR_0": 0,
        "TEXCOORD_0": 0,
        "JOINTS_0": 0,
        "_BATCH": 0,
    }
    primitive = {"attributes": attributes, "indices": 1, "material": 0}
    tree = document(
        meshes=[{"primitives": [primitive]}], animations=[{}], extensionsRequired=["KHR_materials_unlit"]
    )
    names = ("normals", "colours", "texture coordinates", "skins", "_BATCH", "materials", "animations")
    assert read(glb(tree)).dropped == names


def test_interleaved_normalised_and_sparse_accessors():
    rows = np.zeros(4, [("id", "<u4"), ("position", "<i2", 3), ("pad", "<u2")])
    rows["position"] = 32767 * SQUARE
    views = [{"buffer": 0, "byteLength": 48, "byteStride": 12}]
    accessor = {
        "bufferView": 0,
        "byteOffset": 4,
        "componentType": 5122,
        "count": 4,
        "type": "VEC3",
        "normalized": True,
    }
    points = [{"primitives": [{"attributes": {"POSITION": 0}, "mode": 0}]}]
    tree = document(accessors=[accessor], bufferViews=views, meshes=points)
    np.testing.assert_allclose(vertices(tree, rows.tobytes()), SQUARE, atol=1e-6)
    sparse = {"count": 1, "indices": {"bufferView": 1, "componentType": 5121}, "values": {"bufferView": 2}}
    views = [{"buffer": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 1},
             {"buffer": 0, "byteOffset": 52, "byteLength": 12}]  # fmt: skip
    accessor = {"bufferView": 0, "componentType": FLOATS, "count": 4, "type": "VEC3", "sparse": sparse}
    body = SQUARE.tobytes() + b"\2\0\0\0" + np.array([7, 8, 9], "<f4").tobytes()
    moved = vertices(document(accessors=[accessor], bufferViews=views, meshes=points), body)
    np.testing.assert_array_equal(moved[2], [7, 8, 9])
    np.testing.assert_array_equal(moved[[0, 1, 3]], SQUARE[[0, 1, 3]])


def changed(**accessor: Any) -> bytes:
    tree = document()
    tree["accessors"][0].update(accessor)
    return glb(tree)


BAD = {
    "no JSON": (b"glTF" + struct.pack("<II", 2, 12), "no JSON in it"),
    "version 1": (b"glTF" + struct.pack("<II", 1, 12), "version 1 of glTF; export it as glTF 2"),
    "a text": (b"hello", "damaged glTF"),
    "another version": (glb(document(asset={"version": "1.0"})), r"version 1\.0 of glTF"),
    "cut": (glb(document())[:-8], "announces 60 bytes, 52 follow; copy it again"),
    "Draco": (glb(document(extensionsRequired=["KHR_draco_mesh_compression"])), "needs KHR_draco_mesh_compr"),
    "instanced": (glb(document(nodes=[{"extensions": {"EXT_mesh_gpu_instancing": {}}}])), "instanced"),
    "a loop": (glb(document(nodes=[{"mesh": 0, "children": [0]}])), "node 0 is in the scene twice"),
    "too many values": (changed(count=5), "damaged glTF|do not lie"),
    "endless values": (changed(count=10**15), "damaged glTF"),
    "too many bits": (changed(count=10**30), "damaged glTF"),
    "a negative count": (changed(count=-1), "do not lie in their buffer"),
    "a negative offset": (changed(byteOffset=-48), "do not lie in their buffer"),
    "no buffer": (changed(bufferView=9), "damaged glTF"),
    "another type": (changed(type="VEC2"), "accessor 0 is no VEC3"),
    "an unknown component": (changed(componentType=5124), "damaged glTF"),
    "a corner nowhere": (glb(document(), SQUARE.tobytes() + b"\xff" * 12), "vertex 65535"),
    "no nodes": (glb(document(nodes=[], scenes=[])), "without meshes or points"),
    "deep": (b'{"asset":' * 100_000, "damaged glTF"),
    "a list": (b"[]", "damaged glTF"),
    "a bad scale": (glb(document(nodes=[{"mesh": 0, "scale": "big"}])), "damaged glTF"),
    "not base64": (gltf(document(), "data:;base64,@@@@"), "damaged glTF"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files(case):
    data, problem = BAD[case]
    with pytest.raises(InputError, match=problem) as caught:
        read(data)
    assert str(caught.value).startswith("chair.glb: ")
    assert len(str(caught.value)) < 500


def test_one_mesh_a_million_times():
    nodes = [{"mesh": 0}] * 3 + [{"children": [0, 1, 2]}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pcbin.formats.clouds._scene.MAX_TRIANGLES", 11)
        with pytest.raises(
            InputError, match="a scene of more than 11 triangles or 100,000 parts; take parts of it"
        ):
            read(glb(document(nodes=nodes, scenes=[{"nodes": [3]}])))


@pytest.mark.parametrize(
    "seed", [glb(document()), gltf(document(nodes=[{"mesh": 0, "children": [1]}, {"mesh": 0}]))]
)
def test_mutations(seed):
    rejected = 0
    for round in range(500):
        try:
            cloud = read(mutated(seed, np.random.default_rng([9, round])), samples=16)
        except InputError:
            rejected += 1
        else:
            assert np.isfinite(cloud.points).all()
    assert 25 < rejected < 475


@pytest.mark.parametrize("format", ["glb", "gltf"])
def test_written_by_trimesh(format, tmp_path):
    trimesh = pytest.importorskip("trimesh")
    scene = trimesh.Scene()
    box = trimesh.creation.box(extents=[1, 2, 3])
    scene.add_geometry(box, transform=trimesh.transformations.rotation_matrix(0.5, [1, 1, 0], [3, 2, 1]))
    scene.add_geometry(
        trimesh.creation.icosphere(), transform=trimesh.transformations.translation_matrix([9, 0, 0])
    )
    exported = scene.export(file_type=format)
    path = tmp_path / f"model.{format}"
    if format == "glb":
        path.write_bytes(exported)
    else:
        for name, data in exported.items():
            (tmp_path / name).write_bytes(data)
    cloud = read_cloud(path, samples=0)
    whole = trimesh.util.concatenate(scene.dump())
    order = np.lexsort(cloud.points.round(4).T), np.lexsort(whole.vertices.round(4).T)
    np.testing.assert_allclose(cloud.points[order[0]], whole.vertices[order[1]], atol=1e-5)
    assert read_cloud(path).sampled_from == f"mesh of {len(whole.faces):,} triangles"

"""Objects of other libraries: surfaces are sampled as mesh files are, points are taken as they are.

Small classes with the attributes of trimesh, Open3D and PyVista stand for them where they are not installed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pcbin.arrays import as_points
from pcbin.errors import InputError
from pcbin.formats.clouds import cloud_of, read_cloud

CORNERS = np.array([[x, y, z] for x in (0.0, 2.0) for y in (0.0, 3.0) for z in (0.0, 4.0)])
QUADS = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
TRIANGLES = np.concatenate([QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])


def box_file(faces: np.ndarray = TRIANGLES) -> io.BytesIO:
    lines = ["v {} {} {}".format(*corner) for corner in CORNERS.tolist()]
    lines += ["f " + " ".join(str(corner + 1) for corner in face) for face in faces.tolist()]
    return io.BytesIO("\n".join(lines).encode())


class TensorMap(dict[str, Any]):
    """As Open3D's: items, and attributes that raise KeyError."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class Tensor:
    """As Open3D's: converted by `cpu` and `numpy`."""

    dtype = "Float32"

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> np.ndarray:
        return self._values


class PolyData:
    """As PyVista's: counts and indices in one array; its filters are there for points too."""

    def __init__(self, points: np.ndarray, faces: Any = (), strips: Any = ()) -> None:
        self.points, self.faces, self.strips = points, np.array(faces, int), np.array(strips, int)

    def extract_surface(self) -> PolyData:
        raise AssertionError("not needed")


def padded(faces: np.ndarray) -> list[int]:
    return [number for face in faces.tolist() for number in (len(face), *face)]


def by_trimesh() -> Any:
    return pytest.importorskip("trimesh").Trimesh(CORNERS, TRIANGLES, process=False)


def by_open3d() -> Any:
    o3d = pytest.importorskip("open3d")
    vectors = o3d.utility.Vector3dVector(CORNERS), o3d.utility.Vector3iVector(TRIANGLES)
    return o3d.geometry.TriangleMesh(*vectors)


def by_open3d_tensors() -> Any:
    return pytest.importorskip("open3d").t.geometry.TriangleMesh.from_legacy(by_open3d())


def by_pyvista() -> Any:
    return pytest.importorskip("pyvista").PolyData(CORNERS, np.array(padded(TRIANGLES)))


BOXES: dict[str, Callable[[], Any]] = {
    "like trimesh": lambda: SimpleNamespace(vertices=CORNERS, faces=TRIANGLES),
    "like Open3D": lambda: SimpleNamespace(vertices=CORNERS.tolist(), triangles=TRIANGLES.astype("i4")),
    "like Open3D's tensors": lambda: SimpleNamespace(
        vertex=TensorMap(positions=Tensor(CORNERS)), triangle=TensorMap(indices=Tensor(TRIANGLES))
    ),
    "like PyVista": lambda: PolyData(CORNERS, padded(TRIANGLES)),
    "trimesh": by_trimesh,
    "Open3D": by_open3d,
    "Open3D's tensors": by_open3d_tensors,
    "PyVista": by_pyvista,
}


@pytest.mark.parametrize("kind", BOXES)
def test_meshes_are_sampled_as_their_files_are(kind: str) -> None:
    box = BOXES[kind]()
    for samples, seed in ((500, 0), (2048, 7), (0, 0)):
        cloud = cloud_of(box, samples=samples, seed=seed)
        file = read_cloud(box_file(), format="obj", samples=samples, seed=seed)
        np.testing.assert_allclose(cloud.points, file.points, atol=1e-6)
        assert (cloud.sampled_from, cloud.dropped) == (file.sampled_from, file.dropped)
    with pytest.raises(InputError, match=r"mine: \w+ is a surface; .*clouds\.cloud_of\(mesh\)\.points"):
        as_points(box, what="mine")


def test_polygons_and_strips_of_pyvista() -> None:
    quads = cloud_of(PolyData(CORNERS, padded(QUADS)), samples=300)
    assert quads.sampled_from == "mesh of 12 triangles"
    np.testing.assert_array_equal(quads.points, read_cloud(box_file(QUADS), format="obj", samples=300).points)
    mixed = cloud_of(PolyData(CORNERS, [*padded(QUADS[:3]), *padded(TRIANGLES[:1]), 2, 0, 1]), samples=300)
    assert (mixed.sampled_from, mixed.skipped_faces) == ("mesh of 7 triangles", 1)
    strip = cloud_of(PolyData(CORNERS, [], [6, 0, 1, 2, 3, 6, 7]), samples=300)
    assert strip.sampled_from == "mesh of 4 triangles"
    points = cloud_of(PolyData(CORNERS))
    np.testing.assert_array_equal(points.points, CORNERS)
    np.testing.assert_array_equal(as_points(PolyData(CORNERS)), CORNERS)


def test_surfaces_of_pyvista() -> None:
    pv = pytest.importorskip("pyvista")
    sphere = cloud_of(pv.Sphere().strip(), samples=3000)
    assert np.linalg.norm(sphere.points, axis=1) == pytest.approx(0.5, abs=0.01)
    np.testing.assert_array_equal(cloud_of(pv.PolyData(CORNERS)).points, CORNERS)
    grid = pv.ImageData(dimensions=(4, 4, 4))
    for solid in (grid, grid.cast_to_unstructured_grid()):
        with pytest.raises(InputError, match=r"is a grid; pass its surface, grid\.extract_surface\(\)"):
            cloud_of(solid)
        with pytest.raises(InputError, match="is a surface"):
            as_points(solid)


class Scene:
    """As trimesh's: geometry by name, and a graph of where it is placed."""

    def __init__(self, geometry: dict[str, Any], places: list[tuple[Any, str]]) -> None:
        self.geometry = geometry
        self.graph = Graph({f"node {k}": place for k, place in enumerate(places)})


class Graph(dict[str, Any]):
    @property
    def nodes_geometry(self) -> list[str]:
        return list(self)


def moved(x: float, scale: float = 1) -> np.ndarray:
    return np.array([[scale, 0, 0, x], [0, scale, 0, 0], [0, 0, scale, 0], [0, 0, 0, 1]])


def box() -> Any:
    return SimpleNamespace(vertices=CORNERS, faces=TRIANGLES)


def scene_like_trimesh(with_mesh: bool) -> Any:
    points = SimpleNamespace(vertices=CORNERS[:5])
    places = [(moved(10), "box"), (moved(20, 2), "box"), (moved(-9), "points")]
    return Scene({"box": box(), "points": points}, places if with_mesh else places[2:])


def scene_of_trimesh(with_mesh: bool) -> Any:
    trimesh = pytest.importorskip("trimesh")
    scene = trimesh.Scene()
    if with_mesh:
        scene.add_geometry(by_trimesh(), geom_name="box", transform=moved(10))
        scene.add_geometry(by_trimesh(), geom_name="again", transform=moved(20, 2))
    scene.add_geometry(trimesh.PointCloud(CORNERS[:5]), geom_name="points", transform=moved(-9))
    return scene


@pytest.mark.parametrize("make", [scene_like_trimesh, scene_of_trimesh])
def test_scenes_are_one_mesh(make: Any) -> None:
    cloud = cloud_of(make(True), samples=4000)
    assert cloud.sampled_from == "mesh of 24 triangles"
    assert cloud.dropped == ("points of the scene",)
    large = cloud.points[:, 0] >= 19
    assert large.mean() == pytest.approx(4 / 5, abs=0.03)  # the area of twice the length
    np.testing.assert_allclose(cloud.points[large].min(axis=0), [20, 0, 0], atol=0.1)
    np.testing.assert_allclose(cloud.points[large].max(axis=0), [24, 6, 8], atol=0.1)
    np.testing.assert_allclose(cloud.points[~large].max(axis=0), [12, 3, 4], atol=0.1)
    np.testing.assert_array_equal(cloud.points, cloud_of(make(True), samples=4000).points)
    np.testing.assert_allclose(cloud_of(make(False)).points, CORNERS[:5] - [9, 0, 0])
    with pytest.raises(InputError, match="is a surface"):
        as_points(make(True))


def test_scenes_that_cannot_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="mine: a scene without meshes or points"):
        cloud_of(Scene({"box": box()}, []), what="mine")
    monkeypatch.setattr("pcbin.formats.clouds._scene.MAX_TRIANGLES", 23)
    with pytest.raises(InputError, match="a scene of more than 23 triangles"):
        cloud_of(scene_like_trimesh(True))


def test_clouds_are_taken_as_they_are() -> None:
    tensor_cloud = SimpleNamespace(point=TensorMap(positions=Tensor(CORNERS)))
    for cloud in (CORNERS, CORNERS.tolist(), SimpleNamespace(points=CORNERS), tensor_cloud):
        np.testing.assert_array_equal(cloud_of(cloud, samples=5).points, CORNERS)
        np.testing.assert_array_equal(as_points(cloud), CORNERS)


def test_clouds_of_open3d() -> None:
    o3d = pytest.importorskip("open3d")
    np.testing.assert_array_equal(cloud_of(o3d.t.geometry.PointCloud(CORNERS)).points, CORNERS)
    legacy = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(CORNERS))
    np.testing.assert_array_equal(cloud_of(legacy).points, CORNERS)
    with pytest.raises(InputError, match="not an array of numbers"):
        cloud_of(o3d.t.geometry.PointCloud())


def test_what_is_neither() -> None:
    tetras = SimpleNamespace(vertices=CORNERS, tetras=[[0, 1, 2, 4]])
    with pytest.raises(InputError, match=r"mine: SimpleNamespace has cells, not faces; pass its surface"):
        cloud_of(tetras, what="mine")
    with pytest.raises(InputError, match="mine: not an array of numbers"):
        cloud_of(object(), what="mine")
    for faces in (np.zeros((2, 3)), np.zeros(6, int), [[0, 1, 9]], [["a", "b", "c"]]):
        with pytest.raises(InputError, match=r"mine: (faces of shape|a face refers to vertex 9)"):
            cloud_of(SimpleNamespace(vertices=CORNERS, faces=faces), what="mine")
    with pytest.raises(InputError, match="ends within a face"):
        cloud_of(PolyData(CORNERS, [3, 0, 1]))
    with pytest.raises(InputError, match="samples: -1"):
        cloud_of(CORNERS, samples=-1)


def test_points_that_are_not_finite() -> None:
    points = np.array([[0.0, 0, 0], [np.nan, 0, 0], [1, 1, 1]])
    with pytest.raises(InputError, match=r"mine: 1 of 3 points have NaN .* drop_nan=True"):
        cloud_of(points, what="mine")
    cloud = cloud_of(points, drop_nan=True)
    assert (cloud.points.tolist(), cloud.dropped_points) == ([[0, 0, 0], [1, 1, 1]], 1)


def test_the_other_columns_of_a_data_frame_are_named() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(CORNERS, columns=["z", "x", "y"]).assign(red=1, green=1, id="a")
    cloud = cloud_of(frame)
    np.testing.assert_array_equal(cloud.points, CORNERS[:, [1, 2, 0]])
    assert cloud.dropped == ("colours", "id")

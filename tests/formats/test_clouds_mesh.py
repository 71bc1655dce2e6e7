"""Sampling of surfaces."""

from __future__ import annotations

import io

import numpy as np
import pytest

from pcbin.errors import InputError
from pcbin.formats.clouds import read_cloud

# Two unit triangles in z = 0, and one of the fourfold area in z = 1.
OBJ = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 2 0 1\nv 0 2 1\nf 1 2 3 4\nf 5 6 7\n"


def read(text: str, samples: int, seed: int = 0):
    return read_cloud(io.BytesIO(text.encode()), format="obj", samples=samples, seed=seed)


def test_points_are_on_the_surface_in_proportion_to_area():
    points = read(OBJ, 30_000).points
    below, above = points[points[:, 2] == 0], points[points[:, 2] == 1]
    assert len(below) + len(above) == 30_000
    assert len(above) / 30_000 == pytest.approx(2 / 3, abs=0.012)  # four standard deviations
    assert ((below >= 0) & (below <= 1)).all()
    assert (above[:, 0] + above[:, 1] <= 2 + 1e-12).all()
    assert (above >= 0).all()


def test_uniform_within_a_triangle():
    points = read("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", 40_000).points
    # The four congruent triangles of its midpoints, and the centroid.
    corner = (points[:, :2] > 0.5).any(axis=1).mean()
    middle = ((points[:, :2] <= 0.5).all(axis=1) & (points[:, :2].sum(axis=1) >= 0.5)).mean()
    assert corner == pytest.approx(0.5, abs=0.01)
    assert middle == pytest.approx(0.25, abs=0.01)
    np.testing.assert_allclose(points.mean(axis=0), [1 / 3, 1 / 3, 0], atol=0.006)


def test_normals_are_those_of_the_triangles():
    cloud = read("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 4 2\n", 500)
    flat = cloud.points[:, 2] == 0
    unit = cloud.normals / np.linalg.norm(cloud.normals, axis=1, keepdims=True)
    np.testing.assert_allclose(unit[flat], np.tile([0, 0, 1], (flat.sum(), 1)))
    np.testing.assert_allclose(unit[~flat], np.tile([0, 1, 0], ((~flat).sum(), 1)))
    assert read("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", 0).normals is None


def test_seeded():
    np.testing.assert_array_equal(read(OBJ, 50, 3).points, read(OBJ, 50, 3).points)
    assert (read(OBJ, 50, 3).points != read(OBJ, 50, 4).points).any()


def test_degenerate_triangles_get_no_points():
    points = read("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 9 9 9\nf 4 4 4\nf 1 2 3\nf 1 4 4\n", 1000).points
    assert (points[:, 2] == 0).all()


def test_without_area_the_vertices_are_the_cloud():
    cloud = read("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\nf 2 2 2\n", 10)
    np.testing.assert_array_equal(cloud.points, [[0, 0, 0], [1, 0, 0], [2, 0, 0]])
    assert cloud.sampled_from is None
    assert cloud.dropped == ("faces",)


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1.0, 1e30, 1e200])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_any_scale(scale, offset):
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]]) * scale + offset * scale
    text = "".join("v {} {} {}\n".format(*corner) for corner in corners.tolist()) + "f 1 2 3\n"
    points = read(text, 1000).points / scale - offset
    assert points[:, 0].std() == pytest.approx(np.sqrt(1 / 18), abs=0.02)


def test_overflowing_extent():
    with pytest.raises(InputError, match="overflows"):
        read("v -1.7e308 0 0\nv 1.7e308 0 0\nv 0 1 0\nf 1 2 3\n", 10)


@pytest.mark.parametrize("face", ["1 2 8", "1 2 -8", "1 2 0", "1 2 1.5", "1 2 x", "1 1 8", "1 8"])
def test_faces_that_refer_nowhere(face):
    with pytest.raises(InputError, match=r"face|vertices count|vertex|whole number|not a number"):
        read(f"v 0 0 0\nv 1 0 0\nv 0 1 0\nf {face}\n", 10)


ONE_AND_FLAT = {
    "obj": "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2\nf 1 2 3\nf 3/1 3/1 1/2\nf\nf 2 2 2 2\n",
    "off": "OFF\n3 5 0\n0 0 0\n1 0 0\n0 1 0\n2 0 1\n3 0 1 2\n3 2 2 0\n0\n4 1 1 1 1\n",
    "ply": "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 5\nproperty list uchar int vertex_indices\nend_header\n"
    "0 0 0\n1 0 0\n0 1 0\n2 0 1\n3 0 1 2\n3 2 2 0\n0\n4 1 1 1 1\n",
    "stl": "solid\n" + "".join(
        f"facet normal 0 0 1\nouter loop\nvertex {a}\nvertex {b}\nvertex {c}\nendloop\nendfacet\n"
        for a, b, c in [("0 0 0", "1 0 0", "1 0 0"), ("0 0 0", "1 0 0", "0 1 0"), ("0 0 0", "1 0 0", "0 0 0"),
                        ("1 0 0", "1 0 0", "0 1 0"), ("2 2 2", "2 2 2", "2 2 2")]),
}  # fmt: skip


@pytest.mark.parametrize("format", ONE_AND_FLAT)
def test_faces_without_a_surface_are_skipped_and_counted(format):
    cloud = read_cloud(io.BytesIO(ONE_AND_FLAT[format].encode()), format=format, samples=50)
    assert cloud.sampled_from == "mesh of 1 triangle"
    assert cloud.skipped_faces == 4
    assert cloud.notes == ("4 faces of fewer than three distinct corners skipped",)
    assert (cloud.points[:, :2] >= 0).all()
    assert (cloud.points[:, :2].sum(axis=1) <= 1 + 1e-12).all()


def test_a_repeated_corner_costs_no_face():
    """Quadrangles with a corner twice are how some exporters write triangles."""
    cloud = read("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nf 1 1 2 3\nf 2 3 4 4\n", 50)
    assert (cloud.skipped_faces, cloud.sampled_from) == (0, "mesh of 2 triangles")


def test_nothing_but_faces_without_a_surface():
    cloud = read("v 0 0 0\nv 1 0 0\nf 1 2\n", 50)
    np.testing.assert_array_equal(cloud.points, [[0, 0, 0], [1, 0, 0]])
    assert (cloud.skipped_faces, cloud.dropped, cloud.sampled_from) == (1, ("faces",), None)


def test_dropping_vertices_that_are_not_finite():
    text = "v nan 0 0\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 inf 1\nf 1 2 3\nf 2 3 4\nf 3 4 5\n"
    with pytest.raises(InputError, match=r"\(vertices\): 2 of 5 points .* row 0; drop them: drop_nan"):
        read(text, 50)
    cloud = read_cloud(io.BytesIO(text.encode()), format="obj", samples=50, drop_nan=True)
    assert (cloud.dropped_points, cloud.skipped_faces, cloud.sampled_from) == (2, 2, "mesh of 1 triangle")
    assert (cloud.points[:, 2] == 0).all()

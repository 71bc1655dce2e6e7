"""Surfaces of other libraries' objects: meshes and scenes of trimesh, meshes of Open3D, surfaces of PyVista.

Recognised by their attributes, so that none of these libraries is imported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import has_surface, to_array
from pcbin.errors import InputError
from pcbin.formats.clouds._mesh import triangulated
from pcbin.formats.clouds._scene import Part, Scene
from pcbin.formats.clouds._types import Cloud, Mesh


def surface_of(obj: Any, what: str) -> Cloud | Mesh | None:
    """The Mesh of an object with faces, all of a scene in one; a Cloud of a scene of points; else None.

    Raises InputError: a surface of another kind.
    """
    if not has_surface(obj):
        return None
    if hasattr(obj, "geometry") and hasattr(obj, "graph"):
        return _scene(obj, what)
    if hasattr(obj, "strips"):
        return _polydata(obj, what)
    if hasattr(obj, "extract_surface"):
        raise InputError(f"{what}: {type(obj).__name__} is a grid; pass its surface, grid.extract_surface()")
    if "positions" in getattr(obj, "vertex", ()):  # Open3D's tensors
        return _mesh(obj.vertex["positions"], [obj.triangle["indices"]], what)
    faces = next((getattr(obj, name) for name in ("faces", "triangles") if hasattr(obj, name)), None)
    if faces is None or not hasattr(obj, "vertices"):
        raise InputError(
            f"{what}: {type(obj).__name__} has cells, not faces; pass its surface, or its points"
        )
    return _mesh(obj.vertices, [faces], what)


def _mesh(vertices: Any, faces: list[Any], what: str) -> Mesh:
    polygons = [to_array(group) for group in faces]
    for group in polygons:
        if group.ndim != 2 or group.dtype.kind not in "iu":
            raise InputError(f"{what}: faces of shape {group.shape}, {group.dtype}; (F, 3) integers needed")
    points = to_array(vertices)
    triangles, skipped = triangulated([group.astype(np.int64) for group in polygons], len(points), what)
    return Mesh(points, triangles, (), skipped)


def _polydata(surface: Any, what: str) -> Mesh:
    """PyVista's faces and strips are one array: a count of corners, their indices, the next count, ..."""
    faces = list(_counted(np.asarray(surface.faces), what))
    for strip in _counted(np.asarray(surface.strips), what):  # from the third on, a corner is a triangle
        faces.append(np.stack([strip[:, :-2], strip[:, 1:-1], strip[:, 2:]], axis=2).reshape(-1, 3))
    return _mesh(surface.points, faces, what)


def _counted(flat: npt.NDArray[Any], what: str) -> Iterator[npt.NDArray[Any]]:
    """(F, k) indices for each number of corners k in such an array."""
    cells = flat.tolist()
    starts, at = [], 0
    while at < len(cells):
        starts.append(at)
        at += 1 + max(0, cells[at])
    if at != len(cells):
        raise InputError(f"{what}: the array of its faces ends within a face; rebuild the mesh")
    counts = flat[starts] if starts else flat[:0]
    for count in np.unique(counts).tolist():
        yield flat[np.array(starts)[counts == count, None] + 1 + np.arange(count)]


def _scene(scene: Any, what: str) -> Cloud | Mesh:
    """The meshes of a trimesh scene, each where and as often as it is placed; without any, the points."""
    placed = Scene(what)
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        one = scene.geometry[name]
        if np.shape(getattr(one, "vertices", ()))[1:] == (3,):  # paths may be flat
            placed.add(Part(one.vertices, one.faces if has_surface(one) else None, matrix))
    return placed.merged()

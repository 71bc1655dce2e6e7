"""Wavefront OBJ: its vertices and faces.

Exporters write faces of two corners, or of one corner twice, where they collapsed an edge; such faces have no
surface and are skipped.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.formats._source import read_all
from pcbin.formats.clouds._mesh import need_corners, triangulated
from pcbin.formats.clouds._rows import Rows, lines_of, text_of
from pcbin.formats.clouds._types import Cloud, Mesh

_AFTER_SLASH = re.compile(r"/\S*")
_DROPPED = {
    "vn": "normals",
    "vt": "texture coordinates",
    "usemtl": "materials",
    "mtllib": "materials",
    "l": "lines",
    "curv": "curves",
    "surf": "surfaces",
}


def read(stream: BinaryIO, name: str) -> Cloud | Mesh:
    """A Mesh, its polygons as fans of triangles; a Cloud where there are no faces.

    Corners may be "v", "v/vt", "v//vn" or "v/vt/vn", counted from 1, or backwards from the last vertex
    before the face (negative). Raises InputError.
    """
    data = read_all(stream, name).replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")  # continued lines
    rows = Rows.of(name, lines_of(data, name, ("#",)))
    keywords = [line.split(None, 1)[0] for line in rows.lines]
    vertex_rows = [row for row, keyword in enumerate(keywords) if keyword == "v"]
    face_rows = [row for row, keyword in enumerate(keywords) if keyword == "f"]
    dropped = dict.fromkeys(_DROPPED[keyword] for keyword in keywords if keyword in _DROPPED)
    vertices = rows.select(vertex_rows)
    if len(vertices) and len(vertices.lines[0].split()) > 6:  # v x y z r g b
        dropped["colours"] = None
    points = vertices.floats((1, 2, 3))
    if not face_rows:
        return Cloud(points, tuple(dropped))
    before = np.searchsorted(vertex_rows, face_rows)  # how many vertices each face can look back on
    polygons, empty = _polygons(rows.select(face_rows), before)
    triangles, skipped = triangulated(polygons, len(points), name)
    return Mesh(points, triangles, tuple(dropped), skipped + empty)


def write(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """A line "v x y z" per point."""
    stream.write(text_of(points, prefix="v "))


def _polygons(faces: Rows, before: npt.NDArray[np.intp]) -> tuple[list[npt.NDArray[np.int64]], int]:
    """The faces as (F, k) indices from 0, those of k corners parsed together; how many have no corners."""
    faces = faces.replaced([_AFTER_SLASH.sub("", line) if "/" in line else line for line in faces.lines])
    corners = np.array([len(line.split()) - 1 for line in faces.lines])
    need_corners(corners, faces.name)
    groups = []
    for count in np.unique(corners[corners > 0]).tolist():
        members = np.flatnonzero(corners == count)
        group = faces.select(members)
        written = group.integers(range(1, count + 1))
        if not written.all():
            raise group.error(int(np.argwhere(written == 0)[0, 0]), "vertices count from 1; correct the face")
        indices = np.where(written < 0, written + before[members, None], written - 1)
        if indices.min() < 0:
            row = int(np.argwhere(indices < 0)[0, 0])
            raise group.error(row, "refers to a vertex before the first; correct the face")
        groups.append(indices)
    return groups, int((corners == 0).sum())

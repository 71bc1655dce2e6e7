"""OFF meshes, as in Princeton's and ModelNet's sets, and their COFF, NOFF, STOFF variants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats._source import read_all
from pcbin.formats.clouds._mesh import need_corners, triangulated
from pcbin.formats.clouds._rows import Rows, lines_of, text_of
from pcbin.formats.clouds._types import Cloud, Mesh, dropped_columns

# ModelNet glues the counts to the keyword: "OFF1234 5678 0".
_KEYWORD = re.compile(r"\s*(ST)?(C)?(N)?(4)?(n)?OFF(.*)", re.DOTALL)
_PREFIXES = ("texture coordinates", "colours", "normals")


def read(stream: BinaryIO, name: str) -> Cloud | Mesh:
    """A Mesh, its polygons as fans of triangles; a Cloud where there are no faces. One item a line.

    Raises InputError.
    """
    rows = Rows.of(name, lines_of(read_all(stream, name), name, ("#",)))
    keyword = _KEYWORD.fullmatch(rows.lines[0]) if len(rows) else None
    if keyword is None:
        raise InputError(f"{name}: the first line does not begin with OFF; name the right format")
    if keyword[4] or keyword[5]:
        raise rows.error(0, "more than three dimensions; convert it to plain OFF")
    if "BINARY" in keyword[6]:
        raise rows.error(0, "binary OFF is not supported; convert it to plain OFF")
    glued = bool(keyword[6].strip())
    rows = rows.replaced([keyword[6], *rows.lines[1:]]) if glued else rows.part(1)
    vertex_count, face_count = _counts(rows, name)
    vertices, faces = (
        rows.part(1, 1 + vertex_count),
        rows.part(1 + vertex_count, 1 + vertex_count + face_count),
    )
    dropped = tuple(title for title, there in zip(_PREFIXES, keyword.groups(), strict=False) if there)
    if vertex_count and not dropped:
        dropped = dropped_columns(len(vertices.lines[0].split()))
    points = vertices.floats((0, 1, 2))
    if not face_count:
        return Cloud(points, dropped)
    corners = faces.integers((0,))[:, 0]
    if corners.min() < 0:
        raise faces.error(
            int(corners.argmin()), f"a face of {corners.min()} corners; correct or remove the line"
        )
    if len(faces.lines[0].split()) > corners[0] + 1:
        dropped = (*dropped, "face colours")
    triangles, skipped = triangulated(_polygons(faces, corners), len(points), name)
    return Mesh(points, triangles, dropped, skipped + int((corners == 0).sum()))


def write(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """The points as vertices, without faces."""
    stream.write(b"OFF\n%d 0 0\n" % len(points) + text_of(points))


def _counts(rows: Rows, name: str) -> tuple[int, int]:
    """The numbers of vertices and faces, checked against the lines that are there."""
    if not len(rows):
        raise InputError(f"{name}: ends before the counts of vertices and faces; copy the file again")
    vertex_count, face_count = (int(count) for count in rows.part(0, 1).integers((0, 1))[0])
    if min(vertex_count, face_count) < 0 or vertex_count + face_count > len(rows) - 1:
        raise rows.error(
            0,
            f"announces {vertex_count:,} vertices and {face_count:,} faces, {len(rows) - 1:,} lines follow; "
            "write one vertex or face a line, or copy the file again",
        )
    return vertex_count, face_count


def _polygons(faces: Rows, corners: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """The faces as (F, k) indices, those of k >= 1 corners parsed together."""
    for count in np.unique(corners[corners > 0]).tolist():
        group = faces.select(np.flatnonzero(corners == count))
        longest = max(len(line) for line in group.lines)
        if count > longest:  # a count that no line can hold must not size anything
            raise group.error(0, f"announces {count:,} corners; complete or remove the line")
        need_corners(corners[corners <= count], faces.name)
        yield group.integers(range(1, count + 1))

"""Meshes to clouds: polygons to triangles, triangles to points drawn uniformly from their surface."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats.clouds._types import Cloud, Mesh

_FREE_CORNERS = 2**20
_CORNERS = 4
"""Corners that are read, and as many more a face: faces are triangles and quadrangles, but for a few."""

Indices = npt.NDArray[np.integer[Any]]


def triangulated(
    faces: Iterable[npt.NDArray[np.int64]], vertices: int, name: str
) -> tuple[npt.NDArray[np.int64], int]:
    """Polygons as fans of triangles around each first corner, and how many of them leave no triangle.

    faces: (F, k) arrays of the polygons of k >= 1 corners, indices of `vertices` vertices.
    Returns (T, 3) triangles of three distinct corners each, and the number of faces without any.
    Raises InputError: a face refers to a vertex that is not there.
    """
    triangles = [np.empty((0, 3), dtype=np.int64)]
    skipped = 0
    for polygons in faces:
        need_vertices(polygons, vertices, name)
        a = np.repeat(polygons[:, :1], max(0, polygons.shape[1] - 2), axis=1)
        b, c = polygons[:, 1:-1], polygons[:, 2:]
        sound = (a != b) & (b != c) & (c != a)
        triangles.append(np.stack([a, b, c], axis=2)[sound])
        skipped += int((~sound.any(axis=1)).sum())
    return np.concatenate(triangles), skipped


def need_corners(corners: Indices, name: str) -> None:
    """Raises InputError for (F,) numbers of corners that take far more memory than the faces of any mesh."""
    most = _FREE_CORNERS + _CORNERS * len(corners)
    if corners.sum(dtype=np.float64) > most:
        raise InputError(
            f"{name}: more than {most:,} corners in {len(corners):,} faces; export it again as triangles"
        )


def need_vertices(faces: Indices, vertices: int, name: str) -> None:
    """Raises InputError where a face refers to a vertex that is not there."""
    outside = (faces < 0) | (faces >= vertices)
    if outside.any():
        index = int(faces[outside][0])
        raise InputError(
            f"{name}: a face refers to vertex {index} (counted from 0) of {vertices}; repair the mesh"
        )


def checked(mesh: Mesh, name: str) -> Mesh:
    """The mesh, whoever read it. Raises InputError: no (T, 3) indices of vertices that are there."""
    triangles = np.asarray(mesh.triangles)
    if not triangles.size:
        return replace(mesh, triangles=np.empty((0, 3), dtype=np.int64))
    if triangles.ndim != 2 or triangles.shape[1] != 3 or triangles.dtype.kind not in "iu":
        raise InputError(
            f"{name}: triangles of shape {triangles.shape}, {triangles.dtype}; (T, 3) integers needed"
        )
    need_vertices(triangles, len(mesh.vertices), name)
    return replace(mesh, triangles=triangles)


def part(mesh: Mesh, kept: npt.NDArray[np.bool_]) -> Mesh:
    """The mesh of some of its vertices, (V,) `kept`; triangles at the others are skipped."""
    numbers = np.cumsum(kept) - 1
    whole = kept[mesh.triangles].all(axis=1)
    skipped = mesh.skipped_faces + int((~whole).sum())
    return replace(
        mesh,
        vertices=mesh.vertices[kept],
        triangles=numbers[mesh.triangles[whole]],
        skipped_faces=skipped,
    )


def sample(mesh: Mesh, count: int, seed: int, *, name: str) -> Cloud:
    """`count` points, independent and uniform on the surface of a checked mesh.

    Each has the normal of its triangle. Degenerate triangles get no points. With `count` 0, without
    triangles, or where no triangle has an area, the vertices themselves are the cloud.
    """
    vertices, triangles, dropped, skipped = mesh.vertices, mesh.triangles, mesh.dropped, mesh.skipped_faces
    if not triangles.size:
        return Cloud(vertices, (*dropped, "faces") if skipped else dropped, skipped_faces=skipped)
    # In the unit cube neither large offsets nor large units harm the areas.
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    with np.errstate(over="ignore"):
        extent = float((high - low).max())
    if not np.isfinite(extent):
        raise InputError(f"{name}: the extent of the mesh overflows float64; scale the coordinates down")
    unit = (vertices - low) / max(extent, np.finfo(np.float64).tiny)
    a, b, c = (unit[triangles[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    cumulated = np.cumsum(np.linalg.norm(across, axis=1))
    if count == 0 or cumulated[-1] == 0:
        return Cloud(vertices, (*dropped, "faces"), skipped_faces=skipped)
    rng = np.random.default_rng(seed)
    # side="right" and factors below 1: a triangle without area is never chosen.
    chosen = np.searchsorted(cumulated, rng.random(count) * cumulated[-1], side="right")
    chosen = np.minimum(chosen, np.searchsorted(cumulated, cumulated[-1]))
    # Uniform in a triangle (Osada et al., Shape Distributions, 2002).
    root, along = np.sqrt(rng.random((count, 1))), rng.random((count, 1))
    start = a[chosen]
    drawn = start + root * (1 - along) * (b[chosen] - start) + root * along * (c[chosen] - start)
    plural = "" if len(triangles) == 1 else "s"
    source = f"mesh of {len(triangles):,} triangle{plural}"
    return Cloud(drawn * extent + low, dropped, source, skipped, normals=across[chosen])

"""Meshes to clouds: polygons to triangles, triangles to points drawn uniformly from their surface."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats.clouds._types import Cloud


def fan(polygons: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(F, k) polygons of k >= 3 corners as (F * (k - 2), 3) triangles around each first corner."""
    count, corners = polygons.shape
    first = np.repeat(polygons[:, :1], corners - 2, axis=1)
    return np.stack([first, polygons[:, 1:-1], polygons[:, 2:]], axis=2).reshape(count * (corners - 2), 3)


def sample(
    vertices: npt.NDArray[np.float64],
    triangles: npt.NDArray[np.integer[Any]],
    count: int,
    seed: int,
    *,
    name: str,
    dropped: tuple[str, ...],
) -> Cloud:
    """`count` points, independent and uniform on the surface of a mesh of (V, 3) vertices, (T, 3) triangles.

    Degenerate triangles get no points. With `count` 0, without triangles, or where no triangle has an area,
    the vertices themselves are the cloud. Raises InputError: a triangle refers to a vertex that is not there.
    """
    triangles = np.asarray(triangles)
    if triangles.size and (
        triangles.ndim != 2 or triangles.shape[1] != 3 or triangles.dtype.kind not in "iu"
    ):
        raise InputError(
            f"{name}: triangles of shape {triangles.shape}, {triangles.dtype}; (T, 3) integers needed"
        )
    outside = (triangles < 0) | (triangles >= len(vertices))
    if outside.any():
        index = int(triangles[outside][0])
        raise InputError(
            f"{name}: a face refers to vertex {index} (counted from 0) of {len(vertices)}; repair the mesh"
        )
    if not triangles.size:
        return Cloud(vertices, dropped)
    # In the unit cube neither large offsets nor large units harm the areas.
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    with np.errstate(over="ignore"):
        extent = float((high - low).max())
    if not np.isfinite(extent):
        raise InputError(f"{name}: the extent of the mesh overflows float64; scale the coordinates down")
    unit = (vertices - low) / max(extent, np.finfo(np.float64).tiny)
    a, b, c = (unit[triangles[:, corner]] for corner in range(3))
    cumulated = np.cumsum(np.linalg.norm(np.cross(b - a, c - a), axis=1))
    if count == 0 or cumulated[-1] == 0:
        return Cloud(vertices, (*dropped, "faces"))
    rng = np.random.default_rng(seed)
    # side="right" and factors below 1: a triangle without area is never chosen.
    chosen = np.searchsorted(cumulated, rng.random(count) * cumulated[-1], side="right")
    chosen = np.minimum(chosen, np.searchsorted(cumulated, cumulated[-1]))
    # Uniform in a triangle (Osada et al., Shape Distributions, 2002).
    root, along = np.sqrt(rng.random((count, 1))), rng.random((count, 1))
    start = a[chosen]
    drawn = start + root * (1 - along) * (b[chosen] - start) + root * along * (c[chosen] - start)
    plural = "" if len(triangles) == 1 else "s"
    return Cloud(drawn * extent + low, dropped, f"mesh of {len(triangles):,} triangle{plural}")

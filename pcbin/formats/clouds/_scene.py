"""Scenes: meshes and points, each where and as often as it is placed, merged into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats.clouds._mesh import triangulated
from pcbin.formats.clouds._types import Cloud, Mesh

MAX_TRIANGLES = 2**24
"""Scenes of more faces or points are refused: a few lines of a file can place one mesh a million times."""


@dataclass(frozen=True, eq=False)
class Part:
    """vertices: (V, 3). faces: (F, k) indices; None for points. matrix: (4, 4), places columns x, y, z, 1."""

    vertices: npt.NDArray[Any]
    faces: npt.NDArray[np.integer[Any]] | None
    matrix: npt.NDArray[np.float64]


def merged(parts: Sequence[Part], name: str, dropped: tuple[str, ...] = ()) -> Cloud | Mesh:
    """One Mesh of all meshes; without any, a Cloud of all points. Raises InputError: neither, or too much."""
    meshes = [part for part in parts if part.faces is not None]
    points = [part for part in parts if part.faces is None]
    if not parts:
        raise InputError(f"{name}: a scene without meshes or points; check what it was exported from")
    size = sum(len(part.vertices if part.faces is None else part.faces) for part in parts)
    if max(size, sum(len(part.vertices) for part in parts)) > MAX_TRIANGLES:
        raise InputError(f"{name}: a scene of more than {MAX_TRIANGLES:,} triangles; take parts of it")
    if not meshes:
        return Cloud(np.concatenate([_placed(part) for part in points]), dropped)
    placed = [_placed(part) for part in meshes]
    starts = np.cumsum([0, *map(len, placed)]).tolist()
    triangles, skipped = [], 0
    for part, start in zip(meshes, starts[:-1], strict=True):
        faces, flat = triangulated([np.asarray(part.faces, np.int64)], len(part.vertices), name)
        triangles.append(faces + start)
        skipped += flat
    others = ("points of the scene",) if points else ()
    return Mesh(np.concatenate(placed), np.concatenate(triangles), (*dropped, *others), skipped)


def _placed(part: Part) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused later
        moved = np.asarray(part.vertices, np.float64) @ part.matrix[:3, :3].T + part.matrix[:3, 3]
    return np.asarray(moved)

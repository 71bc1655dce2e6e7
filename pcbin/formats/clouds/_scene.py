"""Scenes: meshes and points, each where and as often as it is placed, merged into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats._source import most_records
from pcbin.formats.clouds._mesh import triangulated
from pcbin.formats.clouds._types import Cloud, Mesh

MAX_TRIANGLES = 2**24
MAX_PARTS = 100_000
"""Scenes that place more meshes are refused: a few lines of a file can place one a million times."""


@dataclass(frozen=True, eq=False)
class Part:
    """vertices: (V, 3). faces: (F, k) indices; None for points. matrix: (4, 4), places columns x, y, z, 1."""

    vertices: npt.NDArray[Any]
    faces: npt.NDArray[np.integer[Any]] | None
    matrix: npt.NDArray[np.float64]


class Scene:
    """The parts of a scene, counted while they come, because repeated ones multiply.

    size: that of the file, which bounds what a file may hold; None for what is in memory already.
    """

    def __init__(self, name: str, size: int | None = None) -> None:
        self._name = name
        self._size = size
        self._parts: list[Part] = []
        self._vertices = self._faces = 0

    def grow(self, size: int) -> None:
        """Another file of `size` bytes belongs to the scene."""
        self._size = None if self._size is None else self._size + size

    def add(self, part: Part) -> None:
        """Raises InputError: too many parts, vertices or faces."""
        self._parts.append(part)
        self._vertices += len(part.vertices)
        self._faces += 0 if part.faces is None else len(part.faces)
        most = MAX_TRIANGLES if self._size is None else min(MAX_TRIANGLES, most_records(self._size))
        if max(self._vertices, self._faces) > most or len(self._parts) > MAX_PARTS:
            raise InputError(
                f"{self._name}: a scene of more than {most:,} triangles or {MAX_PARTS:,} parts; "
                "take parts of it"
            )

    def merged(self, dropped: tuple[str, ...] = ()) -> Cloud | Mesh:
        """One Mesh of all meshes; without any, a Cloud of all points. Raises InputError: neither."""
        meshes = [part for part in self._parts if part.faces is not None]
        points = [part for part in self._parts if part.faces is None]
        if not self._parts:
            raise InputError(
                f"{self._name}: a scene without meshes or points; check what it was exported from"
            )
        if not meshes:
            return Cloud(np.concatenate([_placed(part) for part in points]), dropped)
        placed = [_placed(part) for part in meshes]
        starts = np.cumsum([0, *map(len, placed)]).tolist()
        triangles, skipped = [], 0
        for part, start in zip(meshes, starts[:-1], strict=True):
            faces, flat = triangulated([np.asarray(part.faces, np.int64)], len(part.vertices), self._name)
            triangles.append(faces + start)
            skipped += flat
        others = ("points of the scene",) if points else ()
        return Mesh(np.concatenate(placed), np.concatenate(triangles), (*dropped, *others), skipped)


def _placed(part: Part) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused later
        moved = np.asarray(part.vertices, np.float64) @ part.matrix[:3, :3].T + part.matrix[:3, 3]
    return np.asarray(moved)

"""What readers return, and what a format is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Cloud:
    """A point cloud as read from a file.

    points: (N, 3) float64, the file's units, the file's order.
    dropped: what the file holds besides coordinates, which pcbin does not keep: "normals", "colours", ...
    sampled_from: the surface that the points were drawn from, "mesh of 12,340 triangles"; None for a cloud.
    skipped_faces: how many faces had fewer than three distinct (and finite) corners, and so no surface.
    dropped_points: how many points (of a mesh: vertices) were dropped for NaN or infinite coordinates.
    normals: (N, 3) float64, of any length above 0, of the triangles that points were drawn from, or of a PLY
        file; None where not every point has one. They serve metrics; codes do not keep them.
    """

    points: npt.NDArray[np.float64]
    dropped: tuple[str, ...] = ()
    sampled_from: str | None = None
    skipped_faces: int = 0
    dropped_points: int = 0
    normals: npt.NDArray[np.float64] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the file's geometry, as whole phrases."""
        notes = []
        if self.dropped_points:
            notes.append(f"{_count(self.dropped_points, 'point')} with NaN or infinite coordinates dropped")
        if self.skipped_faces:
            notes.append(f"{_count(self.skipped_faces, 'face')} of fewer than three distinct corners skipped")
        return tuple(notes)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh as read from a file; `read_cloud` samples it.

    vertices: (V, 3) numbers. triangles: (T, 3) integers, indices into `vertices`. dropped, skipped_faces: as
    in Cloud.
    """

    vertices: npt.NDArray[Any]
    triangles: npt.NDArray[np.integer[Any]]
    dropped: tuple[str, ...] = ()
    skipped_faces: int = 0


Reader: TypeAlias = Callable[[BinaryIO, str], "Cloud | Mesh"]
"""(binary stream, possibly not seekable; the file's name for messages) -> Cloud or Mesh, or InputError."""

Writer: TypeAlias = Callable[[BinaryIO, "npt.NDArray[np.floating[Any]]"], None]
"""(binary stream, (N, 3) float32 or float64 points, already checked) -> None."""


@dataclass(frozen=True)
class CloudFormat:
    """A file format of point clouds.

    name: lower case, "ply". suffixes: lower case with the dot, (".ply",).
    read, write: functions, or "module:function" strings that are imported on first use; None where the
    format cannot be read or written.
    extra: the extra of pcbin whose packages the reader needs.
    arrays: whether its files hold arrays by name, of which `read` takes one as the keyword `array`.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Reader | str | None = None
    write: Writer | str | None = None
    arrays: bool = False
    extra: str | None = None


_GROUPS = {
    "normals": {"nx", "ny", "nz", "normal_x", "normal_y", "normal_z"},
    "colours": {"r", "g", "b", "a", "rgb", "rgba", "red", "green", "blue", "alpha"}
    | {f"{prefix}{channel}" for prefix in ("diffuse_", "color") for channel in ("red", "green", "blue")},
}


def dropped_names(names: Iterable[str]) -> tuple[str, ...]:
    """Property names as the user thinks of them, each once: nx, ny, nz are "normals"."""
    groups = (next((g for g, members in _GROUPS.items() if n.lower() in members), n) for n in names)
    return tuple(dict.fromkeys(groups))


def dropped_columns(count: int) -> tuple[str, ...]:
    """The names of the columns after x, y, z in a table of `count` nameless columns."""
    if count <= 3:
        return ()
    return ("column 4",) if count == 4 else (f"columns 4 to {count}",)

"""PLY clouds and meshes, ascii and binary. The only module that imports plyfile, whose licence is the GPL."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError, MissingDependency
from pcbin.formats._source import read_all
from pcbin.formats.clouds._mesh import triangulated
from pcbin.formats.clouds._ply_header import check
from pcbin.formats.clouds._types import Cloud, Mesh, dropped_names

_AXES = ("x", "y", "z")
_INDICES = ("vertex_indices", "vertex_index")


def read(stream: BinaryIO, name: str) -> Cloud | Mesh:
    """x, y, z of the element "vertex", of any type; a Mesh where the element "face" has lists of vertices.

    Raises InputError.
    """
    data = read_all(stream, name)
    elements, binary = check(data, name)
    vertex = elements.get("vertex")
    if vertex is None or not set(_AXES) <= set(vertex.scalars):
        raise InputError(f"{name}: no element 'vertex' with properties x, y, z; export the file again")
    dropped = [n for n in (*vertex.scalars, *vertex.lists) if n not in _AXES]
    dropped += [n for n in elements if n not in ("vertex", "face")]
    face = elements.get("face")
    key = next((key for key in _INDICES if face and key in face.lists), None)
    if face is None or key is None or face.count == 0:
        content = _parsed(data, {"vertex": _AXES}, binary, name)
        return Cloud(_points(content["vertex"]), dropped_names(dropped))
    dropped += [f"face {n}" for n in (*face.scalars, *face.lists) if n != key]
    content = _parsed(data, {"vertex": _AXES, "face": (key,)}, binary, name)
    points = _points(content["vertex"])
    triangles, skipped = _triangles(content["face"][key], len(points), name)
    return Mesh(points, triangles, dropped_names(dropped), skipped)


def write(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """Binary, little endian, float32 or float64 as the points are."""
    plyfile = _plyfile()
    kind = f"f{points.dtype.itemsize}"
    vertices = np.empty(len(points), dtype=[(axis, kind) for axis in "xyz"])
    for column, axis in enumerate("xyz"):
        vertices[axis] = points[:, column]
    plyfile.PlyData([plyfile.PlyElement.describe(vertices, "vertex")], byte_order="<").write(stream)


def _plyfile() -> Any:
    try:
        import plyfile
    except ImportError:
        raise MissingDependency("PLY files need plyfile: pip install plyfile", name="plyfile") from None
    return plyfile


def _parsed(
    data: bytes, wanted: dict[str, tuple[str, ...]], binary: bool, name: str
) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """The wanted properties of the elements."""
    plyfile = _plyfile()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of empty lists and odd numbers; the values are checked
        try:
            content = _mapped(plyfile, data, wanted) if binary else plyfile.PlyData.read(io.BytesIO(data))
            return {n: {p: np.array(content[n][p]) for p in names} for n, names in wanted.items()}
        except Exception as error:  # a parser of others, on hostile bytes: whatever it raises
            problem = f"{type(error).__name__}: {error}"[:200]
    raise InputError(f"{name}: damaged PLY data ({problem}); export or copy the file again")


def _mapped(plyfile: Any, data: bytes, wanted: dict[str, tuple[str, ...]]) -> Any:
    """Binary data by way of a real file: plyfile maps it into memory and needs no Python step a vertex.

    Nor a step a face, if it may take each to have three corners, which it checks.
    """
    import tempfile  # slow to import, and writers need none

    with tempfile.TemporaryFile() as file:
        file.write(data)
        if "face" in wanted:
            file.seek(0)
            with contextlib.suppress(plyfile.PlyParseError):
                triangles = {"face": dict.fromkeys(wanted["face"], 3)}
                return plyfile.PlyData.read(file, known_list_len=triangles)
        file.seek(0)
        return plyfile.PlyData.read(file)


def _points(vertices: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # signalling NaNs; they are refused with the others
        return np.stack([vertices[axis].astype(np.float64) for axis in _AXES], axis=1)


def _triangles(faces: npt.NDArray[Any], vertices: int, name: str) -> tuple[npt.NDArray[np.int64], int]:
    """(T, 3) indices of (F, 3) numbers, or of F lists of different lengths; how many faces were skipped."""
    if faces.ndim == 2:
        return triangulated([_integers(faces, name)], vertices, name)
    lengths = np.array([len(face) for face in faces])
    groups = [np.stack(list(faces[lengths == k])) for k in np.unique(lengths[lengths > 0]).tolist()]
    triangles, skipped = triangulated([_integers(group, name) for group in groups], vertices, name)
    return triangles, skipped + int((lengths == 0).sum())


def _integers(indices: npt.NDArray[Any], name: str) -> npt.NDArray[np.int64]:
    if indices.dtype.kind not in "iu":
        raise InputError(
            f"{name}: the indices of the faces are {indices.dtype}, not integers; export it again"
        )
    return indices.astype(np.int64)

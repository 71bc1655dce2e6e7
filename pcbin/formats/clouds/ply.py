"""PLY clouds and meshes, ascii and binary. The only module that imports plyfile, whose licence is the GPL.

Where plyfile is not installed, trimesh reads PLY, but no binary meshes of mixed polygons. Writing needs none.
"""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError, MissingDependency
from pcbin.formats._source import is_file, need_records, need_size, read_all
from pcbin.formats.clouds._mesh import triangulated
from pcbin.formats.clouds._ply_header import MAX_HEADER, check
from pcbin.formats.clouds._types import Cloud, Mesh, dropped_names

_AXES = ("x", "y", "z")
_NORMALS = ("nx", "ny", "nz")
_INDICES = ("vertex_indices", "vertex_index")
_TYPES = {4: "float", 8: "double"}

_Properties = dict[str, dict[str, npt.NDArray[Any]]]
"""Element and property -> an array of its values; of a list property, (F, k) or F arrays."""


def read(stream: BinaryIO, name: str) -> Cloud | Mesh:
    """x, y, z of the element "vertex", of any type; a Mesh where the element "face" has lists of vertices.

    Raises InputError; MissingDependency with neither plyfile nor trimesh.
    """
    file = stream if is_file(stream) else io.BytesIO(read_all(stream, name))
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    need_size(size, name)
    file.seek(start)
    elements, binary = check(file.read(MAX_HEADER), size, name)
    for title, element in elements.items():
        need_records(element.count, stream, name, what=f"records in {title!r}")
    file.seek(start)
    vertex = elements.get("vertex")
    if vertex is None or not set(_AXES) <= set(vertex.scalars):
        raise InputError(f"{name}: no element 'vertex' with properties x, y, z; export the file again")
    if vertex.count == 0:
        return Cloud(np.empty((0, 3)))  # which is refused as empty; trimesh would fail to parse it
    dropped = [n for n in (*vertex.scalars, *vertex.lists) if n not in _AXES]
    dropped += [n for n in elements if n not in ("vertex", "face")]
    face = elements.get("face")
    key = next((key for key in _INDICES if face and key in face.lists), None)
    if face is None or key is None or face.count == 0:
        dropped += ["faces"] if face and face.count else []
        normals = _NORMALS if set(_NORMALS) <= set(vertex.scalars) else ()
        found = _parsed(file, {"vertex": (*_AXES, *normals)}, binary, name)["vertex"]
        return Cloud(
            _columns(found, _AXES),
            dropped_names(dropped),
            normals=_columns(found, normals) if normals else None,
        )
    dropped += [f"face {n}" for n in (*face.scalars, *face.lists) if n != key]
    content = _parsed(file, {"vertex": _AXES, "face": (key,)}, binary, name)
    points = _columns(content["vertex"], _AXES)
    triangles, skipped = _triangles(content["face"][key], len(points), name)
    return Mesh(points, triangles, dropped_names(dropped), skipped)


def write(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """Binary, little endian, float32 or float64 as the points are."""
    axes = "".join(f"property {_TYPES[points.dtype.itemsize]} {axis}\n" for axis in _AXES)
    header = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n{axes}end_header\n"
    stream.write(header.encode("ascii") + points.astype(points.dtype.newbyteorder("<")).tobytes())


def _parsed(file: BinaryIO, wanted: dict[str, tuple[str, ...]], binary: bool, name: str) -> _Properties:
    """The wanted properties of the elements."""
    try:
        import plyfile
    except ImportError:
        return _by_trimesh(file, wanted, binary, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of empty lists and odd numbers; the values are checked
        try:
            content = _mapped(plyfile, file, wanted) if binary else plyfile.PlyData.read(_copy(file))
            return {n: {p: np.array(content[n][p]) for p in names} for n, names in wanted.items()}
        except Exception as error:  # a third-party parser, on hostile bytes, may raise anything
            problem = f"{type(error).__name__}: {error}"[:200]
    raise InputError(f"{name}: damaged PLY data ({problem}); export or copy the file again")


def _copy(file: BinaryIO) -> io.BytesIO:
    """plyfile closes what it reads text from."""
    return io.BytesIO(file.read())


def _mapped(plyfile: Any, file: BinaryIO, wanted: dict[str, tuple[str, ...]]) -> Any:
    """Binary data, mapped into memory: plyfile then needs no Python step per vertex, as it does for streams,

    nor one per face where it may assume three corners, which it checks.
    """
    if isinstance(file, io.BytesIO):  # what came through a pipe lies in no file yet
        import tempfile  # slow to import

        with tempfile.TemporaryFile() as spooled:
            spooled.write(file.getbuffer())
            spooled.seek(0)
            return _mapped(plyfile, spooled, wanted)
    start = file.tell()
    if "face" in wanted:
        with contextlib.suppress(plyfile.PlyParseError):
            triangles = {"face": dict.fromkeys(wanted["face"], 3)}
            return plyfile.PlyData.read(file, known_list_len=triangles)
    file.seek(start)
    return plyfile.PlyData.read(file)


def _by_trimesh(file: BinaryIO, wanted: dict[str, tuple[str, ...]], binary: bool, name: str) -> _Properties:
    try:
        from trimesh.exchange.ply import load_ply
    except ImportError:
        raise MissingDependency(
            f"{name}: reading PLY needs plyfile or trimesh: pip install plyfile, or pip install trimesh",
            name="plyfile",
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", ".*unmatched data")  # of NumPy, about a word that is not a number
        try:
            loaded = load_ply(_copy(file), fix_texture=False, skip_materials=True)["metadata"]["_ply_raw"]
            return {
                element: {key: _values(loaded[element]["data"], key) for key in names}
                for element, names in wanted.items()
            }
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"[:200]
    raise InputError(
        f"{name}: damaged PLY data, or a mesh that trimesh cannot read ({problem}); pip install plyfile"
    )


def _values(data: Any, key: str) -> npt.NDArray[Any]:
    """A property as trimesh has it. Raises ValueError: not what the header says."""
    values: npt.NDArray[Any] = data[key]
    if key in (*_AXES, *_NORMALS):
        return values.astype(np.float64).reshape(len(values))
    if values.dtype.names:  # of each record the count, and as many numbers as the first one has
        if (values["f0"] != values["f1"].shape[1]).any():
            raise ValueError("polygons of different numbers of corners in a binary file")
        return np.asarray(values["f1"])
    if values.dtype == object and not all(np.ndim(face) == 1 for face in values):
        raise ValueError("faces that are not lists")
    return values


def _columns(vertices: dict[str, npt.NDArray[Any]], names: tuple[str, ...]) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # signalling NaNs; they are refused with the others
        return np.stack([vertices[name].astype(np.float64) for name in names], axis=1)


def _triangles(faces: npt.NDArray[Any], vertices: int, name: str) -> tuple[npt.NDArray[np.int64], int]:
    """(T, 3) indices of (F, k) numbers, or of F lists of different lengths; how many faces were skipped."""
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

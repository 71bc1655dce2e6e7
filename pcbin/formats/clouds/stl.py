"""STL meshes, binary and ASCII. Read only: STL has faces and nothing else."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats._source import need_records, read_all
from pcbin.formats.clouds._rows import Rows, lines_of
from pcbin.formats.clouds._types import Mesh

_HEADER = 84  # 80 bytes of anything, then the number of triangles
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read(stream: BinaryIO, name: str) -> Mesh:
    """The triangles, their corners not merged. Raises InputError."""
    data = read_all(stream, name)
    count = int.from_bytes(data[80:_HEADER], "little") if len(data) >= _HEADER else -1
    needed = _HEADER + count * _TRIANGLE.itemsize
    # Binary files may begin with "solid" too, so an exact length is the better sign.
    if len(data) != needed and data[:80].lstrip()[:5].lower() == b"solid" and b"\0" not in data:
        return _ascii(data, name)
    if count == 0:
        raise InputError(f"{name}: no triangles in it; export the object again")
    if count < 0:
        raise InputError(f"{name}: {len(data)} bytes are too few for an STL file; copy it again")
    if len(data) < needed:
        raise InputError(
            f"{name}: byte 80 announces {count:,} triangles, which need {needed:,} bytes, "
            f"{len(data):,} are there; copy the file again, or name the right format"
        )
    need_records(count, stream, name, what="triangles")
    triangles = np.frombuffer(data, _TRIANGLE, count=count, offset=_HEADER)
    dropped = ("facet normals", "attributes") if triangles["attribute"].any() else ("facet normals",)
    return _mesh(triangles["corners"].reshape(-1, 3), dropped)


def _ascii(data: bytes, name: str) -> Mesh:
    rows = Rows.of(name, lines_of(data, name))
    keywords = [line.split(None, 1)[0].lower() for line in rows.lines]
    corners = rows.select([row for row, keyword in enumerate(keywords) if keyword == "vertex"])
    facets = keywords.count("facet")
    if not facets or len(corners) != 3 * facets:
        raise InputError(
            f"{name}: {facets:,} facets and {len(corners):,} corners, three each needed; export it again"
        )
    return _mesh(corners.floats((1, 2, 3)), ("facet normals",))


def _mesh(corners: npt.NDArray[np.floating[Any]], dropped: tuple[str, ...]) -> Mesh:
    """Three corners per triangle; those of which two coincide are skipped."""
    triangles = np.arange(len(corners)).reshape(-1, 3)
    placed = corners[triangles]  # (T, 3, 3)
    flat = (placed == np.roll(placed, 1, axis=1)).all(axis=2).any(axis=1)
    return Mesh(corners, triangles[~flat], dropped, int(flat.sum()))

"""Reading a cloud from anything, writing it to a stream."""

from __future__ import annotations

import os
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.arrays import MAX_POINTS, as_points
from pcbin.errors import InputError
from pcbin.formats._source import Source, gunzipped, name_of, opened
from pcbin.formats.clouds._mesh import sample
from pcbin.formats.clouds._registry import format_of, function_of
from pcbin.formats.clouds._types import Cloud, Mesh


def read_cloud(source: Source, *, format: str | None = None, samples: int = 2048, seed: int = 0) -> Cloud:
    """The cloud in a file.

    source: a path, or a binary file object (it need not be seekable), which is read to its end.
    format: a format's name; by default the suffix of the path, or of the stream's name, decides.
    samples: how many points are drawn from a mesh, uniformly by area, with the generator seeded by `seed`;
        0 takes the mesh's vertices instead. Clouds are returned whole.

    Returns a Cloud of finite (N, 3) float64 points. Raises InputError for whatever cannot be read.
    """
    name = name_of(source)
    if not 0 <= samples <= MAX_POINTS:
        raise InputError(f"samples: {samples} points; ask for 0 (the vertices of a mesh) to {MAX_POINTS:,}")
    if seed < 0:
        raise InputError(f"seed: {seed}; use 0 or a positive number")
    if name.startswith("<") and not isinstance(source, str | os.PathLike) and format is None:
        raise InputError(f"{name}: a stream has no suffix; name its format: format='ply'")
    with opened(source) as stream:  # before the format is looked for: a misspelt path has no suffix either
        reader = function_of(format_of(name, format=format), "read")
        found = reader(gunzipped(stream, name) if name.lower().endswith(".gz") else stream, name)
    if isinstance(found, Mesh):
        vertices = _checked(found.vertices, f"{name} (vertices)")
        return sample(vertices, found.triangles, samples, seed, name=name, dropped=found.dropped)
    return Cloud(_checked(found.points, name), found.dropped, found.sampled_from)


def write_cloud(target: BinaryIO, points: npt.ArrayLike, format: str) -> None:
    """Writes (N, 3) points to a binary file object; float32 and float16 as float32, anything else as float64.

    Raises InputError: not a cloud, an unknown format, or one that cannot be written (STL).
    """
    writer = function_of(format_of("points", format=format, writing=True), "write")
    checked: npt.NDArray[np.floating[Any]] = as_points(points)
    given = getattr(points, "dtype", None)
    if isinstance(given, np.dtype) and given.kind == "f" and given.itemsize <= 4:
        checked = checked.astype(np.float32)
    writer(target, checked)


def _checked(points: Any, name: str) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # signalling NaNs warn when cast, before they are found
        return as_points(points, what=name)

"""Reading a cloud from anything, writing it to a stream."""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.arrays import MAX_POINTS, as_points, axes_in, need_finite
from pcbin.errors import InputError
from pcbin.formats._source import Source, gunzipped, name_of, opened
from pcbin.formats.clouds._mesh import checked, part, sample
from pcbin.formats.clouds._objects import surface_of
from pcbin.formats.clouds._registry import format_of, function_of
from pcbin.formats.clouds._types import Cloud, Mesh, dropped_names

SAMPLES = 2048
"""Points drawn from a surface by default."""


def read_cloud(
    source: Source,
    *,
    format: str | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
    array: str | None = None,
    drop_nan: bool = False,
) -> Cloud:
    """The cloud in a file.

    source: a path, or a binary file object (it need not be seekable), which is read to its end.
    format: a format's name; by default the suffix of the path, or of the stream's name, decides.
    samples: how many points are drawn from a mesh, uniformly by area, with the generator seeded by `seed`;
        0 takes the mesh's vertices instead. Clouds are returned whole.
    array: which array of an .npz file is the cloud; by default "points", or the only one.
    drop_nan: drop points with NaN or infinite coordinates, which depth cameras write where they saw nothing,
        and of meshes the faces at them; otherwise such a file is an error.

    Returns a Cloud of finite (N, 3) float64 points. Raises InputError for whatever cannot be read.
    """
    name = name_of(source)
    _check(samples, seed)
    if name.startswith("<") and not isinstance(source, str | os.PathLike) and format is None:
        raise InputError(f"{name}: a stream has no suffix; name its format: format='ply'")
    with opened(source) as stream:  # before the format is looked for: a misspelt path has no suffix either
        known = format_of(name, format=format)
        reader = function_of(known, "read")
        if array is not None:
            if not known.arrays:
                raise InputError(f"{name}: {known.name} files have no named arrays; omit array={array!r}")
            reader = functools.partial(reader, array=array)
        found = reader(gunzipped(stream, name) if name.lower().endswith(".gz") else stream, name)
        return _sampled(found, name, samples, seed, drop_nan)


def cloud_of(
    obj: Any, *, samples: int = SAMPLES, seed: int = 0, drop_nan: bool = False, what: str = "points"
) -> Cloud:
    """The cloud of anything in memory that is a cloud or has a surface, as `read_cloud` gives one of a file.

    obj: what `pcbin.arrays.as_points` takes; or a mesh of trimesh, Open3D or PyVista, or a trimesh scene (its
    meshes where its transforms place them), which are sampled as mesh files are. The other options are those
    of `read_cloud`; `what` names the argument in messages.

    Raises InputError for anything that is neither.
    """
    _check(samples, seed)
    found = surface_of(obj, what)
    if found is None:
        columns = [str(title) for title in getattr(obj, "columns", ())]
        axes = axes_in(columns) or ()
        others = dropped_names(title for column, title in enumerate(columns) if column not in axes)
        found = Cloud(as_points(obj, what=what, finite=False), others)
    return _sampled(found, what, samples, seed, drop_nan)


def _check(samples: int, seed: int) -> None:
    if not 0 <= samples <= MAX_POINTS:
        raise InputError(f"samples: {samples} points; ask for 0 (the vertices of a mesh) to {MAX_POINTS:,}")
    if seed < 0:
        raise InputError(f"seed: {seed}; use 0 or a positive number")


def _sampled(found: Cloud | Mesh, name: str, samples: int, seed: int, drop_nan: bool) -> Cloud:
    """The cloud that a reader found, or points of the mesh. Raises InputError."""
    if isinstance(found, Mesh):
        vertices, finite = _finite(found.vertices, f"{name} (vertices)", drop_nan)
        mesh = checked(replace(found, vertices=vertices), name)
        cloud = sample(mesh if finite.all() else part(mesh, finite), samples, seed, name=name)
    else:
        points, finite = _finite(found.points, name, drop_nan)
        cloud = replace(found, points=points[finite], normals=_directions(found.normals, finite))
    return replace(cloud, dropped_points=cloud.dropped_points + int((~finite).sum()))


def _directions(normals: Any, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64] | None:
    """The normals of the points that are kept; None unless each of them is a direction."""
    if normals is None:
        return None
    largest = np.abs(normals[kept]).max(axis=1)
    return normals[kept] if bool((np.isfinite(largest) & (largest > 0)).all()) else None


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


def _finite(points: Any, name: str, drop_nan: bool) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """The (N, 3) points, and which of them are finite. Raises InputError: not all, where they are needed."""
    with np.errstate(invalid="ignore"):  # signalling NaNs warn when cast, before they are found
        checked = as_points(points, what=name, finite=False)
    if not drop_nan:
        need_finite(checked, what=name, remedy="drop them: drop_nan=True (--drop-nan on the command line)")
    finite = np.asarray(np.isfinite(checked).all(axis=1))
    if not finite.any():
        raise InputError(f"{name}: none of its {len(finite):,} points is finite; export it again")
    return checked, finite

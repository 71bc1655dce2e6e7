"""Decoded clouds as objects of trimesh, Open3D and PyVista; `compress` takes theirs as they are."""

from __future__ import annotations

import os
from typing import Any

from pcbin.api import decompress
from pcbin.arrays import as_points
from pcbin.errors import missing
from pcbin.formats.urls import read_path


def to_trimesh(item: Any) -> Any:
    """A cloud as a `trimesh.PointCloud`.

    Args:
        item: (N, 3) points; or a .pcb file of one cloud, its bytes or its path, which is decoded.

    Raises:
        InputError: No cloud.
        FormatError: Not a .pcb file of one cloud, or a damaged one.
        ModelNotFound: The code's model is not installed.
        MissingDependency: trimesh is not installed.
    """
    try:
        import trimesh
    except ImportError:
        raise missing("trimesh", "to_trimesh", "meshes") from None
    make: Any = trimesh.PointCloud  # which has no types
    return make(_points(item))


def to_open3d(item: Any) -> Any:
    """A cloud as an `open3d.geometry.PointCloud`; the argument and the errors are those of `to_trimesh`."""
    try:
        import open3d
    except ImportError:
        raise missing("open3d", "to_open3d", "open3d") from None
    return open3d.geometry.PointCloud(open3d.utility.Vector3dVector(_points(item)))


def to_pyvista(item: Any) -> Any:
    """A cloud as a `pyvista.PolyData`; the argument and the errors are those of `to_trimesh`."""
    try:
        import pyvista
    except ImportError:
        raise missing("pyvista", "to_pyvista", "pyvista") from None
    return pyvista.PolyData(_points(item))


def _points(item: Any) -> Any:
    if isinstance(item, str | os.PathLike):
        item = read_path(item)
    if isinstance(item, bytes | bytearray | memoryview):
        item = decompress(item)
    return as_points(item)

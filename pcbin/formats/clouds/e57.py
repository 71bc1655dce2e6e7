"""E57 (ASTM E2807), the scans of terrestrial laser scanners, through pye57."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.arrays import MAX_POINTS
from pcbin.errors import InputError, missing
from pcbin.formats._source import is_file, most_records, need_size, read_all
from pcbin.formats.clouds._types import Cloud, dropped_names

_MAGIC = b"ASTM-E57"
_CARTESIAN = ("cartesianX", "cartesianY", "cartesianZ", "cartesianInvalidState")
_SPHERICAL = ("sphericalRange", "sphericalAzimuth", "sphericalElevation", "sphericalInvalidState")


def read(stream: BinaryIO, name: str) -> Cloud:
    """All scans, each placed by its pose, without the points that the scanner marked as invalid.

    Raises InputError, MissingDependency without pye57.
    """
    with tempfile.TemporaryDirectory() as folder:  # pye57 takes only paths
        path = Path(folder, "scans.e57")
        if is_file(stream) and isinstance(stream.name, str | bytes) and stream.tell() == 0:
            path = Path(os.fsdecode(stream.name))
        else:
            path.write_bytes(read_all(stream, name))
        size = path.stat().st_size
        need_size(size, name)
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
        if magic != _MAGIC:
            raise InputError(f"{name}: does not begin with 'ASTM-E57'; name the right format")
        try:
            import pye57
        except ImportError:
            raise missing("pye57", f"{name}: reading it", "e57") from None
        try:
            with pye57.E57(os.fspath(path)) as scans:
                return _cloud(scans, size, name)
        except InputError:
            raise
        except Exception as error:  # of a library in C++, which names no base class of its errors
            problem = f"{type(error).__name__}: {error}"[:200]
            raise InputError(f"{name}: damaged E57 ({problem}); export or copy it again") from None


def _cloud(file: Any, size: int, name: str) -> Cloud:
    headers = [file.get_header(number) for number in range(file.scan_count)]
    total = sum(header.point_count for header in headers)
    most = min(MAX_POINTS, most_records(size))  # a field that never changes takes no bytes
    if not 0 < total <= most:
        raise InputError(f"{name}: announces {total:,} points in {size:,} bytes; 1 to {most:,} are read")
    dropped: dict[str, None] = {}
    scans = []
    for header in headers:
        dropped |= dict.fromkeys(key for key in header.point_fields if key not in _CARTESIAN + _SPHERICAL)
        scans.append(_scan(file, header, name))
    points = np.concatenate(scans)
    return Cloud(points, dropped_names(dropped), dropped_points=total - len(points))


def _scan(file: Any, header: Any, name: str) -> npt.NDArray[np.float64]:
    """(N, 3) valid points of a scan in the coordinates of the file."""
    cartesian = set(_CARTESIAN[:3]) <= set(header.point_fields)
    fields = [key for key in (_CARTESIAN if cartesian else _SPHERICAL) if key in header.point_fields]
    if len(fields) < 3:
        raise InputError(f"{name}: a scan without x, y, z or range and angles; export it again")
    columns, buffers = file.make_buffers(fields, header.point_count)
    count = header.points.reader(buffers).read()
    if count != header.point_count:
        raise InputError(
            f"{name}: a scan announces {header.point_count:,} points, {count:,} are there; copy it"
        )
    first, second, third = (columns[key].astype(np.float64) for key in fields[:3])
    points = np.stack([first, second, third], axis=1)
    if not cartesian:  # range, azimuth, elevation
        flat = first * np.cos(third)
        points = np.stack([flat * np.cos(second), flat * np.sin(second), first * np.sin(third)], axis=1)
    if len(fields) == 4:
        points = points[columns[fields[3]] == 0]
    if header.has_pose():
        points = file.to_global(points, header.rotation, header.translation)
    return np.asarray(points)

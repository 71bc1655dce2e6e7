"""NumPy's .npy: one array. Its short header is parsed here, so that no byte of it is ever evaluated."""

from __future__ import annotations

import math
import re
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.arrays import is_transposed
from pcbin.errors import InputError
from pcbin.formats._source import need_records, read_all
from pcbin.formats.clouds._types import Cloud, dropped_columns

_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 2**16
_TYPE = re.compile(r"'descr'\s*:\s*'([<>|=]?(?:f[248]|[iu][1248]|b1))'")
_ORDER = re.compile(r"'fortran_order'\s*:\s*(True|False)")
_SHAPE = re.compile(r"'shape'\s*:\s*\(((?:\s*[0-9]{1,15}\s*,)*(?:\s*[0-9]{1,15})?\s*)\)")


def read(stream: BinaryIO, name: str) -> Cloud:
    """The first three columns of an (N, 3 or more) array of numbers. Raises InputError."""
    data = read_all(stream, name)
    array, dropped = array_in(data, name)
    need_records(len(array), stream, name)
    return Cloud(array, dropped)


def write(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """Format version 1.0, little endian, row after row."""
    little = np.ascontiguousarray(points, dtype=points.dtype.newbyteorder("<"))
    np.lib.format.write_array(stream, little, version=(1, 0), allow_pickle=False)


def array_in(data: bytes, name: str) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    """The (N, 3) numbers in a .npy file, of the type they have there, and what else is. Raises InputError."""
    if data[:6] != _MAGIC:
        raise InputError(
            f"{name}: does not begin as a .npy file; save it with numpy.save, or name its format"
        )
    width = 2 if data[6:7] == b"\x01" else 4  # of the header's length; versions 2 and 3 have four bytes
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    header = data[8 + width : min(start, _MAX_HEADER)].decode("latin-1")
    kind, order, shape = _TYPE.search(header), _ORDER.search(header), _SHAPE.search(header)
    if start > len(data) or data[6:7] not in (b"\x01", b"\x02", b"\x03") or not (order and shape):
        raise InputError(f"{name}: the .npy header is damaged; save the array again with numpy.save")
    if kind is None:
        raise InputError(
            f"{name}: not an array of plain numbers ({header[:60].strip()} ...); "
            "save the coordinates alone: numpy.save(file, points.astype('float32'))"
        )
    lengths = tuple(int(length) for length in shape.group(1).split(",") if length.strip())
    _check_shape(lengths, name)
    dtype = np.dtype(kind.group(1))
    needed = math.prod(lengths) * dtype.itemsize
    if needed > len(data) - start:
        raise InputError(
            f"{name}: shape {lengths} of {dtype} needs {needed:,} bytes, {len(data) - start:,} are there; "
            "copy the file again"
        )
    flat = np.frombuffer(data, dtype, count=math.prod(lengths), offset=start)
    array = flat.reshape(lengths, order="F" if order.group(1) == "True" else "C")
    return array[:, :3], dropped_columns(lengths[1])


def _check_shape(lengths: tuple[int, ...], name: str) -> None:
    if len(lengths) == 3:
        raise InputError(
            f"{name}: shape {lengths} is {lengths[0]} clouds; pick one, numpy.save('one.npy', clouds[0]), "
            "or pass the rows of the array one by one"
        )
    if is_transposed(lengths):
        raise InputError(
            f"{name}: shape {lengths}: transpose it, numpy.save(file, points.T); "
            "of three points with further columns save points[:, :3]"
        )
    if len(lengths) != 2 or lengths[0] < 1 or lengths[1] < 3:
        raise InputError(f"{name}: shape {lengths}; an (N, 3) array is needed, one row x, y, z per point")

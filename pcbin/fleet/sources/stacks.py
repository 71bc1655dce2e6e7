"""NumPy's .npy and .npz of many clouds: an array (S, P, 3), and in an .npz perhaps `name` (S,)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.fleet.places import Entry, Place
from pcbin.fleet.sources import Fields, Part, Row, cut
from pcbin.modalities import Modality

POINTS, NAMES = "points", "name"
UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
)
"""What NumPy and zipfile raise for damaged files."""


class _Stack(NamedTuple):
    """An open array of clouds: shape (S, P, 3), and the place in the stream where they begin."""

    stream: BinaryIO
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    begin: int
    names: npt.NDArray[Any] | None


def parts(place: Place, entry: Entry, size: int, fields: Fields) -> list[Part] | None:
    """None where the array has two axes, so that the file is one cloud."""
    with ExitStack() as stack:
        found = _open(stack, place, entry, fields)
        return None if found is None else cut("stacks", entry, found.shape[0], size)


def rows(place: Place, part: Part, fields: Fields, modality: Modality, model: Any) -> Iterator[Row]:
    """One a cloud, read one by one."""
    [entry] = part.files
    where = place.path(entry.name)
    with ExitStack() as stack:
        found = _open(stack, place, entry, fields)
        if found is None or part.stop is None or found.shape[0] < part.stop:
            raise InputError(f"{where}: changed while it was read; start again")
        size = int(np.prod(found.shape[1:])) * found.dtype.itemsize
        found.stream.seek(found.begin + part.first * size)  # in a compressed .npz: reads over it
        for number in range(part.first, part.stop):
            try:
                data = found.stream.read(size)
            except UNREADABLE as error:
                raise InputError(f"{where}: damaged ({error}); copy it again") from None
            if len(data) != size:
                raise InputError(f"{where}: ends before cloud {number:,}; copy it again")
            name = None if found.names is None else str(found.names[number])
            yield Row(number, name, np.frombuffer(data, found.dtype).reshape(found.shape[1:]))


def _open(stack: ExitStack, place: Place, entry: Entry, fields: Fields) -> _Stack | None:
    """None for what is no stack; the reader of single clouds then says what is wrong with it."""
    file = stack.enter_context(place.open(entry))
    names = None
    try:
        if entry.name.lower().endswith(".npz"):
            archive = stack.enter_context(zipfile.ZipFile(file))
            file = cast(BinaryIO, stack.enter_context(archive.open(f"{fields.reading.array or POINTS}.npy")))
            if f"{NAMES}.npy" in archive.namelist():
                names = np.load(io.BytesIO(archive.read(f"{NAMES}.npy")), allow_pickle=False)
        version = np.lib.format.read_magic(file)
        read: Any = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else (np.lib.format.read_array_header_2_0)
        )
        shape, fortran, dtype = read(file)
    except UNREADABLE:
        return None
    if len(shape) != 3 or shape[2] != 3 or not shape[1] or dtype.kind not in "fiu":
        return None
    if fortran:
        raise InputError(f"{place.path(entry.name)}: in Fortran's order; save numpy.ascontiguousarray of it")
    if names is not None and (names.shape != shape[:1] or names.dtype.kind not in "USiu"):
        names = None
    return _Stack(file, shape, dtype, file.tell(), names)

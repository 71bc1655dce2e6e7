"""NumPy's .npz: a zip archive of .npy arrays."""

from __future__ import annotations

import io
import zipfile
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats._source import Unpacked, most_unpacked, need_records, read_all
from pcbin.formats.clouds import npy
from pcbin.formats.clouds._types import Cloud

_KEY = "points"


def read(stream: BinaryIO, name: str, *, array: str | None = None) -> Cloud:
    """The array called `array`, or "points", or the only array. Raises InputError that names the arrays."""
    data = read_all(stream, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            key, others = _choose(
                [m.removesuffix(".npy") for m in archive.namelist() if m.endswith(".npy")], name, array
            )
            member = archive.getinfo(f"{key}.npy")
            # A stored array is as large as its file; a compressed one might be a thousand times larger.
            cap = most_unpacked(len(data)) if member.compress_type else len(data)
            if member.file_size > cap:
                raise InputError(
                    f"{name}: {key!r} unpacks to {member.file_size:,} bytes, {cap:,} are allowed; save less"
                )
            with archive.open(member) as unpacked:
                content = unpacked.read(member.file_size)
    except InputError:
        raise
    except (
        Exception
    ) as error:  # zipfile lets many kinds through: struct, zlib, lzma, NotImplementedError, ...
        raise InputError(f"{name}: not a sound .npz file ({error}); save it again with numpy.savez") from None
    where = f"{name} ({key!r})"
    points, dropped = npy.array_in(content, where)
    if member.compress_type:
        need_records(len(points), Unpacked(b"", len(data)), where)
    return Cloud(points, (*dropped, *others))


def write(stream: BinaryIO, points: npt.NDArray[np.floating[Any]]) -> None:
    """One array, "points", not compressed. The same points give the same bytes."""
    content = io.BytesIO()
    npy.write(content, points)
    packed = io.BytesIO()  # zipfile seeks, and the stream may be a pipe
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{_KEY}.npy"), content.getvalue())
    stream.write(packed.getvalue())


def _choose(keys: list[str], name: str, array: str | None) -> tuple[str, tuple[str, ...]]:
    """The key of the cloud, and the other keys."""
    if not keys:
        raise InputError(f"{name}: no arrays in it; save one: numpy.savez(file, points=points)")
    wanted = array or _KEY
    if wanted not in keys and (array is not None or len(keys) > 1):
        listed = ", ".join(keys[:20])
        raise InputError(
            f"{name}: none of its arrays ({listed}) is called {wanted!r}; "
            "name one: array='...' (--array on the command line)"
        )
    key = wanted if wanted in keys else keys[0]
    return key, tuple(other for other in keys if other != key)

"""Where bytes come from: paths and streams, opened, read to the end under a cap, decompressed."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from pcbin.errors import InputError, displayed
from pcbin.formats.urls import open_path

MAX_BYTES = 2**33
"""A file of more bytes is refused: the largest cloud that pcbin takes (2^28 points) fits."""

MAX_UNPACKED = 2**30
"""A compressed file may unpack to this many bytes, and to no more than `most_unpacked` says of its size: a
small file cannot fill the memory."""

FREE_UNPACKED = 2**24
FREE_RECORDS = 2**19
_RATIO = 16

_CHUNK = 2**20

Source = str | os.PathLike[str] | BinaryIO


def name_of(source: Source) -> str:
    """How messages call a source: its path, or a stream's name. Raises InputError: neither."""
    if isinstance(source, str | os.PathLike):
        return displayed(source)
    if not callable(getattr(source, "read", None)):
        raise InputError(f"cannot read from {type(source).__name__}; pass a path or a binary file object")
    name = getattr(source, "name", None)
    return displayed(name) if isinstance(name, str | bytes) else "<stream>"


@contextlib.contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The source as a binary stream, closed afterwards if it was opened here.

    Raises InputError where the operating system refuses, also while the stream is read, and where the memory
    does not do for what is made of it.
    """
    name = name_of(source)
    if "\0" in name:
        raise InputError(f"{name!r}: not a path (it holds a null byte); check the path")
    try:
        if isinstance(source, str | os.PathLike):
            with open_path(os.fsdecode(source)) as stream:
                yield stream
        else:
            yield source
    except FileNotFoundError:
        raise InputError(f"{name}: no such file or folder; check the path") from None
    except IsADirectoryError:
        raise InputError(f"{name}: is a directory; pass the files in it one by one") from None
    except MemoryError:
        raise InputError(f"{name}: more than the memory holds; make it smaller first") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror or error}); check the path") from None


def read_all(stream: BinaryIO, name: str, *, most: int | None = None) -> bytes:
    """Everything from the stream's position on.

    Raises InputError: a text stream, nothing in it, more than `most` bytes (MAX_BYTES).
    """
    most = MAX_BYTES if most is None else most
    chunks: list[bytes] = []
    size = 0
    chunk: Any
    while chunk := _next(stream, name):
        if not isinstance(chunk, bytes):
            raise InputError(f"{name}: a text stream; open it in binary mode, open(path, 'rb')")
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            break
    need_size(size, name, most=most)
    return b"".join(chunks)


def need_size(size: int, name: str, *, most: int | None = None) -> None:
    """Raises InputError: nothing in it, or more than `most` bytes (MAX_BYTES)."""
    most = MAX_BYTES if most is None else most
    if size == 0:
        raise InputError(f"{name}: an empty file; export or copy it again")
    if size > most:
        raise InputError(f"{name}: more than {most:,} bytes; make it smaller first")


def most_unpacked(size: int) -> int:
    """How many bytes a compressed file of `size` bytes may unpack to."""
    return min(MAX_UNPACKED, max(FREE_UNPACKED, _RATIO * size))


def most_records(size: int) -> int:
    """How many points, faces or lines may stand in a file of `size` bytes whose bytes do not bound them.

    Compression and repetition make millions of a few bytes; gzip leaves four bytes and more of a point that
    somebody measured.
    """
    return max(FREE_RECORDS, size // 4)


class Unpacked(io.BytesIO):
    """What a compressed file of `packed` bytes held."""

    def __init__(self, content: bytes, packed: int) -> None:
        super().__init__(content)
        self.packed = packed


def need_records(count: int, stream: BinaryIO, name: str, *, what: str = "points") -> None:
    """Raises InputError for more records than a compressed file of this size may hold."""
    if isinstance(stream, Unpacked) and count > (most := most_records(stream.packed)):
        raise InputError(
            f"{name}: {count:,} {what} in {stream.packed:,} compressed bytes, at most {most:,} are read; "
            "unpack it yourself first"
        )


def is_file(stream: BinaryIO) -> bool:
    """Whether a stream reads a plain file on a disk, which can be mapped into memory."""
    raw = stream.raw if isinstance(stream, io.BufferedReader) else stream
    return isinstance(raw, io.FileIO) and stat.S_ISREG(os.fstat(raw.fileno()).st_mode)


def _next(stream: BinaryIO, name: str) -> Any:
    try:
        return stream.read(_CHUNK)
    except ValueError as error:  # a closed stream; OSError is for `opened` to tell
        if isinstance(error, OSError):
            raise
        raise InputError(f"{name}: cannot be read ({error}); open it again") from None


def gunzipped(stream: BinaryIO, name: str) -> BinaryIO:
    """The decompressed content of a gzip stream, in memory. Raises InputError: unsound, or far too much."""
    import gzip

    packed = read_all(stream, name)
    most = most_unpacked(len(packed))
    content = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            while chunk := file.read(_CHUNK):
                content += chunk
                if len(content) > most:
                    raise InputError(f"{name}: unpacks to more than {most:,} bytes; unpack it yourself first")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{name}: not a sound gzip file ({error}); unpack or copy it again") from None
    unpacked = Unpacked(bytes(content), len(packed))
    if 0 not in content:  # text
        need_records(content.count(b"\n") + content.count(b"\r"), unpacked, name, what="lines")
    return unpacked

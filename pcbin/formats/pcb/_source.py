"""Positioned reads from a path or from a caller's seekable file."""

from __future__ import annotations

import io
import mmap
import os
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from pcbin.errors import InputError
from pcbin.formats.pcb._sections import read_exactly, read_some
from pcbin.formats.urls import is_url, open_url


def check_binary(file: Any, method: str = "read") -> None:
    """Raises InputError for a file in text mode, or for anything that is not a file."""
    if isinstance(file, io.TextIOBase) or not hasattr(file, method):
        raise InputError(f"file: {file!r} is not open in binary mode; open it with 'rb' or use its .buffer")


class Source:
    """Bytes by offset. In a caller's file, offset 0 is where the file stands when it is handed over.

    size: bytes from offset 0 to the end, when opened, or when last measured.
    """

    def __init__(self, path_or_file: str | os.PathLike[str] | BinaryIO) -> None:
        self._owned = isinstance(path_or_file, (str, os.PathLike))
        self._on_disk = self._owned and not is_url(path_or_file)
        if is_url(path_or_file):
            self._file: Any = open_url(path_or_file)
        elif isinstance(path_or_file, (str, os.PathLike)):
            self._file = Path(path_or_file).open("rb", buffering=0)  # noqa: SIM115
        else:
            self._file = path_or_file
        self._lock = Lock()
        self._map: mmap.mmap | None = None
        try:
            check_binary(self._file)
            if not getattr(self._file, "seekable", bool)():
                raise InputError("file: not seekable; read it in order with iter_archive")
            self._base = 0 if self._owned else self._file.tell()
            try:
                self.measure()
            except ValueError:  # streams of fsspec say that they seek
                raise InputError("file: cannot be read at random; copy it here first") from None
        except BaseException:
            self.close()
            raise
        # pread leaves the file's position alone: forked processes may share one reader.
        self._pread = self._on_disk and hasattr(os, "pread")

    def measure(self) -> None:
        """Looks again how many bytes there are."""
        self.size = max(0, self._file.seek(0, os.SEEK_END) - self._base)
        self._file.seek(self._base)

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from offset `at` on; fewer only at the end of the file."""
        if self._pread:
            return os.pread(self._file.fileno(), size, at)
        data = b""
        with self._lock:
            self._file.seek(self._base + at)
            while len(data) < size and (more := read_some(self._file, size - len(data))):
                data += more
        return data

    def read_exactly(self, at: int, size: int, what: str) -> bytes:
        """`size` bytes from offset `at` on. Raises Truncated."""
        return read_exactly(self.cursor(at), size, what, at)

    def mapped(self, at: int, size: int) -> memoryview | None:
        """Bytes that stay in the file, also after it is closed; None where a path did not open it."""
        if not self._on_disk:
            return None
        if self._map is None:
            self._map = mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ)
        return memoryview(self._map)[at : at + size]

    def cursor(self, at: int) -> Cursor:
        """Reads in order from offset `at` on."""
        return Cursor(self, at)

    def close(self) -> None:
        """Closes a file that was opened here; a caller's file is left open."""
        if self._owned:
            self._file.close()


class Cursor:
    """A place in a source, read from there in order."""

    def __init__(self, source: Source, at: int) -> None:
        self._source, self._at = source, at

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes."""
        data = self._source.read(self._at, size)
        self._at += len(data)
        return data

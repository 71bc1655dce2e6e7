"""Where a set lies and where its codes go: a folder, a file, or a URL that fsspec opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic
from pcbin.formats.urls import is_url, system_of

VERSIONS = ("ETag", "etag", "md5Hash", "checksum", "mtime", "LastModified", "last_modified", "updated")
"""What the file systems of fsspec call what changes when a file does."""


class Entry(NamedTuple):
    """A file of a place: its path below it, its bytes, and a token that changes when they do."""

    name: str
    size: int
    version: str


@dataclass(frozen=True)
class Place:
    """A folder or a file, by path or URL."""

    url: str

    @property
    def is_remote(self) -> bool:
        """Whether fsspec opens it."""
        return is_url(self.url)

    def entries(self) -> list[Entry]:
        """All files below it, by name; of a file, that alone. Hidden ones are left out.

        Raises InputError where there is none.
        """
        found = sorted(self._remote_entries() if self.is_remote else self._local_entries())
        found = [one for one in found if not any(part.startswith(".") for part in one.name.split("/"))]
        if not found:
            raise InputError(f"{self.url}: no such file, or a folder without files; check the path")
        return found

    def path(self, name: str) -> str:
        """Of one of its files, as messages have it."""
        return self.url if not name else f"{self.url.rstrip('/')}/{name}"

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """One of its files, to read and to seek in."""
        single = self._single and entry.name == self._root.rpartition("/")[2]
        path = self._root if single else f"{self._root}/{entry.name}"
        if self.is_remote:
            with self._fs.open(path, "rb") as file:
                yield cast(BinaryIO, file)
        else:
            with Path(path).open("rb") as file:
                yield file

    def local_path(self, entry: Entry) -> Path | None:
        """The path of one of its files; None where fsspec opens it."""
        if self.is_remote:
            return None
        return Path(self._root) if self._single else Path(self._root, entry.name)

    def make(self) -> None:
        """Creates the folder."""
        if self.is_remote:
            self._fs.makedirs(self._root, exist_ok=True)
            return
        try:
            Path(self.url).mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise InputError(f"{self.url}: is a file, but a folder is needed; name another with -o") from None

    def names(self) -> set[str]:
        """Of the files directly in the folder."""
        if self.is_remote:
            return {path.rpartition("/")[2] for path in self._fs.ls(self._root, detail=False, refresh=True)}
        with os.scandir(self.url) as found:
            return {one.name for one in found if one.is_file()}

    def read(self, name: str) -> bytes | None:
        """All of a file of the folder; None where there is none."""
        try:
            if self.is_remote:
                return cast(bytes, self._fs.cat_file(f"{self._root}/{name}"))
            return Path(self.url, name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """A file of the folder, under a temporary name first: it appears whole, or not at all."""
        if not self.is_remote:
            write_atomic(Path(self.url, name), data, overwrite=True)
            return
        temporary = f"{self._root}/.{name}.{os.urandom(6).hex()}.tmp"
        self._fs.pipe_file(temporary, data)
        self._fs.mv(temporary, f"{self._root}/{name}")

    @cached_property
    def _single(self) -> bool:
        return bool(self._fs.isfile(self._root)) if self.is_remote else Path(self.url).is_file()

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        system, root = system_of(self.url)
        return system, root.rstrip("/")

    @property
    def _fs(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return str(self._opened[1]) if self.is_remote else self.url.rstrip("/") or "/"

    def __reduce__(self) -> tuple[Any, ...]:
        return Place, (self.url,)  # what is open stays here

    def _local_entries(self) -> Iterator[Entry]:
        root = Path(self.url)
        for path in [root] if root.is_file() else root.rglob("*"):
            if path.is_file():
                found = path.stat()
                name = path.name if path == root else path.relative_to(root).as_posix()
                yield Entry(name, found.st_size, str(found.st_mtime_ns))

    def _remote_entries(self) -> Iterator[Entry]:
        for path, info in self._fs.find(self._root, detail=True).items():
            name = path.rpartition("/")[2] if path == self._root else path[len(self._root) :].lstrip("/")
            version = next((str(info[key]) for key in VERSIONS if info.get(key) is not None), "")
            yield Entry(name, int(info["size"] or 0), version)

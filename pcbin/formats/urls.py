"""Files that fsspec opens: s3://, gs://, https:// and others, wherever one file is read or written.

What changes a file in place, or must lock it, takes paths alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard, cast

from pcbin.errors import InputError, missing

PathLike = str | os.PathLike[str]


def is_url(path: object) -> TypeGuard[str]:
    """Whether fsspec opens it; C://file is a path of Windows."""
    return isinstance(path, str) and path.find("://") > 1


def system_of(url: str) -> tuple[Any, str]:
    """The file system of fsspec that a URL is of, and the path there.

    Raises MissingDependency without fsspec, InputError for a URL that nothing opens.
    """
    try:
        import fsspec
    except ImportError:
        raise missing("fsspec", url, "fsspec") from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(f"{url}: {error}; install what opens it, or pass a path") from None
    return system, str(path)


def open_url(url: str) -> BinaryIO:
    """A file to read and to seek in. Raises OSError as `open` does, and as `system_of` does."""
    system, path = system_of(url)
    try:
        return cast(BinaryIO, system.open(path, "rb"))
    except (ImportError, ValueError, NotImplementedError) as error:
        raise InputError(f"{url}: {error}; pass a path") from None


def open_path(path: PathLike) -> BinaryIO:
    """A path or a URL, to read and to seek in."""
    return open_url(path) if is_url(path) else Path(path).open("rb")


def read_path(path: PathLike) -> bytes:
    """All bytes at a path or a URL."""
    with open_path(path) as file:
        return file.read()


@contextmanager
def written(url: str, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A file, to write and to seek in, that becomes `url` at the end of the block; an exception leaves none.

    It is a local one until then. Where others write to the same URL at the same time, the last of them wins,
    also without `overwrite`. Raises InputError where there is a file, and it is not to be replaced.
    """
    import shutil
    import tempfile

    system, path = system_of(url)
    if not overwrite and system.exists(path):
        raise InputError(f"{url} exists; replace it with overwrite=True, or name another")
    folder, _, name = path.rpartition("/")
    temporary = f"{folder}/.{name}.{os.urandom(6).hex()}.tmp"
    with tempfile.TemporaryFile() as file:
        yield cast(BinaryIO, file)
        file.seek(0)
        try:
            with system.open(temporary, "wb") as target:
                shutil.copyfileobj(file, target)
            system.mv(temporary, path)  # a file that is half there is never seen under its name
        except (NotImplementedError, ValueError) as error:
            why = str(error) or "there, files are only read"
            raise InputError(f"{url}: cannot be written ({why}); write to a path") from None
        except BaseException:
            with suppress(Exception):
                system.rm_file(temporary)
            raise


def need_path(path: object, what: str) -> None:
    """Raises InputError for a URL where a path is needed; what: done with it."""
    if is_url(path):
        raise InputError(f"{path}: a URL, and {what} needs a file on this machine; copy it first")

"""Files that appear whole or not at all: written beside the target, then renamed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pcbin.errors import InputError


def write_atomic(path: str | os.PathLike[str], data: bytes, *, overwrite: bool) -> None:
    """Writes `data` to `path`, whole or not at all. See `open_atomic` for the errors."""
    with open_atomic(path, overwrite=overwrite) as file:
        file.write(data)


@contextmanager
def open_atomic(path: str | os.PathLike[str], *, overwrite: bool) -> Iterator[BinaryIO]:
    """A binary file that becomes `path` at the end of the block, and leaves nothing behind after an
    exception.

    A kill at any time leaves an old file at `path` whole (and, at worst, a hidden temporary file beside it).
    Without `overwrite` a file that exists, even one that appears meanwhile, is never replaced. A symbolic
    link is followed. Anything but a regular file (a terminal, /dev/null, a named pipe) is written to
    directly.

    Raises InputError where `path` exists (without `overwrite`), is a folder, or is in a folder that does not
    exist; OSError from the system.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file")
    if not target.parent.is_dir():
        raise InputError(f"{path}: the folder {target.parent} does not exist; create it first")
    if _is_special(target):
        with target.open("wb") as special:
            yield special
        return
    if not overwrite and target.exists():
        raise _exists(path)
    temporary = target.with_name(f".{target.name[:32]}.{os.urandom(6).hex()}.tmp")
    try:
        file = temporary.open("x+b")  # the kernel applies the umask
    except OSError as error:
        raise _about(error, path) from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            temporary.replace(target)
        else:
            _move_new(temporary, target, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _move_new(temporary: Path, target: Path, path: str | os.PathLike[str]) -> None:
    """Renames, unless `target` exists: a hard link is refused there in the same step."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise _exists(path) from None
    except (OSError, NotImplementedError):  # a file system without hard links
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            raise _exists(path) from None
        temporary.replace(target)
    else:
        temporary.unlink()


def _is_special(target: Path) -> bool:
    try:
        return not stat.S_ISREG(target.stat().st_mode)
    except OSError:
        return False


def _exists(path: str | os.PathLike[str]) -> InputError:
    return InputError(f"{os.fspath(path)} exists; pass overwrite=True (-f on the command line)")


def _about(error: OSError, path: str | os.PathLike[str]) -> OSError:
    """The same error with the caller's path in place of the temporary one."""
    return OSError(error.errno or errno.EIO, error.strerror, os.fspath(path))


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a power failure, where the system can."""
    with suppress(OSError):  # Windows cannot open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""Files that appear whole or not at all: written beside the target, then renamed."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pcbin.errors import InputError
from pcbin.formats.urls import is_url, written

LEFTOVER_S = 24 * 3600
"""Temporary files of this age belong to no write that is still going on."""


def write_atomic(path: str | os.PathLike[str], data: bytes, *, overwrite: bool) -> None:
    """Writes `data` to `path`, whole or not at all. See `open_atomic` for the errors."""
    with open_atomic(path, overwrite=overwrite) as file:
        file.write(data)


@contextmanager
def open_atomic(path: str | os.PathLike[str], *, overwrite: bool, follow: bool = True) -> Iterator[BinaryIO]:
    """A binary file that becomes `path` at the end of the block, and leaves nothing behind after an
    exception.

    A kill at any time leaves an old file at `path` whole (and, at worst, a hidden temporary file beside it,
    which the next write to that name removes when it is a day old). A file that is replaced passes its mode
    on, and its owner where that is allowed. Without `overwrite` a file that exists, even one that appears
    meanwhile, is never replaced. A symbolic link is followed; with follow=False, for names that strangers
    chose, it is taken for a file that exists. What is no regular file (a terminal, /dev/null, a named pipe)
    is written to directly.

    A URL is written by `urls.written`.

    Raises InputError where `path` exists (without `overwrite`), is a folder, or is in a folder that does not
    exist; OSError from the system.
    """
    if is_url(path):
        with written(path, overwrite=overwrite) as remote:
            yield remote
        return
    given = Path(path)
    target = Path(os.path.realpath(path)) if follow else given.parent.resolve() / given.name
    if target.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file")
    if not target.parent.is_dir():
        raise InputError(f"{path}: the folder {target.parent} does not exist; create it first")
    if not target.is_symlink() and _is_special(target):
        with target.open("wb") as special:
            yield special
        return
    if not overwrite and target.exists():
        raise _exists(path)
    _remove_leftovers(target)
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
            _pass_on(target, temporary)
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


def _pass_on(target: Path, temporary: Path) -> None:
    """Gives a file the owner and the mode of the one that it replaces, as far as the system allows."""
    try:
        found = target.lstat()
    except OSError:
        return
    if not stat.S_ISREG(found.st_mode):
        return
    mode = stat.S_IMODE(found.st_mode)
    made = temporary.stat()
    if (made.st_uid, made.st_gid) != (found.st_uid, found.st_gid):
        try:
            os.chown(temporary, found.st_uid, found.st_gid)
        except (OSError, AttributeError):
            mode &= 0o700 | (stat.S_IMODE(made.st_mode) & 0o077)  # the group is another one now
    with suppress(OSError):
        temporary.chmod(mode)


def _remove_leftovers(target: Path) -> None:
    """Removes what killed writes of the same name left, a day ago or longer."""
    name = re.compile(re.escape(f".{target.name[:32]}.") + r"[0-9a-f]{12}\.tmp")
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            if name.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > LEFTOVER_S:
                        Path(entry.path).unlink()


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

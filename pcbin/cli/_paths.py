"""From the arguments of a command to what is read and where the results go.

Names are relative to the deepest folder that holds all inputs, so a folder is mirrored below ``-o DIR`` and
an archive knows its clouds by their paths.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import click

from pcbin.cli._console import printable
from pcbin.errors import InputError

STREAM = "-"


class Found(NamedTuple):
    """An input: its path as the user knows it, and its name below the folder that holds all inputs."""

    path: Path
    name: PurePosixPath

    def __str__(self) -> str:
        return str(self.path)


class Job(NamedTuple):
    """One input and the file it becomes."""

    found: Found
    target: Path


def gather(inputs: Sequence[str], wanted: Callable[[Path], bool], kind: str) -> list[Found]:
    """All files among the inputs and below the folders among them, each once.

    `wanted` chooses the files of a folder; `kind` says in the message of InputError what there is none of.
    """
    if STREAM in inputs:
        raise click.UsageError("'-' (standard input) must be the only input")
    files: dict[Path, None] = {}
    for text in inputs:
        path = Path(text)
        if not path.is_dir():
            files[path] = None
            continue
        below = sorted(file for file in path.rglob("*") if wanted(file) and file.is_file())
        if not below:
            raise InputError(f"{path}: no {kind} below this folder; check the path, or name the files")
        files.update(dict.fromkeys(below))
    holders = [os.path.abspath(text if Path(text).is_dir() else Path(text).parent) for text in inputs]  # noqa: PTH100
    try:
        base = Path(os.path.commonpath(holders))
    except ValueError:  # drives of Windows have nothing in common
        return [Found(file, PurePosixPath(file.name)) for file in files]
    # abspath, unlike resolve, leaves symbolic links as the user named them
    return [Found(f, PurePosixPath(Path(os.path.abspath(f)).relative_to(base).as_posix())) for f in files]  # noqa: PTH100


def is_folder(out: str, inputs: Sequence[str]) -> bool:
    """Whether ``-o OUT`` names a folder: it is one, ends like one, or several files go there."""
    many = len(inputs) > 1 or any(Path(text).is_dir() for text in inputs)
    return many or Path(out).is_dir() or out.endswith(("/", os.sep))


def plan(
    found: Sequence[Found], inputs: Sequence[str], out: str | None, rename: Callable[[str], str]
) -> list[Job]:
    """Where each result goes: beside its input, below the folder `out`, or to the file `out`."""
    if out is None:
        jobs = [Job(f, f.path.with_name(rename(f.path.name))) for f in found]
    elif is_folder(out, inputs):
        jobs = [Job(f, Path(out, f.name.parent, rename(f.name.name))) for f in found]
    else:
        jobs = [Job(found[0], Path(out))]
    check([(job.found.path, job.target) for job in jobs])
    return jobs


def check(pairs: Iterable[tuple[Path, Path]], *, merged: bool = False) -> None:
    """Raises InputError where two inputs would become one file (unless merged), or one would be replaced."""
    pairs = list(pairs)
    sources: dict[tuple[int, int], Path] = {}
    for source, _ in pairs:
        if identity := _identity(source):
            sources[identity] = source
    targets: dict[str, Path] = {}
    for source, target in pairs:
        key = os.path.normcase(os.path.realpath(target))
        if not merged and key in targets and targets[key] != source:
            raise InputError(
                f"{targets[key]} and {source} would both become {target}; "
                "rename one, write them one by one with -o, or use --archive"
            )
        targets[key] = source
        identity = _identity(target)
        if identity is not None and identity in sources:
            raise InputError(f"{target}: is an input ({sources[identity]}); name another output with -o")


def need_free(target: Path, *, force: bool) -> None:
    """Raises InputError where a file would be replaced without -f, before any work is done."""
    if not force and target.is_file():
        raise InputError(f"{target} exists; pass -f to replace it, or name another file with -o")


def make_folder(folder: Path) -> None:
    """Creates a folder and those above it. Raises InputError where a file is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(
            f"{folder}: a file is where a folder is needed; name another output with -o"
        ) from None


def safe_name(name: object) -> PurePosixPath | None:
    """The relative path in a cloud's metadata, or None where it is none, or would leave the output folder."""
    if not isinstance(name, str) or not name or printable(name) != name:
        return None
    parts = name.split("/")
    if any(part in ("", ".", "..") or set(part) & set('\\:*?"<>|') for part in parts):
        return None
    if any(part != part.rstrip(". ") or len(part.encode()) > 200 for part in parts) or len(parts) > 32:
        return None
    return PurePosixPath(*parts)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is, by whatever name; None: there is none, or a device, which nothing replaces."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if path.is_file() else None

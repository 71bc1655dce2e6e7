"""From the arguments of a command to what is read and where the results go.

Names are relative to the deepest folder that holds all inputs, so a folder is mirrored below ``-o DIR`` and
an archive knows its clouds by their paths.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import click

from pcbin._words import article, printable
from pcbin.cli._globs import Globs
from pcbin.errors import InputError
from pcbin.formats.names import is_reserved, text_of

STREAM = "-"


class Found(NamedTuple):
    """An input: its path as the user knows it, and its name below the folder that holds all inputs."""

    path: Path
    name: PurePosixPath

    def __str__(self) -> str:
        return str(self.path)


class Job(NamedTuple):
    """One input, the file it becomes, and why it must not; "" where it may."""

    found: Found
    target: Path
    problem: str = ""

    def check(self) -> None:
        """Raises InputError where the input must not become that file."""
        if self.problem:
            raise InputError(self.problem)


def gather(
    inputs: Sequence[str], wanted: Callable[[Path], bool], kind: str, globs: Globs | None = None
) -> list[Found]:
    """All files among the inputs and below the folders among them, each once.

    `wanted` and `globs` choose the files of a folder; `kind` says in the message of InputError what there is
    none of.
    """
    if STREAM in inputs:
        raise click.UsageError("'-' (standard input) must be the only input")
    globs = globs or Globs()
    files: dict[Path, None] = {}
    for text in inputs:
        path = Path(text)
        if not path.is_dir():
            files[path] = None
            continue
        below = [
            file
            for file in sorted(path.rglob("*"))
            if globs.take(file.relative_to(path).as_posix()) and wanted(file) and file.is_file()
        ]
        if not below:
            chosen = f" with {globs}" if str(globs) else ""
            raise InputError(
                f"{path}: no {kind} below this folder{chosen}; check the path, or name the files"
            )
        files.update(dict.fromkeys(below))
    holders = [os.path.abspath(text if Path(text).is_dir() else Path(text).parent) for text in inputs]  # noqa: PTH100
    try:
        base = Path(os.path.commonpath(holders))
    except ValueError:  # drives of Windows have nothing in common
        return [Found(file, PurePosixPath(file.name)) for file in files]
    # abspath, unlike resolve, leaves symbolic links as the user named them
    return [Found(f, PurePosixPath(Path(os.path.abspath(f)).relative_to(base).as_posix())) for f in files]  # noqa: PTH100


def is_pcb(path: Path) -> bool:
    """Whether a file is named as codes are."""
    return path.name.lower().endswith(".pcb")


def are_several(inputs: Sequence[str]) -> bool:
    """Whether inputs may be more than one file: a folder may."""
    return len(inputs) > 1 or any(Path(text).is_dir() for text in inputs)


def is_folder(out: str, inputs: Sequence[str]) -> bool:
    """Whether ``-o OUT`` names a folder: it is one, ends like one, or several files go there.

    Raises UsageError where several would go to a new folder that is named like a file.
    """
    if Path(out).is_dir() or out.endswith(("/", os.sep)):
        return True
    if not are_several(inputs):
        return False
    if Path(out).suffix:
        raise click.UsageError(
            f"several inputs need a folder, but {out} is named like a file; "
            "end the name of a new folder with '/'"
        )
    return True


def check_pcb(out: str) -> None:
    """Raises UsageError for an output that is named like another kind of file than .pcb."""
    if is_pcb(Path(out)):
        return  # before installed packages are asked which suffixes they know, which takes a while

    from pcbin.modalities import modality_of_file

    modality = modality_of_file(out)
    kind = modality.described if modality else "model" if out.lower().endswith(".safetensors") else None
    if kind is not None:
        raise click.UsageError(
            f"{out} is named like {article(kind)}, but .pcb files are written; "
            "name a .pcb file, or end the name of a folder with '/'"
        )


def plan(
    found: Sequence[Found], inputs: Sequence[str], out: str | None, rename: Callable[[str], str]
) -> list[Job]:
    """Where each result goes: beside its input, below the folder `out`, or to the file `out`."""
    if out is None:
        targets = [f.path.with_name(rename(f.path.name)) for f in found]
    elif is_folder(out, inputs):
        targets = [Path(out, f.name.parent, rename(f.name.name)) for f in found]
    else:
        targets = [Path(out)]
    wrong = problems([(f.path, target) for f, target in zip(found, targets, strict=True)])
    return [Job(f, target, wrong.get(f.path, "")) for f, target in zip(found, targets, strict=True)]


def problems(pairs: Sequence[tuple[Path, Path]], *, merged: bool = False) -> dict[Path, str]:
    """Why inputs must not become their targets: two would become one file (unless merged), or one would be
    replaced."""
    sources: dict[tuple[int, int], Path] = {}
    becoming: dict[str, dict[Path, None]] = {}
    for source, target in pairs:
        if identity := _identity(source):
            sources[identity] = source
        becoming.setdefault(_key(target), {})[source] = None
    found: dict[Path, str] = {}
    for source, target in pairs:
        others = [str(other) for other in becoming[_key(target)] if other != source]
        identity = _identity(target)
        if identity is not None and identity in sources:
            found[source] = f"{target}: is an input ({sources[identity]}); name another output with -o"
        elif others and not merged:
            found[source] = (
                f"{source}: would become {target}, as would {' and '.join(others)}; "
                "rename one, encode them one by one with -o, or use --archive"
            )
    return found


def check(pairs: Iterable[tuple[Path, Path]], *, merged: bool = False) -> None:
    """Raises InputError for the first of the `problems`."""
    for problem in problems(list(pairs), merged=merged).values():
        raise InputError(problem)


def is_current(target: Path, source: Path) -> bool:
    """Whether a target exists and is not older than what it was made from."""
    try:
        return target.is_file() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns
    except OSError:
        return False


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
            f"{folder}: is a file, but a folder is needed; name another output with -o"
        ) from None


def need_files(command: str, inputs: Sequence[str], out: str | None) -> None:
    """Raises UsageError where a command that needs files was given standard input or output."""
    if STREAM in inputs or out == STREAM:
        raise click.UsageError(f"{command} reads and writes files, not standard input and output")


def need_page(command: str, inputs: Sequence[str], out: str | None) -> None:
    """Raises UsageError where a command cannot write a page to `out` (None: wherever it writes)."""
    need_files(command, inputs, out)
    if out is not None and not Path(out).suffix.lower().startswith(".htm"):
        raise click.UsageError(f"{out}: a page; call it something.html")


def name_in(metadata: Mapping[str, Any]) -> str | None:
    """The name that an object's metadata holds, as Python writes file names; None where there is none."""
    name = metadata.get("name")
    return text_of(name) if isinstance(name, str | bytes) else None if name is None else str(name)


def safe_name(name: str | None) -> PurePosixPath | None:
    """The relative path that a name is, or None where it is none, or would leave the output folder."""
    if not name or _steers(name):
        return None
    parts = name.split("/")
    if any(part in ("", ".", "..") or set(part) & set('\\:*?"<>|') for part in parts):
        return None
    if any(map(is_reserved, parts)):
        return None
    if any(part != part.rstrip(". ") or len(os.fsencode(part)) > 200 for part in parts) or len(parts) > 32:
        return None
    return PurePosixPath(*parts)


def _steers(name: str) -> bool:
    """Whether a name has characters for terminals; bytes that are not UTF-8 are none."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "ignore")
    return printable(text) != text


def _key(path: Path) -> str:
    """The same for all ways to write a path."""
    return os.path.normcase(os.path.realpath(path))


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is, by whatever name; None: there is none, or a device, which nothing replaces."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if path.is_file() else None

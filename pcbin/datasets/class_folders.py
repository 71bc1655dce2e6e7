"""Sets of one folder a class, with or without one folder a split in it: what ShapeNet and ModelNet share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pcbin.datasets import select, synsets
from pcbin.datasets.files import Entry, below
from pcbin.errors import InputError
from pcbin.formats.clouds import is_cloud


def fits(path: Path, suffix: str, splits: Sequence[str], named: Callable[[str], bool]) -> bool:
    """Whether some class folder holds files of this suffix where they belong."""
    for folder in folders(path):
        places = [folder / split for split in splits] or [folder]
        if named(folder.name) and any(
            file.suffix.lower() == suffix and not file.name.startswith(".")
            for place in places
            if place.is_dir()
            for file in place.iterdir()
        ):
            return True
    return False


def folders(path: Path) -> list[Path]:
    """The folders in a folder, but for hidden ones and what unpacking on a Mac leaves behind."""
    return sorted(
        folder
        for folder in path.iterdir()
        if folder.is_dir() and not folder.name.startswith(".") and folder.name != "__MACOSX"
    )


def scan(
    path: Path,
    suffix: str,
    splits: Sequence[str],
    named: Callable[[str], bool],
    classes: Sequence[str] | None,
) -> list[Entry]:
    """The files ``<class>/<split>/*<suffix>``, or ``<class>/*<suffix>`` where `splits` is empty.

    Raises InputError: files that lie elsewhere (another set mixed in), and a class that is asked for, by name
    or because all are, whose folder is empty.
    """
    places = f"<class>/{{{','.join(splits)}}}/*{suffix}" if splits else f"<class>/*{suffix}"
    strays = [file for file in path.iterdir() if file.is_file() and is_cloud(file)]
    entries: list[Entry] = []
    empty: list[Path] = []
    for folder in folders(path):
        if not named(folder.name):
            strays += below(folder, is_cloud)
            continue
        files = below(folder, lambda file: file.suffix.lower() == suffix)
        if not files and (synsets.is_synset(folder.name) or _is_empty(folder)):
            empty.append(folder)
        for file in files:
            parts = file.relative_to(folder).parts
            if (len(parts) == 2 and parts[0] in splits) if splits else len(parts) == 1:
                label, name = synsets.label_of(folder.name), file.relative_to(path).as_posix()
                entries.append(Entry(file, name, label, parts[0] if splits else ""))
            else:
                strays.append(file)
    if strays:
        raise InputError(
            f"{sorted(strays)[0]}: does not belong to a set of {places} files; move it out of {path}"
        )
    labels = sorted({entry.label for entry in entries} | {synsets.label_of(folder.name) for folder in empty})
    wanted = set(labels)
    if classes is not None:
        wanted = {label for name in classes for label in select.matching(path, name, labels)}
    for folder in empty:
        if synsets.label_of(folder.name) in wanted:
            raise InputError(
                f"{folder}: holds no {suffix} file; unpack the set again, remove the folder, "
                "or name the classes you want with classes"
            )
    return entries


def _is_empty(folder: Path) -> bool:
    return not any(file.is_file() for file in folder.rglob("*"))

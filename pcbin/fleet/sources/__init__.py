"""Kinds of files that hold clouds, each with a way to cut it into parts and to read one of them.

A module here has ``parts`` and ``rows``; a new kind is a new module and a line in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from pcbin.errors import InputError, PcbinError
from pcbin.fleet.places import Entry, Place
from pcbin.modalities import Modality, Reading
from pcbin.modalities.base import AS_IT_IS

FILES, ARCHIVES = "files", "archives"
KINDS = {
    ".parquet": "arrow",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".tar": "tar",
    ".tar.gz": "tar",
    ".tgz": "tar",
    ".npy": "stacks",
    ".npz": "stacks",
    ".pcb": ARCHIVES,
}
"""By the end of a name; any other file is one object, and many of them are a part."""


class Row(NamedTuple):
    """One object of a part: its number in the file (of a part of files: in the part), a name where it has
    one, and its array, or why there is none."""

    number: int
    name: str | None
    array: Any
    error: PcbinError | None = None


@dataclass(frozen=True)
class Fields:
    """How objects are found in a file.

    reading: as for `pcbin encode`. column, name_column: of tables; None for what is called points, or the
    only column of lists, and for no names.
    """

    reading: Reading = AS_IT_IS
    column: str | None = None
    name_column: str | None = None


@dataclass(frozen=True)
class Part:
    """What one task encodes: rows `first` to `stop` of a file, or all of several files.

    stop: None where it is not known before the file is read.
    """

    kind: str
    files: tuple[Entry, ...]
    first: int = 0
    stop: int | None = None

    @property
    def count(self) -> int | None:
        """How many objects there are, good and bad."""
        return None if self.stop is None else self.stop - self.first

    @property
    def name(self) -> str:
        """Of the file, or the first of them."""
        return self.files[0].name

    def document(self) -> dict[str, Any]:
        """All that says which objects these are."""
        return asdict(self)


class Source(Protocol):
    """What a module of a kind of files is."""

    def parts(self, place: Place, entry: Entry, size: int, fields: Fields) -> list[Part] | None:
        """The parts of a file, of `size` rows each; None for a file of a single object."""

    def rows(self, place: Place, part: Part, fields: Fields, modality: Modality, model: Any) -> Iterator[Row]:
        """The objects of a part, in order."""


def source_of(kind: str) -> Source:
    """The module of a kind."""
    module: Any = import_module(f"{__name__}.{kind}")
    return module  # type: ignore[no-any-return]


def kind_of(name: str) -> str | None:
    """Of a file that may hold many objects; None where its name says that it holds one."""
    return next((kind for suffix, kind in KINDS.items() if name.lower().endswith(suffix)), None)


def parts_of(place: Place, entries: list[Entry], size: int, fields: Fields, modality: Modality) -> list[Part]:
    """The parts of a set, of at most `size` objects where its files let themselves be cut.

    Of .pcb files where there is nothing else: beside clouds they are the codes of these.

    Raises InputError where there is none.
    """
    found: list[Part] = []
    singles: list[Entry] = []
    kinds = {kind_of(entry.name) for entry in entries}
    if any(modality.files.recognises(entry.name, fields.reading.format) for entry in entries):
        kinds.add(FILES)
    if kinds - {None, ARCHIVES}:
        entries = [entry for entry in entries if kind_of(entry.name) != ARCHIVES]
    for entry in entries:
        kind = kind_of(entry.name)
        cut = None if kind is None else source_of(kind).parts(place, entry, size, fields)
        if cut is not None:
            found += cut
        elif modality.files.recognises(entry.name, fields.reading.format):
            singles.append(entry)
    for start in range(0, len(singles), size):
        files = tuple(singles[start : start + size])
        found.append(Part(FILES, files, 0, len(files)))
    if not found:
        raise InputError(
            f"{place.url}: no {modality.noun}s, tables, stacks, tars or .pcb files among its "
            f"{len(entries):,} files; check the path, or --include and --exclude"
        )
    return found


def cut(kind: str, entry: Entry, count: int, size: int) -> list[Part]:
    """A file of `count` rows in parts of `size`."""
    return [Part(kind, (entry,), first, min(first + size, count)) for first in range(0, count, size)]

"""Patterns that choose among names: ``--include``, ``--exclude`` and ``--name``."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns matches all of a name with slashes; without a slash, its last part."""
    last = name.rpartition("/")[2]
    return any(fnmatchcase(name if "/" in pattern else last, pattern) for pattern in patterns)


class Globs(NamedTuple):
    """Which files of a folder are taken: those that `include` matches (empty: all), but not `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def take(self, name: str) -> bool:
        """name: the path below the folder, with slashes."""
        return (not self.include or matches(name, self.include)) and not matches(name, self.exclude)

    def __str__(self) -> str:
        """As they were given, for messages; "" where none was."""
        given = [f"--include {pattern!r}" for pattern in self.include]
        return " ".join(given + [f"--exclude {pattern!r}" for pattern in self.exclude])

"""What a run found as speed.json and speed.md, and two runs side by side."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic

from .case import Timed

NAME = "speed.json"
VERSION = 1
"""Of the file: another number means that the fields differ."""


def write(folder: Path, about: Mapping[str, Any], rows: Sequence[Timed]) -> None:
    """speed.json and speed.md, into a folder that is there."""
    document = {"version": VERSION, **about, "cases": [dataclasses.asdict(row) for row in rows]}
    write_atomic(folder / NAME, (json.dumps(document, indent=1) + "\n").encode(), overwrite=True)
    write_atomic(folder / "speed.md", markdown(about, rows).encode(), overwrite=True)


def read(path: Path) -> list[Timed]:
    """The cases of a speed.json, or of the folder that holds one. Raises InputError."""
    path = path / NAME if path.is_dir() else path
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["version"] != VERSION:
            raise InputError(f"{path}: version {found['version']}; this benchmark reads version {VERSION}")
        return [Timed(**row) for row in found["cases"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a {NAME} of `python -m benchmarks`: {error}") from error


def markdown(about: Mapping[str, Any], rows: Sequence[Timed]) -> str:
    parts = ["# Speed\n", "Milliseconds a cloud on " + str(about["machine"]) + "; compare ratios only.\n"]
    for group, members in groups(rows):
        extra = [name for name in ("bits", "chamfer_e3") if name in members[0].facts]
        head = [group, "median ms", "min ms", "ratio", *(LABELS[name] for name in extra)]
        lines = [
            [
                row.name, f"{row.median_ms:.3f}", f"{row.min_ms:.3f}", f"{row.ratio:.2f}",
                *(FORMATS[name].format(row.facts[name]) for name in extra),
            ]
            for row in members
        ]  # fmt: skip
        parts.append(table(head, lines))
    versions = ", ".join(f"{name} {value}" for name, value in about["versions"].items())
    return "\n".join([*parts, f"Measured with: {versions}.\n"])


LABELS = {"bits": "bits", "chamfer_e3": "Chamfer x 1e3"}
FORMATS = {"bits": "{:,.0f}", "chamfer_e3": "{:.3f}"}


def groups(rows: Sequence[Timed]) -> Iterator[tuple[str, list[Timed]]]:
    """Cases of one group together, in the order in which the groups come first."""
    order = list(dict.fromkeys(row.group for row in rows))
    for group, members in itertools.groupby(
        sorted(rows, key=lambda row: order.index(row.group)), lambda row: row.group
    ):
        yield group, list(members)


def compare(old: Sequence[Timed], new: Sequence[Timed]) -> str:
    """A table of the ratios of both runs: times of two runs are not comparable, ratios within each are."""
    before = {(row.group, row.name): row for row in old}
    parts = []
    for group, members in groups(new):
        lines = []
        for row in members:
            was = before.get((group, row.name))
            change = f"{row.ratio / was.ratio:.2f} x" if was else "new"
            lines.append([row.name, f"{was.ratio:.2f}" if was else "", f"{row.ratio:.2f}", change])
        parts.append(table([group, "ratio before", "ratio now", "change"], lines))
    gone = sorted(set(before) - {(row.group, row.name) for row in new})
    if gone:
        parts.append("Not measured now: " + ", ".join(f"{name} ({group})" for group, name in gone) + ".\n")
    return "\n".join(parts)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown; all columns but the first to the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)

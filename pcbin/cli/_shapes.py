"""What `index`, `similar`, `dupes` and `id` share: how clouds are read, and which model codes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pcbin._words import printable
from pcbin.cli._globs import Globs
from pcbin.cli._paths import gather, is_pcb
from pcbin.modalities import Reading
from pcbin.modalities.clouds import CLOUDS

SAMPLES = 2048
"""Points drawn from a mesh: as many as the models take, of which registration takes half."""

Read = Callable[[Path], Any]


def reader(format: str | None, up: str) -> Read:
    """Reads a cloud, a mesh, or the one cloud of a .pcb file as (N, 3) points with y up."""
    from pcbin.arrays import turned

    reading = Reading(format, SAMPLES)

    def read(path: Path) -> Any:
        if format is None and is_pcb(path):
            from pcbin.archive import open

            with open(path) as archive:
                points = archive[0]
        else:
            points = CLOUDS.files.read(path, reading).array
        return turned(np.asarray(points, np.float64), up)  # type: ignore[arg-type]

    return read


def files_below(folder: str, format: str | None, globs: Globs) -> list[Path]:
    """The cloud and mesh files of a folder, or a file itself. Raises InputError where there is none."""
    files = CLOUDS.files
    return [one.path for one in gather([folder], lambda path: files.wants(path, format), files.kind, globs)]


def cell(text: str) -> str:
    """A name in a table; a spreadsheet must not take it for a formula."""
    shown = printable(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown

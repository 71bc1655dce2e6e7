"""Which of the files in a folder are clouds."""

from __future__ import annotations

import contextlib
import os
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from pcbin.formats.clouds._registry import format_of, formats
from pcbin.formats.clouds.text import begins_as_table

SHARED = (".txt", ".asc", ".csv")
"""Suffixes that licences, notes and lists have too: such a file counts where it begins with numbers."""

_HEAD = 4096


def is_cloud(path: str | os.PathLike[str], *, format: str | None = None) -> bool:
    """Whether a file found in a folder is meant as a cloud: by its suffix, and tables by how they begin.

    format: the only format to look for. Files that were named one by one need no such guess.
    """
    name = os.fsdecode(path).lower().removesuffix(".gz")
    wanted = formats().values() if format is None else [format_of(path, format=format)]
    if not any(name.endswith(known.suffixes) for known in wanted if known.read is not None):
        return False
    return not name.endswith(SHARED) or _begins_as_table(Path(path))


def _begins_as_table(path: Path) -> bool:
    """Also True for what cannot be opened: whoever reads it says why."""
    with contextlib.suppress(OSError, EOFError, zlib.error), contextlib.ExitStack() as stack:
        stream: BinaryIO = stack.enter_context(path.open("rb"))
        if path.suffix.lower() == ".gz":
            import gzip

            stream = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=stream)))
        return begins_as_table(stream.read(_HEAD))
    return True

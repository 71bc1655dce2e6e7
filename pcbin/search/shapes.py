"""The shapes that are searched for copies, wherever they come from: files, an index, any archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.archive import Archive
from pcbin.arrays import Codes
from pcbin.codec import BATCH_SIZE, Codec
from pcbin.errors import PcbinError
from pcbin.search import descriptor
from pcbin.search.canonical import codes_of
from pcbin.search.library import MARK, Library, name_in
from pcbin.search.registration import Surface

CACHED = 256
"""Surfaces that stay in memory: 0.4 MB each."""

Read = Callable[[Path], Any]
"""Gives the (N, 3) cloud in a file."""


@dataclass(frozen=True)
class Shapes:
    """Shapes by number: n names, codes (n, K / 8), descriptors (n, `descriptor.SIZE`).

    cloud: gives the (N, 3) points of one. decoded: which of them are there as decoded clouds alone.
    """

    names: Sequence[str]
    codes: Codes
    descriptors: npt.NDArray[np.float32]
    cloud: Callable[[int], Any]
    decoded: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.names)

    def surfaces(self, failed: Callable[[str, Exception], None]) -> Callable[[int], Surface | None]:
        """Gives shapes as they are registered, and None, each time, for those that `failed` is told of."""

        @lru_cache(CACHED)
        def surface(row: int) -> Surface | None:
            try:
                return Surface(self.cloud(row), name=self.names[row])
            except (PcbinError, OSError) as error:
                failed(self.names[row], error)
                return None

        return surface


def of_files(
    paths: Sequence[Path], read: Read, codec: Codec, failed: Callable[[str, Exception], None]
) -> Shapes:
    """Shapes of files; those that cannot be read are left out, and `failed` is told."""
    kept: list[Path] = []
    codes, descriptors = [], []
    for at in range(0, len(paths), BATCH_SIZE):
        clouds = []
        for path in paths[at : at + BATCH_SIZE]:
            try:
                clouds.append(np.asarray(read(path), np.float64))
                kept.append(path)
            except (PcbinError, OSError) as error:
                failed(str(path), error)
        if clouds:
            codes.append(codes_of(clouds, codec)[0])
            descriptors += [descriptor.describe(cloud) for cloud in clouds]
    return Shapes(
        [str(path) for path in kept],
        np.concatenate(codes) if codes else np.empty((0, codec.bits // 8), np.uint8),
        np.stack(descriptors) if descriptors else np.empty((0, descriptor.SIZE), np.float32),
        lambda row: read(kept[row]),
    )


def of_library(library: Library, read: Read) -> Shapes:
    """Shapes of an index: as their files have them where these are still there, else decoded."""
    originals = [library.original(row) for row in range(len(library))]

    def cloud(row: int) -> Any:
        path = originals[row]
        return library.decoded(row) if path is None else read(path)

    return Shapes(
        library.names,
        np.concatenate(library.blocks) if library.blocks else np.empty((0, library.bits // 8), np.uint8),
        library.descriptors,
        cloud,
        frozenset(row for row, path in enumerate(originals) if path is None),
    )


def of_archive(path: Path, codec: Codec) -> Shapes:
    """The decoded shapes of any .pcb file."""
    with Archive(path) as archive:
        clouds = [np.asarray(cloud, np.float64) for cloud in archive]
        notes = list(archive.iter_metadata())
    names = [name_in(note, row) for row, note in enumerate(notes)]
    return Shapes(
        names,
        codes_of(clouds, codec)[0],
        np.stack([descriptor.describe(cloud) for cloud in clouds]),
        lambda row: clouds[row],
        frozenset(range(len(clouds))),
    )


def is_index(path: Path) -> bool:
    """Whether a .pcb file is an index. Raises FormatError for what is no .pcb file."""
    with Archive(path) as archive:
        return MARK in archive.metadata

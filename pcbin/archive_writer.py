"""What `pcbin.open` gives to write with: objects encoded into one .pcb file."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import islice
from types import TracebackType
from typing import Any

import numpy as np

from pcbin.arrays import ObjectLike
from pcbin.codec import BATCH_SIZE, Coded, Encoder, Notes, iterate
from pcbin.errors import InputError, PcbinError
from pcbin.formats import pcb


class ArchiveWriter:
    """Encodes objects into one .pcb file. Use it in a ``with`` block: the file appears, whole, at its end.

    An error inside the block leaves no file, and an old file as it was. So does a writer that is dropped
    without `close`, with a ResourceWarning.
    """

    _open = False  # until there is something to close

    def __init__(self, writer: pcb.ArchiveWriter, codec: Encoder, close: ExitStack) -> None:
        self._writer = writer
        self._close = close
        self.codec = codec
        self._open = True

    def __del__(self) -> None:
        if self._open:
            text = f"{self!r} was never closed: its file is lost; use it in a with block"
            warnings.warn(text, ResourceWarning, stacklevel=2, source=self)
            self.__exit__(GeneratorExit, GeneratorExit(), None)

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        self._close.__exit__(kind, error, trace)

    def close(self) -> None:
        """Completes the file."""
        self.__exit__(None, None, None)

    @property
    def pose(self) -> bool:
        """Whether the file keeps where clouds were and how large."""
        return self._writer.pose != "none"

    def append(self, item: ObjectLike, metadata: Mapping[str, Any] | None = None) -> None:
        """One (N, 3) cloud, or (height, width) image with a model of images, with metadata of its own.

        Raises:
            InputError: Neither of them.
        """
        self.extend([item], [metadata])

    def extend(self, items: Iterable[ObjectLike], metadata: Notes | None = None) -> None:
        """Many clouds or images, encoded in batches.

        Args:
            items: As for `append`.
            metadata: One entry for each, or None where there is none.

        Raises:
            InputError: Another number of entries, or an item that is neither; those of earlier batches are in
                the file then.
        """
        described = None if metadata is None else iterate(metadata, "metadata")
        source = iterate(items, f"{self.codec.modality.noun}s")
        while batch := list(islice(source, BATCH_SIZE)):
            notes = [None] * len(batch) if described is None else list(islice(described, len(batch)))
            if len(notes) != len(batch):
                raise InputError(
                    "archive: fewer metadata entries than clouds; give one for each, None where there is none"
                )
            coded = []
            for one in self.codec.code_many(batch):
                if isinstance(one, PcbinError):
                    raise one
                one.kept(self.pose)
                coded.append(one)
            for found, note in zip(coded, notes, strict=True):
                self.add(found, note)
        if described is not None and next(described, described) is not described:
            raise InputError("archive: more metadata entries than clouds; give one for each")

    def add(self, coded: Coded, metadata: Mapping[str, Any] | None = None) -> None:
        """What `codec.code` or `codec.code_many` made of an object.

        Raises InputError for what the file cannot hold.
        """
        pose = coded.kept(self.pose)
        self._writer.add_many(
            coded.code[None],
            None if pose is None else np.array([pose.center]),
            None if pose is None else np.array([pose.scale]),
            None if metadata is None else [metadata],
            None if pose is None or pose.rotation is None else np.array([pose.rotation]),
            model_id=coded.codec.model.id,
        )

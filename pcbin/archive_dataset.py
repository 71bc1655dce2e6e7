"""The objects of an archive for loops that train: a map-style dataset, as torch's `DataLoader` takes them."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from pcbin.archive import Archive
from pcbin.arrays import Spacing
from pcbin.codec import ModelLike
from pcbin.errors import InputError
from pcbin.formats.urls import need_path


class ArchiveDataset:
    """Decodes the objects of an archive as they are asked for, a batch at a time.

    It is what `torch.utils.data.DataLoader` calls a map-style dataset, and needs no torch. Each worker opens
    the file for itself; what is pickled for it is a path and these arguments.

    Args:
        path: Of the archive.
        n_points: Of each cloud, as for `decompress`; None for as many as the decoder gives. Archives of
            several models need it where clouds are to be stacked.
        spacing: As for `decompress`.
        pose: Whether clouds are put in their places, as float64. Without it they are float32 and as the model
            has them: the diagonal of their box is about 1, its centre about 0.
        label: A key of the objects' metadata: items are pairs of a cloud and what stands there.
        transform: What is done to each cloud, by a function that can be pickled.
        model: As for `open`.

    Raises:
        FormatError: The file is damaged; its kinds say how.
        ModelNotFound: The model is not installed; when the first object is decoded.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        n_points: int | None = None,
        spacing: Spacing | None = None,
        pose: bool = False,
        label: str | None = None,
        transform: Callable[[Any], Any] | None = None,
        model: ModelLike | None = None,
    ) -> None:
        if not isinstance(path, str | os.PathLike):
            raise InputError(f"path: {type(path).__name__}; workers open the file again, pass its path")
        need_path(path, "a dataset that workers open")
        self._path = os.path.abspath(path)  # noqa: PTH100 - workers may be elsewhere
        self._n_points, self._spacing, self._pose = n_points, spacing, pose
        self._label, self._transform, self._model = label, transform, model
        self._count = len(self._archive)

    @cached_property
    def _archive(self) -> Archive:
        archive = Archive(self._path, model=self._model)
        weakref.finalize(self, archive.close)
        return archive

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Any:
        """A cloud (points, 3), or an image; with `label` a pair."""
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """Several at once, decoded in one batch.

        Raises:
            InputError: An object has no such label.
        """
        records = [self._archive.record(int(index)) for index in indices]
        wanted = records if self._pose else [replace(one, pose=None) for one in records]
        found = list(self._archive.restore(wanted, n_points=self._n_points, spacing=self._spacing))
        if self._pose:
            found = [one.astype(np.float64) if one.dtype == np.float32 else one for one in found]
        items = found if self._transform is None else [self._transform(one) for one in found]
        if self._label is None:
            return items
        labels = [self._label_of(one.metadata, index) for one, index in zip(records, indices, strict=True)]
        return list(zip(items, labels, strict=True))

    def _label_of(self, metadata: dict[str, Any], index: int) -> Any:
        if self._label not in metadata:
            raise InputError(
                f"{self._path}: object {index} has no {self._label!r} in its metadata; name another label"
            )
        return metadata[self._label]

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "_archive"}  # which is open

"""Fitted tables on disk, so that a second run need not fit again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.formats.atomic import write_atomic

Tables = dict[str, npt.NDArray[Any]]
DIGITS = 16


class Cache:
    """Tables named by what they come from: the numbers that went in, and the file of the function."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / ".gitignore", b"*\n", overwrite=True)
        self._folder = folder

    def get(self, name: str, fit: Callable[[], Tables], *inputs: npt.NDArray[Any]) -> Tables:
        """What `fit` makes of `inputs`, which it knows; from the folder where it is there already."""
        origin = hashlib.sha256(Path(fit.__code__.co_filename).read_bytes())
        for array in inputs:
            origin.update(f"{array.dtype} {array.shape}".encode())
            origin.update(np.ascontiguousarray(array).tobytes())
        path = self._folder / f"{name}-{origin.hexdigest()[:DIGITS]}.npz"
        if not path.exists():
            for stale in self._folder.glob(f"{name}-{'?' * DIGITS}.npz"):
                stale.unlink()
            tables = fit()
            unfinished = path.with_suffix(".part")
            with unfinished.open("wb") as file:
                np.savez(file, **tables)  # type: ignore[arg-type, unused-ignore]
            unfinished.replace(path)
        with np.load(path, allow_pickle=False) as saved:
            return {key: saved[key] for key in saved.files}

"""Sets of grey images: MNIST's .npz (x_train, y_train, x_test, y_test), or a folder of IDX files."""

from __future__ import annotations

import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pcbin.datasets.npz import UNREADABLE
from pcbin.errors import InputError

SPLITS = {"train": "train", "test": "t10k"}
"""Our name of a split, and that of the IDX files (LeCun's, and Fashion-MNIST's)."""
MAX_IDX = 1 << 30


@dataclass(frozen=True, eq=False)
class Images:
    """pixels: (S, height, width) uint8, 0 to 255. labels: (S,) int64, the class; -1 where the set does not
    tell."""

    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pixels)


def load_images(path: Path, *, split: str | None = None) -> Images:
    """The images of a split, "train" or "test"; None takes all.

    path: an .npz file with x_train, x_test (S, height, width) uint8 and, if it likes, y_train, y_test (S,);
    or a folder with train-images-idx3-ubyte, t10k-images-idx3-ubyte and the files of labels, gzipped or not.
    Raises InputError: nothing there, no such split, not such files.
    """
    if split is not None and split not in SPLITS:
        raise InputError(f"{path}: no split {split!r}; images have {' and '.join(SPLITS)}")
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; say where the data lies with --data")
    read = _idx if path.is_dir() else _npz
    parts = [read(path, name) for name in SPLITS if split in (None, name)]
    for part in parts:
        if part.pixels.dtype != np.uint8 or part.pixels.ndim != 3 or not part.pixels.size:
            raise InputError(
                f"{path}: {part.pixels.dtype} {part.pixels.shape}; "
                "a set of images holds uint8 (S, height, width)"
            )
        if part.labels.shape != part.pixels.shape[:1]:
            raise InputError(f"{path}: {len(part.labels)} labels of {len(part.pixels)} images")
    if len({part.pixels.shape[1:] for part in parts}) > 1:
        raise InputError(f"{path}: its splits have images of different sizes; load one of them")
    return Images(np.concatenate([p.pixels for p in parts]), np.concatenate([p.labels for p in parts]))


def _npz(path: Path, split: str) -> Images:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            pixels = np.asarray(data[f"x_{split}"])
            labels = np.asarray(data[f"y_{split}"] if f"y_{split}" in data else np.full(len(pixels), -1))
            if labels.dtype.kind not in "iu":
                raise TypeError(f"labels are {labels.dtype}, not whole numbers")
            return Images(pixels, labels.astype(np.int64))
    except UNREADABLE as error:
        raise InputError(f"{path}: not a set of images ({error}); it needs x_train and x_test") from None


def _idx(folder: Path, split: str) -> Images:
    pixels = _read_idx(folder, f"{SPLITS[split]}-images-idx3-ubyte", 3)
    try:
        labels = _read_idx(folder, f"{SPLITS[split]}-labels-idx1-ubyte", 1)
    except FileNotFoundError:
        labels = np.full(len(pixels), -1)
    return Images(pixels, labels.astype(np.int64))


def _read_idx(folder: Path, name: str, dimensions: int) -> npt.NDArray[np.uint8]:
    """An IDX file of bytes: two zeros, 8, the number of dimensions, each size as big-endian uint32, and the
    data."""
    path = folder / name
    if not path.exists():
        path = folder / f"{name}.gz"
    if not path.exists() and dimensions == 3:
        raise InputError(
            f"{folder}: holds no {name} or {name}.gz; name a folder of IDX files, or an .npz file"
        )
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(MAX_IDX + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: not a gzipped file ({error}); get it again") from None
    head = 4 + 4 * dimensions
    shape = tuple(int(n) for n in np.frombuffer(data[4:head], ">u4")) if len(data) >= head else ()
    if data[:4] != bytes([0, 0, 8, dimensions]) or 0 in shape or len(data) != head + math.prod(shape):
        raise InputError(f"{path}: not an IDX file of {dimensions} dimensions, or cut short; get it again")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)

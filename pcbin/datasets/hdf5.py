"""``modelnet40_ply_hdf5_2048/*.h5``: files of data (n, P, 3) and label (n, 1), and lists of a split's files.

``train_files.txt`` and ``test_files.txt`` name the files of a split; a file in no list tells its split by its
name (``ply_data_train0.h5``). ``shape_names.txt`` has the name of class 0 in its first line, and so on.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.datasets import select
from pcbin.datasets.files import below
from pcbin.datasets.shapes import Half, Options, Shapes, normalised
from pcbin.errors import InputError, missing
from pcbin.formats.clouds import is_cloud

SPLITS = ("train", "val", "test")
MAX_BYTES = 2**34
"""Arrays that claim more bytes are refused before any memory is taken."""


def fits(path: Path) -> bool:
    return bool(_files(path))


def load(path: Path, options: Options) -> Shapes:
    """The shapes with all their points. Raises InputError; MissingDependency without h5py."""
    strays = below(path, is_cloud)
    if strays:
        raise InputError(f"{strays[0]}: does not belong to a set of .h5 files; move it out of {path}")
    sources = _splits(path)
    class_names = _class_names(path)
    numbers = [_read(file, "label") for file in sources]
    labels = [_labels(file, row, class_names) for file, row in zip(sources, numbers, strict=True)]
    all_labels = np.concatenate(labels)
    all_splits = np.repeat(np.array(list(sources.values())), [len(part) for part in labels])
    rows = select.rows(path, all_splits, all_labels, split=options.split, classes=options.classes)
    clouds: list[Half] = []
    names: list[str] = []
    start = 0
    for done, (file, part) in enumerate(zip(sources, labels, strict=True), 1):
        chosen = np.flatnonzero(rows[start : start + len(part)])
        start += len(part)
        if len(chosen):
            data = _read(file, "data")
            if len(data) != len(part):
                raise InputError(
                    f"{file}: {len(data)} shapes in data, {len(part)} in label; copy the file again"
                )
            if clouds and data.shape[1] != clouds[0].shape[1]:
                raise InputError(
                    f"{file}: {data.shape[1]:,} points a shape, where the files before it have "
                    f"{clouds[0].shape[1]:,}; give each set a folder of its own"
                )
            clouds.append(normalised(data[chosen], file, chosen))
            names += [f"{file.stem}/{row}" for row in chosen]
        options.done(done, len(sources))
    if not clouds:
        raise InputError(f"{path}: its .h5 files hold no shape; copy them again")
    groups = np.flatnonzero(rows).astype(np.int64)
    return Shapes(np.concatenate(clouds), groups, all_labels[rows], np.array(names, dtype=str))


def _files(path: Path) -> list[Path]:
    return sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in (".h5", ".hdf5") and not file.name.startswith(".")
    )


def _splits(path: Path) -> dict[Path, str]:
    """Each file's split. Raises InputError: it cannot be told, two lists name a file, a file is not there."""
    sources = dict.fromkeys(_files(path), "")
    for split in SPLITS:
        listed = path / f"{split}_files.txt"
        for line in _lines(listed) if listed.exists() else []:
            file = path / re.split(r"[/\\]", line)[-1]  # the lists name them from a folder of their author
            if file not in sources:
                raise InputError(f"{file}: is missing, though {listed.name} names it; copy it again")
            if sources[file] not in ("", split):
                raise InputError(
                    f"{listed}: names {file.name}, which {sources[file]}_files.txt names too; "
                    "take it out of one of them"
                )
            sources[file] = split
    for file in [file for file, split in sources.items() if not split]:
        named = re.search(r"(?:^|[^a-z])(train|val|test)(?![a-z])", file.stem.lower())
        if named is None:
            raise InputError(
                f"{file}: which split is it? Name it in train_files.txt or test_files.txt, "
                "or call it ply_data_train0.h5 or the like"
            )
        sources[file] = named[1]
    return sources


def _class_names(path: Path) -> list[str]:
    listed = path / "shape_names.txt"
    return _lines(listed) if listed.exists() else []


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable list ({error}); copy it again") from None
    return [line.strip() for line in lines if line.strip()]


def _read(file: Path, key: str) -> npt.NDArray[Any]:
    """An array of an .h5 file, checked for its form. Raises InputError."""
    try:
        import h5py
    except ImportError:
        raise missing("h5py", f"reading {file}", "hdf5") from None
    try:
        with h5py.File(file, "r") as content:
            found = content[key]
            shape, dtype = tuple(found.shape), np.dtype(found.dtype)
            if key == "data":
                good = dtype.kind in "fiu" and len(shape) == 3 and shape[1] > 0 and shape[2] == 3
            else:
                good = dtype.kind in "iu" and shape[1:] in ((), (1,)) and len(shape) > 0
            if not good:
                wanted = "(n, P, 3) numbers" if key == "data" else "(n, 1) integers"
                raise InputError(f"{file}: {key} is {dtype} {shape}; the set holds {wanted}")
            if found.size * dtype.itemsize > MAX_BYTES:
                raise InputError(
                    f"{file}: {key} claims more than {MAX_BYTES:,} bytes; split it into several files"
                )
            return np.asarray(found[()])
    except InputError:
        raise
    except (KeyError, OSError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        reason = f"it has no {key}" if isinstance(error, KeyError) else error
        raise InputError(f"{file}: not an .h5 file of data and label ({reason}); copy it again") from None


def _labels(file: Path, numbers: npt.NDArray[Any], names: list[str]) -> npt.NDArray[np.str_]:
    """(n,) names of the classes; their numbers as text where there are no names."""
    flat = numbers.reshape(len(numbers))
    if not names:
        return flat.astype(str)
    if len(flat) and not (flat.min() >= 0 and flat.max() < len(names)):
        raise InputError(
            f"{file}: label {flat[(flat < 0) | (flat >= len(names))][0]}, where shape_names.txt has "
            f"{len(names)} names; copy shape_names.txt again, or remove it"
        )
    named: npt.NDArray[np.str_] = np.array(names, dtype=str)[flat]
    return named

"""Any folder of clouds or meshes; folders in it may be splits (train, val, test) or classes."""

from __future__ import annotations

from pathlib import Path

from pcbin.datasets import files, synsets
from pcbin.datasets.files import Entry
from pcbin.datasets.shapes import Options, Shapes
from pcbin.errors import InputError
from pcbin.formats.clouds import formats, is_cloud

SPLITS = ("train", "val", "valid", "validation", "test")
"""The folder names that are a split."""


def load(path: Path, options: Options) -> Shapes:
    """All files of the split and classes: meshes sampled to, clouds drawn to `options.points` points.

    Raises InputError: no file, no such split or class, no usable file.
    """
    found = files.below(path, is_cloud)
    if not found:
        known = sorted(suffix for one in formats().values() if one.read for suffix in one.suffixes)
        raise InputError(f"{path}: no cloud or mesh file below this folder; known are {', '.join(known)}")
    entries = [_entry(file, path) for file in found]
    return files.load(path, entries, options)


def _entry(file: Path, path: Path) -> Entry:
    """The first folder called like a split is one; the first other folder is the class."""
    inner = file.relative_to(path)
    split = next((part for part in inner.parts[:-1] if part in SPLITS), "")
    label = next((part for part in inner.parts[:-1] if part not in SPLITS), "")
    return Entry(file, inner.as_posix(), synsets.label_of(label), split)

"""``ModelNet40/<class>/{train,test}/*.off``, and ModelNet10: meshes, sampled by area (Wu et al., 2015)."""

from __future__ import annotations

from pathlib import Path

from pcbin.datasets import class_folders, files
from pcbin.datasets.shapes import Options, Shapes
from pcbin.datasets.synsets import is_synset

SPLITS = ("train", "test")


def fits(path: Path) -> bool:
    return class_folders.fits(path, ".off", SPLITS, _named)


def load(path: Path, options: Options) -> Shapes:
    """The meshes, each sampled to `points` points by a generator of this seed. Raises InputError."""
    entries = class_folders.scan(path, ".off", SPLITS, _named, options.classes)
    return files.load(path, entries, options)


def _named(folder: str) -> bool:
    """Any folder is a class, but for ShapeNet's."""
    return not is_synset(folder)

"""``ShapeNetCore.v2.PC15k/<synset>/{train,val,test}/*.npy``: ShapeNet, 15,000 points a shape.

The set of PointFlow (Yang et al., 2019), with an official split.
"""

from __future__ import annotations

from pathlib import Path

from pcbin.datasets import class_folders, files
from pcbin.datasets.shapes import Options, Shapes
from pcbin.datasets.synsets import is_synset

SPLITS = ("train", "val", "test")


def fits(path: Path) -> bool:
    return class_folders.fits(path, ".npy", SPLITS, is_synset)


def load(path: Path, options: Options) -> Shapes:
    """The shapes with all their points, 90 kB each, so that batches draw fresh ones. Raises InputError."""
    entries = class_folders.scan(path, ".npy", SPLITS, is_synset, options.classes)
    return files.load(path, entries, options, keep=True)

"""``shape_net_core_uniform_samples_2048/<synset>/*.ply``: ShapeNet, 2048 points a shape.

The set of Achlioptas et al. (Learning Representations and Generative Models for 3D Point Clouds, 2018) has no
official split. As in that paper, 85 % of each class are for training, 5 % for validation and 10 % for the
test, at random; here a seed decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from pcbin.datasets import class_folders, files
from pcbin.datasets.files import Entry
from pcbin.datasets.shapes import Options, Shapes
from pcbin.datasets.synsets import is_synset

VALIDATION, TEST = 0.05, 0.10


def fits(path: Path) -> bool:
    return class_folders.fits(path, ".ply", (), is_synset)


def load(path: Path, options: Options) -> Shapes:
    """The shapes with all their points; the seed splits them. Raises InputError."""
    entries = class_folders.scan(path, ".ply", (), is_synset, options.classes)
    return files.load(path, divided(entries, options.seed), options, keep=True)


def divided(entries: Sequence[Entry], seed: int) -> list[Entry]:
    """The entries (sorted by class), each with its split.

    Every class is divided on its own, by a generator seeded by `seed` and the synset, so which other classes
    are on disk or asked for changes nothing.
    """
    result: list[Entry] = []
    for synset, group in groupby(entries, key=lambda entry: entry.path.parent.name):
        members = list(group)
        validation, test = (round(part * len(members)) for part in (VALIDATION, TEST))
        splits = ["val"] * validation + ["test"] * test + ["train"] * (len(members) - validation - test)
        order = np.random.default_rng((seed, int(synset))).permutation(len(members))
        result += [entry._replace(split=splits[k]) for entry, k in zip(members, order, strict=True)]
    return result

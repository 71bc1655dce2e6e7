"""Shapes made by programs: a training set without files, of any size, free of licences::

    chairs = shapes(5000, kinds=["chair", "office_chair"], seed=1)
    chairs.points                                   # (5000, 2048, 3) float16, normalised

A kind ("chair", "bolt", "tree") is a program that draws a shape's style, proportions and parts; a family
("furniture", "mechanics") is the kinds of one or more modules. Shape n of a kind and a seed is always the
same, however many are asked for and whatever other kinds are. Recipes name the set as
``path = "generated:5000"``, with `classes` and `split` as for any other.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pcbin.arrays import Float32
from pcbin.datasets import select
from pcbin.datasets.generated import (
    aircraft,
    animals,
    arms,
    bathroom,
    beds,
    boards,
    buildings,
    cabinets,
    carried,
    cars,
    chairs,
    chips,
    compounds,
    connectors,
    creatures,
    cycles,
    devices,
    fasteners,
    household,
    instruments,
    lamps,
    lounge,
    mechanics,
    metalwork,
    passives,
    people,
    plants,
    ships,
    tables,
    tools,
    turned,
)
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import stretch
from pcbin.datasets.generated.sampling import sample
from pcbin.datasets.shapes import Options, Shapes
from pcbin.errors import InputError

__all__ = ["FAMILIES", "KINDS", "SPLITS", "fits", "load", "shape", "shapes"]

_MODULES = {
    "furniture": (
        chairs,
        lounge,
        tables,
        cabinets,
        beds,
    ),
    "household": (
        household,
        lamps,
        bathroom,
        turned,
        carried,
    ),
    "mechanics": (
        fasteners,
        metalwork,
        mechanics,
    ),
    "electronics": (
        chips,
        connectors,
        passives,
        boards,
    ),
    "devices": (devices,),
    "tools": (
        tools,
        arms,
        instruments,
    ),
    "vehicles": (
        cars,
        cycles,
        aircraft,
        ships,
    ),
    "buildings": (buildings,),
    "people": (people,),
    "animals": (
        animals,
        creatures,
    ),
    "plants": (plants,),
    "compounds": (compounds,),
}

FAMILIES: dict[str, Kinds] = {
    family: {kind: program for module in modules for kind, program in module.KINDS.items()}
    for family, modules in _MODULES.items()
}
"""The kinds of each family, by name."""

KINDS = {kind: program for family in FAMILIES.values() for kind, program in family.items()}
"""The program of each kind."""

SPLITS = ("train", "val", "test")
"""Each draws from random numbers of its own."""

_STRETCH = (0.03, 0.15)
"""Each axis of a shape is stretched by a normal logarithm, whose standard deviation is drawn from here."""

_NAME = re.compile(r"generated:([1-9][0-9]{0,8})(?::([0-9]{1,9}))?")


def shape(kind: str, number: int, *, seed: int = 0, split: str = "train", points: int = 2048) -> Float32:
    """(points, 3): shape `number` of a kind; box centred, diagonal 1, y up, front towards +z."""
    entropy = [seed, SPLITS.index(split), zlib.crc32(kind.encode()), number]
    rng = np.random.default_rng(np.random.SeedSequence(entropy))
    parts = KINDS[kind](Dice(rng))
    factors = np.exp(rng.uniform(*_STRETCH) * rng.standard_normal(3))
    return sample(stretch(parts, *factors), points, rng)


def shapes(
    count: int,
    *,
    seed: int = 0,
    kinds: Sequence[str] | None = None,
    split: str = "train",
    points: int = 2048,
) -> Shapes:
    """`count` shapes, of each kind in turn.

    kinds: names of KINDS or FAMILIES; None takes all. seed: 0 or more; other seeds give other shapes.
    split: "train", "val" or "test", which have no shape in common.
    Labels are kinds. Raises InputError: no such kind or split, a count, seed or points below its range.
    """
    if count < 1:
        raise InputError(f"count: {count}; ask for at least 1 shape")
    return _made(Path("generated"), count, seed, Options(split, kinds, points))


def fits(path: Path) -> bool:
    """Whether a path means this set: "generated:COUNT" or "generated:COUNT:SEED"."""
    return path.name.startswith("generated:")


def load(path: Path, options: Options) -> Shapes:
    """The shapes that the last part of a path names. Raises InputError as `shapes` does."""
    found = _NAME.fullmatch(path.name)
    if not found:
        raise InputError(f"{path.name}: write generated:COUNT or generated:COUNT:SEED, as in generated:5000")
    return _made(Path(path.name), int(found[1]), int(found[2] or 0), options)


def _made(where: Path, count: int, seed: int, options: Options) -> Shapes:
    split = options.split or "train"
    if split not in SPLITS:
        raise InputError(f"{where}: no split {split!r}; use one that is there: {', '.join(SPLITS)}")
    if seed < 0:
        raise InputError(f"seed: {seed}; use 0 or a positive number")
    if options.points < 1:
        raise InputError(f"points: {options.points}; ask for at least 1")
    kinds = _kinds(where, options.classes)
    points = np.empty((count, options.points, 3), np.float16)
    labels = [kinds[row % len(kinds)] for row in range(count)]
    numbers = [row // len(kinds) for row in range(count)]
    for row, (kind, number) in enumerate(zip(labels, numbers, strict=True)):
        points[row] = shape(kind, number, seed=seed, split=split, points=options.points)
        options.done(row + 1, count)
    names = [f"{kind}-{seed}-{number}" for kind, number in zip(labels, numbers, strict=True)]
    return Shapes(points, np.arange(count), np.array(labels, dtype=str), np.array(names, dtype=str))


def _kinds(where: Path, wanted: Sequence[str] | None) -> list[str]:
    """The kinds that names of kinds and families mean, each once."""
    chosen: dict[str, None] = {}
    for name in KINDS if wanted is None else wanted:
        if name not in KINDS and name not in FAMILIES:
            known = select.listing([*FAMILIES, *KINDS])
            raise InputError(f"{where}: no class {name!r}; use one that is there: {known}")
        chosen.update(dict.fromkeys(FAMILIES.get(name, (name,))))
    return list(chosen)

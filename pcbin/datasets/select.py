"""Which shapes a split and a list of classes mean: the same rules and messages for every layout."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pcbin.datasets import synsets
from pcbin.datasets.shapes import Shapes
from pcbin.errors import InputError

LISTED = 60
"""A message lists at most so many names."""


def rows(
    where: Path,
    splits: npt.NDArray[np.str_],
    labels: npt.NDArray[np.str_],
    *,
    split: str | None,
    classes: Sequence[str] | None,
) -> npt.NDArray[np.bool_]:
    """(S,) mask of the shapes of a split and of some classes.

    splits, labels: (S,), "" where a shape has none.
    Raises InputError that names what there is: no such split or class, or no shape of a class in the split.
    """
    mask = np.ones(len(splits), dtype=bool)
    if split is not None:
        there = _names(splits)
        if not there and len(mask):
            raise InputError(f"{where}: has no splits, so none is {split!r}; leave split out of [[data]]")
        mask = splits == split
        if not mask.any():
            raise InputError(
                f"{where}: no shape is in split {split!r}; use one that is there: {listing(there)}"
            )
    if classes is None:
        return mask
    chosen = np.zeros(len(mask), dtype=bool)
    for wanted in classes:
        members = np.isin(labels, matching(where, wanted, _names(labels)))
        if split is not None and not (members & mask).any():
            there = _names(splits[members])
            raise InputError(
                f"{where}: class {wanted!r} has no shape in split {split!r}; "
                f"use one that is there: {listing(there)}"
            )
        chosen |= members
    return mask & chosen


def without(where: Path, shapes: Shapes, patterns: Sequence[str]) -> Shapes:
    """The shapes whose labels match none of the patterns of `fnmatch`. Raises InputError: a pattern that
    matches no label, or no shape is left."""
    mask = np.ones(len(shapes), bool)
    for pattern in patterns:
        matched = np.array([fnmatchcase(label, pattern) for label in shapes.labels.tolist()], bool)
        if not matched.any():
            known = listing(_names(shapes.labels))
            raise InputError(f"{where}: leave_out = {pattern!r} matches no label; there are {known}")
        mask &= ~matched
    if not mask.any():
        raise InputError(f"{where}: leave_out leaves no shape; leave out less")
    return Shapes(shapes.points[mask], shapes.groups[mask], shapes.labels[mask], shapes.names[mask])


def matching(where: Path, wanted: str, labels: Sequence[str]) -> list[str]:
    """The labels that a class name means: the equal one, else those of its ShapeNet synset.

    Raises InputError: none.
    """
    if not labels:
        raise InputError(
            f"{where}: its shapes have no classes, so none is {wanted!r}; leave classes out of [[data]], "
            "sort the files into one folder a class, or add label (S,) to an .npz"
        )
    found = [wanted] if wanted in labels else [label for label in labels if synsets.same(wanted, label)]
    if not found:
        raise InputError(f"{where}: no class {wanted!r}; use one that is there: {listing(labels)}")
    return found


def listing(names: Sequence[str]) -> str:
    """Names for a message."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more if names else "none"


def _names(values: npt.NDArray[np.str_]) -> list[str]:
    return [str(value) for value in np.unique(values) if value]

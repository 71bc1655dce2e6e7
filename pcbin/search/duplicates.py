"""Copies among many shapes: candidates from codes and descriptors, each verified on the clouds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes
from pcbin.search import descriptor
from pcbin.search.pairs import RADIUS, pairs
from pcbin.search.registration import Registration, Surface, register

CANDIDATES = 10
"""Of each shape, by descriptor."""
NEAR = 0.15
"""L1 distance of descriptors up to which shapes are candidates: twice that of nearly all copies."""
RATIO = 1.07
"""Of a registration, up to which two clouds are copies: chosen on training splits (docs/search.md)."""


class Match(NamedTuple):
    """Two shapes that are copies of one another, and the evidence."""

    first: int
    second: int
    registration: Registration
    """Lays the second over the first."""


def candidates(
    descriptors: npt.NDArray[np.float32], others: npt.NDArray[np.float32], *, count: int = CANDIDATES
) -> Iterator[npt.NDArray[np.intp]]:
    """For each of (m, SIZE) descriptors, the rows of the nearest of (n, SIZE) others, nearest first."""
    for one in descriptors:
        apart = descriptor.distances(one, others)
        rows = np.argsort(apart, kind="stable")[:count]
        yield rows[apart[rows] <= NEAR]


def candidate_pairs(
    descriptors: npt.NDArray[np.float32], codes: Codes, *, count: int = CANDIDATES
) -> list[tuple[int, int]]:
    """The pairs (first below second) of n shapes that are worth a registration."""
    found = {
        (min(row, int(other)), max(row, int(other)))
        for row, others in enumerate(candidates(descriptors, descriptors, count=count + 1))
        for other in others
        if other != row
    }
    partners = np.zeros(len(codes), np.intp)
    for some in pairs(codes, min(RADIUS, codes.shape[1] - 1)):
        for first, second in zip(some.first.tolist(), some.second.tolist(), strict=True):
            if partners[first] < count or partners[second] < count:  # of n equal codes, not all n^2 pairs
                found.add((first, second))
                partners[[first, second]] += 1
    return sorted(found)


def verified(
    chosen: Iterable[tuple[int, int]], surface: Callable[[int], Surface | None], *, ratio: float = RATIO
) -> Iterator[Match]:
    """Those of the pairs that are copies. surface: of a row; None where it cannot be read."""
    for first, second in chosen:
        one, other = surface(first), surface(second)
        if one is None or other is None:
            continue
        found = register(one, other)
        if found.ratio <= ratio:
            yield Match(first, second, found)


def groups(matches: Sequence[Match]) -> list[list[int]]:
    """The shapes that matches connect, in ascending order; groups by their first shape."""
    leader: dict[int, int] = {}

    def lead(row: int) -> int:
        while leader.setdefault(row, row) != row:
            row = leader[row]
        return row

    for match in matches:
        first, second = sorted((lead(match.first), lead(match.second)))
        leader[second] = first
    found: dict[int, list[int]] = {}
    for row in sorted(leader):
        found.setdefault(lead(row), []).append(row)
    return list(found.values())

"""The shapes of a library that are most like one, however it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pcbin.codec import Codec
from pcbin.search import descriptor, duplicates
from pcbin.search.canonical import probes
from pcbin.search.hamming import nearest
from pcbin.search.registration import Registration, Surface, register
from pcbin.search.shapes import Shapes

VERIFIED = 3
"""Candidates by code that are registered, for each that is wanted."""


class Similar(NamedTuple):
    """A shape of the library."""

    row: int
    bits: int
    """By which its code differs from the nearest of those of the query, in 48 poses."""
    registration: Registration | None
    """Lays the query over it; None where it was not asked for, or cannot be read."""


def similar(
    points: Any,
    shapes: Shapes,
    codec: Codec,
    k: int = 10,
    *,
    surface: Callable[[int], Surface | None] | None = None,
) -> list[Similar]:
    """The k shapes that are most like a cloud, in whatever pose it is, most alike first.

    Args:
        points: (N, 3).
        shapes: What is searched.
        codec: Of its codes.
        k: How many are wanted.
        surface: Of a row: candidates are registered, and ordered by their Chamfer distance. None orders them
            by code alone.

    Raises:
        InputError: Not a cloud, or a k below 1.
    """
    codes = probes(points, codec)
    found = nearest(codes, shapes.codes, VERIFIED * k if surface else k)
    bits: dict[int, int] = {}
    for row, apart in zip(found.rows.ravel().tolist(), found.distances.ravel().tolist(), strict=True):
        bits[row] = min(apart, bits.get(row, apart))
    ordered = sorted(bits, key=lambda row: (bits[row], row))
    if surface is None:
        return [Similar(row, bits[row], None) for row in ordered[:k]]
    described = descriptor.describe(np.asarray(points, np.float64))[None]
    [near] = duplicates.candidates(described, shapes.descriptors)
    own = Surface(points, name="query")
    results = []
    for row in dict.fromkeys([*near.tolist(), *ordered[: VERIFIED * k]]):
        if row not in bits:
            bits[row] = int(nearest(codes, shapes.codes[row : row + 1], 1).distances.min())
        other = surface(row)
        results.append(Similar(row, bits[row], None if other is None else register(other, own)))
    results.sort(key=lambda one: np.inf if one.registration is None else one.registration.chamfer)
    return results[:k]

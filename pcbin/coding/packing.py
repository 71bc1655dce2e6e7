"""Packed codes: longer than the bits that are allowed, until they are entropy coded.

How much longer, depends on how likely a code is under the model's table. So a rough code says it first, and
then codes of a few lengths are searched for with their rate in view; of those that fit the nearest is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from pcbin.arrays import Codes, Float32
from pcbin.coding.cloud_search import Found, refine_many, with_tails
from pcbin.coding.matching import signs_of
from pcbin.coding.rate import Rate
from pcbin.metrics import chamfer
from pcbin.models.model import Model

LONGEST = 2
"""Times the bits that are allowed: no code that is longer fits."""
FURTHER = (0, 8)
"""Bits more than a rough code has room for, of the lengths that are searched."""
LEAST_EFFORT = 2
"""Of a search with a limit, which is one more thing to search for."""


def packed(
    model: Model, clouds: Sequence[Float32] | Float32, heads: Codes, *, bits: int, effort: int
) -> list[tuple[Codes, float | None]]:
    """Codes of normalised (N, 3) clouds that are at most `bits` once they are entropy coded, and their
    Chamfer distances, None at effort 0.

    heads: (B, head / 8), or less where fewer bits are allowed than the head has. Raises InputError for a
    model whose decoder cannot be searched.
    """
    assert model.entropy_table is not None
    rate = Rate(model.entropy_table, bits)
    longest = min(LONGEST * bits, model.bits)
    rough = [signs_of(code) for code in _tailed(model, clouds, heads, longest)]
    room = [rate.longest(signs) for signs in rough]
    if not effort:
        return _roughly(model, clouds, heads, room, rate)
    best: list[Found | None] = [None] * len(clouds)
    for further in FURTHER:
        lengths = [min(one + further, longest) for one in room]
        for length in sorted(set(lengths)):
            rows = [row for row, one in enumerate(lengths) if one == length]
            some = [clouds[row] for row in rows]
            starts = heads[rows][:, : length // 8]
            searched = refine_many(
                model, some, starts, bits=length, effort=max(effort, LEAST_EFFORT), rate=rate
            )
            for row, found in zip(rows, searched, strict=True):
                fitting = _within(model, clouds[row], found, rate)
                before = best[row]
                if before is None or fitting.chamfer < before.chamfer:
                    best[row] = fitting
    return [(one.code, one.chamfer) for one in best if one is not None]


def _roughly(
    model: Model, clouds: Sequence[Float32] | Float32, heads: Codes, room: list[int], rate: Rate
) -> list[tuple[Codes, float | None]]:
    """Codes of the lengths that there is room for, their tails made for these lengths, without a search."""
    found: dict[int, Codes] = {}
    for length in sorted(set(room)):
        rows = [row for row, one in enumerate(room) if one == length]
        codes = _tailed(model, [clouds[row] for row in rows], heads[rows], length)
        found |= zip(rows, (code[: _fitting(code, rate)] for code in codes), strict=True)
    return [(found[row], None) for row in range(len(room))]


def _tailed(model: Model, clouds: Sequence[Float32] | Float32, heads: Codes, bits: int) -> Codes:
    if bits <= model.head:
        return heads[:, : bits // 8]
    return with_tails(model, clouds, heads, bits=bits)


def _fitting(code: Codes, rate: Rate) -> int:
    """The bytes of the longest prefix of a code that is within the limit, as the table does code it."""
    size, allowed = rate.longest(signs_of(code)) // 8, rate.bits // 8
    while size > allowed and len(rate.table.encode(code[:size].tobytes())) > allowed:
        size -= 1
    return size


def _within(model: Model, cloud: Float32, found: Found, rate: Rate) -> Found:
    """The same, or a prefix that is within the limit where the search has found no code that is."""
    size = _fitting(found.code, rate)
    if size == len(found.code):
        return found
    prefix = found.code[:size]
    return Found(prefix, chamfer(cloud, model.decode(prefix[None])[0]))

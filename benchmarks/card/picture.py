"""The picture of a card: of each set the best, the median and the three worst clouds, as they come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import pcbin
from pcbin.coding.effort import DEFAULT_EFFORT
from pcbin.formats.atomic import write_atomic
from pcbin.models.model import Model
from pcbin.reproduce import style
from pcbin.reproduce.draw import Picture, Row, clouds, decoded

from .measure import Measured


def picture(path: Path, measured: Sequence[Measured], model: Model) -> None:
    """Two rows a set, originals above and decoded below, at the default length and effort."""
    codec = pcbin.Codec(model)
    figure = clouds([row for one in measured for row in _rows(one, codec)])
    write_atomic(path, style.png(figure), overwrite=True)


def chosen(one: Measured, model: Model) -> list[tuple[str, int]]:
    """What it is and its number: best, median, and the three worst, the worst last."""
    rows = one.rows(model.default_bits, DEFAULT_EFFORT)
    order = sorted(rows, key=lambda number: rows[number].chamfer_e3)
    places = {0: "best", (len(order) - 1) // 2: "median"}
    places |= {len(order) - rank: f"{_rank(rank)}worst" for rank in (3, 2, 1) if rank <= len(order)}
    return [(places[place], order[place]) for place in sorted(places)]


def _rank(rank: int) -> str:
    return {1: "", 2: "second ", 3: "third "}[rank]


def _rows(one: Measured, codec: pcbin.Codec) -> Iterator[Row]:
    above, below = [], []
    for what, number in chosen(one, codec.model):
        shape, row = one.shapes[number], one.rows(codec.bits, codec.options.level)[number]
        cloud, back = shape.cloud, next(codec.restore(row.code[None], [row.pose]))
        low, high = cloud.min(axis=0), cloud.max(axis=0)
        centre, size = (low + high) / 2, np.linalg.norm(high - low)
        original = (cloud - centre) / size
        above.append(Picture(shape.label.replace("_", " "), original))
        below.append(decoded(f"{what}: {row.chamfer_e3:.2f}e-3", (back - centre) / size, original))
    yield Row(f"{one.name}: originals", above)
    yield Row(
        f"decoded from {codec.bits} bits at effort {codec.options.level}, with their Chamfer distance", below
    )

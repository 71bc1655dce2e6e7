"""The picture of a card: of each set the best, the median and the three worst clouds, as they come back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import pcbin
from pcbin.coding.effort import DEFAULT_EFFORT
from pcbin.models.model import Model
from pcbin.reproduce.draw import cloud as draw
from pcbin.reproduce.draw import pyplot

from .measure import Measured

CELL = 2.1
"""Inches."""


def picture(path: Path, measured: Sequence[Measured], model: Model) -> None:
    """Two rows a set, originals above and decoded below, at the default length and effort."""
    plt = pyplot()
    codec = pcbin.Codec(model)
    columns = max(len(chosen(one, model)) for one in measured)
    figure = plt.figure(figsize=(CELL * columns, (2 * CELL + 0.75) * len(measured)))
    blocks = figure.subfigures(len(measured), 1, squeeze=False, hspace=0)[:, 0]
    for block, one in zip(blocks, measured, strict=True):
        block.suptitle(
            f"{one.name}: original above, {codec.bits} bits at effort {codec.options.level} below",
            fontsize=10,
            y=0.99,
        )
        axes = block.subplots(2, columns, squeeze=False)
        block.subplots_adjust(0.01, 0.01, 0.99, 0.85, wspace=0.02, hspace=0.02)
        for place in axes.flat:
            place.axis("off")
        for column, (what, number) in enumerate(chosen(one, model)):
            _pair(axes[:, column], what, one, number, codec)
    figure.savefig(path, dpi=110, facecolor="white")
    plt.close(figure)


def chosen(one: Measured, model: Model) -> list[tuple[str, int]]:
    """What it is and its number: best, median, and the three worst, the worst last."""
    rows = one.rows(model.default_bits, DEFAULT_EFFORT)
    order = sorted(rows, key=lambda number: rows[number].chamfer_e3)
    places = {0: "best", (len(order) - 1) // 2: "median"}
    places |= {len(order) - rank: f"{_rank(rank)}worst" for rank in (3, 2, 1) if rank <= len(order)}
    return [(places[place], order[place]) for place in sorted(places)]


def _rank(rank: int) -> str:
    return {1: "", 2: "second ", 3: "third "}[rank]


def _pair(axes: Any, what: str, one: Measured, number: int, codec: pcbin.Codec) -> None:
    shape, row = one.shapes[number], one.rows(codec.bits, codec.options.level)[number]
    cloud, decoded = shape.cloud, next(codec.restore(row.code[None], [row.pose]))
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    centre, size = (low + high) / 2, np.linalg.norm(high - low)
    draw(axes[0], (cloud - centre) / size, f"{what}: {row.chamfer_e3:.2f}e-3\n{_short(shape.label)}")
    draw(axes[1], (decoded - centre) / size)
    for place in axes:
        place.set(xlim=(-0.52, 0.52), ylim=(-0.52, 0.52))  # long and tall shapes, from tip to tip


def _short(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"

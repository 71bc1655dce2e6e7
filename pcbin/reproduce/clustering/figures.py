"""Figures of clusters: against the rate, and beside the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pcbin.reproduce.draw import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curve = Sequence[tuple[float, float, float]]
"""Bits per pixel, mean, standard error."""
COLOURS = ("#3b7dd8", "#d1495b", "#2a9d8f", "#b07d2b", "#7b5ea7", "#6b7280")


def against_rate(
    curves: Mapping[str, Curve],
    lines: Mapping[str, tuple[float, float]],
    label: str,
    dashed: tuple[str, Mapping[str, Curve]] = ("", {}),
) -> Figure:
    """A mean with its standard error against the bits per pixel; `lines` have no rate.

    dashed: what dashed curves stand for, and the curves, in the colours of the solid ones of the same names.
    """
    plt = pyplot()
    figure, axes = plt.subplots(figsize=(6.6, 3.8))
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        rate, means, errors = np.array(sorted(curve)).T
        axes.plot(rate, means, color=colour, marker="o", markersize=4, label=name)
        axes.fill_between(rate, means - errors, means + errors, color=colour, alpha=0.22, linewidth=0)
        if name in dashed[1]:
            rate, means, _ = np.array(sorted(dashed[1][name])).T
            axes.plot(rate, means, color=colour, linestyle="--", marker="o", markersize=3, linewidth=1)
    if dashed[1]:
        axes.plot([], [], color="#6b7280", linestyle="--", linewidth=1, label=dashed[0])
    for (name, (mean, error)), colour in zip(lines.items(), COLOURS[len(curves) :], strict=False):
        axes.axhline(mean, color=colour, linestyle="--", linewidth=1.2, label=f"{name} (raw pixels)")
        axes.axhspan(mean - error, mean + error, color=colour, alpha=0.15, linewidth=0)
    axes.set_xlabel("bits per pixel")
    axes.set_ylabel(label)
    axes.legend(frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    return figure  # type: ignore[no-any-return]


def confusion(table: Any) -> Figure:
    """(labels, clusters): how many images of each class are in each cluster."""
    plt = pyplot()
    figure, axes = plt.subplots(figsize=(4.6, 4.2))
    axes.imshow(table, cmap="Blues")
    for (row, column), count in ((index, int(table[index])) for index in _indices(table)):
        if count:
            dark = count > table.max() / 2
            axes.text(
                column, row, str(count), ha="center", va="center", fontsize=6.5, color="w" if dark else "k"
            )
    axes.set_xlabel("cluster, in the order of the best match")
    axes.set_ylabel("digit")
    axes.set_xticks(range(table.shape[1]))
    axes.set_yticks(range(table.shape[0]))
    figure.tight_layout()
    return figure  # type: ignore[no-any-return]


def _indices(table: Any) -> Sequence[tuple[int, int]]:
    return [(row, column) for row in range(table.shape[0]) for column in range(table.shape[1])]

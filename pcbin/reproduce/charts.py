"""The charts of the studies, of plain data, so that a page can be drawn again from its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pcbin.pages.looks import BLUE, VERMILION
from pcbin.reproduce import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curve = Sequence[Any]
"""Points of (bits per pixel, mean, standard error)."""


def histogram(values: Any, prior: float) -> Figure:
    """Latent values of VAE-B beside the density of Beta(prior, prior)."""
    from scipy.stats import beta

    figure, axes = style.chart()
    edges = np.linspace(0, 1, 41)
    colour = style.SYSTEMS["VAE-B"].colour
    label = "VAE-B, latent means of test shapes"
    axes.hist(np.ravel(values), bins=edges, density=True, color=colour, label=label)
    mass = np.diff(beta.cdf(edges, prior, prior)) / np.diff(edges)
    axes.stairs(mass, edges, color=style.INK, linewidth=1.8, label=f"Beta({prior:g}, {prior:g}), same bins")
    axes.set(yscale="log", xlabel="latent value", ylabel="density", xlim=(0, 1))
    axes.legend(loc="upper center")
    return figure


def path_curves(means: Any, errors: Any) -> Figure:
    """The mean Chamfer x 1e3 of each step of a path to its two ends, and its standard error: (steps, 2)."""
    figure, axes = style.chart()
    share = np.linspace(0, 100, len(means))
    ends = (("to the first chair", BLUE, "s"), ("to the second chair", VERMILION, "o"))
    for mean, error, (name, colour, mark) in zip(
        np.transpose(means), np.transpose(errors), ends, strict=True
    ):
        axes.plot(share, mean, color=colour, marker=mark, label=name)
        axes.fill_between(share, mean - error, mean + error, color=colour, alpha=0.2, linewidth=0)
    axes.set(xlabel="differing bits flipped, %", ylabel="Chamfer x 1e3")
    axes.legend(loc="upper center")
    return figure


def embeddings(maps: Sequence[tuple[str, Any]], labels: Any) -> Figure:
    """Maps (S, 2) side by side, coloured by cluster (S,), the largest cluster first in the legend."""
    figure, axes = style.chart(5.2, len(maps), squeeze=False)
    labels = np.asarray(labels)
    clusters, counts = np.unique(labels, return_counts=True)
    order = clusters[np.argsort(-counts, kind="stable")]
    for place, (title, points) in zip(axes[0], maps, strict=True):
        for number, cluster in enumerate(order):
            x, y = np.asarray(points)[labels == cluster].T
            colour = style.CLASSES[number % len(style.CLASSES)]
            place.scatter(x, y, color=colour, s=12, linewidths=0, label=f"cluster {cluster}")
        place.set(title=title, xticks=[], yticks=[])
        place.spines[:].set_visible(False)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=5, markerscale=2, handletextpad=0.2)
    return figure


def against_rate(
    curves: Mapping[str, Curve],
    lines: Mapping[str, Sequence[float]],
    label: str,
    dashed: tuple[str, Mapping[str, Curve]] = ("", {}),
) -> Figure:
    """A mean with its standard error against the bits per pixel.

    lines: mean and standard error of systems on raw pixels, which have no rate. dashed: what dashed curves
    stand for, and the curves, in the colours of the solid ones of the same names.
    """
    figure, axes = style.chart(4.6)
    meaning, unlike = dashed
    for name, look in style.looks([*curves, *lines]).items():
        if name in lines:
            mean, error = lines[name]
            text = f"{name} (raw pixels)"
            axes.axhline(mean, color=look.colour, linestyle=":", linewidth=1.8, label=text)
            axes.axhspan(mean - error, mean + error, color=look.colour, alpha=0.15, linewidth=0)
            continue
        rate, means, errors = np.array(sorted(curves[name])).T
        axes.plot(rate, means, color=look.colour, marker=look.mark, label=name)
        axes.fill_between(rate, means - errors, means + errors, color=look.colour, alpha=0.2, linewidth=0)
        if name in unlike:
            rate, means, _ = np.array(sorted(unlike[name])).T
            axes.plot(
                rate, means, color=look.colour, marker=look.mark, markerfacecolor="white", linestyle="--"
            )
    if unlike:
        empty = {"marker": "o", "markerfacecolor": "white", "linestyle": "--"}
        axes.plot([], [], color=style.QUIET, label=meaning, **empty)
    axes.set(xlabel="bits per pixel", ylabel=label)
    axes.set_xlim(left=0)
    figure.legend(loc="outside right upper")
    return figure


def confusion(table: Any, classes: Sequence[str]) -> Figure:
    """(classes, clusters): how many objects of each class are in each cluster; coloured by their share of the
    class.
    """
    table = np.asarray(table, dtype=np.int64)
    sizes = table.sum(axis=1)
    share = 100 * table / np.maximum(sizes, 1)[:, None]
    figure, axes = style.chart(1.2 + 0.5 * len(table))
    picture = axes.imshow(share, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for (row, column), count in np.ndenumerate(table):
        colour = "white" if share[row, column] > 55 else style.INK if count else style.FAINT
        axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=10, color=colour)
    names = [f"{name}  (of {size:,})" for name, size in zip(classes, sizes, strict=True)]
    axes.set_yticks(range(len(table)), names)
    others = [f"other {number}" for number in range(1, 1 + table.shape[1] - len(classes))]
    axes.set_xticks(range(table.shape[1]), [*classes, *others])
    axes.set(xlabel="cluster, by the class that it is matched with", ylabel="class")
    axes.set_xticks(np.arange(0.5, table.shape[1] - 1), minor=True)
    axes.set_yticks(np.arange(0.5, len(table) - 1), minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.tick_params(colors=style.INK)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(picture, ax=axes, pad=0.02, label="share of the class, %")
    bar.outline.set_visible(False)
    return figure

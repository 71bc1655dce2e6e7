"""The figures of the study; their numbers are those of the poster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pcbin.arrays import Float32, Float64
from pcbin.reproduce.draw import clouds, pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def histogram(values: Float32, prior: float) -> Figure:
    """Figure 2: latent values beside the density of Beta(prior, prior)."""
    from scipy.stats import beta

    plt = pyplot()
    figure, axes = plt.subplots(figsize=(7, 3.4))
    edges = np.linspace(0, 1, 41)
    axes.hist(
        values.ravel(), bins=edges, density=True, color="#3b7dd8", label="VAE-B, latent means of test shapes"
    )
    mass = np.diff(beta.cdf(edges, prior, prior)) / np.diff(edges)
    axes.stairs(mass, edges, color="#d1495b", linewidth=1.6, label=f"Beta({prior:g}, {prior:g}), same bins")
    axes.set_yscale("log")
    axes.set_xlabel("latent value")
    axes.set_ylabel("density")
    axes.legend(frameon=False, loc="upper center")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    return figure  # type: ignore[no-any-return]


def reconstructions(originals: Float32, systems: Sequence[tuple[str, Float32, Sequence[float]]]) -> Figure:
    """Figure 5: originals above their reconstruction by each system, with the Chamfer distance x 1e3."""
    rows = [[("original", cloud) for cloud in originals]]
    for name, decoded, distances in systems:
        rows.append([(f"{name}\n{d:.2f}", cloud) for cloud, d in zip(decoded, distances, strict=True)])
    return clouds(rows)


def path_curves(curves: Float64) -> Figure:
    """Figure 8, as numbers: the mean Chamfer x 1e3 of each step to both ends, with its standard error."""
    plt = pyplot()
    figure, axes = plt.subplots(figsize=(7, 3.2))
    share = np.linspace(0, 100, curves.shape[1])
    for end, (name, colour) in enumerate(
        (("to the first chair", "#3b7dd8"), ("to the second chair", "#d1495b"))
    ):
        mean = curves[:, :, end].mean(axis=0)
        error = curves[:, :, end].std(axis=0, ddof=1) / np.sqrt(len(curves))
        axes.plot(share, mean, color=colour, marker="o", markersize=3.5, label=name)
        axes.fill_between(share, mean - error, mean + error, color=colour, alpha=0.2, linewidth=0)
    axes.set_xlabel("differing bits flipped, %")
    axes.set_ylabel("Chamfer x 1e3")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    return figure  # type: ignore[no-any-return]


def embeddings(maps: Sequence[tuple[str, Any]], labels: Any) -> Figure:
    """Figure 10: t-SNE maps (S, 2) side by side, coloured by cluster (S,)."""
    plt = pyplot()
    figure, axes = plt.subplots(1, len(maps), figsize=(4.6 * len(maps), 4.4), squeeze=False)
    for place, (title, points) in zip(axes[0], maps, strict=True):
        place.scatter(points[:, 0], points[:, 1], c=labels, cmap="tab10", vmin=0, vmax=9, s=7, linewidths=0)
        place.set_title(title, fontsize=10)
        place.set_xticks([])
        place.set_yticks([])
    figure.tight_layout()
    return figure  # type: ignore[no-any-return]

"""Clouds and images as matplotlib pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import missing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TURN, TILT = np.radians(35), np.radians(20)
Cloud = npt.NDArray[Any]


def pyplot() -> Any:
    """matplotlib.pyplot, drawing without a screen. Raises MissingDependency."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise missing("matplotlib", "drawing", "viz") from None
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def project(points: Cloud) -> tuple[Cloud, Cloud, Cloud]:
    """A (N, 3) cloud, y up, seen from the front, the right and above: screen x, screen y, nearness."""
    x, y, z = points.T
    right, depth = x * np.cos(TURN) - z * np.sin(TURN), x * np.sin(TURN) + z * np.cos(TURN)
    up, near = y * np.cos(TILT) - depth * np.sin(TILT), y * np.sin(TILT) + depth * np.cos(TILT)
    return right, up, near


def cloud(axes: Any, points: Cloud, title: str = "") -> None:
    """One normalised (N, 3) cloud, shaded by nearness."""
    right, up, near = project(np.asarray(points, dtype=np.float32))
    order = np.argsort(near)
    size = 2.6 * min(8.0, 2048 / len(points))  # sparse clouds with larger points
    axes.scatter(
        right[order], up[order], c=near[order], cmap="viridis", s=size, linewidths=0, vmin=-0.5, vmax=0.5
    )
    axes.set_title(title, fontsize=9, linespacing=1.3)
    axes.set_aspect("equal")
    axes.set_xlim(-0.42, 0.42)
    axes.set_ylim(-0.47, 0.47)
    axes.axis("off")


def clouds(rows: Sequence[Sequence[tuple[str, Cloud]]], *, size: float = 1.9) -> Figure:
    """A grid of clouds with their titles."""
    plt = pyplot()
    columns = max(len(row) for row in rows)
    shape = (size * columns, size * 1.25 * len(rows))
    figure, axes = plt.subplots(len(rows), columns, figsize=shape, squeeze=False)
    for places, row in zip(axes, rows, strict=True):
        for place in places:
            place.axis("off")
        for place, (title, points) in zip(places, row, strict=False):
            cloud(place, points, title)
    figure.tight_layout(pad=0.4)
    return figure  # type: ignore[no-any-return]


def images(rows: Sequence[tuple[str, Any]], *, size: float = 0.8) -> Figure:
    """Rows of grey (S, height, width) images with values from 0 to 1, each row with its name."""
    plt = pyplot()
    columns = max(len(pictures) for _, pictures in rows)
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(size * columns + 1, size * len(rows)), squeeze=False
    )
    for places, (name, pictures) in zip(axes, rows, strict=True):
        for place in places:
            place.axis("off")
        for place, picture in zip(places, pictures, strict=False):
            place.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        places[0].text(-0.15, 0.5, name, transform=places[0].transAxes, ha="right", va="center", fontsize=9)
    figure.subplots_adjust(wspace=0.05, hspace=0.05)
    return figure  # type: ignore[no-any-return]

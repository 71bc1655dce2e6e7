"""Clouds and images as pictures: whoever draws a cloud, draws it here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.metrics import tree
from pcbin.pages.looks import CAMERA, ERRORS, FARTHEST, NEAR_AND_FAR, Camera
from pcbin.reproduce import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Cloud = npt.NDArray[Any]
SHADOW_CELLS = 160
POINT = 0.02
"""The diameter of one of 2,048 points, in box diagonals."""
LARGEST, LINE, BAR = 2.0, 0.175, 0.5
"""Inches: the width of a cell at most, a line of a title, and the colour bar with its label."""
TITLE = 9
"""Typographic points."""


class Picture(NamedTuple):
    """One cloud of a figure."""

    title: str
    """Lines above it; they are shortened to what fits."""
    points: Cloud
    """(N, 3), y up, about a unit box diagonal."""
    error: Cloud | None = None
    """(N,): how far each point is from where it ought to be, in box diagonals; it gives the colours."""


class Row(NamedTuple):
    """A row of clouds, its name above them on the left."""

    name: str
    pictures: Sequence[Picture]


def decoded(title: str, points: Cloud, original: Cloud) -> Picture:
    """A decoded cloud, coloured by the distance of each point to the nearest one of the original."""
    return Picture(title, points, tree(original).query(points)[0])


def cloud(axes: Any, picture: Picture, *, size: float, camera: Camera = CAMERA) -> None:
    """One cloud over its shadow: far points pale and behind, near ones in front.

    size: the diameter of a point of 2,048 that fill the cell, in typographic points.
    """
    from matplotlib.colors import LinearSegmentedColormap

    points = np.asarray(picture.points, dtype=np.float64)
    right, up, near = camera.project(points)
    _shadow(axes, points, camera)
    pale = np.clip(0.5 - near / 0.9, 0, 1)  # 0 is nearest
    if picture.error is None:
        colours = LinearSegmentedColormap.from_list("near and far", NEAR_AND_FAR)(pale)
    else:
        colours = _errors()(np.asarray(picture.error) / FARTHEST)
        white = 0.45 * pale[:, None]
        colours[:, :3] = colours[:, :3] * (1 - white) + white
    rims = colours.copy()
    rims[:, :3] *= 0.72  # a darker rim keeps points of one colour apart
    order = np.argsort(near, kind="stable")
    diameter = size * min(2.0, np.sqrt(2048 / len(points)))  # sparse clouds with larger points
    axes.scatter(
        right[order], up[order], s=diameter**2, c=colours[order], edgecolors=rims[order],
        linewidths=0.11 * diameter, zorder=2,
    )  # fmt: skip


def _ground(points: Cloud) -> Cloud:
    """The points as they fall straight down."""
    ground: Cloud = points.copy()
    ground[:, 1] = points[:, 1].min() - 0.005
    return ground


def _shadow(axes: Any, points: Cloud, camera: Camera) -> None:
    """What a lamp above throws on the ground, blurred."""
    from scipy.ndimage import gaussian_filter

    right, up, _ = camera.project(_ground(points))
    middle, reach = np.array([up.mean(), right.mean()]), 0.75
    limits = [(float(place) - reach, float(place) + reach) for place in middle]
    counts, _, _ = np.histogram2d(up, right, bins=SHADOW_CELLS, range=limits)
    blurred = gaussian_filter(counts, (1.9, 3.2))  # flatter, as the ground is seen from the side
    shade = np.zeros((SHADOW_CELLS, SHADOW_CELLS, 4))
    shade[..., 3] = 0.34 * (1 - np.exp(-blurred * 900 / len(points)))
    low, high = limits
    axes.imshow(
        shade, extent=(*high, *low), origin="lower", interpolation="bilinear", zorder=1, aspect="auto"
    )


def _errors() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("errors", ERRORS)


def clouds(rows: Sequence[Row], *, camera: Camera = CAMERA) -> Figure:
    """A grid of clouds, all to the same scale. Where some have errors, there is a colour bar below."""
    plt, width = style.pyplot(), style.WIDTH
    rows = [Row(name, [Picture(*one) for one in pictures]) for name, pictures in rows]
    camera = Camera(*camera)
    drawn = [picture for row in rows for picture in row.pictures]
    across, up, down = _extent([picture.points for picture in drawn], camera)
    cell = min(width / max(len(row.pictures) for row in rows), LARGEST)
    inch = cell / (2 * across)  # of a box diagonal
    tall = (up + down) * inch
    above = [LINE * (1.3 * bool(row.name) + _lines(row)) + 0.06 for row in rows]
    bar = BAR if any(picture.error is not None for picture in drawn) else 0.0
    height = sum(above) + len(rows) * tall + bar
    figure = plt.figure(figsize=(width, height))
    top = height
    for row, heading in zip(rows, above, strict=True):
        if row.name:
            place = (0.06 / width, (top - 0.03) / height)
            figure.text(*place, row.name, fontsize=10.5, fontweight="bold", va="top", ha="left")
        top -= heading + tall
        for column, picture in enumerate(row.pictures):
            axes = figure.add_axes((column * cell / width, top / height, cell / width, tall / height))
            axes.set(xlim=(-across, across), ylim=(-down, up))
            axes.axis("off")
            cloud(axes, picture, size=POINT * 72 * inch, camera=camera)
            axes.set(xlim=(-across, across), ylim=(-down, up))
            where = ((column + 0.5) * cell / width, (top + tall + 0.04) / height)
            title = _fitting(picture.title, cell)
            figure.text(*where, title, fontsize=TITLE, linespacing=1.3, ha="center", va="bottom")
    if bar:
        _colour_bar(figure, width, height)
    return figure  # type: ignore[no-any-return]


def _extent(clouds: Sequence[Cloud], camera: Camera) -> tuple[float, float, float]:
    """To the sides, upwards and downwards: what all clouds fill, with room for their shadows."""
    sides, tops, bottoms = [0.1], [0.1], [0.1]
    for one in clouds:
        points = np.asarray(one, dtype=np.float64)
        right, up, _ = camera.project(np.concatenate([points, _ground(points)]))
        sides.append(float(np.abs(right).max()))
        tops.append(float(up.max()))
        bottoms.append(float(-up.min()))
    return max(sides) + 0.05, max(tops) + 0.03, max(bottoms) + 0.05


def _lines(row: Row) -> int:
    return max(len(picture.title.splitlines()) for picture in row.pictures)


def _fitting(title: str, cell: float) -> str:
    """Each line of a title, cut to the width of a cell in inches, with some room beside it."""
    return "\n".join(_cut(line, 0.93 * 72 * cell) for line in title.splitlines())


def _cut(line: str, width: float) -> str:
    from matplotlib.textpath import TextPath

    cut, length = line, len(line)
    while length > 1 and TextPath((0, 0), cut, size=TITLE).get_extents().width > width:
        length -= 1
        cut = line[:length].rstrip() + "…"
    return cut


def _colour_bar(figure: Figure, width: float, height: float) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    axes = figure.add_axes((0.62, 0.22 / height, 0.34, 0.11 / height))
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 100 * FARTHEST), _errors()), cax=axes, orientation="horizontal"
    )
    steps = [0, 2, 4, 6]
    bar.set_ticks(steps, labels=[f"{step} %" for step in steps[:-1]] + [f"{steps[-1]} % or more"])
    bar.outline.set_visible(False)
    axes.tick_params(length=2, labelsize=8)
    text = (
        "colour of decoded points: distance to the nearest point of\n"
        "the original, in per cent of the diagonal of its box"
    )
    figure.text(0.60, 0.275 / height, text, fontsize=8, color=style.QUIET, ha="right", va="center")


def images(rows: Sequence[tuple[str, Any]]) -> Figure:
    """Rows of grey (S, height, width) images with values from 0 to 1, each row with its name."""
    plt = style.pyplot()
    columns = max(len(pictures) for _, pictures in rows)
    margin = 0.1 + max(len(name) for name, _ in rows) * 0.6 * 10 / 72  # about as wide as the letters are
    cell = (style.WIDTH - margin) / columns
    first = np.asarray(rows[0][1])
    tall = cell * first.shape[1] / first.shape[2]
    height = tall * len(rows)
    figure = plt.figure(figsize=(style.WIDTH, height))
    for number, (name, pictures) in enumerate(rows):
        bottom = height - (number + 1) * tall
        figure.text(
            (margin - 0.1) / style.WIDTH,
            (bottom + tall / 2) / height,
            name,
            fontsize=10,
            ha="right",
            va="center",
        )
        for column, picture in enumerate(pictures):
            left, gap = margin + column * cell, 0.04 * cell
            place = (
                (left + gap) / style.WIDTH,
                (bottom + gap) / height,
                (cell - 2 * gap) / style.WIDTH,
                (tall - 2 * gap) / height,
            )
            axes = figure.add_axes(place)
            axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1, aspect="auto")
            axes.axis("off")
    return figure  # type: ignore[no-any-return]

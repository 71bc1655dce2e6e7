"""One style for every picture: the colour of each system, sizes, fonts, and how a figure becomes a PNG.

A system has the same colour and the same mark in every chart.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from pcbin.errors import missing
from pcbin.pages.looks import BLUE, GREEN, GREY, INDIGO, OLIVE, ORANGE, PINK, SKY, TEAL, VERMILION, WINE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 9.6
"""Inches: every figure is as wide as a page."""
DPI = 150
MOST_BYTES = 300_000
"""Of a PNG: it gets as many colours and pixels as fit."""

INK, QUIET, FAINT = "#1c2126", "#5b6570", "#dfe3e7"
"""Of text, of what stands behind, and of grids."""
SHADES = (
    "#f0a35e", "#ea954b", "#e58738", "#e07a26", "#da6c13",
    VERMILION, "#c25300", "#af4800", "#9d3e00", "#8a3300",
)  # fmt: skip
"""Of efforts 0 to 9."""
CLASSES = (BLUE, ORANGE, GREEN, VERMILION, PINK, SKY, WINE, OLIVE, INDIGO, GREY)
"""Of classes or clusters, which are told by number."""

RC: Any = {
    "font.family": "DejaVu Sans",  # matplotlib brings it, so that pictures are the same everywhere
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


class Look(NamedTuple):
    """How a system is drawn in every chart."""

    colour: str
    mark: str


SYSTEMS = {
    # the codecs of benchmarks/rate_distortion; pcbin's efforts are shades of one colour
    **{f"pcbin, effort {effort}": Look(shade, "o") for effort, shade in enumerate(SHADES)},
    "pcbin chair": Look(VERMILION, "o"),
    "pcbin cells": Look(ORANGE, "D"),
    **{f"pcbin, cells, effort {effort}": Look(ORANGE, "D") for effort in range(10)},
    "pcbin, default command": Look(TEAL, "o"),
    "nearest training shape": Look(BLUE, "s"),
    "nearest training shape + box": Look(SKY, "D"),
    "nearest training octants + box": Look(GREEN, "^"),
    "PCA of matched points": Look(PINK, "v"),
    "k points on a grid": Look(INK, "p"),
    "grid + zstd": Look(OLIVE, "*"),
    "grid + pcodec": Look(WINE, "h"),
    "Draco k-d tree": Look(INDIGO, "X"),
    "LAZ": Look(GREY, "P"),
    # the systems of the studies; no chart has both
    "VAE-B": Look(BLUE, "s"),
    "neighbourhoods": Look(VERMILION, "o"),
    "neighbourhoods, plain": Look(ORANGE, "D"),
    "binary autoencoder": Look(BLUE, "s"),
    "VAB": Look(GREEN, "^"),
    "VAB as written": Look(TEAL, "P"),
    "VaDE": Look(PINK, "v"),
    "K-means": Look(INDIGO, "X"),
    "GMM": Look(OLIVE, "p"),
}
SPARE = (
    Look("#117733", "<"), Look("#aa4499", ">"), Look("#cc6677", "d"), Look("#88ccee", "8"),
    Look("#661100", "H"), Look("#6699cc", "s"), Look("#ddaa33", "^"), Look("#004488", "v"),
)  # fmt: skip
"""For systems that nobody has named yet."""


def looks(names: Iterable[str]) -> dict[str, Look]:
    """The look of each system of a chart: known ones as everywhere, each other one with a look of its own.

    An unknown system's look comes from its name, so that it is the same in the next chart, unless two of one
    chart would collide.
    """
    found: dict[str, Look] = {}
    for name in names:
        if name in SYSTEMS:
            found[name] = SYSTEMS[name]
            continue
        first = zlib.crc32(name.encode())
        order = [SPARE[(first + step) % len(SPARE)] for step in range(len(SPARE))]
        # beyond the spare looks colours come back with another mark
        order += [Look(look.colour, mark) for mark in "o*X" for look in order]
        found[name] = next((look for look in order if look not in found.values()), order[0])
    return found


def pyplot() -> Any:
    """matplotlib.pyplot in this style, drawing without a screen. Raises MissingDependency."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise missing("matplotlib", "drawing", "viz") from None
    mpl.use("Agg")
    mpl.rcParams.update(RC)
    import matplotlib.pyplot as plt

    return plt


def chart(height: float = 4.2, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """A figure as wide as a page, and its axes: one, or an array of `columns`."""
    figure, axes = pyplot().subplots(1, columns, figsize=(WIDTH, height), layout="constrained", **options)
    return figure, axes


def png(figure: Figure) -> bytes:
    """The figure as a PNG of at most MOST_BYTES, if few colours can do that; the figure is closed."""
    import matplotlib.pyplot as plt
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=DPI)
    plt.close(figure)
    return reduced(Image.open(drawn).convert("RGB"))


def reduced(image: Any) -> bytes:
    """An RGB image of Pillow as a PNG with the most colours and pixels that keep it small.

    It has no metadata, which would change from run to run.
    """
    data = b""
    for share, colours in ((1.0, 256), (1.0, 128), (0.85, 128), (0.7, 128), (0.6, 128), (0.5, 64)):
        size = round(share * image.width), round(share * image.height)
        small = image if share == 1 else image.resize(size, 1)  # Lanczos
        found = io.BytesIO()
        # the largest coverage keeps the few points of a rare colour, which a median cut averages away
        small.quantize(colours, method=1, kmeans=2, dither=0).save(found, "png", optimize=True)
        data = found.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data

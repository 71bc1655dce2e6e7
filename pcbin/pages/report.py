"""The page about many clouds and their codes: a table that sorts, histograms, and a map with pictures."""

from __future__ import annotations

import base64
import html
import json
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin._version import __version__
from pcbin.arrays import Float64
from pcbin.pages.looks import BLUE, GREEN, GREY, INDIGO, ORANGE, PINK, SKY, STYLE, VERMILION
from pcbin.pages.render import centred, png, render
from pcbin.pages.scripts import HERE

THUMBNAIL = 104
"""Pixels."""
COLOURS = (BLUE, VERMILION, GREEN, PINK, ORANGE, SKY, INDIGO, GREY)
"""Of models, in the order of their numbers of codes; further ones have the last."""
BINS = 24
FEWEST_MAPPED = 4
"""Objects that a map is drawn of."""
CELLS = 8
"""A side, of the occupancy that shapes are compared by where codes cannot be."""


class Entry(NamedTuple):
    """One object. What was not measured is None; points are y up.

    bits: of the code. size: of the file, in bytes; of a cloud of an archive, its share. ratio: to the points
    as 32-bit floats. code: its bits, (K,) zeros and ones. is_cells: whether it is a cell code, whose bits
    mean nothing one by one. error: (M,) how far each decoded point is from the original, in box diagonals.
    """

    name: str
    model: str
    bits: int
    size: int
    code: npt.NDArray[np.uint8]
    is_cells: bool
    decoded: npt.ArrayLike
    original: npt.ArrayLike | None = None
    error: npt.ArrayLike | None = None
    ratio: float | None = None
    chamfer: float | None = None
    psnr: float | None = None
    warnings: Sequence[str] = ()


def report(entries: Sequence[Entry], title: str, *, failed: Sequence[tuple[str, str]] = ()) -> str:
    """The page's HTML, worst first.

    Args:
        entries: At least one.
        title: Of the page.
        failed: Names of what could not be read or encoded, and why.
    """
    order = sorted(entries, key=lambda one: (-(one.chamfer if one.chamfer is not None else -1), one.name))
    models = [name for name, _ in Counter(one.model for one in entries).most_common()]
    parts = [
        _summary(order, models),
        _failures(failed),
        _histograms(order),
        _map(order, models),
        _table(order),
    ]
    script = (HERE / "report.js").read_text(encoding="utf-8")
    style = (HERE / "report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}{style}</style></head>\n"
        f"<body><header><h1>{html.escape(title)}</h1></header>\n<main>{''.join(parts)}</main>\n"
        f"<footer>Made with pcbin {__version__}.</footer>\n"
        f'<div id="hover" hidden><img alt=""><p></p></div>\n<script>\n{script}</script></body></html>\n'
    )


def _summary(entries: Sequence[Entry], models: Sequence[str]) -> str:
    number, size = len(entries), sum(one.size for one in entries)
    text = f"{number:,} object{'s' * (number != 1)} in {size:,} bytes, coded by {', '.join(models)}"
    measured = [one.chamfer for one in entries if one.chamfer is not None]
    if measured:
        low, middle, high = np.quantile(np.array(measured) * 1e3, (0.05, 0.5, 0.95))
        text += (
            f". Chamfer distance × 1000: median {middle:.3f}, nine in ten from {low:.3f} to {high:.3f}"
            "; the worst come first"
        )
    return f'<p class="about">{html.escape(text)}.</p>\n'


def _failures(failed: Sequence[tuple[str, str]]) -> str:
    if not failed:
        return ""
    rows = "".join(f"<li><b>{html.escape(name)}</b>: {html.escape(why)}</li>" for name, why in failed)
    return f'<div class="failed"><b>{len(failed)} failed</b><ul>{rows}</ul></div>\n'


# -- histograms


def _histograms(entries: Sequence[Entry]) -> str:
    wanted = (
        ("Chamfer distance × 1000", [1e3 * one.chamfer for one in entries if one.chamfer is not None]),
        ("D1-PSNR, dB", [one.psnr for one in entries if one.psnr is not None and np.isfinite(one.psnr)]),
        ("Bits of a code", [float(one.bits) for one in entries]),
    )
    drawn = [histogram(values, label) for label, values in wanted if len(set(values)) > 1]
    return (
        f'<h2 id="histograms">Histograms</h2>\n<div class="charts">{"".join(drawn)}</div>\n' if drawn else ""
    )


def histogram(values: Sequence[float], label: str) -> str:
    """Bars of how many values lie where, as SVG."""
    counts, edges = np.histogram(values, min(BINS, max(5, len(values) // 2)))
    width, height, left, bottom = 320, 150, 30, 34
    step = (width - left - 10) / len(counts)
    unit = (height - bottom - 12) / counts.max()
    bars = "".join(
        f'<rect x="{left + i * step + 0.5:.1f}" y="{height - bottom - count * unit:.1f}" '
        f'width="{step - 1:.1f}" height="{count * unit:.1f}"><title>{edges[i]:.4g} to {edges[i + 1]:.4g}: '
        f"{count}</title></rect>"
        for i, count in enumerate(counts)
    )
    ticks = "".join(
        f'<text x="{left + share * (width - left - 10):.1f}" y="{height - bottom + 14}" '
        f'text-anchor="{anchor}">{edges[0] + share * (edges[-1] - edges[0]):.3g}</text>'
        for share, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="histogram of {html.escape(label)}">'
        f'<g class="bars">{bars}</g><path d="M{left} {height - bottom}H{width - 10}"/>'
        f'<text x="{left - 5}" y="16" text-anchor="end">{counts.max()}</text>'
        f'<text x="{left - 5}" y="{height - bottom}" text-anchor="end">0</text>{ticks}'
        f'<text class="label" x="{(left + width - 10) / 2}" y="{height - 4}" text-anchor="middle">'
        f"{html.escape(label)}</text></svg>"
    )


# -- map


def positions(features: Float64) -> tuple[Float64, str]:
    """(n, d) -> (n, 2) from 0 to 1, like ones near each other, and how.

    By t-SNE; by PCA where scikit-learn is not installed, and where there are few.
    """
    apart = features - features.mean(axis=0)
    found, how = (None, "") if len(features) < 3 * FEWEST_MAPPED else _tsne(apart)
    if found is None:
        left, strength, _ = np.linalg.svd(apart, full_matrices=False)
        found, how = np.zeros((len(features), 2)), "PCA"
        found[:, : min(2, len(strength))] = (left * strength)[:, :2]
    low, extent = found.min(axis=0), np.ptp(found, axis=0)
    places: Float64 = np.asarray((found - low) / np.where(extent > 0, extent, 1), np.float64)
    return places, how


def _tsne(features: Float64) -> tuple[Float64 | None, str]:
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        return None, ""
    perplexity = min(30.0, (len(features) - 1) / 3)
    found = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(features)
    return found.astype(np.float64), "t-SNE"


def features_of(entries: Sequence[Entry]) -> tuple[Float64, str]:
    """(n, d) what objects are compared by, and what that is.

    Bits, where all codes are of one model and comparable bit by bit; otherwise which eighths of the box the
    decoded clouds fill.
    """
    if len({one.model for one in entries}) == 1 and not any(one.is_cells for one in entries):
        shared = min(len(one.code) for one in entries)
        bits = np.stack([one.code[:shared] for one in entries]).astype(np.float64)
        return bits - 0.5, f"the first {shared} bits of the codes"
    from scipy.ndimage import gaussian_filter

    filled = []
    for one in entries:
        counts, _ = np.histogramdd(centred(one.decoded), CELLS, [(-0.5, 0.5)] * 3)
        filled.append(np.sqrt(gaussian_filter(counts / counts.sum(), 0.7)).ravel())
    return np.stack(filled).astype(
        np.float64
    ), "the decoded shapes, as the codes are of several models or are cell codes"


def _map(entries: Sequence[Entry], models: Sequence[str]) -> str:
    if len(entries) < FEWEST_MAPPED:
        return ""
    features, what = features_of(entries)
    places, how = positions(features)
    wide, high, room = 900, 420, 14
    dots = "".join(
        f'<circle cx="{room + x * (wide - 2 * room):.1f}" cy="{room + y * (high - 2 * room):.1f}" r="6" '
        f'fill="{_colour(models, one.model)}" data-row="{row}" tabindex="0" role="img" '
        f'aria-label="{html.escape(one.name, quote=True)}"/>'
        for row, (one, (x, y)) in enumerate(zip(entries, places, strict=True))
    )
    key = "".join(
        f'<span><i style="background: {_colour(models, name)}"></i>{html.escape(name)}</span>'
        for name in models
    )
    return (
        f'<h2 id="map">Map</h2>\n<p>Objects that are alike lie near each other: {how} of {what}. '
        "Point at one to see it, click to find it in the table.</p>\n"
        f'<svg class="map" viewBox="0 0 {wide} {high}">{dots}</svg>\n<p class="key">{key}</p>\n'
    )


def _colour(models: Sequence[str], name: str) -> str:
    return COLOURS[min(models.index(name), len(COLOURS) - 1)]


# -- table


def _table(entries: Sequence[Entry]) -> str:
    head = ("", "Name", "Model", "Bits", "Bytes", "Ratio", "Chamfer × 1000", "D1-PSNR, dB", "Warnings")
    heading = "".join(
        f'<th scope="col"><button>{text}</button></th>' if text else "<th></th>" for text in head
    )
    rows = "".join(_row(row, one) for row, one in enumerate(entries))
    note = "The pictures: the original, then the decoded cloud, coloured by its distance to the original."
    return (
        f'<h2 id="objects">Objects</h2>\n<p>{note} Click a heading to sort.</p>\n'
        f'<div class="wide" tabindex="0" role="region" aria-label="objects"><table><thead><tr>{heading}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>\n"
    )


def _row(row: int, one: Entry) -> str:
    clouds = [] if one.original is None else [render(one.original, size=THUMBNAIL)]
    clouds.append(render(one.decoded, one.error, size=THUMBNAIL))
    data = base64.b64encode(png(np.concatenate(clouds, axis=1))).decode()
    width = THUMBNAIL * len(clouds)
    picture = (
        f'<td><img src="data:image/png;base64,{data}" width="{width}" height="{THUMBNAIL}" '
        f'alt="{html.escape(one.name, quote=True)}"></td>'
    )
    numbers = (
        (one.bits, f"{one.bits:,}"), (one.size, f"{one.size:,}"), (one.ratio, f"{one.ratio or 0:,.0f}"),
        (one.chamfer, f"{1e3 * (one.chamfer or 0):.3f}"), (one.psnr, f"{one.psnr or 0:.2f}"),
    )  # fmt: skip
    cells = [
        f'<td data-value="{json.dumps(float(value))}">{text}</td>' if value is not None else "<td>–</td>"
        for value, text in numbers
    ]
    texts = [f"<td>{html.escape(text)}</td>" for text in (one.name, one.model)]
    warned = html.escape("; ".join(one.warnings))
    return f'<tr id="row-{row}">{picture}{"".join(texts + cells)}<td>{warned}</td></tr>\n'

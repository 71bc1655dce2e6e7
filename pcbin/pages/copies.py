"""The page of `pcbin dupes`: each group of copies, as they stand, and the evidence."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from pcbin._version import __version__
from pcbin._words import printable
from pcbin.errors import PcbinError
from pcbin.pages.looks import STYLE
from pcbin.pages.render import png, render
from pcbin.search.shapes import Shapes

SHOWN = 6
"""Shapes of a group that are drawn."""
MOST_GROUPS = 200
"""That have pictures: a page of more is too large to open."""
POINTS = 2048
"""That are drawn of a cloud."""
SIZE = 150
"""Of a picture, in pixels."""
HEAD = ("second, laid over", "first", "ratio", "Chamfer × 1000", "scale", "mirrored", "decoded")
LOOKS = """
.shapes { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; margin: .6rem 0 }
.shapes figure { margin: 0; width: 150px }
.shapes img { width: 150px; max-width: none }
.shapes figcaption { padding: 0; overflow-wrap: anywhere }
th:nth-child(2), td:nth-child(2) { text-align: left }
"""


def page(rows: Sequence[dict[str, Any]], groups: Sequence[Sequence[int]], shapes: Shapes) -> str:
    """A self-contained HTML page.

    rows: the pairs, with group, first, second, ratio, chamfer_e3, scale, mirrored and decoded.
    """
    about = (
        f"{len(shapes):,} shapes, {len(groups):,} groups of copies. A ratio of about 1 means that two clouds "
        "are as near to one another as two samplings of one surface. Nothing was deleted: look before you do."
    )
    parts = [
        _group(number, members, [row for row in rows if row["group"] == number], shapes)
        for number, members in enumerate(groups, 1)
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Copies</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}{LOOKS}</style></head>\n"
        f'<body><header><h1>Copies</h1><p class="about">{about}</p></header>\n<main>{"".join(parts)}</main>\n'
        f"<footer>Made with pcbin {__version__}.</footer></body></html>\n"
    )


def _group(number: int, members: Sequence[int], rows: Sequence[dict[str, Any]], shapes: Shapes) -> str:
    drawn = "".join(_figure(member, shapes) for member in members[:SHOWN]) if number <= MOST_GROUPS else ""
    hidden = len(members) - SHOWN
    more = f"<p>{hidden} more are not drawn.</p>\n" if drawn and hidden > 0 else ""
    head = "".join(f'<th scope="col">{text}</th>' for text in HEAD)
    body = "".join(_row(row) for row in rows)
    return (
        f'<h2 id="group-{number}">Group {number}: {len(members)} shapes</h2>\n'
        f'<div class="shapes">{drawn}</div>\n{more}'
        f'<div class="wide" tabindex="0" role="region" aria-label="evidence of group {number}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n"
    )


def _figure(member: int, shapes: Shapes) -> str:
    """The picture of a shape; none of one that cannot be read now."""
    try:
        cloud = np.asarray(shapes.cloud(member), np.float64)
    except (PcbinError, OSError):
        return ""
    cloud = cloud[np.random.default_rng(0).permutation(len(cloud))[:POINTS]]
    data = base64.b64encode(png(render(cloud, size=SIZE))).decode()
    name = html.escape(printable(shapes.names[member].rpartition("/")[2]), quote=True)
    return (
        f'<figure><img src="data:image/png;base64,{data}" width="{SIZE}" height="{SIZE}" alt="{name}">'
        f"<figcaption>{name}</figcaption></figure>"
    )


def _row(row: dict[str, Any]) -> str:
    cells = (
        printable(row["second"]), printable(row["first"]), f"{row['ratio']:.3f}", f"{row['chamfer_e3']:.3f}",
        f"{row['scale']:.4g}", "yes" if row["mirrored"] else "", "yes" if row["decoded"] else "",
    )  # fmt: skip
    return f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in cells)}</tr>\n"

"""The report of `pcbin dupes`: each group of copies, drawn over its first shape, and the evidence."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from pcbin._version import __version__
from pcbin._words import printable
from pcbin.errors import PcbinError
from pcbin.reproduce import draw, style
from pcbin.reproduce.markup import document
from pcbin.search.shapes import Shapes

SHOWN = 6
"""Shapes of a group that are drawn."""
MOST_GROUPS = 200
"""That have a picture: a page of more is too large to open."""
POINTS = 1500
HEAD = ("second, laid over", "first", "ratio", "Chamfer x 1e3", "scale", "mirrored", "decoded")


def page(rows: Sequence[dict[str, Any]], groups: Sequence[Sequence[int]], shapes: Shapes) -> str:
    """A self-contained HTML page.

    rows: the pairs, with group, first, second, ratio, chamfer_e3, scale, mirrored and decoded.
    """
    parts: list[dict[str, Any]] = [
        {
            "kind": "text",
            "text": f"{len(shapes):,} shapes, {len(groups):,} groups of copies. A ratio of about 1 means "
            "that two clouds are as near to one another as two samplings of one surface. Nothing was "
            "deleted: look before you do.",
        }
    ]
    pictures: dict[str, bytes] = {}
    for number, members in enumerate(groups, 1):
        parts.append({"kind": "heading", "text": f"Group {number}: {len(members)} shapes"})
        name = f"group-{number}"
        if number <= MOST_GROUPS:
            drawn = [one for member in members[:SHOWN] if (one := _picture(member, shapes)) is not None]
            if drawn:
                pictures[name] = style.png(draw.clouds([draw.Row("", drawn)]))
                more = f"; {len(members) - SHOWN} more are not drawn" if len(members) > SHOWN else ""
                parts.append({"kind": "figure", "name": name, "caption": f"As they stand{more}."})
        table = [
            [
                printable(row["second"]), printable(row["first"]), f"{row['ratio']:.3f}",
                f"{row['chamfer_e3']:.3f}", f"{row['scale']:.4g}", "yes" if row["mirrored"] else "",
                "yes" if row["decoded"] else "",
            ]
            for row in rows
            if row["group"] == number
        ]  # fmt: skip
        parts.append(
            {
                "kind": "table",
                "name": f"{name}-pairs",
                "head": HEAD,
                "rows": table,
                "caption": "The evidence.",
            }
        )
    about = {
        "title": "Copies", "date": datetime.date.today().isoformat(), "pcbin": __version__, "parts": parts,
    }  # fmt: skip
    return document(about, pictures, {})


def _picture(member: int, shapes: Shapes) -> draw.Picture | None:
    try:
        cloud = np.asarray(shapes.cloud(member), np.float64)
    except (PcbinError, OSError):
        return None
    cloud = cloud[np.random.default_rng(0).permutation(len(cloud))[:POINTS]]
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    unit = float(np.linalg.norm(high - low)) or 1.0
    title = printable(shapes.names[member].rpartition("/")[2])
    return draw.Picture(title, (cloud - (low + high) / 2) / unit)

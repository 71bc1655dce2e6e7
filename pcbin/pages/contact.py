"""A contact sheet: what codes decode to, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pcbin.arrays import Codes
from pcbin.codec import Codec, Decoded
from pcbin.pages.render import Pixels, render, sheet

SIZE = 256
"""Pixels a side of each picture."""


def contact_sheet(items: Sequence[Decoded | None], *, size: int = SIZE) -> Pixels:
    """The picture of clouds or grey images, in rows of about as many as there are rows; None leaves a gap."""
    blank = np.full((size, size, 3), 255, np.uint8)
    return sheet([blank if item is None else _drawn(item, size) for item in items])


def of_codes(codec: Codec, codes: Codes, rows: Sequence[int], *, size: int = SIZE) -> Pixels:
    """The contact sheet of some codes, by their rows; -1 leaves a gap."""
    there = [row for row in rows if row >= 0]
    decoded = iter(codec.restore(codes[there]))
    return contact_sheet([next(decoded) if row >= 0 else None for row in rows], size=size)


def _drawn(item: Decoded, size: int) -> Pixels:
    if item.ndim == 2 and item.shape[1] == 3 and item.dtype != np.uint8:
        return render(item, size=size)
    rows, columns = (np.linspace(0, length, size, endpoint=False).astype(int) for length in item.shape)
    return np.repeat(item[rows][:, columns, None], 3, axis=2)

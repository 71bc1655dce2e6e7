"""Figures of other codecs that were published or measured elsewhere: no run of this study measures them."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """One setting of a codec. bits: of the core of a code, without headers."""

    codec: str
    bits: int
    chamfer_e3: float


GPCC = "G-PCC octree (tmc13 v23)"
OF = ("modelnet10_chair.npz", "test")
"""The file and the split that the figures are of."""
NOTE = (
    "G-PCC's figures are published ones of the same test chairs, not measured here; its headers take another "
    "216 to 280 bits."
)
CHAIRS = tuple(
    Published(GPCC, bits, chamfer)
    for bits, chamfer in ((108, 35.5), (237, 6.40), (471, 2.13), (684, 1.30), (937, 0.86), (1742, 0.46))
)

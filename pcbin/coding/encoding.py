"""From normalised clouds, or images, to codes: the network's guess, and the search."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32, Pose
from pcbin.coding.subset import spread
from pcbin.models.model import Model


class Measured(NamedTuple):
    """A code, and what is known of it."""

    code: Codes
    """(k / 8,)"""
    chamfer: float | None
    """Of the normalised cloud to what the code decodes to; None where nothing measured it: that would take
    longer than the network."""
    pose: Pose | None = None
    """Where a cloud that was turned comes back to in the normalised one, and the `chamfer` is that of the
    turned one, normalised again; None for a cloud that was coded as it stands."""


GUESSED_FROM = (192, 384)
"""Points of a cloud that the network sees at effort 0, and with a search: with more it is slower, and hardly
better."""


def encode(model: Model, clouds: npt.NDArray[Any], *, bits: int, effort: int = 0) -> Codes:
    """(B, N, 3) normalised clouds -> (B, bits / 8) codes. effort: 0 to 9, see `pcbin.coding.cloud_search`."""
    return np.stack([one.code for one in measured(model, clouds, bits=bits, effort=effort)])


def measured(
    model: Model, clouds: npt.NDArray[Any], *, bits: int, effort: int = 0, pack: bool = False
) -> list[Measured]:
    """The same, one by one, with the distances that a search has measured on the way. pack: `bits` are those
    of the entropy-coded codes (`pcbin.coding.packing`)."""
    few = GUESSED_FROM[0 if effort == 0 else 1]
    heads = model.encode(np.stack([spread(cloud, few) for cloud in clouds]))
    if pack:
        from pcbin.coding.packing import packed

        return [Measured(*found) for found in packed(model, clouds, heads, bits=bits, effort=effort)]
    heads = heads[:, : bits // 8]
    if not effort and bits <= model.head:
        return [Measured(head, None) for head in heads]
    from pcbin.coding.cloud_search import refine_many, with_tails

    if not effort:
        return [Measured(code, None) for code in with_tails(model, clouds, heads, bits=bits)]
    return [Measured(*found) for found in refine_many(model, clouds, heads, bits=bits, effort=effort)]


def encode_images(model: Model, pixels: Float32, *, bits: int, effort: int = 0) -> Codes:
    """(B, height, width) pixels from 0 to 1 -> (B, bits / 8) codes. effort: 0 to 9, see
    `pcbin.coding.image_search`."""
    codes = model.encode(pixels)[:, : bits // 8]
    if effort:
        from pcbin.coding.image_search import refine

        codes = refine(model, pixels, codes, effort=effort)
    return codes

"""From normalised clouds, or images, to codes: the network's guess, and the search."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32, Pose
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


GUESSED_FROM = 768
"""Points of a cloud that the network sees: with more it is slower, and no better."""


def encode(model: Model, clouds: npt.NDArray[Any], *, bits: int, effort: int = 0) -> Codes:
    """(B, N, 3) normalised clouds -> (B, bits / 8) codes. effort: 0 to 9, see `pcbin.coding.cloud_search`."""
    return np.stack([one.code for one in measured(model, clouds, bits=bits, effort=effort)])


def measured(model: Model, clouds: npt.NDArray[Any], *, bits: int, effort: int = 0) -> list[Measured]:
    """The same, one by one, with the distances that a search has measured on the way."""
    heads = model.encode(np.stack([_some(cloud) for cloud in clouds]))
    return [_one(model, cloud, head, bits, effort) for cloud, head in zip(clouds, heads, strict=True)]


def encode_images(model: Model, pixels: Float32, *, bits: int, effort: int = 0) -> Codes:
    """(B, height, width) pixels from 0 to 1 -> (B, bits / 8) codes. effort: 0 to 9, see
    `pcbin.coding.image_search`."""
    codes = model.encode(pixels)[:, : bits // 8]
    if effort:
        from pcbin.coding.image_search import refine

        codes = refine(model, pixels, codes, effort=effort)
    return codes


def _some(cloud: Float32) -> Float32:
    """Random points of a cloud, the same ones whatever their order."""
    if len(cloud) <= GUESSED_FROM:
        return cloud
    ordered = cloud[np.lexsort(cloud.T)]
    return ordered[np.random.default_rng(0).permutation(len(cloud))[:GUESSED_FROM]]


def _one(model: Model, cloud: Float32, head: Codes, bits: int, effort: int) -> Measured:
    head = head[: bits // 8]
    if not effort and bits <= model.head:
        return Measured(head, None)
    from pcbin.coding.cloud_search import refine

    return Measured(*refine(model, cloud, head, bits=bits, effort=effort))

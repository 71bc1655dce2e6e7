"""From normalised clouds, or images, to codes: the network's guess, the tail, and the search."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32
from pcbin.coding.threads import on_one_thread
from pcbin.models.model import Model

Measured = tuple[Codes, float | None]
"""A code, and the Chamfer distance of the normalised cloud to what it decodes to; None where nothing measured
it: that would take half as long again as the network."""

ROUNDS = 4
"""Of projection: points move, so their nearest neighbours change, and with them where points should be."""


def encode(model: Model, clouds: npt.NDArray[Any], *, bits: int, effort: int = 0) -> Codes:
    """(B, N, 3) normalised clouds -> (B, bits / 8) codes. effort: 0 to 9, see `pcbin.coding.cloud_search`."""
    return np.stack([code for code, _ in measured(model, clouds, bits=bits, effort=effort)])


def measured(model: Model, clouds: npt.NDArray[Any], *, bits: int, effort: int = 0) -> list[Measured]:
    """The same, one by one, with the distances that a search or a projection has measured on the way."""
    heads = model.encode(clouds)
    return [_one(model, cloud, head, bits, effort) for cloud, head in zip(clouds, heads, strict=True)]


def encode_images(model: Model, pixels: Float32, *, bits: int, effort: int = 0) -> Codes:
    """(B, height, width) pixels from 0 to 1 -> (B, bits / 8) codes. effort: 0 to 9, see
    `pcbin.coding.image_search`."""
    codes = model.encode(pixels)[:, : bits // 8]
    if effort:
        from pcbin.coding.image_search import refine

        codes = refine(model, pixels, codes, effort=effort)
    return codes


def _one(model: Model, cloud: Float32, head: Codes, bits: int, effort: int) -> Measured:
    found: Measured = head[: bits // 8], None
    if bits > model.head:
        found = project(model, cloud, head, bits)
    if effort:
        from pcbin.coding.cloud_search import refine

        found = refine(model, cloud, found[0], effort=effort)
    return found


@on_one_thread
def project(model: Model, cloud: Float32, head: Codes, bits: int) -> tuple[Codes, float]:
    """The (bits / 8,) code of a normalised (N, 3) cloud that begins with `head`, and its Chamfer distance.

    The head decodes to a first cloud. What separates its points from where they would be best is projected
    onto the model's basis of such displacements, and each coefficient becomes bits, the sign first, then
    halves, as the tail's levels say; again with the neighbours of the moved points, a few times, and the best
    is kept.
    """
    from pcbin.coding.matching import Matching, code_of, signs_of

    matching = Matching(model, cloud)
    decoder = matching.decoder
    levels = decoder.levels[: bits - model.head]
    basis = decoder.last[decoder.width :]  # (C, 3 M)
    start = signs_of(head)
    state, best = matching.at(start), None
    for _ in range(ROUNDS):
        change = decoder.inverse @ (basis @ matching.displacement(state).ravel())
        wanted = state.features[decoder.width :] + change
        state = matching.at(np.concatenate([start, _signs(wanted, levels)]))
        if best is None or state.chamfer < best.chamfer:
            best = state
    assert best is not None
    return code_of(best.signs), best.chamfer


def _signs(wanted: npt.NDArray[Any], levels: Float32) -> Float32:
    """(bits,) of -1 and +1 whose levels add up to the wanted coefficients (C,), as nearly as the first bits
    can, then the next ones: so that a prefix is right too."""
    coefficient = np.abs(levels).argmax(axis=1)
    steps = levels[np.arange(len(levels)), coefficient]
    left = wanted.astype(np.float64)
    signs = np.empty(len(levels), np.float32)
    for bit, (which, step) in enumerate(zip(coefficient, steps, strict=True)):
        signs[bit] = 1 if left[which] * step > 0 else -1
        left[which] -= signs[bit] * step
    return signs

"""Refining codes of images at encode time: a search over bit flips that lowers the squared error.

As for clouds (`pcbin.coding.cloud_search`), with many images at once: the gradient of the error says what
each flip should be worth, the best few are decoded and measured, and the best of them is taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32, pack_bits, unpack_bits
from pcbin.coding.effort import IMAGE_MEASUREMENTS, KICK, KICKED_WIDTH, WIDTHS
from pcbin.coding.threads import on_one_thread
from pcbin.models.bernoulli_mixture import joint
from pcbin.models.layers import vjp
from pcbin.models.model import Model

LEAST_GAIN = 1e-7
"""Of the mean squared error of pixels from 0 to 1, so that rounding alone is no gain."""


@on_one_thread
def refine(model: Model, images: Float32, codes: Codes, *, effort: int) -> Codes:
    """Codes (B, k / 8) of (B, height, width) images, none with a larger squared error than that given.

    effort: 1 to 9, how many codes of each may be measured, a round of flips more or less. A flip that would
    move a code to another cluster of the model's mixture is not taken. What an image gets does not depend on
    its neighbours in the batch, but for rounding. Raises InputError for a model whose decoder cannot be
    searched.
    """
    search = _BatchSearch(model, images, codes, IMAGE_MEASUREMENTS[effort])
    for width in WIDTHS:
        search.descend(width)
    rng = np.random.default_rng(0)
    while search.left().any():
        search.kick(rng.permutation(min(WIDTHS[-1], 8 * codes.shape[1]))[:KICK])
    return pack_bits(search.bits > 0)


class _BatchSearch:
    def __init__(self, model: Model, images: Float32, codes: Codes, budget: int) -> None:
        self._model, self._images = model, images
        self._decoder = model.description.decoder
        self._mixture = model.mixture
        low, high = (np.float32(value) for value in model.bit_values)
        self._low, self._range = low, high - low
        self._budget = budget
        self.bits = unpack_bits(codes).astype(np.float32)  # (B, k)
        self._measured = np.zeros(len(codes), int)  # (B,): codes of each image
        self._clusters = self._clusters_of(self.bits)
        self._errors = self._error(np.arange(len(codes)), self.bits[:, None])[:, 0]  # (B,)

    def left(self) -> npt.NDArray[np.bool_]:
        """(B,): whose budget is not spent."""
        found: npt.NDArray[np.bool_] = self._measured < self._budget
        return found

    def descend(self, width: int, among: npt.NDArray[Any] | None = None) -> None:
        """Takes the best of the `width` best-scored flips of each image, again and again, until none of them
        is better. among: the rows that are looked at; all without it."""
        rows = np.arange(len(self.bits)) if among is None else among
        while len(rows := rows[self.left()[rows]]):
            flips = np.argsort(self._scores(rows), axis=1, kind="stable")[:, :width]
            candidates = np.repeat(self.bits[rows, None], flips.shape[1], axis=1)  # (b, width, k)
            rows = rows[self._take_best(rows, _flipped(candidates, flips[..., None]))]

    def kick(self, ranks: npt.NDArray[Any]) -> None:
        """Flips the bits of these ranks by score, descends, and goes back where that was no better."""
        rows = np.flatnonzero(self.left())
        before, errors = self.bits[rows].copy(), self._errors[rows].copy()
        flips = np.argsort(self._scores(rows), axis=1, kind="stable")[:, ranks]
        self.bits[rows] = _flipped(before, flips)
        self._errors[rows] = self._error(rows, self.bits[rows, None])[:, 0]
        self.descend(KICKED_WIDTH, rows)
        worse = rows[self._errors[rows] >= errors]
        kept = np.searchsorted(rows, worse)
        self.bits[worse], self._errors[worse] = before[kept], errors[kept]

    def _take_best(self, rows: npt.NDArray[Any], candidates: Float32) -> npt.NDArray[np.bool_]:
        """(b,): which images take one of their (b, width, k) candidates."""
        errors = self._error(rows, candidates)
        best = errors.argmin(axis=1)
        each = np.arange(len(rows))
        better: npt.NDArray[np.bool_] = errors[each, best] < self._errors[rows] - LEAST_GAIN
        self.bits[rows[better]] = candidates[each, best][better]
        self._errors[rows[better]] = errors[each, best][better]
        return better

    def _scores(self, rows: npt.NDArray[Any]) -> Float32:
        """(b, k): by how much each flip would change the error if this were linear."""
        bits = self.bits[rows]
        decoded, back = vjp(self._decoder, self._model.weights, self._values(bits))
        slope = back(2 * (decoded - self._images[rows]))[:, : bits.shape[1]]
        scores: Float32 = slope * self._range * (1 - 2 * bits)
        return scores

    def _error(self, rows: npt.NDArray[Any], bits: Float32) -> Float32:
        """(b, n): mean squared errors of (b, n, k) bits; infinite where the cluster is another one."""
        count, each, size = bits.shape
        flat = bits.reshape(-1, size)
        decoded = self._model.run(self._decoder, self._values(flat))
        apart = decoded.reshape(count, each, -1) - self._images[rows].reshape(count, 1, -1)
        errors: Float32 = np.square(apart).mean(axis=2)
        if self._clusters is not None:
            moved = self._clusters_of(flat).reshape(count, each) != self._clusters[rows, None]
            errors[moved] = np.inf
        self._measured[rows] += each
        return errors

    def _values(self, bits: Float32) -> Float32:
        """(n, k) bits -> (n, K): what the decoder is given; bits that a prefix lacks are 0."""
        values = np.zeros((len(bits), self._model.bits), np.float32)
        values[:, : bits.shape[1]] = self._low + self._range * bits
        return values

    def _clusters_of(self, bits: Float32) -> Any:
        """(n,), or None for a model without a mixture."""
        if self._mixture is None:
            return None
        weights, means = self._mixture  # of a prefix's bits alone: each bit is independent in a cluster
        return joint(bits.astype(np.float64), weights, means[:, : bits.shape[1]]).argmax(axis=1)


def _flipped(bits: Float32, flips: npt.NDArray[Any]) -> Float32:
    """(..., k) bits with those at (..., n) flipped."""
    found: Float32 = bits.copy()
    np.put_along_axis(found, flips, 1 - np.take_along_axis(bits, flips, -1), -1)
    return found

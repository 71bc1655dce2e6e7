"""Many bits of a code at once: with every point's nearest neighbour held, the Chamfer distance is quadratic.

The points are linear in the coefficients of a code's tail, so the best tail is a binary quadratic problem: a
step of majorisation and minimisation, as other neighbours can only be nearer. The exact curvature is too
large, for a point that moves along the surface soon has another neighbour that is as near. `Hold` says how
much of it counts, along the cloud's normals and in all directions. What a step is worth, a measurement says.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32
from pcbin.coding.matching import Indices, Matching, State, Tail
from pcbin.coding.quadratic import best_flips


class Hold(NamedTuple):
    """Of the curvature with neighbours held."""

    normal: float
    everywhere: float


class HeadFlips(NamedTuple):
    """Flips of single bits of the head."""

    bits: Indices  # (H,)
    moves: Float32  # (H, F): of the features
    most: int  # to be taken at once


def better_tail(matching: Matching, state: State, bits: int, hold: Hold) -> Float32:
    """(bits,) signs for the tail of a measured code; a code that has none yet gets one."""
    tail = matching.decoder.tail(bits)
    slope = tail.basis @ matching.gradient(state).ravel()
    curvature = _curvature(matching, state, tail.basis, tail.curvature, hold)
    signs = state.signs[matching.decoder.head :]
    if not len(signs):
        signs = _nearest(tail, -tail.inverse @ slope / 2 - tail.offset)
        slope = slope + 2 * curvature @ (tail.offset + signs @ tail.levels)
    moves = -2 * signs[:, None] * tail.levels
    flips = best_flips(moves @ slope, moves @ curvature @ moves.T)
    better: Float32 = np.where(flips, -signs, signs)
    return better


def better_code(matching: Matching, state: State, head: HeadFlips, hold: Hold) -> Float32:
    """(k,) signs for a measured code of the same length: tail and head together.

    The network is not linear: what two of its bits do together is only guessed.
    """
    decoder, number = matching.decoder, len(head.bits)
    length = min(decoder.head, len(state.signs))
    tail = decoder.tail(len(state.signs) - length)
    gradient = matching.gradient(state).ravel()
    network, whole = decoder.last[: decoder.width], decoder.curvature
    of_moves = head.moves @ whole[: decoder.width]  # (H, F + C)
    across = of_moves[:, decoder.width :][:, tail.used]
    known: Float32 = np.block(
        [[of_moves[:, : decoder.width] @ head.moves.T, across], [across.T, tail.curvature]]
    )
    basis: Float32 = np.concatenate([head.moves @ network, tail.basis])
    curvature = _curvature(matching, state, basis, known, hold)
    moves = np.zeros((number + len(tail.levels), len(basis)), np.float32)
    moves[:number, :number] = np.eye(number)
    moves[number:, number:] = -2 * state.signs[length:, None] * tail.levels
    flips = best_flips(moves @ (basis @ gradient), moves @ curvature @ moves.T, first=number, most=head.most)
    signs: Float32 = state.signs.copy()
    signs[head.bits[flips[:number]]] *= -1
    signs[length:][flips[number:]] *= -1
    return signs


def _curvature(matching: Matching, state: State, basis: Float32, known: Float32, hold: Hold) -> Float32:
    """(R, R): of the Chamfer distance by the amounts of (R, 3 M) displacements. known: the same with each
    point used once in either direction, and held in all directions."""
    normals, moved = matching.held(state).T, basis.reshape(len(basis), -1, 3)
    along = moved[..., 0] * normals[0] + moved[..., 1] * normals[1] + moved[..., 2] * normals[2]
    found: Float32 = np.float32(hold.normal) * (along @ along.T) + np.float32(hold.everywhere) * known
    return found


def _nearest(tail: Tail, wanted: npt.NDArray[Any]) -> Float32:
    """(bits,) of -1 and +1 whose levels add up to the wanted (U,) coefficients, as nearly as the first bits
    can, then the next ones: so that a prefix is right too."""
    which = np.abs(tail.levels).argmax(axis=1)
    steps = tail.levels[np.arange(len(which)), which]
    left = wanted.astype(np.float64)
    signs = np.empty(len(which), np.float32)
    for bit, (one, step) in enumerate(zip(which, steps, strict=True)):
        signs[bit] = 1 if left[one] * step > 0 else -1
        left[one] -= signs[bit] * step
    return signs

"""Many bits of a code at once: with every point's nearest neighbour held, the Chamfer distance is quadratic.

The points are linear in the coefficients of a code's tail, so the best tail is a binary quadratic problem: a
step of majorisation and minimisation, as other neighbours can only be nearer. The exact curvature is too
large, for a point that moves along the surface soon has another neighbour that is as near. `Hold` says how
much of it counts, along the cloud's normals and in all directions. What a step is worth, a measurement says.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """What flips of single bits of the head would do to one measured code."""

    bits: Indices  # (L,): which, those first that are expected to lower the Chamfer distance most
    moves: Float32  # (L, F): to the features
    slopes: Float32  # (F + C,): of the Chamfer distance by the features


ESTIMATED = 0.3
"""Of the curvature with neighbours held, for the score of a single flip."""
LOOKED = 16
"""Flips that are tried in the network, the best ones by the gradient: with more, codes are no better."""
HEADS, TAKEN = 8, 2
"""Flips of the head that are looked at, the best-scored ones, and how many may be taken at once."""


def head_flips(
    matchings: Sequence[Matching], states: Sequence[State], looked: int = LOOKED
) -> list[HeadFlips]:
    """Of codes of one length, each of its own cloud. looked: how many flips are tried in the network."""
    decoder = matchings[0].decoder
    width = decoder.width
    slopes = _gradients(matchings, states) @ decoder.last.T  # (B, F + C)
    signs = np.stack([state.signs[: decoder.head] for state in states])
    first = np.argsort(-signs * decoder.slopes_of_head(signs, slopes[:, :width]), axis=1, kind="stable")
    found = []
    for matching, state, slope, some in zip(matchings, states, slopes, first[:, :looked], strict=True):
        moves = decoder.hidden_of_flips(state.signs[: decoder.head], some)
        moves -= state.features[:width]
        far = moves @ decoder.sparse_network
        scores = moves @ slope[:width] + np.float32(ESTIMATED) * np.einsum("ij,ij->i", far, far)
        prices = matching.prices(state)
        if prices is not None:
            scores += prices[some]
        order = np.argsort(scores, kind="stable")
        found.append(HeadFlips(some[order], moves[order], slope))
    return found


def better_tails(matchings: Sequence[Matching], states: Sequence[State], bits: int, hold: Hold) -> Float32:
    """(B, bits) signs for the tails of measured codes; codes that have none yet get one."""
    tail = matchings[0].decoder.tail(bits)
    slopes = _gradients(matchings, states) @ tail.basis.T  # (B, U)
    signs = np.empty((len(states), bits), np.float32)
    problems = []
    for row, (matching, state) in enumerate(zip(matchings, states, strict=True)):
        curvature = np.float32(hold.everywhere) * tail.curvature
        _add_normal(curvature, tail, matching, state, hold)
        slope = slopes[row]
        found = state.signs[matching.decoder.head :]
        if not len(found):
            found = _nearest(tail, -matching.decoder.inverse(bits) @ slope / 2 - tail.offset)
            slope = slope + 2 * curvature @ (tail.offset + found @ tail.levels)
        signs[row] = found
        slope, curvature = _of_bits(tail, found, slope, curvature)
        prices = matching.prices(state)
        if prices is not None and len(prices) > matching.decoder.head:
            slope += prices[matching.decoder.head :]
        problems.append((slope, curvature))
    better: Float32 = np.where(best_flips(*_stacked(problems)), -signs, signs)
    return better


def better_codes(matchings: Sequence[Matching], states: Sequence[State], hold: Hold) -> Float32:
    """(B, k) signs for measured codes of the same length: tail and head together.

    The network is not linear: what two of its bits do together is only guessed.
    """
    decoder = matchings[0].decoder
    signs = np.stack([state.signs for state in states])
    length = min(decoder.head, signs.shape[1])
    tail = decoder.tail(signs.shape[1] - length)
    flips = head_flips(matchings, states)
    likely = [one.bits[:HEADS] for one in flips]
    moves = np.stack([one.moves[:HEADS] for one in flips])
    flat = moves.reshape(-1, decoder.width) @ decoder.thinned_network(tail.apart)
    displacements = flat.reshape(3, *moves.shape[:2], -1)  # (3, B, HEADS, T)
    problems = []
    for row, (matching, state) in enumerate(zip(matchings, states, strict=True)):
        heads = displacements[:, row]
        known = np.float32(2 / heads.shape[2]) * sum(one @ one.T for one in heads)
        across = np.float32(2 / heads.shape[2]) * sum(
            one @ other.T for one, other in zip(heads, tail.thinned, strict=True)
        )
        curvature: Float32 = np.block([[known, across], [across.T, tail.curvature]])
        curvature *= np.float32(hold.everywhere)
        _add_normal(curvature, tail, matching, state, hold, heads)
        slopes = flips[row].slopes
        slope = np.concatenate([moves[row] @ slopes[: decoder.width], slopes[decoder.width :][tail.used]])
        slope, curvature = _of_bits(tail, state.signs[length:], slope, curvature)
        prices = matching.prices(state)
        if prices is not None:
            slope += np.concatenate([prices[likely[row]], prices[length:]])
        problems.append((slope, curvature))
    taken = best_flips(*_stacked(problems), first=len(likely[0]), most=TAKEN)
    for row, bits in enumerate(likely):
        signs[row, bits[taken[row, : len(bits)]]] *= -1
        signs[row, length:][taken[row, len(bits) :]] *= -1
    return signs


def _gradients(matchings: Sequence[Matching], states: Sequence[State]) -> Float32:
    """(B, 3 M)"""
    return np.stack([one.gradient(state).ravel() for one, state in zip(matchings, states, strict=True)])


def _stacked(problems: list[tuple[Float32, Float32]]) -> tuple[Float32, Float32]:
    slopes, curvatures = zip(*problems, strict=True)
    return np.stack(slopes), np.stack(curvatures)


def _add_normal(
    curvature: Float32, tail: Tail, matching: Matching, state: State, hold: Hold, *others: Float32
) -> None:
    """To an (R, R) curvature of the Chamfer distance, what holds points along normals. others: (3, ..., T),
    displacements before those of the tail."""
    if not hold.normal:
        return
    x, y, z = matching.held(state, tail.apart)
    parts = []
    for one in (*others, tail.thinned):
        along = one[0] * x
        along += one[1] * y
        along += one[2] * z
        parts.append(along)
    along = np.concatenate(parts) if others else parts[0]
    curvature += np.float32(hold.normal) * (along @ along.T)


def _of_bits(tail: Tail, signs: Float32, slope: Float32, curvature: Float32) -> tuple[Float32, Float32]:
    """Slope and curvature by flips of bits, of those by amounts: first of flips, then of the tail's
    coefficients. signs: of the tail."""
    others = len(slope) - len(tail.offset)
    if tail.alone:
        which = np.concatenate([np.arange(others), others + tail.which])
        moves = np.concatenate([np.ones(others, np.float32), -2 * signs * tail.steps])
        curvature = curvature.take(which, axis=0).take(which, axis=1)
        curvature *= moves
        curvature *= moves[:, None]
        return slope[which] * moves, curvature
    whole = np.zeros((others + len(signs), len(slope)), np.float32)
    whole[:others, :others] = np.eye(others)
    whole[others:, others:] = -2 * signs[:, None] * tail.levels
    return whole @ slope, whole @ curvature @ whole.T


def _nearest(tail: Tail, wanted: npt.NDArray[Any]) -> Float32:
    """(bits,) of -1 and +1 whose levels add up to the wanted (U,) coefficients, as nearly as the first bits
    can, then the next ones: so that a prefix is right too."""
    left = wanted.astype(np.float64)
    signs = np.empty(len(tail.which), np.float32)
    for bit, (one, step) in enumerate(zip(tail.which, tail.steps, strict=True)):
        signs[bit] = 1 if left[one] * step > 0 else -1
        left[one] -= signs[bit] * step
    return signs

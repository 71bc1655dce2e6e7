"""Refining a code at encode time: a search that lowers one cloud's Chamfer distance.

The encoder guesses the head of a code in one pass. Then tails are found for it, all their bits together
(`pcbin.coding.joint_flips`), then tail and head together, each code decoded and measured before the next.
Once that finds nothing better, bits of the head whose flips are expected to cost least are flipped, and the
tail is found anew. Codes that are all head are searched flip by flip, the best-scored ones first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from pcbin.arrays import Codes, Float32
from pcbin.coding.effort import CLOUD_MEASUREMENTS, KICK, KICKED_WIDTH, WIDTHS
from pcbin.coding.joint_flips import HeadFlips, Hold, better_code, better_tail
from pcbin.coding.matching import Indices, Matching, State, code_of, signs_of
from pcbin.coding.threads import on_one_thread
from pcbin.models.model import Model

LEAST_GAIN = 1e-9
"""Of the Chamfer distance, so that rounding alone is no gain."""
ESTIMATED = 0.3
"""Of the curvature with neighbours held, for the score of a single flip."""
TAILS = (Hold(0, 1), Hold(0.6, 0.1), Hold(0.6, 0.15), Hold(0.4, 0.1), Hold(0.6, 0.2), Hold(0.3, 0.1))
"""Of the codes whose tails are found one after the other: first a projection, as if all points had the right
neighbours. Chosen on held-out chairs of the training split: less hold lets points go farther, and past a
local optimum. The constants below were not tuned."""
CODES = (Hold(0.6, 0.2), Hold(0.4, 0.12), Hold(0.8, 0.2), Hold(0.5, 0.1))
"""Then in turn, with the head."""
HEADS, TAKEN = 8, 2
"""Flips of the head that are looked at, the best-scored ones, and how many may be taken at once."""
KICKED, AMONG = 2, 16
"""Bits of the head that are flipped, at random among so many best-scored ones, to leave a local optimum."""
HOPE = 1.03
"""A head is searched with its tail if it is not worse than the best by more than this factor."""


class Found(NamedTuple):
    """A refined code."""

    code: Codes
    """(k / 8,)"""
    chamfer: float
    """Of the normalised cloud."""


@on_one_thread
def refine(model: Model, cloud: Float32, code: Codes, *, bits: int, effort: int) -> Found:
    """The code of a normalised (N, 3) cloud, at least as good as that given.

    code: (bits / 8,), or the head alone of a code with a tail. effort: 0 to 9; 0, which only codes with a
    tail have, leaves the head as it is. The same inputs give the same code on one machine; a machine that
    rounds differently may find another one, which its file stores as exactly. Raises InputError for a model
    whose decoder cannot be searched.
    """
    matching = Matching(model, cloud)
    search = _Search(matching, code, bits, CLOUD_MEASUREMENTS[effort])
    if bits <= matching.decoder.head:
        found = search.all_head()
    else:
        found = search.with_tail() if effort else search.tail_alone()
    return Found(code_of(found.signs), found.chamfer)


class _Search:
    def __init__(self, matching: Matching, code: Codes, bits: int, budget: int) -> None:
        self._matching, self._decoder = matching, matching.decoder
        self._head = min(bits, self._decoder.head)
        self._tail = bits - self._head
        self._budget = budget
        self._start = matching.at(signs_of(code))
        self._rng = np.random.default_rng(0)

    def tail_alone(self) -> State:
        return self._tails(self._start, TAILS)

    def with_tail(self) -> State:
        best = self.tail_alone()
        best = self._codes(best, CODES, until_settled=True)
        while self._left():
            found = self._tails(self._kicked(best), TAILS[1:4])
            if found.chamfer < HOPE * best.chamfer:
                found = self._codes(found, CODES[:2])
            best = _better(best, found)
        return best

    def all_head(self) -> State:
        best = self._codes(self._start, CODES, until_settled=True)
        for width in WIDTHS:
            best = self._descend(best, width)
        while self._left():
            likely = np.argsort(self._scores(best)[0], kind="stable")[: WIDTHS[-1]]
            kicked = self._flipped(best, self._rng.choice(likely, min(KICK, len(likely)), replace=False))
            best = _better(best, self._descend(kicked, KICKED_WIDTH))
        return best

    def _left(self) -> int:
        return max(0, self._budget - self._matching.measured)

    def _tails(self, state: State, holds: Iterable[Hold]) -> State:
        """The best of tails that follow from each other. A first code that lacks its tail gets one."""
        best = state if len(state.signs) > self._head else None
        for hold in holds:
            if best is not None and not self._left():
                break
            tail = better_tail(self._matching, state, self._tail, hold)
            if not np.array_equal(tail, state.signs[self._head :]):
                state = self._matching.at(np.concatenate([state.signs[: self._head], tail]))
                best = _better(best, state)
        assert best is not None
        return best

    def _codes(self, best: State, holds: tuple[Hold, ...], *, until_settled: bool = False) -> State:
        """The best of codes that follow from each other: until none of a turn is better, or for one turn."""
        state, gains = best, True
        while gains and self._left():
            before = best
            for hold in holds:
                if not self._left():
                    break
                signs = better_code(self._matching, state, self._likely(state), hold)
                if not np.array_equal(signs, state.signs):
                    state = self._matching.at(signs)
                    best = _better(best, state)
            gains = until_settled and best is not before
        return best

    def _descend(self, best: State, width: int) -> State:
        """Takes the best of the `width` best-scored flips, again and again, until none of them is better."""
        while self._left():
            scores, features = self._scores(best)
            now = best
            for bit in np.argsort(scores, kind="stable")[: min(width, self._left())]:
                best = _better(best, self._flipped(now, bit, features[bit]))
            if best is now:
                break
        return best

    def _kicked(self, state: State) -> State:
        likely = np.argsort(self._scores(state)[0], kind="stable")[:AMONG]
        return self._flipped(state, self._rng.choice(likely, min(KICKED, len(likely)), replace=False))

    def _flipped(self, state: State, bits: int | Indices, features: Float32 | None = None) -> State:
        signs = state.signs.copy()
        signs[bits] *= -1
        return self._matching.at(signs, features)

    def _likely(self, state: State) -> HeadFlips:
        scores, features = self._scores(state)
        bits = np.argsort(scores, kind="stable")[:HEADS]
        width = self._decoder.width
        return HeadFlips(bits, (features[bits] - state.features)[:, :width], TAKEN)

    def _scores(self, state: State) -> tuple[Float32, Float32]:
        """(H,): by how much each flip of the head is expected to change the Chamfer distance; (H, F + C): its
        features."""
        decoder = self._decoder
        features = decoder.flipped(state.signs[: self._head], state.features)
        change = (features - state.features)[:, : decoder.width]
        slope = decoder.last[: decoder.width] @ self._matching.gradient(state).ravel()  # (F,)
        curvature = ESTIMATED * decoder.curvature[: decoder.width, : decoder.width]
        scores: Float32 = change @ slope + ((change @ curvature) * change).sum(axis=1)
        return scores, features


def _better(best: State | None, other: State) -> State:
    return other if best is None or other.chamfer < best.chamfer - LEAST_GAIN else best

"""Refining a code at encode time: a search that lowers one cloud's Chamfer distance.

The encoder guesses the head of a code in one pass. Then tails are found for it, all their bits together
(`pcbin.coding.joint_flips`), then tail and head together, each code decoded and measured before the next.
Once that finds nothing better, bits of the head whose flips are expected to cost least are flipped, and the
tail is found anew. Codes that are all head are searched flip by flip, the best-scored ones first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pcbin.arrays import Codes, Float32
from pcbin.coding.effort import CLOUD_MEASUREMENTS, KICK, KICKED_WIDTH, WIDTHS
from pcbin.coding.joint_flips import HeadFlips, Hold, better_tails
from pcbin.coding.matching import Matching, State, code_of, signs_of
from pcbin.coding.rate import Rate
from pcbin.coding.threads import on_one_thread
from pcbin.coding.together import Measure, NextCode, NextTail, Score, Search, measured, run
from pcbin.models.model import Model

LEAST_GAIN = 1e-9
"""Of the Chamfer distance, so that rounding alone is no gain."""
QUICK = (Hold(0, 1), Hold(0.5, 0.15), Hold(0.8, 0.3))
"""Of the steps from a head alone, by rough measurements: the first as if all points had the right neighbours.
These holds were chosen on held-out chairs of the training split: less hold lets points go farther, and past
a local optimum. The constants below were not tuned."""
TAILS = (Hold(0.4, 0.1),)
"""Then of a step of the tail alone."""
KICKED_TAILS = (Hold(0.6, 0.1), Hold(0.6, 0.15), Hold(0.4, 0.1))
"""Of such steps when the head is another one: with one alone, few heads seemed to be worth a search."""
CODES = (Hold(0.6, 0.2), Hold(0.4, 0.12), Hold(0.8, 0.2), Hold(0.5, 0.1))
"""Of steps of tail and head together, in turn."""
KICKED, AMONG = 2, 16
"""Bits of the head that are flipped, at random among so many best-scored ones, to leave a local optimum."""
DRAWS = 16
"""Of such bits, until a head comes up that was not tried before."""
USUAL, FURTHER = 128, 64
"""The length of most codes, and the bits beyond it for which one more may be measured."""
HOPE = 1.03
"""A head is searched with its tail if it is not worse than the best by more than this factor."""


class Found(NamedTuple):
    """A refined code."""

    code: Codes
    """(k / 8,)"""
    chamfer: float
    """Of the normalised cloud."""


def refine(model: Model, cloud: Float32, code: Codes, *, bits: int, effort: int) -> Found:
    """The code of a normalised (N, 3) cloud, at least as good as that given: `refine_many` for one."""
    return refine_many(model, cloud[None], code[None], bits=bits, effort=effort)[0]


@on_one_thread
def refine_many(
    model: Model,
    clouds: Sequence[Float32] | Float32,
    codes: Codes,
    *,
    bits: int,
    effort: int,
    rate: Rate | None = None,
) -> list[Found]:
    """The codes of normalised (N, 3) clouds, each at least as good as that given.

    codes: (B, bits / 8), or the heads alone of codes with a tail. effort: 1 to 9. rate: what codes may cost
    once they are entropy coded; one that costs more is found only if no other is.

    The same inputs give the same codes on one machine; a machine that rounds differently, and a batch of
    another size, may find other ones, which their files store as exactly. Raises InputError for a model whose
    decoder cannot be searched.
    """
    signs = [signs_of(code) for code in codes]
    if signs and len(signs[0]) < bits:
        signs = _with_tails(model, clouds, signs, bits, rate)
    budget = CLOUD_MEASUREMENTS[effort] + max(0, bits - USUAL) // FURTHER
    searches = [
        _Search(Matching(model, cloud, rate=rate), one, budget).best()
        for cloud, one in zip(clouds, signs, strict=True)
    ]
    return [Found(code_of(best.signs), best.chamfer) for best in run(searches)]


@on_one_thread
def with_tails(model: Model, clouds: Sequence[Float32] | Float32, heads: Codes, *, bits: int) -> Codes:
    """(B, bits / 8) codes that begin with the heads of codes with a tail: what effort 0 gives.

    Only rough measurements say what follows. Raises InputError as `refine_many`.
    """
    return code_of(np.stack(_with_tails(model, clouds, [signs_of(head) for head in heads], bits)))


def _with_tails(
    model: Model,
    clouds: Sequence[Float32] | Float32,
    signs: list[Float32],
    bits: int,
    rate: Rate | None = None,
) -> list[Float32]:
    matchings = [Matching.rough(model, cloud, rate) for cloud in clouds]
    best: list[State] = []
    for hold in QUICK:
        states = measured(matchings, signs)
        best = _better_ones(matchings, best, states) if len(signs[0]) == bits else []
        tails = better_tails(matchings, states, bits - model.head, hold)
        signs = [np.concatenate([one[: model.head], tail]) for one, tail in zip(signs, tails, strict=True)]
    if matchings[0].is_rough:
        return signs  # the last step is mostly the best, and to measure it takes as long as a step
    return [state.signs for state in _better_ones(matchings, best, measured(matchings, signs))]


class _Search:
    def __init__(self, matching: Matching, signs: Float32, budget: int) -> None:
        self._matching, self._decoder = matching, matching.decoder
        self._head = min(len(signs), self._decoder.head)
        self._tail = len(signs) - self._head
        self._budget = budget
        self._first = signs
        self._rng = np.random.default_rng(0)
        self._tried: set[bytes] = set()

    def best(self) -> Search:
        return self._with_tail() if self._tail else self._all_head()

    def _measure(self, signs: Float32, features: Float32 | None = None) -> Search:
        state: State = yield Measure(self._matching, signs, features)
        return state

    def _with_tail(self) -> Search:
        start = yield from self._measure(self._first)
        best = yield from self._tails(start, TAILS)
        best = yield from self._codes(best, CODES, until_settled=True)
        while self._left():
            kicked = yield from self._kicked(best, KICKED, AMONG)
            found = yield from self._tails(kicked, KICKED_TAILS)
            if found.chamfer < HOPE * best.chamfer:
                found = yield from self._codes(found, CODES[:2])
            best = self._better(best, found)
        return best

    def _all_head(self) -> Search:
        start = yield from self._measure(self._first)
        best = yield from self._codes(start, CODES, until_settled=True)
        for width in WIDTHS:
            best = yield from self._descend(best, width)
        while self._left():
            kicked = yield from self._kicked(best, KICK, WIDTHS[-1])
            best = self._better(best, (yield from self._descend(kicked, KICKED_WIDTH)))
        return best

    def _left(self) -> int:
        return max(0, self._budget - self._matching.measured)

    def _tails(self, best: State, holds: Iterable[Hold]) -> Search:
        """The best of codes whose tails follow from each other."""
        state = best
        for hold in holds:
            if not self._left():
                break
            tail = yield NextTail(self._matching, state, self._tail, hold)
            signs = np.concatenate([state.signs[: self._head], tail])
            if not np.array_equal(signs, state.signs):
                state = yield from self._measure(signs)
                best = self._better(best, state)
        return best

    def _codes(self, best: State, holds: tuple[Hold, ...], *, until_settled: bool = False) -> Search:
        """The best of codes that follow from each other: until none of a turn is better, or for one turn."""
        state, gains = best, True
        while gains and self._left():
            before = best
            for hold in holds:
                if not self._left():
                    break
                signs = yield NextCode(self._matching, state, hold)
                if not np.array_equal(signs, state.signs):
                    state = yield from self._measure(signs)
                    best = self._better(best, state)
            gains = until_settled and best is not before
        return best

    def _descend(self, best: State, width: int) -> Search:
        """Takes the best of the `width` best-scored flips, again and again, until none of them is better."""
        while self._left():
            flips: HeadFlips = yield Score(self._matching, best, self._head)
            now = best
            for bit, move in zip(flips.bits[: min(width, self._left())], flips.moves, strict=False):
                features = now.features.copy()
                features[: self._decoder.width] += move
                best = self._better(best, (yield from self._flipped(now, bit, features)))
            if best is now:
                break
        return best

    def _kicked(self, state: State, bits: int, among: int) -> Search:
        """The state with some bits of the head flipped, by chance among so many best-scored ones."""
        flips: HeadFlips = yield Score(self._matching, state, 2 * among)
        likely = flips.bits[:among]
        for _ in range(DRAWS):
            signs = state.signs.copy()
            signs[self._rng.choice(likely, min(bits, len(likely)), replace=False)] *= -1
            head = signs[: self._head].tobytes()
            if head not in self._tried:
                break
        self._tried.add(head)
        return (yield from self._measure(signs))

    def _flipped(self, state: State, bit: int, features: Float32) -> Search:
        signs = state.signs.copy()
        signs[bit] *= -1
        return self._measure(signs, features)

    def _better(self, best: State, other: State) -> State:
        return _better(self._matching, best, other)


def _better(matching: Matching, best: State, other: State) -> State:
    return other if matching.merit(other) < matching.merit(best) - LEAST_GAIN else best


def _better_ones(matchings: list[Matching], best: list[State], others: list[State]) -> list[State]:
    return [_better(*three) for three in zip(matchings, best or others, others, strict=True)]

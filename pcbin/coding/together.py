"""Searches for many clouds at once: what they ask for is computed together, as products of matrices."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from pcbin.arrays import Float32
from pcbin.coding.joint_flips import Hold, better_codes, better_tails, head_flips
from pcbin.coding.matching import Matching, State


class Measure(NamedTuple):
    """Asks for the state of a code. features: (F + C,), where they are known."""

    matching: Matching
    signs: Float32
    features: Float32 | None = None


class Score(NamedTuple):
    """Asks for the `HeadFlips` of a state, the best of so many that are tried in the network."""

    matching: Matching
    state: State
    looked: int


class NextTail(NamedTuple):
    """Asks for the (bits,) signs of the tail that follows from a state."""

    matching: Matching
    state: State
    bits: int
    hold: Hold


class NextCode(NamedTuple):
    """Asks for the (k,) signs of the code that follows from a state."""

    matching: Matching
    state: State
    hold: Hold


Ask: TypeAlias = Measure | Score | NextTail | NextCode
Search: TypeAlias = Generator[Ask, Any, State]
"""Asks for one thing after the other, and returns the best state."""


def run(searches: Sequence[Search]) -> list[State]:
    """What each search, all of one model and length, returns: its best state."""
    found: dict[int, State] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(searches)))
    while answers:
        asked: dict[Any, dict[int, Ask]] = {}
        for row, answer in answers.items():
            try:
                ask = searches[row].send(answer)
            except StopIteration as end:
                found[row] = end.value
            else:
                asked.setdefault((type(ask), getattr(ask, "hold", None), getattr(ask, "looked", None)), {})[
                    row
                ] = ask
        answers = {}
        for rows in asked.values():
            answers |= zip(rows, _answers(list(rows.values())), strict=True)
    return [found[row] for row in range(len(searches))]


def _answers(asks: Sequence[Any]) -> Iterable[Any]:
    """To what many ask for, all of it of one kind."""
    matchings = [ask.matching for ask in asks]
    match asks[0]:
        case Measure():
            return measured(matchings, [ask.signs for ask in asks], [ask.features for ask in asks])
        case Score(_, _, looked):
            return head_flips(matchings, [ask.state for ask in asks], looked)
        case NextTail(_, _, bits, hold):
            return better_tails(matchings, [ask.state for ask in asks], bits, hold)
        case NextCode(_, _, hold):
            return better_codes(matchings, [ask.state for ask in asks], hold)
    raise TypeError(asks[0])


def measured(
    matchings: Sequence[Matching], signs: Sequence[Float32], features: Sequence[Float32 | None] | None = None
) -> list[State]:
    """The states of a code of each cloud. features: (F + C,) each, where they are known."""
    decoder = matchings[0].decoder
    known: list[Any] = [None] * len(signs) if features is None else list(features)
    for length in {len(one) for one in signs}:  # of heads alone, and of whole codes
        rows = [row for row, one in enumerate(signs) if known[row] is None and len(one) == length]
        if rows:
            computed = decoder.features(np.stack([signs[row] for row in rows]))
            for row, one in zip(rows, computed, strict=True):
                known[row] = one
    decoded = decoder.points(np.stack(known))
    return [one.of(*parts) for one, *parts in zip(matchings, signs, known, decoded, strict=True)]

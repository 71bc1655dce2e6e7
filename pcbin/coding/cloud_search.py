"""Refining a code at encode time: a search over bit flips that lowers one cloud's Chamfer distance.

The encoder guesses a code in one pass; the decoder says what each bit is worth for this very cloud. A flip is
scored without decoding all points: near the present cloud, with every point's nearest neighbour held, the
Chamfer distance is a quadratic function of the decoder's features, so one small product scores all flips
(with the curvature of evenly used points, which is constant, it is an estimate). The best few are decoded and
measured exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pcbin.arrays import Codes, Float32
from pcbin.coding.effort import KICK, KICKED_WIDTH, MEASUREMENTS, WIDTHS
from pcbin.coding.matching import Matching, State, code_of, signs_of
from pcbin.coding.threads import on_one_thread
from pcbin.models.model import Model

LEAST_GAIN = 1e-9
"""Of the Chamfer distance, so that rounding alone is no gain."""


class Found(NamedTuple):
    """A refined code."""

    code: Codes
    """(k / 8,)"""
    chamfer: float
    """Of the normalised cloud."""


@on_one_thread
def refine(model: Model, cloud: Float32, code: Codes, *, effort: int) -> Found:
    """The code of a normalised (N, 3) cloud, at least as good as the (k / 8,) code given.

    The same inputs give the same code on one machine; a machine that rounds differently may find another
    one, which its file stores as exactly. Raises InputError for a model whose decoder cannot be searched.
    """
    search = _Search(Matching(model, cloud), code)
    budget = MEASUREMENTS[effort]
    for width in WIDTHS:
        search.descend(width, budget)
    rng = np.random.default_rng(0)
    while search.matching.measured < budget:
        before = search.state
        likely = np.argsort(search.scores()[0], kind="stable")[: WIDTHS[-1]]
        signs = before.signs.copy()
        signs[rng.choice(likely, min(KICK, len(likely)), replace=False)] *= -1
        search.state = search.matching.at(signs)
        search.descend(KICKED_WIDTH, budget)
        if search.state.chamfer >= before.chamfer:
            search.state = before
    return Found(code_of(search.state.signs), search.state.chamfer)


class _Search:
    def __init__(self, matching: Matching, code: Codes) -> None:
        self.matching = matching
        self.state: State = matching.at(signs_of(code))

    def descend(self, width: int, budget: int) -> None:
        """Takes the best of the `width` best-scored flips, again and again, until none of them is better."""
        while self.matching.measured < budget:
            scores, features = self.scores()
            best, now = self.state, self.state
            most = min(width, budget - self.matching.measured)
            for bit in np.argsort(scores, kind="stable")[:most]:
                signs = now.signs.copy()
                signs[bit] *= -1
                found = self.matching.at(signs, features[bit])
                if found.chamfer < best.chamfer - LEAST_GAIN:
                    best = found
            if best is now:
                return
            self.state = best

    def scores(self) -> tuple[Float32, Float32]:
        """(k,): by how much each flip is expected to change the Chamfer distance; (k, F + C): its
        features."""
        now, decoder = self.state, self.matching.decoder
        features = decoder.flipped(now.signs, now.features)
        change = features - now.features
        slope = decoder.last @ self.matching.gradient(now).ravel()  # (F + C,)
        scores: Float32 = change @ slope + ((change @ decoder.curvature) * change).sum(axis=1)
        return scores, features

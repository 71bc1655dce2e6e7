"""The integer table that a model's codes are entropy coded with, fitted to the codes of its training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float64, unpack_bits
from pcbin.errors import InputError
from pcbin.formats.entropy import ONE, WEIGHT_SUM, Table
from pcbin.models.bernoulli_mixture import fit_bernoulli_mixture, responsibilities

COMPONENTS = (1, 4, 16, 64, 128, 256)
RESTARTS = 1
"""Of the fit: a better optimum saves next to no bits."""
CODES_A_COMPONENT = 2
"""At least: numbers of components that leave fewer codes to each are not tried."""


def fit_table(
    codes: Codes,
    *,
    default: int | None = None,
    components: Sequence[int] = COMPONENTS,
    seed: int = 0,
    held_out: float = 0.1,
) -> Table:
    """The table for codes like these, (n, K / 8).

    default: the length, in bits, at which most codes are used: the mixture is fitted to that many first bits,
    and the probabilities of the other bits follow. components: the numbers of components to choose from; the
    choice is the one with which held-out codes of this length cost the fewest bits, as a table that knows its
    own codes too well costs more on others. held_out: the fraction of the codes for that.
    Raises InputError for codes of another form, and for none.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.dtype != np.uint8 or 0 in codes.shape:
        raise InputError(f"codes: {codes.dtype} of shape {codes.shape}; pass uint8 (n, K / 8), n above 0")
    size = 8 * codes.shape[1]
    length = size if default is None else default
    if not 8 <= length <= size or length % 8:
        raise InputError(f"default: {length} bits; use a multiple of 8 from 8 to {size}")
    order = np.random.default_rng(seed).permutation(len(codes))
    held = max(1, round(held_out * len(codes)))
    learnt, judged = codes[order[held:]], codes[order[:held], : length // 8]
    possible = [count for count in components if CODES_A_COMPONENT * count <= len(learnt)]
    if len(possible) > 1:
        costs = [_fit(learnt, count, length, seed).cost(judged).mean() for count in possible]
        best = possible[int(np.argmin(costs))]
    else:
        best = (possible or [1])[0]
    return _fit(codes, best, length, seed)


def _fit(codes: Codes, components: int, length: int, seed: int) -> Table:
    """The table of all bits whose mixture has this many components, fitted to the first `length` bits."""
    seen = np.ascontiguousarray(codes[:, : length // 8])
    fitted = fit_bernoulli_mixture(seen, components, seed=seed, restarts=RESTARTS)
    bits = unpack_bits(codes).astype(np.float32)
    return rounded(fitted.weights, _means(bits, responsibilities(seen, fitted.weights, fitted.means)))


def _means(bits: npt.NDArray[np.float32], responsibilities: Float64) -> Float64:
    """(C, K): the probability of a 1 in each component, from the responsibilities (n, C).

    The pseudo-count of a component is drawn from all codes, not from fair coins: a component of few codes
    then predicts what is true of most.
    """
    common = (bits.sum(axis=0, dtype=np.float64) + 1) / (len(bits) + 2)
    means: Float64 = (responsibilities.T @ bits + common) / (responsibilities.sum(axis=0)[:, None] + 1)
    return means


def rounded(weights: Float64, means: Float64) -> Table:
    """The table nearest to a mixture: weights (C,) and probabilities of a 1 (C, K)."""
    room = WEIGHT_SUM - len(weights)  # each weight is at least 1
    exact = room * (weights / weights.sum())
    whole: npt.NDArray[Any] = np.floor(exact).astype(np.int64)
    missing = room - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return Table(1 + whole, np.clip(np.rint(means * ONE), 1, ONE - 1).astype(np.int64))

"""The integer table that a model's codes are entropy coded with, fitted to the codes of its training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float64, unpack_bits
from pcbin.errors import InputError
from pcbin.formats.entropy import ONE, WEIGHT_SUM, Table
from pcbin.models.bernoulli_mixture import evidence, fit_bernoulli_mixture, joint

COMPONENTS = (1, 4, 16, 64, 128, 256)
RESTARTS = 1
"""Of the fit: its best point matters little, as only the bits saved count."""
CODES_A_COMPONENT = 2
"""At least; a component of fewer codes is not worth a try."""


def fit_table(
    codes: Codes,
    *,
    default: int | None = None,
    components: Sequence[int] = COMPONENTS,
    seed: int = 0,
    held_out: float = 0.1,
) -> Table:
    """The table for codes like these, (n, K / 8).

    default: the length, in bits, that codes are mostly used at: the mixture is fitted to their first so many
    bits, and the chances of the others follow. Of `components` the number is taken that codes at this length
    cost least with, on a part of the codes that is held out of the fit: a table that knows its codes too well
    costs bits. Raises InputError for codes of another form, and for none.
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
    """A mixture of so many components of the first `length` bits, as a table of all of them."""
    bits = unpack_bits(codes).astype(np.float32)
    seen = np.ascontiguousarray(bits[:, :length])
    fitted = fit_bernoulli_mixture(seen, components, seed=seed, restarts=RESTARTS)
    log_joint = joint(seen, fitted.weights, fitted.means)
    shares = np.exp(log_joint - evidence(log_joint)[:, None])
    return rounded(fitted.weights, _means(bits, shares))


def _means(bits: npt.NDArray[np.float32], shares: Float64) -> Float64:
    """(C, K): the chance of a 1 in each component, from the responsibilities (n, C).

    The pseudo-count of a component lies where all codes are, not in the middle: a component of few codes then
    says of a bit what is true of most.
    """
    common = (bits.sum(axis=0, dtype=np.float64) + 1) / (len(bits) + 2)
    found: Float64 = (shares.T @ bits + common) / (shares.sum(axis=0)[:, None] + 1)
    return found


def rounded(weights: Float64, means: Float64) -> Table:
    """The table nearest to a mixture: weights (C,) and chances of a 1 (C, K)."""
    room = WEIGHT_SUM - len(weights)  # each weight is at least 1
    exact = room * (weights / weights.sum())
    whole: npt.NDArray[Any] = np.floor(exact).astype(np.int64)
    missing = room - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return Table(1 + whole, np.clip(np.rint(means * ONE), 1, ONE - 1).astype(np.int64))

"""Ways from one code to another, a bit at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin._bits import is_whole
from pcbin.arrays import Codes, pack_bits, unpack_bits
from pcbin.cluster import Mixture
from pcbin.errors import InputError
from pcbin.models import bernoulli_mixture as em


def interpolate(
    first: Codes, second: Codes, *, steps: int = 8, mixture: Mixture | None = None, seed: int = 0
) -> Codes:
    """Codes at even steps from one code to another, both included: (steps, K / 8) uint8.

    The bits in which the two differ are flipped one after another: in random order (poster A), or, with a
    mixture, each time the bit that leaves the most likely code, from either end, whichever way has the more
    likely least likely code.

    Args:
        first: (K / 8,) uint8.
        second: (K / 8,) uint8.
        steps: How many codes, 2 or more.
        mixture: Of codes of their model.
        seed: Of the random order.

    Raises:
        InputError: Not two codes of one length, fewer than 2 steps, or a mixture of another length.
    """
    start, end = (_bits(code) for code in (first, second))
    if start.shape != end.shape:
        raise InputError(f"codes of {len(start)} and {len(end)} bits; pass codes of one length")
    if not is_whole(steps) or steps < 2:
        raise InputError(f"steps = {steps!r}; pass a whole number, 2 or above")
    differing = np.flatnonzero(start != end)
    if mixture is None:
        order = np.random.default_rng(seed).permutation(differing)
    elif mixture.bits != len(start):
        raise InputError(f"codes of {len(start)} bits, and a mixture of codes of {mixture.bits}")
    else:
        order = _likely(start, end, differing, mixture)
    path = np.repeat(start[None], steps, axis=0)
    for step, code in enumerate(path):
        flipped = order[: round(step / (steps - 1) * len(order))]
        code[flipped] = end[flipped]
    return pack_bits(path)


def _bits(code: Codes) -> npt.NDArray[np.bool_]:
    found = np.asarray(code)
    if found.ndim != 1 or found.dtype != np.uint8 or not len(found):
        raise InputError(f"code: {found.dtype} of shape {found.shape}; pass uint8 (K / 8,)")
    bits: npt.NDArray[np.bool_] = unpack_bits(found[None])[0].astype(bool)
    return bits


def _likely(
    start: npt.NDArray[np.bool_],
    end: npt.NDArray[np.bool_],
    differing: npt.NDArray[np.intp],
    mixture: Mixture,
) -> npt.NDArray[np.intp]:
    """The order of the flips on the better of the two greedy ways, from the start and from the end."""
    forth, worst_forth = _greedy(start, differing, mixture)
    back, worst_back = _greedy(end, differing, mixture)
    return forth if worst_forth >= worst_back else back[::-1]


def _greedy(
    start: npt.NDArray[np.bool_], differing: npt.NDArray[np.intp], mixture: Mixture
) -> tuple[npt.NDArray[np.intp], float]:
    """An order of flips, each the most likely one, and the log-likelihood of its least likely code."""
    log_odds, constants = em.linear(mixture.weights, mixture.means)  # (K, C) and (C,)
    change = np.where(start[differing, None], -log_odds[differing], log_odds[differing])  # (D, C)
    now = start @ log_odds + constants  # (C,)
    left, order, worst = np.arange(len(differing)), [], np.inf
    while len(left):
        after = now + change[left]
        likely = em.evidence(after)
        best = int(likely.argmax())
        worst = min(worst, float(likely[best]))
        order.append(left[best])
        now, left = after[best], np.delete(left, best)
    return differing[np.array(order, np.intp)], worst

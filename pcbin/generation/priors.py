"""Distributions that codes are drawn from, all of them mixtures of Bernoulli distributions."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from pcbin.arrays import Codes
from pcbin.cluster import Mixture
from pcbin.codec import Codec, ModelLike
from pcbin.errors import InputError
from pcbin.formats.entropy import ONE, WEIGHT_SUM
from pcbin.models import zoo
from pcbin.models.model import Model

Prior = Literal["mixture", "bits", "fair"]
PRIORS: tuple[Prior, ...] = get_args(Prior)


def generate(
    count: int = 1,
    *,
    model: ModelLike = zoo.DEFAULT,
    bits: int | None = None,
    prior: Prior = "mixture",
    seed: int = 0,
) -> Codes:
    """Codes drawn at random: (count, K / 8) uint8.

    Args:
        count: How many.
        model: Whose codes; a name, the start of a hash, a path, or a `pcbin.Model`.
        bits: K; None for the model's default.
        prior: The distribution, as for `prior_of`.
        seed: Of the random numbers.

    Raises:
        InputError: A model of cell codes, a length that it does not have, or no such distribution.
    """
    codec = Codec(model, bits=bits)
    return prior_of(codec.model, prior, bits=codec.bits).sample(count, seed=seed)


def prior_of(model: Model, kind: Prior = "mixture", *, bits: int | None = None) -> Mixture:
    """The distribution of a model's codes of `bits` bits; None for the model's default.

    - "mixture": that of the table which the model carries for entropy coding, a Bernoulli mixture fitted to
      the codes of its training set; where there is none, the mixture of poster B that it was trained with.
    - "bits": each bit by itself, as frequent as in "mixture".
    - "fair": Bernoulli(0.5), poster A's prior.

    Raises:
        InputError: A model of cell codes, or without such a distribution; no such length.
    """
    if model.cells is not None:
        raise InputError(
            f"model {model.name} makes cell codes, whose bits mean something only after those before them; "
            "use a model of global codes, such as chair or objects"
        )
    length = model.default_bits if bits is None else bits
    if length not in model.lengths:
        raise InputError(f"bits = {bits!r}: model {model.name} has codes of {model.lengths}")
    if kind == "fair":
        return Mixture(model.id, [1.0], np.full((1, length), 0.5))
    if kind == "mixture":
        return _learned(model, length)
    if kind == "bits":
        mixture = _learned(model, length)
        return Mixture(model.id, [1.0], mixture.weights[None] @ mixture.means)
    raise InputError(f"prior {kind!r}: use one of {', '.join(PRIORS)}")


def _learned(model: Model, bits: int) -> Mixture:
    if (table := model.entropy_table) is not None:
        return Mixture(model.id, table.weights / WEIGHT_SUM, table.means[:, :bits] / ONE)
    if model.mixture is not None:
        weights, means = model.mixture
        return Mixture(model.id, weights, means[:, :bits])
    raise InputError(
        f"model {model.name} does not know how its codes are distributed; fit a mixture to codes of yours "
        "with `pcbin cluster --clusters auto --save`, or use the prior fair"
    )

"""A cloud beside what the decoder makes of a code: what encoding by analysis and by search is built on."""

from __future__ import annotations

from copy import copy
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32, pack_bits, unpack_bits
from pcbin.coding.normals import normals
from pcbin.coding.rate import NOTHING, Cost, Rate
from pcbin.coding.subset import mixed
from pcbin.errors import InputError
from pcbin.metrics import both, mean_of_both
from pcbin.models.layers import Linear, vjp
from pcbin.models.model import Model

Indices = npt.NDArray[np.intp]

LARGE = 1024
"""Points of which every second one is enough for a rough measurement."""
EXCESS = 1e3
"""The merit of each bit of a code whose rate is too high."""
SPARSE = 64
"""Decoded points that say how far a flip of the head moves all."""
THINNED, A_COEFFICIENT = 512, 4
"""Decoded points, at least, that say what the curvature along normals is; and for each coefficient."""


class Tail(NamedTuple):
    """Bits behind the head, and the coefficients that they are the levels of."""

    used: Indices  # (U,): of the C coefficients, those that these bits reach
    levels: Float32  # (bits, U): what a bit of +1 adds to a coefficient, and one of -1 takes from it
    which: Indices  # (bits,): the coefficient that a bit reaches, or reaches most
    steps: Float32  # (bits,): what it adds to it
    alone: bool  # whether no bit reaches another one
    offset: Float32  # (U,): the coefficients in the middle of all codes
    basis: Float32  # (U, 3 M)
    apart: int  # every so manieth of the points says what the curvature along normals is
    thinned: Float32  # (3, U, T): the basis of those
    curvature: Float32  # (U, U): of the Chamfer distance by the coefficients, if each point is used once in
    # either direction, with a weight of 1 / N or 1 / M


class LinearisedDecoder:
    """A decoder whose last step is one matrix product, so that one bit more or less costs little.

    The points are linear in the *features*: the last hidden layer of the network that decodes the head of a
    code, and the coefficients that its tail stands for. Raises InputError for decoders of another form.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        network, tail = model.description.head_and_tail
        match network:
            case (Linear() as first, *hidden, Linear() as final):
                self._hidden = tuple(hidden)
            case _:
                raise InputError(
                    f"model {model.name}: its decoder does not begin with one linear layer and end with "
                    "another, so codes cannot be searched; use effort 0"
                )
        low, high = model.bit_values
        self.middle, self.half = np.float32((low + high) / 2), np.float32((high - low) / 2)
        weights = model.weights
        self._first = weights.transposed(first.weight)  # (head, H)
        self._bias, self._shift = weights[first.bias], weights[final.bias]
        self.last = weights.transposed(final.weight)  # (F + C, 3 M)
        self.width = len(self.last)
        self.levels = np.zeros((0, 0), np.float32)  # (bits of the tail, C): what each adds to a coefficient
        if tail:
            levels, basis = tail
            self.levels = weights.transposed(levels.weight)
            self._shift = self._shift + weights[basis.bias] + weights[basis.weight] @ weights[levels.bias]
            self.last = np.concatenate([self.last, weights.transposed(basis.weight)])
        self.head = model.head
        self.count = self.last.shape[1] // 3
        self._networks: dict[int, Float32] = {}
        self._tails: dict[int, Tail] = {}
        self._inverses: dict[int, Float32] = {}

    def of_every(self, so_manieth: int) -> LinearisedDecoder:
        """The same of fewer points."""
        other = copy(self)
        other.last, other._shift = (_every(one, so_manieth) for one in (self.last, self._shift))
        other.count = other.last.shape[1] // 3
        other._networks, other._tails, other._inverses = {}, {}, {}
        other.__dict__.pop("sparse_network", None)
        return other

    @cached_property
    def sparse_network(self) -> Float32:
        """(F, 3 S): what the network's features displace of few points, so that a squared sum over these is
        the change of the Chamfer distance by the square of a displacement."""
        some = _thinned(self.last[: self.width], max(1, self.count // SPARSE))
        found = some.transpose(1, 0, 2).reshape(self.width, -1)
        return np.ascontiguousarray(found * np.float32(np.sqrt(2 / some.shape[2])))

    def thinned_network(self, apart: int) -> Float32:
        """(3, F, T): what the network's features displace, of every so manieth point."""
        if apart not in self._networks:
            self._networks[apart] = _thinned(self.last[: self.width], apart)
        return self._networks[apart]

    def tail(self, bits: int) -> Tail:
        """The first so many bits behind the head."""
        if bits not in self._tails:
            used = np.flatnonzero(np.abs(self.levels[:bits]).max(axis=0, initial=0) > 0)
            basis = np.ascontiguousarray(self.last[self.width :][used])
            curvature = 2 / self.count * (basis @ basis.T)
            levels = self.half * np.ascontiguousarray(self.levels[:bits, used])
            which = np.abs(levels).argmax(axis=1) if bits else np.zeros(0, np.intp)
            apart = max(1, self.count // max(THINNED, A_COEFFICIENT * len(used)))
            self._tails[bits] = Tail(
                used,
                levels,
                which,
                levels[np.arange(bits), which],
                bool((np.count_nonzero(levels, axis=1) <= 1).all()),
                self.middle * self.levels[:bits, used].sum(axis=0),
                basis,
                apart,
                _thinned(basis, apart),
                curvature,
            )
        return self._tails[bits]

    def inverse(self, bits: int) -> Float32:
        """(U, U): of the curvature of a tail."""
        if bits not in self._inverses:
            self._inverses[bits] = np.linalg.pinv(self.tail(bits).curvature, rcond=1e-6, hermitian=True)
        return self._inverses[bits]

    def features(self, signs: Float32) -> Float32:
        """(..., k) of -1 and +1 -> (..., F + C); bits that are missing are 0."""
        values = self.middle + self.half * signs
        head, tail = values[..., : self.head], values[..., self.head :]
        hidden = self._run(head @ self._first[: head.shape[-1]] + self._bias)
        found: Float32 = np.concatenate([hidden, tail @ self.levels[: tail.shape[-1]]], axis=-1)
        return found

    def hidden_of_flips(self, signs: Float32, bits: Indices) -> Float32:
        """(k,) signs of a head -> (L, F): the network's features after each flip of one of L bits."""
        values = self.middle + self.half * signs
        before = values @ self._first[: len(signs)] + self._bias
        return self._run(before - (2 * self.half * signs[bits])[:, None] * self._first[bits])

    def slopes_of_head(self, signs: Float32, slopes: Float32) -> Float32:
        """(B, k) signs of heads, and (B, F) slopes by the features -> (B, k): the slopes by the signs."""
        first = self._first[: signs.shape[1]]
        before = (self.middle + self.half * signs) @ first + self._bias
        _, back = vjp(self._hidden, self._model.weights, before)
        found: Float32 = self.half * (back(slopes) @ first.T)
        return found

    def points(self, features: Float32) -> Float32:
        """(..., F + C) -> (..., M, 3)"""
        decoded: Float32 = (features @ self.last + self._shift).reshape(*features.shape[:-1], -1, 3)
        return decoded

    def _run(self, before: Float32) -> Float32:
        return self._model.run(self._hidden, before)


def _thinned(displacements: Float32, apart: int) -> Float32:
    """(R, 3 M) -> (3, R, T): those of every so manieth point, axis by axis."""
    some = displacements.reshape(len(displacements), displacements.shape[1] // 3, 3)[:, ::apart]
    return np.ascontiguousarray(some.transpose(2, 0, 1))


def _every(columns: Float32, every: int) -> Float32:
    """(..., 3 M) -> the columns of every so manieth point."""
    points = columns.reshape(*columns.shape[:-1], -1, 3)
    return np.ascontiguousarray(points[..., ::every, :]).reshape(*columns.shape[:-1], -1)


@lru_cache(maxsize=16)
def linearised(model: Model, every: int) -> LinearisedDecoder:
    return LinearisedDecoder(model) if every == 1 else linearised(model, 1).of_every(every)


class State(NamedTuple):
    """One code, decoded and measured: the Chamfer distance with its neighbours held is
    sum_j uses_j |y_j|^2 - 2 y_j pulled_j + const."""

    signs: Float32  # (k,) of -1 and +1
    features: Float32  # (F + C,)
    decoded: Float32  # (M, 3)
    to_cloud: Indices  # (M,): the point of the cloud nearest to each decoded one
    uses: Float32  # (M,)
    pulled: Float32  # (M, 3)
    chamfer: float
    cost: Cost  # once it is entropy coded, where that counts


class Matching:
    """Measures codes of one normalised (N, 3) cloud. every: by every so manieth of the decoded points.
    rate: what the codes may cost, where they are packed. measured: how many it has measured."""

    def __init__(self, model: Model, cloud: Float32, every: int = 1, rate: Rate | None = None) -> None:
        self.decoder = linearised(model, every)
        self._rate = rate
        self._cloud = cloud
        self.measured = 0
        self.is_rough = every > 1

    @classmethod
    def rough(cls, model: Model, cloud: Float32, rate: Rate | None = None) -> Matching:
        """The same by every second point of both, if there are enough of them."""
        if min(len(cloud), model.points) < LARGE:
            return cls(model, cloud, rate=rate)
        return cls(model, cloud[mixed(cloud)[: len(cloud) // 2]], 2, rate)

    @cached_property
    def normals(self) -> Float32:
        """(N, 3): of the cloud."""
        return normals(self._cloud)

    def at(self, signs: Float32, features: Float32 | None = None) -> State:
        """features: those of the code, where they are known."""
        features = self.decoder.features(signs) if features is None else features
        return self.of(signs, features, self.decoder.points(features))

    def of(self, signs: Float32, features: Float32, decoded: Float32) -> State:
        """The same of a code that is decoded."""
        self.measured += 1
        to_decoded, to_cloud = both(self._cloud, decoded)
        n, m = len(self._cloud), len(decoded)
        pulled = self._cloud[to_cloud.rows] / m
        for axis in range(3):
            pulled[:, axis] += np.bincount(to_decoded.rows, self._cloud[:, axis], m) / n
        uses = np.bincount(to_decoded.rows, minlength=m) / n + 1 / m
        return State(
            signs,
            features,
            decoded,
            to_cloud.rows,
            uses.astype(np.float32),
            pulled.astype(np.float32),
            mean_of_both(to_decoded.squared, to_cloud.squared),
            NOTHING if self._rate is None else self._rate.of(signs),
        )

    def prices(self, state: State) -> Float32 | None:
        """(k,): what the rate of each flip is worth; None where every code costs the same."""
        return None if self._rate is None else self._rate.prices(state.cost, state.chamfer)

    def merit(self, state: State) -> float:
        """What is least for the best code: the Chamfer distance, or far more where the rate is too high."""
        fits = self._rate is None or self._rate.fits(state.cost.bits)
        return state.chamfer if fits else EXCESS * state.cost.bits

    def gradient(self, state: State) -> Float32:
        """(M, 3): of the Chamfer distance by the decoded points, nearest neighbours held."""
        gradient: Float32 = 2 * (state.uses[:, None] * state.decoded - state.pulled)
        return gradient

    def held(self, state: State, apart: int) -> Float32:
        """(3, T): the normal of the cloud at every so manieth decoded point, as long as the root of what the
        point weighs in the Chamfer distance, for all that it stands for."""
        uses = state.uses[::apart]
        weights = np.sqrt(uses * (state.uses.sum() / uses.sum()))
        return np.ascontiguousarray((weights[:, None] * self.normals[state.to_cloud[::apart]]).T)

    def displacement(self, state: State) -> Float32:
        """(M, 3): from each decoded point to where it would be best, nearest neighbours held."""
        return state.pulled / state.uses[:, None] - state.decoded


def signs_of(code: Codes) -> Float32:
    """(k / 8,) bytes -> (k,) of -1 and +1."""
    return 2 * unpack_bits(code).astype(np.float32) - 1


def code_of(signs: Float32) -> Codes:
    """(k,) of -1 and +1 -> (k / 8,) bytes."""
    return pack_bits(signs > 0)

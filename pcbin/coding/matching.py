"""A cloud beside what the decoder makes of a code: what encoding by analysis and by search is built on."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32, pack_bits, unpack_bits
from pcbin.coding.normals import normals
from pcbin.errors import InputError
from pcbin.metrics import mean_of_both, nearest, tree
from pcbin.models.layers import Linear
from pcbin.models.model import Model

Indices = npt.NDArray[np.intp]


class Tail(NamedTuple):
    """Bits behind the head, and the coefficients that they are the levels of."""

    used: Indices  # (U,): of the C coefficients, those that these bits reach
    levels: Float32  # (bits, U): what a bit of +1 adds to a coefficient, and one of -1 takes from it
    offset: Float32  # (U,): the coefficients in the middle of all codes
    basis: Float32  # (U, 3 M)
    curvature: Float32  # (U, U): as `LinearisedDecoder.curvature`
    inverse: Float32  # (U, U): of the curvature


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
        self._tails: dict[int, Tail] = {}

    @cached_property
    def curvature(self) -> Float32:
        """(F + C, F + C): of the Chamfer distance by the features. Each point is used about once in either
        direction, with a weight of 1 / N or 1 / M. Large, and only a search asks for it."""
        product: Float32 = 2 / self._model.points * (self.last @ self.last.T)
        return product

    def tail(self, bits: int) -> Tail:
        """The first so many bits behind the head."""
        if bits not in self._tails:
            used = np.flatnonzero(np.abs(self.levels[:bits]).max(axis=0, initial=0) > 0)
            basis = np.ascontiguousarray(self.last[self.width :][used])
            curvature = 2 / self._model.points * (basis @ basis.T)
            inverse = np.linalg.pinv(curvature, rcond=1e-6, hermitian=True)
            levels = np.ascontiguousarray(self.levels[:bits, used])
            self._tails[bits] = Tail(
                used, self.half * levels, self.middle * levels.sum(axis=0), basis, curvature, inverse
            )
        return self._tails[bits]

    def features(self, signs: Float32) -> Float32:
        """(k,) of -1 and +1 -> (F + C,); bits that are missing are 0."""
        values = self.middle + self.half * signs
        head, tail = values[: self.head], values[self.head :]
        hidden = self._run(head @ self._first[: len(head)] + self._bias)
        found: Float32 = np.concatenate([hidden, tail @ self.levels[: len(tail)]])
        return found

    def flipped(self, signs: Float32, features: Float32) -> Float32:
        """(k, F + C): the features after each flip of one bit."""
        steps = -2 * self.half * signs[:, None]
        values = self.middle + self.half * signs[: self.head]
        before = values @ self._first[: len(values)] + self._bias
        found = np.tile(features, (len(signs), 1))
        found[: self.head, : self.width] = self._run(before + steps[: self.head] * self._first[: len(values)])
        tail = max(0, len(signs) - self.head)
        found[self.head :, self.width :] += steps[self.head :] * self.levels[:tail]
        return found

    def points(self, features: Float32) -> Float32:
        """(F + C,) -> (M, 3)"""
        decoded: Float32 = (features @ self.last + self._shift).reshape(-1, 3)
        return decoded

    def _run(self, before: Float32) -> Float32:
        return self._model.run(self._hidden, before)


@lru_cache(maxsize=8)
def linearised(model: Model) -> LinearisedDecoder:
    return LinearisedDecoder(model)


class State(NamedTuple):
    """One code, decoded and measured."""

    signs: Float32  # (k,) of -1 and +1
    features: Float32  # (F + C,)
    decoded: Float32  # (M, 3)
    to_decoded: Indices  # (N,): the decoded point nearest to each point of the cloud
    to_cloud: Indices  # (M,)
    chamfer: float


class Matching:
    """Measures codes of one normalised (N, 3) cloud. measured: how many it has measured."""

    def __init__(self, model: Model, cloud: Float32) -> None:
        self.decoder = linearised(model)
        self._cloud = cloud
        self._tree = tree(cloud)
        self.measured = 0

    @cached_property
    def normals(self) -> Float32:
        """(N, 3): of the cloud."""
        return normals(self._cloud)

    def at(self, signs: Float32, features: Float32 | None = None, moved: Float32 | None = None) -> State:
        """features: those of the code, where they are known. moved: (M, 3), added to the decoded points."""
        self.measured += 1
        features = self.decoder.features(signs) if features is None else features
        decoded = self.decoder.points(features)
        if moved is not None:
            decoded = decoded + moved
        to_decoded, to_cloud = nearest(self._cloud, tree(decoded)), nearest(decoded, self._tree)
        chamfer = mean_of_both(to_decoded.squared, to_cloud.squared)
        return State(signs, features, decoded, to_decoded.rows, to_cloud.rows, chamfer)

    def gradient(self, state: State) -> Float32:
        """(M, 3): of the Chamfer distance by the decoded points, nearest neighbours held."""
        uses, pulled = self._pulls(state)
        gradient: Float32 = 2 * (uses[:, None] * state.decoded - pulled)
        return gradient

    def held(self, state: State) -> Float32:
        """(M, 3): the normal of the cloud at each decoded point, as long as the root of what the point weighs
        in the Chamfer distance."""
        uses, _ = self._pulls(state)
        return np.sqrt(uses)[:, None] * self.normals[state.to_cloud]

    def displacement(self, state: State) -> Float32:
        """(M, 3): from each decoded point to where it would be best, nearest neighbours held."""
        uses, pulled = self._pulls(state)
        return pulled / uses[:, None] - state.decoded

    def _pulls(self, state: State) -> tuple[Float32, Float32]:
        """The Chamfer distance with its neighbours held is sum_j uses_j |y_j|^2 - 2 y_j pulled_j + const."""
        n, m = len(self._cloud), len(state.decoded)
        pulled = self._cloud[state.to_cloud] / m
        for axis in range(3):
            pulled[:, axis] += np.bincount(state.to_decoded, self._cloud[:, axis], m) / n
        uses = np.bincount(state.to_decoded, minlength=m) / n + 1 / m
        return uses.astype(np.float32), pulled.astype(np.float32)


def signs_of(code: Codes) -> Float32:
    """(k / 8,) bytes -> (k,) of -1 and +1."""
    return 2 * unpack_bits(code).astype(np.float32) - 1


def code_of(signs: Float32) -> Codes:
    """(k,) of -1 and +1 -> (k / 8,) bytes."""
    return pack_bits(signs > 0)

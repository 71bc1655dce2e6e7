"""The mixture of one model's codes, from a file of its own or from inside a frozen model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin._bits import is_whole
from pcbin.arrays import Codes, Float64
from pcbin.cluster._estimator import checked, generator
from pcbin.cluster.bernoulli_mixture import BernoulliMixture
from pcbin.errors import InputError, ModelMismatch
from pcbin.formats.atomic import write_atomic
from pcbin.formats.mixture_file import MAX_BITS, MAX_COMPONENTS, MixtureFile, check_mixture
from pcbin.formats.mixture_file import dump_mixture as dump
from pcbin.formats.mixture_file import load_mixture as parse
from pcbin.models import bernoulli_mixture as em
from pcbin.models.model import Model

ID_BYTES = 8


class Mixture:
    """A mixture of C Bernoulli distributions over codes of K bits: p(z) = sum_c pi_c prod_k p(z_k | c).

    Args:
        model_id: The 8 bytes by which .pcb files name the codes' model.
        weights: (C,) pi.
        means: (C, K), the probability of a 1 in each cluster.

    Raises:
        InputError: The numbers are not such a mixture.
    """

    def __init__(self, model_id: bytes, weights: npt.ArrayLike, means: npt.ArrayLike) -> None:
        if not isinstance(model_id, bytes | bytearray | memoryview):
            raise InputError(f"model_id: {type(model_id).__name__}; pass the {ID_BYTES} bytes of `Model.id`")
        self.model_id = bytes(model_id)
        try:
            self.weights: Float64 = np.array(weights, np.float64)
            self.means: Float64 = np.array(means, np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"mixture: not arrays of numbers ({error})") from None
        shapes = f"weights {self.weights.shape} and means {self.means.shape}"
        if self.weights.ndim != 1 or self.means.ndim != 2 or len(self.weights) != len(self.means):
            raise InputError(f"mixture: {shapes}; pass (C,) weights and (C, K) means")
        if not 1 <= self.components <= MAX_COMPONENTS or not 8 <= self.bits <= MAX_BITS or self.bits % 8:
            raise InputError(
                f"mixture: {shapes}; pass 1 to {MAX_COMPONENTS:,} clusters of 8 to {MAX_BITS:,} bits, "
                "a multiple of 8"
            )
        if len(self.model_id) != ID_BYTES:
            raise InputError(
                f"mixture: a model id of {len(self.model_id)} bytes; pass the {ID_BYTES} of `Model.id`"
            )
        try:  # as a file would hold them
            check_mixture(self.weights.astype(np.float32), self.means.astype(np.float32))
        except ValueError as error:
            raise InputError(
                f"mixture: {error}; keep them within these bounds in single precision too"
            ) from None

    def __repr__(self) -> str:
        return (
            f"<pcbin.cluster.Mixture of {self.components} clusters, {self.bits} bits, {self.model_id.hex()}>"
        )

    @property
    def components(self) -> int:
        """C, the number of clusters."""
        return len(self.weights)

    @property
    def bits(self) -> int:
        """K, the bits of a code."""
        return int(self.means.shape[1])

    @classmethod
    def load(cls, source: str | os.PathLike[str] | bytes) -> Mixture:
        """A mixture file (formats/mixture-v1.md), by its path or its bytes.

        Raises:
            WeightsCorrupt: The file is damaged.
            UnsupportedVersion: A newer pcbin wrote it.
            InputError: There is no such file.
        """
        if isinstance(source, bytes):
            return cls(*parse(source))
        path = _path(source)
        try:
            with path.open("rb") as file:
                data = file.read(4 * MAX_COMPONENTS * (MAX_BITS + 1) + 64)
        except FileNotFoundError:
            raise InputError(f"{path}: no such mixture file; `pcbin models mixture` writes one") from None
        return cls(*parse(data, where=str(path)))

    @classmethod
    def of(cls, model: Model) -> Mixture:
        """The mixture that a model carries.

        Raises:
            InputError: It has none.
        """
        if not isinstance(model, Model):
            raise InputError(f"model: {type(model).__name__}; pass a pcbin.Model, as pcbin.load_model gives")
        if model.mixture is None:
            raise InputError(
                f"model {model.name} carries no mixture; train one with a bernoulli-mixture latent, "
                "or fit one to its codes with Mixture.fit"
            )
        return cls(model.id, *model.mixture)

    @classmethod
    def fit(
        cls, codes: Codes, components: int, *, model_id: bytes, seed: int = 0, restarts: int = 5
    ) -> Mixture:
        """The most likely mixture of (n, K / 8) codes of any binary model, by expectation maximisation.

        Poster B trains the mixture with the networks instead, and `of` takes it from there.

        Args:
            codes: (n, K / 8) uint8.
            components: C, the number of clusters, at most n.
            model_id: `Model.id` of the codes' model.
            seed: Of the starts.
            restarts: How many starts there are; the most likely result is kept.

        Raises:
            InputError: Not codes, or a number of clusters or restarts that is not possible.
        """
        fitted = BernoulliMixture(components, n_init=restarts, random_state=seed).fit(codes)
        return cls(model_id, fitted.weights_, fitted.means_)

    def dumps(self) -> bytes:
        """The bytes of a mixture file; numbers are rounded to single precision."""
        return dump(MixtureFile(self.model_id, self.weights, self.means))

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Writes a mixture file, whole or not at all.

        Raises:
            InputError: There is a file already.
        """
        write_atomic(_path(path), self.dumps(), overwrite=overwrite)

    def check(self, model_id: bytes, bits: int) -> None:
        """Checks that codes of `model_id` and `bits` are those that this mixture is of.

        Raises:
            ModelMismatch: They are not.
        """
        if not isinstance(model_id, bytes):
            raise InputError(f"model_id: {type(model_id).__name__}; pass the {ID_BYTES} bytes of `Model.id`")
        if model_id != self.model_id or bits != self.bits:
            raise ModelMismatch(
                f"the codes are of model {model_id.hex()} ({bits} bits), the mixture is of codes of model "
                f"{self.model_id.hex()} ({self.bits} bits); get the mixture of the codes' model"
            )

    def responsibilities(self, codes: Codes) -> Float64:
        """(n, K / 8) codes -> (n, C): p(c | z), each row summing to 1 (poster B, equation 4).

        Raises:
            InputError: Codes of another form, as for `labels` and `log_likelihood`.
        """
        return em.responsibilities(self._checked(codes), self.weights, self.means)

    def labels(self, codes: Codes) -> npt.NDArray[np.int64]:
        """(n, K / 8) codes -> (n,): the most probable cluster of each; of equal ones the first."""
        return em.labels(self._checked(codes), self.weights, self.means)

    def log_likelihood(self, codes: Codes) -> Float64:
        """(n, K / 8) codes -> (n,): log p(z) in nats."""
        return em.log_likelihood(self._checked(codes), self.weights, self.means)

    def sample(
        self, count: int = 1, *, weights: npt.ArrayLike | None = None, seed: int | np.random.Generator = 0
    ) -> Codes:
        """(count, K / 8) codes drawn from the mixture.

        Args:
            count: How many.
            weights: (C,) in place of the mixture's: one cluster alone, or those of some codes, as
                `responsibilities` gives them. They need not sum to 1.
            seed: A seed, or a generator.

        Raises:
            InputError: No such number of codes, or weights that are none.
        """
        if not is_whole(count) or count < 1:
            raise InputError(f"count = {count!r}; pass a whole number, 1 or above")
        given = self.weights if weights is None else np.asarray(weights, np.float64)
        sound = given.shape == self.weights.shape and np.isfinite(given).all() and (given >= 0).all()
        if not sound or not given.any():
            raise InputError(
                f"weights of shape {given.shape}; pass {self.components} numbers, none of them negative, of "
                "which one at least is above 0"
            )
        return em.sample(count, given, self.means, generator(seed, "seed"))[0]

    def _checked(self, codes: Any) -> Codes:
        return checked(codes, self.bits // 8, "this mixture")


def _path(value: str | os.PathLike[str]) -> Path:
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"path: {type(value).__name__}; pass a path")
    return Path(value)

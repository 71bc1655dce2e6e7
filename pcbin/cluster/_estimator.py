"""What estimators have in common with scikit-learn's, without scikit-learn."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from pcbin._bits import is_whole
from pcbin.arrays import Codes
from pcbin.errors import InputError
from pcbin.formats.mixture_file import MAX_BITS, MAX_COMPONENTS

E = TypeVar("E", bound="Estimator")
SUBSET = 2**16
"""Codes that several starts are compared on; the best goes on with all."""


class Estimator:
    """Parameters of `__init__`, kept under their names; `clone`, pipelines and searches of scikit-learn
    read and set them."""

    n_features_in_: int
    """Bytes of a code."""

    @classmethod
    def _parameters(cls) -> list[str]:
        return sorted(inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters; none has parameters of its own, so `deep` changes nothing."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self: E, **params: Any) -> E:
        """Sets some of the parameters.

        Raises:
            InputError: There is no parameter of such a name.
        """
        for name, value in params.items():
            if name not in self._parameters():
                known = ", ".join(self._parameters())
                raise InputError(f"{name}: no parameter of {type(self).__name__}; it has {known}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if not np.array_equal(value, defaults[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn 1.6 and later ask of an estimator; nobody else calls it."""
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type="clusterer", target_tags=TargetTags(required=False), input_tags=InputTags()
        )

    def _fitted(self, codes: Any) -> Codes:
        """Codes for an estimator that is fitted. Raises InputError: it is not, or other codes."""
        if not hasattr(self, "n_features_in_"):
            raise InputError(f"{type(self).__name__} is not fitted; call fit first")
        return checked(codes, self.n_features_in_, f"this {type(self).__name__}")


def checked(codes: Any, width: int, who: str) -> Codes:
    """(n, width) uint8. Raises InputError for anything else."""
    found = np.asarray(codes)
    if found.ndim != 2 or found.shape[1] != width or found.dtype != np.uint8:
        raise InputError(f"codes: {found.dtype} of shape {found.shape}; {who} takes uint8 (n, {width})")
    return found


def fitting(codes: Any, clusters: object, starts: object, steps: object) -> Codes:
    """Codes to fit clusters to. Raises InputError for other arrays, and for numbers that make no sense."""
    found = np.asarray(codes)
    if found.ndim != 2 or found.dtype != np.uint8 or 0 in found.shape or 8 * found.shape[1] > MAX_BITS:
        raise InputError(
            f"codes: {found.dtype} of shape {found.shape}; pass uint8 (n, K / 8), with n above 0 and K up to "
            f"{MAX_BITS:,}"
        )
    for name, number in (("clusters", clusters), ("starts", starts), ("steps", steps)):
        if not is_whole(number) or number < 1:
            raise InputError(f"{name} = {number!r}; pass a whole number, 1 or above")
    most = min(len(found), MAX_COMPONENTS)
    if clusters > most:  # type: ignore[operator]
        raise InputError(
            f"{clusters} clusters of {len(found):,} codes; ask for at most as many clusters as there are "
            f"codes, and {MAX_COMPONENTS:,}"
        )
    return found


def generator(random_state: Any, name: str = "random_state") -> np.random.Generator:
    """The random numbers of a parameter `random_state`. Raises InputError for what is no seed."""
    if isinstance(random_state, np.random.RandomState):  # scikit-learn's searches pass one
        return np.random.default_rng(random_state.randint(2**31))
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError):
        raise InputError(
            f"{name} = {random_state!r}; pass a whole number from 0, a NumPy generator, or None"
        ) from None


def first(codes: Codes, count: int, rng: np.random.Generator) -> Codes:
    """A random `count` of the codes, or all."""
    return codes if len(codes) <= count else codes[np.sort(rng.permutation(len(codes))[:count])]


def sums(codes: Codes, groups: npt.NDArray[np.integer[Any]], count: int) -> npt.NDArray[np.int64]:
    """(count, K): how many of the codes in each group have each bit."""
    order = np.argsort(groups, kind="stable")
    ends = np.searchsorted(groups[order], np.arange(count), side="right")
    found = np.zeros((count, 8 * codes.shape[1]), np.int64)
    for row, rows in enumerate(np.split(order, ends[:-1])):
        for start in range(0, len(rows), 2**14):
            some = codes[rows[start : start + 2**14]]
            bits = np.unpackbits(some, axis=1, bitorder="little")
            found[row] += bits.sum(axis=0, dtype=np.int64)
    return found

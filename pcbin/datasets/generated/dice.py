"""The draws that programs of shapes make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np

from pcbin.datasets.generated.parts import Parts

T = TypeVar("T")


class Dice:
    """A generator of random numbers with the names that programs of shapes read well with."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def real(self, low: float, high: float) -> float:
        """A number from an interval."""
        return low + (high - low) * float(self.rng.random())

    def whole(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """True so often."""
        return float(self.rng.random()) < probability

    def pick(self, *options: T) -> T:
        """One of the options."""
        return options[int(self.rng.integers(len(options)))]


Kinds: TypeAlias = dict[str, Callable[[Dice], Parts]]
"""The programs of a module, by the names of their kinds."""

"""The context network of cell codes: the probability that a cell is occupied, in whole numbers only.

Its weights are int8 and its activations whole numbers from 0 to 255, so that all sums stay below 2^24:
float32 products are exact then, in whatever order a BLAS library adds.
Normative: formats/cells-v1.md, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32
from pcbin.models.cells.context import OCTANTS, OF_CHILD, OF_PARENT, Int8

LARGEST = 352
"""The logit, in units of 1 / 32, that probabilities are tabulated up to, on both sides of 0."""
MAX_BIAS = 1 << 20
MAX_SHIFT = 16
Probabilities = npt.NDArray[np.int64]
"""Of being occupied, in units of 2^-16: 1 to 65535."""


@dataclass(frozen=True)
class ContextNetwork:
    """One network for each octant: two hidden layers.

    Shifts are part of the weights and biases here, which are multiples of powers of two: sums stay as exact.

    tensors: those that `tensor_shapes` names, as a model file holds them.
    """

    parent: Float32  # (OF_PARENT, 8 H): one product serves all octants
    child: Float32  # (8, OF_CHILD, H)
    first: Float32  # (8, H): biases
    second: tuple[Float32, Float32]  # (8, H, G) and (8, G)
    last: tuple[Float32, Float32]  # (8, G) and (8,)
    table: Probabilities

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[Any]]) -> ContextNetwork:
        """The network with the tensors of a model file."""

        def scaled(layer: str, part: str) -> Float32:
            tensor = tensors[f"context/{layer}/{part}"].astype(np.float32)
            scale = np.ldexp(np.float32(1), -tensors[f"context/{layer}/shift"].astype(np.int32))
            found: Float32 = tensor * scale.reshape(scale.shape + (1,) * (tensor.ndim - scale.ndim))
            return found

        def transposed(layer: str, part: str) -> Float32:
            return np.ascontiguousarray(scaled(layer, part).swapaxes(-1, -2))

        return cls(
            parent=np.ascontiguousarray(scaled("first", "parent").reshape(-1, OF_PARENT).T),
            child=transposed("first", "child"),
            first=scaled("first", "bias"),
            second=(transposed("second", "weight"), scaled("second", "bias")),
            last=(scaled("last", "weight"), scaled("last", "bias")),
            table=tensors["context/probabilities"].astype(np.int64),
        )

    @np.errstate(invalid="ignore")  # see `probabilities`
    def of_parents(self, told: Int8) -> Float32:
        """(n, OF_PARENT) -> (n, 8, H): what parents add to the first layer of each octant's network."""
        product = told.astype(np.float32) @ self.parent
        product += self.first.ravel()
        return product.reshape(len(told), *self.first.shape)

    # OpenBLAS's products with one row or column may report an invalid value where all are whole numbers
    @np.errstate(invalid="ignore")
    def probabilities(self, octant: int, of_parents: Float32, told: Int8) -> Probabilities:
        """(n,) of the children in an octant: what `of_parents` gave, and (n, OF_CHILD)."""
        x = told.astype(np.float32) @ self.child[octant]
        x += of_parents[:, octant]
        x = _rectified(x)
        weight, bias = self.second
        x = x @ weight[octant]
        x += bias[octant]
        x = _rectified(x)
        weight, bias = self.last
        logits = np.floor(x @ weight[octant] + bias[octant])
        found: Probabilities = self.table.take(logits.astype(np.intp) + LARGEST, mode="clip")
        return found


def _rectified(x: Float32) -> Float32:
    """Sums -> activations: rounded down, cut off at 0 and 255."""
    np.maximum(x, 0, out=x)
    np.minimum(x, 255, out=x)
    np.floor(x, out=x)
    return x


def tensor_shapes(widths: tuple[int, int]) -> dict[str, tuple[tuple[int, ...], type[np.generic]]]:
    """The shape and type of each tensor of a network of two hidden widths."""
    first, second = widths
    eight = len(OCTANTS)
    return {
        "context/first/parent": ((eight, first, OF_PARENT), np.int8),
        "context/first/child": ((eight, first, OF_CHILD), np.int8),
        "context/first/bias": ((eight, first), np.float32),
        "context/first/shift": ((eight, first), np.uint8),
        "context/second/weight": ((eight, second, first), np.int8),
        "context/second/bias": ((eight, second), np.float32),
        "context/second/shift": ((eight, second), np.uint8),
        "context/last/weight": ((eight, second), np.int8),
        "context/last/bias": ((eight,), np.float32),
        "context/last/shift": ((eight,), np.uint8),
        "context/probabilities": ((2 * LARGEST + 1,), np.uint16),
    }


def check_values(tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Raises ValueError where a bias is not whole or too large, a shift too large, a probability 0."""
    for layer in ("first", "second", "last"):
        bias, shift = tensors[f"context/{layer}/bias"], tensors[f"context/{layer}/shift"]
        if not (np.isfinite(bias).all() and np.all(bias == np.floor(bias)) and np.all(abs(bias) <= MAX_BIAS)):
            raise ValueError(f"biases of the {layer} layer that are not whole numbers up to {MAX_BIAS:,}")
        if np.any(shift > MAX_SHIFT):
            raise ValueError(f"shifts of the {layer} layer above {MAX_SHIFT}")
    if not np.all(tensors["context/probabilities"] > 0):
        raise ValueError("a probability of 0")

"""Weights as a model file stores them: half precision, or bytes with a scale for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32
from pcbin.errors import InputError

Stored = Mapping[str, npt.NDArray[Any]]
Bytes = npt.NDArray[np.int8]
STEPS = 127
LARGEST = 65_504
"""The largest number of half precision: `stored` refuses larger ones."""
LARGE = 1 << 16
"""Matrices with as many numbers are stored as bytes: small ones would save nothing that counts."""


def scale_name(weight: str) -> str:
    """encoder/out/weight -> encoder/out/scale"""
    return weight.removesuffix("weight") + "scale"


def narrow(weight: Float32) -> tuple[Bytes, Float32]:
    """(R, C) -> the same as whole numbers from -127 to 127, and the (R,) scales to multiply them by."""
    scale = np.maximum(np.abs(weight).max(axis=1), np.finfo(np.float32).tiny * STEPS) / np.float32(STEPS)
    return np.rint(weight / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def widen(kept: Stored, name: str) -> Float32:
    """The tensor called `name` as 32-bit floats."""
    tensor: Float32 = kept[name].astype(np.float32)
    if kept[name].dtype == np.int8:
        tensor *= kept[scale_name(name)][:, None]
    return tensor


class Widened(dict[str, Float32]):
    """The tensors of a model as 32-bit floats, each widened when it is first asked for: who decodes needs no
    encoder."""

    def __init__(self, kept: Stored) -> None:
        super().__init__()
        self._kept = kept

    def __missing__(self, name: str) -> Float32:
        tensor = self[name] = widen(self._kept, name)
        return tensor

    def transposed(self, name: str) -> Float32:
        """The transpose of an (R, C) matrix, contiguous; not kept. Turning bytes is faster than floats."""
        turned = np.ascontiguousarray(self._kept[name].T)
        scale = self._kept[scale_name(name)] if turned.dtype == np.int8 else np.float32(1)
        tensor: Float32 = np.multiply(turned, scale, dtype=np.float32)
        return tensor


def stored(weights: Mapping[str, npt.NDArray[Any]], where: str) -> dict[str, npt.NDArray[Any]]:
    """Large matrices as bytes, the rest in half precision. Raises InputError for what does not fit."""
    found: dict[str, npt.NDArray[Any]] = {}
    for key, array in weights.items():
        if not np.isfinite(array).all() or np.abs(array).max(initial=0) > np.finfo(np.float16).max:
            raise InputError(
                f"{where}: {key} has values that half precision cannot hold; train at a lower rate"
            )
        if array.ndim == 2 and array.size >= LARGE:
            found[key], found[scale_name(key)] = narrow(array)
        else:
            found[key] = array.astype(np.float16)
    return found


def check_weights(kept: Stored, wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Raises ValueError unless the tensors are those of `wanted`, and of the scales that bytes among them
    need, all of them floating-point numbers of a sensible size but for the bytes."""
    narrowed = [
        name
        for name, shape in wanted.items()
        if len(shape) == 2 and name.endswith("/weight") and _kind(kept, name) == np.dtype(np.int8)
    ]
    scales = {scale_name(name): wanted[name][:1] for name in narrowed}
    if {name: tensor.shape for name, tensor in kept.items()} != {**wanted, **scales}:
        raise ValueError("its tensors are not those of its layers")
    if any(tensor.dtype.kind != "f" for name, tensor in kept.items() if name not in narrowed):
        raise ValueError("a weight is not a floating-point number")
    for name, tensor in kept.items():
        if tensor.dtype.kind == "f" and not np.abs(tensor).max(initial=0) <= LARGEST:  # also NaN
            raise ValueError(f"{name} holds what is no number, or one above {LARGEST:,}")


def _kind(kept: Stored, name: str) -> np.dtype[Any] | None:
    return kept[name].dtype if name in kept else None

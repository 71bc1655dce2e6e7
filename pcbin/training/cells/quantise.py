"""A trained context network in whole numbers (spec: formats/cells-v1.md, section 4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pcbin.models.cells.context import OF_PARENT
from pcbin.models.cells.network import LARGEST, MAX_SHIFT

Float = npt.NDArray[np.float64]
_UNIT = 32
"""Logits are whole numbers of 1 / 32."""


def quantised(weights: Mapping[str, Float], peaks: tuple[Float, Float]) -> dict[str, npt.NDArray[np.generic]]:
    """The tensors of a model file.

    weights: of the trained network, for each octant: first (8, inputs, H), second (8, H, G), last (8, G) and
    their biases. peaks: the largest activation of each unit of the first (8, H) and the second layer (8, G),
    on data: it becomes 255.
    """
    scales = [255 / np.maximum(peak, 1e-6) for peak in peaks]
    first, bias1, shift1, scales[0] = _layer(weights["first"], weights["first_bias"], scales[0])
    second = weights["second"] / scales[0][:, :, None]
    second, bias2, shift2, scales[1] = _layer(second, weights["second_bias"], scales[1])
    last = weights["last"] / scales[1]
    unit = np.full((len(last), 1), float(_UNIT))
    last, bias3, shift3, unit_found = _layer(last[:, :, None], weights["last_bias"][:, None], unit)
    if not np.allclose(unit_found, _UNIT):
        raise ValueError("the last layer's weights are too large for 8 bits")
    return {
        "context/first/parent": first[:, :, :OF_PARENT].astype(np.int8),
        "context/first/child": first[:, :, OF_PARENT:].astype(np.int8),
        "context/first/bias": bias1.astype(np.float32),
        "context/first/shift": shift1.astype(np.uint8),
        "context/second/weight": second.astype(np.int8),
        "context/second/bias": bias2.astype(np.float32),
        "context/second/shift": shift2.astype(np.uint8),
        "context/last/weight": last[:, 0].astype(np.int8),
        "context/last/bias": bias3[:, 0].astype(np.float32),
        "context/last/shift": shift3[:, 0].astype(np.uint8),
        "context/probabilities": table(),
    }


def table() -> npt.NDArray[np.uint16]:
    """The probability of each logit, in units of 2^-16, from 1 to 65535."""
    logits = np.arange(-LARGEST, LARGEST + 1) / _UNIT
    return np.clip(np.round(65536 / (1 + np.exp(-logits))), 1, 65535).astype(np.uint16)


def _layer(weight: Float, bias: Float, scale: Float) -> tuple[Float, Float, Float, Float]:
    """(8, inputs, units), (8, units), (8, units) -> (8, units, inputs) of -127 to 127, biases, shifts, and
    the scales that were possible."""
    scaled = weight.astype(np.float64) * scale[:, None]
    largest = np.maximum(np.abs(scaled).max(axis=1), 1e-9)
    scale = scale * np.minimum(1, 127 / largest)
    scaled = weight.astype(np.float64) * scale[:, None]
    largest = np.maximum(np.abs(scaled).max(axis=1), 1e-9)
    shift = np.clip(np.floor(np.log2(127 / largest)), 0, MAX_SHIFT)
    factor = 2.0**shift
    whole = np.round(scaled * factor[:, None]).swapaxes(1, 2)
    half = np.where(shift > 0, factor / 2, 0)  # so that rounding down rounds to the nearest
    return whole, np.round(bias * scale * factor + half), shift, scale

"""A decoder's output and the way back: what each input is worth, by the chain rule, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pcbin.arrays import Float32
from pcbin.errors import InputError
from pcbin.models.layers import Layer
from pcbin.models.ops import LAYER_NORM_EPS, NumpyOps

Back = Callable[[Float32], Float32]
Weights = Callable[[str], tuple[Float32, Float32]]
OPS = NumpyOps()


def run(layers: Sequence[Layer], x: Float32, weights: Weights) -> tuple[Float32, Back]:
    """What `layers` make of x (B, inputs), and the function from a loss's gradient by that to its gradient by
    x. weights: weight and bias by a layer's name.

    Raises InputError for layers that decoders of images do not have.
    """
    ways: list[Back] = []
    for layer in layers:
        x, back = _one(layer, x, weights)
        ways.append(back)

    def whole(gradient: Float32) -> Float32:
        for back in reversed(ways):
            gradient = back(gradient)
        return gradient

    return x, whole


def _one(layer: Layer, x: Float32, weights: Weights) -> tuple[Float32, Back]:
    op = layer["op"]
    if op == "linear":
        weight, bias = weights(layer["name"])
        return OPS.linear(x, weight, bias), lambda gradient: gradient @ weight
    if op == "relu":
        return OPS.relu(x), lambda gradient: gradient * (x > 0)
    if op == "layer_norm":
        return _layer_norm(x, *weights(layer["name"]))
    if op == "residual":
        change, back = run(layer["layers"], x, weights)
        return OPS.add(x, change), lambda gradient: gradient + back(gradient)
    if op == "sigmoid":
        y = OPS.sigmoid(x)
        return y, lambda gradient: gradient * y * (1 - y)
    if op == "image":
        shape: Any = x.shape
        return OPS.reshape(x, 1, (layer["height"], layer["width"])), lambda gradient: gradient.reshape(shape)
    raise InputError(f"the model's decoder has a layer {op!r}, so codes cannot be searched; use effort 0")


def _layer_norm(x: Float32, weight: Float32, bias: Float32) -> tuple[Float32, Back]:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(LAYER_NORM_EPS))
    unit = centred / spread

    def back(gradient: Float32) -> Float32:
        g = gradient * weight
        along = (g * unit).mean(axis=-1, keepdims=True)
        found: Float32 = (g - g.mean(axis=-1, keepdims=True) - unit * along) / spread
        return found

    return OPS.layer_norm(x, weight, bias), back

"""The arithmetic of `pcbin.models.layers.forward` in NumPy."""

from __future__ import annotations

import numpy as np

from pcbin.arrays import Float32

LAYER_NORM_EPS = 1e-5


class NumpyOps:
    """float32 NumPy; a matrix product is the only thing that costs time here."""

    def linear(self, x: Float32, weight: Float32, bias: Float32) -> Float32:
        y: Float32 = x @ weight.T
        y += bias
        return y

    def relu(self, x: Float32) -> Float32:
        positive: Float32 = np.maximum(x, np.float32(0))
        return positive

    def layer_norm(self, x: Float32, weight: Float32, bias: Float32) -> Float32:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normed: Float32 = centred / np.sqrt(variance + np.float32(LAYER_NORM_EPS)) * weight + bias
        return normed

    def max_points(self, x: Float32) -> Float32:
        top: Float32 = x.max(axis=-2)
        return top

    def add(self, x: Float32, y: Float32) -> Float32:
        return x + y

    def sigmoid(self, x: Float32) -> Float32:
        half: Float32 = np.tanh(x * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)  # overflows nowhere
        return half

    def reshape(self, x: Float32, axes: int, sizes: tuple[int, ...]) -> Float32:
        """Puts `sizes` in place of the last `axes` axes."""
        return x.reshape(*x.shape[:-axes], *sizes)

    def take(self, x: Float32, start: int, stop: int) -> Float32:
        return x[..., start:stop]

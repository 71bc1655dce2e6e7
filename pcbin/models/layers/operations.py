"""The layers: JSON, tensors, shapes and forward pass of each, and the gradient where a search needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pcbin.arrays import Float32
from pcbin.models.layers import base
from pcbin.models.layers.base import Back, Document, Layer, Layers, Ops, Shape, Tensor
from pcbin.models.ops import LAYER_NORM_EPS, NumpyOps

NUMPY = NumpyOps()


@dataclass(frozen=True)
class Linear(Layer):
    """x W^T + b; W is ``<name>/weight`` (outputs, inputs), b ``<name>/bias`` (outputs,)."""

    op = "linear"
    name: str
    inputs: int
    outputs: int

    @property
    def weight(self) -> str:
        """The name of its (outputs, inputs) matrix."""
        return f"{self.name}/weight"

    @property
    def bias(self) -> str:
        """The name of its (outputs,) vector."""
        return f"{self.name}/bias"

    def weight_and_bias(self, tensors: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        return tensors[self.weight], tensors[self.bias]

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        yield self.weight, (self.outputs, self.inputs)
        yield self.bias, (self.outputs,)

    def output_shape(self, shape: Shape) -> Shape:
        _need_inputs(self.name, self.inputs, shape)
        return (*shape[:-1], self.outputs)

    def work(self, shape: Shape, rows: int) -> int:
        return base.numbers(shape, rows) * self.outputs + super().work(shape, rows)

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.linear(x, *self.weight_and_bias(tensors))

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        weight, bias = self.weight_and_bias(tensors)
        return NUMPY.linear(x, weight, bias), lambda gradient: gradient @ weight


@dataclass(frozen=True)
class LayerNorm(Layer):
    """(x - mean) / sqrt(var + 1e-5) * weight + bias, over the last axis (Ba, Kiros and Hinton, 2016)."""

    op = "layer_norm"
    name: str
    size: int

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        yield f"{self.name}/weight", (self.size,)
        yield f"{self.name}/bias", (self.size,)

    def output_shape(self, shape: Shape) -> Shape:
        _need_inputs(self.name, self.size, shape)
        return shape

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.layer_norm(x, tensors[f"{self.name}/weight"], tensors[f"{self.name}/bias"])

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        weight = tensors[f"{self.name}/weight"]
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(LAYER_NORM_EPS))
        unit = centred / spread

        def back(gradient: Float32) -> Float32:
            g = gradient * weight
            along = (g * unit).mean(axis=-1, keepdims=True)
            found: Float32 = (g - g.mean(axis=-1, keepdims=True) - unit * along) / spread
            return found

        return self.forward(tensors, x, NUMPY), back


class Relu(Layer):
    """max(x, 0)"""

    op = "relu"

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.relu(x)

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        return NUMPY.relu(x), lambda gradient: gradient * (x > 0)


class Sigmoid(Layer):
    """1 / (1 + exp(-x))"""

    op = "sigmoid"

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.sigmoid(x)

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        y = NUMPY.sigmoid(x)
        return y, lambda gradient: gradient * y * (1 - y)


class Max(Layer):
    """The maximum over the points: (..., N, F) becomes (..., F)."""

    op = "max"

    def output_shape(self, shape: Shape) -> Shape:
        if shape[0] is not None or len(shape) != 2:
            raise ValueError("a maximum over what are no points")
        return shape[1:]

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.max_points(x)


@dataclass(frozen=True)
class Take(Layer):
    """The numbers from `start` to before `stop` of the last axis."""

    op = "take"
    start: int
    stop: int

    def output_shape(self, shape: Shape) -> Shape:
        size = shape[-1]
        if size is None or not self.start < self.stop <= size:
            raise ValueError(f"numbers {self.start} to {self.stop} of {size}")
        return (*shape[:-1], self.stop - self.start)

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.take(x, self.start, self.stop)


@dataclass(frozen=True)
class Points(Layer):
    """(..., 3 count) becomes (..., count, 3): x, y, z of one point after another."""

    op = "points"
    count: int

    def output_shape(self, shape: Shape) -> Shape:
        return _rows(shape, self.count, 3)

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.reshape(x, 1, (self.count, 3))


@dataclass(frozen=True)
class Grid(Layer):
    """Rows of one width, such as those of an image."""

    height: int
    width: int


class Image(Grid):
    """(..., height width) becomes (..., height, width), row after row."""

    op = "image"

    def output_shape(self, shape: Shape) -> Shape:
        return _rows(shape, self.height, self.width)

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.reshape(x, 1, (self.height, self.width))

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        shape: Any = x.shape
        return self.forward(tensors, x, NUMPY), lambda gradient: gradient.reshape(shape)


class Pixels(Grid):
    """(..., height, width) becomes (..., height width), row after row."""

    op = "pixels"

    def output_shape(self, shape: Shape) -> Shape:
        if shape != (self.height, self.width):
            raise ValueError(f"{shape} is no image of {self.height} x {self.width}")
        return (self.height * self.width,)

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.reshape(x, 2, (self.height * self.width,))


@dataclass(frozen=True)
class Skip(Layer):
    """x + layers(x): a residual connection (He et al., 2016)."""

    op = "residual"
    layers: Layers

    def parts(self) -> Iterator[Layers]:
        yield self.layers

    @classmethod
    def parse(cls, document: Document, parse_layers: Callable[[Any], Layers]) -> Skip:
        return cls(parse_layers(document["layers"]))

    def document(self) -> Document:
        return {"op": self.op, "layers": base.documents(self.layers)}

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        return base.tensor_shapes(self.layers)

    def output_shape(self, shape: Shape) -> Shape:
        end = base.output_shape(self.layers, shape)
        if end != shape:
            raise ValueError(f"a residual of {shape} ends with {end}")
        return shape

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.add(x, base.forward(self.layers, tensors, x, ops))

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        change, back = base.vjp(self.layers, tensors, x)
        return x + change, lambda gradient: gradient + back(gradient)


@dataclass(frozen=True)
class Sum(Layer):
    """The sum of what each of its branches, one or more, makes of x."""

    op = "sum"
    branches: tuple[Layers, ...]

    def parts(self) -> Iterator[Layers]:
        yield from self.branches

    @classmethod
    def parse(cls, document: Document, parse_layers: Callable[[Any], Layers]) -> Sum:
        return cls(tuple(parse_layers(branch) for branch in document["branches"]))

    def document(self) -> Document:
        return {"op": self.op, "branches": [base.documents(branch) for branch in self.branches]}

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for branch in self.branches:
            yield from base.tensor_shapes(branch)

    def output_shape(self, shape: Shape) -> Shape:
        ends = {base.output_shape(branch, shape) for branch in self.branches}
        if len(ends) != 1:
            raise ValueError(f"a sum of {sorted(map(str, ends))}")
        return ends.pop()

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        first, *others = self.branches
        total = base.forward(first, tensors, x, ops)
        for branch in others:  # one after the other: many would fill the memory
            total = ops.add(total, base.forward(branch, tensors, x, ops))
        return total


def _need_inputs(name: str, inputs: int, shape: Shape) -> None:
    if inputs != shape[-1]:
        raise ValueError(f"layer {name} takes {inputs} inputs, gets {shape[-1]}")


def _rows(shape: Shape, rows: int, columns: int) -> Shape:
    if shape != (rows * columns,):
        raise ValueError(f"{shape} numbers are not {rows} x {columns}")
    return rows, columns

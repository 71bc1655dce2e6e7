"""Layers that hold lists of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pcbin.arrays import Float32
from pcbin.models.layers.base import (
    Back,
    Document,
    Layer,
    Layers,
    Ops,
    Shape,
    Tensor,
    documents,
    forward,
    output_shape,
    tensor_shapes,
    vjp,
)


@dataclass(frozen=True)
class Skip(Layer):
    """x + layers(x): a residual connection (He et al., 2016)."""

    op = "residual"
    layers: Layers

    @classmethod
    def parse(cls, document: Document, parse_layers: Callable[[Any], Layers]) -> Skip:
        return cls(parse_layers(document["layers"]))

    def document(self) -> Document:
        return {"op": self.op, "layers": documents(self.layers)}

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        return tensor_shapes(self.layers)

    def output_shape(self, shape: Shape) -> Shape:
        end = output_shape(self.layers, shape)
        if end != shape:
            raise ValueError(f"a residual of {shape} ends with {end}")
        return shape

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        return ops.add(x, forward(self.layers, tensors, x, ops))

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        change, back = vjp(self.layers, tensors, x)
        return x + change, lambda gradient: gradient + back(gradient)


@dataclass(frozen=True)
class Sum(Layer):
    """The sum of what each of its branches, one or more, makes of x."""

    op = "sum"
    branches: tuple[Layers, ...]

    @classmethod
    def parse(cls, document: Document, parse_layers: Callable[[Any], Layers]) -> Sum:
        return cls(tuple(parse_layers(branch) for branch in document["branches"]))

    def document(self) -> Document:
        return {"op": self.op, "branches": [documents(branch) for branch in self.branches]}

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for branch in self.branches:
            yield from tensor_shapes(branch)

    def output_shape(self, shape: Shape) -> Shape:
        ends = {output_shape(branch, shape) for branch in self.branches}
        if len(ends) != 1:
            raise ValueError(f"a sum of {sorted(map(str, ends))}")
        return ends.pop()

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        first, *others = (forward(branch, tensors, x, ops) for branch in self.branches)
        for other in others:
            first = ops.add(first, other)
        return first

"""What every layer knows of itself, and what a list of layers does with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

from pcbin.arrays import Float32
from pcbin.errors import InputError

Tensor = TypeVar("Tensor")
Document: TypeAlias = dict[str, Any]
"""A layer's JSON object in a model file."""
Layers: TypeAlias = "tuple[Layer, ...]"
Shape: TypeAlias = "tuple[int | None, ...]"
"""Sizes of what one cloud or image is inside a network; None for any number of points."""
Back: TypeAlias = Callable[[Float32], Float32]
"""From a loss's gradient by what a layer gives to its gradient by what the layer was given."""


MAX_LAYERS = 1024
"""Of a network, those inside others too."""
MAX_NUMBERS = 1 << 23
"""Between two layers, for one cloud or image; those that are computed for each point count for each."""
MAX_WORK = 1 << 32
"""Multiply-adds of a network for one cloud or image."""
PASSES = 8


class Ops(Protocol[Tensor]):
    """The arithmetic of one array library (`pcbin.models.ops`, `pcbin.models.ops_torch`)."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor: ...
    def relu(self, x: Tensor) -> Tensor: ...
    def layer_norm(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor: ...
    def max_points(self, x: Tensor) -> Tensor: ...
    def add(self, x: Tensor, y: Tensor) -> Tensor: ...
    def sigmoid(self, x: Tensor) -> Tensor: ...
    def reshape(self, x: Tensor, axes: int, sizes: tuple[int, ...]) -> Tensor: ...
    def take(self, x: Tensor, start: int, stop: int) -> Tensor: ...


@dataclass(frozen=True)
class Layer:
    """One operation of a network. Its fields are the keys of its JSON object; tensors are found by name."""

    op: ClassVar[str]

    @classmethod
    def parse(cls, document: Document, parse_layers: Callable[[Any], Layers]) -> Layer:
        """The layer of a JSON object. parse_layers: reads a list of layers inside it.

        Raises LookupError, TypeError or ValueError for anything else.
        """
        return cls(**{field.name: cls._value(document, field.name) for field in fields(cls)})

    @classmethod
    def _value(cls, document: Document, key: str) -> Any:
        value = document[key]
        if key == "name":
            if not isinstance(value, str):
                raise ValueError(f"a layer is called {value!r}")
        elif type(value) is not int or value < 0:
            raise ValueError(f"{key} = {value!r} of layer {cls.op!r} is not a whole number")
        return value

    def document(self) -> Document:
        """The JSON object that `parse` reads."""
        return {"op": self.op, **{field.name: getattr(self, field.name) for field in fields(self)}}

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name and shape of each of its tensors."""
        return iter(())

    def output_shape(self, shape: Shape) -> Shape:
        """What it makes of an input of this shape. Raises ValueError for a shape that it does not take."""
        return shape

    def work(self, shape: Shape, rows: int) -> int:
        """What it costs to make of one input of this shape, in multiply-adds; None in the shape is `rows`.

        A layer without weights counts as eight for each number that it gives: it reads and writes memory.
        """
        return PASSES * numbers(self.output_shape(shape), rows)

    def parts(self) -> Iterator[Layers]:
        """The lists of layers inside it."""
        return iter(())

    def forward(self, tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
        """What it makes of x (batch, ...)."""
        raise NotImplementedError

    def vjp(self, tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
        """The forward pass in NumPy and the way back (the vector-Jacobian product), by the chain rule.

        Raises InputError where no search needs it.
        """
        raise InputError(
            f"the model's decoder has a layer {self.op!r}, so codes cannot be searched; use effort 0"
        )


def numbers(shape: Shape, rows: int) -> int:
    """How many numbers an array of this shape holds; None in it is `rows`."""
    return math.prod(rows if size is None else size for size in shape)


def widest(layers: Iterable[Layer], shape: Shape) -> int:
    """The most numbers between two layers, for one input of this shape without points."""
    most = numbers(shape, 1)
    for layer in layers:
        most = max(most, *(widest(inner, shape) for inner in layer.parts()), 0)
        shape = layer.output_shape(shape)
        most = max(most, numbers(shape, 1))
    return most


def check_budget(layers: Iterable[Layer], shape: Shape, rows: int) -> int:
    """The multiply-adds of `layers` on one input; None in its shape is `rows`.

    Raises ValueError for more work, or a larger array on the way, than a model may ask for.
    """
    total = 0
    for layer in layers:
        after = layer.output_shape(shape)
        if numbers(after, rows) > MAX_NUMBERS:
            raise ValueError(f"{numbers(after, rows):,} numbers between two layers, at most {MAX_NUMBERS:,}")
        total += layer.work(shape, rows) + sum(check_budget(inner, shape, rows) for inner in layer.parts())
        if total > MAX_WORK:
            raise ValueError(f"more than {MAX_WORK:,} multiply-adds an object")
        shape = after
    return total


def documents(layers: Iterable[Layer]) -> list[Document]:
    """Layers as a model file has them."""
    return [layer.document() for layer in layers]


def tensor_shapes(layers: Iterable[Layer]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The name and shape of every tensor that `layers` use, in order."""
    for layer in layers:
        yield from layer.tensor_shapes()


def output_shape(layers: Iterable[Layer], shape: Shape) -> Shape:
    """What `layers` make of an input of this shape. Raises ValueError where they do not fit together."""
    for layer in layers:
        shape = layer.output_shape(shape)
    return shape


def forward(layers: Iterable[Layer], tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]) -> Tensor:
    """Runs `layers` on x: (batch, N, 3) points or (batch, height, width) pixels for an encoder, (batch, K)
    latents for a decoder."""
    for layer in layers:
        x = layer.forward(tensors, x, ops)
    return x


def vjp(layers: Iterable[Layer], tensors: Mapping[str, Float32], x: Float32) -> tuple[Float32, Back]:
    """What `layers` make of x (batch, inputs) in NumPy, and the function from a loss's gradient by that to
    its gradient by x.

    Raises InputError for layers that decoders of images do not have.
    """
    backs: list[Back] = []
    for layer in layers:
        x, back = layer.vjp(tensors, x)
        backs.append(back)

    def whole(gradient: Float32) -> Float32:
        for back in reversed(backs):
            gradient = back(gradient)
        return gradient

    return x, whole

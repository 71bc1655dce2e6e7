"""What every layer knows of itself, and what a list of layers does with it."""

from __future__ import annotations

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

"""The layers of networks: NumPy and torch run the same ones with one forward pass.

To add a layer, write its class (`pcbin.models.layers.base.Layer` says what each knows of itself), put it
into `LAYERS`, and describe it in formats/model-v1.md, section 3. A search that needs its gradient needs its
`vjp` too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from pcbin.errors import UnsupportedVersion
from pcbin.models.layers.base import (
    MAX_LAYERS,
    MAX_NUMBERS,
    Layer,
    Layers,
    Shape,
    check_budget,
    documents,
    forward,
    output_shape,
    tensor_shapes,
    vjp,
    widest,
)
from pcbin.models.layers.operations import (
    Image,
    LayerNorm,
    Linear,
    Max,
    Pixels,
    Points,
    Relu,
    Sigmoid,
    Skip,
    Sum,
    Take,
)

__all__ = [
    "MAX_NUMBERS",
    "Image",
    "Layer",
    "LayerNorm",
    "Layers",
    "Linear",
    "Max",
    "Pixels",
    "Points",
    "Relu",
    "Shape",
    "Sigmoid",
    "Skip",
    "Sum",
    "Take",
    "check_budget",
    "documents",
    "forward",
    "output_shape",
    "parse",
    "split_at_max",
    "tensor_shapes",
    "vjp",
    "widest",
]

LAYERS: dict[str, type[Layer]] = {
    layer.op: layer
    for layer in (Linear, Relu, LayerNorm, Max, Skip, Points, Sigmoid, Pixels, Image, Take, Sum)
}
MAX_DEPTH = 8


def parse(found: Any, depth: int = 0) -> Layers:
    """The layers of a list of JSON objects.

    Raises UnsupportedVersion for a layer that only a later pcbin knows; ValueError, LookupError or TypeError
    for what is no list of layers. Whether they fit together, `output_shape` says.
    """
    return _parsed(found, depth, itertools.count(1))


def _parsed(found: Any, depth: int, numbers: Iterator[int]) -> Layers:
    if depth > MAX_DEPTH:
        raise ValueError(f"residuals or sums nested more than {MAX_DEPTH} deep")
    return tuple(_layer(document, depth, numbers) for document in found)


def _layer(document: Any, depth: int, numbers: Iterator[int]) -> Layer:
    if next(numbers) > MAX_LAYERS:
        raise ValueError(f"a network of more than {MAX_LAYERS:,} layers")
    op = document["op"]
    if not isinstance(op, str):
        raise ValueError(f"a layer {op!r}")
    if op not in LAYERS:
        raise UnsupportedVersion(f"model: unknown layer {op!r}; upgrade pcbin")
    return LAYERS[op].parse(document, lambda inner: _parsed(inner, depth + 1, numbers))


def split_at_max(layers: Layers) -> tuple[Layers, Layers]:
    """The layers up to the maximum over the points, none where there is no maximum, and the others."""
    end = next((i for i, layer in enumerate(layers, 1) if isinstance(layer, Max)), 0)
    return layers[:end], layers[end:]

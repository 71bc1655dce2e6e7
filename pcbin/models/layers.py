"""Networks as plain data: a list of layers that NumPy and torch both run with the one `forward` below.

A layer is a JSON object; its tensors are found by name (``<name>/weight``, ``<name>/bias``):

==============  ==================  ===============================================================
op              keys                what it does to x
==============  ==================  ===============================================================
``linear``      name, inputs,       x W^T + b; W is (outputs, inputs)
                outputs
``relu``                            max(x, 0)
``layer_norm``  name, size          (x - mean) / sqrt(var + 1e-5) * weight + bias, over the last axis
``max``                             the maximum over the points: (..., N, F) becomes (..., F)
``residual``    layers              x + layers(x)
``points``      count               (..., 3 count) becomes (..., count, 3)
``sigmoid``                         1 / (1 + exp(-x))
``pixels``      height, width       (..., height, width) becomes (..., height width)
``image``       height, width       (..., height width) becomes (..., height, width)
``take``        start, stop         the numbers from `start` to before `stop` of the last axis
``sum``         branches            the sum of what each list of layers makes of x
==============  ==================  ===============================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pcbin.errors import InputError

Layer = dict[str, Any]
Tensor = TypeVar("Tensor")


class Ops(Protocol[Tensor]):
    """The arithmetic of one array library (`pcbin.models.ops`)."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor: ...
    def relu(self, x: Tensor) -> Tensor: ...
    def layer_norm(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor: ...
    def max_points(self, x: Tensor) -> Tensor: ...
    def add(self, x: Tensor, y: Tensor) -> Tensor: ...
    def sigmoid(self, x: Tensor) -> Tensor: ...
    def reshape(self, x: Tensor, axes: int, sizes: tuple[int, ...]) -> Tensor: ...
    def take(self, x: Tensor, start: int, stop: int) -> Tensor: ...


def forward(  # noqa: PLR0912 - one branch a layer of the table above
    layers: Sequence[Layer], tensors: Mapping[str, Tensor], x: Tensor, ops: Ops[Tensor]
) -> Tensor:
    """Runs `layers` on `x`: (batch, N, 3) points or (batch, height, width) pixels for an encoder, (batch, K)
    latents for a decoder."""
    for layer in layers:
        op = layer["op"]
        if op == "linear":
            x = ops.linear(x, tensors[layer["name"] + "/weight"], tensors[layer["name"] + "/bias"])
        elif op == "relu":
            x = ops.relu(x)
        elif op == "layer_norm":
            x = ops.layer_norm(x, tensors[layer["name"] + "/weight"], tensors[layer["name"] + "/bias"])
        elif op == "max":
            x = ops.max_points(x)
        elif op == "residual":
            x = ops.add(x, forward(layer["layers"], tensors, x, ops))
        elif op == "sum":
            first, *others = (forward(branch, tensors, x, ops) for branch in layer["branches"])
            for other in others:
                first = ops.add(first, other)
            x = first
        elif op == "take":
            x = ops.take(x, layer["start"], layer["stop"])
        elif op == "points":
            x = ops.reshape(x, 1, (layer["count"], 3))
        elif op == "sigmoid":
            x = ops.sigmoid(x)
        elif op == "pixels":
            x = ops.reshape(x, 2, (layer["height"] * layer["width"],))
        elif op == "image":
            x = ops.reshape(x, 1, (layer["height"], layer["width"]))
        else:
            raise InputError(f"network: unknown layer {op!r}; this model needs a newer pcbin: upgrade it")
    return x


def shapes(layers: Sequence[Layer]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The name and shape of every tensor that `layers` use, in order."""
    for layer in layers:
        if layer["op"] == "linear":
            yield layer["name"] + "/weight", (layer["outputs"], layer["inputs"])
            yield layer["name"] + "/bias", (layer["outputs"],)
        elif layer["op"] == "layer_norm":
            yield layer["name"] + "/weight", (layer["size"],)
            yield layer["name"] + "/bias", (layer["size"],)
        elif layer["op"] == "residual":
            yield from shapes(layer["layers"])
        elif layer["op"] == "sum":
            for branch in layer["branches"]:
                yield from shapes(branch)


def linear(name: str, inputs: int, outputs: int) -> Layer:
    return {"op": "linear", "name": name, "inputs": inputs, "outputs": outputs}


def layer_norm(name: str, size: int) -> Layer:
    return {"op": "layer_norm", "name": name, "size": size}


RELU: Layer = {"op": "relu"}
MAX: Layer = {"op": "max"}


def pointnet(point_widths: Sequence[int], widths: Sequence[int], outputs: int) -> list[Layer]:
    """PointNet (Qi et al., 2017) without its input transforms, as in poster A, figure 3.

    One network is applied to every point, the maximum over the points makes it a function of the set, and
    a second network maps that global feature to `outputs` numbers. (batch, N, 3) -> (batch, outputs).
    """
    layers: list[Layer] = []
    size = 3
    for i, width in enumerate(point_widths):
        layers += [linear(f"encoder/point{i}", size, width)]
        if i < len(point_widths) - 1:
            layers += [RELU]
        size = width
    layers += [MAX, layer_norm("encoder/pooled", size)]
    for i, width in enumerate(widths):
        layers += [linear(f"encoder/global{i}", size, width), RELU]
        size = width
    return [*layers, linear("encoder/out", size, outputs)]


def mlp(inputs: int, widths: Sequence[int], points: int, *, blocks: int = 0) -> list[Layer]:
    """The decoder of poster A: fully connected, the last layer emits all points. (batch, inputs) -> (batch,
    points, 3).

    `blocks` residual blocks (layer norm, linear, ReLU, linear) are put before the last layer.
    """
    return [*_decoder(inputs, widths, 3 * points, blocks), {"op": "points", "count": points}]


def image_encoder(
    height: int, width: int, widths: Sequence[int], outputs: int, *, norm: bool = False
) -> list[Layer]:
    """The encoder of poster B: fully connected. (batch, height, width) -> (batch, outputs).

    norm: a layer norm before the last ReLU, so that no bit's logit drifts away from its threshold.
    """
    layers: list[Layer] = [{"op": "pixels", "height": height, "width": width}]
    size = height * width
    for i, wide in enumerate(widths):
        layers += [linear(f"encoder/hidden{i}", size, wide)]
        layers += [layer_norm("encoder/norm", wide)] if norm and i == len(widths) - 1 else []
        layers += [RELU]
        size = wide
    return [*layers, linear("encoder/out", size, outputs)]


def image_decoder(
    inputs: int, widths: Sequence[int], height: int, width: int, *, blocks: int = 0
) -> list[Layer]:
    """The decoder of poster B: fully connected, the last layer emits the logits of all pixels. (batch,
    inputs) -> (batch, height, width)."""
    pixels = _decoder(inputs, widths, height * width, blocks)
    return [*pixels, {"op": "image", "height": height, "width": width}]


def _decoder(inputs: int, widths: Sequence[int], outputs: int, blocks: int) -> list[Layer]:
    layers: list[Layer] = []
    size = inputs
    for i, width in enumerate(widths):
        layers += [linear(f"decoder/hidden{i}", size, width), RELU]
        size = width
    for i in range(blocks):
        body = [
            layer_norm(f"decoder/block{i}/norm", size),
            linear(f"decoder/block{i}/in", size, size),
            RELU,
            linear(f"decoder/block{i}/out", size, size),
        ]
        layers += [{"op": "residual", "layers": body}]
    return [*layers, linear("decoder/out", size, outputs)]

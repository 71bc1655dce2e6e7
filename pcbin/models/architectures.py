"""The networks of the two posters, as layers without weights."""

from __future__ import annotations

from collections.abc import Sequence

from pcbin.models.layers import Image, Layer, LayerNorm, Layers, Linear, Max, Pixels, Points, Relu, Skip


def pointnet(point_widths: Sequence[int], widths: Sequence[int], outputs: int) -> Layers:
    """PointNet (Qi et al., 2017) without its input transforms, as in poster A, figure 3.

    One network is applied to every point, the maximum over the points makes it a function of the set, and
    a second network maps that global feature to `outputs` numbers. (batch, N, 3) -> (batch, outputs).
    """
    layers: list[Layer] = []
    size = 3
    for i, width in enumerate(point_widths):
        layers += [Linear(f"encoder/point{i}", size, width)]
        if i < len(point_widths) - 1:
            layers += [Relu()]
        size = width
    layers += [Max(), LayerNorm("encoder/pooled", size)]
    for i, width in enumerate(widths):
        layers += [Linear(f"encoder/global{i}", size, width), Relu()]
        size = width
    return (*layers, Linear("encoder/out", size, outputs))


def mlp(inputs: int, widths: Sequence[int], points: int, *, blocks: int = 0, entrance: int = 0) -> Layers:
    """The decoder of poster A: fully connected, the last layer emits all points. (batch, inputs) -> (batch,
    points, 3).

    `blocks` residual blocks (layer norm, linear, ReLU, linear) are put before the last layer. With an
    `entrance` the first hidden layer is given so many sums of the inputs, not the inputs themselves.
    """
    return (*_decoder(inputs, widths, 3 * points, blocks, entrance), Points(points))


def image_encoder(
    height: int, width: int, widths: Sequence[int], outputs: int, *, norm: bool = False
) -> Layers:
    """The encoder of poster B: fully connected. (batch, height, width) -> (batch, outputs).

    norm: a layer norm before the last ReLU, so that no bit's logit drifts away from its threshold.
    """
    layers: list[Layer] = [Pixels(height, width)]
    size = height * width
    for i, wide in enumerate(widths):
        layers += [Linear(f"encoder/hidden{i}", size, wide)]
        layers += [LayerNorm("encoder/norm", wide)] if norm and i == len(widths) - 1 else []
        layers += [Relu()]
        size = wide
    return (*layers, Linear("encoder/out", size, outputs))


def image_decoder(
    inputs: int, widths: Sequence[int], height: int, width: int, *, blocks: int = 0, entrance: int = 0
) -> Layers:
    """The decoder of poster B: fully connected, the last layer emits the logits of all pixels. (batch,
    inputs) -> (batch, height, width). `blocks` and `entrance` as in `mlp`."""
    pixels = _decoder(inputs, widths, height * width, blocks, entrance)
    return (*pixels, Image(height, width))


def _decoder(inputs: int, widths: Sequence[int], outputs: int, blocks: int, entrance: int) -> Layers:
    layers: list[Layer] = []
    size = inputs
    if entrance:
        layers += [Linear("decoder/entrance", size, entrance)]
        size = entrance
    for i, width in enumerate(widths):
        layers += [Linear(f"decoder/hidden{i}", size, width), Relu()]
        size = width
    for i in range(blocks):
        body = (
            LayerNorm(f"decoder/block{i}/norm", size),
            Linear(f"decoder/block{i}/in", size, size),
            Relu(),
            Linear(f"decoder/block{i}/out", size, size),
        )
        layers += [Skip(body)]
    return (*layers, Linear("decoder/out", size, outputs))

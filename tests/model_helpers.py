"""Small models whose weights are random: they code nothing well."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.models.architectures import image_decoder, image_encoder, mlp, pointnet
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Linear, Sigmoid, Sum, Take

ModelParts = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def random_parts(
    *,
    bits: int = 16,
    points: int = 64,
    encoder_points: int = 256,
    seed: int = 0,
    name: str = "tiny",
    blocks: int = 1,
    dtype: type = np.float16,
    nested: tuple[int, int] | None = None,
    residual: tuple[int, int] | None = None,
) -> ModelParts:
    """Description, info and tensors of a small model whose weights are random: it codes nothing well.

    nested: the shortest and the default length of its codes, where their prefixes are codes.
    residual: how many bits the encoder gives, and of how many components the basis for the others is; its
    displacements are small beside what separates the points. Such a model is nested, from its head on if
    `nested` does not say otherwise.
    """
    rng = np.random.default_rng(seed)
    head, components = residual or (bits, 0)
    encoder, decoder = pointnet([16, 32], [32], head), mlp(head, [32], points, blocks=blocks)
    tail = (
        Linear("decoder/levels", bits - head, components),
        Linear("decoder/basis", components, 3 * points),
    )
    if residual:
        branches = ((Take(0, head), *decoder[:-1]), (Take(head, bits), *tail))
        decoder = (Sum(branches), decoder[-1])
    description = ModelDescription(
        lengths=CodeLengths(*(nested or (head, bits)), bits),
        head=head,
        bit_values=(-1.0, 1.0),
        encoder=encoder,
        decoder=decoder,
        points=points,
        encoder_points=encoder_points,
    )
    tensors = {}
    for key, shape in description.tensor_shapes():
        if len(shape) == 2:
            tensors[key] = rng.normal(0, np.sqrt(2 / shape[1]), shape).astype(dtype)
        else:
            tensors[key] = rng.normal(1.0 if key.endswith("weight") else 0.0, 0.2, shape).astype(dtype)
    if residual:
        basis = np.linalg.qr(rng.normal(size=(3 * points, components)))[0]
        bit = np.arange(bits - head)  # each coefficient in turn: 0.02, then half of it, and so on
        levels = np.where(
            bit % components == np.arange(components)[:, None], 0.02 / 2 ** (bit // components), 0
        )
        tensors |= {
            "decoder/basis/weight": basis.astype(dtype),
            "decoder/levels/weight": levels.astype(dtype),
        }
        for layer in tail:
            tensors[f"{layer.name}/bias"] = np.zeros(layer.outputs, dtype)
    return description.document(), {"name": name, "license": "none"}, tensors


def random_image_parts(
    *, bits: int = 16, image: tuple[int, int] = (6, 5), components: int = 3, seed: int = 0, name: str = "tiny"
) -> ModelParts:
    """The same for images, with a mixture of its codes if there are components."""
    rng = np.random.default_rng(seed)
    *decoder, last = image_decoder(bits, [24], *image)
    description = ModelDescription(
        lengths=CodeLengths(bits, bits, bits),
        head=bits,
        bit_values=(0.0, 1.0),
        encoder=image_encoder(*image, [24], bits),
        decoder=(*decoder, Sigmoid(), last),
        image=image,
        mixture_components=components,
    )
    tensors: dict[str, Any] = {
        key: rng.normal(0, 0.5, shape).astype(np.float16) for key, shape in description.tensor_shapes()
    }
    if components:
        tensors["mixture/weights"] = np.full(components, 1 / components, np.float32)
        tensors["mixture/means"] = rng.uniform(0.1, 0.9, (components, bits)).astype(np.float32)
    return description.document(), {"name": name, "license": "none"}, tensors

"""One forward pass, two array libraries: NumPy and torch must agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pcbin.errors import UnsupportedVersion
from pcbin.models.architectures import image_decoder, image_encoder, mlp, pointnet
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import (
    LAYERS,
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
    documents,
    forward,
    output_shape,
    parse,
    tensor_shapes,
)
from pcbin.models.model import Model
from pcbin.models.ops import NumpyOps


def weights(layers: Any, seed: int = 0, dtype: type = np.float32) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in tensor_shapes(layers):
        scale = np.sqrt(2 / shape[1]) if len(shape) == 2 else 0.5
        found[name] = rng.normal(float(len(shape) == 1 and name.endswith("weight")), scale, shape).astype(
            dtype
        )
    return found


def test_shapes_of_a_pointnet() -> None:
    assert dict(tensor_shapes(pointnet([8, 16], [32], 5))) == {
        "encoder/point0/weight": (8, 3),
        "encoder/point0/bias": (8,),
        "encoder/point1/weight": (16, 8),
        "encoder/point1/bias": (16,),
        "encoder/pooled/weight": (16,),
        "encoder/pooled/bias": (16,),
        "encoder/global0/weight": (32, 16),
        "encoder/global0/bias": (32,),
        "encoder/out/weight": (5, 32),
        "encoder/out/bias": (5,),
    }


def test_shapes_of_an_mlp() -> None:
    assert dict(tensor_shapes(mlp(16, [32, 24], 10, blocks=1))) == {
        "decoder/hidden0/weight": (32, 16),
        "decoder/hidden0/bias": (32,),
        "decoder/hidden1/weight": (24, 32),
        "decoder/hidden1/bias": (24,),
        "decoder/block0/norm/weight": (24,),
        "decoder/block0/norm/bias": (24,),
        "decoder/block0/in/weight": (24, 24),
        "decoder/block0/in/bias": (24,),
        "decoder/block0/out/weight": (24, 24),
        "decoder/block0/out/bias": (24,),
        "decoder/out/weight": (30, 24),
        "decoder/out/bias": (30,),
    }


def by_hand(layers: Any, tensors: Any, x: Any) -> Any:  # noqa: PLR0912 - one branch a layer
    """The table of formats/model-v1.md, in float64, one sample at a time."""
    x = x.astype(np.float64)
    for layer in layers:
        name = getattr(layer, "name", "")
        w, b = (tensors.get(f"{name}/{part}", np.zeros(0)).astype(np.float64) for part in ("weight", "bias"))
        match layer:
            case Linear():
                x = np.einsum("...i,oi->...o", x, w) + b
            case Relu():
                x = np.where(x > 0, x, 0.0)
            case Sigmoid():
                x = 1 / (1 + np.exp(-x))
            case LayerNorm():
                x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * w + b
            case Max():
                x = np.sort(x, axis=0)[-1]
            case Skip(inside):
                x = x + by_hand(inside, tensors, x)
            case Sum(branches):
                x = np.sum([by_hand(branch, tensors, x) for branch in branches], axis=0)
            case Take(start, stop):
                x = np.array([x[i] for i in range(start, stop)])
            case Points(count):
                x = np.array([x[3 * i : 3 * i + 3] for i in range(count)])
            case Image(height, width):
                x = np.array([x[width * i : width * (i + 1)] for i in range(height)])
            case Pixels():
                x = np.concatenate(list(x))
            case _:
                raise AssertionError(layer)
    return x


NETWORKS = [
    (pointnet([16], [], 8), mlp(8, [], 4)),
    (pointnet([16, 32], [24], 16), mlp(16, [32], 50, blocks=1)),
    (pointnet([64, 128, 256], [128, 64], 128), mlp(128, [256, 128], 512, blocks=3)),
]


@pytest.mark.parametrize("encoder", [e for e, _ in NETWORKS])
def test_numpy_encoder_by_hand(encoder: Any) -> None:
    tensors = weights(encoder)
    clouds = np.random.default_rng(1).normal(size=(3, 20, 3)).astype(np.float32)
    found = forward(encoder, tensors, clouds, NumpyOps())
    expected = np.stack([by_hand(encoder, tensors, cloud) for cloud in clouds])
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("decoder", [d for _, d in NETWORKS])
def test_numpy_decoder_by_hand(decoder: Any) -> None:
    tensors = weights(decoder)
    z = np.random.default_rng(1).normal(size=(3, decoder[0].inputs)).astype(np.float32)
    found = forward(decoder, tensors, z, NumpyOps())
    expected = np.stack([by_hand(decoder, tensors, row) for row in z])
    assert found.shape == (3, decoder[-1].count, 3)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)


def frozen(encoder: Any, decoder: Any, seed: int, dtype: type) -> Any:
    bits = encoder[-1].outputs
    description = ModelDescription(
        lengths=CodeLengths(bits, bits, bits),
        head=bits,
        bit_values=(0.0, 1.0),
        encoder=encoder,
        decoder=decoder,
        points=decoder[-1].count,
        encoder_points=100,
    )
    tensors = {**weights(encoder, seed, dtype), **weights(decoder, seed + 1, dtype)}
    return Model.from_parts(description, {}, tensors)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(("encoder", "decoder"), NETWORKS)
def test_numpy_and_torch_agree(encoder: Any, decoder: Any, dtype: type, seed: int, cloud: Any) -> None:
    """Logits to 1e-5 of their size, points to 1e-4 of the clouds' extent, codes where the logits are
    clear.
    """
    pytest.importorskip("torch")
    plain = frozen(encoder, decoder, seed, dtype)
    other = Model(plain.file, device="torch")
    clouds = np.stack([cloud(100, seed=s) for s in range(8)]).astype(np.float32)
    logits, torch_logits = plain.logits(clouds), other.logits(clouds)
    scale = float(np.abs(logits).max())
    assert logits.dtype == torch_logits.dtype == np.float32
    np.testing.assert_allclose(logits, torch_logits, atol=1e-5 * scale)
    clear = np.abs(logits) > 1e-5 * scale
    bits, torch_bits = (np.unpackbits(m.encode(clouds), axis=-1, bitorder="little") for m in (plain, other))
    assert np.array_equal(bits[clear], torch_bits[clear])
    points, torch_points = plain.decode(plain.encode(clouds)), other.decode(plain.encode(clouds))
    assert np.abs(points - torch_points).max() <= 1e-4 * float(np.linalg.norm(np.ptp(points, axis=(0, 1))))


def test_the_order_of_points_does_not_matter(tiny: Any, cloud: Any) -> None:
    points = cloud(200).astype(np.float32)
    turned = points[np.random.default_rng(0).permutation(200)]
    np.testing.assert_allclose(tiny.logits(points[None]), tiny.logits(turned[None]), atol=1e-5)
    repeated = np.concatenate([points, points[:50]])
    np.testing.assert_allclose(tiny.logits(points[None]), tiny.logits(repeated[None]), atol=1e-5)


def test_batches_equal_singles(tiny: Any, cloud: Any) -> None:
    clouds = np.stack([cloud(60, seed=s) for s in range(9)]).astype(np.float32)
    together = tiny.logits(clouds)
    alone = np.concatenate([tiny.logits(one[None]) for one in clouds])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    codes = tiny.encode(clouds)
    np.testing.assert_allclose(
        tiny.decode(codes), np.concatenate([tiny.decode(c[None]) for c in codes]), atol=1e-5
    )


def test_forward_changes_no_input(cloud: Any) -> None:
    encoder = pointnet([8], [8], 8)
    tensors = weights(encoder)
    before = {name: tensor.copy() for name, tensor in tensors.items()}
    points = cloud(10).astype(np.float32)[None]
    kept = points.copy()
    forward(encoder, tensors, points, NumpyOps())
    np.testing.assert_array_equal(points, kept)
    assert all(np.array_equal(before[name], tensors[name]) for name in tensors)
    body = (Skip((Linear("a", 3, 3),)), LayerNorm("b", 3))
    forward(body, weights(body), points, NumpyOps())
    np.testing.assert_array_equal(points, kept)


EVERY_LAYER = (
    Pixels(6, 5),
    Linear("a", 30, 12),
    LayerNorm("b", 12),
    Skip((Relu(), Linear("c", 12, 12), Skip((Sigmoid(),)))),
    Sum(((Take(2, 8),), (Linear("d", 12, 6), Relu()), (Take(0, 12), Linear("e", 12, 6)))),
    Image(2, 3),
    Pixels(2, 3),
    Points(2),
)


def test_every_layer() -> None:
    """One description of a layer: its JSON, the shape it makes, and what it computes, agree."""
    document = documents(EVERY_LAYER)
    assert {layer["op"] for layer in document} | {"relu", "sigmoid", "take", "max"} == set(LAYERS)
    assert parse(document) == EVERY_LAYER
    assert documents(parse(document)) == document
    assert output_shape(EVERY_LAYER, (6, 5)) == (2, 3)
    tensors = weights(EVERY_LAYER)
    images = np.random.default_rng(1).random((4, 6, 5), dtype=np.float32)
    found = forward(EVERY_LAYER, tensors, images, NumpyOps())
    assert found.shape == (4, 2, 3)
    np.testing.assert_allclose(
        found, [by_hand(EVERY_LAYER, tensors, image) for image in images], atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (pointnet([16, 32], [24], 16), (None, 3)),
        (image_encoder(6, 5, [24, 12], 16, norm=True), (6, 5)),
        (mlp(16, [32], 50, blocks=2), (16,)),
        (image_decoder(16, [32], 6, 5, blocks=1), (16,)),
    ],
)
def test_architectures(layers: Any, shape: Any) -> None:
    """They come back from their JSON, and make arrays of the shape that they say."""
    assert parse(documents(layers)) == layers
    x = np.zeros((2, *(7 if size is None else size for size in shape)), np.float32)
    assert forward(layers, weights(layers), x, NumpyOps()).shape[1:] == output_shape(layers, shape)


def test_an_unknown_layer() -> None:
    with pytest.raises(UnsupportedVersion, match="unknown layer 'conv'; upgrade pcbin"):
        parse([{"op": "conv"}])


def test_torch_missing(monkeypatch: pytest.MonkeyPatch, tiny: Any) -> None:
    import sys

    from pcbin.errors import MissingDependency

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "pcbin.models.backend_torch", raising=False)
    with pytest.raises(MissingDependency, match=r"device 'cuda' needs torch: pip install 'pcbin\[cuda\]'"):
        Model(tiny.file, device="cuda")

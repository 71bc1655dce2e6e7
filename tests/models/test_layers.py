"""One forward pass, two array libraries: NumPy and torch must agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pcbin.errors import InputError
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.layers import forward, layer_norm, linear, mlp, pointnet, shapes
from pcbin.models.model import Model
from pcbin.models.ops import NumpyOps


def weights(layers: Any, seed: int = 0, dtype: type = np.float32) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in shapes(layers):
        scale = np.sqrt(2 / shape[1]) if len(shape) == 2 else 0.5
        found[name] = rng.normal(float(len(shape) == 1 and name.endswith("weight")), scale, shape).astype(
            dtype
        )
    return found


def test_shapes_of_a_pointnet() -> None:
    assert dict(shapes(pointnet([8, 16], [32], 5))) == {
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
    assert dict(shapes(mlp(16, [32, 24], 10, blocks=1))) == {
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


def by_hand(layers: Any, tensors: Any, x: Any) -> Any:
    """The table of pcbin.models.layers, in float64, one sample at a time."""
    x = x.astype(np.float64)
    for layer in layers:
        w = tensors.get(layer.get("name", "") + "/weight", np.zeros(0)).astype(np.float64)
        b = tensors.get(layer.get("name", "") + "/bias", np.zeros(0)).astype(np.float64)
        match layer["op"]:
            case "linear":
                x = np.einsum("...i,oi->...o", x, w) + b
            case "relu":
                x = np.where(x > 0, x, 0.0)
            case "layer_norm":
                x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * w + b
            case "max":
                x = np.sort(x, axis=0)[-1]
            case "residual":
                x = x + by_hand(layer["layers"], tensors, x)
            case "points":
                x = np.array([x[3 * i : 3 * i + 3] for i in range(layer["count"])])
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
    z = np.random.default_rng(1).normal(size=(3, decoder[0]["inputs"])).astype(np.float32)
    found = forward(decoder, tensors, z, NumpyOps())
    expected = np.stack([by_hand(decoder, tensors, row) for row in z])
    assert found.shape == (3, decoder[-1]["count"], 3)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)


def frozen(encoder: Any, decoder: Any, seed: int, dtype: type) -> Any:
    bits, points = encoder[-1]["outputs"], decoder[-1]["count"]
    model = {
        "bits": bits,
        "points": points,
        "encoder_points": 100,
        "normalisation": "unit-diagonal",
        "bit_values": [0, 1],
        "encoder": encoder,
        "decoder": decoder,
    }
    tensors = {**weights(encoder, seed, dtype), **weights(decoder, seed + 1, dtype)}
    return load_model(dump_model(model, {}, tensors))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(("encoder", "decoder"), NETWORKS)
def test_numpy_and_torch_agree(encoder: Any, decoder: Any, dtype: type, seed: int, cloud: Any) -> None:
    """Logits to 1e-5 of their size, points to 1e-4 of the clouds' extent, codes where the logits are
    clear.
    """
    pytest.importorskip("torch")
    file = frozen(encoder, decoder, seed, dtype)
    plain, other = Model(file), Model(file, device="torch")
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
    body = [{"op": "residual", "layers": [linear("a", 3, 3)]}, layer_norm("b", 3)]
    forward(body, weights(body), points, NumpyOps())
    np.testing.assert_array_equal(points, kept)


def test_an_unknown_layer() -> None:
    with pytest.raises(InputError, match=r"unknown layer 'conv'; this model needs a newer pcbin: upgrade it"):
        forward([{"op": "conv"}], {}, np.zeros((1, 3), np.float32), NumpyOps())


def test_torch_missing(monkeypatch: pytest.MonkeyPatch, tiny: Any) -> None:
    import sys

    from pcbin.errors import MissingDependency

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "pcbin.models.backend_torch", raising=False)
    with pytest.raises(MissingDependency, match=r"device 'cuda' needs torch: pip install 'pcbin\[cuda\]'"):
        Model(tiny.file, device="cuda")

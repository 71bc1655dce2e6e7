"""Descriptions that a hostile or broken model file may bring: refused before anything runs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pcbin.errors import UnsupportedVersion, WeightsCorrupt
from pcbin.formats.model_file import ModelFile, dump_model, load_model
from pcbin.models.architectures import mlp
from pcbin.models.layers import documents, parse, tensor_shapes
from pcbin.models.model import Model, check

Change = Callable[[dict[str, Any], dict[str, Any]], None]


def build(model: dict[str, Any], tensors: dict[str, Any]) -> ModelFile:
    """Through the bytes, as the file would come."""
    return load_model(dump_model(model, {"name": "hostile"}, tensors))


def changed(parts: Any, change: Change) -> ModelFile:
    model, _, tensors = copy.deepcopy(parts)
    change(model, tensors)
    return build(model, tensors)


def put(key: str, value: Any) -> Change:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        model[key] = value

    return change


def drop(key: str) -> Change:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        del model[key]

    return change


def layer(network: str, index: int, **fields: Any) -> Change:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        model[network][index].update(fields)

    return change


def insert(network: str, index: int, new: Any) -> Change:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        model[network].insert(index, new)

    return change


def remove(network: str, index: int) -> Change:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        del model[network][index]

    return change


def tensor(name: str, value: Any) -> Change:
    def change(_: dict[str, Any], tensors: dict[str, Any]) -> None:
        if value is None:
            del tensors[name]
        else:
            tensors[name] = value

    return change


# the encoder: 0 linear 3-16, 1 relu, 2 linear 16-32, 3 max, 4 layer_norm, 5 linear, 6 relu, 7 out
# the decoder: 0 linear 16-32, 1 relu, 2 residual, 3 out, 4 points

KEYS = ["bits", "points", "encoder_points", "normalisation", "bit_values", "encoder", "decoder"]

HOSTILE: dict[str, Change] = {
    **{f"without {key}": drop(key) for key in KEYS},
    **{f"{key} null": put(key, None) for key in KEYS if key != "normalisation"},
    **{f"bits {v!r}": put("bits", v) for v in (0, -8, 7, 12, 24, 4104, 16.0, "16", True, 10**30, [16])},
    **{f"points {v!r}": put("points", v) for v in (0, -1, 65, 64.0, True, 2**21, 10**30, "64")},
    **{f"encoder_points {v!r}": put("encoder_points", v) for v in (0, -5, 2.5, 2**21, True, 10**30, "256")},
    **{
        f"bit_values {str(v)[:20]}": put("bit_values", v)
        for v in (
            [],
            [1],
            [0, 1, 2],
            ["0", "1"],
            "01",
            5,
            {"0": 1},
            [[0], [1]],
            [None, 1],
            [10**400, 0],
            [1e300, 0],
        )
    },
    **{
        f"{n} {v!r}": put(n, v)
        for n in ("encoder", "decoder")
        for v in ([], {}, 5, "linear", [5], [None], [[]], [{}])
    },
    "encoder without max": remove("encoder", 3),
    "second max": insert("encoder", 4, {"op": "max"}),
    "max in the decoder": insert("decoder", 1, {"op": "max"}),
    "max in a residual": insert("encoder", 3, {"op": "residual", "layers": [{"op": "max"}]}),
    "wrong inputs": layer("encoder", 2, inputs=17),
    "wrong outputs": layer("encoder", 2, outputs=33),
    "negative outputs": layer("encoder", 2, outputs=-32),
    "giant outputs": layer("encoder", 2, outputs=10**18),
    "text outputs": layer("encoder", 2, outputs="32"),
    "fractional width": layer("encoder", 2, inputs=16.0),
    "wrong norm": layer("encoder", 4, size=31),
    "norm without size": insert("encoder", 4, {"op": "layer_norm", "name": "x"}),
    "linear without name": insert("encoder", 4, {"op": "linear", "inputs": 32, "outputs": 32}),
    "name is a number": layer("encoder", 0, name=5),
    "no op": insert("decoder", 1, {"name": "x"}),
    "op is a list": insert("decoder", 1, {"op": ["relu"]}),
    "residual without layers": insert("decoder", 1, {"op": "residual"}),
    "residual that changes the width": insert(
        "decoder",
        1,
        {"op": "residual", "layers": [{"op": "linear", "name": "z", "inputs": 32, "outputs": 8}]},
    ),
    "wrong count": layer("decoder", 4, count=63),
    "count is a fraction": layer("decoder", 4, count=64.0),
    "count is negative": layer("decoder", 4, count=-64),
    "points twice": insert("decoder", 4, {"op": "points", "count": 64}),
    "no points at the end": remove("decoder", 4),
    "points in a residual": insert(
        "decoder", 4, {"op": "residual", "layers": [{"op": "points", "count": 64}]}
    ),
    "tensor missing": tensor("encoder/out/bias", None),
    "tensor too many": tensor("extra", np.zeros(3, np.float16)),
    "tensor turned": tensor("encoder/point1/weight", np.zeros((16, 32), np.float16)),
    "tensor of integers": tensor("encoder/out/bias", np.zeros(16, np.uint8)),
    "100,000 layers": lambda model, _: model["decoder"].extend([{"op": "relu"}] * 100_000),
    "1,025 layers": lambda model, _: model["encoder"].extend([{"op": "relu"}] * 1_017),
    "a sum of 20,000": insert("decoder", 1, {"op": "sum", "branches": [[{"op": "relu"}]] * 20_000}),
    "a wide layer for each point": insert(
        "encoder", 0, {"op": "linear", "name": "x", "inputs": 3, "outputs": 2**20}
    ),
    "layers of many points": lambda model, _: model.update(
        encoder_points=2**18, encoder=[*[{"op": "relu"}] * 1000, *model["encoder"]]
    ),
    "a large table": lambda model, tensors: model.update(entropy={"components": 4096}, bits=4096),
    **{
        f"a weight of {value}": tensor("encoder/out/bias", np.full(16, value, np.float32))
        for value in (np.nan, np.inf, -np.inf, 65_505, 1e38)
    },
    "tensor of counts": tensor("encoder/out/bias", np.zeros(16, np.uint32)),
}


def test_the_budget_of_a_description(model_parts: Any) -> None:
    """The message says which part of it was spent."""
    for what, problem in {
        "1,025 layers": "more than 1,024 layers",
        "a sum of 20,000": "more than 1,024 layers",
        "a wide layer for each point": "268,435,456 numbers between two layers",
        "layers of many points": "more than 4,294,967,296 multiply-adds",
        "a weight of nan": "encoder/out/bias holds what is no number",
        "a weight of 65505": "encoder/out/bias holds what is no number, or one above 65,504",
    }.items():
        with pytest.raises(WeightsCorrupt, match=problem):
            Model(changed(model_parts(), HOSTILE[what]))
    with pytest.raises(WeightsCorrupt, match="entropy: more than 1,048,576 chances"):
        Model(changed(model_parts(bits=512), put("entropy", {"components": 2_049})))


def test_results_that_are_not_finite(model_parts: Any) -> None:
    """No weight is too large, and yet the network overflows."""
    model, info, tensors = model_parts()
    large = {name: np.full_like(tensor, 60_000) for name, tensor in tensors.items()}
    layers = [{"op": "linear", "name": f"x{k}", "inputs": 32, "outputs": 32} for k in range(9)]
    for one in layers:
        large[f"{one['name']}/weight"] = np.full((32, 32), 60_000, np.float16)
        large[f"{one['name']}/bias"] = np.zeros(32, np.float16)
    hostile = Model.from_parts(
        {**model, "decoder": [model["decoder"][0], *layers, *model["decoder"][1:]]}, info, large
    )
    with pytest.raises(WeightsCorrupt, match="gives numbers that are not finite"):
        hostile.decode(np.full((1, 2), 255, np.uint8))


def test_batches_of_large_objects(model_parts: Any) -> None:
    model = Model(changed(model_parts(), lambda model, tensors: None))
    assert model.batch_size == 2**23 // 192


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile(what: str, model_parts: Any) -> None:
    file = changed(model_parts(), HOSTILE[what])
    with pytest.raises(WeightsCorrupt, match="freeze it again"):
        Model(file)


@pytest.mark.parametrize(
    "change",
    [
        insert("decoder", 1, {"op": "attention"}),
        insert("encoder", 1, {"op": "conv"}),
        put("normalisation", "unit-sphere"),
    ],
)
def test_what_a_newer_pcbin_may_know(change: Change, model_parts: Any) -> None:
    with pytest.raises(UnsupportedVersion, match="upgrade pcbin"):
        Model(changed(model_parts(), change))


def test_points_at_the_end_of_an_encoder(model_parts: Any) -> None:
    """24 logits may not be taken for 8 points."""
    with pytest.raises(WeightsCorrupt):
        Model(changed(model_parts(bits=24), insert("encoder", 8, {"op": "points", "count": 8})))


def test_two_layers_of_one_name(model_parts: Any) -> None:
    """The second would be run with the first one's weights."""

    def change(model: dict[str, Any], tensors: dict[str, Any]) -> None:
        model["encoder"][0]["name"] = "encoder/point1"
        del tensors["encoder/point0/weight"], tensors["encoder/point0/bias"]

    with pytest.raises(WeightsCorrupt):
        Model(changed(model_parts(), change))


@pytest.mark.parametrize("depth", [20, 100, 150, 400, 900, 5000])
def test_nested_residuals(depth: int, model_parts: Any) -> None:
    """Refused, or run: never a RecursionError, neither in the check nor later in the network."""
    model, info, tensors = model_parts()
    inner: dict[str, Any] = {"op": "relu"}
    for _ in range(depth):
        inner = {"op": "residual", "layers": [inner]}
    model = {**model, "decoder": [model["decoder"][0], inner, *model["decoder"][1:]]}
    with pytest.raises(WeightsCorrupt):
        check(ModelFile(model, info, tensors, "00" * 32))


def test_the_unchanged_model_is_fine(model_parts: Any) -> None:
    """Or all of the above would prove nothing."""
    model = Model(changed(model_parts(), lambda model, tensors: None))
    assert model.name == "hostile"
    assert (model.bits, model.points, model.encoder_points) == (16, 64, 256)
    assert model.decode(model.encode(np.zeros((2, 5, 3), np.float32))).shape == (2, 64, 3)
    assert repr(model) == f"<pcbin.Model hostile {model.id.hex()} bits=16 points=64 device=cpu>"


@pytest.mark.parametrize("info", [{}, {"name": None}, {"name": 5}, {"name": "x" * 1000}])
def test_any_name_will_do(info: dict[str, Any], model_parts: Any) -> None:
    model, _, tensors = model_parts()
    assert isinstance(Model.from_parts(model, info, tensors).name, str)


def test_bits_of_a_code(model_parts: Any) -> None:
    """Bit i is bit i % 8, from the lowest, of byte i // 8, and 1 where logit i is above 0."""
    model = Model(build(*model_parts()[::2]))
    clouds = np.random.default_rng(0).normal(size=(20, 30, 3)).astype(np.float32)
    codes, logits = model.encode(clouds), model.logits(clouds)
    assert codes.shape == (20, 2)
    assert codes.dtype == np.uint8
    assert len(np.unique(codes, axis=0)) > 3
    for row in range(20):
        for i in range(16):
            assert (codes[row, i // 8] >> (i % 8)) & 1 == (logits[row, i] > 0)


def test_a_cloud_is_decoded_from_its_bit_values(model_parts: Any) -> None:
    """A linear decoder with the identity shows what the decoder is given."""
    model, info, _ = model_parts(bits=24)
    decoder = documents(mlp(24, [], 8))
    model = {**model, "decoder": decoder, "points": 8, "bit_values": [-0.5, 2.0]}
    tensors = {n: np.zeros(s, np.float16) for n, s in tensor_shapes(parse(model["encoder"]))}
    tensors["decoder/out/weight"] = np.eye(24, dtype=np.float16)
    tensors["decoder/out/bias"] = np.zeros(24, np.float16)
    found = Model.from_parts(model, info, tensors).decode(np.array([[0b101, 0, 128]], np.uint8))
    expected = np.full(24, -0.5)
    expected[[0, 2, 23]] = 2.0
    np.testing.assert_array_equal(found[0].ravel(), expected)


@pytest.mark.parametrize("device", ["cpu:9x", "gpu", "cuda:99", ""])
def test_devices_that_are_not_there(device: str, tiny: Model) -> None:
    pytest.importorskip("torch")
    from pcbin.errors import InputError

    with pytest.raises(InputError, match="use 'cpu', or 'cuda' on a machine with CUDA"):
        Model(tiny.file, device=device)


# of images, and with a mixture: the encoder is 0 pixels, 1 linear 30-24, 2 relu, 3 out;
# the decoder 0 linear 16-24, 1 relu, 2 out, 3 sigmoid, 4 image

IMAGE_HOSTILE: dict[str, Change] = {
    **{f"without {key}": drop(key) for key in ("image", "bits", "bit_values", "encoder", "decoder")},
    **{
        f"image {v!r}": put("image", v)
        for v in (
            None,
            [],
            [30],
            [6, 5, 1],
            [5, 6],
            [0, 5],
            [-6, -5],
            [6.0, 5],
            [True, 30],
            "65",
            [10**9, 10**9],
        )
    },
    "as clouds": put("normalisation", "unit-diagonal"),
    "clouds in the encoder": insert("encoder", 0, {"op": "max"}),
    "pixels missing": remove("encoder", 0),
    "pixels twice": insert("encoder", 1, {"op": "pixels", "height": 6, "width": 5}),
    "pixels turned": layer("encoder", 0, height=5, width=6),
    "pixels of a fraction": layer("encoder", 0, height=6.0),
    "pixels without width": insert("encoder", 0, {"op": "pixels", "height": 6}),
    "negative pixels": layer("encoder", 0, height=-6, width=-5),
    "image missing": remove("decoder", 4),
    "image turned": layer("decoder", 4, height=5, width=6),
    "image too large": layer("decoder", 4, height=60),
    "image twice": insert("decoder", 4, {"op": "image", "height": 6, "width": 5}),
    "image in a residual": insert(
        "decoder", 4, {"op": "residual", "layers": [{"op": "image", "height": 6, "width": 5}]}
    ),
    "points in place of the image": layer("decoder", 4, op="points", count=10),
    **{
        f"mixture {v!r}": put("mixture", v)
        for v in (
            None,
            [],
            3,
            {},
            {"components": 0},
            {"components": -3},
            {"components": 4},
            {"components": "3"},
        )
    },
    **{f"mixture of {v!r}": put("mixture", {"components": v}) for v in (3.0, True, 10**30, 4097)},
    "mixture not announced": drop("mixture"),
    "weights missing": tensor("mixture/weights", None),
    "means turned": tensor("mixture/means", np.full((16, 3), 0.5, np.float32)),
    "means of integers": tensor("mixture/means", np.ones((3, 16), np.uint8)),
    "means of 1": tensor("mixture/means", np.ones((3, 16), np.float32)),
    "means of 0": tensor("mixture/means", np.zeros((3, 16), np.float32)),
    "means of NaN": tensor("mixture/means", np.full((3, 16), np.nan, np.float32)),
    "weights that do not sum to 1": tensor("mixture/weights", np.full(3, 0.5, np.float32)),
    "a weight of 0": tensor("mixture/weights", np.array([0.5, 0.5, 0], np.float32)),
    "weights of NaN": tensor("mixture/weights", np.full(3, np.nan, np.float32)),
}


@pytest.mark.parametrize("what", IMAGE_HOSTILE)
def test_hostile_image_models(what: str, image_parts: Any) -> None:
    file = changed(image_parts(), IMAGE_HOSTILE[what])
    with pytest.raises(WeightsCorrupt, match="freeze it again"):
        Model(file)


def test_the_unchanged_image_model_is_fine(image_parts: Any) -> None:
    model = Model(changed(image_parts(), lambda model, tensors: None))
    assert (model.bits, model.image, model.points, model.encoder_points) == (16, (6, 5), 0, 0)
    assert model.mixture is not None
    assert (model.mixture[0].shape, model.mixture[1].shape) == ((3,), (3, 16))
    decoded = model.decode(model.encode(np.zeros((2, 6, 5), np.float32)))
    assert decoded.shape == (2, 6, 5)
    assert 0 < decoded.min() < decoded.max() < 1
    assert repr(model) == f"<pcbin.Model hostile {model.id.hex()} bits=16 image=6x5 device=cpu>"
    assert Model(changed(image_parts(components=0), lambda model, tensors: None)).mixture is None


def test_clouds_and_images_at_once(model_parts: Any, image_parts: Any) -> None:
    """A model is of one kind, and does not look like the other to those who read its header only."""
    for file in (
        changed(model_parts(), put("image", [6, 5])),
        changed(image_parts(), put("points", 10)),
        changed(image_parts(), put("encoder_points", 10)),
    ):
        with pytest.raises(WeightsCorrupt, match="in a model of"):
            Model(file)


def test_a_mixture_is_part_of_the_identity(image_parts: Any) -> None:
    means = np.full((3, 16), 0.5, np.float32)
    one, other = (changed(image_parts(), c) for c in (put("bits", 16), tensor("mixture/means", means)))
    assert one.id != other.id


def test_image_models_on_torch(image_parts: Any) -> None:
    """The same function as in NumPy, by the layers' table: logits of pixels, sigmoids of pixels."""
    pytest.importorskip("torch")
    file = changed(image_parts(), lambda model, tensors: None)
    here, there = Model(file), Model(file, device="torch")
    images = np.random.default_rng(0).random((7, 6, 5), dtype=np.float32)
    np.testing.assert_allclose(there.logits(images), here.logits(images), atol=1e-5)
    weights = {name: value.astype(np.float64) for name, value in file.tensors.items()}
    hidden = images.reshape(7, 30) @ weights["encoder/hidden0/weight"].T + weights["encoder/hidden0/bias"]
    expected = np.maximum(hidden, 0) @ weights["encoder/out/weight"].T + weights["encoder/out/bias"]
    np.testing.assert_allclose(here.logits(images), expected, atol=1e-4)
    codes = here.encode(images)
    np.testing.assert_allclose(there.decode(codes), here.decode(codes), atol=1e-5)
    bits = np.unpackbits(codes, axis=1, bitorder="little")
    hidden = np.maximum(bits @ weights["decoder/hidden0/weight"].T + weights["decoder/hidden0/bias"], 0)
    pixels = 1 / (1 + np.exp(-(hidden @ weights["decoder/out/weight"].T + weights["decoder/out/bias"])))
    np.testing.assert_allclose(here.decode(codes), pixels.reshape(7, 6, 5), atol=1e-4)

"""Weights as bytes with a scale for each row: how near they stay, and what may stand in a file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcbin.errors import WeightsCorrupt
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.model import Model
from pcbin.models.weights import Widened, check_weights, narrow, scale_name, widen


@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 40), st.integers(-30, 30))
def test_within_half_a_step(seed: int, rows: int, columns: int, power: int) -> None:
    rng = np.random.default_rng(seed)
    size = 2.0 ** (power + rng.integers(-4, 5, (rows, 1)))  # rows of different size
    weight = (rng.normal(size=(rows, columns)) * size).astype(np.float32)
    whole, scale = narrow(weight)
    assert (whole.dtype, scale.dtype) == (np.int8, np.float32)
    assert (whole.shape, scale.shape) == (weight.shape, (rows,))
    wide = widen({"a/weight": whole, "a/scale": scale}, "a/weight")
    step = np.abs(weight).max(axis=1, keepdims=True) / 127
    assert wide.dtype == np.float32
    assert (np.abs(wide - weight) <= 0.5001 * step).all()
    assert np.abs(whole).max(axis=1).tolist() == [127] * rows  # -128 is not used
    again, same = narrow(wide)
    np.testing.assert_array_equal(again, whole)
    np.testing.assert_allclose(same, scale, rtol=1e-6)


def test_rows_of_zeros_and_of_next_to_nothing() -> None:
    weight = np.zeros((3, 4), np.float32)
    weight[1] = [1e-44, -1e-44, 0, 1e-44]
    weight[2, 3] = -2.0
    whole, scale = narrow(weight)
    assert not whole[:2].any()
    assert whole[2].tolist() == [0, 0, 0, -127]
    assert np.isfinite(scale).all()
    assert (scale > 0).all()
    wide = widen({"a/weight": whole, "a/scale": scale}, "a/weight")
    np.testing.assert_allclose(wide, weight, rtol=1e-6, atol=1e-38)


def test_widening_leaves_what_is_stored_alone() -> None:
    for stored in ({"a/weight": np.ones((2, 2), np.float32)}, {"a/weight": np.ones((2, 2), np.float16)}):
        wide = widen(stored, "a/weight")
        wide[:] = 5
        assert (stored["a/weight"] == 1).all()


def test_names() -> None:
    assert scale_name("encoder/out/weight") == "encoder/out/scale"
    assert scale_name("weight/weight") == "weight/scale"


WANTED = {"a/weight": (3, 4), "a/bias": (3,), "norm/weight": (4,), "mixture/means": (3, 4)}


def stored(**changes: Any) -> dict[str, Any]:
    """Tensors that are right, with some changed; None leaves one out."""
    found = {name: np.ones(shape, np.float16) for name, shape in WANTED.items()}
    found |= {"a/weight": np.ones((3, 4), np.int8), "a/scale": np.ones(3, np.float32)}
    found |= {name.replace("_", "/"): value for name, value in changes.items()}
    return {name: value for name, value in found.items() if value is not None}


def test_what_is_right() -> None:
    check_weights(stored(), WANTED)
    check_weights(stored(a_scale=np.ones(3, np.float16)), WANTED)
    check_weights(stored(a_scale=None, a_weight=np.ones((3, 4), np.float32)), WANTED)


I8 = np.int8


@pytest.mark.parametrize(
    "changes",
    [
        {"a_scale": None},
        {"a_scale": np.ones(4, np.float32)},
        {"a_scale": np.ones((3, 1), np.float32)},
        {"a_scale": np.ones((), np.float32)},
        {"a_scale": np.ones(3, I8)},
        {"a_scale": np.ones(3, np.uint32)},
        {"a_weight": np.ones((3, 4), np.float16)},  # then the scale is one too many
        {"a_weight": np.ones((3, 4), np.uint8)},
        {"a_weight": np.ones((3, 4), np.uint8), "a_scale": None},
        {"a_weight": np.ones((4, 3), I8)},
        {"a_weight": np.ones(12, I8)},
        {"a_weight": None},
        {"a_weight": None, "a_scale": None},
        {"a_bias": np.ones(3, I8)},
        {"a_bias": np.ones(3, I8), "a_biasscale": np.ones(3, np.float32)},
        {"norm_weight": np.ones(4, I8)},
        {"norm_weight": np.ones(4, I8), "norm_scale": np.ones(4, np.float32)},
        {"norm_scale": np.ones(4, np.float32)},
        {"b_scale": np.ones(3, np.float32)},
        {"mixture_means": np.ones((3, 4), I8)},
        {"mixture_means": np.ones((3, 4), I8), "mixture_meansscale": np.ones(3, np.float32)},
    ],
    ids=lambda changes: " ".join(
        f"{name} {None if value is None else (value.dtype.str, value.shape)}"
        for name, value in changes.items()
    ),
)  # fmt: skip
def test_what_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"tensors are not those|not a floating-point number"):
        check_weights(stored(**changes), WANTED)


def narrowed(parts: Any, names: tuple[str, ...]) -> Any:
    model, info, tensors = parts
    for name in names:
        tensors[name], tensors[scale_name(name)] = narrow(tensors[name].astype(np.float32))
    return model, info, tensors


def test_models_with_weights_of_bytes(model_parts: Any) -> None:
    """Through the file, on both backends: the function of the widened weights."""
    names = ("encoder/global0/weight", "encoder/out/weight", "decoder/out/weight")
    model, info, tensors = narrowed(model_parts(), names)
    bytes_ = Model(load_model(dump_model(model, info, tensors)))
    wide = {n: widen(tensors, n) for n in tensors if not n.endswith("/scale")}
    floats = Model.from_parts(model, info, wide)
    assert bytes_.id != floats.id
    clouds = np.random.default_rng(0).normal(size=(3, 50, 3)).astype(np.float32)
    codes = floats.encode(clouds)
    np.testing.assert_array_equal(bytes_.logits(clouds), floats.logits(clouds))
    np.testing.assert_array_equal(bytes_.decode(codes), floats.decode(codes))
    for name in ("decoder/out/weight", "decoder/out/bias"):
        np.testing.assert_array_equal(bytes_.weights[name], floats.weights[name])
    pytest.importorskip("torch")
    there = Model(bytes_.file, device="torch")
    np.testing.assert_allclose(there.logits(clouds), floats.logits(clouds), atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(there.decode(codes), floats.decode(codes), atol=1e-5)


def test_models_with_wrong_bytes(model_parts: Any) -> None:
    name = "decoder/out/weight"
    for change in (
        {scale_name(name): None},
        {scale_name(name): np.ones(3, np.float16)},
        {"decoder/out/bias": np.ones(192, np.int8)},
        {name: np.ones((192, 32), np.float16)},
    ):
        model, info, tensors = narrowed(model_parts(), (name,))
        tensors = {n: t for n, t in {**tensors, **change}.items() if t is not None}
        with pytest.raises(WeightsCorrupt, match="freeze it again"):
            Model.from_parts(model, info, tensors)


def test_a_transpose_holds_the_same_numbers_in_their_own_order() -> None:
    rng = np.random.default_rng(3)
    whole, scale = narrow(rng.normal(size=(30, 40)).astype(np.float32))
    half = rng.normal(size=(3, 4)).astype(np.float16)
    weights = Widened({"a/weight": whole, "a/scale": scale, "b/weight": half})
    for name in ("a/weight", "b/weight"):
        turned = weights.transposed(name)
        assert turned.flags.c_contiguous
        assert turned.dtype == np.float32
        np.testing.assert_array_equal(turned, weights[name].T)

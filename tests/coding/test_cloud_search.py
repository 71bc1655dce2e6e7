"""The search over bit flips: never worse, deterministic, bounded, and right in its arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.arrays import normalise
from pcbin.coding import matching
from pcbin.coding.cloud_search import refine
from pcbin.coding.effort import CLOUD_MEASUREMENTS, MAX_EFFORT
from pcbin.coding.encoding import encode
from pcbin.coding.matching import Matching, signs_of
from pcbin.errors import InputError
from pcbin.metrics import both, distortion
from pcbin.models.architectures import mlp
from pcbin.models.layers import documents, tensor_shapes
from pcbin.models.model import Model


@pytest.fixture
def case(nested: Model, cloud: Any) -> tuple[Model, Any, Any]:
    points = normalise(cloud())[0]
    return nested, points, nested.encode(points[None])[0]


def distance(model: Model, points: Any, code: Any) -> float:
    return distortion(points, model.decode(code[None])[0]).chamfer


def test_there_is_a_budget_for_every_effort() -> None:
    assert len(CLOUD_MEASUREMENTS) == MAX_EFFORT + 1
    assert list(CLOUD_MEASUREMENTS) == sorted(CLOUD_MEASUREMENTS)


@pytest.mark.parametrize("effort", [1, 2, 5, 9])
@pytest.mark.parametrize(("kind", "size"), [("nested", 2), ("nested", 8), ("residual", 1), ("residual", 6)])
def test_never_worse_and_as_said(
    effort: int, kind: str, size: int, cloud: Any, request: pytest.FixtureRequest
) -> None:
    model, points = request.getfixturevalue(kind), normalise(cloud())[0]
    code = encode(model, points[None], bits=model.bits)[0]
    found = refine(model, points, code[:size], bits=8 * size, effort=effort)
    assert found.code.shape == (size,)
    assert found.chamfer <= distance(model, points, code[:size]) + 1e-7
    # the distance of the file's code, by the metric's own arithmetic on the original's own box
    low, high = points.min(axis=0), points.max(axis=0)
    assert np.linalg.norm(high - low) == pytest.approx(1, rel=1e-5)
    assert found.chamfer == pytest.approx(distance(model, points, found.code), rel=1e-4)


def test_more_effort_is_never_worse(case: tuple[Model, Any, Any]) -> None:
    model, points, code = case
    found = [
        refine(model, points, code, bits=8 * len(code), effort=effort).chamfer for effort in range(1, 10)
    ]
    assert found == sorted(found, reverse=True)


def test_same_input_same_code(case: tuple[Model, Any, Any]) -> None:
    model, points, code = case
    assert refine(model, points, code, bits=8 * len(code), effort=6).code.tolist() == (
        refine(model, points, code, bits=8 * len(code), effort=6).code.tolist()
    )


def test_it_finds_the_best_of_all_codes(model_parts: Callable[..., Any], cloud: Any) -> None:
    """With 8 bits there are 256 codes to compare with."""
    model = Model.from_parts(*model_parts(bits=8))
    points = normalise(cloud())[0]
    every = np.array(list(product([0, 1], repeat=8)), np.uint8)
    codes = np.packbits(every, axis=1, bitorder="little")
    best = min(distance(model, points, code) for code in codes)
    found = refine(model, points, model.encode(points[None])[0], bits=8, effort=9)
    assert found.chamfer == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("effort", [1, 4, 7])
def test_the_budget_holds(effort: int, case: tuple[Model, Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def counted(*clouds: Any) -> Any:
        measured.append(1)
        return both(*clouds)

    monkeypatch.setattr(matching, "both", counted)
    model, points, code = case
    refine(model, points, code, bits=8 * len(code), effort=effort)
    assert len(measured) <= CLOUD_MEASUREMENTS[effort]


def test_the_estimate_is_the_derivative(case: tuple[Model, Any, Any]) -> None:
    """For a small change of the features the score is the change of the Chamfer distance."""
    model, points, code = case
    found = Matching(model, points)
    now, decoder = found.at(signs_of(code)), found.decoder
    direction = np.random.default_rng(0).normal(size=now.features.shape).astype(np.float32)
    step = 1e-3 * direction
    after = found.at(now.signs, now.features + step).chamfer
    predicted = float(step @ (decoder.last @ found.gradient(now).ravel()))
    assert after - now.chamfer == pytest.approx(predicted, rel=0.1)


def test_bit_values_other_than_signs(model_parts: Callable[..., Any], cloud: Any) -> None:
    model, info, tensors = model_parts(bits=16)
    model["bit_values"] = [0.0, 1.0]
    loaded = Model.from_parts(model, info, tensors)
    points = normalise(cloud())[0]
    code = loaded.encode(points[None])[0]
    found = refine(loaded, points, code, bits=16, effort=4)
    assert found.chamfer == pytest.approx(distance(loaded, points, found.code), rel=1e-4)
    assert found.chamfer <= distance(loaded, points, code) + 1e-7


def test_points_without_extent(nested: Model) -> None:
    """A single point is all at the origin; nothing fails."""
    data = pcbin.compress([[1.0, 2.0, 3.0]], model=nested, effort=3)
    np.testing.assert_allclose(pcbin.decompress(data, model=nested), [[1.0, 2.0, 3.0]] * 64)


def test_decoders_of_one_layer(model_parts: Callable[..., Any], cloud: Any) -> None:
    """There is no hidden layer whose output could be kept."""
    model, info, tensors = model_parts()
    decoder = mlp(16, [], 64)
    model["decoder"] = documents(decoder)
    tensors = {n: t for n, t in tensors.items() if not n.startswith("decoder/")}
    tensors |= {n: np.ones(s, np.float16) for n, s in tensor_shapes(decoder)}
    flat = Model.from_parts(model, info, tensors)
    with pytest.raises(InputError, match="use effort 0"):
        pcbin.compress(cloud(), model=flat, effort=1)
    assert pcbin.compress(cloud(), model=flat, effort=0)


@pytest.mark.parametrize("effort", [-1, 10, 2.5, "9"])
def test_efforts_that_are_none(effort: Any, nested: Model, cloud: Any) -> None:
    with pytest.raises(InputError, match="use a whole number from 0 to 9"):
        pcbin.compress(cloud(), model=nested, effort=effort)


def test_a_decoder_that_cannot_be_searched(model_parts: Callable[..., Any], cloud: Any) -> None:
    model, info, tensors = model_parts()
    model["decoder"] = [{"op": "relu"}, *model["decoder"]]
    odd = Model.from_parts(model, info, tensors)
    with pytest.raises(InputError, match="use effort 0"):
        pcbin.compress(cloud(), model=odd, effort=1)
    assert pcbin.compress(cloud(), model=odd, effort=0)

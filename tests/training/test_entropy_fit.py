"""The table for entropy coding, fitted to codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pcbin.errors import InputError
from pcbin.formats.entropy import ONE, WEIGHT_SUM
from pcbin.training.entropy_fit import fit_table, rounded


def codes_of(kinds: int, count: int, bits: int = 64, *, noise: float = 0.03, seed: int = 0) -> Any:
    """Codes of so many kinds, each a pattern with a few bits flipped."""
    rng = np.random.default_rng(seed)
    patterns = np.random.default_rng(99).random((kinds, bits)) < 0.5
    found = patterns[rng.integers(kinds, size=count)] ^ (rng.random((count, bits)) < noise)
    return np.packbits(found, axis=1, bitorder="little")


def test_fresh_codes_cost_what_they_must() -> None:
    table = fit_table(codes_of(4, 800))
    fresh = codes_of(4, 200, seed=1)
    flip = -(0.03 * np.log2(0.03) + 0.97 * np.log2(0.97))
    assert table.cost(fresh).mean() == pytest.approx(2 + 64 * flip, rel=0.1)
    assert len(table.weights) >= 4
    assert 8 * len(table.encode_many(fresh)) / 200 < 24


def test_the_number_of_components_is_held_to_account() -> None:
    """Bits that are independent need one component; more would only learn the codes by heart."""
    rng = np.random.default_rng(0)
    independent = np.packbits(rng.random((300, 64)) < 0.3, axis=1, bitorder="little")
    assert len(fit_table(independent).weights) == 1
    assert len(fit_table(codes_of(40, 800), components=(1, 64)).weights) == 64


def test_nested_codes() -> None:
    """The mixture is that of the default length; the other bits follow, and every prefix has its price."""
    codes = codes_of(4, 600)
    table = fit_table(codes, default=32)
    assert table.bits == 64
    costs = [table.cost(codes[:, :size]).mean() for size in (1, 2, 4, 8)]
    assert costs == sorted(costs)
    assert costs[-1] < 20
    assert costs[2] == pytest.approx(fit_table(codes[:, :4]).cost(codes[:, :4]).mean(), rel=0.05)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_codes(count: int) -> None:
    codes = codes_of(1, count, 16)
    table = fit_table(codes)
    assert len(table.weights) == 1
    assert table.decode(table.encode(codes[0].tobytes()), 16) == codes[0].tobytes()


def test_the_same_codes_give_the_same_table() -> None:
    first, second = (fit_table(codes_of(4, 100), seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.means, second.means)


def test_rounding() -> None:
    weights = np.array([1 - 3e-12, 1e-12, 2e-12])
    table = rounded(weights, np.tile([0.0, 1.0, 0.5, 1e-9], (3, 2)))
    assert table.weights.tolist() == [WEIGHT_SUM - 2, 1, 1]
    assert table.means[0].tolist() == [1, ONE - 1, ONE // 2, 1] * 2
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(1000))
    table = rounded(weights, np.full((1000, 8), 0.5))
    np.testing.assert_allclose(table.weights / WEIGHT_SUM, weights, atol=2.0**-23 + 1e-4 * weights.max())


@pytest.mark.parametrize(
    ("codes", "default"),
    [
        (np.zeros((0, 2), np.uint8), None),
        (np.zeros((2, 0), np.uint8), None),
        (np.zeros((2, 2)), None),
        (np.zeros(2, np.uint8), None),
        (np.zeros((2, 2), np.uint8), 24),
        (np.zeros((2, 2), np.uint8), 9),
        (np.zeros((2, 2), np.uint8), 0),
    ],
)
def test_refuses(codes: Any, default: int | None) -> None:
    with pytest.raises(InputError, match=r"codes: |default: "):
        fit_table(codes, default=default)

"""The grid of nearest neighbours against all pairs, for clouds of every shape, and against SciPy's trees."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from pcbin.metrics import Nearest, nearest, neighbours, tree
from pcbin.metrics.neighbour_grid import both

KINDS = ("cube", "line", "plane", "point", "duplicates", "outlier", "sphere", "lattice")


def cloud(kind: str, count: int, rng: np.random.Generator) -> Any:
    x = rng.uniform(-1, 1, (count, 3))
    if kind == "line":
        x = rng.uniform(-1, 1, (count, 1)) * rng.normal(size=3)
    elif kind == "plane":
        x = x[:, :2] @ rng.normal(size=(2, 3))
    elif kind == "point":
        x[:] = x[0]
    elif kind == "duplicates":
        x = x[rng.integers(0, max(1, count // 8), count)]
    elif kind == "outlier":
        x[0] *= 1e3
    elif kind == "sphere":
        x /= np.linalg.norm(x, axis=1, keepdims=True)
    elif kind == "lattice":
        x = np.round(x * 4) / 4  # many ties, and points on the cells' faces
    return x


def check(x: Any, y: Any) -> None:
    """Not the same rows as a tree's, as there are ties, but the same distances, to the last bit."""
    for mine, others, (squared, rows) in zip((x, y), (y, x), both(x, y), strict=True):
        assert rows.shape == squared.shape == (len(mine),)
        assert 0 <= rows.min() <= rows.max() < len(others)
        a, b = mine.astype(np.float64), others.astype(np.float64)
        np.testing.assert_array_equal(squared, np.square(a - b[rows]).sum(axis=1))
        np.testing.assert_array_equal(np.sqrt(squared), tree(b).query(a)[0])


@given(
    st.integers(0, 100_000),
    *(st.sampled_from(KINDS) for _ in range(2)),
    *(st.integers(1, 300) for _ in range(2)),
    st.sampled_from([1.0, 1e-3, 1e3]),
    st.sampled_from([0.0, 1.0, 30.0]),
)
@settings(max_examples=60)
def test_against_all_pairs(  # noqa: PLR0917 - one argument a strategy
    seed: int, mine: str, other: str, n: int, m: int, scale: float, shift: float
) -> None:
    """scale and shift: of the searched cloud; it may be far smaller or larger, and beside the other."""
    rng = np.random.default_rng(seed)
    x = cloud(mine, n, rng).astype(np.float32)
    y = (cloud(other, m, rng) * scale + shift * scale * rng.normal(size=3)).astype(np.float32)
    check(x, y)


@pytest.mark.parametrize("far", [1e6, -1e12])
def test_points_far_away(far: float) -> None:
    """Cells of a point that is far outside are those of the border, however far that is."""
    rng = np.random.default_rng(0)
    y = rng.uniform(-1, 1, (200, 3)).astype(np.float32)
    x = y[:20] + np.float32(1e-3)
    x[::5, 1] = far
    check(np.delete(x, np.s_[::5], 0), y)
    check(x[::5], y)


def test_rows_are_those_of_a_tree(cloud: Any) -> None:
    x, y = (cloud(2048, seed=seed).astype(np.float32) for seed in (0, 1))
    for mine, others, (_, rows) in zip((x, y), (y, x), both(x, y), strict=True):
        np.testing.assert_array_equal(rows, nearest(mine, tree(others)).rows)
    np.testing.assert_array_equal(both(x, x)[0][1], np.arange(2048))


def test_the_grid_takes_over_and_nothing_changes(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = (cloud(500, seed=seed) for seed in (0, 1))

    def found(searched: int) -> tuple[Nearest, Nearest]:
        monkeypatch.setattr(neighbours, "_searched", count(searched))
        return neighbours.both(x, y)

    for early, late in zip(found(0), found(neighbours.SOON), strict=True):
        np.testing.assert_array_equal(early.squared, late.squared)
        np.testing.assert_array_equal(early.rows, late.rows)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_breaks_nothing(value: float) -> None:
    """A run that diverges is found out elsewhere; here every row that is named must exist."""
    rng = np.random.default_rng(0)
    good, bad = rng.normal(size=(2, 100, 3)).astype(np.float32)
    bad[::7, 1] = value
    worst = np.full((100, 3), value, np.float32)
    for x, y in ((good, bad), (bad, good), (bad, bad), (good, worst), (worst, good)):
        for _, rows in both(x, y):
            assert 0 <= rows.min() <= rows.max() < 100

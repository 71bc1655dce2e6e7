"""The metrics of `Comparison` against second implementations: whole distance tables, loops, SciPy's own."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, directed_hausdorff

from pcbin.errors import InputError
from pcbin.metrics import Comparison

counts = st.integers(1, 40)
seeds = st.integers(0, 2**32)


def pair(n: int, m: int, seed: int, near: float = 0.05) -> tuple[Any, Any]:
    """Points of a box in some corner of space, and others near to points of it."""
    rng = np.random.default_rng(seed)
    original = rng.uniform(-1, 1, (max(n, 2), 3)) * [3.0, 1.0, 2.0] + [10, -4, 7]
    decoded = original[rng.integers(0, len(original), m)] + rng.normal(0, near, (m, 3))
    return original, decoded


def distances(original: Any, decoded: Any) -> Any:
    """(N, M), in diagonals of the original."""
    return cdist(original, decoded) / math.dist(original.min(axis=0), original.max(axis=0))


@given(counts, counts, seeds, st.floats(0.001, 0.5))
def test_f_score(n: int, m: int, seed: int, threshold: float) -> None:
    original, decoded = pair(n, m, seed)
    table = distances(original, decoded)
    hits = [sum(min(row) < threshold for row in rows) for rows in (table.T.tolist(), table.tolist())]
    precision, recall = hits[0] / len(decoded), hits[1] / len(original)
    found = Comparison(original, decoded).f_score(threshold)
    assert found.precision == pytest.approx(precision)
    assert found.recall == pytest.approx(recall)
    expected = 0.0 if hits == [0, 0] else 2 / (1 / precision + 1 / recall)
    assert found.f_score == pytest.approx(expected)


def test_f_score_by_hand() -> None:
    """A diagonal of 1: two decoded points of three within 1 %, one original point of two."""
    original = [[0, 0, 0], [1, 0, 0]]
    decoded = [[0.009, 0, 0], [0, 0.009, 0], [0.5, 0, 0]]
    assert Comparison(original, decoded).f_score() == pytest.approx((4 / 7, 2 / 3, 1 / 2))
    assert Comparison(original, [[0.5, 0, 0]]).f_score() == (0, 0, 0)
    assert Comparison(original, original).f_score(1e-12) == (1, 1, 1)


@pytest.mark.parametrize("threshold", [0, -0.1, math.nan])
def test_thresholds_that_are_none(threshold: float) -> None:
    with pytest.raises(InputError, match="threshold"):
        Comparison([[0, 0, 0], [1, 0, 0]], [[0, 0, 0]]).f_score(threshold)


@given(counts, counts, seeds)
def test_hausdorff(n: int, m: int, seed: int) -> None:
    """SciPy's is directed, and searches without a tree."""
    original, decoded = pair(n, m, seed)
    diagonal = math.dist(original.min(axis=0), original.max(axis=0))
    both = directed_hausdorff(original, decoded)[0], directed_hausdorff(decoded, original)[0]
    assert Comparison(original, decoded).hausdorff().largest == pytest.approx(max(both) / diagonal)


@given(counts, counts, seeds)
def test_hausdorff_95(n: int, m: int, seed: int) -> None:
    """The rank 0.95 (n - 1), counted from 0, between its two neighbours in the sorted distances."""
    original, decoded = pair(n, m, seed)
    table = distances(original, decoded)
    found = []
    for near in (sorted(table.min(axis=1)), sorted(table.min(axis=0))):
        rank = 0.95 * (len(near) - 1)
        low, part = int(rank), rank - int(rank)
        found.append(near[low] + part * (near[min(low + 1, len(near) - 1)] - near[low]))
    assert Comparison(original, decoded).hausdorff().p95 == pytest.approx(max(found))


def test_one_stray_point() -> None:
    """Of 101 decoded points one is far away: it decides the Hausdorff distance, not the percentile."""
    line = np.column_stack([np.linspace(0, 1, 101), np.zeros((101, 2))])
    stray = line.copy()
    stray[50] = [0.5, 7, 0]
    found = Comparison(line, stray).hausdorff()
    assert found.largest == pytest.approx(7)
    assert found.p95 == pytest.approx(0, abs=1e-12)


def brute_d2_psnr(original: Any, normals: Any, decoded: Any) -> float:
    """pc_error point by point, in the user's units."""
    units = [normal / math.hypot(*normal) for normal in normals]
    table = cdist(original, decoded)
    gathered: list[list[Any]] = [[] for _ in decoded]
    for row, nearest in enumerate(table.argmin(axis=1)):
        gathered[nearest].append(units[row])
    back = table.argmin(axis=0)
    derived = [np.mean(some, axis=0) if some else units[back[k]] for k, some in enumerate(gathered)]
    there = [
        ((original[i] - decoded[k]) @ derived[k]) ** 2 for i, k in enumerate(table.argmin(axis=1).tolist())
    ]
    again = [((decoded[k] - original[i]) @ units[i]) ** 2 for k, i in enumerate(back.tolist())]
    peak = (original.max(axis=0) - original.min(axis=0)).max()
    return 10 * math.log10(3 * peak**2 / max(np.mean(there), np.mean(again)))


@given(counts, counts, seeds)
def test_d2_psnr(n: int, m: int, seed: int) -> None:
    original, decoded = pair(n, m, seed)
    normals = np.random.default_rng(seed + 1).normal(size=original.shape) * 5
    expected = brute_d2_psnr(original, normals, decoded)
    found = Comparison(original, decoded).d2_psnr(normals)
    assert found == pytest.approx(expected, abs=1e-6)
    assert Comparison(original, decoded).d2_psnr(1e-200 * normals) == pytest.approx(found)


def test_d2_psnr_by_hand() -> None:
    """A plane: what slides along it costs nothing, what leaves it by h costs h squared."""
    rng = np.random.default_rng(0)
    plane = np.column_stack([rng.uniform(0, 2, (200, 2)), np.zeros(200)])
    up = np.tile([0.0, 0.0, 3.0], (200, 1))
    assert Comparison(plane, plane + np.array([0.01, 0.02, 0])).d2_psnr(up) == math.inf
    peak = np.ptp(plane, axis=0).max()
    lifted = Comparison(plane, plane + np.array([0, 0, 0.1]))
    assert lifted.d2_psnr(up) == pytest.approx(10 * math.log10(3 * peak**2 / 0.01))
    assert lifted.d2_psnr(up) == pytest.approx(lifted.distortion().d1_psnr)


@pytest.mark.parametrize(
    ("normals", "said"),
    [
        ([[0, 0, 1]], r"normals: shape \(1, 3\) for 2 points"),
        ([[0, 0, 1], [0, 0, 0]], "normals: 1 of 2 have no direction .* the first is row 1"),
        ([[0, 0, math.inf], [0, math.nan, 1]], "normals: 2 of 2"),
        ([["a", "b", "c"], [0, 0, 1]], "normals: not an array of numbers"),
    ],
)
def test_normals_that_are_none(normals: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Comparison([[0, 0, 0], [1, 0, 0]], [[0, 0, 0]]).d2_psnr(normals)


@given(counts, counts, seeds, st.floats(1, 5000))
def test_density_aware_chamfer(n: int, m: int, seed: int, alpha: float) -> None:
    """Equation by equation: sums over the points that each point of the other cloud is nearest to."""
    original, decoded = pair(n, m, seed)
    table = distances(original, decoded)
    directions = []
    for rows in (table, table.T):
        mine, others = rows.shape
        kept = 0.0
        for other in range(others):
            sharers = [row[other] for row in rows if row.argmin() == other]
            kept += sum(math.exp(-alpha * d * d) for d in sharers) / max(1, len(sharers))
        directions.append(1 - mine / others * kept / mine)
    found = Comparison(original, decoded).density_aware_chamfer(alpha)
    assert found == pytest.approx(np.mean(directions), abs=1e-12)
    assert 0 <= found <= 1


def test_density_aware_chamfer_by_hand() -> None:
    """Each of two places against four copies of each: 2 / 8 of a copy there, all of a place back."""
    places = np.array([[0.0, 0, 0], [1, 0, 0]])
    assert Comparison(places, places).density_aware_chamfer() == 0
    assert Comparison(places, places.repeat(4, axis=0)).density_aware_chamfer() == pytest.approx(0.375)


def test_density_aware_chamfer_sees_density() -> None:
    rng = np.random.default_rng(0)
    original, even, gathered = (
        np.column_stack([rng.uniform(size=(500, 2)), np.zeros(500)]) for _ in range(3)
    )
    gathered[:, 0] **= 2
    fair, unfair = (Comparison(original, one).density_aware_chamfer() for one in (even, gathered))
    assert unfair > 1.1 * fair


@pytest.mark.parametrize("alpha", [0, -1, math.nan, math.inf])
def test_alphas_that_are_none(alpha: float) -> None:
    with pytest.raises(InputError, match="alpha"):
        Comparison([[0, 0, 0], [1, 0, 0]], [[0, 0, 0]]).density_aware_chamfer(alpha)


@given(st.integers(2, 6), seeds)
def test_emd(n: int, seed: int) -> None:
    """All pairings of a few points."""
    original, decoded = pair(n, n, seed, near=0.5)
    table = distances(original, decoded)
    least = min(sum(table[i, k] for i, k in enumerate(order)) for order in permutations(range(n))) / n
    assert Comparison(original, decoded).emd() == pytest.approx(least)


@given(st.integers(2, 200), seeds)
def test_emd_on_a_line(n: int, seed: int) -> None:
    """In one dimension the points are paired in their order."""
    x, y = np.random.default_rng(seed).normal(size=(2, n))
    line = np.array([[1.0, -2, 2]])  # of length 3
    expected = 3 * np.abs(np.sort(x) - np.sort(y)).mean() / (3 * np.ptp(x))
    assert Comparison(x[:, None] * line, y[:, None] * line).emd() == pytest.approx(expected)


def test_emd_of_drawn_points(cloud: Any) -> None:
    original, decoded = cloud(700, seed=1), cloud(600, seed=2)
    found = Comparison(original, decoded).emd()
    order = np.random.default_rng(0).permutation(600)
    assert Comparison(original[::-1], decoded[order]).emd() == pytest.approx(found)
    assert Comparison(original, original[::-1]).emd() == 0
    few = Comparison(original, decoded).emd(100)
    assert few > found  # fewer points lie further apart
    assert Comparison(original, decoded[:100]).emd() == pytest.approx(few, rel=0.5)


def test_emd_sees_density() -> None:
    """1,000 points of which a quarter should stand elsewhere: each of these has to go 1 diagonal."""
    places = np.array([[0.0, 0, 0], [1, 0, 0]])
    even, gathered = np.repeat(places, [500, 500], axis=0), np.repeat(places, [750, 250], axis=0)
    assert Comparison(even, gathered).distortion().chamfer == 0
    assert Comparison(even, gathered).emd(1000) == pytest.approx(0.25)


@pytest.mark.parametrize("points", [0, -1, 5000])
def test_numbers_of_emd_points_that_are_none(points: int) -> None:
    with pytest.raises(InputError, match="points"):
        Comparison([[0, 0, 0], [1, 0, 0]], [[0, 0, 0]]).emd(points)

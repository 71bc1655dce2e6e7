"""Steps of many bits: the quadratic problem."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pcbin.coding.quadratic import best_flips


def problem(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size + 2)).astype(np.float32)
    return rng.normal(0, 6, size).astype(np.float32), root @ root.T / size


def value(flips: np.ndarray, slope: np.ndarray, curvature: np.ndarray) -> float:
    return float(slope @ flips + flips @ curvature @ flips)


@pytest.mark.parametrize("seed", range(10))
def test_no_single_flip_is_better(seed: int) -> None:
    slope, curvature = problem(9, seed)
    found = best_flips(slope, curvature).astype(np.float32)
    reached = value(found, slope, curvature)
    assert reached <= 0
    for bit in range(9):
        other = found.copy()
        other[bit] = 1 - other[bit]
        assert value(other, slope, curvature) >= reached - 1e-4
    every = [value(np.array(flips, np.float32), slope, curvature) for flips in product([0, 1], repeat=9)]
    assert reached <= 0.8 * min(every)  # near the best of all, which costs 2^k


def test_independent_bits_are_solved() -> None:
    slope = np.array([-3, -1, 2, -2.5], np.float32)
    found = best_flips(slope, 2 * np.eye(4, dtype=np.float32))
    assert found.tolist() == [True, False, False, True]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_some_bits_are_limited(most: int) -> None:
    slope = np.array([-9, -8, -7, -1], np.float32)
    found = best_flips(slope, np.zeros((4, 4), np.float32), first=3, most=most)
    assert found.tolist() == [most > 0, most > 1, False, True]

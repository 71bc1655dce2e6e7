"""Mean average precision as the benchmark of retrieval counts it, against its definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks.retrieval import average_precision, scores, squared


def plain(order: list[int], relevant: np.ndarray) -> float:
    """Of shapes in an order: the mean of the precision at each that is relevant."""
    hits = np.cumsum(relevant[order])
    return float(np.mean([hits[rank] / (rank + 1) for rank, row in enumerate(order) if relevant[row]]))


@pytest.mark.parametrize("seed", range(5))
def test_without_ties_it_is_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    distances, relevant = rng.permutation(30).astype(float), rng.random(30) < 0.3
    relevant[0] = True
    assert average_precision(distances, relevant) == pytest.approx(
        plain(distances.argsort().tolist(), relevant)
    )


def test_ties_count_as_the_mean_over_their_orders() -> None:
    distances = np.array([1, 1, 1, 2, 2, 0, 3], float)
    relevant = np.array([1, 0, 1, 0, 1, 0, 1], bool)
    ordered = [
        plain([5, *near, *far, 6], relevant)
        for near in itertools.permutations((0, 1, 2))
        for far in itertools.permutations((3, 4))
    ]
    assert average_precision(distances, relevant) == pytest.approx(np.mean(ordered))


def test_a_query_does_not_find_itself() -> None:
    points = np.array([[0, 0], [1, 0], [5, 5], [5, 6]], np.float32)
    labels = np.array(["a", "a", "b", "b"])
    found = scores(squared(points, points), labels, np.arange(4))
    assert found == {"mean_average_precision": 1.0, "first_of_class": 1.0}
    assert scores(squared(points, points), labels[[0, 2, 1, 3]], np.arange(4))["first_of_class"] == 0

"""How well clusters stand for labels: (n,) arrays of any values; what clusters are called does not matter."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.arrays import Float64
from pcbin.errors import InputError


def accuracy(labels: Any, clusters: Any) -> float:
    """ACC, 0 to 1: the fraction of (n,) items whose cluster stands for their label.

    Each cluster stands for one label at most, in the best assignment (Hungarian method; Xie et al., 2016).

    Raises:
        InputError: The two are empty, or not of the same length.
    """
    table = matched(labels, clusters)
    return float(np.trace(table) / table.sum())


def matched(labels: Any, clusters: Any) -> Float64:
    """(labels, clusters): how many items have both.

    Clusters are in the order in which they stand for the labels; those that stand for none come last.

    Raises:
        InputError: As for `accuracy`.
    """
    from scipy.optimize import linear_sum_assignment

    table = _contingency(labels, clusters)
    rows, columns = linear_sum_assignment(table, maximize=True)
    # a label without a cluster keeps an empty column, so that the diagonal stays the diagonal
    others = np.setdiff1d(np.arange(table.shape[1]), columns)
    ordered = np.zeros((len(table), len(table) + len(others)))
    ordered[:, rows] = table[:, columns]
    ordered[:, len(table) :] = table[:, others]
    return ordered


def nmi(labels: Any, clusters: Any) -> float:
    """Normalised mutual information, 0 to 1: I(labels; clusters) over the mean of their two entropies.

    1 where both are one group only.

    Raises:
        InputError: As for `accuracy`.
    """
    joint = _contingency(labels, clusters)
    joint = joint / joint.sum()
    of_labels, of_clusters = joint.sum(axis=1), joint.sum(axis=0)
    mean = (_entropy(of_labels) + _entropy(of_clusters)) / 2
    if mean == 0:
        return 1.0
    shared = _entropy(of_labels) + _entropy(of_clusters) - _entropy(joint.ravel())
    return min(1.0, max(0.0, shared / mean))  # rounding


def ari(labels: Any, clusters: Any) -> float:
    """Adjusted Rand index (Hubert and Arabie, 1985): 1 for equal clusterings, 0 on average for random ones.

    Raises:
        InputError: As for `accuracy`.
    """
    table = _contingency(labels, clusters)
    together = _pairs(table).sum()
    of_labels, of_clusters = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    expected = of_labels * of_clusters / max(1.0, _pairs(table.sum()))
    most = (of_labels + of_clusters) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _contingency(labels: Any, clusters: Any) -> Float64:
    """(labels, clusters): how many items have both."""
    rows, columns = np.asarray(labels), np.asarray(clusters)
    if rows.ndim != 1 or rows.shape != columns.shape or not len(rows):
        raise InputError(
            f"labels {rows.shape} and clusters {columns.shape}; pass two arrays (n,) of one length above 0"
        )
    row, column = (np.unique(values, return_inverse=True)[1] for values in (rows, columns))
    table = np.zeros((row.max() + 1, column.max() + 1))
    np.add.at(table, (row, column), 1.0)
    return table


def _entropy(probabilities: Float64) -> float:
    """Nats."""
    some = probabilities[probabilities > 0]
    return float(-(some * np.log(some)).sum())


def _pairs(counts: Any) -> Any:
    return counts * (counts - 1) / 2

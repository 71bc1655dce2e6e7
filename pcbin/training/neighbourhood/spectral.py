"""Spectral clustering of a graph."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import lobpcg

from pcbin.arrays import Float64
from pcbin.models.bernoulli_mixture import evenness

RESTARTS = 10
"""Of K-means."""
SPARE, ITERATIONS, TOLERANCE = 4, 200, 1e-3
"""Of the eigenvectors, which are only clustered; with some to spare the wanted ones converge sooner."""


class Clusters(NamedTuple):
    """A partition of a set."""

    labels: npt.NDArray[np.int64]
    """(S,): 0 to the number of clusters - 1."""
    eigenvectors: int
    """How many the partition was found with."""
    evenness: float
    """The entropy of the clusters' sizes, nats."""


def embedding(links: Any, dimensions: int, seed: int) -> Float64:
    """(S, S) symmetric graph -> (S, dimensions): the leading eigenvectors of its normalised adjacency
    D^-1/2 A D^-1/2, the strongest first (Ng, Jordan and Weiss, 2002).

    By LOBPCG (Knyazev, 2001), as it works on a block: a graph that falls into parts has the eigenvalue 1 once
    for each, and methods that follow a single vector miss some of them.
    """
    degrees = np.asarray(links.sum(axis=1)).ravel()
    scale = sparse.diags(1 / np.sqrt(np.maximum(degrees, 1e-12)))
    start = np.random.default_rng(seed).standard_normal((len(degrees), dimensions + SPARE))
    start[:, 0] = np.sqrt(degrees)  # the first one is known
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the spare ones need not be exact
        values, vectors = lobpcg(
            (scale @ links @ scale).tocsr(), start, largest=True, maxiter=ITERATIONS, tol=TOLERANCE
        )
    found: Float64 = vectors[:, np.argsort(-values)][:, :dimensions]
    return found


def clusters(links: Any, count: int, eigenvectors: Sequence[int], seed: int) -> Clusters:
    """`count` clusters of a graph: K-means on the rows of its embedding, scaled to unit length.

    eigenvectors: the first and the last number of eigenvectors that is tried. The partition with the most
    evenly sized clusters is taken: with too few eigenvectors two clusters fall together, with too many one
    falls apart, and both make sizes uneven. Of equal ones the one with fewer.
    """
    from sklearn.cluster import KMeans

    first, last = eigenvectors
    whole = embedding(links, last, seed)
    best: Clusters | None = None
    for dimensions in range(first, last + 1):
        rows = whole[:, :dimensions]
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        labels = KMeans(count, n_init=RESTARTS, random_state=seed).fit(rows).labels_
        sizes = np.bincount(labels, minlength=count)
        even = evenness(sizes[sizes > 0] / sizes.sum())
        if best is None or even > best.evenness:
            best = Clusters(labels.astype(np.int64), dimensions, even)
    assert best is not None
    return best

"""The graph of the nearest neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import sparse

from pcbin.arrays import Float32

ROWS = 500
"""Rows of the distance matrix that are in memory at once."""
CANDIDATES = 8
"""Times as many neighbours as wanted are compared again with the augmented copies."""


def nearest(features: Float32, count: int) -> Any:
    """(S, D) features -> (S, count) rows of the nearest others, exactly, by Euclidean distance.

    In a hundred dimensions no tree beats a matrix product.
    """
    import torch

    data = torch.from_numpy(features)
    squares = data.square().sum(dim=1)
    found = []
    for start in range(0, len(data), ROWS):
        some = data[start : start + ROWS]
        distances = torch.addmm(squares[None].expand(len(some), -1), some, data.T, alpha=-2)
        each = torch.arange(len(some))
        distances[each, start + each] = torch.inf  # nobody is their own neighbour
        found.append(distances.topk(count, dim=1, largest=False).indices)
    return torch.cat(found).numpy()


def closest(features: Float32, count: int, copies: Iterable[Float32]) -> Any:
    """(S, D) features -> (S, count) rows of the nearest others, where each may be augmented first.

    copies: features of augmented copies of the set, (S, D) each. The distance from a to b is the smallest of
    those from a and its copies to b: a tangent distance (Simard et al., 1993) by sampling. Searched among the
    CANDIDATES x count nearest neighbours without augmentation.
    """
    found = nearest(features, min(CANDIDATES * count, len(features) - 1))
    least = np.full(found.shape, np.inf, np.float32)
    for copy in itertools.chain([features], copies):
        for start in range(0, len(features), ROWS):
            part = slice(start, start + ROWS)
            apart = np.square(copy[part, None, :] - features[found[part]]).sum(axis=2)
            np.minimum(least[part], apart, out=least[part])
    order = np.argsort(least, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(found, order, axis=1)


def graph(neighbours: Any) -> Any:
    """(S, k) rows -> (S, S) sparse, symmetric: 1 where one of the two is among the other's neighbours."""
    size, count = neighbours.shape
    rows = np.repeat(np.arange(size), count)
    links = sparse.csr_matrix((np.ones(size * count), (rows, neighbours.ravel())), (size, size))
    return links.maximum(links.T)

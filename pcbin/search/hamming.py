"""The k nearest codes by Hamming distance: an exact scan, which needs no index and forgets nothing.

NumPy does it alone; faiss-cpu (`pcbin[search]`) does the same scan some times faster. Both give the same
rows: of codes that are equally near, those with the lower numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin._bits import Counts, Words, checked, distances, is_whole, words
from pcbin.arrays import Codes
from pcbin.errors import InputError, missing

Backend = Literal["numpy", "faiss"]
BLOCK = 2**14
"""Codes that are compared in one step: few enough for the cache of a processor."""

GATHERED = 2**18
"""Codes that several short arrays are copied together to: 4 MiB of 128-bit codes."""


class Neighbours(NamedTuple):
    """The nearest codes of each of q queries, nearest first; k, or as many as there are."""

    distances: npt.NDArray[np.int32]
    """(q, k): bits that differ."""
    rows: npt.NDArray[np.int64]
    """(q, k): which codes."""


def nearest(
    queries: Codes, codes: Codes | Iterable[Codes], k: int = 10, *, backend: Backend | None = None
) -> Neighbours:
    """The k nearest of some codes to each query.

    Args:
        queries: (q, K / 8) uint8.
        codes: (n, K / 8) uint8, or several such arrays, which are numbered through; they may be memory-mapped
            (`Archive.code_blocks`), and are not copied.
        k: How many are wanted.
        backend: "numpy", or "faiss"; None for faiss where it is installed.

    Returns:
        Of equal distances, the lower row comes first.

    Raises:
        InputError: Arrays of another form, codes that differ in length, or a k below 1.
        MissingDependency: faiss is asked for and not installed.
    """
    queries = checked(queries, what="queries")
    if not is_whole(k) or k < 1:
        raise InputError(f"k = {k!r}; ask for at least 1 neighbour")
    scan = _scan(backend)
    blocks = [codes] if isinstance(codes, np.ndarray) else _gathered(_iterable(codes), queries.shape[1])
    found = Neighbours(np.empty((len(queries), 0), np.int32), np.empty((len(queries), 0), np.int64))
    first = 0
    for given in blocks:
        block = checked(given, width=queries.shape[1])
        if len(block) and len(queries):
            found = _merged(found, scan(queries, block, k, found), first, k)
        first += len(block)
    return found


def _iterable(codes: Iterable[Codes]) -> Iterable[Codes]:
    """The same. Raises InputError for what is none."""
    if not isinstance(codes, Iterable):
        raise InputError(f"codes: {type(codes).__name__}; pass an array, or several")
    return codes


def _gathered(blocks: Iterable[Codes], width: int) -> Iterator[Codes]:
    """The same codes in arrays of about GATHERED, or longer where they are: short ones are copied together.

    To begin a scan takes as long as some thousand codes."""
    waiting: list[Codes] = []
    for given in blocks:
        block = checked(given, width=width)
        if sum(map(len, waiting)) + len(block) >= GATHERED and waiting:
            yield np.concatenate(waiting) if len(waiting) > 1 else waiting[0]
            waiting = []
        waiting.append(block)
    if waiting:
        yield np.concatenate(waiting) if len(waiting) > 1 else waiting[0]


def _scan(backend: Backend | None) -> Any:
    if not isinstance(backend, str | None) or backend not in (None, "numpy", "faiss"):
        raise InputError(f"backend = {backend!r}; use 'numpy' or 'faiss'")
    there = find_spec("faiss") is not None
    if backend == "faiss" and not there:
        raise missing("faiss", "this backend", "search")
    return _with_numpy if backend == "numpy" or not there else _with_faiss


def _merged(before: Neighbours, after: Neighbours, first: int, k: int) -> Neighbours:
    """The nearest of two scans; rows of the second count from `first`, above those of the first."""
    apart = np.concatenate([before.distances, after.distances], axis=1)
    rows = np.concatenate([before.rows, after.rows + first], axis=1)
    order = np.argsort(apart, axis=1, kind="stable")[:, :k]
    return Neighbours(np.take_along_axis(apart, order, axis=1), np.take_along_axis(rows, order, axis=1))


def _with_faiss(queries: Codes, codes: Codes, k: int, before: Neighbours) -> Neighbours:
    import faiss

    k = min(k, len(codes))
    apart, rows = faiss.knn_hamming(np.ascontiguousarray(queries), np.ascontiguousarray(codes), k)
    order = np.lexsort((rows, apart), axis=1)
    return Neighbours(
        np.take_along_axis(apart, order, axis=1).astype(np.int32, copy=False),
        np.take_along_axis(rows, order, axis=1).astype(np.int64, copy=False),
    )


def _with_numpy(queries: Codes, codes: Codes, k: int, before: Neighbours) -> Neighbours:
    k = min(k, len(codes))
    apart = np.empty((len(queries), k), np.int32)
    rows = np.empty((len(queries), k), np.int64)
    database = words(codes)
    for number, query in enumerate(words(queries)):
        apart[number], rows[number] = _nearest_of_one(query, database, k)
    return Neighbours(apart, rows)


def _nearest_of_one(query: Words, codes: Words, k: int) -> tuple[Any, Any]:
    """Distances (k,) and rows (k,) of the nearest of (n, W) codes, n at least k."""
    best: Counts = np.empty(0, np.uint8)
    rows = np.empty(0, np.int64)
    repeated = np.tile(query, (min(BLOCK, len(codes)), 1))
    for start in range(0, len(codes), BLOCK):
        block = codes[start : start + BLOCK]
        apart = distances(block, repeated[: len(block)])
        # whatever is as far as the farthest of k that came before has a higher row, and loses
        near = np.arange(len(apart)) if len(best) < k else np.flatnonzero(apart < best[-1])
        if not len(near):
            continue
        near = near[_first(apart[near], k)]
        best, rows = np.concatenate([best, apart[near]]), np.concatenate([rows, near + start])
        order = np.argsort(best, kind="stable")[:k]
        best, rows = best[order], rows[order]
    return best, rows


def _first(apart: Counts, k: int) -> Any:
    """Rows of the k smallest distances, in ascending order of rows; of equal ones the first."""
    if len(apart) <= k:
        return np.arange(len(apart))
    bound = np.partition(apart, k - 1)[k - 1]
    below = np.flatnonzero(apart < bound)
    return np.sort(np.concatenate([below, np.flatnonzero(apart == bound)[: k - len(below)]]))

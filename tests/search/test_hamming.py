"""Exact neighbours, whoever scans; and all near pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcbin import _bits
from pcbin.errors import InputError, MissingDependency
from pcbin.search import hamming as module
from pcbin.search.hamming import nearest
from pcbin.search.pairs import pairs


def brute(queries: Any, codes: Any) -> Any:
    return np.unpackbits(queries[:, None] ^ codes[None], axis=-1).sum(axis=-1)


def random_codes(n: int, width: int, seed: int, different: int = 256) -> Any:
    """Few different bytes make many ties."""
    return np.random.default_rng(seed).integers(0, different, (n, width)).astype(np.uint8)


@pytest.fixture(params=["numpy", "faiss"])
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "faiss":
        pytest.importorskip("faiss")
    return str(request.param)


@pytest.mark.parametrize("width", [1, 3, 8, 16, 40])
@pytest.mark.parametrize("different", [2, 256])
def test_neighbours_are_those_of_all_distances(
    backend: Any, width: int, different: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one array or in several, across blocks; equal distances in the order of their rows."""
    monkeypatch.setattr(module, "BLOCK", 64)
    codes, queries = random_codes(500, width, 0, different), random_codes(7, width, 1, different)
    every = brute(queries, codes)
    for k in (1, 10, 499, 600):
        rows = np.argsort(every, axis=1, kind="stable")[:, :k]
        for blocks in (codes, [codes[:3], codes[3:3], codes[3:333], codes[333:]]):
            found = nearest(queries, blocks, k, backend=backend)
            assert np.array_equal(found.rows, rows)
            assert np.array_equal(found.distances, np.take_along_axis(every, rows, axis=1))


def test_memory_mapped_codes_are_read_in_place(tmp_path: Any) -> None:
    codes = random_codes(100, 16, 0)
    codes.tofile(tmp_path / "codes")
    mapped = np.memmap(tmp_path / "codes", np.uint8, "r", shape=(100, 16))
    assert np.shares_memory(_bits.words(mapped), mapped)
    assert nearest(codes[5:6], mapped, 1, backend="numpy").rows.tolist() == [[5]]


def test_bytes_are_counted_without_numpy_2() -> None:
    """NumPy 1 has no bit counts: there a table of bytes is used, which must say the same."""
    table = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)
    some, others = random_codes(50, 16, 0), random_codes(50, 16, 1)
    assert np.array_equal(
        _bits.distances(_bits.words(some), _bits.words(others)), table[some ^ others].sum(axis=1)
    )


def test_what_is_refused() -> None:
    codes = random_codes(5, 4, 0)
    with pytest.raises(InputError, match="one model and length"):
        nearest(codes, random_codes(5, 8, 0))
    with pytest.raises(InputError, match="uint8"):
        nearest(codes.astype(int), codes)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least 1"):
        nearest(codes, codes, 0)
    with pytest.raises(InputError, match="'numpy' or 'faiss'"):
        nearest(codes, codes, backend="hnsw")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="from 0 to 3"):
        next(pairs(codes, 4))


def test_without_faiss(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = random_codes(5, 4, 0)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert nearest(codes, codes, 1).rows[:, 0].tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(MissingDependency, match=r"pcbin\[search\]"):
        nearest(codes, codes, backend="faiss")


@given(st.data())
def test_pairs_are_those_of_all_distances(data: st.DataObject) -> None:
    """Each pair once, however many codes share a piece."""
    width = data.draw(st.sampled_from([1, 2, 4, 8, 16, 20]))
    n = data.draw(st.integers(0, 120))
    radius = data.draw(st.integers(0, min(7, width - 1)))
    different = data.draw(st.sampled_from([1, 2, 3, 256]))
    codes = random_codes(n, width, data.draw(st.integers(0, 100)), different)
    if n and width > 1:  # near copies of the first
        flips = np.random.default_rng(1).random((n // 2, 8 * width)) < 0.03
        codes[: n // 2] = codes[0] ^ np.packbits(flips, axis=1)
    blocks = list(pairs(codes, radius))
    found = [
        (int(a), int(b), int(d))
        for block in blocks
        for a, b, d in zip(block.first, block.second, block.distances, strict=True)
    ]
    every = brute(codes, codes) if n else np.zeros((0, 0), int)
    wanted = {(a, b, int(every[a, b])) for a in range(n) for b in range(a + 1, n) if every[a, b] <= radius}
    assert len(found) == len(wanted)
    assert set(found) == wanted

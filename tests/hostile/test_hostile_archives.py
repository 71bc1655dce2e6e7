"""Archives whose few bytes stand for a million clouds: every command stays within the bar of memory."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bounded import run

from pcbin.cluster import Mixture
from pcbin.formats import pcb

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_AS")

MODEL = b"unknown!"


def equal_codes(count: int, bits: int, metadata: dict[str, Any] | None = None) -> bytes:
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=bits, chunk=65_536) as writer:
        for start in range(0, count, 65_536):
            size = min(65_536, count - start)
            writer.add_many(np.zeros((size, bits // 8), np.uint8), metadata=[metadata] * size)
    return file.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        ("info",),
        ("verify",),
        pytest.param(("list",), marks=pytest.mark.slow),
        ("cluster", "--mixture", "{mixture}"),
        pytest.param(("truncate", "--bits", "8", "--unchecked", "-f", "-o", "{out}"), marks=pytest.mark.slow),
    ],
    ids=lambda words: words[0],
)
def test_many_clouds_in_few_bytes(words: tuple[str, ...], tmp_path: Path) -> None:
    """Memory does not grow with them."""
    path, mixture = tmp_path / "a.pcb", tmp_path / "a.pcbm"
    path.write_bytes(equal_codes(60_000, 16))
    assert path.stat().st_size < 10_000
    Mixture(MODEL, np.full(2, 0.5), np.full((2, 16), 0.5)).save(mixture)
    given = [word.format(mixture=mixture, out=tmp_path / "b.pcb") for word in words]
    found = run(given[0], path, *given[1:])
    assert found.code == 0
    assert found.memory < 64 << 20


def test_a_mixture_of_many_clusters(tmp_path: Path) -> None:
    """Its probabilities are a number for each code and cluster."""
    path, mixture = tmp_path / "a.pcb", tmp_path / "a.pcbm"
    path.write_bytes(equal_codes(10_000, 64))
    Mixture(MODEL, np.full(4096, 1 / 4096), np.full((4096, 64), 0.5)).save(mixture)
    assert mixture.stat().st_size < 2_000_000
    assert run("cluster", path, "--mixture", mixture, "-o", tmp_path / "a.csv").code == 0

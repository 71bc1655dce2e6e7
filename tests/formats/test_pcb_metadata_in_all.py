"""Metadata of all chunks together: few bytes never stand for gigabytes, and no writer makes such files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pcbin.errors import Limit
from pcbin.formats import pcb
from pcbin.formats.pcb import _limits, _writer

NOTE = {"note": "the same again, " * 4000}


def archive(count: int, note: dict[str, Any] = NOTE) -> bytes:
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=bytes(8), code_bits=16, chunk=1) as writer:
        writer.add_many(np.zeros((count, 2), np.uint8), metadata=[note] * count)
    return file.getvalue()


@pytest.fixture
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_limits, "FREE_METADATA", 1 << 20)
    monkeypatch.setattr(_writer, "FREE_METADATA", 1 << 20)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At random and in order, when as much was seen; the first clouds are there."""
    monkeypatch.setattr(_writer, "FREE_METADATA", 1 << 40)
    data = archive(1200)
    assert len(data) < 500_000
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        assert reader[0].metadata == reader[1199].metadata == NOTE
        with pytest.raises(Limit, match="metadata of"):
            list(reader)
        with pytest.raises(Limit, match="metadata of"):
            reader.verify()
    with pytest.raises(Limit, match="metadata of"):
        pcb.iter_archive(io.BytesIO(data)).skim()


def test_chunks_count_once() -> None:
    with pcb.ArchiveReader(io.BytesIO(archive(8))) as reader:
        for _ in range(300):
            assert reader[0].metadata == reader[7].metadata == NOTE


@pytest.mark.usefixtures("small_caps")
def test_a_writer_stays_below(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    path.write_bytes(archive(40))
    for _ in range(3):
        with pcb.append_archive(path) as writer:
            writer.add_many(np.zeros((20, 2), np.uint8), metadata=[NOTE] * 20)
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        assert [one.metadata for one in reader] == [NOTE] * 100

"""Archives of codes of different lengths and models (spec, section 4)."""

from __future__ import annotations

import io
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from bitarray.util import urandom
from hypothesis import given
from hypothesis import strategies as st

from pcbin.errors import FormatError, InputError, UnsupportedVersion
from pcbin.formats import pcb
from pcbin.formats.pcb import _chunk, _header

OWN, OTHERS = b"own model", [bytes([65 + k]) * 8 for k in range(4)]


def mixed(records: list[pcb.Record], *, chunk: int = 5, code_bits: int = 128) -> bytes:
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=OWN[:8], code_bits=code_bits, chunk=chunk, mixed=True) as writer:
        for record in records:
            writer.add(record)
    return file.getvalue()


def some(lengths: list[int], models: list[int | None]) -> list[pcb.Record]:
    return [
        pcb.Record(urandom(8 * size, "little"), None, {}, None if model is None else OTHERS[model])
        for size, model in zip(lengths, models, strict=True)
    ]


@given(st.lists(st.tuples(st.integers(1, 16), st.none() | st.integers(0, 3)), max_size=23), st.integers(1, 9))
def test_what_is_written_is_read_at_random_and_in_order(
    wanted: list[tuple[int, int | None]], chunk: int
) -> None:
    records = some([size for size, _ in wanted], [model for _, model in wanted])
    data = mixed(records, chunk=chunk)
    for found in (list(pcb.ArchiveReader(io.BytesIO(data))), list(pcb.iter_archive(io.BytesIO(data)))):
        assert [one.code for one in found] == [one.code for one in records]
        assert [one.model_id or OWN[:8] for one in found] == [one.model_id or OWN[:8] for one in records]
    reader = pcb.ArchiveReader(io.BytesIO(data))
    reader.verify()
    assert [reader[row].code for row in range(len(records))] == [one.code for one in records]


def test_codes_of_one_length_and_model_are_stored_as_ever() -> None:
    records = some([16] * 7, [None] * 7)
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=OWN[:8], code_bits=128, chunk=5) as writer:
        for record in records:
            writer.add(record)
    plain, other = file.getvalue(), mixed(records)
    assert plain[:5] + b"\1" + plain[6:32] + plain[36:] == other[:32] + other[36:]  # but for minor and CRC


def test_different_codes_do_not_make_an_array() -> None:
    reader = pcb.ArchiveReader(io.BytesIO(mixed(some([16, 3], [None, None]))))
    with pytest.raises(InputError, match="do not make an array"):
        reader.codes()
    reader = pcb.ArchiveReader(io.BytesIO(mixed(some([16, 16], [None, 1]))))
    with pytest.raises(InputError, match="several models"):
        reader.codes()


def test_only_a_mixed_archive_takes_them() -> None:
    with pytest.raises(InputError, match="one length"):
        plain().add(pcb.Record(urandom(64, "little"), None, {}))
    with pytest.raises(InputError, match="mixed=True"):
        plain().add(pcb.Record(urandom(128, "little"), None, {}, OTHERS[0]))


def plain() -> pcb.ArchiveWriter:
    return pcb.ArchiveWriter(io.BytesIO(), model_id=OWN[:8], code_bits=128)


def body(**changes: Any) -> bytes:
    given: dict[str, Any] = {
        "codes": np.arange(48, dtype=np.uint8).reshape(3, 16), "poses": b"", "maps": [],
        "sizes": np.array([16, 2, 5]),
        "models": np.frombuffer(b"AAAAAAAABBBBBBBBAAAAAAAA", np.uint8).reshape(3, 8),
    }  # fmt: skip
    given |= changes
    return _chunk.pack_chunk(given.pop("codes"), given.pop("poses"), given.pop("maps"), **given)


def chunk_of(data: bytes) -> _chunk.Chunk:
    header = _header.new_header(OWN[:8], 128, "archive", "none", has_metadata=False, mixed=True)
    return _chunk.Chunk(header, data, 0)


def test_lengths_that_do_not_fit_are_refused() -> None:
    good = body(models=None)
    at = 5 + 6  # counts and one column
    for lengths in ([16, 2, 6], [0, 2, 21], [17, 2, 4], [16, 2, 4]):
        bad = good[:at] + np.array(lengths, "<u2").tobytes() + good[at + 6 :]
        with pytest.raises(FormatError, match="lengths"):
            _ = chunk_of(bad).codes
    assert chunk_of(good).codes[1].tolist() == [16, 17] + [0] * 14


def test_models_that_are_not_listed_are_refused() -> None:
    good = body()
    assert chunk_of(good).models is not None
    with pytest.raises(FormatError, match="not listed"):
        _ = chunk_of(good[:-1] + b"\2").models
    with pytest.raises(FormatError, match="not as many"):
        _ = chunk_of(good[: -3 - 16 - 1] + b"\3" + good[-3 - 16 :]).models


def test_columns_of_version_1_1_need_a_file_of_it() -> None:
    """The version is what readers tell by whether codes may differ."""
    header = _header.new_header(OWN[:8], 128, "archive", "none", has_metadata=False)
    for changes in ({"models": None}, {"sizes": None}):
        with pytest.raises(FormatError, match=r"several models or lengths in a file of version 1\.0"):
            _chunk.Chunk(header, body(**changes), 0)


def test_a_later_kind_of_column_needs_a_later_reader() -> None:
    good = body()
    at = 5 + 6  # the second column's kind
    assert good[at] == 4
    with pytest.raises(UnsupportedVersion):
        chunk_of(good[:at] + b"\5" + good[at + 1 :])


@pytest.mark.parametrize("lengths", [True, False])
def test_a_file_of_version_1_0_has_neither(lengths: bool) -> None:
    """Its header says that all codes are of one length and model: readers that trust it would say so, too."""
    records = some([3, 16], [None, None]) if lengths else some([16, 16], [0, None])
    data = bytearray(mixed(records))
    assert pcb.peek(data).mixed
    data[5] = 0
    data[32:36] = crc32(data[:32]).to_bytes(4, "little")
    with pytest.raises(FormatError, match=r"several models or lengths in a file of version 1\.0"):
        list(pcb.ArchiveReader(io.BytesIO(data)))

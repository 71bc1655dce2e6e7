"""Entropy-coded codes in .pcb files: single files, archives, pipes, and readers without the table."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from bitarray import bitarray

from pcbin.arrays import Pose
from pcbin.errors import Checksum, FormatError, InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.formats.entropy import ONE, WEIGHT_SUM, Table

MODEL = bytes(range(8))
POSE = Pose((0.5, 1.0, -2.0), 2.0)
SURE = Table([WEIGHT_SUM - 5, 5], [[60_000] * 64, [9_000] * 64])
"""Almost all bits are 1, or almost all are 0."""


def likely(count: int, size: int = 8, seed: int = 0) -> Any:
    return np.packbits(
        np.random.default_rng(seed).random((count, 8 * size)) < 0.92, axis=1, bitorder="little"
    )


def bits(code: Any) -> bitarray:
    found = bitarray(endian="little")
    found.frombytes(bytes(code))
    return found


def fixed(data: bytes) -> bytes:
    return data[:-4] + crc32(data[:-4]).to_bytes(4, "little")


@pytest.mark.parametrize("size", [1, 2, 8])
@pytest.mark.parametrize("pose", [None, POSE])
@pytest.mark.parametrize("notes", [{}, {"name": "chair"}, {"a": "alike " * 50}])
def test_single_round_trip(size: int, pose: Pose | None, notes: dict[str, Any]) -> None:
    for code in likely(10, size):
        data = pcb.dumps(bits(code), MODEL, pose=pose, metadata=notes, table=SURE)
        raw = pcb.dumps(bits(code), MODEL, pose=pose, metadata=notes)
        coded = SURE.encode(code.tobytes())
        assert len(data) == len(raw) - max(0, size - len(coded))
        assert pcb.peek(data).entropy_coded == (len(coded) < size)
        one = pcb.loads(data, table=SURE)
        assert (one.code, one.metadata, one.code_bits) == (bits(code), notes, 8 * size)
        assert pcb.loads(data, table=lambda model_id: {MODEL: SURE}[model_id]).code == bits(code)
        with pcb.ArchiveReader(io.BytesIO(data), table=SURE) as reader:
            reader.verify()
            assert [record.code for record in reader] == [bits(code)]
        assert [record.code for record in pcb.iter_archive(io.BytesIO(data), table=SURE)] == [bits(code)]


def test_a_code_that_would_grow_stays_raw() -> None:
    code = bits(np.random.default_rng(0).bytes(8))
    assert pcb.dumps(code, MODEL, table=SURE) == pcb.dumps(code, MODEL)


def test_without_the_table_all_but_the_code_is_there() -> None:
    data = pcb.dumps(bits([255] * 8), MODEL, pose=POSE, metadata={"a": 1}, table=SURE)
    one = pcb.loads(data)
    assert (one.pose, one.metadata, one.model_id, one.code_bits) == (POSE, {"a": 1}, MODEL, 64)
    assert one.entropy_coded
    assert len(one.stored) == len(data) - 16 - 16 - 4 - 4 - 4
    with pytest.raises(ModelNotFound, match=r"table of model 0001020304050607; .*models add"):
        _ = one.code
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        assert len(reader) == 1
        assert reader.single == one
        reader.verify()
        for use in (lambda: reader[0], reader.codes):
            with pytest.raises(ModelNotFound):
                use()
    stream = pcb.iter_archive(io.BytesIO(data))
    assert stream.single == one
    with pytest.raises(ModelNotFound):
        next(stream)
    assert pcb.iter_archive(io.BytesIO(data)).skim() == 1
    with pcb.ArchiveReader(io.BytesIO(pcb.dumps(bits([1] * 8), MODEL))) as reader:
        assert reader.single is not None
        assert reader.single.code == reader[0].code


def test_single_files_made_wrong() -> None:
    data = pcb.dumps(bits(likely(1)[0]), MODEL, table=SURE)
    assert 20 < len(data) < 28
    kept, end = data[:-4], data[-4:]
    with pytest.raises(FormatError, match="not the entropy coding of any code"):
        _ = pcb.loads(fixed(kept + b"\0" + end), table=SURE).code
    with pytest.raises(FormatError, match=r"byte 27: 1 byte after the end"):
        pcb.loads(fixed(data[:16] + bytes(8) + end))
    with pytest.raises(Checksum):
        pcb.loads(kept[:-1] + end)
    with pytest.raises(FormatError, match="a code of 64 bits, the model's entropy table has 8"):
        _ = pcb.loads(data, table=Table([WEIGHT_SUM], [[1] * 8])).code
    with pytest.raises(FormatError):  # a pipe that goes on
        pcb.iter_archive(io.BytesIO(data + b"next"))


@pytest.mark.parametrize("count", [1, 40, 150, 300])
def test_archive_round_trip(count: int, tmp_path: Path) -> None:
    codes = likely(count)
    path = tmp_path / "a.pcb"
    options: dict[str, Any] = {"model_id": MODEL, "code_bits": 64, "chunk": 128}
    with pcb.create_archive(path, table=SURE, **options) as writer:
        writer.add_many(codes)
    plain = io.BytesIO()
    with pcb.ArchiveWriter(plain, **options) as writer:
        writer.add_many(codes)
    assert path.stat().st_size < len(plain.getvalue())
    with pcb.ArchiveReader(path, table=SURE) as reader:
        reader.verify()
        np.testing.assert_array_equal(reader.codes(), codes)
        assert not reader._load(0).codes.flags.writeable
        for row in {0, count // 2, count - 1}:
            assert reader[row].code == bits(codes[row])
    stream = pcb.iter_archive(io.BytesIO(path.read_bytes()), table=lambda _: SURE)
    assert [record.code for record in stream] == [bits(code) for code in codes]


def test_append_and_mixed_encodings(tmp_path: Path) -> None:
    """Chunks say how they are coded: entropy coding may begin, and end, with any append."""
    path = tmp_path / "a.pcb"
    parts = [likely(50, seed=seed) for seed in range(3)]
    with pcb.create_archive(path, model_id=MODEL, code_bits=64) as writer:
        writer.add_many(parts[0])
    with pcb.append_archive(path, table=SURE) as writer:
        writer.add_many(parts[1])
    with pcb.append_archive(path) as writer:
        writer.add_many(parts[2])
    with pcb.ArchiveReader(path, table=SURE) as reader:
        np.testing.assert_array_equal(reader.codes(), np.concatenate(parts))
        reader.verify()
    with pcb.ArchiveReader(path) as reader:  # what needs no table can be had
        reader.verify()
        assert reader[0].code == bits(parts[0][0])
        assert reader[149].code == bits(parts[2][49])
        with pytest.raises(
            ModelNotFound, match=r"codes at byte \d+: entropy coded with the table of model 00010"
        ):
            _ = reader[50]
    assert pcb.iter_archive(io.BytesIO(path.read_bytes())).skim() == 150


def test_poses_need_no_table() -> None:
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=64, pose="float32", table=SURE) as writer:
        writer.add_many(likely(40), np.zeros((40, 3)), np.arange(40.0), [{"n": i} for i in range(40)])
    with pcb.ArchiveReader(io.BytesIO(file.getvalue())) as reader:
        poses = reader.poses()
        assert poses is not None
        np.testing.assert_array_equal(poses[1], np.arange(40.0))
        with pytest.raises(ModelNotFound):
            reader.codes()


def test_damage_in_a_chunk_is_found_with_right_checksums() -> None:
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=64, table=SURE) as writer:
        writer.add_many(likely(40))
    data = bytearray(file.getvalue())
    length = int.from_bytes(data[40:48], "little")
    data[48 + 11 + 6] ^= 4  # a state, or a word
    data[48 + length : 52 + length] = crc32(data[36 : 48 + length]).to_bytes(4, "little")
    with pcb.ArchiveReader(io.BytesIO(data), table=SURE) as reader:
        with pytest.raises(FormatError, match=r"codes at byte 59: "):
            reader.verify()
        with pytest.raises(FormatError, match=r"codes at byte 59: "):
            reader.codes()


def test_tables_that_are_too_short(tmp_path: Path) -> None:
    short = Table([WEIGHT_SUM], [[ONE // 2] * 8])
    with pytest.raises(InputError, match="table: of 8 bits, the codes have 64"):
        pcb.dumps(bits([1] * 8), MODEL, table=short)
    with pytest.raises(InputError, match="table: of 8 bits"):
        pcb.ArchiveWriter(io.BytesIO(), model_id=MODEL, code_bits=64, table=short)
    with pcb.create_archive(tmp_path / "a.pcb", model_id=MODEL, code_bits=64):
        pass
    with pytest.raises(InputError, match="table: of 8 bits"):
        pcb.append_archive(tmp_path / "a.pcb", table=short)

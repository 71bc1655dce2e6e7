"""One cloud in a file: sizes, round trips, what is refused."""

from __future__ import annotations

import datetime
import math
import struct
from typing import Any
from zlib import crc32

import msgpack
import numpy as np
import pytest
from bitarray import bitarray
from hypothesis import given, settings
from hypothesis import strategies as st

from pcbin.arrays import Pose
from pcbin.errors import FormatError, InputError
from pcbin.formats import pcb

MODEL = bytes(range(8))
CODE = bitarray("01" * 64)

codes = st.integers(1, 512).flatmap(
    lambda size: st.binary(min_size=size, max_size=size).map(lambda raw: bitarray(buffer=raw).copy())
)
scales = st.one_of(st.just(0.0), st.floats(1e-30, 1e30))
poses = st.builds(Pose, st.tuples(*[st.floats(allow_nan=False, allow_infinity=False, width=64)] * 3), scales)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
metadata = st.dictionaries(st.text(), values, max_size=5)


@settings(max_examples=150, deadline=None)
@given(codes, st.binary(min_size=8, max_size=8), st.none() | poses, metadata)
def test_round_trip(code: bitarray, model_id: bytes, pose: Pose | None, notes: dict[str, Any]) -> None:
    data = pcb.dumps(code, model_id, pose=pose, metadata=notes)
    one = pcb.loads(data)
    assert one.code == code
    assert (one.model_id, one.metadata, one.version) == (model_id, notes, (1, 0))
    header = pcb.peek(data[:16])
    assert (header.code_bits, header.has_metadata) == (len(code), bool(notes))
    if pose is None:
        assert one.pose is None
    else:
        assert one.pose is not None
        assert one.pose.scale == pytest.approx(pose.scale, rel=2**-20)
        shift = np.abs(np.subtract(one.pose.center, pose.center)).max()
        assert shift <= pose.scale * 2.0**-20
        assert header.pose == "float32" or shift == 0


@pytest.mark.parametrize(
    ("pose", "size", "kind"),
    [
        (None, 36, "none"),
        (Pose((0.5, 0.25, -1e3), 1.0), 52, "float32"),
        (Pose((0.1, 0.2, 0.3), 1.0), 52, "float32"),
        (Pose((0.1, 0.2, 0.3), 0.0), 64, "float64"),
        (Pose((1e300, 0, 0), 1.0), 64, "float64"),
        (Pose((691234.5678, 5334567.8912, 512.3), 2.0), 64, "float64"),
        (Pose((1.0, 2.0, 3.0), 0.0), 52, "float32"),
    ],
)
def test_sizes(pose: Pose | None, size: int, kind: str) -> None:
    data = pcb.dumps(CODE, MODEL, pose=pose)
    assert len(data) == size
    assert pcb.peek(data).pose == kind


def test_bit_order() -> None:
    for code in (bitarray("1000000000000011", endian="big"), bitarray("1000000000000011", endian="little")):
        assert pcb.dumps(code, MODEL)[16:18] == bytes([0b00000001, 0b11000000])


def test_metadata_is_compressed_only_where_it_helps() -> None:
    small = pcb.dumps(CODE, MODEL, metadata={"a": 1})
    assert len(small) == 36 + 4 + len(msgpack.packb({"a": 1}))
    large = pcb.dumps(CODE, MODEL, metadata={"a": "all the same " * 100})
    assert len(large) < 120
    assert pcb.dumps(CODE, MODEL, metadata={}) == pcb.dumps(CODE, MODEL)


def test_accepts_any_buffer_and_numpy_scalars() -> None:
    data = pcb.dumps(CODE, MODEL, metadata={"label": np.int64(3), "weight": np.float32(0.5)})
    buffers: list[Any] = [data, bytearray(data), memoryview(data), np.frombuffer(data, dtype="<u1")]
    for buffer in buffers:
        assert pcb.loads(buffer).metadata == {"label": 3, "weight": 0.5}


@pytest.mark.parametrize(
    ("pose", "message"),
    [
        (Pose((math.nan, 0, 0), 1), "finite; remove NaN"),
        (Pose((0, math.inf, 0), 1), "finite"),
        (Pose((0, 0, 0), -1), "negative"),
        (Pose((0, 0, 0), math.nan), "not finite"),
        (Pose((0, 0, 0), 1e39), "change the unit"),
        (Pose((0, 0, 0), 1e-46), "change the unit"),
        (Pose((0, 0, 0), 1e-44), "change the unit"),
    ],
)
def test_refuses_poses(pose: Pose, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pcb.dumps(CODE, MODEL, pose=pose)


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "notes",
    [
        {1: "key"},
        {"inner": {b"bytes": 1}},
        {"when": datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)},
        {"when": msgpack.Timestamp(1)},
        {"ext": msgpack.ExtType(5, b"")},
        {"set": {1, 2}},
        {"big": 2**64},
        {"surrogate": "\ud800"},
        {"deep": nested(2000)},
        {"too deep": nested(63)},
        {"short strings": [["ab"] * 65_000] * 17},
        {"long": [0] * 65_537},
        {"large": b"0" * (16 * 2**20)},
        {"many": [[[]] * 1024] * 1024},
        ["not a map"],
    ],
    ids=lambda notes: str(next(iter(notes))),
)
def test_refuses_metadata(notes: Any) -> None:
    with pytest.raises(InputError, match=r"metadata: .*(;|pass)"):
        pcb.dumps(CODE, MODEL, metadata=notes)


def test_refuses_other_arguments() -> None:
    for code in (bitarray(), bitarray(7), bitarray(4104), "0" * 128):
        with pytest.raises(InputError, match=r"code: .*(use a multiple of 8|pass a bitarray)"):
            pcb.dumps(code, MODEL)  # type: ignore[arg-type]
    for model_id in (b"", b"1234567", "12345678", bytes(32)):
        with pytest.raises(InputError, match="model_id: not 8 bytes; pass"):
            pcb.dumps(CODE, model_id)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="pass the bytes"):
        pcb.loads("text")  # type: ignore[arg-type]


SIGNALLING = bytes.fromhex("0100a07f")


@pytest.mark.parametrize(
    "pose",
    [
        struct.pack("<4f", math.nan, 0, 0, 1),
        struct.pack("<4f", 0, 0, 0, -1),
        struct.pack("<4f", 0, 0, 0, math.inf),
        SIGNALLING + struct.pack("<3f", 0, 0, 1),
        struct.pack("<3f", 0, 0, 0) + SIGNALLING,
    ],
)
def test_reader_refuses_poses(pose: bytes) -> None:
    data = bytearray(pcb.dumps(CODE, MODEL, pose=Pose((0, 0, 0), 1)))
    data[32:48] = pose
    data[48:] = crc32(data[:48]).to_bytes(4, "little")
    with pytest.raises(FormatError, match="pose at byte 32"):
        pcb.loads(data)

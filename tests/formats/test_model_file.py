"""The frozen-model file (formats/model-v1.md): round trips, and every kind of damage refused."""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcbin.errors import InputError, PcbinError, UnsupportedVersion, WeightsCorrupt
from pcbin.formats.model_file import canonical, dump_model, hashed, identity, load_header, load_model

TENSORS: dict[str, np.ndarray] = {
    "b/weight": np.arange(6, dtype=np.float16).reshape(2, 3),
    "a/bias": np.array([1.5, -2.5], dtype=np.float32),
    "table": np.array([[[0, 255]]], dtype=np.uint8),
    "counts": np.array([2**32 - 1], dtype=np.uint32),
    "chances": np.array([[1, 65_535]], dtype=np.uint16),
    "steps": np.array([-128, 0, 127], dtype=np.int8),
    "empty": np.zeros((0, 3), dtype=np.float32),
}
MODEL = {"bits": 16, "encoder": [{"op": "relu"}], "ü": [1.5, None, True]}
INFO = {"name": "example", "note": "π ≈ 3"}


def dump(model: Any = None, info: Any = None, tensors: Any = None) -> bytes:
    return dump_model(model or MODEL, info or INFO, tensors or TENSORS)


def header_length(data: bytes) -> int:
    return int(struct.unpack_from("<Q", data)[0])


def header_of(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data[8 : 8 + header_length(data)])
    return found


def rebuilt(header: Any, body: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def body_of(data: bytes) -> bytes:
    return data[8 + header_length(data) :]


def test_round_trip() -> None:
    data = dump()
    found = load_model(data)
    assert found.model == MODEL
    assert found.info == INFO
    assert set(found.tensors) == set(TENSORS)
    for name, tensor in TENSORS.items():
        assert found.tensors[name].dtype == tensor.dtype
        np.testing.assert_array_equal(found.tensors[name], tensor)
    assert found.id == bytes.fromhex(found.sha256)[:8]
    header = load_header(data[: 8 + header_length(data)])
    assert (header.model, header.info, header.sha256, header.id) == (MODEL, INFO, found.sha256, found.id)
    assert load_model(memoryview(data)).sha256 == found.sha256


def test_other_programs_read_the_tensors() -> None:
    """It is a plain safetensors file."""
    load = pytest.importorskip("safetensors.numpy").load

    for name, tensor in load(dump()).items():
        np.testing.assert_array_equal(tensor, TENSORS[name])


def test_the_same_model_is_the_same_bytes() -> None:
    turned = dict(reversed(TENSORS.items()))
    reordered = {key: MODEL[key] for key in reversed(MODEL)}
    assert dump_model(reordered, INFO, turned) == dump()
    transposed = {**TENSORS, "b/weight": np.asfortranarray(TENSORS["b/weight"])}
    assert dump(tensors=transposed) == dump()


def test_identity_as_the_specification_says() -> None:
    """A second implementation, from formats/model-v1.md: JSON, then name, dtype, shape and bytes of each
    tensor.
    """
    text = b'{"bits":16,"encoder":[{"op":"relu"}],"\xc3\xbc":[1.5,null,true]}'
    assert canonical(MODEL).encode() == text
    parts = [text]
    codes = {
        "float16": "F16",
        "float32": "F32",
        "uint8": "U8",
        "uint16": "U16",
        "uint32": "U32",
        "int8": "I8",
    }
    for name in sorted(TENSORS):
        tensor = TENSORS[name]
        shape = ",".join(map(str, tensor.shape))
        parts += [f"\0{name}\0{codes[str(tensor.dtype)]}\0{shape}\0".encode(), tensor.tobytes()]
    assert load_model(dump()).sha256 == hashlib.sha256(b"".join(parts)).hexdigest()


def test_identity_is_that_of_the_function_alone() -> None:
    same = load_model(dump()).sha256
    assert load_model(dump(info={"name": "another"})).sha256 == same
    others = [load_model(dump(model={**MODEL, "bits": 24})).sha256]
    for name, tensor in TENSORS.items():
        if tensor.size:
            raw = bytearray(tensor.tobytes())
            raw[-1] ^= 1
            changed = np.frombuffer(bytes(raw), tensor.dtype).reshape(tensor.shape)
            others.append(identity(canonical(MODEL), {**TENSORS, name: changed}))
        others.append(
            identity(canonical(MODEL), {**TENSORS, name: tensor.reshape(-1, *tensor.shape[:0:-1], 1)})
        )
    assert same not in others
    assert len(set(others)) == len(others)


def test_names_and_shapes_cannot_run_into_each_other() -> None:
    def of(name: str, shape: tuple[int, ...]) -> str:
        return identity("{}", {name: np.zeros(shape, np.uint8)})

    assert len({of("a", (1, 2)), of("a1", (2,)), of("a", (12,)), of("a", (2, 1)), of("a", (2,))}) == 5


def named_anyhow(header: dict[str, Any], sha256: str) -> dict[str, Any]:
    metadata = {**header["__metadata__"], "pcbin.sha256": sha256}
    return {"__metadata__": metadata, **{k: v for k, v in header.items() if k != "__metadata__"}}


def test_one_stream_of_bytes_is_not_two_models() -> None:
    """A name that held what stands between two tensors made one of them look like two others."""
    first, second = np.arange(2, dtype=np.uint8), np.arange(3, dtype=np.uint8)
    swallowing = "a\0U8\x002\0" + first.tobytes().decode("latin-1") + "\0b"
    stream = canonical(MODEL).encode() + f"\0{swallowing}\0U8\x003\0".encode() + second.tobytes()
    assert identity(canonical(MODEL), {"a": first, "b": second}) == hashlib.sha256(stream).hexdigest()
    header = header_of(dump(tensors={"a": second}))
    header[swallowing] = header.pop("a")
    forged = rebuilt(named_anyhow(header, hashlib.sha256(stream).hexdigest()), second.tobytes())
    with pytest.raises(WeightsCorrupt, match="a tensor called"):
        load_model(forged)


@pytest.mark.parametrize("name", ["", "a b", "a\0b", "ü", "a\n", "\ud800", "a:b", "a\\b"])
def test_names_of_tensors_are_of_a_few_characters(name: str) -> None:
    with pytest.raises(InputError, match="a tensor called"):
        dump(tensors={name: TENSORS["table"]})
    header = header_of(dump(tensors={"a": TENSORS["table"]}))
    header[name] = header.pop("a")
    with pytest.raises(WeightsCorrupt, match="a tensor called"):
        load_model(rebuilt(header, TENSORS["table"].tobytes()))


NAMES = st.text("ab/._-01", min_size=1, max_size=3)
SMALL_TENSORS = st.dictionaries(
    NAMES,
    st.tuples(
        st.sampled_from(["<f2", "<f4", "i1", "u1", "<u2", "<u4"]),
        st.lists(st.integers(0, 2), max_size=3),
        st.sampled_from([b"\0", b"\0a\0U8\x001\0", b"\1\2"]),
    ),
    max_size=3,
)
DOCUMENTS = st.dictionaries(st.text("a\0\n", max_size=2), st.sampled_from([0, 1, 1.0, True, None, "\0"]))


def parsed(stream: bytes) -> tuple[bytes, dict[str, tuple[bytes, bytes, bytes]]]:
    """What was hashed, read back: possible for all models exactly if no two of them give one stream."""
    sizes = {b"F16": 2, b"F32": 4, b"I8": 1, b"U8": 1, b"U16": 2, b"U32": 4}
    text, _, rest = stream.partition(b"\0")
    found = {}
    while rest:
        name, dtype, shape, rest = rest.split(b"\0", 3)
        size = sizes[dtype] * math.prod(map(int, shape.split(b","))) if shape else sizes[dtype]
        found[name.decode()], rest = (dtype, shape, rest[:size]), rest[size:]
        assert not rest or rest[:1] == b"\0"
        rest = rest[1:]
    return text, found


@given(DOCUMENTS, SMALL_TENSORS)
def test_what_is_hashed_can_be_read_back(document: Any, drawn: Any) -> None:
    tensors = {}
    for name, (dtype, shape, content) in drawn.items():
        size = np.dtype(dtype).itemsize * math.prod(shape)
        raw = (content * size)[:size]
        tensors[name] = np.frombuffer(raw, dtype).reshape(shape)
    stream = b"".join(map(bytes, hashed(canonical(document), tensors)))
    assert identity(canonical(document), tensors) == hashlib.sha256(stream).hexdigest()
    text, read = parsed(stream)
    assert text == canonical(document).encode()
    assert {name: raw for name, (_, _, raw) in read.items()} == {n: t.tobytes() for n, t in tensors.items()}
    assert {name: shape for name, (_, shape, _) in read.items()} == {
        name: ",".join(map(str, t.shape)).encode() for name, t in tensors.items()
    }


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_every_changed_byte_is_refused(mask: int) -> None:
    data = dump()
    for at in range(len(data)):
        broken = bytearray(data)
        broken[at] ^= mask
        with pytest.raises((WeightsCorrupt, UnsupportedVersion)):
            load_model(bytes(broken))


def test_every_truncation_is_refused() -> None:
    data = dump()
    for length in range(len(data)):
        with pytest.raises((WeightsCorrupt, UnsupportedVersion)):
            load_model(data[:length])
        if length < 8 + header_length(data):
            with pytest.raises((WeightsCorrupt, UnsupportedVersion)):
                load_header(data[:length])


def test_a_real_size_model_sampled(tiny_bytes: bytes) -> None:
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(tiny_bytes), 300).tolist():
        broken = bytearray(tiny_bytes)
        broken[at] ^= 1 << int(rng.integers(8))
        with pytest.raises((WeightsCorrupt, UnsupportedVersion)):
            load_model(bytes(broken))
        with pytest.raises((WeightsCorrupt, UnsupportedVersion)):
            load_model(tiny_bytes[:at])


@pytest.mark.parametrize("extra", [b"\0", b"x" * 1000])
def test_bytes_behind_the_end(extra: bytes) -> None:
    with pytest.raises(WeightsCorrupt, match=f"{len(extra)} bytes after the last tensor"):
        load_model(dump() + extra)


def test_another_format_is_a_newer_pcbin() -> None:
    data = dump()
    header = header_of(data)
    header["__metadata__"]["pcbin.format"] = "2"
    with pytest.raises(UnsupportedVersion, match="model format 2, this pcbin reads 1; upgrade pcbin"):
        load_model(rebuilt(header, body_of(data)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        b"\0" * 100,
        b"PK\x03\x04" + b"\0" * 100,
        b"\x80\x04\x95" + b"\0" * 100,
        rebuilt(b"", b""),
        rebuilt(b"[]", b""),
        rebuilt(b"5", b""),
        rebuilt(b"{}", b""),
        rebuilt(b"null", b""),
        rebuilt(b"\xff\xfe\xfd", b""),
        rebuilt(b"[" * 100_000, b""),
        rebuilt(b'{"__metadata__":' + b'{"a":' * 50_000, b""),
        rebuilt({"__metadata__": None}, b""),
        rebuilt({"__metadata__": []}, b""),
        rebuilt({"__metadata__": "pcbin.format"}, b""),
        rebuilt({"__metadata__": {"format": "pt"}}, b""),
        rebuilt(b"1" * 5000, b""),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_is_no_model(data: bytes) -> None:
    for load in (load_model, load_header):
        with pytest.raises(WeightsCorrupt, match=r"not a frozen pcbin model .*`pcbin freeze`"):
            load(data, where="mine")  # type: ignore[operator]


def test_a_giant_header_is_not_allocated() -> None:
    for length in (5 << 20, 2**40, 2**63, 2**64 - 1):
        tracemalloc.start()
        with pytest.raises(WeightsCorrupt):
            load_model(struct.pack("<Q", length) + b"{}" * 50)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()


def changed_entry(**fields: Any) -> bytes:
    data = dump()
    header = header_of(data)
    header["b/weight"].update(fields)
    return rebuilt(header, body_of(data))


B = header_of(dump())["b/weight"]["data_offsets"]


@pytest.mark.parametrize(
    "fields",
    [
        {"data_offsets": [B[0] + 1, B[1] + 1]},
        {"data_offsets": [B[0], B[1] - 1]},
        {"data_offsets": [B[0] - 1, B[1]]},
        {"data_offsets": [B[1], B[0]]},
        {"data_offsets": [-12, 0]},
        {"data_offsets": [0, 10**30]},
        {"data_offsets": [0.0, 12.0]},
        {"data_offsets": ["0", "12"]},
        {"data_offsets": [0]},
        {"data_offsets": [0, 12, 24]},
        {"data_offsets": None},
        {"shape": [2, 4]},
        {"shape": [3, 2]},
        {"shape": [6]},
        {"shape": [-2, -3]},
        {"shape": [2.0, 3.0]},
        {"shape": [True, 6]},
        {"shape": [1, 1, 1, 2, 3]},
        {"shape": [2**31, 2**31]},
        {"shape": [10**40]},
        {"shape": 6},
        {"shape": None},
        {"shape": "23"},
        {"dtype": "U8"},
        {"dtype": "BF16"},
        {"dtype": "F64"},
        {"dtype": ["F16"]},
        {"dtype": None},
    ],
    ids=repr,
)
def test_hostile_entries(fields: dict[str, Any]) -> None:
    tracemalloc.start()
    with pytest.raises(WeightsCorrupt):
        load_model(changed_entry(**fields))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "entry", [None, 5, [], "F16", {}, {"dtype": "F16"}, {"shape": [], "data_offsets": [0, 2]}]
)
def test_entries_that_are_none(entry: Any) -> None:
    data = dump()
    header = header_of(data)
    header["b/weight"] = entry
    with pytest.raises(WeightsCorrupt):
        load_model(rebuilt(header, body_of(data)))


def test_empty_tensors_of_giant_shape() -> None:
    data = dump()
    header = header_of(data)
    header["empty"]["shape"] = [0, 2**30, 2**30, 2**30]
    with pytest.raises(WeightsCorrupt):
        load_model(rebuilt(header, body_of(data)))


def test_overlapping_tensors_and_holes() -> None:
    data = dump()
    header = header_of(data)
    header["again"] = dict(header["b/weight"])
    with pytest.raises(WeightsCorrupt, match="does not lie where"):
        load_model(rebuilt(header, body_of(data)))
    del header["again"], header["b/weight"]
    with pytest.raises(WeightsCorrupt):
        load_model(rebuilt(header, body_of(data)))


def test_names_that_cannot_be_written() -> None:
    """JSON can say a lone surrogate; UTF-8, over which the identity is taken, cannot."""
    data = dump()
    for damage in ("name", "model"):
        header = header_of(data)
        if damage == "name":
            header["\ud800"] = header.pop("b/weight")
        else:
            header["__metadata__"]["pcbin.model"] = canonical({"\ud800": 1})
        with pytest.raises(WeightsCorrupt):
            load_model(rebuilt(header, body_of(data)))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pcbin.model", "[]"),
        ("pcbin.model", "5"),
        ("pcbin.model", "{"),
        ("pcbin.model", '{"b": 1}'),
        ("pcbin.model", '{"b":NaN}'),
        ("pcbin.model", '{"b":1e999}'),
        ("pcbin.model", '{"a":1,"a":1}'),
        ("pcbin.model", None),
        ("pcbin.model", {}),
        ("pcbin.model", "[" * 100_000),
        ("pcbin.info", "{}"),
        ("pcbin.info", None),
        ("pcbin.info_sha256", "00"),
        ("pcbin.info_sha256", None),
        ("pcbin.sha256", "00" * 32),
        ("pcbin.sha256", "00"),
        ("pcbin.sha256", "zz" * 32),
        ("pcbin.sha256", ""),
        ("pcbin.sha256", None),
        ("pcbin.sha256", 5),
    ],
    ids=lambda value: str(value)[:20],
)
def test_hostile_documents(key: str, value: Any) -> None:
    data = dump()
    header = header_of(data)
    header["__metadata__"][key] = value
    with pytest.raises(WeightsCorrupt):
        load_model(rebuilt(header, body_of(data)))
    del header["__metadata__"][key]
    with pytest.raises(WeightsCorrupt):
        load_model(rebuilt(header, body_of(data)))


@pytest.mark.parametrize("document", ["[]", "5", "null", '"x"'])
def test_information_that_is_no_object(document: str) -> None:
    data = dump()
    header = header_of(data)
    header["__metadata__"]["pcbin.info"] = document
    header["__metadata__"]["pcbin.info_sha256"] = hashlib.sha256(document.encode()).hexdigest()
    with pytest.raises(WeightsCorrupt):
        load_model(rebuilt(header, body_of(data)))


def test_messages_name_the_file_and_the_remedy(tiny_bytes: bytes) -> None:
    broken = bytearray(tiny_bytes)
    broken[-1] ^= 1
    with pytest.raises(
        WeightsCorrupt, match=r"^mine: the weights' SHA-256 is .*; get the file again, or freeze"
    ):
        load_model(bytes(broken), where="mine")


@pytest.mark.slow
def test_mutations() -> None:
    """Random damage to the header, several places at once: nothing but the project's errors."""
    rng = np.random.default_rng(0)
    data = dump()
    end = 8 + header_length(data)
    for _ in range(20_000):
        broken = bytearray(data)
        for at in rng.integers(0, end, rng.integers(1, 6)).tolist():
            broken[at] = int(rng.choice([*b'{}[]",:0123456789-eE\\ un', int(rng.integers(256))]))
        if bytes(broken) == data:
            continue
        with pytest.raises(PcbinError):
            load_model(bytes(broken))


FORBIDDEN = re.compile(
    r"\bpickle\b|\bcPickle\b|torch\.load\b|allow_pickle\s*=\s*True|\bmarshal\b|\bdill\b|\bjoblib\b"
)


def test_no_pickle_anywhere(root: Path) -> None:
    """Comments and docstrings may say the word; no code does."""
    import io
    import tokenize

    files = sorted((root / "pcbin").rglob("*.py"))
    assert len(files) > 20
    for file in files:
        text = file.read_text(encoding="utf-8")
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        code = " ".join(t.string for t in tokens if t.type not in (tokenize.COMMENT, tokenize.STRING))
        assert not FORBIDDEN.search(re.sub(r" ?([.=]) ?", r"\1", code)), file
        loads = [line for line in text.splitlines() if "np.load(" in line]
        assert all("allow_pickle=False" in line for line in loads), file


def test_the_search_for_pickle_finds() -> None:
    for line in ("import pickle", "torch.load(path)", "np.load(f, allow_pickle=True)"):
        assert FORBIDDEN.search(line)


def test_loading_is_a_view_not_a_copy(model_parts: Callable[..., Any]) -> None:
    """8 MB of weights cost no second 8 MB."""
    model, info, tensors = model_parts()
    tensors = {"big": np.zeros((1 << 20,), np.float32), **tensors}
    data = dump_model(model, info, tensors)
    tracemalloc.start()
    found = load_model(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.tensors["big"].nbytes == 4 << 20
    assert peak < 1 << 20

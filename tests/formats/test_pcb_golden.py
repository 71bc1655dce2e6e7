"""Golden vectors: never change, stay readable, and no damaged one is taken for whole."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from pcbin.arrays import rotation_matrix
from pcbin.errors import Checksum, FormatError, ModelNotFound, NotPcb, Truncated, UnsupportedVersion
from pcbin.formats import pcb
from pcbin.formats.entropy import Table

ROOT = Path(__file__).parents[2] / "formats/golden"
V1 = ROOT / "v1"
SUMS = {name: sha for sha, name in map(str.split, (V1 / "SHA256SUMS").read_text().splitlines())}
NAMES = sorted(name.removesuffix(".pcb") for name in SUMS if name.endswith(".pcb"))
TABLE = Table(**json.loads((V1 / "entropy-table.json").read_text()))
"""Of the vectors that are entropy coded; the others never ask for one."""
CODED = {name for name in NAMES if "entropy" in name}
ROTATED = {name for name in NAMES if "rotation" in name}
MIXED = {name for name in NAMES if "mixed" in name}
COMPRESSED = {
    "single-128-metadata-zstd",
    "archive-poses-names",
    "archive-streamed",
    "archive-zstd",
    "archive-rotations",
}
every_vector = pytest.mark.parametrize("name", NAMES)


def vector(name: str) -> bytes:
    return (V1 / f"{name}.pcb").read_bytes()


@pytest.fixture(scope="module")
def maker() -> Any:
    return load("make_v1")


def load(script: str) -> Any:
    spec = importlib.util.spec_from_file_location(script, ROOT / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def clouds_of(records: Any, *, rotated: bool = False, model_id: bytes | None = None) -> list[dict[str, Any]]:
    """model_id: of the file, where its clouds may be of others."""
    return [
        {
            "code": one.code.tobytes().hex(),
            "bits": one.code[:8].to01(),
            "center": one.pose and list(one.pose.center),
            "scale": one.pose and one.pose.scale,
            "metadata": one.metadata,
        }
        | ({} if model_id is None else {"model_id": (one.model_id or model_id).hex()})
        | (turn_of(one.pose) if rotated else {})
        for one in records
    ]


def turn_of(pose: Any) -> dict[str, Any]:
    turn = pose.rotation
    return {"rotation": turn and list(turn), "matrix": turn and rotation_matrix(turn).tolist()}


def read_everything(data: bytes, table: Table | None = None) -> None:
    """Every way to read a whole file; raises for damage that any of them finds, without a table too."""
    if data[7:8] and not data[7] & 2:
        single = pcb.loads(data, table=table)
        _ = None if table is None else single.code
    with pcb.ArchiveReader(io.BytesIO(data), table=table) as reader:
        reader.verify()


def read_in_order(data: bytes, name: str) -> None:
    """The same from a pipe."""
    stream = pcb.iter_archive(io.BytesIO(data))
    _ = stream.skim() if name in CODED else list(stream)


def test_vectors_are_all_there_and_unchanged() -> None:
    assert {path.name for path in V1.iterdir()} == {*SUMS, "SHA256SUMS"}
    for name, expected in SUMS.items():
        assert hashlib.sha256((V1 / name).read_bytes()).hexdigest() == expected, name
    assert len(NAMES) >= 14


@every_vector
def test_decodes_to_its_json(name: str) -> None:
    expected = json.loads((V1 / f"{name}.json").read_text(encoding="utf-8"))
    data = vector(name)
    header = pcb.peek(data)
    assert [header.major, header.minor] == expected["version"]
    assert (header.layout, header.pose) == (expected["layout"], expected["pose"])
    assert (header.code_bits, header.model_id.hex()) == (expected["code_bits"], expected["model_id"])
    rotated = name in ROTATED
    assert header.rotated == rotated
    assert header.mixed == (name in ROTATED | MIXED and header.layout == "archive")
    own = header.model_id if name in MIXED else None
    with pcb.ArchiveReader(V1 / f"{name}.pcb", table=TABLE) as reader:
        reader.verify()
        assert clouds_of(reader, rotated=rotated, model_id=own) == expected["clouds"]
        assert reader.metadata == expected.get("metadata", {})
    stream = pcb.iter_archive(io.BytesIO(data), table=TABLE)
    assert stream.metadata == expected.get("metadata", {})
    assert clouds_of(stream, rotated=rotated, model_id=own) == expected["clouds"]
    if header.layout == "single":
        assert clouds_of([pcb.loads(data, table=TABLE)], rotated=rotated) == expected["clouds"]
        assert pcb.loads(data).entropy_coded == (name in CODED)


@pytest.mark.parametrize("name", sorted(set(NAMES) - COMPRESSED - {"archive-appended"}))
def test_writer_reproduces_uncompressed_vectors(name: str) -> None:
    kind = (
        "_hashes"
        if name == "archive-hashes"
        else (
            "_mixed"
            if name in MIXED
            else "_entropy"
            if name in CODED
            else "_rotation"
            if name in ROTATED
            else ""
        )
    )
    script = load(f"make_v1{kind}")
    assert script.VECTORS[name]() == vector(name)


def test_writer_reproduces_the_appended_vector(maker: Any, tmp_path: Path) -> None:
    maker.HERE = tmp_path
    assert maker.appended() == vector("archive-appended")


@pytest.mark.parametrize(
    ("script", "there"),
    [
        ("make_v1", "single-8.pcb"),
        ("make_v1_entropy", "single-32-entropy.pcb"),
        ("make_v1_rotation", "archive-rotations.pcb"),
        ("make_v1_mixed", "archive-mixed-models.pcb"),
    ],
)
def test_generators_refuse_to_overwrite(script: str, there: str, tmp_path: Path) -> None:
    maker = load(script)
    (tmp_path / there).touch()
    maker.HERE = tmp_path
    with pytest.raises(SystemExit, match="never rewritten"):
        maker.main()
    assert [path.name for path in tmp_path.iterdir()] == [there]


def test_every_entropy_coded_vector_is_so() -> None:
    assert len(CODED) == 4
    for name in CODED:
        assert json.loads((V1 / f"{name}.json").read_text())["table"] == "entropy-table.json"
        with pytest.raises(ModelNotFound, match="0123456789abcdef"):
            clouds_of(pcb.iter_archive(io.BytesIO(vector(name))))


@every_vector
def test_every_flipped_bit_is_found(name: str) -> None:
    data = bytearray(vector(name))
    for bit in range(8 * len(data)):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(FormatError):
            read_everything(bytes(data))
        data[bit // 8] ^= 1 << bit % 8


@every_vector
def test_every_flipped_bit_is_found_in_order(name: str) -> None:
    """A stream skips the bodies of INDX sections, but checks their CRC like every other."""
    data = bytearray(vector(name))
    for bit in range(8 * len(data)):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(FormatError):
            read_in_order(bytes(data), name)
        data[bit // 8] ^= 1 << bit % 8


@every_vector
def test_every_truncation_is_found(name: str) -> None:
    data = vector(name)
    # a single file does not say how long an entropy-coded code is: the checksum finds what is missing there
    kinds = (Truncated, Checksum) if "single" in name and name in CODED else (Truncated,)
    for size in range(len(data)):
        with pytest.raises(kinds):
            read_everything(data[:size])
        with pytest.raises(kinds):
            read_in_order(data[:size], name)


@pytest.mark.parametrize("name", [name for name in NAMES if "single" in name or "streamed" in name])
def test_nothing_may_follow(name: str) -> None:
    with pytest.raises(FormatError, match="byte"):
        read_everything(vector(name) + b"\0")


@pytest.mark.parametrize("name", [name for name in NAMES if "single" not in name or name not in CODED])
def test_a_stream_reads_not_one_byte_too_many(name: str) -> None:
    file = io.BytesIO(vector(name) + b"next")
    list(pcb.iter_archive(file, table=TABLE))
    assert file.read() == b"next"
    file.seek(0)
    assert pcb.iter_archive(file).skim() == len(json.loads((V1 / f"{name}.json").read_text())["clouds"])
    assert file.read() == b"next"


def fixed(data: bytearray) -> bytes:
    """The bytes with their first checksum made right again."""
    at = 32 if data[7] & 2 else len(data) - 4
    data[at : at + 4] = crc32(data[:at]).to_bytes(4, "little")
    return bytes(data)


@every_vector
def test_unknown_minor_versions_are_readable(name: str) -> None:
    data = bytearray(vector(name))
    data[5] = 200
    read_everything(fixed(data))
    assert pcb.peek(data).minor == 200


@every_vector
def test_unknown_major_versions_are_refused(name: str) -> None:
    data = bytearray(vector(name))
    data[4] = 2
    with pytest.raises(UnsupportedVersion, match=r"version 2\.[01].*version 1\.x.*upgrade pcbin"):
        read_everything(fixed(data))


@pytest.mark.parametrize("mask", [0x0C00, 0x2000, 0x4000, 0x6000, 0x8000])
@every_vector
def test_reserved_bits_are_refused(name: str, mask: int) -> None:
    data = bytearray(vector(name))
    data[7] |= mask >> 8
    if mask == 0x2000 and "single" in name:  # the one that is not reserved any more, but the code is not so
        if name not in CODED:
            with pytest.raises(FormatError, match=r"byte|code"):
                read_everything(fixed(data), TABLE)
        return
    if mask == 0x8000 and pcb.peek(vector(name)).pose != "none":
        return  # not reserved any more: see test_pcb_rotation
    with pytest.raises(UnsupportedVersion, match="upgrade pcbin"):
        read_everything(fixed(data))


def test_messages_name_the_place_and_end_with_a_remedy() -> None:
    data = vector("single-128")
    cases: list[tuple[bytes, type[FormatError], str]] = [
        (b"ply\nformat", NotPcb, r"byte 0: .*; pass a file written by pcbin$"),
        (b"", Truncated, r"header at byte 0: 16 bytes announced, 0 there; .* download it again$"),
        (data[:-1], Truncated, r"byte 0: 36 bytes announced, 35 there; .* download it again$"),
        (data + b"\0", FormatError, r"byte 36: 1 byte after the end .*: copy or download it again$"),
        (data[:-1] + b"\0", Checksum, r"byte 32: the CRC-32 does not match; .*: copy or download it again$"),
        (vector("archive-small"), FormatError, r"byte 6: .*; open an archive with pcbin\.open$"),
    ]
    for content, kind, message in cases:
        with pytest.raises(kind, match=message):
            pcb.loads(content)

"""The whole SHA-256 of models in files: stored on demand, and compared."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import pcbin
from pcbin.cli.program import program
from pcbin.errors import FormatError, InputError, Limit, ModelMismatch
from pcbin.formats import pcb
from pcbin.formats.pcb import _sections
from pcbin.models.model import Model

GOLDEN = Path(__file__).parents[2] / "formats/golden/v1/archive-hashes"
A, B = bytes(range(32)), bytes(range(1, 33))


def archive(*bodies: bytes) -> bytes:
    """Of no clouds, with these sections in front."""
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=A[:8], code_bits=16) as writer:
        for body in bodies:
            writer._write(_sections.pack_section(_sections.HASH, body))
    return file.getvalue()


def hashes_of(data: bytes) -> list[dict[bytes, bytes]]:
    """At random and in order."""
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        reader.verify()
        stream = pcb.iter_archive(io.BytesIO(data))
        stream.skim()
        return [reader.hashes, stream.hashes]


def test_the_golden_vector_has_them() -> None:
    expected = {
        bytes.fromhex(one)[:8]: bytes.fromhex(one)
        for one in json.loads(GOLDEN.with_suffix(".json").read_text())["sha256"]
    }
    assert hashes_of(GOLDEN.with_suffix(".pcb").read_bytes()) == [expected] * 2


def test_only_the_first_section_counts() -> None:
    assert hashes_of(archive(A + B)) == [{A[:8]: A, B[:8]: B}] * 2
    assert hashes_of(archive(A, b"anything")) == [{A[:8]: A}] * 2
    assert hashes_of(archive()) == [{}] * 2


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"", FormatError), (A[:31], FormatError), (A + A, FormatError), (bytes(32 * 256), Limit)],
)
def test_what_are_no_hashes(body: bytes, error: type[FormatError]) -> None:
    with pytest.raises(error):
        pcb.ArchiveReader(io.BytesIO(archive(body)))
    with pytest.raises(error):
        pcb.iter_archive(io.BytesIO(archive(body))).skim()


@pytest.mark.parametrize("hashes", [[A[:8]], ["a" * 32], [A, A], [A] * 256])
def test_what_a_writer_refuses(hashes: Any) -> None:
    with pytest.raises(InputError, match="hashes"):
        pcb.ArchiveWriter(io.BytesIO(), model_id=A[:8], code_bits=16, hashes=hashes)


def test_one_cloud(tiny: Model, cloud: Any) -> None:
    data = pcbin.compress(cloud(20), model=tiny, metadata={"a": 1}, full_hash=True)
    whole = bytes.fromhex(tiny.file.sha256)
    assert pcb.loads(data).metadata == {"a": 1, "model_sha256": whole}
    assert len(pcbin.decompress(data, model=tiny)) == tiny.points
    single = pcb.loads(data)
    changed = pcb.dumps(
        single.code, single.model_id, pose=single.pose, metadata={"model_sha256": A[:8] + whole[8:]}
    )
    assert len(pcbin.decompress(changed, model=tiny)) == tiny.points  # of no model that matters here
    changed = pcb.dumps(
        single.code, single.model_id, pose=single.pose, metadata={"model_sha256": whole[:31] + b"!"}
    )
    with pytest.raises(ModelMismatch, match=rf"{whole[:31].hex()}21, and .* is\n? ?{tiny.file.sha256}"):
        pcbin.decompress(changed, model=tiny)
    with pcbin.open(io.BytesIO(changed), model=tiny) as opened, pytest.raises(ModelMismatch):
        opened[0]
    with pytest.raises(InputError, match="choose another key"):
        pcbin.compress(cloud(20), model=tiny, metadata={"model_sha256": "mine"}, full_hash=True)
    assert "model_sha256" not in pcb.loads(pcbin.compress(cloud(20), model=tiny)).metadata


def test_archives(tiny_path: Path, tiny: Model, cloud: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    with pcbin.open(path, "w", model="tiny", full_hash=True) as writer:
        writer.append(cloud(20))
    whole = bytes.fromhex(tiny.file.sha256)
    with pcbin.open(path, "a") as writer:
        writer.append(cloud(21))
    with pytest.raises(InputError, match="full_hash"):
        pcbin.open(path, "a", full_hash=True)
    pcbin.compact(path)
    with pcbin.open(path) as reader:
        assert reader.hashes == {tiny.id: whole}
        assert len(list(reader)) == 2
    # a file whose section names another model, with right checksums
    body = _sections.pack_section(_sections.HASH, whole[:31] + bytes([whole[31] ^ 1]))
    data = path.read_bytes()
    at = data.index(b"hash")
    path.write_bytes(data[:at] + body + data[at + len(body) :])
    with pcbin.open(path) as reader, pytest.raises(ModelMismatch, match="begin alike"):
        reader[0]
    with pytest.raises(ModelMismatch, match="begin alike"):
        list(pcbin.Archive(Pipe(path.read_bytes())))  # type: ignore[arg-type]


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def test_commands(tiny_path: Path, tiny: Model, cloud: Any, tmp_path: Path) -> None:
    source = tmp_path / "a.xyz"
    source.write_text("\n".join(" ".join(map(str, row)) for row in cloud(30).tolist()))
    for target in ("one.pcb", "many.pcb"):
        many = ["--archive"] if target == "many.pcb" else []
        words = ["encode", str(source), "-o", str(tmp_path / target), "--model", "tiny", "--full-hash", *many]
        assert CliRunner().invoke(program, words).exit_code == 0
        said = CliRunner().invoke(program, ["info", str(tmp_path / target)])
        assert tiny.file.sha256 in said.stdout
        assert "model_sha256" not in said.stdout
        said = CliRunner().invoke(program, ["info", "--json", str(tmp_path / target)])
        assert json.loads(said.stdout)["model"]["sha256"] == [tiny.file.sha256]

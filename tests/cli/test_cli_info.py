"""`pcbin info` and `pcbin verify`: what a file is, and whether it is whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, run, write_xyz

import pcbin
from pcbin.formats import pcb


@pytest.fixture
def files(here: Path) -> Path:
    """one.pcb with a note, and all.pcb with three clouds."""
    write_xyz("in/a.xyz", 1), write_xyz("in/b.xyz", 2), write_xyz("in/c.xyz", 3)
    run("encode", "in", "-o", "all.pcb", "-q", "--metadata", "by=me")
    run("encode", "in/a.xyz", "-o", "one.pcb", "-q", "--metadata", "label=chair")
    return here


def test_info_of_one_cloud(files: Path) -> None:
    text = run("info", "one.pcb").stdout
    for part in (
        "one cloud",
        "128 bits",
        "(tiny, installed)",
        "CC0-1.0",
        "16 bytes per cloud",
        'label   "chair"',
        "centre",
    ):
        assert part in text.replace("note label", "label ")
    [document] = documents(run("info", "one.pcb", "--json"))
    size = Path("one.pcb").stat().st_size
    assert (document["layout"], document["clouds"], document["code_bits"]) == ("single", 1, 128)
    assert (document["bytes"], document["bits_per_cloud"]) == (size, 8 * size)
    assert document["metadata"] == {"label": "chair"}
    assert document["model"]["name"] == "tiny"
    assert document["scale"] > 0


def test_info_of_an_archive(files: Path) -> None:
    text = run("info", "all.pcb").stdout
    assert "archive" in text
    assert 'note by  "me"' in text
    [document] = documents(run("info", "all.pcb", "--json"))
    assert (document["layout"], document["clouds"], document["pose"]) == ("archive", 3, "float64")


def test_info_needs_no_weights(files: Path, models: Path) -> None:
    (models / "tiny.safetensors").unlink()
    assert "not installed: get its file" in run("info", "one.pcb").stdout
    assert documents(run("info", "one.pcb", "--json"))[0]["model"]["installed"] is False


def test_info_of_a_model(files: Path, models: Path) -> None:
    text = run("info", models / "tiny.safetensors").stdout
    assert "Random, for tests." in text
    [document] = documents(run("info", models / "tiny.safetensors", "--json"))
    assert (document["kind"], document["bits"]) == ("model", 128)


def test_info_from_standard_input(files: Path) -> None:
    for name in ("one.pcb", "all.pcb"):
        [document] = documents(run("info", "-", "--json", input=Path(name).read_bytes()))
        [of_file] = documents(run("info", name, "--json"))
        assert {key: of_file[key] for key in document if key != "input"} == {
            key: value for key, value in document.items() if key != "input"
        }


def test_info_of_a_folder_and_of_bad_files(files: Path) -> None:
    assert run("info", ".").stdout.count("format ") == 2
    Path("bad.pcb").write_bytes(b"\x89PCB")
    result = run("info", "one.pcb", "bad.pcb", "no.pcb", "in/a.xyz", code=1)
    assert "one.pcb" in result.stdout
    assert "3 of 4 failed" in result.stderr
    lines = documents(run("info", "bad.pcb", "--json", code=1))
    assert list(lines[0]) == ["input", "error"]


def test_info_shows_hostile_metadata_harmlessly(here: Path) -> None:
    with pcbin.open(
        "m.pcb", "w", metadata={"\x1b[2J": "\x1b]0;x\x07", "n": float("nan"), "b": b"\0\xff"}
    ) as archive:
        archive.append(np.eye(3))
    text = run("info", "m.pcb").stdout
    assert "\x1b" not in text
    assert "\x07" not in text
    assert documents(run("info", "m.pcb", "--json"))[0]["metadata"]["n"] is None


def test_info_reads_only_what_it_must(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    with pcb.create_archive("big.pcb", model_id=bytes(8), code_bits=128) as writer:
        writer.add_many(rng.integers(0, 256, (200_000, 16), dtype=np.uint8))
    read = 0
    original = pcb.ArchiveReader._section

    def counted(self, at, end):  # type: ignore[no-untyped-def]
        nonlocal read
        found = original(self, at, end)
        read += len(found[1])
        return found

    monkeypatch.setattr(pcb.ArchiveReader, "_section", counted)
    assert documents(run("info", "big.pcb", "--json"))[0]["clouds"] == 200_000
    assert 0 < read < 10_000


def test_verify(files: Path, models: Path) -> None:
    result = run("verify", "one.pcb", "all.pcb", models / "tiny.safetensors")
    assert result.stdout.splitlines()[:2] == ["one.pcb: OK, 1 cloud", "all.pcb: OK, 3 clouds"]
    assert "OK, model " in result.stdout
    assert run("verify", ".", "-q").output == ""
    for name in ("one.pcb", "all.pcb"):
        assert "standard input: OK" in run("verify", "-", input=Path(name).read_bytes()).stdout
    (models / "tiny.safetensors").unlink()
    assert "is not installed here" in run("verify", "one.pcb").stdout


@pytest.mark.parametrize("name", ["one.pcb", "all.pcb"])
def test_verify_finds_every_flipped_byte(files: Path, name: str) -> None:
    data = bytearray(Path(name).read_bytes())
    for at in range(0, len(data), 7):
        data[at] ^= 0x10
        Path("bad.pcb").write_bytes(data)
        result = run("verify", "bad.pcb", "one.pcb", code=1)
        assert result.stderr.startswith("pcbin: error: bad.pcb: ")
        assert "one.pcb: OK" in result.stdout
        data[at] ^= 0x10


def test_verify_finds_changed_weights(files: Path, models: Path) -> None:
    path = models / "tiny.safetensors"
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    assert "SHA-256" in run("verify", path, code=1).stderr
    assert "SHA-256" in run("models", "show", "tiny", code=1).stderr


def test_verify_tells_of_an_unfinished_append(files: Path) -> None:
    whole = Path("all.pcb").read_bytes()
    Path("all.pcb").write_bytes(whole + b"CHNK" + bytes(20))
    assert "24 bytes of an unfinished append follow" in run("verify", "all.pcb").stdout
    assert "24 bytes of an append that did not end" in run("info", "all.pcb").stdout
    assert documents(run("verify", "all.pcb", "--json"))[0]["uncommitted_bytes"] == 24


def test_verify_as_json(files: Path) -> None:
    Path("bad.pcb").write_bytes(b"no")
    lines = [
        json.loads(line) for line in run("verify", "one.pcb", "bad.pcb", "--json", code=1).stdout.splitlines()
    ]
    assert lines[0]["ok"] is True
    assert lines[1]["error"].startswith("bad.pcb: ")

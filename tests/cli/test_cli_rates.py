"""Lengths, limits, effort, truncation and numbers of points on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import documents, run, write_xyz

from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud
from pcbin.formats.model_file import dump_model


@pytest.fixture(autouse=True)
def nested_model(models: Path, model_parts: Callable[..., Any], here: Path) -> None:
    parts = model_parts(bits=128, points=256, nested=(16, 64), name="nested")
    (models / "nested.safetensors").write_bytes(dump_model(*parts))
    write_xyz("a.xyz")


@pytest.mark.parametrize("bits", [16, 64, 128])
def test_bits(bits: int) -> None:
    [document] = documents(run("encode", "a.xyz", "--model", "nested", "--bits", bits, "--json"))
    assert document["payload_bits"] == bits
    assert pcb.peek(Path("a.pcb").read_bytes()).code_bits == bits
    text = run("encode", "a.xyz", "--model", "nested", "--bits", bits, "-f").stdout
    assert f"{bits} bits of code" in text
    run("decode", "a.pcb")
    assert len(read_cloud(Path("a.ply")).points) == 256


@pytest.mark.parametrize(
    ("options", "message", "code"),
    [
        (["--bits", "8"], "use a multiple of 8 from 16 to 128", 1),
        (["--bits", "20"], "use a multiple of 8 from 16 to 128", 1),
        (["--bits", "x"], "not a valid integer", 2),
        (["--effort", "10"], "0<=x<=9", 2),
        (["--max-chamfer", "0"], "x>0", 2),
        (["--max-chamfer", "1e-9"], "with all its 128 bits", 1),
        (["--max-chamfer", "1", "--bits", "16"], "pass one of them", 1),
        (["--max-chamfer", "1", "--archive", "-o", "all.pcb"], "omit --max-chamfer", 2),
        (["--model", "tiny", "--bits", "64"], "have 128 bits: use 128", 1),
        (["--entropy"], "carries no table", 1),
    ],
)
def test_what_cannot_be(options: list[str], message: str, code: int) -> None:
    before = sorted(Path().iterdir())
    result = run("encode", "a.xyz", "--model", "nested", *options, code=code)
    assert message in " ".join(result.output.split())
    assert sorted(Path().iterdir()) == before


def test_effort_makes_it_better() -> None:
    def chamfer(effort: int) -> float:
        [document] = documents(
            run("encode", "a.xyz", "--model", "nested", "--effort", effort, "--json", "-f")
        )
        return float(document["chamfer"])

    assert chamfer(0) > chamfer(5) >= chamfer(7)


def test_max_chamfer() -> None:
    [document] = documents(run("encode", "a.xyz", "--model", "nested", "--bits", 48, "--effort", 0, "--json"))
    limit = document["chamfer"] * 1.001
    options = ["--model", "nested", "--max-chamfer", limit, "--effort", 0, "--json", "-f"]
    [document] = documents(run("encode", "a.xyz", *options))
    assert document["payload_bits"] <= 48
    assert document["chamfer"] <= limit


def test_auto() -> None:
    [document] = documents(run("encode", "a.xyz", "--model", "auto", "--json"))
    assert document["model"] in ("tiny", "nested")
    assert document["payload_bits"] == 128
    [other] = documents(run("eval", "a.xyz", "--model", "auto", "--json"))
    assert other["chamfer"] == document["chamfer"]
    for name in ("tiny", "nested"):
        [one] = documents(run("eval", "a.xyz", "--model", name, "--bits", 128, "--json"))
        assert document["chamfer"] <= one["chamfer"]


def test_archives_keep_their_length() -> None:
    write_xyz("b.xyz", 1)
    run("encode", "a.xyz", "--model", "nested", "--bits", 32, "--archive", "-o", "all.pcb")
    run("encode", "b.xyz", "--append", "-o", "all.pcb")
    with pcb.ArchiveReader("all.pcb") as reader:
        assert (len(reader), reader.code_bits) == (2, 32)
    result = run("encode", "b.xyz", "--append", "-o", "all.pcb", "--bits", 64, code=1)
    assert "all.pcb: its codes have 32 bits" in result.stderr


def test_truncate_files_and_archives() -> None:
    write_xyz("b.xyz", 1)
    run("encode", "a.xyz", "b.xyz", "--model", "nested", "--effort", 0)
    run("encode", "a.xyz", "b.xyz", "--model", "nested", "--effort", 0, "--archive", "-o", "all.pcb")
    assert "1 code of at most 16 bits" in run("truncate", "a.pcb", "--bits", 16).stdout
    run("encode", "a.xyz", "--model", "nested", "--effort", 0, "--bits", 16, "-o", "same.pcb")
    assert Path("a-16.pcb").read_bytes() == Path("same.pcb").read_bytes()
    [document] = documents(run("truncate", "all.pcb", "--bits", 24, "-o", "small.pcb", "--json"))
    assert (document["clouds"], document["bits"]) == (2, 24)
    assert document["bytes"] == Path("small.pcb").stat().st_size
    assert "OK, 2 clouds" in run("verify", "small.pcb").stdout
    run("truncate", "a.pcb", "b.pcb", "--bits", 16, "-o", "short/")
    assert sorted(p.name for p in Path("short").iterdir()) == ["a.pcb", "b.pcb"]


def test_truncate_in_a_pipe() -> None:
    run("encode", "a.xyz", "--model", "nested")
    result = run("truncate", "-", "--bits", 16, input=Path("a.pcb").read_bytes())
    assert pcb.peek(result.stdout_bytes).code_bits == 16


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["a.pcb"], "'--bits'", 2),
        (["a.pcb", "--bits", "72"], "these codes have 64", 1),
        (["a.pcb", "--bits", "16", "-o", "a.pcb", "-f"], "is an input", 1),
        (["a.pcb", "--bits", "16", "-o", "there.pcb"], "exists", 1),
        (["none.pcb", "--bits", "16"], "none.pcb", 1),
        (["a.xyz", "--bits", "16"], "not the magic of a .pcb file", 1),
    ],
)
def test_truncate_what_cannot_be(arguments: list[str], message: str, code: int) -> None:
    run("encode", "a.xyz", "--model", "nested")
    Path("there.pcb").write_bytes(b"kept")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    result = run("truncate", *arguments, code=code)
    assert message in " ".join(result.output.split())
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_truncate_without_the_model(models: Path) -> None:
    run("encode", "a.xyz", "--model", "nested")
    (models / "nested.safetensors").unlink()
    assert "--unchecked" in run("truncate", "a.pcb", "--bits", 16, code=1).output
    run("truncate", "a.pcb", "--bits", 16, "--unchecked")
    assert pcb.peek(Path("a-16.pcb").read_bytes()).code_bits == 16


@pytest.mark.parametrize("points", [64, 300, 5000])
def test_any_number_of_points(points: int) -> None:
    run("encode", "a.xyz", "--model", "nested")
    text = run("decode", "a.pcb", "--points", points).stdout
    assert f"{points:,} points" in text
    found = read_cloud(Path("a.ply")).points
    assert found.shape == (points, 3)
    original = np.loadtxt("a.xyz")
    assert np.abs(found.mean(axis=0) - original.mean(axis=0)).max() < np.ptp(original)


def test_numbers_of_points_that_are_none() -> None:
    run("encode", "a.xyz", "--model", "nested")
    assert "64<=x<=1000000" in run("decode", "a.pcb", "--points", 10, code=2).output

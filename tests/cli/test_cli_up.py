"""--up turns clouds for the model, and decoding with the same option turns them back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, run, write_xyz

from pcbin.arrays import Up, turned
from pcbin.formats.clouds import read_cloud


@pytest.fixture(params=["x", "z"])
def up(request: pytest.FixtureRequest, here: Path) -> Up:
    """An axis; upright.xyz and lying.xyz are one object, whose y axis or this one points up."""
    points = read_cloud(write_xyz("upright.xyz")).points
    np.savetxt("lying.xyz", turned(points, request.param, back=True))
    run("encode", "upright.xyz", "-q"), run("decode", "upright.pcb", "-q")
    return request.param


def test_the_file_is_that_of_the_upright_cloud_and_turns_back(up: Up) -> None:
    run("encode", "lying.xyz", "-q", "--up", up)
    assert Path("lying.pcb").read_bytes() == Path("upright.pcb").read_bytes()
    run("decode", "lying.pcb", "-o", "back.npy", "-q", "--up", up)
    upright = read_cloud("upright.ply").points
    np.testing.assert_array_equal(read_cloud("back.npy").points, turned(upright, up, back=True))
    run("decode", "lying.pcb", "-o", "as_the_model_has_it.npy", "-q")
    np.testing.assert_array_equal(read_cloud("as_the_model_has_it.npy").points, upright)


def test_the_metrics_are_those_of_the_upright_cloud(up: Up) -> None:
    wanted = documents(run("eval", "upright.xyz", "--json"))[0]["chamfer"]
    [encoded] = documents(run("encode", "lying.xyz", "--up", up, "--json"))
    [there_and_back] = documents(run("eval", "lying.xyz", "--up", up, "--json"))
    [against_pcb] = documents(run("eval", "lying.xyz", "lying.pcb", "--up", up, "--json"))
    for found in (encoded, there_and_back, against_pcb):
        assert found["chamfer"] == pytest.approx(wanted, rel=1e-4)


def test_archives(up: Up) -> None:
    run("encode", "lying.xyz", "lying.xyz", "-o", "all.pcb", "-q", "--up", up)
    run("encode", "upright.xyz", "-o", "all.pcb", "-q", "--append")
    run("decode", "all.pcb", "-o", "out", "-q", "--up", up)
    for name in ("lying", "upright"):
        back = turned(read_cloud(f"out/{name}.ply").points, up)
        np.testing.assert_allclose(back, read_cloud("upright.ply").points, atol=1e-5)


def test_help_says_that_files_do_not_record_it() -> None:
    for command in ("encode", "decode", "eval"):
        assert "Files do not record it" in " ".join(run(command, "--help").stdout.split())


def test_other_axes(here: Path) -> None:
    assert "'w' is not one of 'x', 'y', 'z'" in run("encode", "a.xyz", "--up", "w", code=2).stderr

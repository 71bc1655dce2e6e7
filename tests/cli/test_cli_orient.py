"""`--orient`: clouds that are turned for their model, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_helpers import ROOT, documents, run, write_xyz

from pcbin import evaluate
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud

CHAIR = read_cloud(ROOT / "examples/chair.ply").points


@pytest.fixture
def trained(models: Path) -> None:
    """The default model is a trained one: to one of random weights all ways to stand are the same."""
    weights = (ROOT / "pcbin/models/zoo/chair.safetensors").read_bytes()
    (models / "tiny.safetensors").write_bytes(weights)


def write_fallen(path: str) -> None:
    """A file of a chair that lies on its back."""
    Path(path).parent.mkdir(exist_ok=True)
    np.savetxt(path, CHAIR @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).T)


def test_a_cloud_of_usual_distance_stays_as_it_is(here: Path) -> None:
    write_xyz("a.xyz")
    run("encode", "a.xyz", "-q")
    for orient in ("keep", "auto"):
        run("encode", "a.xyz", "-q", "-o", f"{orient}.pcb", "--orient", orient)
        assert Path(f"{orient}.pcb").read_bytes() == Path("a.pcb").read_bytes()


@pytest.mark.usefixtures("trained")
def test_what_is_said_of_a_turned_cloud(here: Path) -> None:
    write_fallen("a.xyz")
    text = run("encode", "a.xyz").stdout
    assert "turned for the model; the file keeps the rotation" in text
    assert "60 bytes as a file" in text
    [document] = documents(run("encode", "a.xyz", "--json", "-f"))
    assert document["turned"] is True
    [kept] = documents(run("encode", "a.xyz", "--json", "--orient", "keep", "-o", "kept.pcb"))
    assert "turned" not in kept
    assert document["chamfer"] < 0.2 * kept["chamfer"]
    about = run("info", "a.pcb").stdout
    assert ".pcb 1.1" in about
    assert "16 bytes per cloud; 8 more of a rotation" in about
    [document] = documents(run("info", "a.pcb", "--json"))
    pose = pcb.loads(Path("a.pcb").read_bytes()).pose
    assert pose is not None
    assert pose.rotation is not None
    assert document["rotated"] is True
    assert document["rotation"] == list(pose.rotation)
    assert "(x y z w)" in about
    run("decode", "a.pcb", "-o", "back.xyz", "-q")
    assert evaluate(np.loadtxt("a.xyz"), np.loadtxt("back.xyz")).chamfer < 1e-3, "it lies where it lay"


@pytest.mark.usefixtures("trained")
def test_an_archive_turns_where_it_is_asked_to(here: Path) -> None:
    write_fallen("in/a.xyz")
    np.savetxt("in/b.xyz", CHAIR)
    assert "(turned)" not in run("encode", "in", "-o", "kept.pcb").stdout
    lines = run("encode", "in", "-o", "all.pcb", "--orient", "auto").stdout.splitlines()
    assert [line.endswith("(turned)") for line in lines[:2]] == [True, False]
    assert not pcb.peek(Path("kept.pcb").read_bytes()).rotated
    assert pcb.peek(Path("all.pcb").read_bytes()).rotated
    assert "8 more of a rotation" in run("info", "all.pcb").stdout
    write_fallen("c.xyz")
    run("encode", "c.xyz", "-o", "all.pcb", "--append", "-q")
    result = run("encode", "c.xyz", "-o", "kept.pcb", "--append", "--orient", "auto", code=1)
    assert "its poses have no rotations" in result.stderr
    run("verify", "all.pcb", "kept.pcb")


@pytest.mark.usefixtures("trained")
def test_eval_turns_as_encode_does(here: Path) -> None:
    write_fallen("a.xyz")
    [turned] = documents(run("eval", "a.xyz", "--json"))[:1]
    [kept] = documents(run("eval", "a.xyz", "--json", "--orient", "keep"))[:1]
    assert turned["chamfer"] < 0.2 * kept["chamfer"]
    assert turned["container_bits"] == kept["container_bits"] + 64


def test_usage(here: Path) -> None:
    write_xyz("a.xyz")
    for command in ("encode", "eval"):
        result = run(command, "a.xyz", "--orient", "auto", "--no-pose", code=2)
        assert "omit --no-pose" in result.stderr
    assert "'up' is not one of" in run("encode", "a.xyz", "--orient", "up", code=2).stderr

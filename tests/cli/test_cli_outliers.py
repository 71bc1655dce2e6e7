"""`--outliers`: what is said of points that are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, run

from pcbin.formats import pcb

SAID = "5 outliers among 605 points left out, also of the distances"


@pytest.fixture
def scan(here: Path) -> str:
    """A file of a plate and five points far from it."""
    rng = np.random.default_rng(0)
    plate = rng.uniform(-1, 1, (600, 3)) * [1.0, 0.5, 0.01]
    np.savetxt("scan.xyz", np.concatenate([plate, 9 + rng.uniform(-2, 2, (5, 3))]))
    return "scan.xyz"


def scale(path: str) -> float:
    pose = pcb.loads(Path(path).read_bytes()).pose
    assert pose is not None
    return pose.scale


@pytest.mark.usefixtures("models")
def test_encode(scan: str) -> None:
    found = run("encode", scan)
    assert SAID in found.stdout
    dropped = scale("scan.pcb")
    found = run("encode", scan, "-f", "--outliers", "keep")
    assert "outliers" not in found.stdout
    assert scale("scan.pcb") > 5 * dropped
    [document] = documents(run("encode", scan, "-f", "--json"))
    assert (document["outliers"], document["points"]) == (5, 600)


@pytest.mark.usefixtures("models")
def test_archives(scan: str) -> None:
    found = run("encode", scan, "--archive", "-o", "all.pcb")
    assert SAID in found.stdout
    first, _ = documents(run("encode", scan, "--archive", "-o", "all.pcb", "-f", "--json"))
    assert first["outliers"] == 5


@pytest.mark.usefixtures("models")
def test_eval(scan: str) -> None:
    [alone] = documents(run("eval", scan, "--json"))[:1]
    assert alone["omitted"] == [SAID]
    run("encode", scan, "-q")
    [pair] = documents(run("eval", scan, "scan.pcb", "--json"))
    assert pair["omitted"] == [SAID]
    assert pair["chamfer"] == pytest.approx(alone["chamfer"], rel=1e-5)
    [whole] = documents(run("eval", scan, "scan.pcb", "--json", "--outliers", "keep"))
    assert whole["points"] == 605
    assert whole["omitted"] == []


@pytest.mark.usefixtures("models")
def test_completed_clouds_are_said_to_be(scan: str) -> None:
    found = run("encode", scan, "--complete")
    assert "from what is there to the decoded cloud, one way" in found.stdout
    assert "Chamfer distance" not in found.stdout
    [document] = documents(run("encode", scan, "--complete", "-f", "--json"))
    assert document["one_way"] > 0
    assert "completed" in run("eval", scan, "--complete").stdout
    [document] = documents(run("encode", scan, "-f", "--json"))
    assert "one_way" not in document

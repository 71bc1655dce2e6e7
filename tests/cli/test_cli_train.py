"""`pcbin train` on a folder with files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_helpers import run, write_xyz

RECIPE = """
name = "boxes"
license = "none"
data = [{ path = "clouds" }]
encoder = { point_widths = [8], widths = [8] }
latent = { kind = "bernoulli", size = 16 }
decoder = { widths = [8], points = 16 }
train = { steps = 2, batch = 2, points = 16, encoder_points = 16, warmup = 1 }
"""


@pytest.fixture
def data(here: Path) -> Path:
    """clouds/ with four clouds and one file that is none."""
    for k in range(4):
        write_xyz(f"clouds/{k}.xyz", k, n=50)
    Path("clouds/bad.xyz").write_text("1 2 3\n1 2\n")
    Path("recipe.toml").write_text(RECIPE)
    return here


def test_bad_files_are_skipped_and_listed(data: Path) -> None:
    pytest.importorskip("torch")
    result = run("train", "recipe.toml", "--data", ".")
    assert "clouds: 1 of 5 files skipped:\n  clouds/bad.xyz: line 2" in result.stderr
    assert Path("runs/boxes").is_dir()


def test_strict_stops_at_the_first(data: Path) -> None:
    pytest.importorskip("torch")
    result = run("train", "recipe.toml", "--data", ".", "--strict", code=1)
    assert result.stderr.startswith("pcbin: error: clouds/bad.xyz: line 2")
    assert result.stderr.count("\n") == 1

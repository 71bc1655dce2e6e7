"""The log of a run: CSV that a kill leaves whole, and TensorBoard's files where one wants them."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from image_helpers import table, write_npz

from pcbin.errors import MissingDependency
from pcbin.training.run_log import BOARD, RunLog

PARTS = {"total": 3.5, "nll": 2.0, "kl": 1.5, "term z": 1.0, "term c": 0.5}
SCORES = {"set.npz": {"nll": 1.9, "psnr": 20.0}}


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(folder: Path, *steps: int, start: int = 0, **options: Any) -> None:
    log = RunLog(folder, "nll", step=start, **options)
    for step in steps:
        log.write(step, 1.25 * step, 1e-3, PARTS, SCORES)
    log.close()


def test_csv(tmp_path: Path) -> None:
    write(tmp_path, 5, 10)
    first, second = rows(tmp_path)
    assert list(first) == ["step", "seconds", "rate", "total", "nll", "kl", "terms", "validation"]
    assert (first["step"], second["step"]) == ("5", "10")
    assert [float(first[key]) for key in ("rate", "total", "nll", "kl")] == [1e-3, 3.5, 2.0, 1.5]
    assert json.loads(first["terms"]) == {"term z": 1.0, "term c": 0.5}
    assert json.loads(first["validation"]) == SCORES


def test_every_line_is_on_disk_at_once(tmp_path: Path) -> None:
    log = RunLog(tmp_path, "nll")
    assert rows(tmp_path) == []
    for count in (1, 2, 3):
        log.write(count, 0.0, 0.0, PARTS, {})
        assert len(rows(tmp_path)) == count
    log.close()


def test_lines_behind_the_checkpoint_are_cut(tmp_path: Path) -> None:
    write(tmp_path, 5, 10, 15)
    write(tmp_path, 15, 20, start=10)
    assert [row["step"] for row in rows(tmp_path)] == ["5", "10", "15", "20"]
    with (tmp_path / "log.csv").open("a") as file:
        file.write("25,1.0,1e-")  # killed while it was written
    write(tmp_path, 30, start=25)
    assert [row["step"] for row in rows(tmp_path)] == ["5", "10", "15", "20", "30"]


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Everything in TensorBoard's files, as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / BOARD))
    events.Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


@pytest.fixture
def tensorboard() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tensorboard")


@pytest.mark.usefixtures("tensorboard")
def test_tensorboard(tmp_path: Path) -> None:
    write(tmp_path, 5, 10, tensorboard=True)
    found = scalars(tmp_path)
    assert set(found) == {
        "rate",
        *(f"training/{name}" for name in PARTS),
        "validation/set.npz/nll",
        "validation/set.npz/psnr",
    }
    assert found["training/kl"] == [(5, 1.5), (10, 1.5)]
    assert found["validation/set.npz/psnr"] == [(5, 20.0), (10, 20.0)]
    assert len(rows(tmp_path)) == 2


@pytest.mark.usefixtures("tensorboard")
def test_tensorboard_forgets_what_is_behind_the_checkpoint(tmp_path: Path) -> None:
    write(tmp_path, 5, 10, 15, tensorboard=True)
    write(tmp_path, 15, 20, start=10, tensorboard=True)
    assert [step for step, _ in scalars(tmp_path)["rate"]] == [5, 10, 15, 20]


@pytest.mark.usefixtures("tensorboard")
def test_training_with_tensorboard(tmp_path: Path) -> None:
    """It logs what the CSV says, and changes nothing of the run."""
    from pcbin.training import checkpoint, train
    from pcbin.training.recipe import parse

    write_npz(tmp_path / "set.npz")
    recipe = parse(table(steps=6, validate_every=3), "test")
    paths = [
        train.train(recipe, tmp_path, tmp_path / name, tensorboard=wanted, report=lambda _: None)
        for name, wanted in (("with", True), ("without", False))
    ]
    found = scalars(tmp_path / "with")
    lines = rows(tmp_path / "with")
    assert [step for step, _ in found["training/nll"]] == [3, 6]
    for name in ("total", "nll", "kl"):
        values = [value for _, value in found[f"training/{name}"]]
        assert values == pytest.approx([float(row[name]) for row in lines], abs=1e-4)
    assert not (tmp_path / "without" / BOARD).exists()
    one, other = (checkpoint.read(path).tensors for path in paths)
    assert all(bool((one[name] == other[name]).all()) for name in one)


@pytest.mark.usefixtures("tensorboard")
def test_the_option_of_the_command(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from pcbin.cli.program import program

    write_npz(tmp_path / "set.npz")
    recipe = """
name = "bars"
[[data]]
path = "set.npz"
[encoder]
widths = [8]
[latent]
size = 8
[decoder]
widths = [8]
image = [6, 5]
[train]
steps = 2
batch = 4
"""
    (tmp_path / "recipe.toml").write_text(recipe)
    arguments = ["train", str(tmp_path / "recipe.toml"), "--data", str(tmp_path), "-o", str(tmp_path / "run")]
    result = CliRunner().invoke(program, [*arguments, "--tensorboard"])
    assert result.exit_code == 0, result.output
    assert [step for step, _ in scalars(tmp_path / "run")["training/nll"]] == [2]


def test_tensorboard_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingDependency, match=r"pip install 'pcbin\[tensorboard\]'"):
        RunLog(tmp_path, "nll", tensorboard=True)

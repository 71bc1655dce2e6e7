"""`pcbin models`, `train` and `freeze`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, run, write_xyz

from pcbin.formats.model_file import load_header

RECIPE = """
name = "small"
license = "CC0-1.0"
[[data]]
path = "clouds"
[encoder]
point_widths = [8]
widths = [8]
[latent]
size = 16
[decoder]
widths = [8]
points = 32
[train]
steps = 3
batch = 2
points = 64
encoder_points = 32
validate_every = 2
"""


def test_list(models: Path) -> None:
    head, row = run("models", "list").stdout.splitlines()
    assert head.split() == ["NAME", "HASH", "BITS", "POINTS", "LICENCE", "FROM", "WHAT"]
    assert row.split()[0] == "tiny"
    assert " CC0-1.0 " in row
    assert row.endswith("Random, for tests.")
    [document] = documents(run("models", "list", "--json"))
    assert (document["name"], document["shipped"], document["bits"]) == ("tiny", False, 128)
    assert document["openly_licensed"]
    (models / "tiny.safetensors").unlink()
    assert "no models; add one" in run("models", "list").stdout
    assert run("models", "list", "--json").stdout == ""


def test_show(models: Path) -> None:
    text = run("models", "show", "tiny").stdout
    for part in (
        "CC0-1.0",
        "3 clouds of nothing.npz",
        "up to 256 go in, 256 come out",
        "numbers,",
        "for 99 of 100",
    ):
        assert part in text
    [document] = documents(run("models", "show", models / "tiny.safetensors", "--json"))
    assert documents(run("models", "show", document["sha256"][:8], "--json"))[0]["name"] == "tiny"
    assert document["parameters"] > 1000
    assert "no model 'nothing'" in run("models", "show", "nothing", code=1).stderr


def test_add_path_remove(here: Path, models: Path, make_model) -> None:
    Path("lamp.safetensors").write_bytes(make_model(1, name="lamp"))
    assert run("models", "add", "lamp.safetensors").stdout.startswith("lamp: model ")
    path = run("models", "path", "lamp").stdout.strip()
    assert Path(path).read_bytes() == Path("lamp.safetensors").read_bytes()
    assert run("models", "path").stdout.strip() == str(models)
    assert "pass -f" in run("models", "add", "lamp.safetensors", code=1).stderr
    run("models", "add", "lamp.safetensors", "-f", "-q")
    run("models", "add", "lamp.safetensors", "--name", "light", "-q")
    write_xyz("a.xyz")
    run("encode", "a.xyz", "--model", "light", "-q")
    run("decode", "a.pcb", "-q")
    assert run("models", "remove", "light").stdout == "light: removed\n"
    assert "no model 'light'" in run("models", "remove", "light", code=1).stderr


def test_add_refuses(here: Path, models: Path) -> None:
    Path("bad.safetensors").write_bytes(b"no model")
    assert "not a frozen pcbin model" in run("models", "add", "bad.safetensors", code=1).stderr
    assert "no.safetensors" in run("models", "add", "no.safetensors", code=1).stderr
    source = models / "tiny.safetensors"
    assert "cannot name a model" in run("models", "add", source, "--name", "../up", code=1).stderr
    assert len(list(models.iterdir())) == 1


def test_shipped_models_stay(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pcbin.models.zoo.SHIPPED", models)
    assert "is shipped with pcbin" in run("models", "remove", "tiny", code=1).stderr
    assert (
        "is the name of a shipped model"
        in run("models", "add", models / "tiny.safetensors", "-f", code=1).stderr
    )


@pytest.mark.parametrize("command", [("train", "r.toml", "--data", "."), ("freeze", "run")])
def test_without_torch(here: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "torch" or name.startswith("torch.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    for room, module in (("pcbin", "training"), ("pcbin.models", "ops_torch")):
        for name in [name for name in sys.modules if name.startswith(f"{room}.{module}")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr(sys.modules[room], module, raising=False)
    Path("r.toml").write_text(RECIPE)
    result = run(*command, code=1)
    assert result.stderr.startswith("pcbin: error: ")
    assert "needs torch: pip install 'pcbin[train]'" in result.stderr


def test_train_and_freeze(here: Path) -> None:
    pytest.importorskip("torch")
    for seed in range(4):
        write_xyz(f"data/clouds/{seed}.xyz", seed)
    Path("r.toml").write_text(RECIPE)
    result = run("train", "r.toml", "--data", "data")
    assert "step 3/3" in result.stderr
    assert result.stdout.startswith("runs/small/checkpoint.safetensors\n")
    assert "resumed at step 3" in run("train", "r.toml", "--data", "data").stderr
    run("train", "r.toml", "--data", "data", "-o", "short", "--steps", "1")
    assert "another recipe" in run("train", "r.toml", "--data", "data", "-o", "short", code=1).stderr

    result = run("freeze", "runs/small", "--data", "data")
    assert "hash" in result.stdout
    header = load_header(Path("small.safetensors").read_bytes())
    assert header.info["training_set"] == [{"path": "clouds", "clouds": 4}]
    assert "pass -f" in run("freeze", "runs/small", "--data", "data", code=1).stderr
    checkpoint = "runs/small/checkpoint.safetensors"
    assert "is an input" in run("freeze", checkpoint, "-o", checkpoint, "-f", code=1).stderr
    result = run("freeze", checkpoint, "-o", "other.safetensors", "--name", "other")
    assert "without --data" in result.stderr
    run("models", "add", "other.safetensors", "-q")
    write_xyz("a.xyz")
    run("encode", "a.xyz", "--model", "other", "-q")
    run("decode", "a.pcb", "-o", "a.npy", "-q")
    assert np.load("a.npy").shape == (32, 3)


def test_a_stopped_training_says_how_to_go_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")

    def stop(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pcbin.training.train.train", stop)
    Path("r.toml").write_text(RECIPE)
    result = run("train", "r.toml", "--data", ".", code=130)
    assert "the same command resumes from the last checkpoint in runs/small" in result.stderr


def test_train_and_freeze_refuse(here: Path) -> None:
    pytest.importorskip("torch")
    assert "no such recipe" in run("train", "no.toml", "--data", ".", code=1).stderr
    Path("bad.toml").write_text("name = ")
    assert "bad.toml" in run("train", "bad.toml", "--data", ".", code=1).stderr
    Path("r.toml").write_text(RECIPE)
    assert "clouds" in run("train", "r.toml", "--data", "nowhere", code=1).stderr
    assert "'--data'" in run("train", "r.toml", code=2).stderr
    assert "no such checkpoint" in run("freeze", "nowhere", code=1).stderr

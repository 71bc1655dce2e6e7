"""--licence open: no model whose weights are not openly licensed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_helpers import run, write_xyz

from pcbin.formats.model_file import dump_model


@pytest.fixture(autouse=True)
def bound(models: Path, model_parts, here: Path) -> None:
    """A model for research only beside `tiny`, which is CC0-1.0."""
    model, info, tensors = model_parts(bits=128, points=256, encoder_points=256, name="bound", seed=6)
    info["license"] = "non-commercial research (trained on ModelNet10)"
    (models / "bound.safetensors").write_bytes(dump_model(model, info, tensors))
    write_xyz("a.xyz")


@pytest.mark.parametrize(
    "command", [("encode", "a.xyz"), ("encode", "a.xyz", "-o", "all.pcb", "--archive"), ("eval", "a.xyz")]
)
def test_a_model_by_name(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(*command, "--model", "bound", "--licence", "open", code=1)
    assert "model bound: its licence is non-commercial research" in result.stderr
    assert "--licence any" in result.stderr
    monkeypatch.setenv("PCBIN_LICENCE", "open")
    run(*command, "--model", "bound", code=1)
    run(*command, "--model", "bound", "--licence", "any")


def test_auto(models: Path) -> None:
    for licence in "any", "open":
        run("encode", "a.xyz", "--model", "auto", "--licence", licence, "-f")
    (models / "tiny.safetensors").unlink()
    run("encode", "a.xyz", "--model", "auto", "-f")
    result = run("encode", "a.xyz", "--model", "auto", "--licence", "open", "-f", code=1)
    assert "no installed openly licensed model of clouds" in result.stderr


def test_appending(monkeypatch: pytest.MonkeyPatch) -> None:
    run("encode", "a.xyz", "-o", "all.pcb", "--archive", "--model", "bound")
    monkeypatch.setenv("PCBIN_LICENCE", "open")
    assert "its licence is" in run("encode", "a.xyz", "-o", "all.pcb", "--append", code=1).stderr
    run("encode", "a.xyz", "-o", "all.pcb", "--append", "--licence", "any")
    run("decode", "all.pcb")
    assert "non-commercial research" in run("info", "all.pcb").stdout

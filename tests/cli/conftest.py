"""A tiny random model instead of a trained one: the command line does the same with any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pcbin import api as api  # noqa: PLC0414 - its defaults are read now, before `zoo.DEFAULT` is replaced
from pcbin.formats.model_file import dump_model
from pcbin.models import zoo

MakeModel = Callable[..., bytes]


@pytest.fixture
def make_model(model_parts: Callable[..., tuple[dict, dict, dict]]) -> MakeModel:
    """Makes the file of a model. p99: the Chamfer x 1e3 it claims to keep to."""

    def make(seed: int = 0, *, name: str = "tiny", p99: float = 1e9) -> bytes:
        parts = model_parts(bits=128, points=256, encoder_points=256, seed=seed, name=name)
        parts[1].update(
            description="Random, for tests.",
            license="CC0-1.0",
            training_set=[{"path": "nothing.npz", "clouds": 3}],
            chamfer_e3={"training": {"nothing.npz": {"mean": 1.0, "p1": 0.1, "p50": 1.0, "p99": p99}}},
        )
        return dump_model(*parts)

    return make


@pytest.fixture(autouse=True)
def models(models_folder: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of added models, with `tiny` in it, which is also the default model."""
    (models_folder / "tiny.safetensors").write_bytes(make_model())
    monkeypatch.setattr(zoo, "DEFAULT", "tiny")
    return models_folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder

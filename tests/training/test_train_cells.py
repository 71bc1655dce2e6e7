"""A model of cell codes: trained for a few steps, stopped and resumed, and frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from pcbin import Codec
from pcbin.errors import InputError
from pcbin.formats.model_file import load_model
from pcbin.models.model import Model
from pcbin.training.cells.train import CONTEXT, PLACEMENT, freeze, train
from pcbin.training.recipe import parse


def plan(**changes: Any) -> Any:
    cells = {"context": [8, 6], "placement": 8, "context_steps": 4, "placement_steps": 3, "validate_every": 2}
    table = {
        "name": "small-cells",
        "data": [{"path": "shapes.npz", "split": "train", "validation": 0.2}],
        "cells": {**cells, **changes},
        "train": {"points": 200},
    }
    return parse(table, "a test")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(10, 200, 3)) * rng.uniform(0.3, 1, (10, 1, 3))
    np.savez(tmp_path / "shapes.npz", points=points.astype(np.float16), split=np.full(10, "train"))
    return tmp_path


def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(plan(), data, whole, report=lines.append)
    assert [line.split()[0] for line in lines] == ["context", "context", "placement", "placement"]

    from pcbin.training.cells import fit

    monkeypatch.setattr(fit, "SAVE_EVERY_S", -1.0)  # after each step

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(plan(), data, parts, report=stop)
    with pytest.raises(InputError, match="not finished"):
        freeze(data, parts)
    train(plan(), data, parts, report=lines.append)
    assert freeze(data, parts, report=lines.append) == freeze(data, whole, report=lines.append)


def test_another_recipe_does_not_go_on(data: Path, tmp_path: Path) -> None:
    train(plan(), data, tmp_path / "run", report=lambda line: None)
    with pytest.raises(InputError, match="made by another recipe"):
        train(plan(context_rate=1.0), data, tmp_path / "run", report=lambda line: None)


def test_the_frozen_model_codes_clouds(data: Path, tmp_path: Path) -> None:
    folder = train(plan(), data, tmp_path / "run", report=lambda line: None)
    assert (folder / CONTEXT).exists()
    assert (folder / PLACEMENT).exists()
    model = Model(load_model(freeze(data, folder, report=lambda line: None)))
    assert model.name == "small-cells"
    cloud = np.random.default_rng(1).normal(size=(150, 3))
    codec = Codec(model, bits=1024)
    assert codec.decode(codec.encode(cloud)).shape == (200, 3)

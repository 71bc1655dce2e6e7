"""model="auto": every installed model of clouds is tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import auto
from pcbin.auto import Auto
from pcbin.coding.options import Options
from pcbin.errors import InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.formats.model_file import dump_model
from tests.cell_helpers import random_model

Parts = Callable[..., Any]


@pytest.fixture
def several(model_parts: Parts, image_parts: Parts, models_folder: Path) -> list[str]:
    """Nested models a and b, c with codes of 32 bits, and one of images, d."""
    for seed, name in enumerate("ab"):
        parts = model_parts(bits=128, nested=(16, 32), name=name, seed=seed)
        (models_folder / f"{name}.safetensors").write_bytes(dump_model(*parts))
    (models_folder / "c.safetensors").write_bytes(dump_model(*model_parts(bits=32, name="c", seed=2)))
    (models_folder / "d.safetensors").write_bytes(dump_model(*image_parts(bits=32, name="d")))
    return ["a", "b", "c"]


@pytest.mark.parametrize("seed", range(6))
def test_the_best_is_kept(seed: int, several: list[str], cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto, "HOPE", np.inf)  # a search lowers what models make that learned nothing by more
    points = cloud(seed=seed, center=(3, 4, 5))
    data = pcbin.compress(points, model="auto", bits=32)
    distances = {
        name: pcbin.evaluate(points, data=pcbin.compress(points, model=name, bits=32)).chamfer
        for name in several
    }
    best = min(distances, key=lambda name: distances[name])
    assert pcb.peek(data).model_id == pcbin.load_model(best).id
    assert pcbin.evaluate(points, data=data).chamfer == pytest.approx(distances[best])


def test_which_models_have_that_length(several: list[str]) -> None:
    def lengths(bits: int) -> dict[str, int]:
        return {codec.model.name: codec.bits for codec in Auto(Options(bits=bits)).codecs}

    assert lengths(32) == {"a": 32, "b": 32, "c": 32}
    assert lengths(64) == {"a": 64, "b": 64, "c": 32}  # at most so many
    assert lengths(256) == {"a": 128, "b": 128, "c": 32}
    assert [codec.model.name for codec in Auto(Options(max_chamfer=1.0)).codecs] == ["a", "b"]
    with pytest.raises(ModelNotFound, match="codes of at most 8 bits"):
        Auto(Options(bits=8))


def test_the_fewest_bits(several: list[str], cloud: Any) -> None:
    points = cloud()
    lengths = {}
    for name in "ab":
        lengths[name] = pcb.peek(pcbin.compress(points, model=name, max_chamfer=100.0, effort=0)).code_bits
    data = pcbin.compress(points, model="auto", max_chamfer=100.0, effort=0)
    assert pcb.peek(data).code_bits == min(lengths.values())
    with pytest.raises(InputError, match="model a reaches"):
        pcbin.compress(points, model="auto", max_chamfer=1e-9, effort=0)


def test_entropy_coding_where_cells_win(models_folder: Path, model_parts: Parts) -> None:
    """They need no table, and so does whoever asks for nothing in particular."""
    tiny = random_model()
    (models_folder / "cells.safetensors").write_bytes(
        dump_model(tiny.file.model, tiny.info, tiny.file.tensors)
    )
    (models_folder / "a.safetensors").write_bytes(dump_model(*model_parts(name="a")))
    points = np.random.default_rng(0).normal(size=(300, 3))
    data = pcbin.compress(points, bits=2048, entropy=True, warn=False)
    assert data == pcbin.compress(points, bits=2048, warn=False)
    assert pcb.peek(data).model_id == tiny.id


def test_what_is_no_cloud(several: list[str]) -> None:
    with pytest.raises(InputError):
        pcbin.compress([[1.0, 2.0]], model="auto", bits=32)


def test_nothing_installed(models_folder: Path, cloud: Any) -> None:
    with pytest.raises(ModelNotFound, match="no installed model of clouds"):
        pcbin.compress(cloud(), model="auto")

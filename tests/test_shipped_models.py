"""The shipped models of clouds beside `chair`: sizes, cards, figures, and what they know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.formats.clouds import read_cloud
from pcbin.models import zoo

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
DEFAULTS = {"furniture": 256, "objects": 512, "parts": 128}
NAMES = sorted(DEFAULTS)


def metrics(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "models" / name / "metrics.json").read_text(encoding="utf-8"))
    return found


def test_all_of_them_are_small() -> None:
    sizes = [path.stat().st_size for path in zoo.SHIPPED.glob("*.safetensors")]
    assert max(sizes) <= 8_000_000
    assert sum(sizes) <= 31_000_000  # the wheel holds them, and hardly anything else


@pytest.mark.parametrize("name", NAMES)
def test_its_folder_is_about_the_weights_that_are_shipped(name: str) -> None:
    model = pcbin.load_model(name)
    folder = ROOT / "models" / name
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert zoo.find(name).is_relative_to(zoo.SHIPPED)
    assert model.file.sha256 in card
    assert model.file.sha256 == metrics(name)["sha256"]
    assert metrics(name)["measured_on"] == "test"
    assert f"{zoo.find(name).stat().st_size:,} bytes" in card
    assert (model.shortest, model.default_bits, model.bits) == (16, DEFAULTS[name], 512)
    assert (folder / "LICENSE-WEIGHTS.md").is_file()
    assert model.info["license"]


@pytest.mark.parametrize("name", ["furniture", "objects"])
def test_the_card_says_which_classes_are_behind_retrieval(name: str) -> None:
    card = (ROOT / "models" / name / "README.md").read_text(encoding="utf-8")
    behind = {
        label
        for found in metrics(name)["sets"].values()
        for label, one in found["classes"].items()
        if one["enough_training_shapes"] and not one["better_than_retrieval"]["1"]
    }
    for label in behind:
        assert label in card
    assert ("Every class is ahead of it" in card) == (not behind)


@pytest.mark.parametrize("name", NAMES)
def test_recipe_trains_that_model(name: str) -> None:
    from pcbin.training import recipe

    plan = recipe.load(ROOT / "models" / name / "recipe.toml")
    trained = recipe.parse(recipe.without_none(pcbin.load_model(name).info["recipe"]), name)
    assert plan == trained


def test_an_led_is_a_part() -> None:
    """`parts` codes the example better than models of other things do, and `auto` finds that out."""
    points = read_cloud(ROOT / "examples" / "led.ply").points
    found = {
        name: pcbin.evaluate(points, data=pcbin.compress(points, model=name, bits=128, warn=False)).chamfer_e3
        for name in ("parts", "chair", "furniture")
    }
    assert found["parts"] < 0.5 * min(found["chair"], found["furniture"])
    best = pcbin.compress(points, model="auto", bits=128)
    assert pcbin.evaluate(points, data=best).chamfer_e3 <= found["parts"] + 1e-6


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the data sets in ../shared/data")
@pytest.mark.parametrize("name", NAMES)
def test_figures_of_the_card(name: str) -> None:
    """On every tenth test cloud or so, at the default length without a search."""
    file = {
        "furniture": "modelnet10_others_2048",
        "objects": "princeton_shape_benchmark",
        "parts": "kicad_parts",
    }
    collection = {"furniture": "ModelNet10", "objects": "Princeton", "parts": "KiCad"}[name]
    with np.load(DATA / f"{file[name]}.npz", allow_pickle=False) as data:
        clouds = data["points"][data["split"] == "test"][::12].astype(np.float64)
    codec = pcbin.Codec(name, effort=0, warn=False)
    codes, poses = codec.codes(clouds)
    values = [
        pcbin.evaluate(x, y).chamfer_e3 for x, y in zip(clouds, codec.restore(codes, poses), strict=True)
    ]
    wanted = metrics(name)["sets"][collection]["rates"][str(DEFAULTS[name])]["0"]["chamfer_e3"]
    assert np.mean(values) == pytest.approx(wanted, rel=0.35)

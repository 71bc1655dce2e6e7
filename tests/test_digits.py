"""The shipped models of digits: their sizes, their figures, and that they know a seven."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pcbin
from pcbin.cluster import Mixture
from pcbin.datasets.images import load_images
from pcbin.metrics import accuracy
from pcbin.models import zoo

ROOT = Path(__file__).parents[1]
NAMES = {"mnist-vab-80": 80, "mnist-128": 128}
LEAST_PSNR = {"mnist-vab-80": 16.0, "mnist-128": 18.0}
"""Of the example, in dB."""


@pytest.fixture(scope="module", params=sorted(NAMES))
def codec(request: pytest.FixtureRequest) -> pcbin.Codec:
    return pcbin.Codec(request.param)


def metrics(codec: pcbin.Codec) -> dict[str, Any]:
    path = ROOT / "models" / codec.model.name / "metrics.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_ships_small_and_named_by_its_card(codec: pcbin.Codec) -> None:
    name = codec.model.name
    path = zoo.find(name)
    assert path.is_relative_to(zoo.SHIPPED)
    assert path.stat().st_size <= 8_000_000
    card = (ROOT / "models" / name / "README.md").read_text(encoding="utf-8")
    assert codec.model.file.sha256 in card
    assert f"{path.stat().st_size:,} bytes" in card
    assert codec.model.file.sha256 == metrics(codec)["sha256"]
    assert codec.model.bits == NAMES[name]
    assert codec.model.image == (28, 28)


def test_recipe_trains_that_model(codec: pcbin.Codec) -> None:
    from pcbin.training import recipe

    plan = recipe.load(ROOT / "models" / codec.model.name / "recipe.toml")
    assert plan == recipe.parse(recipe.without_none(codec.model.info["recipe"]), codec.model.name)


def test_the_example_comes_back_a_seven(codec: pcbin.Codec) -> None:
    read = pytest.importorskip("pcbin.formats.images").read_image
    pytest.importorskip("PIL")
    digit = read(ROOT / "examples" / "digit.png")
    data = codec.encode(digit)
    assert len(data) == 20 + codec.bits // 8
    found = pcbin.evaluate_image(digit, data=data)
    assert found.psnr > LEAST_PSNR[codec.model.name]
    assert found.bpp == pytest.approx(codec.bits / 784)
    assert (pcbin.decompress(data) == codec.decode(data)).all()


def test_figures_of_the_card(codec: pcbin.Codec, shared: Path) -> None:
    """The whole test set through the model again: the numbers of metrics.json."""
    images = load_images(shared / "data" / "mnist.npz", split="test")
    clusters = Mixture.of(codec.model).labels(codec.codes(images.pixels)[0])
    # another BLAS may turn a bit here and there
    assert accuracy(images.labels, clusters) == pytest.approx(metrics(codec)["acc"], abs=2e-3)

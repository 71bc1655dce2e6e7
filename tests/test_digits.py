"""The shipped model `mnist-vab-80`: its size, its figures, and that it knows a seven."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import pcbin
from pcbin.cluster import Mixture
from pcbin.metrics import accuracy
from pcbin.models import zoo
from pcbin.models.datasets.images import load_images

ROOT = Path(__file__).parents[1]
NAME = "mnist-vab-80"


@pytest.fixture(scope="module")
def codec() -> pcbin.Codec:
    return pcbin.Codec(NAME)


def test_ships_small_and_named_by_its_card(codec: pcbin.Codec) -> None:
    path = zoo.find(NAME)
    assert path.is_relative_to(zoo.SHIPPED)
    assert path.stat().st_size <= 8_000_000
    card = (ROOT / "models" / NAME / "README.md").read_text(encoding="utf-8")
    metrics = json.loads((ROOT / "models" / NAME / "metrics.json").read_text(encoding="utf-8"))
    assert codec.model.file.sha256 in card
    assert codec.model.file.sha256 == metrics["sha256"]
    assert codec.model.bits == 80
    assert codec.model.image == (28, 28)


def test_the_example_comes_back_a_seven(codec: pcbin.Codec) -> None:
    read = pytest.importorskip("pcbin.formats.images").read_image
    pytest.importorskip("PIL")
    digit = read(ROOT / "examples" / "digit.png")
    data = codec.encode(digit)
    assert len(data) == 30  # 10 bytes of code
    found = pcbin.evaluate_image(digit, data=data)
    assert found.psnr > 16
    assert found.bpp == pytest.approx(80 / 784)
    blank = pcbin.evaluate_image(digit, np.zeros_like(digit))
    assert found.psnr > blank.psnr + 3
    assert (pcbin.decompress(data) == codec.decode(data)).all()


def test_figures_of_the_card(codec: pcbin.Codec, shared: Path) -> None:
    """The whole test set through the model again: the numbers of metrics.json."""
    metrics = json.loads((ROOT / "models" / NAME / "metrics.json").read_text(encoding="utf-8"))
    images = load_images(shared / "data" / "mnist.npz", split="test")
    codes = codec.image_codes(images.pixels)
    clusters = Mixture.of(codec.model).labels(codes)
    # another BLAS may turn a bit here and there
    assert accuracy(images.labels, clusters) == pytest.approx(metrics["acc"], abs=2e-3)

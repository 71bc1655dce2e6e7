"""The shipped model `chair`: its size, its figures, and that it knows a chair from other things."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pcbin
from pcbin.errors import PcbinWarning
from pcbin.formats.clouds import read_cloud
from pcbin.modalities.clouds import usual_limit
from pcbin.models import zoo

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
LED = ROOT / "examples" / "led.ply"
EXAMPLES = [ROOT / "examples" / f"{name}.ply" for name in ("armchair", "chair", "swivel_chair")]


def test_ships_in_at_most_8_megabytes() -> None:
    path = zoo.find("chair")
    assert path.is_relative_to(zoo.SHIPPED)
    assert path.stat().st_size <= 8_000_000


def test_card_names_the_weights_that_are_shipped() -> None:
    model = pcbin.load_model("chair")
    card = (ROOT / "models" / "chair" / "README.md").read_text(encoding="utf-8")
    assert model.file.sha256 in card
    assert model.info["license"]
    assert (model.shortest, model.default_bits, model.bits) == (16, 128, 512)


def limit() -> float:
    """The Chamfer distance x 1e3 that usual chairs stay below."""
    found = usual_limit(pcbin.load_model("chair").info)
    assert found is not None
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_examples_come_back_recognisable(example: Path) -> None:
    points = read_cloud(example).points
    data = pcbin.compress(points)
    assert len(data) <= 64
    report = pcbin.evaluate(points, data=data)
    assert report.payload_bits == 128
    assert report.chamfer_e3 < 0.8
    back = pcbin.decompress(data)
    assert back.shape == (2048, 3)
    size = float(np.linalg.norm(np.ptp(points, axis=0)))
    for end in (np.min, np.max):  # it stands where it stood
        np.testing.assert_allclose(end(back, axis=0), end(points, axis=0), atol=0.08 * size)
    assert report.chamfer_e3 < limit()


def test_three_examples_have_three_codes() -> None:
    codes, _ = pcbin.Codec().codes([read_cloud(path).points for path in EXAMPLES])
    assert len({code.tobytes() for code in codes}) == len(EXAMPLES)


def test_code_depends_neither_on_order_nor_on_place_and_size() -> None:
    points = read_cloud(EXAMPLES[0]).points
    shuffled = np.random.default_rng(0).permutation(points)
    moved = 7.5 * points + [100.0, -3.0, 12.0]
    codes, _ = pcbin.Codec().codes([points, shuffled, moved])
    distances = np.unpackbits(codes[1:] ^ codes[0], axis=1).sum(axis=1)
    assert (distances <= 1).all()  # a bit may differ where its logit is within rounding of the threshold


def test_what_is_no_upright_chair_is_called_unlike_the_training_set() -> None:
    chair = read_cloud(EXAMPLES[0]).points
    led = read_cloud(LED).points
    for other in (chair * [1, -1, 1], chair[:, [0, 2, 1]], chair * [1, 1, -1], led):
        with pytest.warns(PcbinWarning, match="unlike the shapes that model chair was trained on"):
            report = pcbin.evaluate(other, data=pcbin.compress(other, model="chair", orient="keep"))
        assert report.chamfer_e3 > limit()


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the data sets in ../shared/data")
def test_chamfer_of_the_modelnet10_test_chairs() -> None:
    with np.load(DATA / "modelnet10_chair.npz", allow_pickle=False) as data:
        clouds = data["points"][data["split"] == "test"][:, :2048].astype(np.float64)
    assert len(clouds) == 99
    codec = pcbin.Codec()
    codes, poses = codec.codes(clouds)
    values = [
        pcbin.evaluate(x, y).chamfer_e3 for x, y in zip(clouds, codec.restore(codes, poses), strict=True)
    ]
    assert np.mean(values) <= 1.10

"""The figures of a model's card, whole, on tiny sets with the names and arrays of the real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.card import sets
from benchmarks.card.retrieval import Retrieval
from benchmarks.rate_distortion.progress import Progress
from benchmarks.zoo import main
from pcbin.arrays import normalise
from pcbin.formats.entropy import WEIGHT_SUM
from pcbin.formats.model_file import dump_model
from pcbin.metrics import distortion
from pcbin.models import zoo
from pcbin.training import recipe

CHAIRS, CUBOIDS = "modelnet10_chair.npz", "shapeassembly_chair.npz"


class Quiet(Progress):
    def say(self, line: str) -> None:
        pass


def write(path: Path, points: int, splits: list[str], cloud: Any, **more: Any) -> None:
    clouds = [normalise(cloud(points, seed=seed))[0] for seed in range(len(splits))]
    np.savez(path, points=np.stack(clouds).astype(np.float16), split=splits, **more)


@pytest.fixture
def data(tmp_path: Path, cloud: Callable[..., Any]) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    splits = ["train"] * 8 + ["test"] * 3
    write(folder / CHAIRS, 8192, splits, cloud, duplicate_group=[0, 1, 2, 3, 4, 5, 6, 7, 7, 9, 10])
    write(folder / CUBOIDS, 1024, ["train"] * 30 + ["val"] * 2, cloud)
    return folder


@pytest.fixture
def model(tmp_path: Path, model_parts: Callable[..., Any], models_folder: Path) -> Path:
    """16 to 32 bits, with a table for entropy coding and a recipe that holds a quarter of the chairs out."""
    description, info, tensors = model_parts(bits=32, nested=(16, 24), name="chair")
    description["entropy"] = {"components": 1}
    tensors["entropy/weights"] = np.array([WEIGHT_SUM], np.uint32)
    tensors["entropy/means"] = np.full((1, 32), 1 << 15, np.uint16)
    sources = [
        {"path": CHAIRS, "split": "train", "validation": 0.25},
        {"path": CUBOIDS, "split": "train", "validation": 0.0},
    ]
    info["recipe"] = {"name": "chair", "data": sources}
    path = tmp_path / "chair.safetensors"
    path.write_bytes(dump_model(description, info, tensors))
    return path


def command(model: Path, data: Path, *more: str) -> int:
    return main([str(model), "--data", str(data), "--bits", "16", "24", "64", "--efforts", "0", "2", *more])


def test_all_figures_of_a_card(model: Path, data: Path, tmp_path: Path, capsys: Any) -> None:
    pytest.importorskip("matplotlib")
    assert command(model, data, "--searched", "2", "-o", str(tmp_path / "out")) == 0
    said = capsys.readouterr()
    assert "64 bits: skipped" in said.err
    assert "ETA" in said.err
    assert "cuboid chair" in said.out
    found = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert (found["measured_on"], found["default_bits"]) == ("test", 24)
    chairs, cuboids = found["sets"]["ModelNet10"], found["sets"]["cuboid chairs"]
    assert (chairs["clouds"], cuboids["clouds"]) == (3, 2)
    assert list(chairs["rates"]) == ["16", "24"]
    assert [chairs["rates"]["16"][effort]["clouds"] for effort in ("0", "2")] == [3, 2]
    assert list(chairs["rates"]["16"]["2"]["same_clouds_chamfer_e3"]) == ["0"]
    assert chairs["without_twins"]["0"]["clouds"] == 2
    assert chairs["entropy_coded_bits"] == {"0": 24, "5": 24}
    assert set(chairs["dense"]) == {"0", "1", "5"}
    assert 0 < chairs["sampling_floor_e3"] < chairs["rates"]["24"]["0"]["chamfer_e3"]
    assert (cuboids["dense"], cuboids["sampling_floor_e3"], cuboids["without_twins"]) == ({}, None, None)
    assert chairs["classes"]["chair"]["training_shapes"] == 6  # 8, of which 2 are held out
    cuboid = cuboids["classes"]["cuboid chair"]
    assert cuboid["enough_training_shapes"]
    assert set(cuboid["chamfer_e3"]) == {"0", "1"}
    assert cuboid["better_than_retrieval"] == {"0": False, "1": False}, "the weights are random"
    assert cuboids["retrieval"]["bits"] == 6  # of 36
    drawn = (tmp_path / "out" / "test.png").read_bytes()
    assert drawn[:4] == b"\x89PNG"
    assert command(model, data, "--picture", "-o", str(tmp_path / "again")) == 0
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["test.png"]
    assert (tmp_path / "again" / "test.png").read_bytes() == drawn
    with pytest.raises(SystemExit, match="2"):
        command(model, data, "--picture")


def test_validation_leaves_the_test_splits_alone(model: Path, data: Path) -> None:
    pytest.importorskip("torch")
    from pcbin.training.tasks.clouds import load_data

    loaded = zoo.load(model)
    found = sets.read(loaded, data, validation=True, limit=None)
    plan = recipe.parse(recipe.without_none(loaded.info["recipe"]), "")
    trained, held = load_data(plan, data)
    [shapes] = found.sets.values()
    assert np.array_equal(np.stack([shape.whole for shape in shapes]), held[CHAIRS])
    assert len(found.training) == sum(map(len, trained)) == 36
    assert np.array_equal(found.training[0].whole, trained[0].points[0])


def test_missing_files_are_named_all_at_once(model: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "empty").mkdir()
    assert command(model, tmp_path / "empty") == 1
    said = capsys.readouterr().err
    assert CHAIRS in said
    assert CUBOIDS in said
    assert "research" in said


def test_retrieval_is_exact(cloud: Callable[..., Any]) -> None:
    """On shapes enough that most are never compared exactly, with sets of fewer points among them."""
    shapes = [
        sets.Shape(normalise(cloud(1024 + 1024 * (seed % 2), seed=seed))[0].astype(np.float16), "", "", "")
        for seed in range(44)
    ]
    near = Retrieval(shapes[:40], Quiet())
    for shape in shapes[40:]:
        all_values = [1e3 * distortion(shape.cloud, other.cloud).chamfer for other in shapes[:40]]
        assert near.chamfer_e3(shape.cloud) == pytest.approx(min(all_values), rel=0.01)

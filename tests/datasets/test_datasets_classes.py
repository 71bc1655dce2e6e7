"""ShapeNet's and ModelNet's folders: one folder a class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pcbin.datasets import load, synsets
from pcbin.datasets.files import Entry
from pcbin.datasets.shapenet import divided
from pcbin.errors import InputError
from pcbin.formats.clouds import write_cloud

CHAIR, PLANE = "03001627", "02691156"


def ply(path: Path, seed: int = 0, points: int = 32) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cloud = np.random.default_rng(seed).normal(size=(points, 3)).astype(np.float32)
    with path.open("wb") as file:
        write_cloud(file, cloud, "ply")


def npy(path: Path, seed: int = 0, points: int = 50) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.random.default_rng(seed).normal(size=(points, 3)).astype(np.float32))


def off(path: Path, width: float = 1.0) -> None:
    """A box without its top and bottom, the counts glued to the keyword as in some of ModelNet's files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    corners = [(x * width, y, z) for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    lines = [" ".join(map(str, corner)) for corner in corners]
    lines += [f"4 {k} {(k + 1) % 4} {4 + (k + 1) % 4} {4 + k}" for k in range(4)]
    path.write_text("\n".join(["OFF8 4 0", *lines]) + "\n")


@pytest.fixture
def shapenet(tmp_path: Path) -> Path:
    path = tmp_path / "shape_net_core_uniform_samples_2048"
    for k in range(20):
        ply(path / CHAIR / f"{k:04}.ply", seed=k)
    for k in range(3):
        ply(path / PLANE / f"{k:04}.ply", seed=100 + k)
    (path / "README.txt").write_text("about")
    return path


@pytest.fixture
def pc15k(tmp_path: Path) -> Path:
    path = tmp_path / "ShapeNetCore.v2.PC15k"
    for k, split in enumerate(("train", "train", "val", "test")):
        npy(path / CHAIR / split / f"{k}.npy", seed=k)
    npy(path / PLANE / "train" / "0.npy", seed=9)
    return path


@pytest.fixture
def modelnet(tmp_path: Path) -> Path:
    path = tmp_path / "ModelNet10"
    for k, split in enumerate(("train", "train", "test")):
        off(path / "chair" / split / f"chair_{k:04}.off", width=1 + k)
    off(path / "night_stand" / "train" / "night_stand_0001.off")
    (path / "README.txt").write_text("about")
    (path / ".DS_Store").write_bytes(b"")
    (path / "__MACOSX").mkdir()
    return path


def test_shapenet(shapenet: Path) -> None:
    found = load(shapenet, classes=["chair"], points=8)
    assert found.points.shape == (20, 32, 3)  # all that the files hold
    assert found.points.dtype == np.float16
    np.testing.assert_allclose(
        np.linalg.norm(np.ptp(found.points.astype(float), axis=1), axis=1), 1, atol=2e-3
    )
    assert set(found.labels) == {"chair"}
    assert found.names[3] == f"{CHAIR}/0003.ply"
    assert len(load(shapenet)) == 23
    assert len(load(shapenet, classes=[PLANE, "chair"])) == 23


def test_shapenet_is_split_by_seed(shapenet: Path) -> None:
    parts = {s: set(load(shapenet, split=s, classes=["chair"]).names) for s in ("train", "val", "test")}
    assert {s: len(part) for s, part in parts.items()} == {"train": 17, "val": 1, "test": 2}
    assert len(set.union(*parts.values())) == 20
    assert parts["train"] == set(load(shapenet, split="train", classes=["chair"]).names)
    everything = set(load(shapenet, split="train").names)  # other classes change nothing
    assert parts["train"] == {name for name in everything if name.startswith(CHAIR)}
    assert any(
        parts["train"] != set(load(shapenet, split="train", classes=["chair"], seed=s).names) for s in (1, 2)
    )


def test_the_split_in_numbers() -> None:
    entries = [Entry(Path(CHAIR) / f"{k}.ply", str(k)) for k in range(1000)]
    for seed in range(3):
        splits = [entry.split for entry in divided(entries, seed)]
        assert [splits.count(s) for s in ("train", "val", "test")] == [850, 50, 100]
        assert "test" in splits[:100]  # not in order
        assert splits == [entry.split for entry in divided(entries, seed)]
    assert divided(entries, 0) != divided(entries, 1)
    assert [e.split for e in divided(entries[:1], 0)] == ["train"]


def test_pc15k(pc15k: Path) -> None:
    found = load(pc15k, split="train", points=8)
    assert found.points.shape == (3, 50, 3)
    assert found.names.tolist() == [f"{PLANE}/train/0.npy", f"{CHAIR}/train/0.npy", f"{CHAIR}/train/1.npy"]
    assert found.labels.tolist() == ["airplane", "chair", "chair"]
    assert len(load(pc15k)) == 5
    with pytest.raises(InputError, match=r"class 'plane' has no shape in split 'val'; .*: train"):
        load(pc15k, split="val", classes=["plane"])


def test_modelnet(modelnet: Path) -> None:
    found = load(modelnet, split="train", classes=["chair"], points=64)
    assert found.points.shape == (2, 64, 3)
    assert found.names.tolist() == ["chair/train/chair_0000.off", "chair/train/chair_0001.off"]
    np.testing.assert_array_equal(
        found.points, load(modelnet, split="train", classes=["chair"], points=64).points
    )
    other = load(modelnet, split="train", classes=["chair"], points=64, seed=1).points
    assert not np.array_equal(found.points, other)
    assert set(load(modelnet).labels) == {"chair", "night_stand"}
    assert len(load(modelnet, split="test")) == 1
    with pytest.raises(InputError, match="no shape is in split 'val'; use one that is there: test, train"):
        load(modelnet, split="val")
    with pytest.raises(InputError, match="no class 'sofa'; use one that is there: chair, night_stand"):
        load(modelnet, classes=["sofa"])


@pytest.mark.parametrize("name", ["shapenet", "pc15k", "modelnet"])
def test_an_empty_class(name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)
    empty = "bed" if name == "modelnet" else "02818832"
    (path / empty / "train").mkdir(parents=True)
    with pytest.raises(InputError, match=rf"{empty}: holds no \.\w+ file; unpack the set again"):
        load(path)
    with pytest.raises(InputError, match=rf"{empty}: holds no"):
        load(path, classes=["chair", "bed"])
    assert set(load(path, classes=["chair"]).labels) == {"chair"}


@pytest.mark.parametrize(
    ("name", "stray", "write"),
    [
        ("shapenet", f"{CHAIR}/train/a.ply", ply),
        ("shapenet", "chair/a.ply", ply),
        ("shapenet", "a.ply", ply),
        ("pc15k", f"{CHAIR}/a.npy", npy),
        ("pc15k", f"{CHAIR}/valid/a.npy", npy),
        ("pc15k", "lamps/a.npy", npy),
        ("modelnet", "chair/chair_9.off", off),
        ("modelnet", "chair/train/more/chair_9.off", off),
        ("modelnet", "a.off", off),
    ],
)
def test_files_that_lie_elsewhere(
    name: str, stray: str, write: Callable[[Path], None], request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(name)
    write(path / stray)
    with pytest.raises(InputError, match=rf"{stray}: does not belong to a set of .*; move it out"):
        load(path)


def test_two_sets_in_one_folder(shapenet: Path) -> None:
    npy(shapenet / PLANE / "train" / "a.npy")
    with pytest.raises(InputError, match=r"holds ShapeNet's .* and PC15k's .*; give each set a folder"):
        load(shapenet)
    off(shapenet / "chair" / "test" / "a.off")
    with pytest.raises(InputError, match=r"ShapeNet's .* and PC15k's .* and ModelNet's"):
        load(shapenet)


def test_all_clouds_have_equally_many_points(pc15k: Path) -> None:
    npy(pc15k / CHAIR / "train" / "zz.npy", points=49)
    with pytest.raises(InputError, match=r"zz\.npy: 49 points, where .*0\.npy has 50; copy the set again"):
        load(pc15k)


def test_bad_clouds_are_named(pc15k: Path, modelnet: Path) -> None:
    bad = pc15k / CHAIR / "test" / "bad.npy"
    np.save(bad, np.full((50, 3), np.nan, np.float32))
    with pytest.raises(InputError, match=r"test/bad\.npy: 50 of 50 points have NaN"):
        load(pc15k, split="test", strict=True)
    np.save(bad, np.ones((50, 3), np.float32))
    with pytest.raises(InputError, match=r"test/bad\.npy: a cloud without extent"):
        load(pc15k, split="test", strict=True)
    with pytest.warns(RuntimeWarning, match=r"1 of 2 files skipped:\n  .*bad\.npy: a cloud without extent"):
        assert load(pc15k, split="test").names.tolist() == [f"{CHAIR}/test/3.npy"]
    (modelnet / "chair" / "test" / "x.off").write_text("OFF\n1 0\n")
    with pytest.raises(InputError, match=r"chair/test/x\.off"):
        load(modelnet, split="test", strict=True)


def test_synsets() -> None:
    assert len(synsets.NAMES) == 55
    names = [name for known in synsets.NAMES.values() for name in known]
    assert len(set(names)) == len(names)
    assert all(synsets.is_synset(key) for key in synsets.NAMES)
    assert synsets.same("Washing Machine", "04554684")
    assert synsets.same("monitor", "display")
    assert not synsets.same("unknown", "unknown things")
    assert synsets.label_of("02834778") == "02834778"

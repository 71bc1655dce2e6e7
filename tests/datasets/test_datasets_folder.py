"""Sets in any folder of clouds or meshes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pcbin.datasets import load
from pcbin.datasets.folder import load as load_folder
from pcbin.datasets.shapes import Options
from pcbin.errors import InputError


def read(path: Path, points: int, seed: int) -> Any:
    return load_folder(path, Options(points=points, seed=seed)).points


def test_load_folder(tmp_path: Path, cloud: Any) -> None:
    (tmp_path / "below").mkdir()
    np.savetxt(tmp_path / "b.xyz", cloud(40, seed=1, size=9.0, center=(5, 5, 5)))
    np.save(tmp_path / "below" / "a.npy", cloud(15, seed=2).astype(np.float32))
    (tmp_path / "notes.md").write_text("not a cloud")
    (tmp_path / "c.off").write_text("OFF\n4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n3 0 2 3\n")
    found = read(tmp_path, 20, seed=0)
    assert found.shape == (3, 20, 3)
    assert found.dtype == np.float16
    diagonals = np.linalg.norm(np.ptp(found.astype(float), axis=1), axis=1)
    assert ((diagonals > 0.6) & (diagonals < 1.01)).all()
    np.testing.assert_array_equal(found, read(tmp_path, 20, seed=0))
    assert np.ptp(found[2, :, 2]) < 1e-3 or np.ptp(found[1, :, 2]) < 1e-3  # the square, sampled by area


def test_load_folder_refuses(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no cloud or mesh file below this folder; known are .*\.ply"):
        read(tmp_path, 10, 0)
    with pytest.raises(InputError, match="no cloud or mesh file"):
        read(tmp_path / "none", 10, 0)
    (tmp_path / "a.xyz").write_text("1 2 3\n1 2 3\n")
    with pytest.raises(InputError, match=r"a\.xyz: a cloud without extent"):
        read(tmp_path, 10, 0)
    (tmp_path / "a.xyz").write_text("1 2 nonsense\n")
    with pytest.raises(InputError, match=r"a\.xyz"):
        read(tmp_path, 10, 0)


def put(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.random.default_rng(seed).normal(size=(30, 3)))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    names = ("train/chair/a", "train/chair/b", "test/chair/a", "bed/train/a", "02691156/val/m/a", "loose")
    for seed, name in enumerate(names):
        put(tmp_path / f"{name}.xyz", seed)
    (tmp_path / "train" / "._hidden.xyz").write_bytes(b"\0")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.xyz").write_text("nonsense")
    return tmp_path


def test_folders_are_splits_and_classes(tree: Path) -> None:
    found = load(tree, points=20)
    assert found.names.tolist() == [
        "02691156/val/m/a.xyz",
        "bed/train/a.xyz",
        "loose.xyz",
        "test/chair/a.xyz",
        "train/chair/a.xyz",
        "train/chair/b.xyz",
    ]
    assert found.labels.tolist() == ["airplane", "bed", "", "chair", "chair", "chair"]
    assert found.points.shape == (6, 20, 3)
    assert found.groups.tolist() == list(range(6))
    train = load(tree, split="train", points=20)
    assert train.names.tolist() == ["bed/train/a.xyz", "train/chair/a.xyz", "train/chair/b.xyz"]
    for name in ("airplane", "02691156", "plane"):
        assert load(tree, classes=[name], points=20).names.tolist() == ["02691156/val/m/a.xyz"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "dev"}, "no shape is in split 'dev'; use one that is there: test, train, val"),
        ({"classes": ["sofa"]}, "no class 'sofa'; use one that is there: airplane, bed, chair"),
        ({"split": "test", "classes": ["bed"]}, "'bed' has no shape in split 'test'; .* there: train"),
        ({"classes": "chair"}, "classes: 'chair'; give a list"),
        ({"classes": []}, "give a list of names, or None"),
        ({"points": 0}, "points: 0; ask for at least 1"),
        ({"seed": -1}, "seed: -1; use 0"),
    ],
    ids=str,
)
def test_what_is_not_there(options: Any, message: str, tree: Path) -> None:
    with pytest.raises(InputError, match=message):
        load(tree, **{"points": 20, **options})


def test_a_flat_folder_has_neither(tmp_path: Path) -> None:
    put(tmp_path / "a.xyz")
    with pytest.raises(InputError, match="has no splits, so none is 'train'; leave split out"):
        load(tmp_path, split="train")
    with pytest.raises(InputError, match="no classes, so none is 'chair'; leave classes out"):
        load(tmp_path, classes=["chair"])


def test_paths_that_are_no_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none: no such file or folder; say where the data lies with --data"):
        load(tmp_path / "none")
    put(tmp_path / "a.xyz")
    with pytest.raises(InputError, match=r"a\.xyz: not a training set; name an \.npz file, or the folder"):
        load(tmp_path / "a.xyz")


def test_not_finite_by_file(tree: Path) -> None:
    np.save(tree / "train" / "bad.npy", np.full((5, 3), np.inf))
    with pytest.raises(InputError, match=r"train/bad\.npy: 5 of 5 points have NaN or infinite"):
        load(tree, split="train", strict=True)
    assert len(load(tree, split="test")) == 1


def test_bad_files_are_skipped_and_listed(tree: Path) -> None:
    whole = load(tree, points=20)
    (tree / "train" / "chair" / "a0.obj").write_text("v 0 0 x\n")
    (tree / "train" / "empty.ply").write_bytes(b"")
    np.save(tree / "point.npy", np.ones((5, 3)))
    reported: list[str] = []
    calls: list[tuple[int, int]] = []
    found = load(tree, points=20, report=reported.append, progress=lambda *call: calls.append(call))
    assert found.names.tolist() == whole.names.tolist()
    assert found.labels.tolist() == whole.labels.tolist()
    np.testing.assert_array_equal(found.points, whole.points)
    assert calls == [(k, 9) for k in range(1, 10)]
    [message] = reported
    lines = message.splitlines()
    assert lines[0] == f"{tree}: 3 of 9 files skipped:"
    problems = ["point.npy: a cloud without extent", "a0.obj: line 1: 'x' is not", "empty.ply: an empty file"]
    assert len(lines) == 4
    assert all(problem in line for problem, line in zip(problems, lines[1:], strict=True))
    with pytest.warns(RuntimeWarning, match="3 of 9 files skipped"):
        load(tree, points=20)
    with pytest.raises(InputError, match=r"point\.npy: a cloud without extent"):
        load(tree, points=20, strict=True, report=reported.append)
    assert len(reported) == 1


def test_no_file_is_left(tmp_path: Path) -> None:
    for name in ("a.xyz", "b.ply"):
        (tmp_path / name).write_text("rubbish")
    with pytest.raises(InputError, match=r"2 of 2 files cannot be used; .*:\n  .*a\.xyz: .*\n  .*b\.ply: "):
        load(tmp_path)


def test_a_licence_is_no_cloud(tree: Path) -> None:
    (tree / "LICENSE.TXT").write_text("MIT License\n\nCopyright (c) 2026 The Authors\n")
    (tree / "more.txt").write_text("0 0 0\n1 1 1\n")
    names = load(tree, points=20, strict=True).names.tolist()
    assert "more.txt" in names
    assert len(names) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    put(tmp_path / os.fsdecode(b"caf\xe9.xyz"))
    (tmp_path / os.fsdecode(b"\xff.ply")).write_text("rubbish")
    reported: list[str] = []
    found = load(tmp_path, points=20, report=reported.append)
    assert found.names.tolist() == ["caf\\udce9.xyz"]
    assert "\\udcff.ply: does not begin with 'ply'" in reported[0].encode("utf-8").decode()


def test_progress(tree: Path) -> None:
    calls: list[tuple[int, int]] = []
    load(tree, split="train", points=20, progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]

"""ModelNet40 as HDF5 files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pcbin.datasets import load
from pcbin.errors import InputError, MissingDependency
from pcbin.formats.clouds import write_cloud

h5py = pytest.importorskip("h5py")

NAMES = ["airplane", "bathtub", "bed", "chair"]


def write(path: Path, count: int = 3, seed: int = 0, **arrays: Any) -> Path:
    """`count` clouds of 20 points; shape k is of class k modulo 4."""
    rng = np.random.default_rng(seed)
    arrays = {
        "data": rng.normal(size=(count, 20, 3)).astype(np.float32),
        "label": (np.arange(count) % 4).astype(np.uint8)[:, None],
        "faceId": np.zeros((count, 20), np.int32),
        **arrays,
    }
    with h5py.File(path, "w") as file:
        for key, value in arrays.items():
            if value is not None:
                file.create_dataset(key, data=value)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "modelnet40_ply_hdf5_2048"
    path.mkdir()
    write(path / "ply_data_train0.h5", 5, 0)
    write(path / "ply_data_train1.h5", 2, 1)
    write(path / "ply_data_test0.h5", 4, 2)
    inner = "data/modelnet40_ply_hdf5_2048"
    (path / "train_files.txt").write_text(f"{inner}/ply_data_train0.h5\n{inner}/ply_data_train1.h5\n")
    (path / "test_files.txt").write_text(f"{inner}/ply_data_test0.h5\n")
    (path / "shape_names.txt").write_text("\n".join(NAMES) + "\n")
    (path / "ply_data_train_0_id2file.json").write_text("[]")
    return path


def test_hdf5(folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    found = load(folder, split="train", points=8, progress=lambda *call: calls.append(call))
    assert found.points.shape == (7, 20, 3)  # all that the files hold
    assert found.points.dtype == np.float16
    np.testing.assert_allclose(
        np.linalg.norm(np.ptp(found.points.astype(float), axis=1), axis=1), 1, atol=2e-3
    )
    assert found.labels.tolist() == [*NAMES, "airplane", "airplane", "bathtub"]
    assert found.names[-1] == "ply_data_train1/1"
    assert calls[-1] == (3, 3)
    assert load(folder).points.shape[0] == 11
    chairs = load(folder, split="train", classes=["chair"])
    assert chairs.names.tolist() == ["ply_data_train0/3"]
    assert len(load(folder, split="test", classes=["plane"])) == 1


def test_names_tell_the_split_without_lists(folder: Path) -> None:
    lists = [folder / name for name in ("train_files.txt", "test_files.txt", "shape_names.txt")]
    before = load(folder, split="train").points
    for path in lists:
        path.unlink()
    found = load(folder, split="train")
    np.testing.assert_array_equal(found.points, before)
    assert found.labels.tolist() == ["0", "1", "2", "3", "0", "0", "1"]
    assert len(load(folder, classes=["3"])) == 2
    write(folder / "val0.h5", 1)
    assert len(load(folder, split="val")) == 1
    write(folder / "more.h5")
    with pytest.raises(InputError, match=r"more\.h5: which split is it\? Name it in train_files\.txt"):
        load(folder)


def test_what_is_not_there(folder: Path) -> None:
    with pytest.raises(InputError, match="no shape is in split 'val'; use one that is there: test, train"):
        load(folder, split="val")
    with pytest.raises(
        InputError, match="no class 'sofa'; use one that is there: airplane, bathtub, bed, chair"
    ):
        load(folder, classes=["sofa"])


def test_lists_that_do_not_fit(folder: Path) -> None:
    (folder / "test_files.txt").write_text("ply_data_test0.h5\nply_data_train1.h5\n")
    with pytest.raises(
        InputError, match=r"ply_data_train1\.h5, which train_files\.txt names too; take it out"
    ):
        load(folder)
    (folder / "test_files.txt").write_text("ply_data_test7.h5\n")
    with pytest.raises(
        InputError, match=r"test7\.h5: is missing, though test_files\.txt names it; copy it again"
    ):
        load(folder)
    (folder / "test_files.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"test_files\.txt: not a readable list"):
        load(folder)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"data": None}, "it has no data"),
        ({"label": None}, "it has no label"),
        ({"data": np.zeros((3, 20, 2))}, r"data is float64 \(3, 20, 2\); the set holds \(n, P, 3\)"),
        ({"data": np.zeros((3, 0, 3))}, "data is"),
        ({"data": [b"a", b"b", b"c"]}, "data is"),
        ({"label": np.zeros((3, 1))}, r"label is float64 \(3, 1\); the set holds \(n, 1\) integers"),
        ({"label": np.zeros((3, 2), int)}, "label is"),
        ({"label": np.array([[0], [9], [1]])}, "label 9, where shape_names.txt has 4 names"),
        ({"label": np.zeros((4, 1), int)}, "3 shapes in data, 4 in label; copy the file again"),
        ({"data": np.ones((3, 19, 3)) * np.arange(19)[:, None]}, "19 points a shape, where the files before"),
        ({"data": np.full((3, 20, 3), np.nan)}, "shape 0 has NaN or infinite coordinates"),
        ({"data": np.ones((3, 20, 3))}, "shape 0 is without extent"),
    ],
    ids=str,
)
def test_bad_files_are_named(arrays: dict[str, Any], message: str, folder: Path) -> None:
    write(folder / "ply_data_train1.h5", **arrays)
    with pytest.raises(InputError, match=rf"ply_data_train1\.h5: .*{message}"):
        load(folder, split="train")


def test_a_huge_claim_and_no_hdf5(folder: Path) -> None:
    path = folder / "ply_data_train1.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", shape=(2**28, 2048, 3), dtype="f4", chunks=(1, 2048, 3))
        file.create_dataset("label", data=np.zeros((1, 1), np.uint8))
    with pytest.raises(InputError, match=r"train1\.h5: data claims more than .* bytes"):
        load(folder, split="train")
    path.write_bytes(b"text")
    with pytest.raises(InputError, match=r"train1\.h5: not an \.h5 file of data and label"):
        load(folder)


def test_no_shape_at_all(folder: Path) -> None:
    for path in folder.glob("*.h5"):
        write(path, 0)
    with pytest.raises(InputError, match=r"its \.h5 files hold no shape"):
        load(folder)


def test_mixed_with_another_set(folder: Path) -> None:
    with (folder / "a.ply").open("wb") as file:
        write_cloud(file, np.eye(3), "ply")
    with pytest.raises(InputError, match=r"a\.ply: does not belong to a set of \.h5 files; move it out"):
        load(folder)
    (folder / "a.ply").unlink()
    (folder / "chair" / "train").mkdir(parents=True)
    (folder / "chair" / "train" / "a.off").write_text("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")
    with pytest.raises(InputError, match=r"holds HDF5 files and ModelNet's"):
        load(folder)


def test_without_h5py(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingDependency, match=r"needs h5py: pip install 'pcbin\[hdf5\]'"):
        load(folder)

"""Sets in one .npz file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pcbin.arrays import renormalise
from pcbin.datasets import load
from pcbin.datasets.npz import load as load_npz
from pcbin.datasets.shapes import Options
from pcbin.errors import InputError


def read(path: Path, split: str | None) -> tuple[Any, Any]:
    shapes = load_npz(path, Options(split))
    return shapes.points, shapes.groups


def save(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


@pytest.fixture
def points(cloud: Any) -> Any:
    return np.stack([renormalise(cloud(30, seed=s).astype(np.float32)) for s in range(6)]).astype(np.float16)


SPLIT = np.array(["train", "test", "train", "train", "test", "train"])


def test_load_npz(tmp_path: Path, points: Any) -> None:
    path = save(tmp_path / "a.npz", points=points, split=SPLIT, duplicate_group=np.array([7, 7, 8, 9, 8, 9]))
    found, groups = read(path, "train")
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, points[SPLIT == "train"])
    assert groups.tolist() == [7, 8, 9, 9]
    everything, _ = read(path, None)
    assert len(everything) == 6
    path = save(tmp_path / "b.npz", points=points)
    assert read(path, None)[1].tolist() == list(range(6))


def test_load_npz_normalises_what_is_not(tmp_path: Path, points: Any) -> None:
    """A set in millimetres would overflow float16, and its validation figures would be in millimetres."""
    path = save(tmp_path / "mm.npz", points=points.astype(np.float64) * 250_000.0 + 1e6)
    found, _ = read(path, None)
    np.testing.assert_allclose(found.astype(float), points.astype(float), atol=2e-3)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"clouds": np.zeros((2, 3, 3))}, r"none of its arrays \(clouds\) is called 'points'; rename one"),
        ({"points": np.zeros((2, 3, 3))}, "not a training set"),  # no split
        ({"points": np.zeros((2, 3, 2)), "split": np.array(["train"] * 2)}, "shape"),
        ({"points": np.zeros((2, 3)), "split": np.array(["train"] * 2)}, "shape"),
        ({"points": np.zeros((0, 9, 3)), "split": np.zeros(0, "U5")}, "no shape is in split 'train'"),
        ({"points": np.ones((2, 9, 3)), "split": np.array(["test"] * 2)}, "no shape is in split 'train'"),
        ({"points": np.ones((2, 9, 3)), "split": np.array(["train"] * 3)}, "not a training set"),
        ({"points": np.array([["a"]]), "split": np.array(["train"])}, "shape|not a training set"),
        ({"points": np.full((1, 2, 3), "x"), "split": np.array(["train"])}, "not a training set"),
        ({"points": np.full((2, 9, 3), np.nan), "split": np.array(["train"] * 2)}, "NaN"),
        ({"points": np.ones((2, 9, 3)), "split": np.array(["train"] * 2)}, "without extent"),
        ({"points": np.zeros((2, 0, 3)), "split": np.array(["train"] * 2)}, "shape"),
        (
            {
                "points": np.ones((2, 9, 3)),
                "split": np.array(["train"] * 2),
                "duplicate_group": np.zeros(5, int),
            },
            "not a training set",
        ),
        (
            {"points": np.array([None, 1], dtype=object), "split": np.array(["train"] * 2)},
            "not a training set",
        ),
    ],
)
def test_load_npz_refuses(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message) as error:
        read(path, "train")
    assert str(error.value).startswith(str(path))


def test_load_npz_of_other_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder; say where the data lies with --data"):
        read(tmp_path / "none.npz", None)
    broken = save(tmp_path / "a.npz", points=np.ones((50, 9, 3)))
    whole = broken.read_bytes()
    np.save(tmp_path / "array.npy", np.zeros((2, 3, 3)))
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("points.npy", b"not an array")
    rotten = bytearray(whole)
    rotten[200] ^= 255
    for data in (
        b"",
        b"text",
        whole[:300],
        whole[:-30],
        bytes(rotten),
        (tmp_path / "array.npy").read_bytes(),
        (tmp_path / "zip").read_bytes(),
    ):
        broken.write_bytes(data)
        with pytest.raises(InputError, match="not a training set"):
            read(broken, None)
    with pytest.raises(InputError):
        read(tmp_path, None)


LABELS = np.array(["chair", "bed", "chair", "03211117", "bed", "bed"])


@pytest.fixture
def labelled(tmp_path: Path, points: Any) -> Path:
    names = np.array(list("abcdef"))
    return save(tmp_path / "a.npz", points=points, split=SPLIT, label=LABELS, name=names)


def test_labels_and_names(labelled: Path, points: Any) -> None:
    found = load(labelled, split="train", classes=["chair", "display"])
    np.testing.assert_array_equal(found.points, points[[0, 2, 3]])
    assert found.labels.tolist() == ["chair", "chair", "03211117"]
    assert found.names.tolist() == ["a", "c", "d"]
    assert found.groups.tolist() == [0, 2, 3]
    assert len(load(labelled)) == len(SPLIT)


def test_labels_may_be_numbers(tmp_path: Path, points: Any) -> None:
    path = save(tmp_path / "a.npz", points=points, label=np.array([0, 1, 0, 1, 2, 2], np.uint8))
    assert load(path, classes=["0"]).names.tolist() == ["0", "2"]


@pytest.mark.parametrize("label", [np.eye(6), np.arange(5), np.array([None] * 6), None])
def test_labels_that_are_none_matter_only_to_classes(label: Any, tmp_path: Path, points: Any) -> None:
    path = save(tmp_path / "a.npz", points=points, **({} if label is None else {"label": label}))
    assert load(path).labels.tolist() == [""] * 6
    with pytest.raises(InputError, match=r"a\.npz: its shapes have no classes.*add label \(S,\) to an \.npz"):
        load(path, classes=["chair"])


@pytest.mark.parametrize(
    ("split", "classes", "message"),
    [
        ("val", None, r"no shape is in split 'val'; use one that is there: test, train"),
        (None, ["chiar"], r"no class 'chiar'; use one that is there: 03211117, bed, chair"),
        (None, ["chair", "lamp"], r"no class 'lamp'"),
        ("test", ["chair"], r"class 'chair' has no shape in split 'test'; use one that is there: train"),
    ],
)
def test_what_is_not_there(split: str, classes: list[str], message: str, labelled: Path) -> None:
    with pytest.raises(InputError, match=r"a\.npz: " + message):
        load(labelled, split=split, classes=classes)


def test_messages_name_the_shape_by_its_place_in_the_file(tmp_path: Path, points: Any) -> None:
    points[3] = np.inf
    path = save(tmp_path / "a.npz", points=points, split=SPLIT)
    with pytest.raises(InputError, match=r"a\.npz: shape 3 has NaN or infinite"):
        load(path, split="train")
    points[3] = 1
    save(path, points=points, split=SPLIT)
    with pytest.raises(InputError, match=r"a\.npz: shape 3 is without extent"):
        load(path, split="train")
    with pytest.raises(InputError, match="it holds no shape"):
        load(save(path, points=points[:0]))


def test_the_arrays_of_earlier_versions(tmp_path: Path, points: Any) -> None:
    """Runs go on as they began: clouds, their order and what is held out are those of the plain rule."""
    pytest.importorskip("torch")
    from pcbin.training.recipe import parse
    from pcbin.training.tasks.clouds import load_data

    groups = np.array([7, 7, 8, 9, 8, 9])
    points = np.concatenate([points] * 5)
    splits, groups = np.concatenate([SPLIT] * 5), np.concatenate([groups + 10 * k for k in range(5)])
    save(tmp_path / "a.npz", points=points, split=splits, duplicate_group=groups)
    plan = parse(
        {
            "name": "x",
            "data": [
                {"path": "a.npz", "split": "train", "validation": 0.2, "weight": 0.3, "final_weight": 0.6}
            ],
            "train": {"seed": 4},
        },
        "here",
    )
    sets, validation = load_data(plan, tmp_path)
    kept, kept_groups = points[splits == "train"], groups[splits == "train"]
    distinct = np.unique(kept_groups)
    chosen = np.random.default_rng(4).choice(distinct, round(0.2 * len(distinct)), replace=False)
    held = np.isin(kept_groups, chosen)
    assert [(s.name, s.weight, s.final_weight) for s in sets] == [("a.npz", 0.3, 0.6)]
    assert sets[0].points.dtype == np.float16
    assert sets[0].points.tobytes() == kept[~held].tobytes()
    assert list(validation) == ["a.npz"]
    assert validation["a.npz"].tobytes() == kept[held].tobytes()


def test_sets_of_one_path_keep_their_names_apart(labelled: Path) -> None:
    pytest.importorskip("torch")
    from pcbin.training.recipe import parse
    from pcbin.training.tasks.clouds import load_data

    tables = [
        {"path": "a.npz"},
        {"path": "a.npz", "classes": ["bed", "chair"], "validation": 0.5},
        {"path": "a.npz", "split": "train"},
        {"path": "a.npz", "split": "test"},
    ]
    sets, validation = load_data(parse({"name": "x", "data": tables}, "here"), labelled.parent)
    assert [s.name for s in sets] == ["a.npz", "a.npz (bed, chair)", "a.npz #2", "a.npz #3"]
    assert list(validation) == ["a.npz (bed, chair)"]

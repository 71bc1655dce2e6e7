"""Which shapes a model of the zoo is measured on, and which it was trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin import datasets
from pcbin.arrays import Float64
from pcbin.datasets import Shapes
from pcbin.errors import InputError
from pcbin.models.model import Model
from pcbin.training import recipe
from pcbin.training.batches import hold_out
from pcbin.training.recipe import Source

POINTS = 2048
"""Points of a cloud that is coded; sets with more have some to spare, for the floor and dense originals."""


class Origin(NamedTuple):
    """Where a file comes from."""

    collection: str
    """Files of one collection are reported together, and their classes of one name are one class."""
    label: str | None
    """The class of all its shapes, where the file does not tell classes."""
    licence: str


MODELNET = "ModelNet: academic research"
CUBOIDS = "PartNet and ShapeNet as cuboids: non-commercial research"
ORIGINS = {
    "modelnet10_chair.npz": Origin("ModelNet10", "chair", MODELNET),
    "modelnet10_others_2048.npz": Origin("ModelNet10", None, MODELNET),
    "modelnet10_others_1024.npz": Origin("ModelNet10", None, MODELNET),
    "shapeassembly_chair.npz": Origin("cuboid chairs", "cuboid chair", CUBOIDS),
    "shapeassembly_table.npz": Origin("cuboid tables", "cuboid table", CUBOIDS),
    "princeton_shape_benchmark.npz": Origin("Princeton", None, "Princeton Shape Benchmark: research"),
    "kicad_parts.npz": Origin("KiCad", None, "KiCad's 3D packages: CC-BY-SA 4.0 with KiCad's exception"),
}

CHAIRS = ("modelnet10_chair.npz", "test")
FURNITURE = (
    CHAIRS,
    ("modelnet10_others_2048.npz", "test"),
    ("modelnet10_others_1024.npz", "test"),
    ("shapeassembly_table.npz", "val"),
)
PARTS = ("kicad_parts.npz", "test")
TESTS = {
    "chair": (CHAIRS, ("shapeassembly_chair.npz", "val")),
    "furniture": FURNITURE,
    "parts": (PARTS,),
    "objects": (("princeton_shape_benchmark.npz", "test"), *FURNITURE, PARTS),
}
"""Model -> (file, split) of the shapes that its card reports. No choice is made on them."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape."""

    whole: npt.NDArray[np.float16]
    """(P, 3): all points that its file has, unit bounding-box diagonal."""
    label: str
    name: str
    collection: str
    twin: bool = False
    """Whether the training split has a copy."""

    @property
    def cloud(self) -> Float64:
        """(at most POINTS, 3): what is coded."""
        return self.whole[:POINTS].astype(np.float64)


class Data(NamedTuple):
    sets: dict[str, list[Shape]]
    """Collection -> shapes to measure on."""
    training: list[Shape]
    """What the model was trained on, without the shapes that were held out."""

    def counts(self) -> Counter[tuple[str, str]]:
        """(collection, class) -> number of training shapes."""
        return Counter((shape.collection, shape.label) for shape in self.training)


def read(model: Model, folder: Path, *, validation: bool, limit: int | None) -> Data:
    """The shapes of a model's card, at most `limit` a collection, spread over it.

    validation: the shapes that its training held out, in place of the test splits. Raises InputError: a model
    without test sets or without a recipe, files that are not there (all of them are named).
    """
    if "recipe" not in model.info:
        raise InputError(f"model {model.name}: says nothing of its training; freeze it with this pcbin")
    plan = recipe.parse(recipe.without_none(model.info["recipe"]), f"model {model.name}")
    if not validation and model.name not in TESTS:
        raise InputError(
            f"model {model.name}: no test sets are known for it, only for {', '.join(TESTS)}; "
            "use --validation, or add it to benchmarks/card/sets.py"
        )
    tests = () if validation else TESTS[model.name]
    _need(folder, [source.path for source in plan.data] + [path for path, _ in tests], model.name)
    trained, held, groups = _training(plan, folder)
    found = held if validation else [shape for test in tests for shape in _test(folder, *test, groups)]
    if not found:
        raise InputError(f"model {model.name}: its recipe holds no shape out, so none is left to validate on")
    names = dict.fromkeys(shape.collection for shape in found)
    sets = {name: [shape for shape in found if shape.collection == name] for name in names}
    return Data({name: spread(shapes, limit) for name, shapes in sets.items()}, trained)


def spread(shapes: list[Shape], limit: int | None) -> list[Shape]:
    """At most `limit` of them, at even steps: the classes of a file lie one after another."""
    if limit is None or limit >= len(shapes):
        return shapes
    return [shapes[row] for row in np.linspace(0, len(shapes) - 1, limit).round().astype(int)]


def _need(folder: Path, paths: Iterable[str], model: str) -> None:
    """Raises InputError that names every file that is not in the folder, and whose data it is."""
    missing = [path for path in dict.fromkeys(paths) if not (folder / path).exists()]
    if missing:
        lines = [
            f"  {folder / path}" + (f"   ({ORIGINS[path].licence})" if path in ORIGINS else "")
            for path in missing
        ]
        raise InputError(
            "\n".join([f"model {model} is measured on data that is not there (--data {folder}):", *lines])
            + "\npcbin ships no training or test set: bring these files, or name the folder that has them"
        )


def _training(plan: recipe.Recipe, folder: Path) -> tuple[list[Shape], list[Shape], dict[str, set[int]]]:
    """Shapes trained on, shapes held out (as `pcbin train` does), and all groups of each file."""
    trained: list[Shape] = []
    held: list[Shape] = []
    groups: dict[str, set[int]] = {}
    for source in plan.data:
        shapes = _load(source, folder, plan.train.points, plan.train.seed)
        out = hold_out(shapes.groups, source.validation, plan.train.seed)
        groups.setdefault(source.path, set()).update(shapes.groups.tolist())
        trained += _shapes(source.path, shapes, np.flatnonzero(~out))
        held += _shapes(source.path, shapes, np.flatnonzero(out))
    return trained, held, groups


def _test(folder: Path, path: str, split: str, groups: dict[str, set[int]]) -> list[Shape]:
    shapes = _load(Source(path, split), folder, POINTS, 0)
    return _shapes(path, shapes, np.arange(len(shapes)), groups.get(path, set()))


def _load(source: Source, folder: Path, points: int, seed: int) -> Shapes:
    return datasets.load(
        folder / source.path, split=source.split, classes=source.classes, points=points, seed=seed
    )


def _shapes(
    path: str, shapes: Shapes, rows: npt.NDArray[np.intp], known: set[int] | None = None
) -> list[Shape]:
    """Some of the shapes of a file. known: groups of the training split."""
    origin = ORIGINS.get(path, Origin(path, None, ""))
    return [
        Shape(
            shapes.points[row],
            origin.label or str(shapes.labels[row]) or origin.collection,
            str(shapes.names[row]),
            origin.collection,
            int(shapes.groups[row]) in (known or ()),
        )
        for row in rows
    ]

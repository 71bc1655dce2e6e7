"""One system of one size, trained from one seed; and the study that all of them belong to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pcbin.datasets.images import Images, load_images
from pcbin.errors import InputError
from pcbin.training.recipe import Recipe, Source

Report = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """What is trained, and where its files lie. system: "VAB" and so on; size: bits, or dimensions."""

    system: str
    size: int
    seed: int
    out: Path

    @property
    def name(self) -> str:
        size = f"-{self.size}" if self.size else ""
        return f"{self.system.lower()}{size}-seed{self.seed}"

    @property
    def run(self) -> Path:
        return self.out / "runs" / self.name

    @property
    def result(self) -> Path:
        return self.out / "cells" / f"{self.name}.json"


def title(system: str, size: int, names: Mapping[str, str]) -> str:
    """What pages call a system of one size; names: of those that have another name there."""
    unit = "floats" if system == "VaDE" else "bits"
    name = names.get(system, system)
    return f"{name}, {size} {unit}" if size else name


@dataclass(frozen=True)
class Study:
    """What all trials share."""

    data: Path
    """The folder that the recipes' paths start from."""
    train: Images
    test: Images
    recipes: dict[str, Recipe]
    device: str
    report: Report
    effort: int = 0
    """Of the codes that are measured; the poster has no search."""


def images_of(data: Path) -> Path:
    """Where the images of a study lie: MNIST's file in a folder that has it, or the path itself."""
    return data / "mnist.npz" if (data / "mnist.npz").is_file() else data


def prepare(
    path: Path,
    recipes: Mapping[str, Recipe],
    *,
    few: tuple[int, Path] | None,
    device: str,
    report: Report,
    effort: int = 0,
) -> Study:
    """A study of the images at `path`, each recipe for images of their size.

    few: for a quick try, how many images of each split are used, and the folder that gets them.
    effort: of the codes that are measured. Raises InputError.
    """
    sets = {split: load_images(path, split=split) for split in ("train", "test")}
    if (sets["test"].labels < 0).any():
        raise InputError(f"{path}: the test images have no labels; accuracy cannot be measured")
    if few is not None:
        count, folder = few
        sets = {split: Images(one.pixels[:count], one.labels[:count]) for split, one in sets.items()}
        path = (folder / path.name).with_suffix(".npz")
        path.parent.mkdir(parents=True, exist_ok=True)
        train, test = sets["train"], sets["test"]
        np.savez(path, x_train=train.pixels, y_train=train.labels, x_test=test.pixels, y_test=test.labels)
    shape = sets["train"].pixels.shape[1:]
    fitting = {
        key: dataclasses.replace(
            plan,
            data=(Source(path=path.name, split="train"),),
            decoder=dataclasses.replace(plan.decoder, image=shape),
        )
        for key, plan in recipes.items()
    }
    return Study(path.parent, sets["train"], sets["test"], fitting, device, report, effort)

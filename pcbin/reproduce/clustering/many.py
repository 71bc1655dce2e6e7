"""Many cells: made in order, and what they have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.datasets.images import Images, load_images
from pcbin.errors import InputError
from pcbin.reproduce.clustering.cells import Cell, Study
from pcbin.training.recipe import Recipe, Source

FIGURES = ("acc", "nmi", "ari", "psnr", "psnr_mse", "bpp_coded", "bpp_file_coded")
NETWORK = ("acc_network", "psnr_mse_network", "bpp_coded_network")
Found = dict[tuple[str, int], list[dict[str, Any]]]


def make_all(study: Study, cells: Sequence[Sequence[Cell]], report: Callable[[str], None]) -> Found:
    """Every cell, seed by seed, so that a study that is stopped has some of everything. cells: by setting."""
    found: Found = {(group[0].system, group[0].size): [] for group in cells}
    order = [cell for seed in zip_longest(*cells) for cell in seed if cell is not None]
    for number, cell in enumerate(order):
        made = not cell.result.exists()
        found[cell.system, cell.size].append(study.cell(cell))
        rest = order[number + 1 :]
        spent = {key: np.mean([c["minutes"] for c in group]) for key, group in found.items() if group}
        left = sum(spent.get((c.system, c.size), 0.0) for c in rest if not c.result.exists())
        if made and left and all((c.system, c.size) in spent for c in rest):
            report(f"  {number + 1} of {len(order)}, ETA {left:.0f} min")
    return found


def summary(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Best, mean and standard error of the mean over the seeds."""
    found: dict[str, Any] = {}
    for name in (*FIGURES, *NETWORK):
        if name in cells[0]:
            values = np.array([cell[name] for cell in cells])
            found |= {
                f"{name}_best": float(values.max()),
                f"{name}_mean": float(values.mean()),
                f"{name}_sem": float(values.std(ddof=1) / np.sqrt(len(values))),
            }
    found["bpp"] = cells[0].get("bpp")
    found["seeds"] = [cell["seed"] for cell in cells]
    found["acc_of_seeds"] = [cell["acc"] for cell in cells]
    if "evenness" in cells[0]:
        found["acc_of_the_most_even"] = chosen(cells)["acc"]
    if "fit" in cells[0]:  # the lowest inertia, or the highest likelihood
        found["acc_of_the_best_fit"] = max(cells, key=lambda cell: float(cell["fit"]))["acc"]
    found["minutes_mean"] = round(float(np.mean([cell["minutes"] for cell in cells])), 2)
    return found


def chosen(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run that one would take without labels: that with the most evenly sized clusters in training."""
    return max(cells, key=lambda cell: float(cell["evenness"]))


def write_few(sets: dict[str, Images], path: Path) -> Path:
    """The few images of a try, as a set of their own."""
    path = path.with_suffix(".npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    train, test = sets["train"], sets["test"]
    np.savez(path, x_train=train.pixels, y_train=train.labels, x_test=test.pixels, y_test=test.labels)
    return path


def prepare(
    path: Path,
    recipes: Mapping[str, Recipe],
    *,
    few: tuple[int, Path] | None,
    device: str,
    report: Callable[[str], None],
    effort: int = 0,
) -> Study:
    """A study of the images at `path`, each recipe for images of their size.

    effort: of the codes that are measured.
    few: for a try, how many images of each split, and the folder that gets them. Raises InputError.
    """
    sets = {split: load_images(path, split=split) for split in ("train", "test")}
    if (sets["test"].labels < 0).any():
        raise InputError(f"{path}: the test images have no labels; accuracy cannot be measured")
    if few is not None:
        count, folder = few
        sets = {split: Images(one.pixels[:count], one.labels[:count]) for split, one in sets.items()}
        path = write_few(sets, folder / path.name)
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

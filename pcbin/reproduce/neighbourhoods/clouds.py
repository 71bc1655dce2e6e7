"""The same recipe on clouds: the classes of ModelNet10 from binary codes, compared with K-means."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin import datasets
from pcbin.arrays import Float32
from pcbin.cluster import Mixture
from pcbin.codec import Codec
from pcbin.formats.atomic import write_atomic
from pcbin.metrics import distortion
from pcbin.models.model import Model
from pcbin.reproduce import runs
from pcbin.reproduce.clustering.consumer import frozen
from pcbin.reproduce.clustering.measure import scores
from pcbin.reproduce.page import Page
from pcbin.training.batches import first_points
from pcbin.training.recipe import Recipe
from pcbin.training.train import train

FILES = ("modelnet10_chair.npz", "modelnet10_others_2048.npz", "modelnet10_others_1024.npz")
CLASSES = 10
SYSTEMS: tuple[tuple[str, int], ...] = (
    ("neighbours-clouds", 128),
    ("neighbours-clouds", 256),
    ("binary-clouds", 128),
    ("binary-clouds", 256),
    ("ae-clouds", 128),
)
TITLES = {
    "neighbours-clouds": "neighbourhoods: the mixture",
    "binary-clouds": "binary autoencoder: K-means on the codes",
    "ae-clouds": "autoencoder: K-means on the floats",
}
Labels = npt.NDArray[Any]
Json = dict[str, Any]


def found_in(data: Path) -> bool:
    """Whether a folder has all of ModelNet10's files."""
    return data.is_dir() and all((data / name).is_file() for name in FILES)


@dataclass(frozen=True)
class LabelledClouds:
    points: Float32
    """(S, points, 3), each normalised as the codec does."""
    labels: Labels


def study(
    page: Page, data: Path, out: Path, *, tiny: bool, device: str, report: Callable[[str], None]
) -> Json:
    """Trains and measures every system, and puts a table on the page; returns the same as plain data."""
    recipes = {name: runs.shipped(name) for name, _ in SYSTEMS}
    systems = SYSTEMS
    if tiny:
        recipes = {key: runs.smaller(plan, steps=20, widths=32, points=64) for key, plan in recipes.items()}
        systems = (("neighbours-clouds", 16), ("binary-clouds", 16), ("ae-clouds", 16))
    plan = next(iter(recipes.values()))
    sets = {split: _load(data, split, plan.train.points) for split in ("train", "test")}
    rows = {}
    for name, size in systems:
        folder = out / f"{name}-{size}"
        path = folder / "figures.json"
        if not path.exists():
            report(f"clouds: {name}, {size}")
            sized = _sized(recipes[name], size)
            began = time.monotonic()
            train(sized, data, folder, device=device, report=lambda line: report("  " + line))
            minutes = round((time.monotonic() - began) / 60, 1)
            made = {**_measured(sized, data, folder, sets), "minutes": minutes}
            write_atomic(path, json.dumps(made).encode(), overwrite=True)
        rows[f"{name}-{size}"] = json.loads(path.read_text(encoding="utf-8"))
    _table(page, rows, systems, sets)
    return rows


def _sized(plan: Recipe, size: int) -> Recipe:
    latent = dataclasses.replace(plan.latent, size=size)
    return dataclasses.replace(plan, name=f"{plan.name}-{size}", latent=latent)


def _load(data: Path, split: str, points: int) -> LabelledClouds:
    clouds, labels = [], []
    for file in FILES:
        shapes = datasets.load(data / file, split=split, points=points, seed=0)
        clouds.append(first_points(shapes.points, points))
        labels += [str(label) or "chair" for label in shapes.labels]
    return LabelledClouds(np.concatenate(clouds), np.unique(labels, return_inverse=True)[1])


def _measured(plan: Recipe, data: Path, folder: Path, sets: dict[str, LabelledClouds]) -> Json:
    from sklearn.cluster import KMeans

    test = sets["test"]
    if plan.latent.kind == "deterministic":
        system = runs.load(folder)
        latents = {split: system.params(one.points) for split, one in sets.items()}
        features = {split: system.latent.mean(z).numpy() for split, z in latents.items()}
        decoded = system.decode(features["test"])
    else:
        model = frozen(folder, data)
        codes = {split: _codes(model, one.points) for split, one in sets.items()}
        features = {split: np.unpackbits(code, axis=1).astype(np.float32) for split, code in codes.items()}
        decoded = np.concatenate([model.decode(part) for part in np.array_split(codes["test"], 20)])
    means = KMeans(CLASSES, n_init=10, random_state=plan.train.seed).fit(features["train"])
    found = {"k_means": scores(test.labels, means.predict(features["test"]))}
    if plan.latent.kind == "bernoulli-mixture":
        found["mixture"] = scores(test.labels, Mixture.of(model).labels(codes["test"]))
    chamfer = [1e3 * distortion(a, b).chamfer for a, b in zip(test.points, decoded, strict=True)]
    return {
        **found,
        "chamfer_e3": float(np.mean(chamfer)),
        "steps": plan.train.steps,
    }


def _codes(model: Model, points: Float32) -> npt.NDArray[np.uint8]:
    """(S, K / 8): the network's own codes; a search would separate those of similar shapes."""
    return Codec(model, effort=0).codes(points)[0]


def _table(page: Page, rows: dict[str, Json], systems: Any, sets: dict[str, LabelledClouds]) -> None:
    page.heading("Clouds: the ten classes of ModelNet10")
    lines = []
    for name, size in systems:
        row = rows[f"{name}-{size}"]
        unit = "floats" if name == "ae-clouds" else "bits"
        for way, title in (("mixture", TITLES[name]), ("k_means", f"{TITLES[name].split(':')[0]}: K-means")):
            if way in row:
                scores = [f"{100 * row[way][key]:.1f}" for key in ("acc", "nmi", "ari")]
                lines.append(
                    [f"{title}, {size} {unit}", *scores, f"{row['chamfer_e3']:.3f}", f"{row['minutes']}"]
                )
    page.table(
        "clouds-table", ["system", "ACC, %", "NMI, %", "ARI, %", "Chamfer x 1e3", "minutes"], lines,
        f"Trained on {len(sets['train'].labels):,} clouds without labels, measured on "
        f"{len(sets['test'].labels):,}; one seed. K-means: ten starts on the training set's codes or "
        "latents. Chamfer: mean over the test clouds, decoded from their codes or latents, without a search.",
    )  # fmt: skip

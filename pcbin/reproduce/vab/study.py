"""Poster B from data to page."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.arrays import grey_values, pack_bits
from pcbin.codec import Codec
from pcbin.datasets.images import Images
from pcbin.metrics import matched
from pcbin.reproduce import runs
from pcbin.reproduce.about import versions
from pcbin.reproduce.clustering import figures
from pcbin.reproduce.clustering.cells import Cell, Study, consume, frozen
from pcbin.reproduce.clustering.many import Found, chosen, make_all, prepare, summary
from pcbin.reproduce.draw import images, pyplot
from pcbin.reproduce.page import Page

POSTER = {"K-means": 55.37, "GMM": 42.22, "VaDE": 95.30, "VAB": 71.69}
"""The best accuracies of the poster's table 1, in per cent."""
MAIN = {"VaDE": 10, "VAB": 80, "VAB-plain": 80}
"""The setting of each network that stands for it in the table."""


@dataclass(frozen=True)
class Size:
    """How many seeds of what."""

    seeds: int = 5
    bits: tuple[int, ...] = (40, 80, 160, 240)
    dimensions: tuple[int, ...] = (3, 5, 10)


def reproduce(
    data: Path,
    out: Path,
    *,
    seeds: int | None = None,
    tiny: bool = False,
    device: str = "cpu",
    command: str = "",
    report: Callable[[str], None] = print,
) -> Path:
    """Makes every system with every seed, measures, and writes the page; returns its path.

    data: a folder with mnist.npz, an .npz file like it, or a folder of IDX files. tiny: a try on few images
    with small networks. Raises InputError, MissingDependency.
    """
    pyplot()  # what is missing is said before hours of training
    began = time.monotonic()
    path = data / "mnist.npz" if (data / "mnist.npz").is_file() else data
    size = Size(seeds=2, bits=(16, 80), dimensions=(3, 10)) if tiny else Size()
    size = dataclasses.replace(size, seeds=seeds or size.seeds)
    recipes = {name: runs.shipped(name.lower()) for name in ("VaDE", "VAB", "VAB-plain")}
    if tiny:
        recipes = {key: runs.smaller(plan, steps=60, widths=64) for key, plan in recipes.items()}
    few = (1000, out / "data") if tiny else None
    study = prepare(path, recipes, few=few, device=device, report=report)
    sets = {"train": study.train, "test": study.test}
    plan = [
        ("K-means", 0),
        ("GMM", 0),
        *(("VAB", bits) for bits in size.bits),
        ("VAB-plain", MAIN["VAB"]),
        *(("VaDE", dimensions) for dimensions in size.dimensions),
    ]
    cells = [[Cell(system, setting, seed, out) for seed in range(size.seeds)] for system, setting in plan]
    found = make_all(study, cells, report)
    key = path.name.removesuffix(".npz")
    rows = {_key(*which): {"title": _title(*which), **summary(found[which])} for which in plan}
    page = Page(out, "poster-b", "Poster B: deep clustering of compressed variational embeddings")
    page.text(
        "A vendor sends images as binary codes; a consumer finds their clusters from the codes and the "
        "parameters of a Bernoulli mixture alone (VAB). Beside it: K-means and a Gaussian mixture on raw "
        "pixels, and VaDE, whose latent is a vector of floats. No system sees a label while it is trained."
    )
    _table(page, rows, sets, size)
    _curves(page, rows, size)
    results: dict[str, Any] = {key: rows}
    best = Cell("VAB", MAIN["VAB"], chosen(found["VAB", MAIN["VAB"]])["seed"], out)
    results["vendor_and_consumer"] = _consumer(page, best, study)
    _pictures(page, study, out, found)
    page.heading("How this was made")
    minutes = sum(cell["minutes"] for group in found.values() for cell in group)
    results["about"] = {**versions(command), "minutes_of_all_cells": round(minutes, 1), "seeds": size.seeds}
    page.text(
        f"`{command}`: {sum(map(len, cells))} runs, {minutes:.0f} minutes in all. Recipes: `vab.toml` and "
        "`vade.toml` in `pcbin/reproduce/recipes`, the number of bits or dimensions and the seed changed."
    )
    written = page.finish(results)
    report(f"{written}  ({(time.monotonic() - began) / 60:.1f} min)")
    return written


def _key(system: str, setting: int) -> str:
    """What a row is called in the JSON: VAB is the main setting's, VAB-40 another one's."""
    return system if setting in (0, MAIN.get(system)) else f"{system}-{setting}"


def _title(system: str, setting: int) -> str:
    unit = "floats" if system == "VaDE" else "bits"
    name = "VAB as written" if system == "VAB-plain" else system
    return f"{name}, {setting} {unit}" if setting else name


def _table(page: Page, rows: dict[str, dict[str, Any]], sets: dict[str, Images], size: Size) -> None:
    page.heading("Clustering accuracy, distortion and rate")
    lines = []
    for key, r in rows.items():
        poster = POSTER.get(key)
        chosen = r.get("acc_of_the_best_fit", r.get("acc_of_the_most_even"))
        with_images = "psnr_mean" in r
        lines.append([
            r["title"],
            f"{100 * r['acc_best']:.2f}",
            f"{100 * r['acc_mean']:.2f} ± {100 * r['acc_sem']:.2f}",
            "-" if chosen is None else f"{100 * chosen:.2f}",
            f"{100 * r['nmi_mean']:.1f}",
            f"{r['psnr_mean']:.2f} ± {r['psnr_sem']:.2f}" if with_images else "-",
            f"{r['psnr_mse_mean']:.2f}" if with_images else "-",
            f"{r['bpp']:.3f}" if r["bpp"] else "-",
            f"{poster:.2f}" if poster else "-",
            f"{r['minutes_mean']:.1f}",
        ])  # fmt: skip
    head = ["system", "ACC best, %", "ACC mean, %", "ACC chosen, %", "NMI, %", "PSNR, dB", "PSNR of mean, dB"]
    head += ["bits per pixel", "poster's best ACC, %", "minutes"]
    page.table(
        "table", head, lines,
        f"Trained on {len(sets['train']):,} images, measured on {len(sets['test']):,}; {size.seeds} seeds, "
        "mean ± standard error of the mean. ACC: clusters matched to classes by the Hungarian method; "
        "chosen: of the seed that one would take without labels, by inertia (K-means), likelihood (GMM) or "
        "the most even clusters (VAB). "
        "PSNR: mean over the images of 10 log10(1 / mse); PSNR of mean: 10 log10(1 / mean mse). A float "
        "is charged 32 bits.",
    )  # fmt: skip


def _curves(page: Page, rows: dict[str, dict[str, Any]], size: Size) -> None:
    for name, factor, label, caption in (
        ("acc", 100, "ACC, %", "Clustering accuracy against the rate"),
        ("psnr", 1, "PSNR, dB", "PSNR against the rate"),
    ):
        curves = {
            system: [
                (r["bpp"], factor * r[f"{name}_mean"], factor * r[f"{name}_sem"])
                for r in (rows[_key(system, k)] for k in settings)
            ]
            for system, settings in (("VAB", size.bits), ("VaDE", size.dimensions))
        }
        lines = {
            system: (100 * rows[system]["acc_mean"], 100 * rows[system]["acc_sem"])
            for system in ("K-means", "GMM")
            if name == "acc"
        }
        page.figure(
            f"{name}-against-rate",
            figures.against_rate(curves, lines, label),
            f"{caption}: mean of {size.seeds} seeds, the band is the standard error of the mean.",
        )


def _consumer(page: Page, cell: Cell, study: Study) -> dict[str, Any]:
    """The consumer's side again, for the page: from two files."""
    archive, mixture = cell.run / "test.pcb", cell.run / "mixture.pcbm"
    clusters = consume(archive, mixture)
    table = matched(study.test.labels, clusters)
    sizes = {"codes": archive.stat().st_size, "mixture": mixture.stat().st_size}
    page.heading("Vendor and consumer")
    page.text(
        f"The vendor encodes {len(study.test):,} test images into one file of {sizes['codes']:,} bytes "
        f"({8 * sizes['codes'] / study.test.pixels.size:.3f} bits per pixel with everything). The consumer "
        f"has that file and the mixture, {sizes['mixture']:,} bytes, and neither encoder nor decoder. The "
        f"clusters are right for {100 * float(np.trace(table) / table.sum()):.2f} % of the images. The "
        "same by hand: `pcbin cluster test.pcb --mixture mixture.pcbm`. The run is the one with the most "
        f"evenly sized clusters of training codes among the seeds ({cell.name}): a choice without labels."
    )
    page.figure(
        "confusion", figures.confusion(table), "Digits of the test images in the consumer's clusters."
    )
    return {"run": cell.name, **{f"{k}_bytes": v for k, v in sizes.items()}, "confusion": table.tolist()}


def _pictures(page: Page, study: Study, out: Path, found: Found) -> None:
    """Test images as each system gives them back, and what each cluster of VAB looks like."""
    first = [int(np.flatnonzero(study.test.labels == digit)[0]) for digit in np.unique(study.test.labels)]
    originals = grey_values(study.test.pixels[first])
    rows: list[tuple[str, Any]] = [("original", originals)]
    for system, setting in found:
        cell = Cell(system, setting, 0, out)
        if system.startswith("VAB"):
            codec = Codec(frozen(cell.run, study.data), effort=0)
            restored: Any = np.stack(list(codec.restore(codec.codes(study.test.pixels[first])[0])))
            made: Any = restored / 255
        elif system == "VaDE":
            loaded = runs.load(cell.run)
            made = loaded.decode(loaded.latent.mean(loaded.params(originals)))
        else:
            continue
        rows.append((_title(system, setting), made))
    page.heading("Reconstructions")
    page.figure(
        "reconstructions", images(rows), "The first test image of each class, seed 0 of every system."
    )
    model = frozen(Cell("VAB", MAIN["VAB"], chosen(found["VAB", MAIN["VAB"]])["seed"], out).run, study.data)
    assert model.mixture is not None
    weights, means = model.mixture
    rng = np.random.default_rng(0)
    drawn: list[tuple[str, Any]] = []
    for weight, mean in zip(weights, means, strict=True):
        codes = pack_bits(rng.random((10, model.bits)) < mean)
        drawn.append((f"{100 * weight:.0f} %", model.decode(codes)))
    page.figure(
        "components", images(drawn),
        "Images decoded from codes drawn from each component of VAB's mixture; on the left its weight.",
    )  # fmt: skip

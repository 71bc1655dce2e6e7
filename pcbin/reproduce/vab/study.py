"""Poster B from data to page."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.arrays import pack_bits
from pcbin.reproduce import charts, runs
from pcbin.reproduce.about import versions
from pcbin.reproduce.clustering.consumer import consumer, frozen
from pcbin.reproduce.clustering.measure import measure_all
from pcbin.reproduce.clustering.sections import reconstructions, vendor_and_consumer
from pcbin.reproduce.clustering.summary import most_even, summary
from pcbin.reproduce.clustering.trials import Study, Trial, images_of, prepare, title
from pcbin.reproduce.draw import images
from pcbin.reproduce.page import Page
from pcbin.reproduce.style import pyplot

POSTER = {"K-means": 55.37, "GMM": 42.22, "VaDE": 95.30, "VAB": 71.69}
"""The best accuracies of the poster's table 1, in per cent."""
MAIN = {"VaDE": 10, "VAB": 80, "VAB-plain": 80}
"""The size, in bits or dimensions, at which each network stands in the poster's table."""
NAMES = {"VAB-plain": "VAB as written"}
"""Of a system whose name in the JSON is not that of the page."""


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
    """Trains every system with every seed, measures, and writes the page; returns its path.

    data: a folder with mnist.npz, an .npz file like it, or a folder of IDX files. tiny: a quick try with few
    images and small networks. Raises InputError, MissingDependency.
    """
    pyplot()  # what is missing is said before hours of training
    began = time.monotonic()
    path = images_of(data)
    size = Size(seeds=2, bits=(16, 80), dimensions=(3, 10)) if tiny else Size()
    size = dataclasses.replace(size, seeds=seeds or size.seeds)
    recipes = {name: runs.shipped(name.lower()) for name in ("VaDE", "VAB", "VAB-plain")}
    if tiny:
        recipes = {key: runs.smaller(plan, steps=60, widths=64) for key, plan in recipes.items()}
    few = (1000, out / "data") if tiny else None
    study = prepare(path, recipes, few=few, device=device, report=report)
    plan = [
        ("K-means", 0),
        ("GMM", 0),
        *(("VAB", bits) for bits in size.bits),
        ("VAB-plain", MAIN["VAB"]),
        *(("VaDE", dimensions) for dimensions in size.dimensions),
    ]
    trials = [[Trial(system, k, seed, out) for seed in range(size.seeds)] for system, k in plan]
    found = measure_all(study, trials)
    key = path.name.removesuffix(".npz")
    rows = {_key(*which): {"title": title(*which, NAMES), **summary(found[which])} for which in plan}
    page = Page(out, "poster-b", "Poster B: deep clustering of compressed variational embeddings")
    page.text(
        "A vendor sends images as binary codes; a consumer finds their clusters from the codes and the "
        "parameters of a Bernoulli mixture alone (VAB). Compared with K-means and a Gaussian mixture on raw "
        "pixels, and with VaDE, whose latent is a vector of floats. No system sees a label in training."
    )
    _table(page, rows, study, size)
    _curves(page, rows, size)
    results: dict[str, Any] = {key: rows}
    best = Trial("VAB", MAIN["VAB"], most_even(found["VAB", MAIN["VAB"]])["seed"], out)
    results["vendor_and_consumer"] = _consumer(page, best, study)
    shown = [(system, k) for system, k in plan if k]
    reconstructions(page, study, [(title(*which, NAMES), *which) for which in shown], out)
    _components(page, best, study)
    page.heading("How this was made")
    minutes = sum(metrics["minutes"] for group in found.values() for metrics in group)
    results["about"] = {**versions(command), "minutes_of_all_cells": round(minutes, 1), "seeds": size.seeds}
    page.text(
        f"`{command}`: {sum(map(len, trials))} runs, {minutes:.0f} minutes in all. Recipes: `vab.toml` and "
        "`vade.toml` in `pcbin/reproduce/recipes`, the number of bits or dimensions and the seed changed."
    )
    written = page.finish(results)
    report(f"{written}  ({(time.monotonic() - began) / 60:.1f} min)")
    return written


def _key(system: str, size: int) -> str:
    """The key of a row in the JSON: VAB at its main size is VAB, at another one VAB-40."""
    return system if size in (0, MAIN.get(system)) else f"{system}-{size}"


def _table(page: Page, rows: dict[str, dict[str, Any]], study: Study, size: Size) -> None:
    page.heading("Clustering accuracy, distortion and rate")
    lines = []
    for key, r in rows.items():
        poster = POSTER.get(key)
        unlabelled = r.get("acc_of_the_best_fit", r.get("acc_of_the_most_even"))
        with_images = "psnr_mean" in r
        lines.append([
            r["title"],
            f"{100 * r['acc_best']:.2f}",
            f"{100 * r['acc_mean']:.2f} ± {100 * r['acc_sem']:.2f}",
            "-" if unlabelled is None else f"{100 * unlabelled:.2f}",
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
        f"Trained on {len(study.train):,} images, measured on {len(study.test):,}; {size.seeds} seeds, "
        "mean ± standard error of the mean. ACC: clusters matched to classes by the Hungarian method; "
        "chosen: of the seed that is best without labels, by inertia (K-means), likelihood (GMM) or the most "
        "even clusters (VAB). "
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
            charts.against_rate,
            f"{caption}: mean of {size.seeds} seeds, the band is the standard error of the mean."
            + (" Dotted: on raw pixels, which have no rate." if lines else ""),
            curves=curves,
            lines=lines,
            label=label,
        )


def _consumer(page: Page, trial: Trial, study: Study) -> dict[str, Any]:
    found = consumer(study, trial)
    return vendor_and_consumer(
        page,
        found,
        study.test.labels,
        f"The vendor encodes {len(study.test):,} test images into one file of {found.codes_bytes:,} bytes "
        f"({8 * found.codes_bytes / study.test.pixels.size:.3f} bits per pixel with everything). The "
        f"consumer has that file and the mixture, {found.mixture_bytes:,} bytes, and neither encoder nor "
        f"decoder. The clusters are right for {100 * found.accuracy:.2f} % of the images. The same by hand: "
        "`pcbin cluster test.pcb --mixture mixture.pcbm`. The run is the one with the most evenly sized "
        f"clusters of training codes among the seeds ({trial.name}): a choice without labels.",
    )


def _components(page: Page, trial: Trial, study: Study) -> None:
    """What each cluster of VAB looks like."""
    model = frozen(trial.run, study.data)
    assert model.mixture is not None
    weights, means = model.mixture
    rng = np.random.default_rng(0)
    drawn: list[tuple[str, Any]] = []
    for weight, mean in zip(weights, means, strict=True):
        codes = pack_bits(rng.random((10, model.bits)) < mean)
        drawn.append((f"{100 * weight:.0f} %", model.decode(codes)))
    page.figure(
        "components", images,
        "Images decoded from codes drawn from each component of VAB's mixture; on the left its weight.",
        rows=drawn,
    )  # fmt: skip

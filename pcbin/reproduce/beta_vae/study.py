"""Poster A from data to page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.arrays import Float32
from pcbin.metrics import GeneratedSet
from pcbin.reproduce import charts, runs
from pcbin.reproduce.about import about
from pcbin.reproduce.beta_vae import measure, quick
from pcbin.reproduce.beta_vae.sets import CloudData, find
from pcbin.reproduce.draw import Picture, Row, clouds, decoded
from pcbin.reproduce.page import Page
from pcbin.reproduce.runs import Run, System
from pcbin.reproduce.style import pyplot
from pcbin.training.latents.labelled_normal import LabelledNormal

SYSTEMS = {"ae": "AE", "vae-n": "VAE-N", "vae-b": "VAE-B"}
MIXTURE = "mixture-vae"
POSTER = {"AE": (0.853, 1.247), "VAE-N": (0.851, 1.287), "VAE-B": (1.024, 1.464), "VAE-bin": (1.027, 1.464)}
"""Chamfer of the poster's table, train and test, sums over the points of its own data."""


@dataclass(frozen=True)
class Size:
    """How much of everything: the whole study, or a quick try."""

    shown: int = 6
    samples: int | None = None  # as many as test shapes
    pairs: int = 40
    steps: int = 9


def reproduce(
    data: Path,
    out: Path,
    *,
    name: str | None = "chair",
    tiny: bool = False,
    device: str = "cpu",
    command: str = "",
    report: Callable[[str], None] = print,
) -> Path:
    """Trains all systems on the sets of `data`, measures them, and writes the page; returns its path.

    data: a folder with modelnet10_chair.npz or shapeassembly_chair.npz, or one set in any layout of
    `pcbin.datasets`, of which the class `name` is taken. tiny: a quick try with few clouds and small
    networks. The mixture VAE and the figures are of the first set. Raises InputError,
    MissingDependency.
    """
    pyplot()  # what is missing is said before hours of training
    began = time.monotonic()
    points = 256 if tiny else 2048
    if tiny:
        data = quick.subset(data, out / "data", name, points)
    sets = find(data, name, points)
    size = Size(shown=3, pairs=3, steps=5) if tiny else Size()
    plans = {key: runs.shipped(key) for key in (*SYSTEMS, MIXTURE)}
    if tiny:
        plans = {key: runs.smaller(plan, steps=40, widths=64, points=points) for key, plan in plans.items()}
    jobs = [
        (one, key, Run(one.recipe(plans[key]), out / "runs" / one.key / key))
        for one in sets
        for key in (*SYSTEMS, *((MIXTURE,) if one is sets[0] else ()))
    ]
    found: dict[tuple[str, str], System] = {}
    for one in sets:  # a set's runs read their data below its own folder
        mine = [(key, run) for owner, key, run in jobs if owner is one]
        systems = runs.trained([run for _, run in mine], one.folder, device=device, report=report)
        for (key, _), system in zip(mine, systems, strict=True):
            found[one.key, key] = system
    report("measuring")
    page = Page(out, "poster-a", "Poster A: Beta-regularised variational autoencoders for point clouds")
    page.text(
        "Every system of the poster, trained and measured by one command: an autoencoder (AE), a "
        "variational one with a Gaussian latent (VAE-N), one with a Beta(0.01, 0.01) latent (VAE-B), and "
        "VAE-B with its latent thresholded at 0.5 (VAE-bin), whose latent is a code of 128 bits."
    )
    results: dict[str, Any] = {}
    for one in sets:
        results[one.key] = _table(page, one, {key: found[one.key, key] for key in SYSTEMS})
    first = sets[0]
    beta = found[first.key, "vae-b"]
    page.heading("The compression arithmetic")
    raw, coded = 2048 * 3 * 32, beta.latent.size
    page.text(
        f"A cloud of 2048 points is 2048 x 3 x 32 = {raw:,} bits as 32-bit floats; its code is {coded} bits, "
        f"the space of {coded // 32} floats: {raw / coded:,.0f} times less."
    )
    results["studies"] = {
        "set": first.key,
        "latents": _histogram(page, first, beta),
        "generation": _samples(page, first, beta, size),
        "armrests": _armrests(page, first, beta, size),
        "interpolation": _interpolation(page, first, beta, size),
    }
    report("clusters of the mixture VAE, t-SNE")
    both = (found[first.key, MIXTURE], found[first.key, "vae-n"])
    results["studies"]["mixture-vae"] = _clusters(page, first, *both, size)
    page.heading("How this was made")
    results["about"] = about(page, command, began, {f"{one}/{key}": s for (one, key), s in found.items()})
    path = page.finish(results)
    report(f"{path}  ({(time.monotonic() - began) / 60:.1f} min)")
    return path


def _table(page: Page, data: CloudData, systems: dict[str, System]) -> dict[str, Any]:
    """The poster's table on one set, and reconstructions of a few test shapes."""
    beta, floor = systems["vae-b"], measure.floor_e3(data)
    found = {}
    for key, name in SYSTEMS.items():
        found[name] = {
            split: systems[key].decode(measure.latents(systems[key], clouds))
            for split, clouds in (("train", data.train), ("test", data.test))
        }
    found["VAE-bin"] = {
        split: beta.decode(measure.bits(beta, clouds))
        for split, clouds in (("train", data.train), ("test", data.test))
    }
    rows = {name: measure.reconstruction(clouds_, data) for name, clouds_ in found.items()}
    page.heading(f"Reconstruction: {data.title}")
    page.table(
        f"table-{data.key}",
        [
            "system",
            *(
                f"{name}, {split}"
                for name in ("Chamfer x 1e3", "sum over points")
                for split in ("train", data.test_split)
            ),
            "poster's sum, train",
            "poster's sum, test",
        ],
        [
            [
                name,
                f"{r['chamfer_e3_train']:.3f}",
                f"{r['chamfer_e3_test']:.3f}",
                f"{r['chamfer_sum_train']:.3f}",
                f"{r['chamfer_sum_test']:.3f}",
                *(f"{v:.3f}" for v in POSTER[name]),
            ]
            for name, r in rows.items()
        ],
        f"{len(data.train)} training and {len(data.test)} {data.test_split} shapes of "
        f"{data.train.shape[1]} points, scaled to a unit bounding-box diagonal. Chamfer is the mean of "
        "squared distances in both directions; the poster sums over the points, on its own data in a unit "
        "cube, so that only ratios between rows compare.",
    )
    ratio = rows["VAE-bin"]["chamfer_e3_test"] / rows["AE"]["chamfer_e3_test"]
    lost = rows["VAE-bin"]["chamfer_e3_test"] / rows["VAE-B"]["chamfer_e3_test"] - 1
    page.text(
        f"VAE-bin over AE on {data.test_split}: {ratio:.3f} (the poster: {1.464 / 1.247:.3f}). "
        f"Thresholding costs {100 * lost:+.1f} % against VAE-B."
        + ("" if floor is None else f" Two samplings of one shape are {floor:.3f} apart.")
    )
    count = 3 if len(data.test) < 20 else 6
    shown = np.linspace(0, len(data.test) - 1, count).astype(int)  # evenly spread: not picked by hand
    originals = data.test[shown]
    pictured = [Row("original", [Picture("", cloud) for cloud in originals])]
    for name in ("AE", "VAE-N", "VAE-bin"):
        theirs = found[name]["test"][shown]
        triples = zip(measure.chamfers(originals, theirs), theirs, originals, strict=True)
        pictured.append(Row(name, [decoded(f"{d:.2f}", cloud, original) for d, cloud, original in triples]))
    page.figure(
        f"reconstructions-{data.key}",
        clouds,
        f"{data.title[0].upper()}{data.title[1:]}: shapes at even steps through the {data.test_split} split, "
        "and the systems' reconstructions of them; above each its Chamfer distance x 1e3.",
        rows=pictured,
    )
    return {
        **rows,
        "ratios": {"vae_bin_over_ae_test": ratio, "thresholding_test": 1 + lost, "floor_e3": floor},
    }


def _histogram(page: Page, data: CloudData, beta: System) -> dict[str, Any]:
    values = measure.latents(beta, data.test)
    near = measure.near_ends(values)
    page.heading("Latent values of VAE-B")
    page.figure(
        "histogram",
        charts.histogram,
        f"All latent values of the {data.test_split} shapes beside the density of Beta(0.01, 0.01), its "
        f"mass in bins of the same width. {100 * near:.1f} % of the values lie within {measure.NEAR} of 0 "
        "or 1.",
        values=values,
        prior=0.01,
    )
    mean = measure.bits(beta, data.test).mean(axis=0)
    return {"near_ends_test": near, "constant_bits_test": int(((mean == 0) | (mean == 1)).sum())}


def _samples(page: Page, data: CloudData, beta: System, size: Size) -> dict[str, Any]:
    """Clouds decoded from fair coins."""
    rng = np.random.default_rng(0)
    count = size.samples or len(data.test)
    codes = measure.bits(beta, data.train)
    drawn = {
        "fair coins": measure.bernoulli_samples(beta.latent.size, count, rng),
        "coins as frequent as in training codes": rng.random((count, beta.latent.size)) < codes.mean(axis=0),
    }
    generated = {name: beta.decode(bits) for name, bits in drawn.items()}
    generated["training shapes, for comparison"] = data.train[rng.permutation(len(data.train))[:count]]
    found = {name: GeneratedSet(clouds_, data.test) for name, clouds_ in generated.items()}
    page.heading("Shapes generated from random codes")
    fair = generated["fair coins"][: 2 * size.shown]
    page.figure(
        "samples",
        clouds,
        "Decoded from codes whose every bit is a fair coin, Bernoulli(0.5), the first ones drawn.",
        rows=[
            Row("", [Picture("", cloud) for cloud in part])
            for part in (fair[: size.shown], fair[size.shown :])
        ],
    )
    page.table(
        "generation",
        ["codes", "MMD-CD x 1e3", "coverage"],
        [[name, f"{g.mmd_cd_e3:.2f}", f"{100 * g.coverage:.0f} %"] for name, g in found.items()],
        f"{count} shapes of each against the {len(data.test)} {data.test_split} shapes: the mean Chamfer "
        "distance of a test shape to the nearest generated one, and the fraction of the test shapes that are "
        "nearest to some generated one (Achlioptas et al., 2018).",
    )
    return {name: {"mmd_cd_e3": g.mmd_cd_e3, "coverage": g.coverage} for name, g in found.items()}


def _armrests(page: Page, data: CloudData, beta: System, size: Size) -> dict[str, Any]:
    found = measure.armrests(beta, data)
    scores = {
        "original": measure.arm_score(data.test[found["rows"]]),
        "decoded": measure.arm_score(found["before"]),
        "with armrests added": measure.arm_score(found["after"]),
    }
    shown = slice(0, size.shown)
    page.heading("Adding armrests by arithmetic on codes")
    page.figure(
        "armrests",
        clouds,
        "Three times the mean code of training chairs with armrests less that of chairs without is added to "
        "the codes of test chairs without, and thresholded.",
        rows=[
            Row(name, [Picture("", cloud) for cloud in found[when][shown]])
            for name, when in (("decoded", "before"), ("armrests added", "after"))
        ],
    )
    means = {name: float(score.mean()) for name, score in scores.items()}
    page.text(
        "There are no labels of armrests: chairs are told apart by the share of their points at the sides, "
        f"in front, above the seat. For the {len(found['rows'])} test chairs with the fewest it is "
        f"{100 * means['decoded']:.1f} % before and {100 * means['with armrests added']:.1f} % after; the "
        f"training chairs with armrests have {100 * found['with_armrests']:.1f} %. "
        f"{found['changed_bits']:.0f} of {beta.latent.size} bits change on average."
    )
    return {
        **means,
        "training chairs with armrests": found["with_armrests"],
        "changed_bits": found["changed_bits"],
    }


def _interpolation(page: Page, data: CloudData, beta: System, size: Size) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    found = measure.interpolation(beta, data, size.pairs, size.steps, rng)
    curves = found["curves"]
    mean, error = curves.mean(axis=0), curves.std(axis=0, ddof=1) / np.sqrt(len(curves))
    away, is_away = measure.rises(mean[:, 0], error[:, 0])
    near, is_near = measure.rises(mean[::-1, 1], error[::-1, 1])
    steps = zip(np.linspace(0, 100, len(found["clouds"])), found["clouds"], strict=True)
    page.heading("Interpolation by flipping bits")
    page.figure(
        "interpolation",
        clouds,
        "From one test chair to another: the bits in which their codes differ are flipped in random order. "
        "Above each cloud is the share of them that are flipped.",
        rows=[Row("", [Picture(f"{share:.0f} %", cloud) for share, cloud in steps])],
    )
    page.figure(
        "interpolation-distances",
        charts.path_curves,
        f"Mean Chamfer x 1e3 of each step to both ends over {len(curves)} pairs of test chairs; the band is "
        "the standard error of the mean.",
        means=mean,
        errors=error,
    )
    monotone = is_away and is_near
    page.text(
        "The distances change "
        f"monotonically{'' if monotone else ' but for noise larger than it should be'}: the largest step "
        f"in the wrong direction is {max(away, near):.3f}."
    )
    return {
        "to_first_e3": mean[:, 0].tolist(),
        "to_second_e3": mean[:, 1].tolist(),
        "largest_wrong_step_e3": max(away, near),
        "monotone_within_two_standard_errors": monotone,
    }


def _clusters(page: Page, data: CloudData, mixture: System, normal: System, size: Size) -> dict[str, Any]:
    """Shapes of the largest clusters, and both latent spaces as maps."""
    from sklearn.manifold import TSNE

    assert isinstance(mixture.latent, LabelledNormal)
    labels = mixture.latent.labels(mixture.params(data.train)).numpy()
    counts = np.bincount(labels, minlength=mixture.latent.components)
    rng = np.random.default_rng(0)
    largest = np.argsort(-counts, kind="stable")[:3]
    page.heading("Clusters of the mixture VAE")
    rows = []
    for cluster in largest[counts[largest] > 0]:
        members = rng.permutation(np.flatnonzero(labels == cluster))[: size.shown]
        name = f"cluster {cluster}, {counts[cluster]} shapes"
        rows.append(Row(name, [Picture("", data.train[row]) for row in members]))
    page.figure(
        "clusters",
        clouds,
        f"Random training shapes of the three largest of {len(counts)} clusters; sizes of all: "
        f"{', '.join(map(str, sorted(counts.tolist(), reverse=True)))}.",
        rows=rows,
    )
    maps = []
    for name, system in (("VAE-N", normal), ("mixture VAE", mixture)):
        points: Float32 = measure.latents(system, data.train)[:, : system.latent.size]
        perplexity = min(30.0, (len(points) - 1) / 3)
        maps.append((name, TSNE(perplexity=perplexity, random_state=0).fit_transform(points)))
    page.figure(
        "t-sne", charts.embeddings,
        "t-SNE of the latent means of the training shapes, coloured by the cluster of the mixture VAE.",
        maps=maps, labels=labels,
    )  # fmt: skip
    distances = measure.chamfers(data.test, mixture.decode(measure.latents(mixture, data.test)))
    return {"cluster_sizes": counts.tolist(), "chamfer_e3_test": float(np.mean(distances))}

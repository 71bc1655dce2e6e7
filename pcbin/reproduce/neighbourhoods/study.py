"""Beyond poster B from data to page."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pcbin.reproduce import charts, runs
from pcbin.reproduce.about import versions
from pcbin.reproduce.clustering.consumer import CODED, consumer, frozen
from pcbin.reproduce.clustering.measure import measure_all
from pcbin.reproduce.clustering.sections import reconstructions, vendor_and_consumer
from pcbin.reproduce.clustering.summary import summary
from pcbin.reproduce.clustering.trials import Study, Trial, images_of, prepare, title
from pcbin.reproduce.neighbourhoods import clouds
from pcbin.reproduce.page import Page
from pcbin.reproduce.style import pyplot
from pcbin.training.recipe import Recipe

NEW, PLAIN = "neighbours", "neighbours-plain"
NAMES = {NEW: "neighbourhoods", PLAIN: "neighbourhoods, plain", "binary": "binary autoencoder"}
EFFORT = 5
"""Of the codes that are measured; the network's own codes, without a search, are measured too."""
MNIST, FASHION = "mnist", "fashion"
Json = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How many seeds of what."""

    seeds: int = 10  # of the lengths that the claims are about
    others: int = 2
    bits: tuple[int, ...] = (64, 128)
    more: tuple[int, ...] = (32, 256)  # for the curves

    def plan(self) -> list[tuple[str, int, int]]:
        """(system, bits or dimensions, seeds)."""
        return [
            *(
                (NEW, bits, self.seeds if bits in self.bits else self.others)
                for bits in sorted((*self.bits, *self.more))
            ),
            *(("binary", bits, self.others) for bits in self.bits),
            ("VAB", 80, self.others),
            ("VaDE", 10, self.others),
            ("K-means", 0, self.others),
            ("GMM", 0, self.others),
        ]

    def plan_of_fashion(self) -> list[tuple[str, int, int]]:
        return [
            (PLAIN, self.bits[-1], self.others),
            ("VaDE", 10, self.others),
            ("K-means", 0, self.others),
        ]


def reproduce(
    data: Path,
    out: Path,
    *,
    fashion: Path | None = None,
    seeds: int | None = None,
    tiny: bool = False,
    device: str = "cpu",
    command: str = "",
    report: Callable[[str], None] = print,
) -> Path:
    """Trains every system with every seed, measures, and writes the page; returns its path.

    data: a folder with mnist.npz, and with ModelNet10's files if clouds are wanted; or an .npz file like
    MNIST's. fashion: a folder of Fashion-MNIST's IDX files; None omits them. tiny: a quick try with few
    images and small networks. Raises InputError, MissingDependency.
    """
    pyplot()  # what is missing is said before hours of training
    began = time.monotonic()
    size = Size(seeds=2, others=2, bits=(16, 32), more=()) if tiny else Size()
    size = dataclasses.replace(size, seeds=seeds or size.seeds)
    page = Page(out, "beyond-b", "Beyond poster B: clusters of neighbourhoods, read from bits")
    page.text(
        "The clusters of a set's neighbourhood graph, found without labels, guide the training of binary "
        "codes and their Bernoulli mixture; the consumer then reads clusters from the codes and the mixture "
        "alone, as in poster B. Every choice of the recipe was fixed before the runs of this page, and in "
        "them labels measure; they neither train nor choose. `docs/reproducing.md` has the rules, and how "
        "the recipe was developed."
    )
    results: Json = {}
    digits = _study(images_of(data), out / MNIST, tiny, device, report)
    rows = _measured(digits, size.plan(), out / MNIST)
    _table(page, "Handwritten digits", MNIST, rows, digits)
    _curves(page, rows)
    results[MNIST] = {str(bits): rows[NEW, bits] for bits in sorted((*size.bits, *size.more))}
    results["beside"] = {_key(*which): row for which, row in rows.items() if which[0] != NEW}
    results["vendor_and_consumer"] = _consumer(page, Trial(NEW, size.bits[-1], 0, out / MNIST), digits)
    binary = [which for which in rows if which[0] in (NEW, "binary", "VAB")]
    reconstructions(page, digits, [(title(*which, NAMES), *which) for which in binary], out / MNIST)
    if fashion is None:
        report("no folder of Fashion-MNIST is given; the clothes are left out")
    else:
        clothes = _study(fashion, out / FASHION, tiny, device, report)
        rows = _measured(clothes, size.plan_of_fashion(), out / FASHION)
        _table(page, "Clothes, without what is known about digits", FASHION, rows, clothes)
        results[FASHION] = {_key(*which): row for which, row in rows.items()}
    if not clouds.found_in(data):
        report(f"{data}: without ModelNet10's files; the clouds are left out")
    else:
        results["clouds"] = clouds.study(page, data, out / "clouds", tiny=tiny, device=device, report=report)
    page.heading("How this was made")
    results["about"] = {
        **versions(command),
        "minutes_of_all_runs": round(_minutes(results)),
    }
    page.text(
        f"`{command}`: {_minutes(results) / 60:.1f} hours for all runs. Recipes: `neighbours.toml`, "
        "`neighbours-plain.toml`, `neighbours-clouds.toml`, "
        "`binary.toml`, `vab.toml` and `vade.toml` in `pcbin/reproduce/recipes`, the number of bits and the "
        "seed changed."
    )
    made = page.finish(results)
    report(f"{made}  ({(time.monotonic() - began) / 60:.1f} min)")
    return made


def _minutes(results: Json) -> float:
    """Of all runs that a page shows."""
    images = [*results[MNIST].values(), *results["beside"].values(), *results.get(FASHION, {}).values()]
    spent = sum(row["minutes_mean"] * len(row["seeds"]) for row in images)
    return float(spent + sum(row["minutes"] for row in results.get("clouds", {}).values()))


def _study(path: Path, out: Path, tiny: bool, device: str, report: Callable[[str], None]) -> Study:
    recipes = {name: runs.shipped(name.lower()) for name in (NEW, PLAIN, "binary", "VAB", "VaDE")}
    if tiny:
        recipes = {key: _smaller(plan) for key, plan in recipes.items()}
    few = (600, out / "data") if tiny else None
    return prepare(path, recipes, few=few, device=device, report=report, effort=EFFORT)


def _smaller(plan: Recipe) -> Recipe:
    few = dataclasses.replace(plan.neighbourhood, copies=min(plan.neighbourhood.copies, 2))
    return dataclasses.replace(runs.smaller(plan, steps=60, widths=64), neighbourhood=few)


def _measured(study: Study, plan: Sequence[tuple[str, int, int]], out: Path) -> dict[tuple[str, int], Json]:
    """The summary of each system and size. plan: system, size and seeds of each."""
    trials = [[Trial(system, size, seed, out) for seed in range(seeds)] for system, size, seeds in plan]
    rows = {}
    for which, group in measure_all(study, trials).items():
        row = summary(group)
        if "bpp_coded_mean" in row:
            row["bpp_coded"] = row["bpp_coded_mean"]
        rows[which] = row
    return rows


def _key(system: str, size: int) -> str:
    return f"{system}-{size}" if size else system


def _table(page: Page, heading: str, name: str, rows: Mapping[tuple[str, int], Json], study: Study) -> None:
    page.heading(heading)

    def number(row: Json, key: str, factor: float = 1.0, digits: int = 2) -> str:
        return f"{factor * row[key]:.{digits}f}" if row.get(key) else "-"

    head = ["system", "seeds", "ACC, %", "NMI, %", "ARI, %", "PSNR, dB", "BPP", "BPP coded"]
    head += ["PSNR, no search", "BPP coded, no search", "minutes"]
    lines = [
        [
            title(*which, NAMES),
            str(len(row["seeds"])),
            f"{100 * row['acc_mean']:.2f} ± {100 * row['acc_sem']:.2f}",
            number(row, "nmi_mean", 100, 1),
            number(row, "ari_mean", 100, 1),
            number(row, "psnr_mse_mean"),
            number(row, "bpp", digits=3),
            number(row, "bpp_coded", digits=3),
            number(row, "psnr_mse_network_mean"),
            number(row, "bpp_coded_network_mean", digits=3),
            f"{row['minutes_mean']:.1f}",
        ]
        for which, row in rows.items()
    ]
    page.table(
        f"{name}-table", head, lines,
        f"Trained on {len(study.train):,} images without labels, measured on {len(study.test):,}; mean ± "
        "standard error of the mean over the seeds. ACC: clusters matched to classes by the Hungarian "
        "method. PSNR: 10 log10(1 / mean squared error of all images). BPP: bits per pixel; coded: entropy "
        "coded with the integer table that the model carries. A float is charged 32 bits. Codes are searched "
        f"for with effort {EFFORT}; no search: the network's own, of the same clusters where there is a "
        "mixture. Minutes: of training, freezing and measuring; runs of one seed share the clusters of the "
        "graph, so that the first of them takes longer.",
    )  # fmt: skip


def _curves(page: Page, rows: Mapping[tuple[str, int], Json]) -> None:
    systems: dict[str, list[tuple[str, int]]] = {}
    for which in rows:
        if which[1]:
            systems.setdefault(NAMES.get(which[0], which[0]), []).append(which)
    for name, factor, label, caption in (
        ("acc", 100, "ACC, %", "Clustering accuracy"),
        ("psnr_mse", 1, "PSNR of the mean squared error, dB", "PSNR"),
    ):
        for rate, said in (("bpp", ""), ("bpp_coded", ", entropy coded")):
            curves = {
                title: [
                    (rows[one][rate], factor * rows[one][f"{name}_mean"], factor * rows[one][f"{name}_sem"])
                    for one in group
                    if rate in rows[one]
                ]
                for title, group in systems.items()
            }
            unsearched = {
                title: [
                    (
                        rows[one]["bpp" if rate == "bpp" else "bpp_coded_network_mean"],
                        rows[one][f"{name}_network_mean"],
                        0.0,
                    )
                    for one in group
                ]
                for title, group in systems.items()
                if name == "psnr_mse" and all("psnr_mse_network_mean" in rows[one] for one in group)
            }
            lines = {
                system: (100 * rows[system, 0]["acc_mean"], 100 * rows[system, 0]["acc_sem"])
                for system in ("K-means", "GMM")
                if name == "acc" and (system, 0) in rows
            }
            page.figure(
                f"{name.split('_')[0]}-against-{rate.replace('_', '-')}",
                charts.against_rate,
                f"{caption} against the rate{said}: means over the seeds, the band is the standard error of "
                "the mean."
                + (" Dotted: on raw pixels, which have no rate." if lines else "")
                + (" Dashed: the networks' own codes, without a search." if unsearched else ""),
                curves={k: v for k, v in curves.items() if v},
                lines=lines,
                label=label,
                dashed=("no search", unsearched),
            )


def _consumer(page: Page, trial: Trial, study: Study) -> Json:
    found = consumer(study, trial)
    coded = (trial.run / CODED).stat().st_size
    table = frozen(trial.run, study.data).entropy_table
    assert table is not None
    components = len(table.weights)
    results = vendor_and_consumer(
        page,
        found,
        study.test.labels,
        f"{len(study.test):,} test images in one file of {found.codes_bytes:,} bytes ({coded:,} entropy "
        f"coded, and read back the same, with an integer mixture of {components} components that the model "
        f"carries for it), and a mixture of {found.mixture_bytes:,} bytes for the clusters: from these two "
        f"alone, without any network, the clusters are right for {100 * found.accuracy:.2f} % of the images. "
        f"By hand: `pcbin cluster test.pcb --mixture mixture.pcbm`. The run is the one with seed 0 "
        f"({trial.name}).",
    )
    return {**results, "codes_entropy_coded_bytes": coded, "entropy_components": components}

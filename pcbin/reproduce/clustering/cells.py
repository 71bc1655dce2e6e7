"""One system, one setting, one seed: trained and measured once, then read from its file."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import pcbin
from pcbin.arrays import Codes, grey_values
from pcbin.cluster import Mixture
from pcbin.codec import Codec
from pcbin.datasets.images import Images
from pcbin.formats import pcb
from pcbin.formats.atomic import write_atomic
from pcbin.formats.model_file import load_model
from pcbin.metrics import accuracy, ari, image_psnr, nmi
from pcbin.models.bernoulli_mixture import evenness
from pcbin.models.model import Model
from pcbin.reproduce import runs
from pcbin.training import checkpoint
from pcbin.training.freeze import freeze
from pcbin.training.neighbourhood.pseudo_labels import NAME as NEIGHBOURHOOD
from pcbin.training.recipe import Recipe
from pcbin.training.train import CHECKPOINT, train

CLUSTERS = 10
FLOAT_BITS = 32
Clusters = npt.NDArray[np.integer[Any]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Cell:
    """Where a cell's files lie, and what makes it. system: "VAB" and so on; size: bits, or dimensions."""

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


@dataclass(frozen=True)
class Study:
    """What all cells share."""

    data: Path
    train: Images
    test: Images
    recipes: dict[str, Recipe]
    device: str
    report: Report
    effort: int = 0
    """Of the codes that are measured. The poster has no search."""

    def cell(self, cell: Cell) -> dict[str, Any]:
        """A cell's figures, from its file or anew."""
        if cell.result.exists():
            found: dict[str, Any] = json.loads(cell.result.read_text(encoding="utf-8"))
            return found
        self.report(f"{cell.name}")
        began = time.monotonic()
        made = self._classical if cell.system in ("K-means", "GMM") else self._network
        figures = {"seed": cell.seed, **made(cell)}
        figures.setdefault("minutes", _minutes(time.monotonic() - began))
        cell.result.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(cell.result, json.dumps(figures).encode(), overwrite=True)
        self.report(f"  ACC {100 * figures['acc']:.1f} %  {figures['minutes']} min")
        return figures

    def _classical(self, cell: Cell) -> dict[str, Any]:
        """On raw pixels, as the poster does."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        train, test = (grey_values(s.pixels).reshape(len(s), -1) for s in (self.train, self.test))
        if cell.system == "K-means":
            means = KMeans(CLUSTERS, n_init=1, random_state=cell.seed).fit(train)
            return {**scores(self.test.labels, means.predict(test)), "fit": -float(means.inertia_)}
        # what is added to the variances keeps components off the pixels that are always black
        mixture = GaussianMixture(
            CLUSTERS, covariance_type="diag", reg_covar=1e-3, init_params="k-means++", random_state=cell.seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # 100 iterations are what is compared
            mixture.fit(train)
        return {**scores(self.test.labels, mixture.predict(test)), "fit": float(mixture.lower_bound_)}

    def _network(self, cell: Cell) -> dict[str, Any]:
        plan = self.recipes[cell.system]
        plan = dataclasses.replace(
            plan,
            name=cell.name,
            latent=dataclasses.replace(plan.latent, size=cell.size),
            train=dataclasses.replace(plan.train, seed=cell.seed),
        )
        self._share(cell)
        path = train(
            plan, self.data, cell.run, device=self.device, report=lambda line: self.report("  " + line)
        )
        began = time.monotonic()
        figures = self._floats(cell) if plan.latent.kind == "gaussian-mixture" else self._bits(cell)
        trained = checkpoint.read(path).state.seconds  # also what earlier calls have spent
        return {**figures, "minutes": _minutes(trained + time.monotonic() - began)}

    def _share(self, cell: Cell) -> None:
        """Clusters of a neighbourhood depend on the seed alone: another run of it may have found them."""
        found = sorted(cell.run.parent.glob(f"{cell.system.lower()}-*-seed{cell.seed}/{NEIGHBOURHOOD}"))
        if found and not cell.run.exists():
            cell.run.mkdir(parents=True)
            shutil.copy(found[0], cell.run)

    def _floats(self, cell: Cell) -> dict[str, Any]:
        system = runs.load(cell.run)
        test = grey_values(self.test.pixels)
        with torch.no_grad():
            params = system.params(test)
            z = system.latent.mean(params)
            clusters = system.latent.log_responsibilities(z).argmax(dim=1).numpy()  # type: ignore[operator, unused-ignore]
        rate = FLOAT_BITS * cell.size / test[0].size
        return {
            **scores(self.test.labels, clusters),
            **_quality(test, system.decode(z)),
            "bpp": rate,
            "steps": system.recipe.train.steps,
        }

    def _bits(self, cell: Cell) -> dict[str, Any]:
        """Through the frozen model and real files: vendor and consumer share nothing else.

        A latent without a mixture gets one that is fitted to its training codes.
        """
        vendor = Codec(frozen(cell.run, self.data), effort=self.effort)
        archive, mixture = cell.run / "test.pcb", cell.run / "mixture.pcbm"
        with pcbin.open(archive, "w", model=vendor.model, effort=self.effort) as writer:
            writer.extend(self.test.pixels)
        network = Codec(vendor.model, effort=0)
        trained = network.codes(self.train.pixels)[0]
        found = (
            Mixture.fit(trained, CLUSTERS, model_id=vendor.model.id, seed=cell.seed)
            if vendor.model.mixture is None
            else Mixture.of(vendor.model)
        )
        found.save(mixture, overwrite=True)
        clusters = consume(archive, mixture)
        test = grey_values(self.test.pixels)
        with pcbin.open(archive) as reader:
            codes = reader.codes()
        restored: Any = np.stack(list(vendor.restore(codes)))
        decoded = restored / 255
        sizes = np.bincount(found.labels(trained))
        return {
            **scores(self.test.labels, clusters),
            **_quality(test, decoded),
            "bpp": cell.size / test[0].size,
            **coded(vendor, codes, test[0].size, cell.run / "test-coded.pcb"),
            **(self._without_search(network, found) if self.effort else {}),
            "evenness": evenness(sizes[sizes > 0] / sizes.sum()),
            "steps": self.recipes[cell.system].train.steps,
        }

    def _without_search(self, network: Codec, mixture: Mixture) -> dict[str, float]:
        """The same figures of the network's own codes."""
        codes, test = network.codes(self.test.pixels)[0], self.test
        restored: Any = np.stack(list(network.restore(codes)))
        decoded = restored / 255
        quality = _quality(grey_values(test.pixels), decoded)
        return {
            "acc_network": accuracy(test.labels, mixture.labels(codes)),
            "psnr_mse_network": quality["psnr_mse"],
            "bpp_coded_network": rate(network, codes) / test.pixels[0].size,
        }


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 2)


def scores(labels: npt.NDArray[Any], clusters: Clusters) -> dict[str, float]:
    """How well clusters stand for labels, both (S,)."""
    return {
        "acc": accuracy(labels, clusters),
        "nmi": nmi(labels, clusters),
        "ari": ari(labels, clusters),
    }


def frozen(run: Path, data: Path) -> Model:
    """The model of a run's folder, as `pcbin freeze` makes it; beside its checkpoint."""
    path = run / "model.safetensors"
    if not path.exists():
        write_atomic(path, freeze(run / CHECKPOINT, data), overwrite=True)
    return Model(load_model(path.read_bytes(), where=str(path)))


def coded(vendor: Codec, codes: Codes, pixels: int, path: Path) -> dict[str, float]:
    """What images of so many pixels each cost entropy coded, in bits per pixel: their codes, and a file of
    them with everything.

    The file is written at `path` and read back; the codes must be the same.
    """
    table = vendor.entropy_table()
    with pcb.create_archive(
        path, overwrite=True, model_id=vendor.model.id, code_bits=vendor.bits, table=table
    ) as writer:
        writer.add_many(codes)
    with pcbin.open(path, model=vendor.model) as reader:
        if not np.array_equal(reader.codes(), codes):
            raise RuntimeError(f"{path}: entropy coding lost a code")  # never: it is exact
    return {
        "bpp_coded": rate(vendor, codes) / pixels,
        "bpp_file_coded": 8 * path.stat().st_size / (pixels * len(codes)),
    }


def rate(codec: Codec, codes: Codes) -> float:
    """Mean bits of a code under the model's entropy table."""
    return float(codec.entropy_table().cost(codes).mean())


def consume(archive: Path, mixture: Path) -> Clusters:
    """The consumer: clusters of the codes in a .pcb file, from nothing but the file and the mixture."""
    found = Mixture.load(mixture)
    with pcbin.open(archive) as reader:
        found.check(reader.model_id, reader.bits)
        return found.labels(reader.codes())


def _quality(original: npt.NDArray[Any], decoded: npt.NDArray[Any]) -> dict[str, float]:
    """PSNR in dB, as a mean over the images and of the mean squared error."""
    squared = float(np.square(original.astype(np.float64) - decoded).mean())
    return {"psnr": float(image_psnr(original, decoded).mean()), "psnr_mse": float(-10 * np.log10(squared))}

"""Measures how far generated chairs are from real ones, for each prior of `pcbin generate`.

python benchmarks/generation.py --data ../shared/data -o docs/results/generation.json
pcbin train pcbin/reproduce/recipes/ae.toml --data ../shared/data -o AE   # then, with poster A's autoencoder:
python benchmarks/generation.py --data ../shared/data --ae AE -o docs/results/generation.json

As many chairs as the test split of ModelNet10 has are generated, three times, and compared with it:
MMD-CD, coverage and the accuracy of a nearest-neighbour classifier (docs/metrics.md). Beside the priors:
chairs of the training split, codes of such chairs, and what an autoencoder without bits decodes from a
Gaussian distribution fitted to its latents. Rows that the file of the figures has already stay as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402

import pcbin  # noqa: E402
from pcbin import datasets  # noqa: E402
from pcbin.arrays import Float32, normalise  # noqa: E402
from pcbin.generation import PRIORS, prior_of  # noqa: E402
from pcbin.metrics import GeneratedSet  # noqa: E402

MODEL, FILE = "chair", "modelnet10_chair.npz"
POINTS = 2048
SEEDS = (0, 1, 2)

Maker = Callable[[int, int], Any]
"""A count and a seed -> so many clouds."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--ae", type=Path, metavar="RUN", help="a run of the recipe ae.toml; needs torch")
    made.add_argument("--limit", type=int, help="at most so many test chairs")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="for the figures")
    return made


def loaded(folder: Path, split: str) -> Float32:
    """(S, POINTS, 3) normalised chairs."""
    shapes = datasets.load(folder / FILE, split=split)
    return np.stack([fitted(shape) for shape in shapes.points])


def fitted(cloud: Any) -> Float32:
    """(POINTS, 3): the first points, normalised as the metrics want it."""
    found, _ = normalise(np.asarray(cloud[:POINTS], np.float64))
    return found.astype(np.float32)


def makers(train: Float32, ae: Path | None) -> Iterator[tuple[str, Maker]]:
    """What is compared, by name."""
    model = pcbin.load_model(MODEL)
    codec = pcbin.Codec(model, effort=0, orient="keep", warn=False)
    for name in PRIORS:
        mixture = prior_of(model, name)
        yield name, lambda count, seed, of=mixture: codec.restore(of.sample(count, seed=seed))  # type: ignore[misc]
    if ae is not None:
        yield "gaussian of an autoencoder", gaussian(train, ae)
    yield (
        "codes of training chairs",
        lambda count, seed: codec.restore(codec.codes(drawn(train, count, seed))[0]),
    )
    yield "training chairs", lambda count, seed: drawn(train, count, seed)


def drawn(clouds: Float32, count: int, seed: int) -> Float32:
    return clouds[np.random.default_rng(seed).choice(len(clouds), count, replace=False)]


def gaussian(train: Float32, run: Path) -> Maker:
    """Decodes from the Gaussian distribution of the latents of training chairs."""
    from pcbin.reproduce.runs import load

    system = load(run)
    latents = system.latent.mean(system.params(train)).numpy().astype(np.float64)
    mean, covariance = latents.mean(axis=0), np.cov(latents.T)

    def make(count: int, seed: int) -> Any:
        return system.decode(np.random.default_rng(seed).multivariate_normal(mean, covariance, count))

    return make


def measured(make: Maker, reference: Float32) -> dict[str, float]:
    """The means over the seeds, and the range of the seeds' accuracies."""
    rows = []
    for seed in SEEDS:
        generated = [fitted(cloud) for cloud in make(len(reference), seed)]
        found = GeneratedSet(generated, reference)
        rows.append((found.mmd_cd_e3, found.coverage, found.one_nn_accuracy))
    mmd, coverage, accuracy = np.array(rows).T
    return {
        "mmd_cd_e3": float(mmd.mean()),
        "coverage": float(coverage.mean()),
        "one_nn_accuracy": float(accuracy.mean()),
        "one_nn_accuracy_least": float(accuracy.min()),
        "one_nn_accuracy_most": float(accuracy.max()),
    }


def main() -> None:
    options = parser().parse_args()
    reference = loaded(options.data, "test")[: options.limit]
    train = loaded(options.data, "train")
    model = pcbin.load_model(MODEL)
    result: dict[str, Any] = {
        "model": model.name, "bits": model.default_bits, "reference": len(reference), "seeds": len(SEEDS),
        "pcbin": pcbin.__version__, "rows": {},
    }  # fmt: skip
    if options.out is not None and options.out.exists():
        before = json.loads(options.out.read_text(encoding="utf-8"))
        if {**before, "rows": {}} == result:
            result["rows"] = before["rows"]
    for name, make in makers(train, options.ae):
        if name in result["rows"]:
            continue
        row = result["rows"][name] = measured(make, reference)
        print(
            f"{name}: MMD-CD {row['mmd_cd_e3']:.2f}e-3, coverage {100 * row['coverage']:.0f} %, "
            f"1-NNA {100 * row['one_nn_accuracy']:.0f} %",
            flush=True,
        )
        if options.out is not None:
            options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Measures what the default command makes of scans of chairs: noisy, with outliers, cut in half.

python benchmarks/scans.py --data ../shared/data -o docs/results/any-object
python benchmarks/scans.py --data ../shared/data --validation    # for choices

2048 points, ModelNet10 chairs, at most 256 bits each. Noise is normal, 1 % of the box diagonal along each
axis. Outliers are 2 % of the points, moved to places drawn evenly from a ball of 3 diagonals around the
centre. Halves are what lies on one side of a plane through the median point, of any direction. Distances are
Chamfer x 1e3, the unit the diagonal of the cloud that is measured to: the clean cloud, for noise also the
noisy one; for halves what is there, and the whole chair.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402

import pcbin  # noqa: E402
from benchmarks.card import sets  # noqa: E402
from pcbin.arrays import Float64, box  # noqa: E402
from pcbin.auto import AUTO, encoder  # noqa: E402
from pcbin.coding.options import Options  # noqa: E402
from pcbin.metrics import distortion  # noqa: E402

NOISE, OUTLIERS, WITHIN = 0.01, 0.02, 3.0


def noisy(cloud: Float64, rng: np.random.Generator) -> Float64:
    moved: Float64 = cloud + rng.normal(0, NOISE * box(cloud)[1], cloud.shape)
    return moved


def with_outliers(cloud: Float64, rng: np.random.Generator) -> Float64:
    center, diagonal = box(cloud)
    number = round(OUTLIERS * len(cloud))
    far = rng.normal(size=(number, 3))
    far *= rng.uniform(size=(number, 1)) ** (1 / 3) / np.linalg.norm(far, axis=1, keepdims=True)
    found: Float64 = cloud.copy()
    found[rng.choice(len(cloud), number, replace=False)] = center + WITHIN * diagonal * far
    return found


def half(cloud: Float64, rng: np.random.Generator) -> Float64:
    along = cloud @ rng.normal(size=3)
    kept: Float64 = cloud[along >= np.median(along)]
    return kept


SCANS: dict[str, Callable[[Float64, np.random.Generator], Float64]] = {
    "noise": noisy,
    "outliers": with_outliers,
    "half": half,
    "clean": lambda cloud, rng: cloud,
}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--bits", type=int, default=256)
    made.add_argument("--scans", nargs="+", default=list(SCANS), choices=list(SCANS))
    made.add_argument("--model", default=AUTO, help="one model (default auto, as the command has it)")
    made.add_argument("--effort", type=int, help="default 1, as the command has it")
    made.add_argument("--limit", type=int, help="at most so many chairs, spread over the set")
    made.add_argument("--validation", action="store_true", help="held-out training shapes in place of test")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="for scans.json")
    return made


def measured(name: str, clouds: list[Float64], options: argparse.Namespace) -> dict[str, Any]:
    """The mean distances of what the scans of clean clouds decode to."""
    coder = encoder(
        options.model,
        Options(bits=options.bits, effort=options.effort, warn=False),
    )
    rng = np.random.default_rng(options.seed)
    to_scan, to_clean, bits, left_out = [], [], [], []
    models: dict[str, int] = {}
    began = time.process_time()
    for cloud in clouds:
        scan = SCANS[name](cloud, rng)
        coded = coder.code(scan)
        decoded = coded.restore()
        to_scan.append(1e3 * distortion(scan, decoded).chamfer)
        to_clean.append(1e3 * distortion(cloud, decoded).chamfer)
        bits.append(coded.bits)
        left_out.append(0 if coded.left_out is None else int(coded.left_out.sum()))
        models[coded.codec.model.name] = models.get(coded.codec.model.name, 0) + 1
    assert max(bits) <= options.bits, "a code is longer than was asked for"
    return {
        "scan": name,
        "split": "validation" if options.validation else "test",
        "clouds": len(clouds),
        "at_most_bits": options.bits,
        "mean_bits": float(np.mean(bits)),
        "to_scan_e3": float(np.mean(to_scan)),
        "to_clean_e3": float(np.mean(to_clean)),
        "median_to_scan_e3": float(np.median(to_scan)),
        "median_to_clean_e3": float(np.median(to_clean)),
        "left_out": float(np.mean(left_out)),
        "models": models,
        "seconds": (time.process_time() - began) / len(clouds),
    }


def main() -> None:
    options = parser().parse_args()
    data = sets.read(
        pcbin.load_model("chair"), options.data, validation=options.validation, limit=options.limit
    )
    clouds = [shape.cloud for shape in data.sets["ModelNet10"]]
    results = []
    for name in options.scans:
        results.append(one := measured(name, clouds, options))
        print(
            f"{name:9} to what was scanned {one['to_scan_e3']:.3f} (median {one['median_to_scan_e3']:.3f}), "
            f"to the clean chair {one['to_clean_e3']:.3f} (median {one['median_to_clean_e3']:.3f}), "
            f"{one['mean_bits']:.0f} bits, {one['left_out']:.1f} left out, {one['models']}, "
            f"{one['seconds']:.2f} s",
            flush=True,
        )
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(results, indent=1) + "\n"
        (options.out / "scans.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

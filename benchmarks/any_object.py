"""Measures what the default command makes of objects of all kinds, at most so many bits each.

python benchmarks/any_object.py --data ../shared/data -o docs/results/any-object
python benchmarks/any_object.py --data ../shared/data --model cells --sets princeton -o trial

Figures that are in the folder already are replaced where they are measured again.

Every cloud has a hard cap of bits. 2,048 points go in and 2,048 come out. The test splits are for reporting:
chairs, everyday objects, and electronic parts of families that no model has learned from (those that the
recipe of `cells` leaves out). The data stays with its owners: pcbin ships none of it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import time  # noqa: E402

import numpy as np  # noqa: E402

from pcbin import datasets  # noqa: E402
from pcbin.auto import AUTO, encoder  # noqa: E402
from pcbin.coding.options import Options  # noqa: E402
from pcbin.errors import PcbinError  # noqa: E402
from pcbin.training import recipe  # noqa: E402

POINTS = 2048
RECIPE = Path(__file__).parents[1] / "models" / "cells" / "recipe.toml"
MODELS = {"unseen parts": "cells"}
"""`parts` has learned from all families: only `cells` can be measured on those that are left out."""
BITS = {"chairs": (128, 256, 512, 1024, 2048), "princeton": (128, 256, 512), "unseen parts": (128, 256, 512)}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--sets", nargs="+", default=list(BITS), choices=list(BITS))
    made.add_argument("--bits", type=int, nargs="+", help="in place of each set's own")
    made.add_argument(
        "--model", help="one model (default auto, as the command has it; cells for unseen parts)"
    )
    made.add_argument("--effort", type=int, help="default 1, as the command has it")
    made.add_argument("--limit", type=int, help="at most so many clouds of a set, spread over it")
    made.add_argument("--split", default="test", choices=["test", "train"], help="train: for choices")
    made.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="for the figures")
    return made


def clouds(name: str, data: Path, split: str) -> datasets.Shapes:
    """A set, without what is not meant."""
    if name == "unseen parts":
        families = [
            family
            for source in recipe.load(RECIPE).data
            for family in source.leave_out or ()
        ]  # fmt: skip
        whole = datasets.load(data / "kicad_parts.npz", split=split)
        labels = whole.labels.tolist()
        rows = np.array([any(fnmatchcase(label, family) for family in families) for label in labels])
        return datasets.Shapes(
            *(part[rows] for part in (whole.points, whole.groups, whole.labels, whole.names))
        )
    file = {"chairs": "modelnet10_chair.npz", "princeton": "princeton_shape_benchmark.npz"}[name]
    return datasets.load(data / file, split=split)


def measured(shapes: datasets.Shapes, bits: int, model: str, options: argparse.Namespace) -> dict[str, Any]:
    """The means over the clouds of a set, and each class."""
    coder = encoder(model, Options(bits=bits, effort=options.effort, warn=False))
    rows = np.arange(len(shapes))
    if options.limit is not None and options.limit < len(rows):
        rows = np.linspace(0, len(rows) - 1, options.limit).round().astype(int)
    found, failed, began = [], 0, time.process_time()
    for row in rows:
        cloud = shapes.points[row, :POINTS].astype(np.float64)
        try:
            coded = coder.code(cloud)
        except PcbinError:
            failed += 1
            continue
        chamfer = coded.evaluate(cloud).chamfer_e3
        found.append((str(shapes.labels[row]), coded.codec.model.name, coded.bits, chamfer))
    values = np.array([chamfer for *_, chamfer in found])
    longest = max(one[2] for one in found)
    assert longest <= bits, "a code is longer than was asked for"
    coders = sorted({one[1] for one in found})
    labels = sorted({one[0] for one in found})
    return {
        "clouds": len(found),
        "failed": failed,
        "at_most_bits": bits,
        "effort": options.effort,
        "model": model,
        "chamfer_e3": float(values.mean()),
        "median": float(np.median(values)),
        "p90": float(np.percentile(values, 90)),
        "mean_bits": float(np.mean([one[2] for one in found])),
        "longest": longest,
        "seconds": (time.process_time() - began) / len(rows),
        "models": {name: sum(one[1] == name for one in found) for name in coders},
        "classes": {label: float(np.mean([one[3] for one in found if one[0] == label])) for label in labels},
    }


def run(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in options.sets:
        shapes = clouds(name, options.data, options.split)
        for bits in options.bits or BITS[name]:
            model = options.model or MODELS.get(name, AUTO)
            yield name, measured(shapes, bits, model, options)


def main() -> None:
    options = parser().parse_args()
    file = None if options.out is None else options.out / "results.json"
    results: list[dict[str, Any]] = json.loads(file.read_text()) if file is not None and file.exists() else []
    for name, one in run(options):
        same = (name, options.split, one["at_most_bits"])
        results = [old for old in results if (old["set"], old["split"], old["at_most_bits"]) != same]
        results.append({"set": name, "split": options.split, **one})
        print(
            f"{name:13} {one['at_most_bits']:5} bits  chamfer {one['chamfer_e3']:.3f}  "
            f"median {one['median']:.3f}  {one['mean_bits']:.0f} bits on average  "
            f"{one['seconds']:.2f} s  {one['models']}",
            flush=True,
        )
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()

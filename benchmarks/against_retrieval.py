"""Measures the default command against retrieval, class by class.

python benchmarks/against_retrieval.py --data ../shared/data -o docs/results/any-object

For each set: the nearest shapes of its training split, whole, stretched to the box, and octant by octant, for
a few test shapes of each class, spread over it. All of them take fewer bits than the 128 of the default
command; the tables that a decoder of theirs needs are not counted. Figures are kept set by set, and replaced
where they are measured again. What retrieval learned lies in the cache for the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402

from benchmarks.card.sets import ORIGINS, POINTS  # noqa: E402
from benchmarks.rate_distortion.cache import Cache  # noqa: E402
from benchmarks.rate_distortion.octants import NearestOctants  # noqa: E402
from benchmarks.rate_distortion.progress import Progress  # noqa: E402
from benchmarks.rate_distortion.retrieval import NearestShape, NearestShapeInBox  # noqa: E402
from pcbin import datasets  # noqa: E402
from pcbin.arrays import Float32, normalise  # noqa: E402
from pcbin.auto import DEFAULT_BITS, Auto  # noqa: E402
from pcbin.coding.options import Options  # noqa: E402
from pcbin.datasets import Shapes  # noqa: E402
from pcbin.metrics import distortion  # noqa: E402

Retrieval = NearestShape | NearestShapeInBox | NearestOctants
SETS = {
    "modelnet10_chair": "test",
    "princeton_shape_benchmark": "test",
    "modelnet10_others_1024": "test",
    "modelnet10_others_2048": "test",
    "shapeassembly_table": "val",
    "kicad_parts": "test",
    "shapeassembly_chair": "val",
}
"""File -> the split that is coded."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    made.add_argument("--shapes", type=int, default=8, help="at most so many of each class")
    made.add_argument("--cache", type=Path, help="default: the folder of the figures")
    made.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FOLDER", help="for retrieval.json, .md"
    )
    return made


def clouds(shapes: Shapes) -> list[Float32]:
    """(POINTS, 3) each, normalised. Sums over points are compared, so all must have equally many: those of a
    set with fewer have each of them twice."""
    return [np.resize(normalise(one[:POINTS].astype(np.float64))[0], (POINTS, 3)) for one in shapes.points]


def by_class(shapes: Shapes, most: int, label: str | None) -> dict[str, list[int]]:
    """Class -> rows, spread over the class. label: of all, where the set tells no classes."""
    labels = np.array([label or name for name in shapes.labels.tolist()])
    chosen = {}
    for name in sorted(set(labels.tolist())):
        rows = np.flatnonzero(labels == name)
        some = np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)
        chosen[name] = rows[some].tolist()
    return chosen


def measured(name: str, options: argparse.Namespace, progress: Progress) -> list[dict[str, Any]]:
    """A row for each class of a set."""
    path = options.data / f"{name}.npz"
    origin = ORIGINS[path.name]
    train = clouds(datasets.load(path, split="train"))
    test = datasets.load(path, split=SETS[name])
    cache = Cache((options.cache or options.out / "cache") / name)
    schemes: dict[str, Retrieval] = {
        "whole": NearestShape(), "boxed": NearestShapeInBox(), "octants": NearestOctants(),
    }  # fmt: skip
    for scheme in schemes.values():
        scheme.fit(train, cache, progress)
    coder, rows = Auto(Options(warn=False)), []
    coded_clouds = clouds(test)
    for label, chosen in by_class(test, options.shapes, origin.label).items():
        distances: dict[str, list[float]] = {kind: [] for kind in ("pcbin", *schemes)}
        bits = dict.fromkeys(distances, 0)
        for row in chosen:
            cloud = coded_clouds[row]
            coded = coder.code(cloud)
            distances["pcbin"].append(1e3 * coded.evaluate(cloud).chamfer)
            bits["pcbin"] = max(bits["pcbin"], coded.bits)
            for kind, scheme in schemes.items():
                code = scheme.encode(cloud, scheme.settings[0])
                found = scheme.decode(code.data, scheme.settings[0])
                distances[kind].append(1e3 * distortion(cloud, found).chamfer)
                bits[kind] = code.bits
        assert max(bits.values()) <= DEFAULT_BITS
        means = {kind: float(np.mean(some)) for kind, some in distances.items()}
        rows.append(
            {
                "set": origin.collection,
                "file": name,
                "class": label,
                "clouds": len(chosen),
                "bits": bits,
                "chamfer_e3": means,
            }
        )
        progress.say(f"{name}, {label}: " + ", ".join(f"{kind} {value:.3f}" for kind, value in means.items()))
    return rows


def lost(row: dict[str, Any]) -> bool:
    """Whether some retrieval of a class is nearer."""
    chamfers = row["chamfer_e3"]
    return bool(chamfers["pcbin"] > min(chamfers.values()))


def table(rows: list[dict[str, Any]]) -> str:
    """The figures as a page of Markdown; what is nearest is bold, classes that pcbin loses come first."""
    lines = [
        "# Against retrieval, class by class",
        "",
        "Mean Chamfer x 1e3 of up to 8 test shapes of each class.",
        "Beside the default command (at most 128 bits) stand the nearest shapes of the set's training split:",
        "whole (10 to 12 bits), stretched to the box (28 to 30), and octant by octant (98 to 114).",
        "Made by `python benchmarks/against_retrieval.py --data DIR -o docs/results/any-object`.",
        "",
        "| class | of | clouds | pcbin | whole | boxed | octants |",
        "| --- | --- | --: | --: | --: | --: | --: |",
    ]
    for row in sorted(rows, key=lambda row: not lost(row)):
        chamfers = row["chamfer_e3"]
        best = min(chamfers.values())
        cells = [
            f"**{value:.3f}**" if (value := chamfers[kind]) == best else f"{value:.3f}"
            for kind in ("pcbin", "whole", "boxed", "octants")
        ]
        lines.append(f"| {' | '.join([row['class'], row['set'], str(row['clouds']), *cells])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    options = parser().parse_args()
    file, progress = options.out / "retrieval.json", Progress()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.sets:
        rows = measured(name, options, progress)
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
        rows = [row for row in kept if row["file"] != name] + rows
        file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        (options.out / "retrieval.md").write_text(table(rows), encoding="utf-8")
        progress.say(f"{len(rows)} classes so far, retrieval is nearer for {sum(map(lost, rows))}")


if __name__ == "__main__":
    main()

"""Measures how well codes find shapes of the same class, beside the continuous latent that they are made of.

python benchmarks/retrieval.py --data ../shared/data -o docs/results/retrieval.json

Each shape of ModelNet10's test split is looked up among all others. Shapes are ranked by the Hamming distance
of codes, as `pcbin similar` does it, or by the Euclidean distance of the encoder's outputs before they are
thresholded. Mean average precision: the mean, over the queries, of the precision at each shape of the class
of the query (Manning et al., 2008, section 8.4); shapes at equal distances count as the mean over all their
orders. Then some queries are turned at random, and all shapes are brought into the pose that `pcbin index`
uses, where the nearest of the query's 48 poses counts.
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

from pcbin import datasets  # noqa: E402
from pcbin.arrays import Float32, Float64, normalise, thin, unpack_bits  # noqa: E402
from pcbin.coding.frames import SIGNED  # noqa: E402
from pcbin.search import canonical  # noqa: E402

SETS = {
    "modelnet10_chair": "chair",
    "modelnet10_others_1024": None,
    "modelnet10_others_2048": None,
}
"""File -> the class of all, where the set tells none."""
MODEL, BITS = "furniture", 128
POINTS = 1024
TOGETHER = 16

Array = Any


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--turned", type=int, default=200, help="queries that are turned at random")
    made.add_argument("--limit", type=int, help="at most so many shapes of each set, spread over it")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="for the figures")
    return made


def loaded(options: argparse.Namespace) -> tuple[list[Float64], Array]:
    """The clouds of all test splits, with as many points each, and their classes."""
    clouds: list[Float64] = []
    labels: list[str] = []
    for name, label in SETS.items():
        shapes = datasets.load(options.data / f"{name}.npz", split="test")
        count = len(shapes) if options.limit is None else min(options.limit, len(shapes))
        for row in np.linspace(0, len(shapes) - 1, count).round().astype(int):
            clouds.append(shapes.points[row, :POINTS].astype(np.float64))
            labels.append(label or str(shapes.labels[row]))
    return clouds, np.array(labels)


def turned(cloud: Float64, rng: np.random.Generator) -> Float64:
    from scipy.spatial.transform import Rotation

    found: Float64 = cloud @ Rotation.from_quat(rng.normal(size=4)).as_matrix().T
    return found


class Features:
    """What shapes are compared by: codes, and the latent of the same network."""

    def __init__(self) -> None:
        self.codec = canonical.coder(MODEL, bits=BITS)

    def of(self, clouds: list[Float64]) -> dict[str, Float32]:
        """(n, d) of each kind; bits as -1 and +1, so that all distances are Euclidean."""
        model = self.codec.model
        bits = 2 * unpack_bits(self.codec.codes(clouds)[0]).astype(np.float32) - 1
        logits = []
        for start in range(0, len(clouds), TOGETHER):
            few = [thin(normalise(one)[0], model.encoder_points) for one in clouds[start : start + TOGETHER]]
            logits.append(model.logits(np.stack(few)))
        return {
            "latent": np.concatenate(logits),
            "head": bits[:, : model.head],
            "codes": bits,
        }


def squared(some: Float32, others: Float32) -> Float64:
    """(n, m)"""
    wide, far = some.astype(np.float64), others.astype(np.float64)
    found: Float64 = (wide**2).sum(1)[:, None] - 2 * wide @ far.T + (far**2).sum(1)
    return np.round(found, 9)


def average_precision(distances: Float64, relevant: Array) -> float:
    """Of one query: distances to the others (n,), and which are of its class (n,).

    Of shapes at one distance, each is expected to have the ones before it, and half of the others beside it
    that are of the class, above itself.
    """
    _, which = np.unique(distances, return_inverse=True)
    sizes, good = np.bincount(which), np.bincount(which, relevant)
    before, good_before = np.cumsum(sizes) - sizes, np.cumsum(good) - good
    total = 0.0
    for size, hits, rank, above in zip(sizes, good, before, good_before, strict=True):
        if hits:
            places = np.arange(1, size + 1)
            among = (places - 1) * (hits - 1) / max(size - 1, 1)  # of the class, before one of the class
            total += hits * float(((above + among + 1) / (rank + places)).mean())
    return total / float(good.sum())


def scores(distances: Float64, labels: Array, queries: Array) -> dict[str, float]:
    """Of (q, n) distances from queries, rows of the n shapes, to all of these; to itself none counts."""
    precision, first = [], []
    for row, query in enumerate(queries):
        others = np.arange(len(labels)) != query
        relevant = (labels == labels[query])[others]
        near = distances[row, others]
        precision.append(average_precision(near, relevant))
        first.append(float(relevant[near == near.min()].mean()))
    return {"mean_average_precision": float(np.mean(precision)), "first_of_class": float(np.mean(first))}


def main() -> None:
    options = parser().parse_args()
    clouds, labels = loaded(options)
    features = Features()
    everything = np.arange(len(clouds))
    result: dict[str, Any] = {
        "model": MODEL, "bits": BITS, "head": features.codec.model.head, "points": POINTS,
        "shapes": len(clouds), "classes": len(set(labels.tolist())), "turned_queries": options.turned,
    }  # fmt: skip
    own = features.of(clouds)
    result["as_they_stand"] = {
        kind: scores(squared(one, one), labels, everything) for kind, one in own.items()
    }
    print(json.dumps(result["as_they_stand"], indent=1), flush=True)
    rng = np.random.default_rng(options.seed)
    stood = [canonical.stood(cloud)[0].astype(np.float64) for cloud in clouds]
    own = features.of(stood)
    queries = np.linspace(0, len(clouds) - 1, min(options.turned, len(clouds))).round().astype(int)
    distances: dict[str, list[Float64]] = {kind: [] for kind in own}
    for query in queries:
        cloud = canonical.stood(turned(clouds[query], rng))[0].astype(np.float64)
        poses = features.of([cloud @ turn.T for turn in SIGNED])
        for kind, some in poses.items():
            distances[kind].append(squared(some, own[kind]).min(axis=0))
    result["turned_at_random"] = {
        kind: scores(np.stack(some), labels, queries) for kind, some in distances.items()
    }
    print(json.dumps(result["turned_at_random"], indent=1), flush=True)
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Measures how many copies of real objects are found, and how many other objects are taken for copies.

python benchmarks/duplicates.py --data ../shared/data --split train --count 100
python benchmarks/duplicates.py --data ../shared/data -o docs/results/duplicates.json

Objects are electronic parts and things of the Princeton Shape Benchmark, half each, one of each group that is
the same in the set already. Half of an object's 2,048 points are the library's, the other half are its copy:
another sampling of the same surface, which is then moved, scaled, turned, mirrored, disturbed or decimated.
Each copy is looked up in the library as `pcbin dupes` does it. Thresholds are chosen on the training splits.

The sets hold points, no meshes: decimated copies have their points moved onto triangles between 300
of them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import time  # noqa: E402

import numpy as np  # noqa: E402

from pcbin import datasets  # noqa: E402
from pcbin.arrays import thin  # noqa: E402
from pcbin.metrics import tree  # noqa: E402
from pcbin.search import canonical, descriptor, duplicates  # noqa: E402
from pcbin.search.pairs import RADIUS  # noqa: E402
from pcbin.search.registration import Surface, register  # noqa: E402

Array = Any
SETS = ("kicad_parts.npz", "princeton_shape_benchmark.npz")
CORNERS = 300
"""Of a decimated copy."""
NOISE = 0.005
"""Standard deviation in box diagonals, along each axis."""
SAME = 1.05
"""Ratio to the sampling floor, as they stand, of two objects that are the same in the set already."""
THRESHOLDS = (1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.1, 1.12, 1.15, 1.2)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--split", default="test", choices=["test", "train"], help="train: for choices")
    made.add_argument("--count", type=int, default=500, help="objects")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--jobs", type=int, default=1, help="processes")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="for the figures")
    return made


def turned(cloud: Array, rng: np.random.Generator) -> Array:
    from scipy.spatial.transform import Rotation

    return cloud @ Rotation.from_quat(rng.normal(size=4)).as_matrix().T


def about_y(cloud: Array, rng: np.random.Generator) -> Array:
    cosine, sine = np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)
    return cloud @ np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])


def decimated(cloud: Array, rng: np.random.Generator) -> Array:
    """Each point moved onto the nearest of the triangles between the five corners next to it.

    So flat faces stay flat, and what is round becomes facets, as when a mesh is decimated well.
    """
    corners = thin(cloud.astype(np.float32), CORNERS, seed=int(rng.integers(2**31))).astype(np.float64)
    near = corners[tree(corners).query(cloud, 5)[1]]
    moved = np.stack(
        [on_triangles(cloud, *np.moveaxis(near[:, list(three)], 1, 0)) for three in combinations(range(5), 3)]
    )
    best = ((moved - cloud) ** 2).sum(axis=2).argmin(axis=0)
    return moved[best, np.arange(len(cloud))]


def on_triangles(points: Array, a: Array, b: Array, c: Array) -> Array:
    """The point of each triangle that is nearest to its point; all (n, 3)."""
    edges = np.stack([b - a, c - a], axis=2)  # (n, 3, 2)
    inside = np.einsum("nkj,nj->nk", np.linalg.pinv(edges), points - a)
    flat = a + np.einsum("njk,nk->nj", edges, inside)
    sides = np.stack([_on_segment(points, *ends) for ends in ((a, b), (a, c), (b, c))])
    nearest = ((sides - points) ** 2).sum(axis=2).argmin(axis=0)
    within = (inside.min(axis=1) >= 0) & (inside.sum(axis=1) <= 1)
    return np.where(within[:, None], flat, sides[nearest, np.arange(len(points))])


def _on_segment(points: Array, start: Array, end: Array) -> Array:
    along = end - start
    length = np.maximum((along**2).sum(axis=1), 1e-15)
    share = np.clip(((points - start) * along).sum(axis=1) / length, 0, 1)
    return start + share[:, None] * along


KINDS: dict[str, Callable[[Array, np.random.Generator], Array]] = {
    "re-sampled": lambda cloud, rng: cloud,
    "moved": lambda cloud, rng: cloud + 10 * rng.normal(size=3),
    "scaled": lambda cloud, rng: cloud * np.exp(rng.uniform(-5, 5)),
    "turned about the vertical": about_y,
    "turned in space": turned,
    "mirrored": lambda cloud, rng: turned(cloud * [-1, 1, 1], rng),
    "0.5 % noise": lambda cloud, rng: turned(cloud + NOISE * rng.normal(size=cloud.shape), rng),
    "decimated": lambda cloud, rng: turned(decimated(cloud, rng), rng),
}


class Objects(NamedTuple):
    points: Array
    names: list[str]


def same_already(points: Array, candidates: Array) -> set[int]:
    """Rows of objects that an earlier one is the same as, as both stand."""
    found: set[int] = set()
    for row, other in candidates:
        first, second = tree(points[row]), tree(points[other])
        between = (first.query(points[other])[0] ** 2).mean() + (second.query(points[row])[0] ** 2).mean()
        within = sum((one.query(one.data, 2)[0][:, 1] ** 2).mean() for one in (first, second))
        if between <= SAME**2 * within:
            found.add(other)
    return found


def objects(options: argparse.Namespace) -> Objects:
    """Half of each set, as far as it goes, drawn at random."""
    points, names = [], []
    left = options.count
    for number, file in enumerate(SETS):
        shapes = datasets.load(options.data / file, split=options.split)
        wanted = left // (len(SETS) - number)
        rows = np.random.default_rng(options.seed).permutation(len(shapes))[: 2 * wanted]
        clouds = np.asarray(shapes.points[rows], np.float64)
        shapes_of = np.stack([descriptor.describe(cloud) for cloud in clouds])
        near = duplicates.candidate_pairs(shapes_of, np.zeros((0, 8), np.uint8))
        twice = same_already(clouds, near)
        kept = [row for row in range(len(rows)) if row not in twice][:wanted]
        points.append(clouds[kept])
        names += [str(shapes.names[rows[row]]) for row in kept]
        left -= len(kept)
    return Objects(np.concatenate(points), names)


class Looked(NamedTuple):
    """What a copy's look-up gave: rows of the library and the ratios there."""

    rows: list[int]
    ratios: list[float]
    by_code: bool
    """Whether its code alone makes the original a candidate."""
    bits: int
    """By which the codes of copy and original differ."""
    same_name: bool


class Library:
    """What copies are looked up in."""

    def __init__(self, clouds: Array) -> None:
        self.coder, self.id_coder = canonical.coder(), canonical.coder(bits=canonical.ID_BITS)
        self.descriptors = np.stack([descriptor.describe(cloud) for cloud in clouds])
        self.codes = canonical.codes_of(list(clouds), self.coder)[0]
        self.names = [canonical.name_of(cloud, self.id_coder) for cloud in clouds]
        self.surfaces = [Surface(cloud) for cloud in clouds]


_library: list[Library] = []
"""One in each process."""


def _set_up(clouds: Array) -> None:
    _library[:] = [Library(clouds)]


def look_up(job: tuple[int, Array]) -> Looked:
    number, copy = job
    [library] = _library
    [near] = duplicates.candidates(descriptor.describe(copy)[None], library.descriptors)
    apart = np.bitwise_count(library.codes ^ canonical.codes_of([copy], library.coder)[0]).sum(axis=1)
    rows = list(dict.fromkeys([*near.tolist(), *np.flatnonzero(apart <= RADIUS).tolist()]))
    surface = Surface(copy)
    ratios = [register(library.surfaces[row], surface).ratio for row in rows]
    same = canonical.name_of(copy, library.id_coder) == library.names[number]
    return Looked(rows, ratios, bool(apart[number] <= RADIUS), int(apart[number]), same)


def scores(found: list[Looked], threshold: float) -> dict[str, float]:
    reported = sum(ratio <= threshold for one in found for ratio in one.ratios)
    right = sum(
        ratio <= threshold
        for number, one in enumerate(found)
        for row, ratio in zip(one.rows, one.ratios, strict=True)
        if row == number
    )
    return {"recall": right / len(found), "precision": right / max(1, reported)}


def main() -> None:
    options = parser().parse_args()
    began = time.time()
    chosen = objects(options)
    rng = np.random.default_rng(options.seed)
    order = rng.permutation(chosen.points.shape[1])
    library, copies = np.array_split(chosen.points[:, order], 2, axis=1)
    kinds: dict[str, Any] = {}
    wrong: dict[tuple[str, str], float] = {}
    with ProcessPoolExecutor(options.jobs, initializer=_set_up, initargs=(library,)) as pool:
        for kind, change in KINDS.items():
            jobs = [(number, change(cloud, rng)) for number, cloud in enumerate(copies)]
            found = list(pool.map(look_up, jobs, chunksize=8))
            for number, one in enumerate(found):
                for row, ratio in zip(one.rows, one.ratios, strict=True):
                    if row != number and ratio <= duplicates.RATIO:
                        pair = tuple(sorted((chosen.names[number], chosen.names[row])))
                        wrong[pair] = min(ratio, wrong.get(pair, np.inf))  # type: ignore[index,arg-type]
            kinds[kind] = {
                **scores(found, duplicates.RATIO),
                "candidates": float(np.mean([len(one.rows) for one in found])),
                "original_among_candidates": float(
                    np.mean([number in one.rows for number, one in enumerate(found)])
                ),
                "by_code_alone": float(np.mean([one.by_code for one in found])),
                "median_bits_apart": float(np.median([one.bits for one in found])),
                "same_id": float(np.mean([one.same_name for one in found])),
                "thresholds": {f"{one:g}": scores(found, one) for one in THRESHOLDS},
            }
            print(kind, {key: value for key, value in kinds[kind].items() if key != "thresholds"}, flush=True)
    id_coder = canonical.coder(bits=canonical.ID_BITS)
    names = [canonical.name_of(one, id_coder) for one in library]
    again = [canonical.name_of(3 * KINDS["turned in space"](one, rng) + 1, id_coder) for one in library]
    result = {
        "split": options.split,
        "objects": len(chosen.names),
        "points": library.shape[1],
        "ratio": duplicates.RATIO,
        "kinds": kinds,
        "same_points_same_id": float(np.mean([a == b for a, b in zip(names, again, strict=True)])),
        "different_ids": len(set(names)),
        "taken_for_copies": [[*pair, round(ratio, 3)] for pair, ratio in sorted(wrong.items())],
        "seconds": time.time() - began,
    }
    print(json.dumps({key: value for key, value in result.items() if key != "kinds"}, indent=1))
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

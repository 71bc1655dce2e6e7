"""Measures search on codes: exact neighbours beside faiss' own scan, and all near pairs, in one run.

python benchmarks/search.py -o docs/results/search-speed.json

faiss (`pip install 'pcbin[search]'`) builds the flat index before the clock starts; pcbin searches the code
blocks of an archive, in place. Machines and load change seconds: compare the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import tempfile  # noqa: E402
import time  # noqa: E402

import faiss  # noqa: E402
import numpy as np  # noqa: E402

from pcbin.formats import pcb  # noqa: E402
from pcbin.search.hamming import nearest  # noqa: E402
from pcbin.search.pairs import pairs  # noqa: E402

WIDTH = 16
ALONE = 20
"""Queries that NumPy answers by itself."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--codes", type=int, default=10**6)
    made.add_argument("--queries", type=int, default=1000)
    made.add_argument("-k", type=int, default=10)
    made.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="for the figures")
    return made


def seconds(*functions: Callable[[], Any], rounds: int) -> list[float]:
    """The median processor time of each, run in turn: load that comes and goes meets all of them."""
    found: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for times, function in zip(found, functions, strict=True):
            began = time.process_time()
            function()
            times.append(time.process_time() - began)
    return [float(np.median(times)) for times in found]


def library(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 16): random codes, one in ten of which is a near copy of another."""
    codes = rng.integers(0, 256, (count, WIDTH), dtype=np.uint8)
    copies = rng.permutation(count)[: count // 10]
    flips = np.packbits(rng.random((len(copies), 8 * WIDTH)) < 0.02, axis=1)
    codes[copies] = codes[rng.integers(0, count, len(copies))] ^ flips
    return codes


def main() -> None:
    options = parser().parse_args()
    rng = np.random.default_rng(0)
    codes, k = library(options.codes, rng), options.k
    queries = rng.integers(0, 256, (options.queries, WIDTH), dtype=np.uint8)
    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(8 * WIDTH)
    index.add(codes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "library.pcb")
        with pcb.create_archive(path, model_id=bytes(8), code_bits=8 * WIDTH) as writer:
            writer.add_many(codes)
        with pcb.ArchiveReader(path) as reader:
            blocks = list(reader.code_blocks())
            theirs, ours = seconds(
                lambda: index.search(queries, k),
                lambda: nearest(queries, blocks, k, backend="faiss"),
                rounds=options.rounds,
            )
            few = queries[:ALONE]
            alone, same = seconds(
                lambda: nearest(few, blocks, k, backend="numpy"),
                lambda: index.search(few, k),
                rounds=options.rounds,
            )
            equal = np.array_equal(nearest(few, blocks, k, backend="numpy"), nearest(few, blocks, k))
    assert equal, "NumPy and faiss disagree"
    near: list[int] = []
    [joined] = seconds(lambda: near.extend(len(some.first) for some in pairs(codes)), rounds=1)
    found = {
        "codes": options.codes,
        "queries": options.queries,
        "k": k,
        "faiss": faiss.__version__,
        "faiss_ms_a_query": 1e3 * theirs / len(queries),
        "pcbin_with_faiss_ms_a_query": 1e3 * ours / len(queries),
        "pcbin_over_faiss": ours / theirs,
        "numpy_ms_a_query": 1e3 * alone / ALONE,
        "numpy_over_faiss": alone / same,
        "pairs_within_7_bits": sum(near),
        "pairs_s": joined,
    }
    text = json.dumps(found, indent=1) + "\n"
    print(text, end="")
    if options.out is not None:
        options.out.write_text(text)


if __name__ == "__main__":
    main()

"""Measures expectation maximisation on packed codes beside the obvious NumPy program, in one run.

python benchmarks/clustering.py -o docs/results/clustering-speed.json

Both start from the same means, make the same number of steps, and must come to the same likelihood. The
processor time of one is divided by that of the other; machines and load change seconds, so compare the
ratio. Memory is the most that the process held (each program runs in a process of its own).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import time  # noqa: E402

import numpy as np  # noqa: E402

from pcbin.arrays import pack_bits, unpack_bits  # noqa: E402
from pcbin.cluster import BernoulliMixture  # noqa: E402

BITS, BLOCK = 128, 50_000


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--codes", type=int, default=10**6)
    made.add_argument("--clusters", type=int, default=10)
    made.add_argument("--steps", type=int, default=5)
    made.add_argument("--rounds", type=int, default=3, help="of which the median counts")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="for the figures")
    made.add_argument("--only", choices=list(PROGRAMS), help=argparse.SUPPRESS)
    return made


def drawn(count: int, clusters: int) -> np.ndarray:
    """(count, 16) codes of a mixture whose clusters overlap."""
    rng = np.random.default_rng(0)
    means = rng.beta(0.6, 0.6, (clusters, BITS)).clip(0.02, 0.98)
    labels = rng.integers(0, clusters, count)
    parts = [
        pack_bits(rng.random((len(some), BITS)) < means[some])
        for some in np.split(labels, range(BLOCK, count, BLOCK))
    ]
    return np.concatenate(parts)


def plain(codes: np.ndarray, means: np.ndarray, steps: int) -> float:
    """The textbook, in float64 and without blocks. -> the mean log-likelihood, nats."""
    clusters, n = len(means), len(codes)
    x = np.unpackbits(codes, axis=1, bitorder="little").astype(np.float64)
    weights = np.full(clusters, 1 / clusters)
    for step in range(steps + 1):
        log_joint = x @ np.log(means).T + (1 - x) @ np.log(1 - means).T + np.log(weights)
        top = log_joint.max(axis=1, keepdims=True)
        log_evidence = top + np.log(np.exp(log_joint - top).sum(axis=1, keepdims=True))
        if step == steps:
            break
        responsibilities = np.exp(log_joint - log_evidence)
        counts = responsibilities.sum(axis=0)
        means = (responsibilities.T @ x + 1) / (counts[:, None] + 2)
        weights = (counts + 1) / (n + clusters)
    return float(log_evidence.mean())


def packed(codes: np.ndarray, means: np.ndarray, steps: int) -> float:
    """The same by pcbin."""
    fitted = BernoulliMixture(len(means), means_init=means, max_iter=steps, tol=-np.inf).fit(codes)
    return fitted.lower_bound_


PROGRAMS = {"plain": plain, "packed": packed}


def measure(name: str, options: argparse.Namespace) -> None:
    """Runs one program in this process and prints what it took."""
    from resource import RUSAGE_SELF, getrusage

    codes = drawn(options.codes, options.clusters)
    means = 0.25 + 0.5 * unpack_bits(codes[: options.clusters]).astype(np.float64)
    began = time.process_time()
    likelihood = PROGRAMS[name](codes, means, options.steps)
    spent = time.process_time() - began
    held = getrusage(RUSAGE_SELF).ru_maxrss
    print(json.dumps({"s": spent, "log_likelihood": likelihood, "peak_mb": held / 1024}))


def run(name: str, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, __file__, "--only", name]
    for option in ("codes", "clusters", "steps"):
        command += [f"--{option}", str(getattr(options, option))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    options = parser().parse_args()
    if options.only is not None:
        measure(options.only, options)
        return
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in PROGRAMS}
    for _ in range(options.rounds):  # in turn: load that comes and goes meets both
        for name, done in runs.items():
            done.append(run(name, options))
    middle = {name: float(np.median([one["s"] for one in done])) for name, done in runs.items()}
    theirs, ours = (runs[name][0]["log_likelihood"] for name in ("plain", "packed"))
    found = {
        "codes": options.codes, "bits": BITS, "clusters": options.clusters, "steps": options.steps,
        "plain_s": middle["plain"], "packed_s": middle["packed"],
        "plain_over_packed": middle["plain"] / middle["packed"],
        "log_likelihood": ours, "relative_difference": abs(ours - theirs) / abs(theirs),
        "plain_peak_mb": max(one["peak_mb"] for one in runs["plain"]),
        "packed_peak_mb": max(one["peak_mb"] for one in runs["packed"]),
    }  # fmt: skip
    text = json.dumps(found, indent=1) + "\n"
    print(text, end="")
    if options.out is not None:
        options.out.write_text(text)


if __name__ == "__main__":
    main()

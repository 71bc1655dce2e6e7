"""The long run: hostile files of every kind, kills and power failures. Warnings are errors.

    python -m tests.fuzz                          the whole run, some hours
    python -m tests.fuzz --inputs 20000           a fiftieth of it
    python -m tests.fuzz pcb clouds               only these kinds
    python -m tests.fuzz --jobs 8                 in so many processes
    python -m tests.fuzz pcb --seed 3 --only 123  one input again, with its traceback

An input hangs on its kind, the seed and its number alone. The run says how many inputs were tried and how
many of them were taken for good, and for each escape how to make it again; if there is any, it ends with
exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pcbin.models import zoo
from tests.fuzz import crashes, inputs, kills, models
from tests.fuzz.memory import peak

SECONDS = 10.0
"""Of the processor: an input that takes longer is an escape."""
MEMORY = 512 << 20
"""Bytes, of the whole process: a run that takes more has failed."""
SHOWN = 20
PART = 100
"""Inputs that a process is given at once."""

KINDS: dict[str, tuple[inputs.Try, float]] = {
    "pcb": (inputs.pcb_file, 1),
    **{f"clouds-{family}": (one, 0.2) for family, one in inputs.CLOUDS.items()},
    "models": (models.model, 0.1),
    "cells": (inputs.cells, 0.02),
    "failures": (crashes.append, 0.02),
    "kills": (kills.kill, 0.0003),
}
"""What is tried, and how often for each of the inputs that were asked for."""


@contextlib.contextmanager
def installed_models() -> Iterator[None]:
    """A folder of models that is nobody's; the kinds that need the shipped ones bring them."""
    with tempfile.TemporaryDirectory() as folder:
        kept = zoo.SHIPPED, os.environ.get("PCBIN_MODELS")
        (Path(folder) / "shipped").mkdir()
        (Path(folder) / "models").mkdir()
        zoo.SHIPPED, os.environ["PCBIN_MODELS"] = Path(folder) / "shipped", str(Path(folder) / "models")
        try:
            yield
        finally:
            zoo.SHIPPED = kept[0]
            os.environ.pop("PCBIN_MODELS")
            if kept[1] is not None:
                os.environ["PCBIN_MODELS"] = kept[1]


def once(kind: str, seed: int, number: int) -> bool:
    """Makes and tries one input; whether it was taken for good. Whatever it raises is an escape."""
    one, _ = KINDS[kind]
    alone = installed_models() if kind == "models" else contextlib.nullcontext()
    rng = random.Random(f"{kind} {seed} {number}")
    with alone, warnings.catch_warnings(), inputs.bounded_work(SECONDS):
        warnings.simplefilter("error")
        return one(rng)


class Tried(NamedTuple):
    """What became of some inputs: how many were taken for good, what escaped, bytes at the process's peak."""

    good: int
    escapes: list[str]
    memory: int


def some(kind: str, seed: int, numbers: range) -> Tried:
    """Tries these inputs."""
    good, escapes = 0, []
    for number in numbers:
        try:
            good += once(kind, seed, number)
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            escapes.append(
                f"escape: {text[:300]}\n  python -m tests.fuzz {kind} --seed {seed} --only {number}"
            )
    return Tried(good, escapes, peak())


def run(kind: str, seed: int, count: int, jobs: Executor | None = None) -> Tried:
    """Tries so many inputs, in other processes if there are any, and says what became of them."""
    start = time.monotonic()
    parts = [range(at, min(at + PART, count)) for at in range(0, count, PART)]
    tries = (
        map(partial(some, kind, seed), parts) if jobs is None else jobs.map(partial(some, kind, seed), parts)
    )
    good, memory, escapes = 0, 0, 0
    for part in tries:
        for text in part.escapes[: max(0, SHOWN - escapes)]:
            print(text)
        good, memory, escapes = good + part.good, max(memory, part.memory), escapes + len(part.escapes)
    spent = time.monotonic() - start
    print(f"{kind:24} {count:>9,} tried {good:>9,} good {escapes:>4} escapes {spent:>8,.0f} s", flush=True)
    return Tried(good, ["escape"] * escapes, memory)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; or how they begin")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="files of the first kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one input, with its traceback")
    given = parser.parse_args()
    chosen = [kind for kind in KINDS if not given.kinds or kind.startswith(tuple(given.kinds))]
    if not chosen:
        parser.error(f"no such kind; use {', '.join(KINDS)}")
    if given.only is not None:
        for kind in chosen:
            print(f"{kind}: {'good' if once(kind, given.seed, given.only) else 'refused'}")
        return 0
    print(f"seed {given.seed}")
    if os.access("/dev/shm", os.W_OK):
        os.environ.setdefault("TMPDIR", "/dev/shm")  # folders are made and removed without end
    with ProcessPoolExecutor(given.jobs) if given.jobs > 1 else contextlib.nullcontext() as jobs:
        counts = {kind: max(1, round(given.inputs * KINDS[kind][1])) for kind in chosen}
        tried = [run(kind, given.seed, count, jobs) for kind, count in counts.items()]
    escapes, memory = sum(len(one.escapes) for one in tried), max(one.memory for one in tried)
    print(f"{escapes} escapes; {memory >> 20} MiB at the peak")
    return int(escapes > 0 or memory > MEMORY)


if __name__ == "__main__":
    sys.exit(main())

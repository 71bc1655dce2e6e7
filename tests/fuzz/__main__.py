"""The long run: hostile files of every kind, kills and power failures. Warnings are errors.

    python -m tests.fuzz                          the whole run, some hours
    python -m tests.fuzz --inputs 20000           a fiftieth of it
    python -m tests.fuzz pcb clouds               only these kinds
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
from pathlib import Path

from pcbin.models import zoo
from tests.fuzz import crashes, inputs, kills, models
from tests.fuzz.memory import peak

SECONDS = 10.0
"""Of the processor: an input that takes longer is an escape."""
MEMORY = 512 << 20
"""Bytes, of the whole process: a run that takes more has failed."""
SHOWN = 20

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


def run(kind: str, seed: int, count: int) -> int:
    """Tries so many inputs, and says what became of them; how many escaped."""
    start, good, escapes = time.monotonic(), 0, 0
    for number in range(count):
        try:
            good += once(kind, seed, number)
        except Exception as error:
            escapes += 1
            if escapes <= SHOWN:
                text = " ".join(f"{type(error).__name__}: {error}".split())
                print(f"escape: {text[:300]}\n  python -m tests.fuzz {kind} --seed {seed} --only {number}")
    spent = time.monotonic() - start
    print(f"{kind:24} {count:>9,} tried {good:>9,} good {escapes:>4} escapes {spent:>8,.0f} s", flush=True)
    return escapes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; or how they begin")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="files of the first kind")
    parser.add_argument("--seed", type=int, default=0)
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
    escapes = sum(run(kind, given.seed, max(1, round(given.inputs * KINDS[kind][1]))) for kind in chosen)
    print(f"{escapes} escapes; {peak() >> 20} MiB at the peak")
    return int(escapes > 0 or peak() > MEMORY)


if __name__ == "__main__":
    sys.exit(main())

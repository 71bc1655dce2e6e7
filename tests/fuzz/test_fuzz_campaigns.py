"""The kinds of inputs of the long run (`python -m tests.fuzz`), a few of each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def fuzz(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_a_few_of_each() -> None:
    said = fuzz("--inputs", "600")
    counts = {line.split()[0]: line.replace(",", "").split() for line in said.splitlines() if "tried" in line}
    assert len(counts) > 15
    assert 100 < int(counts["pcb"][3]) < 550  # both ends are reached
    assert 0 < int(counts["models"][3]) < 60


def test_processes_find_the_same() -> None:
    def said(*words: str) -> list[str]:
        return fuzz("pcb", "--inputs", "250", *words).split(" escapes ")[0].splitlines()

    assert said("--jobs", "2") == said()


def test_one_again() -> None:
    assert fuzz("pcb", "--seed", "3", "--only", "5") in ("pcb: good\n", "pcb: refused\n")

"""Running pcbin in this process or in one of its own, and clouds for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner, Result

from pcbin.cli.program import program

ROOT = Path(__file__).parents[2]


def write_xyz(path: str | Path, seed: int = 0, n: int = 300) -> Path:
    """A file of n points on a box, with more digits than float32 keeps."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, size=(n, 3))
    points[np.arange(n), rng.integers(0, 3, n)] = rng.choice([-1.0, 1.0], n)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, points * rng.uniform(0.5, 2, 3) + 5)
    return path


def run(*args: object, code: int = 0, input: bytes | None = None) -> Result:
    """Runs pcbin here and checks its exit code. A traceback is never right."""
    result = CliRunner().invoke(program, [str(arg) for arg in args], prog_name="pcbin", input=input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def documents(result: Result) -> list[dict[str, Any]]:
    """The JSON lines of a run."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in result.stdout.splitlines()]


def environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}


def process(
    *args: object, code: int = 0, input: bytes = b"", python: tuple[str, ...] = (), **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Runs pcbin in a process of its own and checks its exit code."""
    command = [sys.executable, *python, "-m", "pcbin", *(str(arg) for arg in args)]
    options.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run(
        command, input=input, stderr=subprocess.PIPE, env=environment(), check=False, timeout=120, **options
    )
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done

"""Sets of clouds in the forms that fleets read, and running `pcbin encode-dataset` on them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner, Result

from pcbin.cli.program import program
from pcbin.formats.clouds import write_cloud

ROOT = Path(__file__).parents[2]


def clouds(count: int, *, seed: int = 0, points: int = 100) -> Any:
    """(count, points, 3) float32 on ellipsoids, no two alike."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(count, points, 3)) * rng.uniform(0.2, 2, (count, 1, 3))
    return (found + rng.normal(size=(count, 1, 3))).astype(np.float32)


def write_tar(path: Path, arrays: Any, *, mode: Any = "w") -> None:
    """As WebDataset has it: a cloud and a label a sample."""
    with tarfile.open(path, mode) as tar:
        for k, points in enumerate(arrays):
            file = io.BytesIO()
            write_cloud(file, points, "ply")
            for name, data in ((f"{k:04d}.ply", file.getvalue()), (f"{k:04d}.cls", b"7")):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


def run(*args: object, code: int = 0) -> Result:
    """Runs `pcbin encode-dataset` here, in one process with the tiny model, and checks its exit code."""
    options = [
        "--model",
        "tiny",
        *(() if "--effort" in args else ("--effort", "0")),
        *(() if "--workers" in args else ("--workers", "1")),
    ]
    result = CliRunner().invoke(program, ["encode-dataset", *map(str, args), *options], prog_name="pcbin")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def start(*args: object) -> subprocess.Popen[bytes]:
    """The same in processes of its own, which begin a session that can be killed."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "pcbin", "encode-dataset", *(str(arg) for arg in args)]
    return subprocess.Popen(
        [*command, "--model", "tiny", "-q"],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """All files by name, but for the hidden ones that a killed write leaves."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.startswith(".")}

"""Whole-process times of the command line, as ratios to `python -c "import numpy"` in the same run."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began


def measure(runs: int) -> dict[str, dict[str, float]]:
    """Command -> its times in milliseconds, and the ratio of its median to that of `import numpy`."""
    script = Path(sys.executable).with_name("pcbin")
    pcbin = [str(script)] if script.exists() else [sys.executable, "-m", "pcbin"]
    with tempfile.TemporaryDirectory() as folder:
        # installed packages have their bytecode; a working copy may not
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def file(name: str) -> str:
            return str(Path(folder, name))

        def encode(example: str, *how: str) -> list[str]:
            source = str(EXAMPLES / f"{example}.ply")
            return [*pcbin, "encode", source, "-o", file(f"{example}.pcb"), "-f", *how]

        subprocess.run([*encode("chair", "--model", "chair"), "--quiet"], check=True)
        subprocess.run([*encode("led", "--model", "cells", "--bits", "256"), "--quiet"], check=True)
        commands = {
            "import numpy": [sys.executable, "-c", "import numpy"],
            "pcbin --version": [*pcbin, "--version"],
            "pcbin info": [*pcbin, "info", file("chair.pcb")],
            "decode, global": [*pcbin, "decode", file("chair.pcb"), "-o", file("back.ply"), "-f"],
            "decode, cells": [*pcbin, "decode", file("led.pcb"), "-o", file("back.ply"), "-f"],
            "encode, chair": encode("armchair", "--model", "chair"),
            "encode, cells": encode("armchair", "--model", "cells"),
            "encode": encode("armchair"),
        }
        for command in commands.values():
            seconds(command, environment)
        # the commands take turns, so that a slow moment of the machine hits all of them alike
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                times[name].append(seconds(command, environment))
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians["import numpy"]
    return {
        name: {"min_ms": 1e3 * min(times[name]), "median_ms": 1e3 * median, "ratio": median / base}
        for name, median in medians.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each command (default 15)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    result = measure(options.runs)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{'whole process':<18}{'min ms':>10}{'median ms':>12}{'x import numpy':>16}")
    for name, row in result.items():
        print(f"{name:<18}{row['min_ms']:>10.1f}{row['median_ms']:>12.1f}{row['ratio']:>16.2f}")


if __name__ == "__main__":
    main()

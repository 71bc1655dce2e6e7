"""All of pcbin's speed beside its peers, in one run.

python -m benchmarks -o OUT              speed.json, speed.md and two pictures
python -m benchmarks compare OLD NEW     two such runs, by their ratios
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pcbin.errors import InputError, PcbinError

from . import startup
from .rate_distortion.progress import Progress
from .rate_distortion.versions import versions
from .speed import cases, charts, report
from .speed.case import Timed, measure
from .speed.machine import machine


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--rounds", type=int, default=9, help="times that each case runs (default 9)")
    made.add_argument("--quick", action="store_true", help="two clouds, two efforts, two rounds: a trial")
    made.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="folder for the results")
    return made


def run(options: argparse.Namespace, progress: Progress) -> None:
    began = time.monotonic()
    rounds = 2 if options.quick else options.rounds
    rows = measure(cases.everything(quick=options.quick, progress=progress), rounds, progress)
    progress.say("whole processes")
    rows += [
        Timed("whole process", name, row["median_ms"], row["min_ms"], row["ratio"], {})
        for name, row in startup.measure(rounds).items()
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    about = {"machine": machine(), "rounds": rounds, "quick": options.quick, "versions": versions("chair")}
    report.write(options.out, about, rows)
    try:
        charts.draw(options.out, rows)
    except ImportError as error:
        progress.say(f"no pictures: {error}")
    progress.say(f"{options.out / 'speed.md'}: {(time.monotonic() - began) / 60:.1f} min")


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["compare"]:
            command = argparse.ArgumentParser(prog="python -m benchmarks compare")
            command.add_argument("old", type=Path, help="speed.json, or the folder of a run")
            command.add_argument("new", type=Path)
            both = command.parse_args(given[1:])
            print(report.compare(report.read(both.old), report.read(both.new)))
            return 0
        options = parser().parse_args(given)
        if options.rounds < 1:
            raise InputError(f"--rounds {options.rounds}: at least 1")
        run(options, Progress())
    except ImportError as error:
        print(f"benchmarks: error: needs {error.name}: pip install 'pcbin[bench]'", file=sys.stderr)
        return 1
    except (PcbinError, OSError) as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

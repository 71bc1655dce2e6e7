"""Measures a model of the zoo for its card: all lengths and efforts, class by class, beside retrieval.

python benchmarks/zoo.py chair --data ../shared/data -o models/chair        # metrics.json, test.png
python benchmarks/zoo.py chair --data ../shared/data --validation -o trial  # validation.json, validation.png
python benchmarks/zoo.py chair --data ../shared/data --picture -o models/chair  # test.png alone, in minutes

The test splits are for reporting. Choices are made with --validation: on the shapes of the training splits
that the model's recipe holds out. Times are those of one core. The data stays with its owners: pcbin ships
none of it, and what is missing in the folder is named.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import pcbin  # noqa: E402
from benchmarks.card import sets  # noqa: E402
from benchmarks.card.measure import Measured, Plan, Step, follow, lengths  # noqa: E402
from benchmarks.card.picture import picture  # noqa: E402
from benchmarks.card.retrieval import FIT_S, Retrieval  # noqa: E402
from benchmarks.card.text import text  # noqa: E402
from benchmarks.rate_distortion.progress import Progress  # noqa: E402
from pcbin.coding.effort import DEFAULT_EFFORT  # noqa: E402
from pcbin.errors import InputError, MissingDependency, PcbinError  # noqa: E402
from pcbin.models.model import Model  # noqa: E402


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("model", help=f"a name ({', '.join(sets.TESTS)}), or the path of a frozen model")
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--bits", type=int, nargs="+", default=[16, 32, 64, 128, 256, 512])
    made.add_argument("--efforts", type=int, nargs="+", default=[0, 1, 5, 9], choices=range(10), metavar="E")
    made.add_argument("--limit", type=int, help="at most so many clouds of a set, spread over it")
    made.add_argument(
        "--searched",
        type=int,
        default=100,
        help="at most so many clouds of a set with efforts above 1, which take seconds (default 100)",
    )
    made.add_argument("--validation", action="store_true", help="held-out training shapes in place of test")
    made.add_argument("--picture", action="store_true", help="no figures, only the picture")
    made.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="for the figures and the picture")
    return made


def run(options: argparse.Namespace, progress: Progress) -> dict[str, Any] | None:
    """Everything; the result so far is on disk after each set. None where only the picture is drawn."""
    model = pcbin.load_model(options.model)
    if model.image:
        raise InputError(f"model {model.name} codes images; benchmarks/digits.py measures those")
    data = sets.read(model, options.data, validation=options.validation, limit=options.limit)
    efforts = sorted(set(options.efforts))
    plan = Plan(lengths(model, options.bits, progress), efforts, options.searched)
    counts = {name: len(shapes) for name, shapes in data.sets.items()}
    progress.say(f"{model.name}: clouds {counts}, {len(data.training):,} training shapes")
    measured = [Measured(name, shapes, model, plan, progress) for name, shapes in data.sets.items()]
    if options.picture:
        for one in measured:
            progress.say(f"{one.name}: {one.code(model.default_bits, DEFAULT_EFFORT)}")
        _draw(options, measured, model, progress)
        return None
    result = _about(model, options)

    @cache
    def retrieval() -> Retrieval:
        return Retrieval(data.training, progress)

    steps = [Step("table of the training shapes", FIT_S * len(data.training), lambda: _size(retrieval()))]
    for one in measured:
        steps += one.steps(retrieval)
        steps.append(Step(f"{one.name}, figures", 0.0, lambda one=one: _keep(one, data, result, options)))  # type: ignore[misc]
    follow(steps, progress)
    if options.out:
        _draw(options, measured, model, progress)
    return result


def _about(model: Model, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "model": model.name,
        "sha256": model.file.sha256,
        "bits": model.bits,
        "default_bits": model.default_bits,
        "measured_on": _kind(options),
        "limit": options.limit,
        "pcbin": pcbin.__version__,
        "sets": {},
    }


def _kind(options: argparse.Namespace) -> str:
    return "validation" if options.validation else "test"


def _size(retrieval: Retrieval) -> str:
    return f"{retrieval.bits} bits name one"


def _keep(one: Measured, data: sets.Data, result: dict[str, Any], options: argparse.Namespace) -> str:
    result["sets"][one.name] = one.result(data.counts())
    if options.out is None:
        return "done"
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / ("validation.json" if options.validation else "metrics.json")
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return str(path)


def _draw(
    options: argparse.Namespace, measured: Sequence[Measured], model: Model, progress: Progress
) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{_kind(options)}.png"
    try:
        picture(path, measured, model)
        progress.say(str(path))
    except MissingDependency as error:
        progress.say(f"no picture: {error}")


def main(arguments: Sequence[str] | None = None) -> int:
    command = parser()
    options = command.parse_args(arguments)
    if options.searched < 1 or (options.limit is not None and options.limit < 1):
        command.error("--limit and --searched: at least 1")
    if options.picture and options.out is None:
        command.error("--picture: name the picture's folder with -o")
    try:
        if result := run(options, Progress()):
            print(text(result))
    except (PcbinError, OSError) as error:
        print(f"zoo: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

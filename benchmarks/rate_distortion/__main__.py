"""pcbin at all its rates beside its rivals, on your own clouds.

    python -m benchmarks.rate_distortion FOLDER_OR_NPZ --train OTHER_FOLDER_OR_NPZ -o OUT
    python -m benchmarks.rate_distortion chairs.npz --split train --hold-out 0.1 -o OUT

writes results.csv, results.json, table.md, chamfer.png and d1_psnr.png into OUT. What trained rivals learned
lies in OUT/cache for the next run. Needs pip install 'pcbin[bench]'; rivals whose package is missing are
skipped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pcbin.errors import PcbinError

from . import charts, data, measure, schemes, summary, tables
from .cache import Cache
from .progress import Progress
from .scheme import Trained
from .versions import versions

QUICK_CLOUDS, QUICK_SETTINGS = 8, 2


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.rate_distortion",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("clouds", type=Path, metavar="FOLDER_OR_NPZ", help="the clouds or meshes to code")
    made.add_argument("--split", help="only this split of them (default: all)")
    made.add_argument(
        "--class", dest="classes", action="append", metavar="NAME", help="only this class; repeatable"
    )
    made.add_argument(
        "--train", type=Path, metavar="FOLDER_OR_NPZ", help="other shapes, for the trained rivals"
    )
    made.add_argument("--train-split", metavar="SPLIT", help="only this split of those (default: all)")
    made.add_argument(
        "--train-class", dest="train_classes", action="append", metavar="NAME", help="repeatable"
    )
    made.add_argument(
        "--hold-out",
        type=float,
        metavar="PART",
        help="in place of --train: code this part, train on the rest",
    )
    made.add_argument("--model", default="chair", help="pcbin's model: a name, or a file (default chair)")
    made.add_argument("--efforts", type=int, nargs="+", default=[0, 5, 9], help="of pcbin (default 0 5 9)")
    made.add_argument(
        "--bits", type=int, nargs="+", default=[16, 32, 64, 128, 256, 512], help="of pcbin's codes"
    )
    made.add_argument("--limit", type=int, help="at most so many clouds, spread over the set")
    made.add_argument("--points", type=int, default=2048, help="points per cloud (default 2048)")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--quick", action="store_true", help="8 clouds, two settings a scheme: a trial")
    made.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="folder for the results")
    return made


def check(options: argparse.Namespace) -> str | None:
    """What is wrong with the options, if anything is."""
    if options.train and options.hold_out is not None:
        return "--hold-out trains on the rest of the clouds; leave --train out"
    if options.hold_out is not None and not 0 < options.hold_out < 1:
        return f"--hold-out {options.hold_out}: use a part between 0 and 1"
    same = options.train is not None and options.train.resolve() == options.clouds.resolve()
    if same and (options.split == options.train_split or None in (options.split, options.train_split)):
        return (
            "rivals would be trained on the clouds they code: give --split and --train-split, or --hold-out"
        )
    if options.points < 1 or (options.limit is not None and options.limit < 1):
        return "--points and --limit: at least 1"
    return None


def run(options: argparse.Namespace, progress: Progress) -> None:
    began = time.monotonic()
    limit = min(options.limit or QUICK_CLOUDS, QUICK_CLOUDS) if options.quick else options.limit
    found = data.read(
        data.Selection(options.clouds, options.split, options.classes),
        data.Selection(options.train, options.train_split, options.train_classes) if options.train else None,
        held_out=options.hold_out,
        limit=limit,
        points=options.points,
        seed=options.seed,
    )
    efforts = options.efforts[:1] if options.quick else options.efforts
    chosen = schemes.choose(
        options.model, options.bits, efforts, trained=bool(found.train), seed=options.seed, progress=progress
    )
    if options.quick:
        for scheme in chosen:
            scheme.settings = scheme.settings[:QUICK_SETTINGS]
    options.out.mkdir(parents=True, exist_ok=True)
    cache = Cache(options.out / "cache")
    for scheme in chosen:
        if isinstance(scheme, Trained):
            progress.say(f"{scheme.name}: fitting to {len(found.train)} shapes")
            scheme.fit(found.train, cache, progress)
    rows = measure.run(chosen, found.clouds, progress)
    about: dict[str, Any] = {
        "data": options.clouds.name,
        "split": options.split,
        "classes": options.classes,
        "held_out": options.hold_out,
        "clouds": len(found.clouds),
        "points": options.points,
        "train": len(found.train),
        "seed": options.seed,
        "sampling_floor_e3": None if found.floor is None else 1e3 * found.floor,
        "versions": versions(options.model),
    }
    notes = {scheme.name: scheme.container for scheme in chosen}
    tables.write(options.out, about, rows, summary.verdicts(rows), notes)
    try:
        charts.draw(options.out, rows, about["sampling_floor_e3"])
    except ImportError as error:
        progress.say(f"no pictures: they need {error.name}: {schemes.EXTRA}")
    progress.say(f"{options.out / 'table.md'}: {(time.monotonic() - began) / 60:.1f} min")


def main(arguments: Sequence[str] | None = None) -> int:
    command = parser()
    options = command.parse_args(arguments)
    if wrong := check(options):
        command.error(wrong)
    try:
        run(options, Progress())
    except (PcbinError, OSError) as error:
        print(f"rate_distortion: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How well clouds are coded that do not stand as the model's training shapes did.

python benchmarks/turned.py chair --data ../shared/data              # the test splits of its card
python benchmarks/turned.py chair --data ../shared/data --validation # held-out training shapes

Each cloud is coded upright, turned at random about the vertical, and turned at random in space; as it stands
("keep") and turned by pcbin ("auto"). Bits are those of the code; a rotation is 64 more. Distances are those
of the cloud in its place, with the upright cloud's box diagonal as the unit, so that all columns compare.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy reads them
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402
from scipy.spatial.transform import Rotation  # noqa: E402

import pcbin  # noqa: E402
from benchmarks.card import sets  # noqa: E402
from pcbin.arrays import ORIENTS, Float64, box  # noqa: E402
from pcbin.formats import pcb  # noqa: E402
from pcbin.metrics import chamfer  # noqa: E402

WAYS = ("upright", "about the vertical", "in space")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("model", help=f"a name ({', '.join(sets.TESTS)}), or the path of a frozen model")
    made.add_argument("--data", type=Path, required=True, help="folder of the sets")
    made.add_argument("--bits", type=int, help="of each code; the model's default if not given")
    made.add_argument("--effort", type=int, choices=range(10), metavar="E", help="of each code")
    made.add_argument("--limit", type=int, help="at most so many clouds of a set, spread over it")
    made.add_argument("--validation", action="store_true", help="held-out training shapes in place of test")
    made.add_argument("--seed", type=int, default=0, help="of the rotations")
    return made


def rotation(way: str, rng: np.random.Generator) -> Float64:
    """A (3, 3) rotation, drawn evenly."""
    if way == "upright":
        return np.eye(3)
    quaternion = rng.normal(size=4)
    if way == "about the vertical":
        quaternion[[0, 2]] = 0
        quaternion[[1, 3]] = rng.normal(size=2)
    matrix: Float64 = Rotation.from_quat(quaternion).as_matrix()
    return matrix


def rows(shapes: list[sets.Shape], options: argparse.Namespace) -> Iterator[str]:
    """Lines of a table: mean and spread of the distances, and the seconds that a cloud takes."""
    upright: Float64 | None = None
    for way in WAYS:
        for orient in ORIENTS[::-1]:
            rng = np.random.default_rng(options.seed)
            distances, turned, seconds = [], 0, 0.0
            codec = pcbin.Codec(
                options.model, bits=options.bits, effort=options.effort, orient=orient, warn=False
            )
            for shape in shapes:
                cloud = shape.cloud @ rotation(way, rng).T
                began = time.process_time()
                data = codec.encode(cloud)
                seconds += time.process_time() - began
                unit = box(shape.cloud)[1]
                distances.append(1e3 * chamfer(cloud / unit, codec.decode(data) / unit))
                turned += pcb.peek(data).rotated
            found = np.array(distances)
            upright = found if upright is None else upright
            ratios = found / upright
            yield (
                f"| {way} | {orient} | {found.mean():.3f} | {found.mean() / upright.mean():.2f} | "
                f"{np.median(ratios):.2f} | {np.quantile(ratios, 0.9):.2f} | {ratios.max():.2f} | "
                f"{turned} | {1e3 * seconds / len(shapes):.0f} |"
            )


def main() -> None:
    """Prints a table a set."""
    options = parser().parse_args()
    model = pcbin.load_model(options.model)
    data = sets.read(model, options.data, validation=options.validation, limit=options.limit)
    for name, shapes in data.sets.items():
        print(
            f"\n{name}: {len(shapes)} clouds, model {model.name}, {options.bits or model.default_bits} bits\n"
        )
        print(
            "| turned | orient | Chamfer x 1e3 | to upright | median | 90 % | most | turned back | CPU ms |"
        )
        print("| --- | --- | --: | --: | --: | --: | --: | --: | --: |")
        for row in rows(shapes, options):
            print(row, flush=True)


if __name__ == "__main__":
    main()

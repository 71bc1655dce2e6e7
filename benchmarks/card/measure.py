"""One set of shapes through the codec: every length, every effort, each of them once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np

import pcbin
from benchmarks.rate_distortion.progress import Progress
from pcbin.arrays import Codes, Pose
from pcbin.coding.effort import CLOUD_MEASUREMENTS, DEFAULT_EFFORT
from pcbin.metrics import distortion, sampling_floor
from pcbin.models.model import Model

from .retrieval import FIND_S, Retrieval
from .sets import POINTS, Shape

CLASS_EFFORTS = (0, DEFAULT_EFFORT)
DENSE_EFFORTS = (0, 1, 5)
ENTROPY_EFFORTS = (0, 5)
DENSE = 8192
ENOUGH = 20
"""Classes with at least so many training shapes are flagged: a model may be expected to know them."""
CODE_S, SCORE_S = 0.03, 0.005
"""About how long a cloud and a step of the search take on one core, for the first ETA."""

Json = dict[str, Any]


class Row(NamedTuple):
    """One cloud at one length and effort."""

    code: Codes
    pose: Pose | None
    chamfer_e3: float
    d1_psnr: float
    encode_s: float
    """CPU time: what one core takes, also where other programs share it."""


class Step(NamedTuple):
    """A part of the work, for the ETA."""

    what: str
    expected_s: float
    run: Callable[[], str]
    """Says what was found."""


class Plan(NamedTuple):
    """What is measured."""

    bits: Sequence[int]
    """The default length is among them."""
    efforts: Sequence[int]
    searched: int
    """At most so many clouds of a set are measured with efforts above the default."""


class Measured:
    """One set. Work is done in `steps`; `result` gathers what they found."""

    def __init__(
        self, name: str, shapes: Sequence[Shape], model: Model, plan: Plan, progress: Progress
    ) -> None:
        self.name, self.shapes, self.plan = name, shapes, plan
        self._model, self._progress = model, progress
        self._rows: dict[tuple[int, int], dict[int, Row]] = {}
        self._dense: dict[int, tuple[float, float]] = {}
        self._nearest: list[float] = []
        self._retrieval: Retrieval | None = None
        some = np.linspace(0, len(shapes) - 1, min(plan.searched, len(shapes)))
        self._searched = some.round().astype(int).tolist()
        self._with_spare = [number for number, shape in enumerate(shapes) if len(shape.whole) >= DENSE]

    def steps(self, retrieval: Callable[[], Retrieval]) -> Iterator[Step]:
        """retrieval: called when it is first needed."""
        for bits, effort in self._settings():
            seconds = len(self.numbers(effort)) * _encode_s(effort)
            what = f"{self.name}, {bits} bits, effort {effort}"
            yield Step(what, seconds, lambda bits=bits, effort=effort: self.code(bits, effort))  # type: ignore[misc]
        for effort in DENSE_EFFORTS if self._with_spare else ():
            seconds = len(self._dense_numbers(effort)) * (0.2 + _encode_s(effort))
            what = f"{self.name}, {DENSE:,} points, effort {effort}"
            yield Step(what, seconds, lambda effort=effort: self._decode_dense(effort))  # type: ignore[misc]
        expected = FIND_S * len(self.shapes)
        yield Step(f"{self.name}, nearest training shape", expected, lambda: self._find(retrieval()))

    def numbers(self, effort: int) -> list[int]:
        """The clouds that are measured at an effort."""
        return list(range(len(self.shapes))) if effort <= DEFAULT_EFFORT else self._searched

    def rows(self, bits: int, effort: int) -> dict[int, Row]:
        """Number of a cloud -> what was found."""
        return self._rows[bits, effort]

    def result(self, training: dict[tuple[str, str], int]) -> Json:
        """All figures of the set. training: (collection, class) -> training shapes."""
        default = self._model.default_bits
        rates = {
            str(bits): {str(effort): self._summary(bits, effort) for effort in self.plan.efforts}
            for bits in self.plan.bits
        }
        return {
            "clouds": len(self.shapes),
            "rates": rates,
            "without_twins": self._without_twins(default),
            "sampling_floor_e3": self._floor(),
            "dense": {str(effort): self._dense_summary(effort) for effort in self._dense},
            "entropy_coded_bits": self._costs(default),
            "retrieval": {
                "bits": self._retrieval.bits if self._retrieval else None,
                "chamfer_e3": float(np.mean(self._nearest)),
            },
            "classes": {
                label: self._of_class(label, training.get((self.name, label), 0))
                for label in sorted({shape.label for shape in self.shapes})
            },
        }

    def _settings(self) -> list[tuple[int, int]]:
        """(bits, effort) that are wanted, cheap ones first."""
        default = self._model.default_bits
        wanted = {(bits, effort) for bits in self.plan.bits for effort in self.plan.efforts}
        wanted |= {(default, effort) for effort in CLASS_EFFORTS}
        if self._model.entropy_table is not None:
            wanted |= {(default, effort) for effort in ENTROPY_EFFORTS}
        return sorted(wanted, key=lambda one: (one[1], one[0]))

    def code(self, bits: int, effort: int) -> str:
        """Codes and measures the clouds at one length and effort; says what was found."""
        codec = pcbin.Codec(self._model, bits=bits, effort=effort, warn=False)
        numbers = self.numbers(effort)
        what = f"{self.name}, {bits} bits, effort {effort}"
        rows = {number: self._one(codec, number) for number in self._progress.each(what, numbers)}
        self._rows[bits, effort] = rows
        return f"Chamfer {_mean(rows.values()):.3f}e-3"

    def _one(self, codec: pcbin.Codec, number: int) -> Row:
        cloud = self.shapes[number].cloud
        began = process_time()
        [code], [pose] = codec.codes([cloud])
        seconds = process_time() - began
        found = distortion(cloud, next(codec.restore(code[None], [pose])))
        return Row(code, pose, 1e3 * found.chamfer, found.d1_psnr, seconds)

    def _dense_numbers(self, effort: int) -> list[int]:
        return [number for number in self.numbers(effort) if number in self._with_spare]

    def _decode_dense(self, effort: int) -> str:
        """Originals of 8,192 points are encoded, and decoded to 2,048 and to 8,192 points."""
        codec = pcbin.Codec(self._model, effort=effort, warn=False)
        pairs = []
        for number in self._progress.each(f"{self.name}, {DENSE:,} points", self._dense_numbers(effort)):
            cloud = self.shapes[number].whole[:DENSE].astype(np.float64)
            codes, poses = codec.codes([cloud])
            pairs.append(
                [
                    1e3 * distortion(cloud, next(codec.restore(codes, poses, n_points=points))).chamfer
                    for points in (POINTS, DENSE)
                ]
            )
        if not pairs:
            return "none"
        few, many = np.mean(pairs, axis=0).tolist()
        self._dense[effort] = few, many
        return f"ratio {many / few:.3f}"

    def _find(self, retrieval: Retrieval) -> str:
        self._retrieval = retrieval
        what = f"{self.name}, nearest training shape"
        self._nearest = [
            retrieval.chamfer_e3(shape.cloud) for shape in self._progress.each(what, self.shapes)
        ]
        return f"Chamfer {np.mean(self._nearest):.3f}e-3"

    def _summary(self, bits: int, effort: int) -> Json:
        rows = self.rows(bits, effort)
        found = _figures(list(rows.values()))
        if len(rows) < len(self.shapes):  # so that efforts can be compared
            found["same_clouds_chamfer_e3"] = {
                str(other): _mean([self.rows(bits, other)[number] for number in rows])
                for other in self.plan.efforts
                if other <= DEFAULT_EFFORT
            }
        return found

    def _without_twins(self, bits: int) -> Json | None:
        """Figures of the shapes that have no copy in the training split; None where no shape has one."""
        single = [number for number, shape in enumerate(self.shapes) if not shape.twin]
        if len(single) in (0, len(self.shapes)):
            return None
        return {
            str(effort): _figures([self.rows(bits, effort)[number] for number in single])
            for effort in CLASS_EFFORTS
        }

    def _floor(self) -> float | None:
        """Mean distance between two samplings of the same shape, where there are points for two."""
        spare = [shape.whole for shape in self.shapes if len(shape.whole) >= 2 * POINTS]
        if not spare:
            return None
        return 1e3 * float(
            np.mean([sampling_floor(whole[: 2 * POINTS].astype(np.float64)) for whole in spare])
        )

    def _dense_summary(self, effort: int) -> Json:
        few, many = self._dense[effort]
        clouds = len(self._dense_numbers(effort))
        return {
            "clouds": clouds,
            f"chamfer_e3_{POINTS}": few,
            f"chamfer_e3_{DENSE}": many,
            "ratio": many / few,
        }

    def _costs(self, bits: int) -> Json | None:
        """Mean bits of an entropy-coded code at best; None for a model without a table."""
        table = self._model.entropy_table
        if table is None:
            return None
        return {
            str(effort): float(
                table.cost(np.stack([row.code for row in self.rows(bits, effort).values()])).mean()
            )
            for effort in ENTROPY_EFFORTS
        }

    def _of_class(self, label: str, training: int) -> Json:
        numbers = [number for number, shape in enumerate(self.shapes) if shape.label == label]
        bits = self._model.default_bits
        ours = {
            str(effort): _mean([self.rows(bits, effort)[number] for number in numbers])
            for effort in CLASS_EFFORTS
        }
        nearest = float(np.mean([self._nearest[number] for number in numbers]))
        return {
            "clouds": len(numbers),
            "training_shapes": training,
            "enough_training_shapes": training >= ENOUGH,
            "chamfer_e3": ours,
            "retrieval_chamfer_e3": nearest,
            "better_than_retrieval": {effort: value < nearest for effort, value in ours.items()},
        }


def lengths(model: Model, wanted: Sequence[int], progress: Progress) -> list[int]:
    """Those of the wanted lengths that the model has, and its default."""
    found = {model.default_bits}
    for bits in wanted:
        if model.shortest <= bits <= model.bits and not bits % 8:
            found.add(bits)
        else:
            progress.say(f"{bits} bits: skipped, model {model.name} has no such length")
    return sorted(found)


def follow(steps: Sequence[Step], progress: Progress) -> None:
    """Does the steps, and says after each how long the others will take."""
    from benchmarks.rate_distortion.progress import clock

    spent = done = 0.0
    total = sum(step.expected_s for step in steps)
    progress.say(f"{len(steps)} steps, roughly {clock(total)}")
    for number, step in enumerate(steps, 1):
        began = perf_counter()
        found = step.run()
        spent += perf_counter() - began
        done += step.expected_s
        left = clock((total - done) * spent / done) if done else "?"
        progress.say(f"{number} of {len(steps)}: {step.what}: {found}; ETA {left}")


def _encode_s(effort: int) -> float:
    return CODE_S + SCORE_S * CLOUD_MEASUREMENTS[effort]


def _mean(rows: Any) -> float:
    return float(np.mean([row.chamfer_e3 for row in rows]))


def _figures(rows: Sequence[Row]) -> Json:
    values = np.array([row.chamfer_e3 for row in rows])
    return {
        "clouds": len(rows),
        "chamfer_e3": float(values.mean()),
        "chamfer_e3_median": float(np.median(values)),
        "chamfer_e3_worst": float(values.max()),
        "d1_psnr_db": float(np.mean([row.d1_psnr for row in rows])),
        "encode_s": float(np.mean([row.encode_s for row in rows])),
    }

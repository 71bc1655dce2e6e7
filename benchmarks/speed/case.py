"""What is timed: a function of a name and a group; and timing that slow moments hit evenly."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..rate_distortion.progress import Progress

BUDGET_S = 20.0
"""A case that has run for so long is not run in later rounds: a search of seconds needs few."""


@dataclass(frozen=True)
class Case:
    """One thing to time."""

    group: str
    """Cases of one group stand in one table, and are compared with the group's reference."""
    name: str
    run: Callable[[], Any]
    clouds: int = 1
    """Clouds that one call of `run` deals with."""
    reference: bool = False
    """Whether the others of the group are compared with this one."""
    facts: dict[str, float | int | str] = field(default_factory=dict)
    """What else is known of it: bits, Chamfer distance, how many points; recorded with the times."""


@dataclass(frozen=True)
class Timed:
    """Times of a case, in milliseconds a cloud."""

    group: str
    name: str
    median_ms: float
    min_ms: float
    ratio: float
    """Of the median to that of the group's reference."""
    facts: dict[str, float | int | str]


def measure(cases: Sequence[Case], rounds: int, progress: Progress) -> list[Timed]:
    """All cases in turns, at most `rounds` times each, after one call that is not timed.

    They take turns so that a slow moment of the machine hits all of them alike.
    """
    for case in progress.each("first calls", cases):
        case.run()
    times: list[list[float]] = [[] for _ in cases]
    for _ in progress.each("rounds", range(rounds)):
        for case, found in zip(cases, times, strict=True):
            if sum(found) * case.clouds > 1e3 * BUDGET_S:
                continue
            began = time.perf_counter()
            case.run()
            found.append(1e3 * (time.perf_counter() - began) / case.clouds)
    medians = [statistics.median(found) for found in times]
    base = {case.group: median for case, median in zip(cases, medians, strict=True) if case.reference}
    return [
        Timed(case.group, case.name, median, min(found), median / base[case.group], dict(case.facts))
        for case, median, found in zip(cases, medians, times, strict=True)
    ]

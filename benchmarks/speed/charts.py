"""Two pictures of a run: time against distance, and clouds a second against batch, points and processes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pcbin.formats.atomic import write_atomic
from pcbin.reproduce import style

from .case import Timed

THROUGHPUT = (
    ("encode batches", "batch", "clouds per batch"),
    ("decode batches", "batch", "codes per batch"),
    ("points in", "points", "points of the cloud"),
    ("points out", "points", "points decoded"),
    ("cores", "cores", "processes"),
)


def draw(folder: Path, rows: Sequence[Timed]) -> None:
    """speed-distance.png and speed-throughput.png, into a folder that is there. Raises MissingDependency."""
    write_atomic(folder / "speed-distance.png", _distance(rows), overwrite=True)
    write_atomic(folder / "speed-throughput.png", _throughput(rows), overwrite=True)


def _series(name: str) -> str:
    """The curve to which a case belongs: its name without the setting."""
    return name.partition(",")[0]


def _distance(rows: Sequence[Timed]) -> bytes:
    figure, axes = style.chart(4.8, 2, sharey=True)
    for place, group in zip(axes, ("encode one cloud", "decode one cloud"), strict=True):
        members = [row for row in rows if row.group == group]
        names = list(dict.fromkeys(_series(row.name) for row in members))
        looks = style.looks(names)
        for name in names:
            curve = [row for row in members if _series(row.name) == name]
            place.plot(
                [row.median_ms for row in curve], [row.facts["chamfer_e3"] for row in curve],
                label=name, color=looks[name].colour, marker=looks[name].mark,
            )  # fmt: skip
        place.set_xscale("log")
        place.set_yscale("log")
        place.set_xlabel(f"{group}, ms")
    axes[0].set_ylabel("Chamfer distance x 1e3 (lower is better)")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    return style.png(figure)


def _throughput(rows: Sequence[Timed]) -> bytes:
    shown = [panel for panel in THROUGHPUT if any(row.group == panel[0] for row in rows)]
    figure, axes = style.chart(3.6, len(shown), squeeze=False)
    for place, (group, fact, label) in zip(axes[0], shown, strict=True):
        members = [row for row in rows if row.group == group and row.name.startswith("pcbin")]
        keys = list(dict.fromkeys(_curve(row, fact) for row in members))
        for key in keys:
            curve = [row for row in members if _curve(row, fact) == key]
            ticks = [float(row.facts[fact]) for row in curve]
            place.plot(ticks, [1e3 / row.median_ms for row in curve], marker="o", label=key)
        place.set_xscale("log", base=2)
        place.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks], rotation=45)
        place.minorticks_off()
        place.set_ylim(bottom=0)
        place.set_title(group)
        place.set_xlabel(label)
        if len(keys) > 1:
            place.legend()
    axes[0][0].set_ylabel("clouds a second")
    return style.png(figure)


def _curve(row: Timed, fact: str) -> str:
    """What else is the same along a curve: the effort or the model."""
    return ", ".join(f"{name} {value}" for name, value in row.facts.items() if name != fact) or row.group

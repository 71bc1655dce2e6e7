"""The two pictures: Chamfer distance and D1-PSNR against payload bits, and against container bits.

    python -m benchmarks.rate_distortion.charts OUT

draws them again from OUT/results.json of a run that is done.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.formats.atomic import write_atomic
from pcbin.reproduce import style

from .measure import Row, curves

PANELS = (
    ("payload_bits", "payload bits per cloud: the code alone"),
    ("container_bits", "container bits per cloud: every byte on disk"),
)


def draw(folder: Path, rows: Sequence[Row], floor_e3: float | None) -> None:
    """chamfer.png and d1_psnr.png, into a folder that is there. Raises MissingDependency."""
    _picture(folder / "chamfer.png", rows, "chamfer_e3", "Chamfer distance x 1e3 (lower is better)", floor_e3)
    _picture(folder / "d1_psnr.png", rows, "d1_psnr_db", "D1-PSNR, dB (higher is better)", None)


def _picture(path: Path, rows: Sequence[Row], value: str, label: str, floor: float | None) -> None:
    figure, axes = style.chart(6.4, 2, sharex=True, sharey=True)
    for place, (rate, name) in zip(axes, PANELS, strict=True):
        _curves(place, rows, rate, value)
        place.set_xscale("log", base=2)
        low, high = np.log2(place.get_xlim())
        ticks = 2.0 ** np.arange(np.ceil(low), np.floor(high) + 1, 2)
        place.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
        place.minorticks_off()
        place.set_xlabel(name)
        if floor is not None:
            place.axhline(
                floor, color=style.QUIET, linestyle=":", linewidth=1.5, label="two samplings of one shape"
            )
    if value == "chamfer_e3":
        axes[0].set_yscale("log")
        low, high = axes[0].get_ylim()
        steps = [step * 10.0**power for power in range(-4, 5) for step in (1, 2, 5)]
        shown = [step for step in steps if low <= step <= high]
        axes[0].set_yticks(shown, [f"{step:g}" for step in shown], minor=False)
        axes[0].set_yticks([], minor=True)
    axes[0].set_ylabel(label)
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, handlelength=3)
    write_atomic(path, style.png(figure), overwrite=True)


def _curves(place: Any, rows: Sequence[Row], rate: str, value: str) -> None:
    """pcbin thick; trained rivals with full marks, untrained ones dashed with empty marks."""
    schemes = list(curves(rows))
    looks = style.looks(scheme for scheme, _ in schemes)
    for scheme, points in schemes:
        pcbin, dashed = (points[0].kind == kind for kind in ("pcbin", "untrained"))
        look = looks[scheme]
        place.plot(
            [getattr(row, rate) for row in points],
            [getattr(row, value) for row in points],
            label=scheme,
            color=look.colour,
            marker=look.mark,
            markersize=6 if len(points) > 1 else 9,
            markerfacecolor="white" if dashed else look.colour,
            linestyle="none" if len(points) == 1 else "--" if dashed else "-",
            linewidth=2.6 if pcbin else 1.4,
            zorder=4 if len(points) == 1 else 3 if pcbin else 2,  # no curve hides a system's only point
        )


def redraw(folder: Path) -> None:
    """The pictures of a run, from the figures that it has recorded in the folder."""
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    draw(folder, [Row(**row) for row in found["rows"]], found["sampling_floor_e3"])


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        redraw(Path(folder))

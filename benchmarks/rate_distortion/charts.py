"""The two pictures: Chamfer distance and D1-PSNR against payload bits, and against container bits."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.formats.atomic import write_atomic

from .measure import Row, curves

OURS = ("#7f0000", "#d7301f", "#fc8d59", "#fdbb84")
THEIRS = ("#08519c", "#4292c6", "#238b45", "#6a51a3", "#000000", "#8c6d31", "#7f7f7f", "#17becf", "#e377c2")
MARKS = "so^Dvp*hX"
DPI = 110


def draw(folder: Path, rows: Sequence[Row], floor_e3: float | None) -> None:
    """chamfer.png and d1_psnr.png, into a folder that is there. Raises ImportError without matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    _picture(folder / "chamfer.png", rows, "chamfer_e3", "Chamfer distance x 1e3 (lower is better)", floor_e3)
    _picture(folder / "d1_psnr.png", rows, "d1_psnr_db", "D1-PSNR, dB (higher is better)", None)


def _picture(path: Path, rows: Sequence[Row], value: str, label: str, floor: float | None) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(13.5, 5.6), sharey=True, layout="constrained")
    panels = (("payload_bits", "payload bits per cloud: the code alone"),
              ("container_bits", "container bits per cloud: every byte on disk"))  # fmt: skip
    for place, (rate, name) in zip(axes, panels, strict=True):
        _curves(place, rows, rate, value)
        place.set_xscale("log", base=2)
        low, high = place.get_xlim()
        ticks = 2.0 ** np.arange(np.ceil(np.log2(low)), np.floor(np.log2(high)) + 1)
        place.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks], fontsize=9)
        place.minorticks_off()
        place.set_xlabel(name)
        place.grid(color="#e4e4e4", linewidth=0.7)
        place.spines[["top", "right"]].set_visible(False)
        if floor is not None:
            place.axhline(
                floor, color="#555555", linestyle=":", linewidth=1.3, label="two samplings of one shape"
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
    figure.legend(handles, names, loc="outside right upper", frameon=False, fontsize=10, handlelength=3)
    picture = io.BytesIO()
    # without the metadata that would change from run to run
    figure.savefig(picture, dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    write_atomic(path, picture.getvalue(), overwrite=True)


def _curves(place: Any, rows: Sequence[Row], rate: str, value: str) -> None:
    """pcbin thick and red; trained rivals with full marks, untrained ones dashed with empty marks."""
    colours, ours, marks = iter(THEIRS * 3), iter(OURS * 3), iter(MARKS * 3)
    for scheme, points in curves(rows):
        pcbin = points[0].kind == "pcbin"
        dashed = points[0].kind == "untrained"
        colour = next(ours if pcbin else colours)
        place.plot(
            [getattr(row, rate) for row in points],
            [getattr(row, value) for row in points],
            label=scheme,
            color=colour,
            marker="o" if pcbin else next(marks),
            markersize=6 if len(points) > 1 else 9,
            markerfacecolor="white" if dashed else colour,
            linestyle="--" if dashed else "-",
            linewidth=2.6 if pcbin else 1.4,
            zorder=3 if pcbin else 2,
        )

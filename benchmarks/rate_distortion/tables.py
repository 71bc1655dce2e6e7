"""The results as files: results.csv, results.json, table.md."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pcbin.formats.atomic import write_atomic

from . import published
from .measure import Row
from .summary import TIMES, Verdict

Notes = Mapping[str, str]
"""Scheme -> what its container holds."""

HEAD = (
    "scheme", "setting", "payload bits", "container bits", "bits/point", "ratio", "Chamfer x 1e3", "median",
    "max", "D1-PSNR dB", "encode ms", "decode ms", "table kB",
)  # fmt: skip
TERMS = """\
- Chamfer: mean over x of the squared distance to the nearest y, plus the mean over y of the same, the
  original scaled to a unit bounding-box diagonal. D1-PSNR: 10 log10(3 p² / mse), p the longest side of the
  box. Both as `pcbin.metrics` defines them.
- Every scheme codes clouds in this normalised frame: nothing is charged for centre and scale.
- Payload bits: the code alone, where it can be told from headers. Container bits: every byte on disk that a
  decoder needs for one cloud, without pose unless the format has one in any case. Bits per point, and the
  ratio to 32-bit floats, are the container's.
- Table: what a decoder must have once, whatever the number of clouds.
- Bits are means over the clouds. Times are medians per cloud in this one process: compare them within this
  run only."""


def write(
    folder: Path, about: Mapping[str, Any], rows: Sequence[Row], found: Sequence[Verdict], notes: Notes
) -> None:
    """All three, into a folder that is there."""
    names = [field.name for field in dataclasses.fields(Row)]
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, names)
    table.writeheader()
    table.writerows(dataclasses.asdict(row) for row in rows)
    document = {
        **about,
        "containers": dict(notes),
        "rows": [dataclasses.asdict(row) for row in rows],
        "summary": [dataclasses.asdict(verdict) for verdict in found],
    }
    files = {
        "results.csv": text.getvalue(),
        "results.json": json.dumps(_plain(document), indent=1) + "\n",
        "table.md": markdown(about, rows, found, notes),
    }
    for name, content in files.items():
        write_atomic(folder / name, content.encode(), overwrite=True)


def markdown(about: Mapping[str, Any], rows: Sequence[Row], found: Sequence[Verdict], notes: Notes) -> str:
    floor = about["sampling_floor_e3"]
    parts = [
        "# Rate and distortion\n",
        f"{about['clouds']} clouds of {about['points']} points from `{about['data']}`"
        + (f"; trained rivals saw {about['train']} other shapes" if about["train"] else "")
        + (f". Two samplings of one shape differ by a Chamfer of {floor:.3f}e-3" if floor else "")
        + ".\n",
        f"## At each rate of pcbin: the best rival at up to {TIMES} x the payload bits\n",
        _table(
            ("pcbin", "Chamfer x 1e3", "best rival", "its bits", "its Chamfer", "pcbin is lower"),
            [_verdict(verdict) for verdict in found],
        ),
        "## All settings\n",
        _table(HEAD, [_cells(row) for row in rows]),
        *_published(about),
        TERMS + "\n",
        "Containers hold:\n",
        "\n".join(f"- {scheme}: {note}" for scheme, note in notes.items()) + "\n",
        "Measured with: " + ", ".join(f"{name} {value}" for name, value in about["versions"].items()) + ".\n",
    ]
    return "\n".join(parts)


def _published(about: Mapping[str, Any]) -> list[str]:
    if (about["data"], about["split"]) != published.OF:
        return []
    rows = [(one.codec, f"{one.bits:,}", f"{one.chamfer_e3:.2f}") for one in published.CHAIRS]
    return [
        "## Published, not measured here\n",
        _table(("scheme", "payload bits", "Chamfer x 1e3"), rows),
        published.NOTE + "\n",
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Numbers to the right: every column but those of names."""
    left = {"scheme", "setting", "pcbin", "best rival"}
    marks = ["---" if name in left else "--:" for name in head]
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, marks, *rows)]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.scheme, row.setting, f"{row.payload_bits:,.0f}", f"{row.container_bits:,.0f}",
        f"{row.bits_per_point:.3f}", f"{row.ratio:,.0f}", f"{row.chamfer_e3:.3f}",
        f"{row.chamfer_e3_median:.3f}", f"{row.chamfer_e3_max:.2f}", f"{row.d1_psnr_db:.2f}",
        f"{row.encode_ms:.1f}", f"{row.decode_ms:.2f}", f"{row.table_bytes / 1000:,.0f}",
    )  # fmt: skip


def _verdict(verdict: Verdict) -> tuple[str, ...]:
    if verdict.rival is None:
        rival = ("none works with so few bits", "", "")
    else:
        rival = (verdict.rival, f"{verdict.rival_bits:,.0f}", f"{verdict.rival_chamfer_e3:.3f}")
    return verdict.pcbin, f"{verdict.chamfer_e3:.3f}", *rival, "yes" if verdict.wins else "no"


def _plain(value: Any) -> Any:
    """JSON has no infinity: a lossless setting has no PSNR."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

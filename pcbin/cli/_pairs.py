"""`pcbin eval` of two files: an original against its decoded form, or against a .pcb file with one."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pcbin.archive
from pcbin._words import article, milliseconds
from pcbin.arrays import Outliers, Pose, Up
from pcbin.cli._paths import is_pcb
from pcbin.codec import in_words
from pcbin.coding.options import Options
from pcbin.errors import InputError
from pcbin.modalities import Item, Modality, Rate, Reading, modality_of_file
from pcbin.modalities.base import Report
from pcbin.modalities.clouds import CLOUDS, outliers_of
from pcbin.modalities.evaluations import Metrics
from pcbin.models.model import Model


class Comparison(NamedTuple):
    """The metrics of a pair, how to tell them, and the same for JSON.

    warning: where a .pcb file's object is unlike those that its model was trained on.
    """

    report: Report
    evaluation: Any
    document: dict[str, Any]
    warning: str | None


def compare(
    original: Path,
    decoded: Path,
    *,
    model: str | None,
    device: str,
    reading: Reading,
    up: Up,
    metrics: Metrics,
    outliers: Outliers,
) -> Comparison:
    """Compares two files. reading: of the original, and outliers too; up: of decoding a .pcb file.

    Raises InputError where the two are not of one kind, or cannot be read.
    """
    document: dict[str, Any] = {"input": str(original), "decoded": str(decoded)}
    modality = modality_of_file(original, reading.format) or CLOUDS  # whose reader will say what is wrong
    files, report, warning = modality.files, modality.report_of(metrics), None
    if is_pcb(decoded):
        back, rate, pose, coder, seconds = _decoded(decoded, modality, model, device, up)
        document["decode_ms"] = milliseconds(seconds)
        item = _read(original, modality, reading, outliers)
        found = modality.evaluate(
            item.array, back, rate, placed=pose is not None, metrics=metrics, normals=item.normals
        )
        if modality.has_points:
            warning = modality.unlike_training(coder, rate.payload_bits, found.chamfer)
    else:
        other = modality_of_file(decoded) or CLOUDS
        if other is not modality:
            raise InputError(
                f"{decoded}: {article(other.noun)}, and {original} is {article(modality.noun)}; "
                "compare two of one kind"
            )
        item = _read(original, modality, reading, outliers)
        back = files.read(decoded, replace(reading, format=None, array=None)).array
        found = modality.evaluate(item.array, back, metrics=metrics, normals=item.normals)
    document |= {**report.document(found), "omitted": list(item.omitted)}
    return Comparison(report, found, document, warning)


def _read(path: Path, modality: Modality, reading: Reading, outliers: Outliers) -> Item:
    """The original, without the outliers that encoding it leaves out."""
    item = modality.files.read(path, reading)
    options = Options(outliers=outliers, seed=reading.seed)
    left_out = outliers_of(item.array, item.array, options) if modality.has_points else None
    if left_out is None:
        return item
    return replace(
        item,
        array=item.array[~left_out],
        normals=None if item.normals is None else item.normals[~left_out],
        omitted=(*item.omitted, in_words(left_out)),
    )


def _decoded(
    path: Path, modality: Modality, model: str | None, device: str, up: Up
) -> tuple[Any, Rate, Pose | None, Model, float]:
    """The only object of a .pcb file, its rate, its pose, its model, and the seconds it took."""
    with pcbin.archive.open(path, model=model, device=device, up=up) as archive:
        if archive.header.layout != "single":
            raise InputError(
                f"{path}: an archive; compare with {article(modality.noun)} of it: `pcbin decode --index I`"
            )
        kind = archive.codec.modality
        if kind is not modality:
            raise InputError(
                f"{path}: the code of {article(kind.noun)}, by model {archive.codec.model.name}; "
                f"compare it with {article(kind.noun)}"
            )
        began = time.perf_counter()
        decoded = archive[0]
        seconds = time.perf_counter() - began
        rate = Rate(archive.bits, 8 * path.stat().st_size)
        return decoded, rate, archive.pose, archive.codec.model, seconds

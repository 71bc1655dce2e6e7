"""How the metrics of clouds are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pcbin._words import db, e3, scaled, sizes
from pcbin.metrics import EMD_POINTS, THRESHOLD
from pcbin.modalities.base import Report
from pcbin.modalities.evaluations import METRICS, Evaluation, Metrics, metrics_of

COLUMNS = {
    "chamfer": ("CHAMFER e-3", scaled),
    "d1_psnr": ("D1-PSNR dB", "{:.1f}".format),
    "f_score": ("F-SCORE", "{:.3f}".format),
    "d2_psnr": ("D2-PSNR dB", "{:.1f}".format),
    "hausdorff": ("HAUSDORFF e-3", scaled),
    "hausdorff_95": ("95 % e-3", scaled),
    "dcd": ("DCD", "{:.3f}".format),
    "emd": ("EMD e-3", scaled),
}
"""The head of a metric's column, and how its values are written."""


class CloudReport(Report):
    def __init__(self, metrics: Metrics = None) -> None:
        """Raises InputError for unknown metrics."""
        fields = [field for name in metrics_of(metrics) for field in METRICS[name]]
        self._omitted = {field for some in METRICS.values() for field in some if field not in fields}
        self._shown = [field for field in fields if field in COLUMNS]
        self.head = (
            "CLOUD", "POINTS", "BITS", "BYTES", "BITS/POINT", "RATIO",
            *(COLUMNS[field][0] for field in self._shown),
        )  # fmt: skip
        self.means = ("points", "payload_bits", "container_bits", "bits_per_point", "ratio", *fields)

    def document(self, evaluation: Evaluation) -> dict[str, Any]:
        omitted = {*self._omitted, "one_way"} if evaluation.one_way is None else self._omitted
        return {key: value for key, value in asdict(evaluation).items() if key not in omitted}

    def line(self, evaluation: Evaluation) -> str:
        if evaluation.one_way is not None:
            return f"completed: {e3(evaluation.one_way)} from what is there to the decoded cloud, one way"
        return f"Chamfer distance {e3(evaluation.chamfer)}, D1-PSNR {db(evaluation.d1_psnr)}"

    def rows(self, evaluation: Evaluation) -> list[tuple[str, str]]:
        rows = [("points", f"{evaluation.points:,}")]
        if evaluation.container_bits is not None:
            rows += sizes(evaluation, "32-bit floats")
            rows.append(("rate", f"{evaluation.bits_per_point:.3g} bits per point, for the whole file"))
        return [*rows, *(row for name, row in _told(evaluation) if name not in self._omitted)]

    def cells(self, metrics: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            f"{metrics['points']:,.0f}",
            f"{metrics['payload_bits']:.0f}",
            f"{metrics['container_bits'] / 8:,.0f}",
            f"{metrics['bits_per_point']:.3g}",
            f"{metrics['ratio']:,.0f}",
            *("-" if metrics[field] is None else COLUMNS[field][1](metrics[field]) for field in self._shown),
        )

    def mean(self, measured: Sequence[tuple[str, Evaluation]]) -> tuple[str, dict[str, Any]]:
        chamfer = float(np.mean([e.chamfer for _, e in measured]))
        psnr = float(np.mean([e.d1_psnr for _, e in measured]))
        worst, highest = max(measured, key=lambda pair: pair[1].chamfer)
        text = (
            f"mean Chamfer distance {e3(chamfer)} (worst {e3(highest.chamfer)}: {worst}), "
            f"mean D1-PSNR {db(psnr)}"
        )
        return text, {
            "chamfer": chamfer, "d1_psnr": psnr, "worst": worst, "worst_chamfer": highest.chamfer,
        }  # fmt: skip


def _told(found: Evaluation) -> list[tuple[str, tuple[str, str]]]:
    """A field of the metrics that were measured, and its name and value in words."""
    told = []
    if found.one_way is not None:
        told.append(("one_way", ("completed", f"{e3(found.one_way)} from what is there, one way")))
    told += [
        ("chamfer", ("Chamfer distance", f"{e3(found.chamfer)} (mean of squares, unit diagonal)")),
        ("chamfer_sum", ("as sums", f"{found.chamfer_sum:.4g} (over the points of both clouds)")),
        ("d1_psnr", ("D1-PSNR", db(found.d1_psnr))),
    ]
    if found.f_score is not None:
        parts = f"precision {found.precision:.3f}, recall {found.recall:.3f}"
        near = f"within {100 * THRESHOLD:g} % of the diagonal"
        told.append(("f_score", ("F-score", f"{found.f_score:.3f} ({parts}, {near})")))
    lacking = "not measured: the original has no normals"
    told.append(("d2_psnr", ("D2-PSNR", lacking if found.d2_psnr is None else db(found.d2_psnr))))
    if found.hausdorff is not None and found.hausdorff_95 is not None:
        both = f"{e3(found.hausdorff)} of the diagonal (95th percentile {e3(found.hausdorff_95)})"
        told.append(("hausdorff", ("Hausdorff", both)))
    if found.dcd is not None:
        told.append(("dcd", ("DCD", f"{found.dcd:.3f} (density-aware Chamfer distance, 0 to 1)")))
    if found.emd is not None:
        told.append(("emd", ("EMD", f"{e3(found.emd)} of the diagonal ({EMD_POINTS} points)")))
    return told

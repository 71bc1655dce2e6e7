"""How the metrics of clouds are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pcbin._words import db, e3, scaled, sizes
from pcbin.modalities.base import Report
from pcbin.modalities.evaluations import Evaluation


class CloudReport(Report):
    head = ("CLOUD", "POINTS", "BITS", "BYTES", "BITS/POINT", "RATIO", "CHAMFER e-3", "D1-PSNR dB")
    means = (
        "points", "payload_bits", "container_bits", "bits_per_point", "ratio", "chamfer", "chamfer_sum",
        "d1_psnr",
    )  # fmt: skip

    def line(self, evaluation: Evaluation) -> str:
        return f"Chamfer distance {e3(evaluation.chamfer)}, D1-PSNR {db(evaluation.d1_psnr)}"

    def rows(self, evaluation: Evaluation) -> list[tuple[str, str]]:
        rows = [("points", f"{evaluation.points:,}")]
        if evaluation.container_bits is not None:
            rows += sizes(evaluation, "32-bit floats")
            rows.append(("rate", f"{evaluation.bits_per_point:.3g} bits per point, for the whole file"))
        return [
            *rows,
            ("Chamfer distance", f"{e3(evaluation.chamfer)} (mean of squares, unit diagonal)"),
            ("as sums", f"{evaluation.chamfer_sum:.4g} (over the points of both clouds)"),
            ("D1-PSNR", db(evaluation.d1_psnr)),
        ]

    def cells(self, metrics: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            f"{metrics['points']:,.0f}",
            f"{metrics['payload_bits']:.0f}",
            f"{metrics['container_bits'] / 8:,.0f}",
            f"{metrics['bits_per_point']:.3g}",
            f"{metrics['ratio']:,.0f}",
            scaled(metrics["chamfer"]),
            f"{metrics['d1_psnr']:.1f}",
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

"""How the metrics of images are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pcbin._words import db, e3, scaled, sizes
from pcbin.modalities.base import Report
from pcbin.modalities.evaluations import ImageEvaluation


class ImageReport(Report):
    head = ("IMAGE", "PIXELS", "BITS", "BYTES", "BPP", "RATIO", "MSE e-3", "PSNR dB")
    means = (
        "height", "width", "payload_bits", "container_bits", "bpp", "container_bpp", "ratio", "mse", "psnr",
    )  # fmt: skip

    def document(self, evaluation: ImageEvaluation) -> dict[str, Any]:
        return asdict(evaluation)

    def line(self, evaluation: ImageEvaluation) -> str:
        rate = "" if evaluation.bpp is None else f", {evaluation.bpp:.3g} BPP (bits of code per pixel)"
        return f"PSNR {db(evaluation.psnr)}, mean squared error {e3(evaluation.mse)}{rate}"

    def rows(self, evaluation: ImageEvaluation) -> list[tuple[str, str]]:
        rows = [("pixels", f"{evaluation.height} x {evaluation.width}")]
        if evaluation.container_bits is not None:
            rows += sizes(evaluation, "8-bit grey values")
            whole = f"{evaluation.container_bpp:.3g} for the whole file"
            rows.append(("BPP", f"{evaluation.bpp:.3g} bits per pixel, the code alone; {whole}"))
        return [
            *rows,
            ("mse", f"{e3(evaluation.mse)} (of grey values from 0 to 1)"),
            ("PSNR", db(evaluation.psnr)),
        ]

    def cells(self, metrics: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            f"{metrics['height']:.0f}x{metrics['width']:.0f}",
            f"{metrics['payload_bits']:.0f}",
            f"{metrics['container_bits'] / 8:,.0f}",
            f"{metrics['bpp']:.3g}",
            f"{metrics['ratio']:,.1f}",
            scaled(metrics["mse"]),
            f"{metrics['psnr']:.1f}",
        )

    def mean(self, measured: Sequence[tuple[str, ImageEvaluation]]) -> tuple[str, dict[str, Any]]:
        psnr = float(np.mean([e.psnr for _, e in measured]))
        mse = float(np.mean([e.mse for _, e in measured]))
        worst, lowest = min(measured, key=lambda pair: pair[1].psnr)
        text = (
            f"mean PSNR {db(psnr)} (worst {db(lowest.psnr)}: {worst}), mean squared error {e3(mse)}, "
            f"{lowest.bpp:.3g} BPP"
        )
        return text, {
            "psnr": psnr, "mse": mse, "bpp": lowest.bpp, "worst": worst, "worst_psnr": lowest.psnr,
        }  # fmt: skip

"""How the figures of an evaluation are said: in one line, in a list, in a table, as means over many."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from pcbin.cli.words import db, e3, scaled, times
from pcbin.evaluation import Evaluation, ImageEvaluation

E = TypeVar("E", Evaluation, ImageEvaluation)
Named = Sequence[tuple[str, E]]


class Measures(ABC, Generic[E]):
    """Of clouds, or of images. noun: what one of them is called. raw: what its ratios are ratios to."""

    noun: ClassVar[str]
    raw: ClassVar[str]
    head: ClassVar[tuple[str, ...]]
    """The columns of the table of `pcbin eval`."""
    means: ClassVar[tuple[str, ...]]
    """The figures that have a mean there."""

    @abstractmethod
    def quality(self, evaluation: E) -> str:
        """One line."""

    @abstractmethod
    def rows(self, evaluation: E) -> list[tuple[str, str]]:
        """All of it, as names and values."""

    @abstractmethod
    def row(self, d: dict[str, Any]) -> tuple[str, ...]:
        """The table's columns but for the name and the times; d: the figures, for means with fractions."""

    @abstractmethod
    def mean(self, measured: Named[E]) -> tuple[str, dict[str, Any]]:
        """Of an archive: one line, and the same for JSON."""


class CloudMeasures(Measures[Evaluation]):
    noun = "cloud"
    raw = "32-bit floats"
    head = ("CLOUD", "POINTS", "BITS", "BYTES", "BITS/POINT", "RATIO", "CHAMFER e-3", "D1-PSNR dB")
    means = (
        "points", "payload_bits", "container_bits", "bits_per_point", "ratio", "chamfer", "chamfer_sum",
        "d1_psnr",
    )  # fmt: skip

    def quality(self, evaluation: Evaluation) -> str:
        return f"Chamfer distance {e3(evaluation.chamfer)}, D1-PSNR {db(evaluation.d1_psnr)}"

    def rows(self, evaluation: Evaluation) -> list[tuple[str, str]]:
        rows = [("points", f"{evaluation.points:,}")]
        if evaluation.container_bits is not None:
            rows += _sizes(evaluation, self.raw)
            rows.append(("rate", f"{evaluation.bits_per_point:.3g} bits a point, the whole file"))
        return [
            *rows,
            ("Chamfer distance", f"{e3(evaluation.chamfer)} (mean of squares, unit diagonal)"),
            ("as sums", f"{evaluation.chamfer_sum:.4g} (over the points of both clouds)"),
            ("D1-PSNR", db(evaluation.d1_psnr)),
        ]

    def row(self, d: dict[str, Any]) -> tuple[str, ...]:
        return (
            f"{d['points']:,.0f}",
            f"{d['payload_bits']:.0f}",
            f"{d['container_bits'] / 8:,.0f}",
            f"{d['bits_per_point']:.3g}",
            f"{d['ratio']:,.0f}",
            scaled(d["chamfer"]),
            f"{d['d1_psnr']:.1f}",
        )

    def mean(self, measured: Named[Evaluation]) -> tuple[str, dict[str, Any]]:
        chamfer = _average(e.chamfer for _, e in measured)
        psnr = _average(e.d1_psnr for _, e in measured)
        worst, highest = max(measured, key=lambda pair: pair[1].chamfer)
        text = (
            f"mean Chamfer distance {e3(chamfer)} (worst {e3(highest.chamfer)}: {worst}), "
            f"mean D1-PSNR {db(psnr)}"
        )
        return text, {
            "chamfer": chamfer, "d1_psnr": psnr, "worst": worst, "worst_chamfer": highest.chamfer,
        }  # fmt: skip


class ImageMeasures(Measures[ImageEvaluation]):
    noun = "image"
    raw = "8-bit grey values"
    head = ("IMAGE", "PIXELS", "BITS", "BYTES", "BPP", "RATIO", "MSE e-3", "PSNR dB")
    means = (
        "height", "width", "payload_bits", "container_bits", "bpp", "container_bpp", "ratio", "mse", "psnr",
    )  # fmt: skip

    def quality(self, evaluation: ImageEvaluation) -> str:
        rate = "" if evaluation.bpp is None else f", {evaluation.bpp:.3g} BPP (bits of code a pixel)"
        return f"PSNR {db(evaluation.psnr)}, mean squared error {e3(evaluation.mse)}{rate}"

    def rows(self, evaluation: ImageEvaluation) -> list[tuple[str, str]]:
        rows = [("pixels", f"{evaluation.height} x {evaluation.width}")]
        if evaluation.container_bits is not None:
            rows += _sizes(evaluation, self.raw)
            whole = f"{evaluation.container_bpp:.3g} the whole file"
            rows.append(("BPP", f"{evaluation.bpp:.3g} bits a pixel, the code alone; {whole}"))
        return [
            *rows,
            ("mse", f"{e3(evaluation.mse)} (of grey values from 0 to 1)"),
            ("PSNR", db(evaluation.psnr)),
        ]

    def row(self, d: dict[str, Any]) -> tuple[str, ...]:
        return (
            f"{d['height']:.0f}x{d['width']:.0f}",
            f"{d['payload_bits']:.0f}",
            f"{d['container_bits'] / 8:,.0f}",
            f"{d['bpp']:.3g}",
            f"{d['ratio']:,.1f}",
            scaled(d["mse"]),
            f"{d['psnr']:.1f}",
        )

    def mean(self, measured: Named[ImageEvaluation]) -> tuple[str, dict[str, Any]]:
        psnr, mse = _average(e.psnr for _, e in measured), _average(e.mse for _, e in measured)
        worst, lowest = min(measured, key=lambda pair: pair[1].psnr)
        text = (
            f"mean PSNR {db(psnr)} (worst {db(lowest.psnr)}: {worst}), mean squared error {e3(mse)}, "
            f"{lowest.bpp:.3g} BPP"
        )
        return text, {
            "psnr": psnr, "mse": mse, "bpp": lowest.bpp, "worst": worst, "worst_psnr": lowest.psnr,
        }  # fmt: skip


def _sizes(evaluation: Evaluation | ImageEvaluation, raw: str) -> list[tuple[str, str]]:
    assert evaluation.container_bits is not None
    assert evaluation.ratio is not None
    assert evaluation.payload_ratio is not None
    return [
        ("code", f"{evaluation.payload_bits} bits, {times(evaluation.payload_ratio)} smaller than {raw}"),
        ("file", f"{evaluation.container_bits // 8:,} bytes, {times(evaluation.ratio)} smaller than {raw}"),
    ]


def _average(values: Any) -> float:
    values = list(values)
    return float(sum(values) / len(values))


CLOUDS, IMAGES = CloudMeasures(), ImageMeasures()

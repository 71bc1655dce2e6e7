"""The metrics of one decoded object and of its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pcbin.errors import InputError

POINT_BITS = 3 * 32
"""Of an original point, as 32-bit floats."""
PIXEL_BITS = 8
"""Of an original pixel, as a grey value."""

METRICS = {
    "chamfer": ("chamfer", "chamfer_sum"),
    "d1-psnr": ("d1_psnr",),
    "f-score": ("f_score", "precision", "recall"),
    "d2-psnr": ("d2_psnr",),
    "hausdorff": ("hausdorff", "hausdorff_95"),
    "dcd": ("dcd",),
    "emd": ("emd",),
}
"""The metrics of clouds by name, and their fields of an `Evaluation`."""
USUAL = ("chamfer", "d1-psnr", "f-score")
"""Measured where nothing else is said: the nearest neighbours of both clouds give them all."""

Metrics = str | Iterable[str] | None
"""Names of metrics, "all", or None for the usual ones."""


def metrics_of(asked: Metrics) -> tuple[str, ...]:
    """The names, each once, in the order of `METRICS`. Raises InputError for unknown ones, or none at all."""
    if asked is None:
        return USUAL
    names = [asked] if isinstance(asked, str) else list(asked) if isinstance(asked, Iterable) else [asked]
    wrong = [name for name in names if not isinstance(name, str) or name not in (*METRICS, "all")]
    if wrong or not names:
        said = f"unknown: {wrong[0]!r}" if wrong else "none at all"
        raise InputError(f"metrics: {said}; use {', '.join(METRICS)} or all")
    return tuple(name for name in METRICS if name in names or "all" in names)


@dataclass(frozen=True)
class Evaluation:
    """The metrics of one cloud.

    The rates are None where no encoded bytes were given, the metrics from `f_score` on where they were not
    asked for, and the last one where nothing was completed.
    """

    points: int
    """Points of the original."""
    chamfer: float
    """Two-sided mean of squared nearest-neighbour distances, the original at unit bounding-box diagonal."""
    chamfer_sum: float
    """The same as sums over the points, the posters' convention."""
    d1_psnr: float
    """Point-to-point PSNR in dB, as MPEG pc_error defines it."""
    payload_bits: int | None = None
    """Bits of the code alone."""
    container_bits: int | None = None
    """Bits of the whole file: header, code, pose, metadata, checksum."""
    bits_per_point: float | None = None
    """Container bits for each point of the original."""
    ratio: float | None = None
    """The original as 32-bit floats (96 bits per point) to the whole file."""
    payload_ratio: float | None = None
    """The original as 32-bit floats to the code alone."""
    f_score: float | None = None
    """The harmonic mean of precision and recall, at 1 % of the original's bounding-box diagonal."""
    precision: float | None = None
    """The fraction of the decoded points that are so near to the original."""
    recall: float | None = None
    """The fraction of the original's points that are so near to a decoded one."""
    d2_psnr: float | None = None
    """Point-to-plane PSNR in dB, as MPEG pc_error defines it; None also where the original has no normals."""
    hausdorff: float | None = None
    """The largest nearest-neighbour distance of both directions, in diagonals of the original."""
    hausdorff_95: float | None = None
    """The larger of both directions' 95th percentiles of these distances."""
    dcd: float | None = None
    """Density-aware Chamfer distance, 0 to 1."""
    emd: float | None = None
    """Earth mover's distance of at most 512 points of each cloud: a mean distance, in diagonals."""

    one_way: float | None = None
    """Of a partial cloud that was completed: the mean squared distance from its points to the decoded ones,
    at unit bounding-box diagonal."""

    @property
    def chamfer_e3(self) -> float:
        """The Chamfer distance x 1000, as it is usually quoted."""
        return 1e3 * self.chamfer


@dataclass(frozen=True)
class ImageEvaluation:
    """The metrics of one grey image; the rates are None where no encoded bytes were given."""

    height: int
    """Rows of pixels."""
    width: int
    """Columns of pixels."""
    mse: float
    """Mean squared difference of the grey values, which go from 0 to 1."""
    psnr: float
    """10 log10(1 / mse) in dB; infinite at mse 0."""
    payload_bits: int | None = None
    """Bits of the code alone."""
    container_bits: int | None = None
    """Bits of the whole file: header, code, metadata, checksum."""
    bpp: float | None = None
    """Bits per pixel, of the code alone."""
    container_bpp: float | None = None
    """Bits per pixel, of the whole file."""
    ratio: float | None = None
    """The original as 8-bit grey values to the whole file."""
    payload_ratio: float | None = None
    """The original as 8-bit grey values to the code alone."""

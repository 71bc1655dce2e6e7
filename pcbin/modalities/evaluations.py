"""The metrics of one decoded object and of its file."""

from __future__ import annotations

from dataclasses import dataclass

POINT_BITS = 3 * 32
"""Of an original point, as 32-bit floats."""
PIXEL_BITS = 8
"""Of an original pixel, as a grey value."""


@dataclass(frozen=True)
class Evaluation:
    """The metrics of one cloud; the rates are None where no encoded bytes were given."""

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

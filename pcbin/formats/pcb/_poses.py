"""Poses as bytes: centre and scale, the centre as float32 where that is exact enough (spec, section 1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64, Pose
from pcbin.errors import FormatError, InputError
from pcbin.formats.pcb._header import PoseKind
from pcbin.formats.pcb._limits import INVALID

EXACT = 2.0**-20
"""Rounding may move a cloud by this fraction of its scale, and change the scale by this fraction."""

_TYPES: dict[PoseKind, npt.DTypeLike] = {
    "float32": [("center", "<f4", 3), ("scale", "<f4")],
    "float64": [("center", "<f8", 3), ("scale", "<f4")],
}
SIZES: dict[PoseKind, int] = {"none": 0, "float32": 16, "float64": 28}


def kind_of(pose: Pose | None) -> PoseKind:
    """The smallest kind that keeps this pose exact enough. Raises InputError for a pose no kind can hold."""
    if pose is None:
        return "none"
    centers, scales = as_columns(pose)
    return "float32" if bool(_fits_float32(centers, scales).all()) else "float64"


def as_columns(pose: Pose) -> tuple[Float64, Float64]:
    """One pose as checked arrays: centers (1, 3), scales (1,)."""
    try:
        center, scale = (
            np.asarray([pose.center], dtype=np.float64),
            np.asarray([pose.scale], dtype=np.float64),
        )
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"pose: {pose!r} is not made of numbers; pass three and one") from None
    return check(center, scale)


def check(centers: npt.ArrayLike, scales: npt.ArrayLike) -> tuple[Float64, Float64]:
    """centers (n, 3) and scales (n,) as float64. Raises InputError for what the format cannot hold."""
    try:
        centers = np.asarray(centers, dtype=np.float64)
        scales = np.asarray(scales, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"poses: not numbers ({error}); pass centers (n, 3) and scales (n,)") from None
    if centers.ndim != 2 or centers.shape[1] != 3 or scales.shape != centers.shape[:1]:
        raise InputError(
            f"poses: centers {centers.shape} and scales {scales.shape}; pass shapes (n, 3) and (n,)"
        )
    if not np.isfinite(centers).all():
        raise InputError("pose: a center that is not finite; remove NaN and infinite coordinates")
    if not (np.isfinite(scales) & (scales >= 0)).all():
        raise InputError(
            "pose: a scale that is negative or not finite; pass the length of the box's diagonal"
        )
    with np.errstate(over="ignore", under="ignore"):
        rounded = scales.astype(np.float32).astype(np.float64)
    fits = np.isfinite(rounded) & (np.abs(rounded - scales) <= scales * EXACT)
    if not fits.all():
        scale = float(scales[~fits][0])
        raise InputError(
            f"pose: scale {scale} is outside the range of float32; change the unit of the coordinates"
        )
    return centers, scales


def pack(kind: PoseKind, centers: Float64, scales: Float64) -> bytes:
    """Checked poses as the bytes of `kind`. Raises InputError where float32 would move a cloud too far."""
    if kind == "float32" and not _fits_float32(centers, scales).all():
        raise InputError("pose: a center that float32 cannot hold; create the archive with pose='float64'")
    rows: npt.NDArray[Any] = np.empty(len(centers), dtype=_TYPES[kind])
    rows["center"], rows["scale"] = centers, scales
    return rows.tobytes()


def unpack(kind: PoseKind, data: bytes | memoryview, at: int) -> tuple[Float64, Float64]:
    """centers (n, 3) and scales (n,) from bytes that are at offset `at` of the file. Raises FormatError."""
    rows: npt.NDArray[Any] = np.frombuffer(data, dtype=_TYPES[kind])
    with np.errstate(invalid="ignore"):  # signalling NaNs
        centers: Float64 = rows["center"].astype(np.float64)
        scales: Float64 = rows["scale"].astype(np.float64)
        good = np.isfinite(centers).all() and np.isfinite(scales).all() and (scales >= 0).all()
    if not good:
        raise FormatError(f"pose at byte {at}: not finite, or of negative scale; {INVALID}")
    return centers, scales


def pose_of(center: Float64, scale: float) -> Pose:
    """One row of the arrays as a Pose."""
    return Pose((float(center[0]), float(center[1]), float(center[2])), float(scale))


def _fits_float32(centers: Float64, scales: Float64) -> npt.NDArray[np.bool_]:
    with np.errstate(over="ignore", under="ignore"):
        rounded = centers.astype(np.float32).astype(np.float64)
        exact = np.abs(rounded - centers) <= scales[:, None] * EXACT
    fits: npt.NDArray[np.bool_] = np.all(exact & np.isfinite(rounded), axis=1)
    return fits

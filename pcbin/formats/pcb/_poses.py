"""Poses as bytes: centre and scale, the centre as float32 where that is exact enough, and the rotation where
the file has them (spec, section 1)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.arrays import QUATERNION_STEPS, Float64, Pose
from pcbin.errors import FormatError, InputError
from pcbin.formats.pcb._header import Header, PoseKind
from pcbin.formats.pcb._limits import INVALID

EXACT = 2.0**-20
"""Rounding may move a cloud by this fraction of its scale, and change the scale by this fraction."""

SHORTEST, LONGEST = 0.99, 1.01
"""Of a quaternion."""

_Words = npt.NDArray[np.int16]
_NO_ROTATION = np.array([0, 0, 0, QUATERNION_STEPS], dtype="<i2")


class Poses(NamedTuple):
    """n poses, checked. rotations: (n, 4) quaternions (x, y, z, w) of about unit length; None where none of
    them has one."""

    centers: Float64  # (n, 3)
    scales: Float64  # (n,)
    rotations: Float64 | None = None


def kind_of(pose: Pose | None) -> PoseKind:
    """The smallest kind that keeps this pose exact enough. Raises InputError for a pose no kind can hold."""
    if pose is None:
        return "none"
    poses = as_columns(pose)
    return "float32" if bool(_fits_float32(poses.centers, poses.scales).all()) else "float64"


def is_turned(pose: Pose | None) -> bool:
    """Whether a pose has a rotation that is one when it is stored. Raises InputError for none that can be."""
    if pose is None or pose.rotation is None:
        return False
    rotations = as_columns(pose).rotations
    return rotations is not None and bool((_words(rotations) != _NO_ROTATION).any())


def as_columns(pose: Pose) -> Poses:
    """One pose as checked arrays of one row."""
    if not isinstance(pose, Pose):
        raise InputError(f"pose: {type(pose).__name__}; pass a pcbin.Pose")
    try:
        center, scale = (
            np.asarray([pose.center], dtype=np.float64),
            np.asarray([pose.scale], dtype=np.float64),
        )
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"pose: {pose!r} is not made of numbers; pass three and one") from None
    return check(center, scale, None if pose.rotation is None else [pose.rotation])


def check(centers: npt.ArrayLike, scales: npt.ArrayLike, rotations: npt.ArrayLike | None = None) -> Poses:
    """centers (n, 3), scales (n,) and rotations (n, 4) as float64.

    Raises InputError for what the format cannot hold.
    """
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
    return Poses(centers, scales, None if rotations is None else _checked(rotations, len(scales)))


def _checked(rotations: npt.ArrayLike, count: int) -> Float64:
    try:
        found = np.asarray(rotations, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"rotations: not numbers ({error}); pass quaternions (n, 4)") from None
    if found.shape != (count, 4):
        raise InputError(f"rotations: {found.shape} for {count} clouds; pass quaternions (n, 4)")
    with np.errstate(over="ignore"):
        length = np.sqrt((found**2).sum(axis=1))
    if not ((length >= SHORTEST) & (length <= LONGEST)).all():  # also NaN
        raise InputError("pose: a rotation that is not a unit quaternion; divide it by its length")
    return found


def pack(header: Header, poses: Poses) -> bytes:
    """Checked poses as the bytes of a file.

    Raises InputError where float32 would move a cloud too far, and for rotations that the file has no place
    for.
    """
    if header.pose == "float32" and not _fits_float32(poses.centers, poses.scales).all():
        raise InputError("pose: a center that float32 cannot hold; create the archive with pose='float64'")
    words = _words(poses.rotations) if poses.rotations is not None else _NO_ROTATION[None]
    if not header.rotated and (words != _NO_ROTATION).any():
        raise InputError("pose: a rotation, and the archive was created without; pass rotated=True there")
    rows: npt.NDArray[Any] = np.empty(len(poses.centers), dtype=_row(header))
    rows["center"], rows["scale"] = poses.centers, poses.scales
    if header.rotated:
        rows["rotation"] = words
    return rows.tobytes()


def unpack(header: Header, data: bytes | memoryview, at: int) -> Poses:
    """The poses in bytes that are at offset `at` of the file. Raises FormatError."""
    rows: npt.NDArray[Any] = np.frombuffer(data, dtype=_row(header))
    with np.errstate(invalid="ignore"):  # signalling NaNs
        centers: Float64 = rows["center"].astype(np.float64)
        scales: Float64 = rows["scale"].astype(np.float64)
        good = np.isfinite(centers).all() and np.isfinite(scales).all() and (scales >= 0).all()
    if not good:
        raise FormatError(f"pose at byte {at}: not finite, or of negative scale; {INVALID}")
    if not header.rotated:
        return Poses(centers, scales)
    words = rows["rotation"]
    rotations: Float64 = words / np.float64(QUATERNION_STEPS)
    length = np.sqrt((rotations**2).sum(axis=1))
    if not ((length >= SHORTEST) & (length <= LONGEST) & (_signs(words) > 0)).all():
        raise FormatError(
            f"pose at byte {at}: a rotation that is not a unit quaternion of positive sign; {INVALID}"
        )
    return Poses(centers, scales, rotations)


def pose_of(poses: Poses, row: int) -> Pose:
    """One row of the arrays as a Pose; without a rotation where that one turns nothing."""
    x, y, z = poses.centers[row].tolist()
    rotation = None
    if poses.rotations is not None and (_words(poses.rotations[row][None]) != _NO_ROTATION).any():
        a, b, c, d = poses.rotations[row].tolist()
        rotation = (a, b, c, d)
    return Pose((x, y, z), float(poses.scales[row]), rotation)


def _row(header: Header) -> npt.DTypeLike:
    number = "<f4" if header.pose == "float32" else "<f8"
    fields: list[Any] = [("center", number, 3), ("scale", "<f4")]
    return [*fields, ("rotation", "<i2", 4)] if header.rotated else fields


def _words(rotations: Float64) -> _Words:
    """(n, 4) checked quaternions as they are stored: each of the two of a rotation is the same then."""
    words: _Words = np.rint(rotations * QUATERNION_STEPS).astype("<i2")
    words *= _signs(words)[:, None]
    return words


def _signs(words: _Words) -> npt.NDArray[np.int16]:
    """(n,): the sign of the real part; where that is 0, of the first component that is not 0; 0 for no
    quaternion."""
    order = np.sign(words)[:, [3, 0, 1, 2]]
    first = (order != 0).argmax(axis=1)
    found: npt.NDArray[np.int16] = order[np.arange(len(order)), first]
    return found


def _fits_float32(centers: Float64, scales: Float64) -> npt.NDArray[np.bool_]:
    with np.errstate(over="ignore", under="ignore"):
        rounded = centers.astype(np.float32).astype(np.float64)
        exact = np.abs(rounded - centers) <= scales[:, None] * EXACT
    fits: npt.NDArray[np.bool_] = np.all(exact & np.isfinite(rounded), axis=1)
    return fits

"""Point clouds as arrays: checked on the way in, normalised, and thinned to a number of points."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, cast, get_args

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError

_AXES = (("x", "y", "z"), ("points:0", "points:1", "points:2"))  # the second is how ParaView exports

_FACES = ("geometry", "faces", "strips", "triangles", "triangle", "tetras", "cells")  # of scenes, and meshes

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]
"""(n, K / 8) or (K / 8,): bit i of a code is bit i % 8, from the least significant, of byte i // 8."""
P = TypeVar("P", bound=npt.NDArray[np.floating[Any]])
Sampling = Literal["farthest", "random"]
SAMPLINGS: tuple[Sampling, ...] = get_args(Sampling)
Spacing = Literal["even", "model"]
SPACINGS: tuple[Spacing, ...] = get_args(Spacing)
Up = Literal["x", "y", "z"]
UPS: tuple[Up, ...] = get_args(Up)
Orient = Literal["auto", "keep"]
ORIENTS: tuple[Orient, ...] = get_args(Orient)
Outliers = Literal["drop", "keep"]
OUTLIERS: tuple[Outliers, ...] = get_args(Outliers)

_CELLS = 128
"""Along each side of the grid that tells which parts a large cloud has, before it is thinned."""


class _Array(Protocol):
    def __array__(self) -> Any: ...


class _Points(Protocol):
    @property
    def points(self) -> Any: ...


class _Vertices(Protocol):
    @property
    def vertices(self) -> Any: ...


class _Scene(Protocol):
    @property
    def geometry(self) -> Any: ...


class _Tensors(Protocol):
    @property
    def point(self) -> Any: ...


ObjectLike = _Array | _Points | _Vertices | _Scene | _Tensors | Sequence[Sequence[float]] | Sequence[_Array]
"""What may be a cloud or an image: arrays and tensors, data frames, rows of numbers, and the clouds, meshes
and scenes of trimesh, Open3D and PyVista."""

MAX_POINTS = 2**28
"""Clouds of more points than this are refused (they would take more than 6 GB as float64)."""


QUATERNION_STEPS = 32767
"""Files store the components of a rotation in whole parts of this."""


@dataclass(frozen=True)
class Pose:
    """Maps a normalised cloud back to the user's coordinates: ``R x * scale + center``.

    Args:
        center: The centre of the bounding box, (x, y, z) in the user's units.
        scale: The length of the bounding box's diagonal, in the user's units; 0 for a cloud without extent.
        rotation: R as a quaternion (x, y, z, w) with the real part w, of a length from 0.99 to 1.01 that does
            not matter; None where the cloud was coded as it stands. The box is then that of the cloud turned
            back, and `center` is where the rotation takes its centre.

    Raises:
        InputError: Not so many numbers.
    """

    center: tuple[float, float, float]
    scale: float
    rotation: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        if not (
            _are_numbers(self.center, 3)
            and _are_numbers([self.scale], 1)
            and (self.rotation is None or _are_numbers(self.rotation, 4))
        ):
            raise InputError(
                f"Pose({self.center!r}, {self.scale!r}, {self.rotation!r}): pass a center (x, y, z), the "
                "scale, and None or a rotation (x, y, z, w), all of them numbers"
            )

    def of(self, inner: Pose) -> Pose:
        """The pose of what `inner` places in a cloud that this one, which turns nothing, places."""
        center = np.asarray(self.center) + self.scale * np.asarray(inner.center)
        x, y, z = center.tolist()
        return Pose((x, y, z), self.scale * inner.scale, inner.rotation)

    def apply(self, points: npt.NDArray[np.floating[Any]]) -> Float32 | Float64:
        """Normalised (N, 3) points in the user's coordinates.

        float32 where that keeps a millionth of the object's size, float64 otherwise (georeferenced data).
        """
        center = np.asarray(self.center, dtype=np.float64)
        placed: Float64 = points.astype(np.float64)
        if self.rotation is not None:
            placed = placed @ rotation_matrix(self.rotation).T
        placed = placed * self.scale + center
        largest = max(1e-300, float(np.abs(center).max()) + self.scale)
        farthest = max(largest, float(np.abs(placed).max(initial=0)))  # decoders may leave the box
        fits = float(np.finfo(np.float32).tiny) < largest and farthest < float(np.finfo(np.float32).max)
        if fits and (self.scale == 0 or largest * 2.0**-24 <= self.scale * 1e-6):
            single = placed.astype(np.float32)
            if self.scale > 0 or np.array_equal(single, placed):
                return single
        return placed


def _are_numbers(values: object, number: int) -> bool:
    return (
        isinstance(values, Sequence | np.ndarray)
        and len(values) == number
        and all(isinstance(one, int | float | np.number) for one in values)
    )


def rotation_matrix(quaternion: Sequence[float]) -> Float64:
    """The (3, 3) matrix R of a quaternion (x, y, z, w) of any length but 0: a column vector x becomes R x."""
    x, y, z, w = np.asarray(quaternion, dtype=np.float64) / math.sqrt(sum(q * q for q in quaternion))
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def as_points(obj: Any, *, what: str = "points", finite: bool = True) -> Float64:
    """The (N, 3) float64 coordinates of anything that is a cloud.

    Accepts arrays and whatever converts to one (lists, tensors on any device), objects with ``.points`` or
    ``.vertices`` (trimesh, Open3D, PyVista), and data frames, whose columns called x, y, z are taken wherever
    they stand. Points of a masked array that have a masked coordinate are dropped. `what` names the argument
    in messages. finite: whether NaN and infinite coordinates are refused.

    Raises InputError: not numeric, not of shape (N, 3), empty, too many points, NaN or infinite coordinates;
    a surface (`pcbin.formats.clouds.cloud_of` samples it).
    """
    try:
        raw = to_array(_coordinates(obj, what))
        if raw.dtype.kind not in "fiub":
            raise TypeError(f"dtype {raw.dtype}")
        with np.errstate(over="ignore"):  # what float64 cannot hold is refused below as infinite
            points: Float64 = np.asarray(raw).astype(np.float64)
    except InputError:
        raise
    except (AttributeError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{what}: not an array of numbers ({error}); pass an (N, 3) array") from None
    if is_transposed(points.shape):
        raise InputError(f"{what}: shape {points.shape}: transpose it, points.T; a row is one point")
    if points.ndim != 2 or points.shape[1] != 3:
        raise InputError(f"{what}: shape {points.shape}; pass an (N, 3) array, one row x, y, z per point")
    if _is_masked(raw):
        points = points[~np.ma.getmaskarray(raw).any(axis=1)]
    if len(points) == 0:
        raise InputError(f"{what}: an empty cloud; pass at least one point")
    if len(points) > MAX_POINTS:
        raise InputError(f"{what}: {len(points):,} points; thin the cloud to at most {MAX_POINTS:,}")
    if finite:
        need_finite(points, what=what, remedy="remove them: points[numpy.isfinite(points).all(axis=1)]")
    return points


def to_array(obj: Any) -> npt.NDArray[Any]:
    """The array in a tensor of torch or Open3D, wherever it lies, or in what else NumPy converts."""
    if hasattr(obj, "detach"):
        obj = obj.detach()
    if hasattr(obj, "cpu") and hasattr(obj, "numpy"):
        obj = obj.cpu()
        obj = obj.float().numpy() if "bfloat16" in str(obj.dtype) else obj.numpy()
    return obj if _is_masked(obj) else np.asarray(obj)


def _is_masked(obj: Any) -> bool:
    """numpy.ma takes milliseconds to import, and who has not imported it has no such array."""
    return "numpy.ma" in sys.modules and np.ma.isMaskedArray(obj)


def _coordinates(obj: Any, what: str) -> Any:
    """What of an object holds the coordinates of its points. Raises InputError: a surface, no x, y, z."""
    if isinstance(obj, np.ndarray):
        return obj
    if hasattr(obj, "columns"):
        return _table(obj, what)
    if has_surface(obj):
        raise InputError(
            f"{what}: {type(obj).__name__} is a surface; pass points of it, "
            "pcbin.formats.clouds.cloud_of(mesh).points"
        )
    if "positions" in getattr(obj, "point", ()):  # Open3D's tensors
        return obj.point["positions"]
    return next((getattr(obj, name) for name in ("points", "vertices") if hasattr(obj, name)), obj)


def has_surface(obj: Any) -> bool:
    """Whether an object of trimesh, Open3D, PyVista or the like has faces or cells between its points."""
    if isinstance(obj, np.ndarray):
        return False
    if hasattr(obj, "extract_surface") and not hasattr(obj, "faces"):  # PyVista's grids
        return True
    return any(isinstance(part, Sized) and len(part) > 0 for part in (getattr(obj, k, None) for k in _FACES))


def axes_in(names: Sequence[str]) -> list[int] | None:
    """Where the columns of x, y and z stand in a table with columns of these names; None: no such names."""
    plain = [name.strip().lower() for name in names]
    found = next((axes for axes in _AXES if set(axes) <= set(plain)), None)
    return None if found is None else [plain.index(axis) for axis in found]


def _table(frame: Any, what: str) -> Any:
    """(N, 3) array of a data frame of pandas, polars or the like. Raises InputError: no columns x, y, z."""
    titles = list(frame.columns)
    where = axes_in([str(title) for title in titles])
    if where is None:
        listed = ", ".join(str(title) for title in titles[:20])[:200]
        raise InputError(
            f"{what}: a data frame with the columns {listed}; call those of the coordinates x, y and z, "
            "or pass an array: df[[...]].to_numpy()"
        )
    return np.stack([np.asarray(frame[titles[column]]) for column in where], axis=1)


def is_transposed(shape: tuple[int, ...]) -> bool:
    """Whether an array is (3, N) with N > 3: a row of all x, one of all y, one of all z."""
    return len(shape) == 2 and shape[0] == 3 < shape[1]


def need_finite(points: Float64, *, what: str, remedy: str) -> None:
    """Raises InputError where some of the (N, 3) points have NaN or infinite coordinates."""
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        raise InputError(
            f"{what}: {len(bad)} of {len(points)} points have NaN or infinite coordinates, "
            f"the first is row {bad[0]}; {remedy}"
        )


def grouped(counts: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """(N,) counts of what belongs to N owners -> the owner of each, and its number there: 0, 1, ..."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)


def pack_bits(bits: npt.ArrayLike) -> Codes:
    """(..., K) numbers -> (..., K / 8) codes; a bit is 1 where its number is not 0."""
    return np.packbits(np.asarray(bits), axis=-1, bitorder="little")


def unpack_bits(codes: Codes, count: int | None = None) -> npt.NDArray[np.uint8]:
    """(..., K / 8) codes -> (..., K) zeros and ones; count: only the first ones."""
    return np.unpackbits(codes, axis=-1, count=count, bitorder="little")


def box(points: Float64, *, what: str = "points") -> tuple[Float64, float]:
    """The centre (3,) and the diagonal's length of the bounding box of (N, 3) points.

    Raises InputError where the diagonal overflows float64.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    with np.errstate(over="ignore"):
        diagonal = math.hypot(*(high - low).tolist())  # squares overflow and underflow long before it does
    if not math.isfinite(diagonal):
        raise InputError(f"{what}: the extent of the cloud overflows float64; scale the coordinates down")
    return low / 2 + high / 2, diagonal


def normalise(points: Float64) -> tuple[Float32, Pose]:
    """Centres the bounding box of (N, 3) points on the origin and scales its diagonal to 1.

    Returns the float32 cloud and the Pose that undoes it. A cloud without extent (one point, or all points
    equal) becomes all zeros with scale 0. Raises InputError where the extent overflows float64.
    """
    center, scale = box(points)
    pose = Pose((float(center[0]), float(center[1]), float(center[2])), scale)
    if scale < np.finfo(np.float64).tiny:  # one point, all equal, or below what can be divided by
        return np.zeros(points.shape, dtype=np.float32), Pose(pose.center, 0.0)
    return ((points - center) / scale).astype(np.float32), pose


def renormalise(points: Float32) -> Float32:
    """`normalise` in single precision and without the pose, for (N, 3) points of about unit size.

    For training shapes that were thinned or changed. Its last bits are not those of `normalise`, and must
    stay what they are: a resumed run goes on with the very batches that it would have had.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    scaled: Float32 = (points - (low + high) / 2) / max(float(np.linalg.norm(high - low)), 1e-9)
    return scaled


def check_up(up: object) -> None:
    """Checks that an axis can be up.

    Raises:
        InputError: It cannot.
    """
    if not isinstance(up, str) or up not in UPS:
        raise InputError(f"up = {up!r}; use 'x', 'y' or 'z'")


def turned(points: P, up: Up, *, back: bool = False) -> P:
    """(N, 3) points whose `up` axis points up, turned so that y does, or back.

    A quarter turn, exact. What faces +z where x is up, or -y where z is up, faces +z.
    """
    if up == "y":
        return points
    x, y, z = points.T
    if up == "x":
        return cast(P, np.stack([y, -x, z] if back else [-y, x, z], axis=1))
    return cast(P, np.stack([x, -z, y] if back else [x, z, -y], axis=1))


def thin(points: Float32, n: int, *, method: Sampling = "farthest", seed: int = 0) -> Float32:
    """At most `n` of the (N, 3) points: all of them if N <= n, else a seeded choice.

    "farthest" (farthest-point sampling) spreads the choice evenly: it starts at a seeded point and takes the
    point farthest from all taken ones; of more than 16 n points it first keeps 16 n, to stay fast: some of
    every part, however dense the others are. "random" draws without replacement. Both keep the order of the
    points.
    """
    if method not in ("farthest", "random"):
        raise InputError(f"sampling: unknown method {method!r}; use 'farthest' or 'random'")
    if n < 1:
        raise InputError(f"sampling: cannot choose {n} points; ask for at least 1")
    if len(points) <= n:
        return points
    rng = np.random.default_rng(seed)
    if method == "random":
        return points[np.sort(rng.choice(len(points), n, replace=False))]
    if len(points) > 16 * n:
        points = points[_of_every_part(points, 16 * n, rng)]
    chosen = np.empty(n, dtype=np.intp)
    chosen[0] = rng.integers(len(points))
    columns = np.ascontiguousarray(points.T)
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    for k in range(1, n):
        offset = columns - columns[:, chosen[k - 1], None]
        np.minimum(nearest, np.einsum("ij,ij->j", offset, offset), out=nearest)
        chosen[k] = int(nearest.argmax())
    return points[np.sort(chosen)]


def represented(points: Float64, n: int, *, seed: int = 0) -> Float64:
    """The (N, 3) points, or where N > n about n of them, a seeded choice, that keep the bounding box.

    Some of every part, however dense the others are, in their order. In O(N). Raises InputError where the
    extent overflows float64.
    """
    if len(points) <= n:
        return points
    rows = _of_every_part(normalise(points)[0], n, np.random.default_rng(seed))
    kept: Float64 = points[np.union1d(rows, np.concatenate([points.argmin(axis=0), points.argmax(axis=0)]))]
    return kept


def _of_every_part(points: Float32, n: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """The rows of n of more points: one drawn from each cell of a coarse grid, then others. In O(N)."""
    low = points.min(axis=0)
    width = max(float((points.max(axis=0) - low).max()), float(np.finfo(np.float32).tiny)) / _CELLS
    drawn = rng.permutation(len(points))
    x, y, z = np.minimum((points - low) / np.float32(width), _CELLS - 1).astype(np.intp).T
    own = np.full(_CELLS**3, -1, np.intp)
    own[((x * _CELLS + y) * _CELLS + z)[drawn]] = drawn  # the last drawn of a cell stays
    first = rng.permutation(own[own >= 0])[:n]
    left = np.ones(len(points), bool)
    left[first] = False
    return np.sort(np.concatenate([first, drawn[left[drawn]][: n - len(first)]]))


def grey_values(pixels: Grey) -> Float32:
    """Bytes as numbers from 0 to 1."""
    values: Float32 = (pixels / np.float32(255)).astype(np.float32)
    return values


def as_image(obj: Any, shape: tuple[int, int] | None = None, *, what: str = "image") -> Float32:
    """The (height, width) float32 grey values, from 0 to 1, of any array that holds them: uint8, or 0 to 1.

    shape: the height and width it must have. Raises InputError: another shape, other values.
    """
    try:
        image = np.asarray(obj)
    except ValueError as error:
        raise InputError(f"{what}: not an array of numbers ({error})") from None
    if image.ndim != 2 or 0 in image.shape or image.dtype.kind not in "fiub":
        raise InputError(
            f"{what}: {image.dtype} of shape {image.shape}; pass (height, width) grey values, uint8 or 0 to 1"
        )
    if shape is not None and image.shape != shape:
        raise InputError(
            f"{what}: {image.shape[0]} x {image.shape[1]} pixels; "
            f"the model codes {shape[0]} x {shape[1]}: resize it"
        )
    if image.dtype == np.uint8:
        return grey_values(image)
    low, high = float(image.min()), float(image.max())
    if not (low >= 0 and high <= 1):  # also NaN
        raise InputError(
            f"{what}: {image.dtype} values from {low:g} to {high:g}; pass uint8, or floats from 0 to 1"
        )
    return image.astype(np.float32)

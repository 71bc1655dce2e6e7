"""The 16 bytes that begin every .pcb file (spec, section 1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from pcbin.errors import FormatError, InputError, NotPcb, UnsupportedVersion
from pcbin.formats.pcb._limits import MAX_CODE_BITS, MIN_CODE_BITS, UPGRADE, truncated

MAGIC = b"\x89PCB"
MAJOR, MINOR = 1, 1
SIZE = 16
MIXED_SINCE = ROTATED_SINCE = 1
"""The minor version of files whose poses have a rotation, or whose codes can differ in length or model; all
others are of version 1.0."""

Layout = Literal["single", "archive"]
PoseKind = Literal["none", "float32", "float64"]

_FIELDS = struct.Struct("<4sBBH8s")
_LAYOUTS: tuple[Layout, ...] = get_args(Layout)
_POSES: tuple[PoseKind, ...] = get_args(PoseKind)
_POSE_BYTES: dict[PoseKind, int] = {"none": 0, "float32": 16, "float64": 28}
_ROTATION_BYTES = 8


@dataclass(frozen=True)
class Header:
    """What the first 16 bytes of a file say.

    code_bits: K, the bits of every code in the file.
    has_metadata: about the cloud in the single layout, about the file in an archive.
    model_id: the first 8 bytes of the SHA-256 of the weights that made the codes.
    entropy_coded: whether the code of a single file is; the chunks of an archive say so one by one.
    rotated: whether every pose has a rotation.
    minor: 1 for files that use what version 1.1 added: rotations, codes of different lengths or models.
    """

    major: int
    minor: int
    code_bits: int
    layout: Layout
    pose: PoseKind
    has_metadata: bool
    model_id: bytes
    entropy_coded: bool = False
    rotated: bool = False

    @property
    def mixed(self) -> bool:
        """Whether the codes of an archive may be shorter than K bits, and of other models than `model_id`."""
        return self.layout == "archive" and self.minor >= MIXED_SINCE

    @property
    def pose_bytes(self) -> int:
        """Bytes of one pose."""
        return _POSE_BYTES[self.pose] + _ROTATION_BYTES * self.rotated

    @property
    def code_bytes(self) -> int:
        """Bytes of one code."""
        return self.code_bits // 8

    @property
    def cloud_bytes(self) -> int:
        """What the code and the pose of a cloud take unpacked."""
        return self.code_bytes + self.pose_bytes

    def pack(self) -> bytes:
        """The 16 bytes."""
        shape = (
            (self.code_bytes - 1)
            | _LAYOUTS.index(self.layout) << 9
            | _POSES.index(self.pose) << 10
            | self.has_metadata << 12
            | self.entropy_coded << 13
            | self.rotated << 15
        )
        return _FIELDS.pack(MAGIC, self.major, self.minor, shape, self.model_id)


class Headed:
    """Whatever reads a file says this of it."""

    header: Header

    @property
    def model_id(self) -> bytes:
        """The first 8 bytes of the SHA-256 of the weights that made the codes."""
        return self.header.model_id

    @property
    def code_bits(self) -> int:
        """K, the bits of a code."""
        return self.header.code_bits

    @property
    def version(self) -> tuple[int, int]:
        """(major, minor) of the file."""
        return self.header.major, self.header.minor

    @property
    def pose_kind(self) -> PoseKind:
        """How poses are stored: 'none', 'float32' or 'float64'."""
        return self.header.pose


def new_header(
    model_id: bytes,
    code_bits: int,
    layout: Layout,
    pose: PoseKind,
    *,
    has_metadata: bool,
    entropy_coded: bool = False,
    rotated: bool = False,
    mixed: bool = False,
) -> Header:
    """The header of a file to be written.

    Raises InputError for a model id, K or pose kind that none can have, and rotations without poses.
    """
    if not isinstance(model_id, bytes) or len(model_id) != 8:
        raise InputError(
            "model_id: not 8 bytes; pass the first 8 bytes of the SHA-256 of the model's weights"
        )
    if not isinstance(code_bits, int | np.integer):
        raise InputError(f"code: {type(code_bits).__name__} bits; pass a whole number")
    if not MIN_CODE_BITS <= code_bits <= MAX_CODE_BITS or code_bits % 8:
        raise InputError(
            f"code: {code_bits} bits; use a multiple of 8 from {MIN_CODE_BITS} to {MAX_CODE_BITS}"
        )
    if not isinstance(pose, str) or pose not in _POSES:
        raise InputError(f"pose: unknown kind {pose!r}; use one of {', '.join(map(repr, _POSES))}")
    if rotated and pose == "none":
        raise InputError(
            "rotations: they are part of the pose; pass pose='float32' or 'float64', or no rotations"
        )
    minor = max(ROTATED_SINCE if rotated else 0, MIXED_SINCE if mixed else 0)
    return Header(MAJOR, minor, int(code_bits), layout, pose, has_metadata, model_id, entropy_coded, rotated)


def view_of(data: bytes | bytearray | memoryview) -> memoryview:
    """The bytes, not copied. Raises InputError for what is not bytes."""
    try:
        return memoryview(data).cast("B")
    except TypeError:
        name = type(data).__name__
        raise InputError(f"data: {name} is not bytes; pass the bytes of the file (Path.read_bytes)") from None


def peek(prefix: bytes | bytearray | memoryview) -> Header:
    """What a file is, from its first 16 bytes (more are ignored).

    Raises NotPcb, UnsupportedVersion, and Truncated for fewer than 16 bytes; InputError for
    what is not bytes.
    """
    prefix = bytes(view_of(prefix)[:SIZE])
    if prefix[:4] != MAGIC[: len(prefix)]:
        raise NotPcb(f"byte 0: {prefix[:4]!r} is not the magic of a .pcb file; pass a file written by pcbin")
    if len(prefix) < SIZE:
        raise truncated("header", 0, SIZE, len(prefix))
    _, major, minor, shape, model_id = _FIELDS.unpack(prefix)
    if major != MAJOR:
        raise UnsupportedVersion(
            f"byte 4: the file is of version {major}.{minor}, this pcbin reads version {MAJOR}.x; {UPGRADE}"
        )
    archive, pose, encoding, rotated = shape >> 9 & 1, shape >> 10 & 3, shape >> 13 & 3, shape >> 15
    if pose == 3 or encoding > 1 or (encoding and archive) or (rotated and not pose):
        raise UnsupportedVersion(
            f"byte 6: the file (version {major}.{minor}) uses a feature that this pcbin "
            f"(version {MAJOR}.{MINOR}) does not know (shape 0x{shape:04x}); {UPGRADE}"
        )
    return Header(
        major=major,
        minor=minor,
        code_bits=8 * ((shape & 0x1FF) + 1),
        layout=_LAYOUTS[archive],
        pose=_POSES[pose],
        has_metadata=bool(shape >> 12 & 1),
        model_id=model_id,
        entropy_coded=bool(encoding),
        rotated=bool(rotated),
    )


def require(header: Header, layout: Layout, remedy: str) -> None:
    """Raises FormatError, ending with `remedy`, unless the file has this layout."""
    if header.layout != layout:
        raise FormatError(f"byte 6: the file has the {header.layout} layout, not the {layout} one; {remedy}")

"""One cloud in one file: the single layout (spec, section 2)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zlib import crc32

from bitarray import bitarray

from pcbin._words import count
from pcbin.arrays import Pose
from pcbin.errors import Checksum, FormatError, InputError, Limit
from pcbin.formats.entropy import Table
from pcbin.formats.pcb import _header, _metadata, _poses, _zstd
from pcbin.formats.pcb._entropy import Tables, check_length, table_of
from pcbin.formats.pcb._header import Header
from pcbin.formats.pcb._limits import DAMAGED, INVALID, MAX_METADATA, truncated

_U32 = struct.Struct("<I")
_COMPRESSED = 1 << 31


@dataclass(frozen=True)
class Single:
    """What a file of the single layout holds.

    model_id: 8 bytes. pose: None where the file has none. metadata: empty where it has none. version: (major,
    minor) of the file. code_bits: K. stored: the bytes of the code as they are in the file. entropy_coded:
    whether those are entropy coded.
    """

    model_id: bytes
    pose: Pose | None
    metadata: dict[str, Any]
    version: tuple[int, int]
    code_bits: int
    stored: bytes
    entropy_coded: bool
    _table: Tables = field(default=None, repr=False, compare=False)

    @cached_property
    def code(self) -> bitarray:
        """K bits; bit i is latent i.

        Where it is entropy coded: raises ModelNotFound if `loads` had no table for it (the rest is there
        without), FormatError if no code has these bytes.
        """
        if not self.entropy_coded:
            return code_from_bytes(self.stored)
        table = table_of(self._table, self.model_id, "code")
        return code_from_bytes(table.decode(self.stored, self.code_bits))


def dumps(
    code: bitarray,
    model_id: bytes,
    *,
    pose: Pose | None = None,
    metadata: Mapping[str, Any] | None = None,
    table: Table | None = None,
) -> bytes:
    """The bytes of a .pcb file of one cloud: 36 for 128 bits, 16 more with a pose (28 where float32 would
    lose it), and 8 more where that has a rotation.

    table: the model's entropy table; the code is entropy coded with it where that makes the file smaller.
    Raises InputError for a code, model id, pose or metadata that the format cannot hold.
    """
    if not isinstance(code, bitarray):
        raise InputError(f"code: a {type(code).__name__}; pass a bitarray, bit i is latent i")
    kind = _poses.kind_of(pose)
    stored_code, coded = code_to_bytes(code), b""
    header = _header.new_header(
        model_id,
        len(code),
        "single",
        kind,
        has_metadata=_metadata.is_given(metadata),
        rotated=_poses.is_turned(pose),
    )
    check_length(table, len(code))
    if table is not None and len(coded := table.encode(stored_code)) < len(stored_code):
        header, stored_code = replace(header, entropy_coded=True), b""
    else:
        coded = b""
    parts = [header.pack(), stored_code]
    if pose is not None:
        parts.append(_poses.pack(header, _poses.as_columns(pose)))
    if metadata:
        packed = _metadata.pack_map(metadata)
        small = _zstd.shrink(packed)
        compressed = len(small) < len(packed)
        stored = small if compressed else packed
        parts += [_U32.pack(len(stored) | (_COMPRESSED if compressed else 0)), stored]
    body = b"".join([*parts, coded])
    return body + _U32.pack(crc32(body))


def loads(data: bytes | bytearray | memoryview, *, table: Tables = None) -> Single:
    """The cloud in the bytes of a whole .pcb file of the single layout.

    table: the entropy table of the file's model, or a function that finds it by the model's 8 bytes; asked
    for only where the code is entropy coded, and only when `Single.code` is.

    Raises NotPcb, UnsupportedVersion, Truncated, Checksum, Limit; FormatError for any other broken rule and
    for an archive (open that with pcbin.open). InputError for what is not bytes.
    """
    view = _header.view_of(data)
    header = _header.peek(view)
    _header.require(header, "single", "open an archive with pcbin.open")
    pose_at, metadata_at = offsets(header)
    size = metadata_at + 4
    word = 0
    if header.has_metadata:
        if len(view) < size:
            raise truncated("file", 0, size, len(view))
        (word,) = _U32.unpack_from(view, metadata_at)
        size += 4 + stored_metadata(word, metadata_at)
    if len(view) < size:
        raise truncated("file", 0, size, len(view))
    coded_at = size - 4
    most = header.code_bytes - 1 if header.entropy_coded else 0
    if len(view) > size + most:
        rest = count(len(view) - size - most, "byte")
        raise FormatError(f"byte {size + most}: {rest} after the end of the file; {DAMAGED}")
    check_at = len(view) - 4
    if crc32(view[:check_at]) != _U32.unpack_from(view, check_at)[0]:
        raise Checksum(f"byte {check_at}: the CRC-32 does not match; {DAMAGED}")

    pose = None
    if header.pose != "none":
        pose = _poses.pose_of(_poses.unpack(header, view[pose_at:metadata_at], pose_at), 0)
    metadata: dict[str, Any] = {}
    if header.has_metadata:
        at = metadata_at + 4
        stored: bytes | memoryview = view[at:coded_at]
        if word & _COMPRESSED:
            stored = _zstd.expand_up_to(stored, MAX_METADATA, "metadata", at)
        metadata = _metadata.unpack_map(stored, "metadata", at)
    stored_code = view[coded_at:check_at] if header.entropy_coded else view[_header.SIZE : pose_at]
    return Single(
        header.model_id,
        pose,
        metadata,
        (header.major, header.minor),
        header.code_bits,
        bytes(stored_code),
        header.entropy_coded,
        table,
    )


def stored_metadata(word: int, at: int) -> int:
    """The stored length in the metadata word at offset `at`. Raises Limit."""
    length = word & ~_COMPRESSED
    if length > MAX_METADATA:
        raise Limit(
            f"byte {at}: {length:,} bytes of metadata, at most {MAX_METADATA:,} are allowed; {INVALID}"
        )
    return length


def code_to_bytes(code: bitarray) -> bytes:
    """Bit i of the code is bit i % 8, from the least significant, of byte i // 8."""
    return bitarray(code, endian="little").tobytes()


def code_from_bytes(data: bytes | memoryview) -> bitarray:
    """The inverse of `code_to_bytes`."""
    code = bitarray(endian="little")
    code.frombytes(bytes(data))
    return code


def offsets(header: Header) -> tuple[int, int]:
    """Where the pose of a single file begins and where it ends."""
    pose_at = _header.SIZE + (0 if header.entropy_coded else header.code_bytes)
    return pose_at, pose_at + header.pose_bytes

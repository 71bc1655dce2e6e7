"""The frame of an archive: commit record, sections, index and end (spec, sections 3 and 4)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt

from pcbin.errors import Checksum, FormatError, InputError, Limit, UnsupportedVersion
from pcbin.formats.pcb import _hashes, _header, _metadata, _zstd
from pcbin.formats.pcb._header import Header
from pcbin.formats.pcb._limits import (
    BLOCK,
    DAMAGED,
    INVALID,
    MAX_CHUNK,
    MAX_CLOUDS,
    MAX_METADATA,
    UPGRADE,
    truncated,
)

META, CHNK, INDX, END, HASH = b"META", b"CHNK", b"INDX", b"END ", b"hash"
HEAD_SIZE = 36
"""The header and the commit record; the sections begin here."""
FRAME = 16
"""Bytes of a section around its body."""
END_SIZE = 32
_MIN_COMMITTED = HEAD_SIZE + FRAME + 12 + END_SIZE
_STREAMED = 2**64 - 1

_COMMIT = struct.Struct("<QQ")
_U32 = struct.Struct("<I")
_SECTION = struct.Struct("<4sQ")
_INDEX = struct.Struct("<QI")
_END = struct.Struct("<QQ")
_ENTRY = np.dtype([("offset", "<u8"), ("count", "<u4")])


class Readable(Protocol):
    """What is read in order: a binary file, a pipe."""

    def read(self, size: int, /) -> bytes | None: ...


@dataclass(frozen=True)
class Commit:
    """What the commit record says; `size` and `clouds` are -1 in a streamed file."""

    size: int
    clouds: int

    @property
    def streamed(self) -> bool:
        """Whether the archive ends with its first END section."""
        return self.size < 0

    def pack(self, header: Header) -> bytes:
        """The 20 bytes at offset 16."""
        fields = _COMMIT.pack(self.size % 2**64, self.clouds % 2**64)
        return fields + _U32.pack(crc32(header.pack() + fields))


STREAMED = Commit(-1, -1)


def parse_head(head: bytes) -> tuple[Header, Commit]:
    """The header and the commit record in the first 36 bytes of an archive. Raises FormatError."""
    header = _header.peek(head)
    if len(head) < HEAD_SIZE:
        raise truncated("header and commit record", 0, HEAD_SIZE, len(head))
    if crc32(head[:32]) != _U32.unpack_from(head, 32)[0]:
        raise Checksum(f"byte 32: the CRC-32 of the commit record does not match; {DAMAGED}")
    size, clouds = _COMMIT.unpack_from(head, _header.SIZE)
    if size == clouds == _STREAMED:
        return header, STREAMED
    if clouds > MAX_CLOUDS:
        raise Limit(f"byte 24: {clouds:,} clouds, at most {MAX_CLOUDS:,} are allowed; {INVALID}")
    if size < _MIN_COMMITTED or size == _STREAMED:
        raise FormatError(f"byte 16: a committed size of {size}; {INVALID}")
    return header, Commit(size, clouds)


def pack_section(kind: bytes, body: bytes) -> bytes:
    """A whole section."""
    frame = _SECTION.pack(kind, len(body))
    return b"".join((frame, body, _U32.pack(crc32(body, crc32(frame)))))


def read_some(file: Readable, size: int) -> bytes:
    """Up to `size` bytes; none at the end, or from a file that would have to be waited for.

    Raises InputError where `read` gives something else.
    """
    block: object = file.read(size)
    if block is None or isinstance(block, bytes | bytearray | memoryview):
        return bytes(block or b"")
    raise InputError(f"file: its read gives {type(block).__name__}; pass a file that is open in binary mode")


def read_exactly(file: Readable, size: int, what: str, at: int) -> bytes:
    """`size` bytes, in blocks: a hostile length allocates no more than the file has. Raises Truncated."""
    blocks: list[bytes] = []
    left = size
    while left and (block := read_some(file, min(left, BLOCK))):
        blocks.append(block)
        left -= len(block)
    if left:
        raise truncated(what, at, size, size - left)
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


def read_frame(file: Readable, header: Header, at: int, end: int | None) -> tuple[bytes, int, bytes]:
    """Type, body length and the 12 bytes themselves of the section at offset `at`, checked against the caps.

    end: where the committed bytes end, if known. Raises FormatError.
    """
    frame = read_exactly(file, _SECTION.size, "section", at)
    kind, length = _SECTION.unpack(frame)
    if kind not in (META, CHNK, INDX, END) and not kind[:1].islower():
        raise UnsupportedVersion(
            f"byte {at}: a section of type {kind!r}, which this pcbin (version "
            f"{_header.MAJOR}.{_header.MINOR}) does not know; {UPGRADE}"
        )
    _check_length(kind, length, header, at)
    if end is not None and at + FRAME + length > end:
        raise truncated("section", at, FRAME + length, end - at)
    return kind, length, frame


def read_body(file: Readable, length: int, frame: bytes, at: int) -> bytes:
    """The body of the section at offset `at`, its CRC checked. Raises Truncated and Checksum."""
    body = read_exactly(file, length, "section", at)
    _check_crc(file, crc32(body, crc32(frame)), length, at)
    return body


def skip_body(file: Readable, length: int, frame: bytes, at: int) -> None:
    """Reads over a body of any length in constant memory, its CRC checked. Raises Truncated and Checksum."""
    crc, left = crc32(frame), length
    while left:
        block = read_exactly(file, min(left, BLOCK), "section", at)
        crc = crc32(block, crc)
        left -= len(block)
    _check_crc(file, crc, length, at)


def pack_meta(packed: bytes) -> bytes:
    """The META section of file-level metadata that `pack_map` packed."""
    small = _zstd.shrink(packed)
    return pack_section(META, b"\1" + small if len(small) < len(packed) else b"\0" + packed)


def read_meta(file: Readable, header: Header, end: int | None) -> tuple[dict[str, Any], int]:
    """The file-level metadata, and the offset after it: empty where the header announces none.

    Raises FormatError.
    """
    at = HEAD_SIZE
    if not header.has_metadata:
        return {}, at
    kind, length, frame = read_frame(file, header, at, end)
    if kind != META:
        raise FormatError(f"byte {at}: a section {kind!r} where the header announces metadata; {INVALID}")
    body = read_body(file, length, frame, at)
    codec, packed = body[0], memoryview(body)[1:]
    if codec > 1:
        raise UnsupportedVersion(f"byte {at + 12}: metadata in an unknown codec {codec}; {UPGRADE}")
    raw = _zstd.expand_up_to(packed, MAX_METADATA, "metadata", at) if codec else packed
    return _metadata.unpack_map(raw, "metadata", at), at + FRAME + length


def read_hashes(file: Readable, header: Header, at: int, end: int) -> _hashes.Hashes:
    """The hashes in the section at offset `at`, where `file` stands, if it is one of them.

    Raises FormatError.
    """
    kind, length, frame = read_frame(file, header, at, end)
    return parse_hashes(file, length, frame, at) if kind == HASH else {}


def parse_hashes(file: Readable, length: int, frame: bytes, at: int) -> _hashes.Hashes:
    """The hashes in the section at offset `at` whose first 12 bytes were read. Raises FormatError."""
    if length > _hashes.SIZE * _hashes.MOST:
        raise Limit(f"byte {at + 4}: a section {HASH!r} of {length:,} bytes; {INVALID}")
    return _hashes.parse(read_body(file, length, frame, at), at)


@dataclass(frozen=True)
class Index:
    """One INDX section: chunks at `offsets` (m,) with `counts` (m,) clouds; `previous` comes before, 0 is
    none.
    """

    at: int
    previous: int
    offsets: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


def pack_index(previous: int, offsets: Sequence[int], counts: Sequence[int]) -> bytes:
    """The INDX section."""
    entries: npt.NDArray[Any] = np.empty(len(offsets), dtype=_ENTRY)
    entries["offset"], entries["count"] = offsets, counts
    return pack_section(INDX, _INDEX.pack(previous, len(entries)) + entries.tobytes())


def parse_index(body: bytes, at: int) -> Index:
    """The index in the body of the INDX section at offset `at`. Raises FormatError."""
    previous, number = _INDEX.unpack_from(body)
    if len(body) != _INDEX.size + number * _ENTRY.itemsize:
        raise FormatError(f"byte {at}: an index of {number} entries in {len(body)} bytes; {INVALID}")
    entries: npt.NDArray[Any] = np.frombuffer(body, dtype=_ENTRY, offset=_INDEX.size)
    offsets, counts = entries["offset"], entries["count"].astype(np.int64)
    first = max(previous + FRAME, HEAD_SIZE)
    ordered = bool((offsets[1:] > offsets[:-1]).all())
    if previous >= at or (number and (not ordered or int(offsets[0]) < first or int(offsets[-1]) >= at)):
        raise FormatError(f"byte {at}: an index whose offsets are out of place; {INVALID}")
    if ((counts < 1) | (counts > MAX_CHUNK)).any():
        raise Limit(f"byte {at}: an index with a chunk of no clouds or more than {MAX_CHUNK:,}; {INVALID}")
    return Index(at, previous, offsets.astype(np.int64), counts)


def check_entries(length: int, chunks: int, at: int) -> None:
    """Raises FormatError for an INDX section with more entries than there are chunks before it."""
    if length > _INDEX.size + chunks * _ENTRY.itemsize:
        raise FormatError(f"byte {at}: an index of {length:,} bytes after {chunks:,} chunks; {INVALID}")


def pack_end(index_at: int, clouds: int) -> bytes:
    """The END section."""
    return pack_section(END, _END.pack(index_at, clouds))


def parse_end(body: bytes) -> tuple[int, int]:
    """The offset of the INDX section and the number of clouds in the body of an END section."""
    index_at, clouds = _END.unpack(body)
    return index_at, clouds


def _check_length(kind: bytes, length: int, header: Header, at: int) -> None:
    # 2 bytes of a length and 1 of a model each, and the list of models
    most = 29 + MAX_CHUNK * (header.cloud_bytes + 3) + 2041 + MAX_METADATA
    caps = {META: 1 + MAX_METADATA, CHNK: most}
    if length > caps.get(kind, 2**63):
        raise Limit(f"byte {at + 4}: a section {kind!r} of {length:,} bytes; {INVALID}")
    index = length >= _INDEX.size and (length - _INDEX.size) % _ENTRY.itemsize == 0
    fits = {META: length >= 1, CHNK: length >= 5, INDX: index, END: length == _END.size}
    if not fits.get(kind, True):
        raise FormatError(f"byte {at + 4}: a section {kind!r} of {length:,} bytes; {INVALID}")


def _check_crc(file: Readable, crc: int, length: int, at: int) -> None:
    stored = read_exactly(file, _U32.size, "section", at)
    if crc != _U32.unpack(stored)[0]:
        raise Checksum(f"byte {at + FRAME - 4 + length}: the CRC-32 of the section does not match; {DAMAGED}")

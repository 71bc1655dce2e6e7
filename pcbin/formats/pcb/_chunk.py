"""The clouds of one CHNK section: a column table and the columns (spec, section 4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from bitarray import bitarray

from pcbin.arrays import Codes, Pose, pack_bits, unpack_bits
from pcbin.errors import FormatError, Limit, UnsupportedVersion
from pcbin.formats.entropy import Table
from pcbin.formats.pcb import _metadata, _poses, _zstd
from pcbin.formats.pcb._entropy import Tables, table_of
from pcbin.formats.pcb._header import Header
from pcbin.formats.pcb._limits import INVALID, MAX_CHUNK, MAX_METADATA, UPGRADE, is_too_likely
from pcbin.formats.pcb._poses import Poses
from pcbin.formats.pcb._single import Single, code_from_bytes, code_to_bytes

_CODES, _POSES, _METADATA, _MODELS = 1, 2, 3, 4
_RAW, _ZSTD, _PLANES, _ENTROPY, _LENGTHS = 0, 1, 2, 3, 4
MAX_MODELS = 255
_ALONE = 16
"""Clouds of a chunk whose metadata are unpacked one by one: all cost a hundred times as much as one."""
Sizes = npt.NDArray[np.int64]
_COUNTS = struct.Struct("<IB")
_COLUMN = struct.Struct("<BBI")
_BODY_AT = 12  # of the section


@dataclass(frozen=True)
class Record:
    """One cloud of an archive.

    metadata: empty where the cloud has none. model_id: of an archive of several models, whose the code is;
    None where it is that of the file.
    """

    code: bitarray
    pose: Pose | None
    metadata: dict[str, Any]
    model_id: bytes | None = None


class Clouds(Protocol):
    """Clouds as columns: codes (n, K / 8), poses, metadata (one map per cloud).

    entropy_coded: whether the codes need the model's entropy table. sizes: the bytes of each code (n,), where
    they differ; the rest of its row is 0. models: the 8 bytes of each cloud's model (n, 8), where there are
    several.
    """

    @property
    def count(self) -> int: ...
    @property
    def entropy_coded(self) -> bool: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def poses(self) -> Poses | None: ...
    @property
    def metadata(self) -> list[dict[str, Any]] | None: ...
    def metadata_at(self, row: int) -> dict[str, Any]: ...
    @property
    def sizes(self) -> Sizes | None: ...
    @property
    def models(self) -> Codes | None: ...


def record_of(clouds: Clouds, row: int) -> Record:
    """One cloud of the columns; nothing in it is shared with them."""
    poses, models = clouds.poses, clouds.models
    code = clouds.codes[row] if clouds.sizes is None else clouds.codes[row, : clouds.sizes[row]]
    return Record(
        code_from_bytes(code.tobytes()),
        None if poses is None else _poses.pose_of(poses, row),
        _metadata.copied(clouds.metadata_at(row)),
        None if models is None else models[row].tobytes(),
    )


def alike(clouds: Clouds) -> Iterator[slice]:
    """Runs of rows whose codes are of one length and of one model."""
    starts = np.zeros(clouds.count, dtype=bool)
    starts[0] = True
    for column in (clouds.sizes, clouds.models):
        if column is not None:
            rows = column.reshape(clouds.count, -1)
            starts[1:] |= (rows[1:] != rows[:-1]).any(axis=1)
    bounds = [*np.flatnonzero(starts).tolist(), clouds.count]
    for start, stop in pairwise(bounds):
        yield slice(start, stop)


def lengths_of(clouds: Clouds, bits: int) -> Iterator[int]:
    """The bits of each code; bits: of those that are of one length."""
    sizes = clouds.sizes
    return (bits for _ in range(clouds.count)) if sizes is None else (8 * int(size) for size in sizes)


def metadata_of(clouds: Clouds) -> Iterator[dict[str, Any]]:
    """One map per cloud; empty where it has none."""
    maps = clouds.metadata
    return ({} for _ in range(clouds.count)) if maps is None else (_metadata.copied(one) for one in maps)


class SingleClouds:
    """The one cloud of a single file as columns."""

    count = 1
    sizes: Sizes | None = None
    models: Codes | None = None

    def __init__(self, single: Single) -> None:
        self._single = single
        self.poses = None if single.pose is None else _poses.as_columns(single.pose)
        self.metadata: list[dict[str, Any]] | None = [single.metadata]
        self.entropy_coded = single.entropy_coded

    def metadata_at(self, row: int) -> dict[str, Any]:
        """The map of the only cloud."""
        return self._single.metadata

    @property
    def codes(self) -> Codes:
        """(1, K / 8). Raises ModelNotFound where the table to read it with is not there."""
        return np.frombuffer(code_to_bytes(self._single.code), dtype=np.uint8)[None]


class Chunk:
    """The columns of a CHNK section at offset `at` of the file, each unpacked when first asked for.

    Raises FormatError, at once for a bad column table, later for a bad column.
    """

    def __init__(self, header: Header, body: bytes, at: int, tables: Tables = None) -> None:
        self.at = at
        self._header = header
        self._tables = tables
        self._asked = 0
        self._columns: dict[int, tuple[int, memoryview, int]] = {}
        self.count, number = _COUNTS.unpack_from(body)
        if not 1 <= self.count <= MAX_CHUNK:
            raise Limit(
                f"byte {at + _BODY_AT}: a chunk of {self.count:,} clouds, not 1 to {MAX_CHUNK:,}; {INVALID}"
            )
        data_at = _COUNTS.size + number * _COLUMN.size
        if number > 4:
            raise UnsupportedVersion(f"byte {at + _BODY_AT}: a chunk of {number} columns; {UPGRADE}")
        if number == 0 or len(body) < data_at:
            raise FormatError(f"byte {at + _BODY_AT}: a chunk of {number} columns; {INVALID}")
        last = 0
        for column in range(number):
            kind, encoding, stored = _COLUMN.unpack_from(body, _COUNTS.size + column * _COLUMN.size)
            self._check(kind, encoding, stored)
            if kind <= last:
                raise FormatError(f"byte {at + _BODY_AT}: columns of a chunk out of order; {INVALID}")
            last = kind
            self._columns[kind] = encoding, memoryview(body)[data_at : data_at + stored], data_at
            data_at += stored
        has_poses = _POSES in self._columns
        if data_at != len(body) or _CODES not in self._columns or has_poses != (header.pose != "none"):
            raise FormatError(f"byte {at + _BODY_AT}: the columns do not fill the chunk; {INVALID}")

    @property
    def entropy_coded(self) -> bool:
        """Whether the codes need the model's entropy table."""
        return self._columns[_CODES][0] == _ENTROPY

    @property
    def codes_at(self) -> int | None:
        """Where in the file the codes lie, row after row; None where they are stored in another way."""
        encoding, _, at = self._columns[_CODES]
        return self.at + _BODY_AT + at if encoding == _RAW else None

    @cached_property
    def codes(self) -> Codes:
        """(count, K / 8) uint8, read-only. Raises ModelNotFound where their entropy table is not there."""
        encoding, stored, at = self._columns[_CODES]
        at += self.at + _BODY_AT
        if encoding == _LENGTHS:
            return self._different_lengths
        if encoding == _ENTROPY:
            where = f"codes at byte {at}"
            table = table_of(self._tables, self._header.model_id, where)
            codes = table.decode_many(stored, self.count, self._header.code_bytes, where=where)
            codes.flags.writeable = False
            return codes
        if encoding == _PLANES:
            size = self._header.code_bits * -(-self.count // 8)
            return from_planes(_zstd.expand_exactly(stored, size, "codes", at), self.count, at)
        size = self.count * self._header.code_bytes
        raw = _zstd.expand_exactly(stored, size, "codes", at) if encoding else stored
        return np.frombuffer(raw, dtype=np.uint8).reshape(self.count, -1)

    @cached_property
    def sizes(self) -> Sizes | None:
        """The bytes of each code (count,), where they differ; None where each has K / 8."""
        encoding, stored, at = self._columns[_CODES]
        if encoding != _LENGTHS:
            return None
        at += self.at + _BODY_AT
        if len(stored) < 2 * self.count:
            raise FormatError(f"codes at byte {at}: fewer bytes than lengths; {INVALID}")
        sizes = np.frombuffer(stored[: 2 * self.count], "<u2").astype(np.int64)
        if sizes.min() < 1 or sizes.max() > self._header.code_bytes:
            raise FormatError(
                f"codes at byte {at}: lengths from {sizes.min()} to {sizes.max()} bytes, not 1 to "
                f"{self._header.code_bytes}; {INVALID}"
            )
        if len(stored) != 2 * self.count + int(sizes.sum()):
            raise FormatError(f"codes at byte {at}: lengths that do not add up; {INVALID}")
        return sizes

    @cached_property
    def _different_lengths(self) -> Codes:
        sizes = self.sizes
        assert sizes is not None
        _, stored, _ = self._columns[_CODES]
        codes = np.zeros((self.count, self._header.code_bytes), np.uint8)
        within = np.arange(self._header.code_bytes) < sizes[:, None]
        codes[within] = np.frombuffer(stored[2 * self.count :], np.uint8)
        codes.flags.writeable = False
        return codes

    @cached_property
    def models(self) -> Codes | None:
        """The 8 bytes of each cloud's model (count, 8), or None where all are the file's."""
        if _MODELS not in self._columns:
            return None
        encoding, stored, at = self._columns[_MODELS]
        at += self.at + _BODY_AT
        most = 1 + 8 * MAX_MODELS + self.count
        raw = bytes(_zstd.expand_up_to(stored, most, "models", at) if encoding else stored)
        number = raw[0] if raw else 0
        if not number or len(raw) != 1 + 8 * number + self.count:
            raise FormatError(f"models at byte {at}: not as many as it says; {INVALID}")
        ids = np.frombuffer(raw, np.uint8, 8 * number, 1).reshape(number, 8)
        which = np.frombuffer(raw, np.uint8, offset=1 + 8 * number)
        if which.max() >= number:
            raise FormatError(f"models at byte {at}: a cloud of a model that is not listed; {INVALID}")
        return ids[which]

    @cached_property
    def poses(self) -> Poses | None:
        """One row a cloud, or None in an archive without poses."""
        if _POSES not in self._columns:
            return None
        encoding, stored, at = self._columns[_POSES]
        at += self.at + _BODY_AT
        size = self.count * self._header.pose_bytes
        raw = _zstd.expand_exactly(stored, size, "poses", at) if encoding else stored
        return _poses.unpack(self._header, raw, at)

    @cached_property
    def metadata(self) -> list[dict[str, Any]] | None:
        """One map per cloud, or None where no cloud of the chunk has any."""
        if _METADATA not in self._columns:
            return None
        raw, at = self._packed_metadata()
        return _metadata.unpack_column(raw, self.count, "metadata", at)

    def metadata_at(self, row: int) -> dict[str, Any]:
        """The map of one cloud, empty where it has none: a few are unpacked alone, for many all at once."""
        if _METADATA not in self._columns:
            return {}
        self._asked += 1
        maps = self.metadata if self._asked > _ALONE or "metadata" in self.__dict__ else None
        if maps is not None:
            return maps[row]
        raw, at = self._packed_metadata()
        return _metadata.unpack_element(raw, row, self.count, "metadata", at)

    @property
    def metadata_size(self) -> int:
        """The bytes of metadata, unpacked; known before they are. Raises FormatError."""
        if _METADATA not in self._columns:
            return 0
        encoding, stored, at = self._columns[_METADATA]
        return _zstd.content_size(stored, "metadata", self.at + _BODY_AT + at) if encoding else len(stored)

    def _packed_metadata(self) -> tuple[bytes | memoryview, int]:
        """The column as msgpack, and where it lies."""
        encoding, stored, at = self._columns[_METADATA]
        at += self.at + _BODY_AT
        return _zstd.expand_up_to(stored, MAX_METADATA, "metadata", at) if encoding else stored, at

    def check(self, *, codes: bool) -> None:
        """Unpacks every column; entropy-coded codes only where `codes` says so. Raises FormatError."""
        if codes or not self.entropy_coded:
            _ = self.codes
        _ = self.poses, self.metadata, self.sizes, self.models

    def forget(self) -> None:
        """Frees the unpacked metadata: it may take a hundred times the memory of what is stored."""
        self.__dict__.pop("metadata", None)
        self._asked = 0

    def _check(self, kind: int, encoding: int, stored: int) -> None:
        at = self.at + _BODY_AT
        known = {_CODES: _LENGTHS, _POSES: _ZSTD, _METADATA: _ZSTD, _MODELS: _ZSTD}
        if encoding > known.get(kind, -1):
            raise UnsupportedVersion(f"byte {at}: a column of kind {kind}, encoding {encoding}; {UPGRADE}")
        if not self._header.mixed and (kind == _MODELS or (kind == _CODES and encoding == _LENGTHS)):
            raise FormatError(
                f"byte {at}: codes of several models or lengths in a file of version {self._header.major}."
                f"{self._header.minor}; {INVALID}"
            )
        if kind == _METADATA:
            if stored > MAX_METADATA:
                raise Limit(f"byte {at}: {stored:,} bytes of metadata, more than {MAX_METADATA:,}; {INVALID}")
            return
        if kind == _MODELS:
            size = 1 + 8 * MAX_MODELS + self.count
        else:
            row = self._header.code_bytes if kind == _CODES else self._header.pose_bytes
            size = self.count * (row + (2 if encoding == _LENGTHS else 0))
        if kind == _CODES and encoding == _ENTROPY and is_too_likely(stored, size):
            raise Limit(f"byte {at}: {size:,} bytes of codes entropy coded in {stored:,}; {INVALID}")
        if stored > size or (encoding == _RAW and stored != size and kind != _MODELS):
            raise FormatError(f"byte {at}: a column of {stored:,} bytes for {size:,}; {INVALID}")


def pack_chunk(
    codes: Codes,
    poses: bytes,
    maps: list[bytes],
    table: Table | None = None,
    *,
    sizes: Sizes | None = None,
    models: Codes | None = None,
    small: bool = True,
    small_metadata: bool = True,
) -> bytes:
    """The body of a CHNK section: codes (n, K / 8), poses as bytes (or none), one packed map per cloud (or
    none). table: entropy coding is tried with it. sizes: the bytes of each code (n,), where they differ.
    models: the 8 bytes of each cloud's model (n, 8), where there are several.
    small: False for codes and poses as they are. small_metadata: False for these.
    """
    if sizes is None or (sizes == codes.shape[1]).all():
        columns = [(_CODES, *(_shortest_codes(codes, table) if small else (_RAW, codes.tobytes())))]
    else:
        columns = [(_CODES, _LENGTHS, _different_lengths(codes, sizes))]
    if poses:
        columns.append((_POSES, *(_shortest(poses) if small else (_RAW, poses))))
    if any(packed != _metadata.NIL for packed in maps):
        column = _metadata.pack_column(maps)
        columns.append((_METADATA, *(_shortest(column) if small_metadata else (_RAW, column))))
    if models is not None:
        columns.append((_MODELS, *_shortest(_pack_models(models))))
    parts = [_COUNTS.pack(len(codes), len(columns))]
    parts += [_COLUMN.pack(kind, encoding, len(stored)) for kind, encoding, stored in columns]
    parts += [stored for _, _, stored in columns]
    return b"".join(parts)


def _different_lengths(codes: Codes, sizes: Sizes) -> bytes:
    within = np.arange(codes.shape[1]) < sizes[:, None]
    return sizes.astype("<u2").tobytes() + codes[within].tobytes()


def _pack_models(models: Codes) -> bytes:
    ids, which = np.unique(models, axis=0, return_inverse=True)
    return bytes([len(ids)]) + ids.tobytes() + which.astype(np.uint8).tobytes()


def to_planes(codes: Codes) -> bytes:
    """(n, B) codes as 8 B planes of ceil(n / 8) bytes: bits that all clouds share become runs for zstd."""
    bits = unpack_bits(codes)
    return pack_bits(bits.T).tobytes()


def from_planes(planes: bytes, count: int, at: int) -> Codes:
    """The inverse of `to_planes`. Raises FormatError where unused bits are not 0."""
    width = -(-count // 8)
    rows = np.frombuffer(planes, dtype=np.uint8).reshape(-1, width)
    if count % 8 and (rows[:, -1] >> (count % 8)).any():
        raise FormatError(f"codes at byte {at}: unused bits that are not 0; {INVALID}")
    bits = unpack_bits(rows, count)
    return pack_bits(bits.T)


def _shortest(raw: bytes, *others: tuple[int, bytes]) -> tuple[int, bytes]:
    """(encoding, stored bytes), raw unless another is shorter; of equal ones the first."""
    candidates = [(_RAW, raw), (_ZSTD, _zstd.shrink(raw)), *others]
    return min(candidates, key=lambda candidate: len(candidate[1]))


def _shortest_codes(codes: Codes, table: Table | None) -> tuple[int, bytes]:
    """The same for codes, which have more ways."""
    others = [(_PLANES, _zstd.shrink(to_planes(codes)))]
    if table is not None and not is_too_likely(len(coded := table.encode_many(codes)), codes.size):
        others.append((_ENTROPY, coded))
    return _shortest(codes.tobytes(), *others)

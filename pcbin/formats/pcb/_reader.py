"""Random access to the clouds of a .pcb file (spec, section 5)."""

from __future__ import annotations

import operator
import os
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, BinaryIO, overload

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float64
from pcbin.errors import FormatError, InputError, Limit
from pcbin.formats.pcb import _header, _sections
from pcbin.formats.pcb._chunk import (
    Chunk,
    Clouds,
    Record,
    SingleClouds,
    lengths_of,
    metadata_of,
    record_of,
)
from pcbin.formats.pcb._entropy import Tables
from pcbin.formats.pcb._hashes import Hashes, of_metadata
from pcbin.formats.pcb._header import Headed, Header
from pcbin.formats.pcb._limits import (
    INVALID,
    MAX_CLOUDS,
    MAX_INDEX_CHAIN,
    check_metadata,
    check_unpacked,
    truncated,
)
from pcbin.formats.pcb._sections import CHNK, END, END_SIZE, FRAME, INDX, Commit, Index
from pcbin.formats.pcb._single import Single, loads
from pcbin.formats.pcb._source import Source
from pcbin.formats.pcb._stream import read_single
from pcbin.formats.pcb._walk import Walk

_CACHED_CHUNKS = 4


class _NoIndex(InputError, TypeError):
    """A TypeError too, as sequences raise it."""


class ArchiveReader(Sequence[Record], Headed):
    """The clouds of a .pcb file by number; a file of the single layout is an archive of one cloud.

    Opening reads the header and the index; a cloud costs one read of its chunk, of which the last few stay in
    memory. The first time, the 12 bytes that begin each section before it are read too. Clouds that were
    appended after opening are not seen. A caller's file is read from where it stands, and left open. Threads
    may share a reader, and so may forked processes where it was opened by path.

    table: the entropy table of the file's model, or a function that finds it by the model's 8 bytes; asked
    for only where codes are entropy coded. Without it those codes raise ModelNotFound, and so do records.

    header: the first 16 bytes. commit: size and number of clouds in the commit record (None for a single
    file). single: what a single file holds (None for an archive). levels: the chain of indices, oldest first.
    metadata: of the whole file, empty where it has none (the metadata of a single file belongs to its cloud).
    hashes: the whole SHA-256 of models, by the 8 bytes of their ids, where the file has them.
    uncommitted_bytes: what an unfinished append left after the archive.

    Raises NotPcb, UnsupportedVersion, Truncated, Checksum, Limit and FormatError, here and wherever clouds
    are read; InputError for a file that is not seekable or in text mode; OSError from the system.
    """

    header: Header
    commit: Commit | None
    levels: list[Index]
    metadata: dict[str, Any]
    hashes: Hashes
    uncommitted_bytes: int
    single: Single | None

    def __init__(self, path_or_file: str | os.PathLike[str] | BinaryIO, *, table: Tables = None) -> None:
        self._source = Source(path_or_file)
        self._tables = table
        try:
            self._open()
        except BaseException:
            self._source.close()
            raise

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            try:
                rows = range(*index.indices(len(self)))
            except (TypeError, ValueError) as error:
                raise _NoIndex(f"archive[{index!r}]: {error}; use whole numbers") from None
            return [self[i] for i in rows]
        try:
            number = operator.index(index)
        except TypeError:
            raise _NoIndex(f"archive[{index!r}]: use the number of a cloud, or a slice of them") from None
        number += len(self) if number < 0 else 0
        if not 0 <= number < len(self):
            raise IndexError(f"cloud {index} of {len(self)}")
        chunk = int(np.searchsorted(self._ends, number, side="right"))
        clouds = self._load(chunk)
        return record_of(clouds, number - int(self._ends[chunk]) + clouds.count)

    def __iter__(self) -> Iterator[Record]:
        for clouds in self.chunks():
            _ = clouds.metadata  # of all at once
            for row in range(clouds.count):
                yield record_of(clouds, row)

    def chunks(self) -> Iterator[Clouds]:
        """The columns of each chunk, in order; use one before the next is asked for."""
        return map(self._load, range(len(self._ends)))

    def iter_summaries(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The bits of the code, and the metadata, of each cloud, in order; needs no table."""
        for loaded in self.chunks():
            yield from zip(lengths_of(loaded, self.code_bits), metadata_of(loaded), strict=True)

    def codes(self, start: int = 0, stop: int | None = None) -> Codes:
        """The codes of clouds `start` to `stop`, as in a slice: (n, K / 8) uint8, bits from the least
        significant.

        Raises InputError where they differ in length or are of several models: no array compares such codes.
        """
        parts = []
        for clouds, rows in self._range(start, stop):
            if _differ(clouds):
                raise InputError(
                    "archive: its codes differ in length or are of several models, and do not make an array; "
                    "encode with one model of codes of one length (such as --model chair)"
                )
            parts.append(clouds.codes[rows])
        return _concatenate(parts, np.empty((0, self.header.code_bytes), dtype=np.uint8))

    def code_blocks(self) -> Iterator[Codes]:
        """All codes, chunk by chunk: (n, K / 8) uint8, read-only.

        Codes that are stored as they are, as codes that look random always are, stay in a file that was
        opened by path: memory-mapped, once their checksum was compared. They may outlive the reader; a file
        must not be cut short while they are used.

        Raises InputError as `codes` does.
        """
        for number in range(len(self._ends)):
            clouds = self._load(number)
            at = clouds.codes_at if isinstance(clouds, Chunk) and not _differ(clouds) else None
            stored = None if at is None else self._source.mapped(at, clouds.count * self.header.code_bytes)
            if stored is None:
                first = int(self._ends[number]) - clouds.count
                yield self.codes(first, first + clouds.count)
            else:
                yield np.frombuffer(stored, np.uint8).reshape(clouds.count, -1)

    def poses(self, start: int = 0, stop: int | None = None) -> tuple[Float64, Float64] | None:
        """centers (n, 3) and scales (n,) of clouds `start` to `stop`; None in a file without poses."""
        if self.header.pose == "none":
            return None
        parts = [(clouds.poses, rows) for clouds, rows in self._range(start, stop)]
        centers = [poses.centers[rows] for poses, rows in parts if poses is not None]
        scales = [poses.scales[rows] for poses, rows in parts if poses is not None]
        return _concatenate(centers, np.empty((0, 3))), _concatenate(scales, np.empty(0))

    def rotations(self, start: int = 0, stop: int | None = None) -> Float64 | None:
        """(n, 4) quaternions (x, y, z, w) of about unit length of clouds `start` to `stop`; None in a file
        without rotations.
        """
        if not self.header.rotated:
            return None
        parts = [(clouds.poses, rows) for clouds, rows in self._range(start, stop)]
        found = [poses.rotations[rows] for poses, rows in parts if poses and poses.rotations is not None]
        return _concatenate(found, np.empty((0, 4)))

    @property
    def mixed(self) -> bool:
        """Whether any chunk has codes of different lengths, or of other models than the file's."""
        if not self.header.mixed:
            return False
        return any(chunk.sizes is not None or chunk.models is not None for chunk in self.chunks())

    @property
    def several_models(self) -> bool:
        """Whether any chunk has codes of other models than the file's."""
        if not self.header.mixed:
            return False
        return any(self._load(chunk).models is not None for chunk in reversed(range(len(self._ends))))

    def models(self) -> dict[bytes, int]:
        """The 8 bytes of each model, and how many codes are of it: most first."""
        if not self.header.mixed:
            return {self.model_id: len(self)}
        found: Counter[bytes] = Counter()
        for clouds in self.chunks():
            if clouds.models is None:
                found[self.model_id] += clouds.count
            else:
                found.update(one.tobytes() for one in clouds.models)
        return dict(found.most_common())

    def verify(self, *, codes: bool = True) -> None:
        """Reads the whole file and checks every rule of the format; raises as the constructor does.

        Any single changed bit of the archive is found. Bytes of an unfinished append are not looked at.
        codes: whether entropy-coded codes are decoded too; without that, or without a table, their checksums
        alone cover them.
        """
        codes = codes and self._tables is not None
        if self.commit is None:
            single = self._read_single()
            _ = single.code if codes or not single.entropy_coded else None
            return
        _sections.parse_head(self._source.read(0, _sections.HEAD_SIZE))  # by now perhaps that of an append
        _sections.read_meta(self._source.cursor(_sections.HEAD_SIZE), self.header, self._committed)
        for chunk in self._walk(self.commit):
            chunk.check(codes=codes)

    def close(self) -> None:
        """Closes the file, if it was opened by path."""
        self._source.close()

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        source = self._source
        self._cache: OrderedDict[int, Chunk] = OrderedDict()
        self._weighed: set[int] = set()  # chunks that were read, whose metadata counts
        self._metadata_bytes = 0
        self._clouds: SingleClouds | None = None
        self.single = None
        head = source.read(0, _sections.HEAD_SIZE)
        self.header = _header.peek(head)
        self.metadata, self.commit, self.levels, self.uncommitted_bytes = {}, None, [], 0
        if self.header.layout == "single":
            self.single = self._read_single()
            self._clouds = SingleClouds(self.single)
            self.hashes = of_metadata(self.single.metadata)
            self._ends: npt.NDArray[np.int64] = np.ones(1, dtype=np.int64)
            return
        _, self.commit = _sections.parse_head(head)
        self._committed = source.size if self.commit.streamed else self.commit.size
        if source.size < self._committed:
            source.measure()  # an append may have ended between the looks at the size and at the record
        if source.size < self._committed:
            raise truncated("archive", 0, self._committed, source.size)
        self.uncommitted_bytes = source.size - self._committed
        cursor = source.cursor(_sections.HEAD_SIZE)
        self.metadata, self._chunks_at = _sections.read_meta(cursor, self.header, self._committed)
        self._reached = 0, self._chunks_at
        cursor = source.cursor(self._chunks_at)
        self.hashes = _sections.read_hashes(cursor, self.header, self._chunks_at, self._committed)
        index_at, clouds = self._read_end(self.commit)
        self.levels = self._read_indices(index_at)
        self._offsets, counts = _joined(self.levels)
        self._ends = np.cumsum(counts)
        listed = len(self)
        if listed > MAX_CLOUDS:
            raise Limit(f"byte {index_at}: more than {MAX_CLOUDS:,} clouds; {INVALID}")
        check_unpacked(listed, self.header.cloud_bytes, self._committed)
        if listed != clouds or (not self.commit.streamed and clouds != self.commit.clouds):
            raise FormatError(f"byte {index_at}: an index of {listed} clouds, not {clouds}; {INVALID}")

    def _read_single(self) -> Single:
        data = read_single(self._source.cursor(_header.SIZE), self.header, self._source.read(0, _header.SIZE))
        data += self._source.read(len(data), 1)  # a byte too many is refused there
        return loads(data, table=self._tables)

    def _read_end(self, commit: Commit) -> tuple[int, int]:
        at = self._committed - END_SIZE
        try:
            kind, body = self._section(max(at, _sections.HEAD_SIZE), self._committed)
        except FormatError:
            kind, body = b"", b""
        if kind == END:
            return _sections.parse_end(body)
        for _ in self._walk(commit):
            pass  # names the place and the kind of the damage, where there is any
        raise FormatError(f"byte {at}: the archive does not end with its END section; {INVALID}")

    def _walk(self, commit: Commit) -> Walk:
        return Walk(self._source.cursor(self._chunks_at), self.header, commit, self._chunks_at, self._tables)

    def _read_indices(self, at: int) -> list[Index]:
        levels: list[Index] = []
        before = self._committed - END_SIZE
        while True:
            kind, body = self._section(at, before)
            if kind != INDX:
                raise FormatError(f"byte {at}: a section {kind!r} where the index should be; {INVALID}")
            levels.insert(0, _sections.parse_index(body, at))
            if not levels[0].previous:
                return levels
            if len(levels) == MAX_INDEX_CHAIN:
                raise Limit(f"byte {at}: a chain of more than {MAX_INDEX_CHAIN} indices; {INVALID}")
            before, at = at, levels[0].previous

    def _section(self, at: int, end: int) -> tuple[bytes, bytes]:
        """Type and body of the section at offset `at`, which must end by `end`."""
        if not _sections.HEAD_SIZE <= at < end:
            raise FormatError(f"byte {at}: no place for a section in this file; {INVALID}")
        cursor = self._source.cursor(at)
        kind, length, frame = _sections.read_frame(cursor, self.header, at, end)
        return kind, _sections.read_body(cursor, length, frame, at)

    def _load(self, number: int) -> Clouds:
        if self._clouds is not None:
            return self._clouds
        clouds = self._cache.get(number)
        for other in self._cache.values():
            if other is not clouds:
                other.forget()
        if clouds is None:
            clouds = self._read_chunk(number)
            self._cache[number] = clouds
            while len(self._cache) > _CACHED_CHUNKS:
                self._cache.popitem(last=False)
        return clouds

    def _read_chunk(self, number: int) -> Chunk:
        self._reach(number)
        at = int(self._offsets[number])
        last = number + 1 == len(self._offsets)
        end = self._committed - END_SIZE if last else int(self._offsets[number + 1])
        kind, body = self._section(at, end)
        if kind != CHNK:
            raise FormatError(f"byte {at}: a section {kind!r} where a chunk should be; {INVALID}")
        chunk = Chunk(self.header, body, at, self._tables)
        if number not in self._weighed:
            self._weighed.add(number)
            self._metadata_bytes += chunk.metadata_size
        check_metadata(self._metadata_bytes, self._committed, at)
        listed = int(self._ends[number] - (self._ends[number - 1] if number else 0))
        if chunk.count != listed:
            raise FormatError(f"byte {at}: {chunk.count} clouds, {listed} in the index; {INVALID}")
        return chunk

    def _reach(self, number: int) -> None:
        """Steps over the sections up to a chunk: an offset could also lead into the middle of another one,
        where whoever reads in order never looks. Raises FormatError.
        """
        seen, at = self._reached
        while seen <= number:
            kind, length, _ = _sections.read_frame(self._source.cursor(at), self.header, at, self._committed)
            expected = int(self._offsets[seen])
            if at > expected or (kind == CHNK and at != expected):
                raise FormatError(f"byte {expected}: the index lists no section of the archive; {INVALID}")
            seen += kind == CHNK
            at += FRAME + length
        self._reached = seen, at

    def _range(self, start: int, stop: int | None) -> Iterator[tuple[Clouds, slice]]:
        """The chunks that clouds `start` to `stop` are in, each with the rows that are meant."""
        start, stop, _ = slice(start, stop).indices(len(self))
        while start < stop:
            number = int(np.searchsorted(self._ends, start, side="right"))
            clouds = self._load(number)
            first = int(self._ends[number]) - clouds.count
            rows = slice(start - first, min(stop - first, clouds.count))
            yield clouds, rows
            start = first + rows.stop


def _differ(clouds: Clouds) -> bool:
    """Whether codes differ in length, or are of several models."""
    return clouds.sizes is not None or clouds.models is not None


def _joined(levels: list[Index]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    offsets = np.concatenate([level.offsets for level in levels])
    return offsets, np.concatenate([level.counts for level in levels])


def _concatenate(parts: list[npt.NDArray[Any]], empty: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else empty

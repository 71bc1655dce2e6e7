"""Reading in order, from anything that has `read`: pipes, sockets, standard input."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from pcbin.formats.pcb import _header, _sections, _single
from pcbin.formats.pcb._chunk import Clouds, Record, SingleClouds, lengths_of, metadata_of, record_of
from pcbin.formats.pcb._entropy import Tables
from pcbin.formats.pcb._hashes import Hashes, of_metadata
from pcbin.formats.pcb._header import Headed, Header
from pcbin.formats.pcb._sections import Readable, read_exactly, read_some
from pcbin.formats.pcb._single import Single
from pcbin.formats.pcb._source import check_binary
from pcbin.formats.pcb._walk import Walk


class ArchiveStream(Iterator[Record], Headed):
    """The records of a .pcb file of either layout, one chunk in memory at a time.

    Reads exactly the bytes of the file and nothing after them, but for a single file whose code is entropy
    coded, which ends where the stream ends. A checksum error comes before any record of the chunk that it
    concerns, but after those of the chunks before. The constructor and the iteration raise FormatError.

    table: as for ArchiveReader.

    header: what the file is. metadata: of the whole file; empty where it has none, and for a single file.
    single: what a single file holds; None for an archive. fills_file: whether nothing may follow; only the
    caller, who has the file, can see that.
    """

    header: Header
    metadata: dict[str, Any]
    single: Single | None

    def __init__(self, file: Readable, *, table: Tables = None) -> None:
        check_binary(file)
        first = b""  # short reads, unlike bytes that are not a header, are worth asking again
        while len(first) < _header.SIZE and (more := read_some(file, _header.SIZE - len(first))):
            first += more
        self.header = _header.peek(first)
        self.metadata, self.single = {}, None
        self.fills_file = True
        self._tables = table
        self._chunks: Walk | list[SingleClouds]
        if self.header.layout == "single":
            self.single = _single.loads(read_single(file, self.header, first), table=table)
            self._chunks = [SingleClouds(self.single)]
        else:
            rest = _sections.HEAD_SIZE - len(first)
            _, commit = _sections.parse_head(first + read_exactly(file, rest, "commit record", len(first)))
            self.fills_file = commit.streamed
            end = None if commit.streamed else commit.size
            self.metadata, at = _sections.read_meta(file, self.header, end)
            self._chunks = Walk(file, self.header, commit, at, table)
        self._records = self._rows(self._chunks)

    @property
    def hashes(self) -> Hashes:
        """As of ArchiveReader; of an archive, they are known once its first record is."""
        if self.single is not None:
            return of_metadata(self.single.metadata)
        return self._chunks.hashes if isinstance(self._chunks, Walk) else {}

    def __next__(self) -> Record:
        return next(self._records)

    def skim(self) -> int:
        """Instead of iterating: reads to the end with every checksum, but unpacks nothing; how many clouds.

        Needs no table. Raises FormatError.
        """
        return sum(clouds.count for clouds in self._chunks)

    def verify(self, *, codes: bool = True) -> int:
        """Instead of iterating: as `ArchiveReader.verify`; how many clouds there are. Raises FormatError."""
        codes = codes and self._tables is not None
        if isinstance(self._chunks, Walk):
            for chunk in self._chunks:
                chunk.check(codes=codes)
            return self._chunks.clouds
        if codes or not self.header.entropy_coded:
            _ = [clouds.codes for clouds in self._chunks]
        return len(self._chunks)

    def iter_summaries(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Instead of iterating: bits and metadata of each cloud. Needs no table. Raises FormatError."""
        for clouds in self._chunks:
            yield from zip(lengths_of(clouds, self.code_bits), metadata_of(clouds), strict=True)

    @staticmethod
    def _rows(chunks: Walk | list[SingleClouds]) -> Iterator[Record]:
        clouds: Clouds
        for clouds in chunks:
            _ = clouds.metadata  # of all at once
            for row in range(clouds.count):
                yield record_of(clouds, row)


def iter_archive(file: Readable, *, table: Tables = None) -> ArchiveStream:
    """The records of a .pcb file of either layout, in order, from a file that need not be seekable."""
    return ArchiveStream(file, table=table)


def read_single(file: Readable, header: Header, first: bytes) -> bytes:
    """The bytes of a whole single file whose header was read; not one byte more, but where its code is
    entropy coded: then what is left of the file, up to one byte more than there can be.

    Raises Truncated and Limit.
    """
    _, metadata_at = _single.offsets(header)
    size = metadata_at + 4
    data = first + read_exactly(file, size - len(first), "file", len(first))
    if header.has_metadata:
        (word,) = struct.unpack_from("<I", data, metadata_at)
        data += read_exactly(file, _single.stored_metadata(word, metadata_at) + 4, "metadata", metadata_at)
    left = header.code_bytes if header.entropy_coded else 0
    while left and (more := read_some(file, left)):
        data += more
        left -= len(more)
    return data

"""An archive read section after section, every rule checked on the way (spec, section 5)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from pcbin.errors import FormatError, Limit
from pcbin.formats.pcb import _sections
from pcbin.formats.pcb._chunk import Chunk
from pcbin.formats.pcb._entropy import Tables
from pcbin.formats.pcb._hashes import Hashes
from pcbin.formats.pcb._header import Header
from pcbin.formats.pcb._limits import INVALID, MAX_CLOUDS, MAX_INDEX_CHAIN, check_metadata, check_unpacked
from pcbin.formats.pcb._sections import CHNK, END, FRAME, HASH, INDX, META, Commit, Readable


class Walk:
    """Iterates over the chunks of an archive, from the section at offset `at`, where `file` stands.

    Each END is held against the sections before it, the index included: whoever reads at random finds the
    same clouds. Raises FormatError. at: the offset after the last section read. clouds: how many were seen.
    hashes: of models, as far as they were read.
    """

    def __init__(
        self, file: Readable, header: Header, commit: Commit, at: int, tables: Tables = None
    ) -> None:
        self.at = at
        self.clouds = 0
        self._metadata = 0  # bytes of it, unpacked
        self.hashes: Hashes = {}
        self._first = at
        self._file, self._header, self._commit, self._tables = file, header, commit, tables
        self._index_at: int | None = None  # of the last INDX, if no chunk came after it
        self._chunks = array("Q"), array("Q")  # offsets and counts of those that were seen
        self._indices: dict[int, tuple[int, int]] = {}  # by offset: how many chunks, and of how many indices

    def __iter__(self) -> Iterator[Chunk]:
        end = None if self._commit.streamed else self._commit.size
        ended = False
        while self.at != end and not (ended and self._commit.streamed):
            at = self.at
            kind, length, frame = _sections.read_frame(self._file, self._header, at, end)
            if kind == INDX:
                _sections.check_entries(length, len(self._chunks[0]), at)
            if kind == HASH and at == self._first:
                self.hashes = _sections.parse_hashes(self._file, length, frame, at)
            elif kind in (CHNK, INDX, END):
                body = _sections.read_body(self._file, length, frame, at)
            else:
                _sections.skip_body(self._file, length, frame, at)
            self.at = at + FRAME + length
            ended = kind == END
            if kind == CHNK:
                yield self._chunk(body, at)
            elif kind == END:
                self._check_end(body, at)
            elif kind == INDX:
                self._index(body, at)
            elif kind == META:
                raise FormatError(f"byte {at}: metadata of the file out of place; {INVALID}")
        if not ended or (end is not None and self.clouds != self._commit.clouds):
            raise FormatError(
                f"byte {self.at}: the archive does not end as its commit record says; {INVALID}"
            )

    def _chunk(self, body: bytes, at: int) -> Chunk:
        chunk = Chunk(self._header, body, at, self._tables)
        self._index_at = None
        self.clouds += chunk.count
        if self.clouds > MAX_CLOUDS:
            raise Limit(f"byte {at}: more than {MAX_CLOUDS:,} clouds; {INVALID}")
        check_unpacked(self.clouds, self._header.cloud_bytes, self.at)
        self._metadata += chunk.metadata_size
        check_metadata(self._metadata, self.at, at)
        for numbers, number in zip(self._chunks, (at, chunk.count), strict=True):
            numbers.append(number)
        return chunk

    def _index(self, body: bytes, at: int) -> None:
        index = _sections.parse_index(body, at)
        self._index_at = at
        before, depth = (0, 0) if not index.previous else self._indices.get(index.previous, (-1, 0))
        if before < 0:
            raise FormatError(f"byte {at}: an index that follows none at byte {index.previous}; {INVALID}")
        if depth == MAX_INDEX_CHAIN:
            raise Limit(f"byte {at}: a chain of more than {MAX_INDEX_CHAIN} indices; {INVALID}")
        rows = slice(before, before + len(index.offsets))
        for listed, seen in zip((index.offsets, index.counts), self._chunks, strict=True):
            if listed.tolist() != seen[rows].tolist():
                raise FormatError(f"byte {at}: the index lists other chunks than come before it; {INVALID}")
        self._indices[at] = rows.stop, depth + 1

    def _check_end(self, body: bytes, at: int) -> None:
        index_at, clouds = _sections.parse_end(body)
        if index_at != self._index_at or clouds != self.clouds:
            raise FormatError(f"byte {at}: an end that does not match the sections before it; {INVALID}")
        if self._indices[index_at][0] != len(self._chunks[0]):
            raise FormatError(f"byte {at}: a chunk that the index does not list; {INVALID}")

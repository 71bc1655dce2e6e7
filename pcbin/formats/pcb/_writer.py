"""Writing archives: chunk by chunk, to files and pipes (spec, section 6)."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from bitarray import bitarray

from pcbin.arrays import Codes
from pcbin.errors import InputError
from pcbin.formats.entropy import Table
from pcbin.formats.pcb import _hashes, _header, _metadata, _poses, _sections
from pcbin.formats.pcb._chunk import MAX_MODELS, Clouds, Record, alike, pack_chunk
from pcbin.formats.pcb._entropy import check_length
from pcbin.formats.pcb._header import Header, PoseKind
from pcbin.formats.pcb._limits import FREE_METADATA, MAX_CHUNK, MAX_CLOUDS, METADATA_RATIO, is_too_dense
from pcbin.formats.pcb._sections import CHNK, HASH, STREAMED, Commit, Index
from pcbin.formats.pcb._single import code_to_bytes
from pcbin.formats.pcb._source import check_binary

DEFAULT_CHUNK = 4096
_MAX_CHUNK_METADATA = 2**20 - 8
"""Bytes of metadata after which a chunk is full: keeps random access quick, and arrays and maps below their
cap.
"""


class ArchiveWriter:
    """Writes clouds into an archive, from where `file` stands; `file` may be a pipe and is left open.

    As a context manager it closes the archive at the end of the block; after an exception the archive stays
    without its end, so that no reader takes it for whole. Nothing is known of the clouds before `close`.

    model_id: 8 bytes. code_bits: K. pose: what every cloud brings ('none', 'float32', or 'float64' where
    coordinates need it). metadata: of the whole file. chunk: clouds per chunk, 1 to 65,536. table: the
    model's entropy table: chunks are entropy coded with it where that makes them smallest, and need it to be
    read. mixed: whether codes may be shorter than K bits, and of other models than `model_id`. rotated:
    whether every pose has room for a rotation, 8 bytes before compression; without it a pose that has one is
    refused. hashes: the whole SHA-256, 32 bytes each, of models that codes are of or may be of, for readers
    to compare.

    Raises InputError for arguments and clouds that the format cannot hold; the archive is then as before the
    call.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        model_id: bytes,
        code_bits: int,
        pose: PoseKind = "none",
        metadata: Mapping[str, Any] | None = None,
        chunk: int = DEFAULT_CHUNK,
        table: Table | None = None,
        rotated: bool = False,
        mixed: bool = False,
        hashes: Sequence[bytes] = (),
    ) -> None:
        check_binary(file, "write")
        header = _header.new_header(
            model_id,
            code_bits,
            "archive",
            pose,
            has_metadata=_metadata.is_given(metadata),
            rotated=rotated,
            mixed=mixed,
        )
        check_length(table, header.code_bits)
        meta = _sections.pack_meta(_metadata.pack_map(metadata)) if metadata else b""
        base = file.tell() if _rewritable(file) else None
        self._begin(file, header, base, chunk, table)
        whole = _sections.pack_section(HASH, _hashes.pack(hashes)) if hashes else b""
        self._write(header.pack() + STREAMED.pack(header) + meta + whole)

    @classmethod
    def _resume(
        cls,
        file: BinaryIO,
        header: Header,
        commit: Commit,
        levels: list[Index],
        *,
        chunk: int,
        table: Table | None,
        check: Callable[[], None],
    ) -> ArchiveWriter:
        """Appends after the committed bytes of `file`, which the writer owns from now on.

        check: called before the commit; what it raises takes the append back.
        """
        writer = cls.__new__(cls)
        writer._begin(file, header, 0, chunk, table)
        writer._resumed, writer._at, writer._clouds = commit, commit.size, commit.clouds
        writer._levels, writer._check = levels, check
        writer._free = 0  # nobody knows what the old chunks take
        file.seek(commit.size)
        return writer

    def _begin(
        self, file: BinaryIO, header: Header, base: int | None, chunk: int, table: Table | None
    ) -> None:
        if not isinstance(chunk, int) or not 1 <= chunk <= MAX_CHUNK:
            raise InputError(f"chunk: {chunk} clouds; use 1 to {MAX_CHUNK:,}")
        self.header = header
        self._file, self._base, self._chunk, self._table = file, base, chunk, table
        self._resumed: Commit | None = None
        self._check: Callable[[], None] | None = None
        self._levels: list[Index] = []
        self._offsets: list[int] = []
        self._counts: list[int] = []
        self._at = self._clouds = 0
        self._metadata = self._written = 0  # bytes of this session, unpacked and stored
        self._free = FREE_METADATA // 2  # what arrays around the maps take is not counted
        self._committing = self._closed = False
        self._empty()

    @property
    def pose(self) -> PoseKind:
        """What every cloud brings: 'none', 'float32' or 'float64'."""
        return self.header.pose

    @property
    def mixed(self) -> bool:
        """Whether codes may be shorter than K bits, and of other models than the file's."""
        return self.header.mixed

    def add(self, record: Record) -> None:
        """Adds one cloud. Raises InputError unless its code has K bits and its pose fits the archive."""
        if not isinstance(record, Record):
            raise InputError(f"record: {type(record).__name__}; pass a Record")
        length = len(record.code) if isinstance(record.code, bitarray) else 0
        if length % 8 or not (8 if self.mixed else self.header.code_bits) <= length <= self.header.code_bits:
            raise InputError(
                f"code: not a bitarray of {self.header.code_bits} bits; all codes are of one length"
            )
        codes = np.frombuffer(code_to_bytes(record.code), dtype=np.uint8)[None]
        centers, scales, rotations = (None,) * 3 if record.pose is None else _poses.as_columns(record.pose)
        self.add_many(codes, centers, scales, [record.metadata], rotations, model_id=record.model_id)

    def add_many(
        self,
        codes: npt.NDArray[np.uint8],
        centers: npt.ArrayLike | None = None,
        scales: npt.ArrayLike | None = None,
        metadata: Sequence[Mapping[str, Any] | None] | None = None,
        rotations: npt.ArrayLike | None = None,
        *,
        model_id: bytes | None = None,
    ) -> None:
        """Adds n clouds: codes (n, K / 8) uint8, bit i of a code is bit i % 8, from the least significant, of
        byte i // 8. In a mixed archive they may be shorter, and of another model than the file's.

        centers (n, 3) and scales (n,) exactly if the archive has poses. metadata: n maps, or None where a
        cloud has none. rotations: (n, 4) unit quaternions (x, y, z, w), where the archive has room for them;
        None where no cloud is turned. Raises InputError, and adds nothing then.
        """
        if self._closed:
            raise InputError("archive: already closed; open it again with append_archive")
        codes = self._checked_codes(codes)
        model_id = self._checked_model(model_id)
        poses = self._packed_poses(len(codes), centers, scales, rotations)
        if metadata is not None and not isinstance(metadata, Sequence):
            raise InputError(f"metadata: {type(metadata).__name__}; pass a list with a map per cloud")
        if metadata is not None and len(metadata) != len(codes):
            raise InputError(f"metadata: {len(metadata)} maps for {len(codes)} clouds; pass one per cloud")
        if self._clouds + self._pending + len(codes) > MAX_CLOUDS:
            raise InputError(f"archive: more than {MAX_CLOUDS:,} clouds; start another file")
        maps = [
            _metadata.pack_map(one) if _metadata.is_given(one) else _metadata.NIL for one in metadata or ()
        ]
        self._push(codes, poses, maps, model_id)

    def add_clouds(
        self, clouds: Clouds, model_id: bytes, metadata: Sequence[Mapping[str, Any] | None] | None = None
    ) -> None:
        """Adds what a reader found, code for code; model_id: of the file that they are from.

        metadata: in place of theirs. Raises InputError as `add_many` does.
        """
        maps = clouds.metadata if metadata is None else metadata
        poses = clouds.poses
        for rows in alike(clouds):
            size = None if clouds.sizes is None else int(clouds.sizes[rows.start])
            self.add_many(
                clouds.codes[rows, :size],
                None if poses is None else poses.centers[rows],
                None if poses is None else poses.scales[rows],
                None if maps is None else maps[rows],
                None if poses is None or poses.rotations is None else poses.rotations[rows],
                model_id=model_id if clouds.models is None else clouds.models[rows.start].tobytes(),
            )

    def close(self) -> None:
        """Writes the last chunk, the index and the end; without it the file is not an archive.

        Closing twice is fine.
        """
        if self._closed:
            return
        try:
            self._finish()
        except BaseException:
            self._abort()
            raise
        self._release()

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif not self._closed:
            self._abort()

    def _checked_codes(self, codes: npt.NDArray[np.uint8]) -> Codes:
        width = self.header.code_bytes
        if not isinstance(codes, np.ndarray) or codes.dtype != np.uint8 or codes.ndim != 2:
            raise InputError(
                f"codes: not an (n, {width}) array of uint8; pass packed bits, one row per cloud"
            )
        if not (1 if self.mixed else width) <= codes.shape[1] <= width:
            raise InputError(f"codes: {codes.shape[1]} bytes each; this archive takes {width}")
        return codes

    def _checked_model(self, model_id: bytes | None) -> bytes:
        if model_id is not None and not isinstance(model_id, bytes):
            raise InputError(f"model_id: {type(model_id).__name__}; pass the 8 bytes of `Model.id`")
        if model_id is None or model_id == self.header.model_id:
            return self.header.model_id
        if not self.mixed or len(model_id) != 8:
            raise InputError(
                f"model_id: {model_id.hex()}, but this archive holds codes of {self.header.model_id.hex()}; "
                "create one with mixed=True"
            )
        if model_id not in self._models and len(self._models) == MAX_MODELS:
            self._flush()  # the next chunk has a list of its own
        return model_id

    def _packed_poses(
        self,
        count: int,
        centers: npt.ArrayLike | None,
        scales: npt.ArrayLike | None,
        rotations: npt.ArrayLike | None,
    ) -> bytes:
        if (centers is None) != (scales is None) or (centers is None) != (self.header.pose == "none"):
            raise InputError(
                f"poses: the archive was created with pose={self.header.pose!r}; "
                "pass a center and a scale for every cloud, or create it with pose='none' and pass neither"
            )
        if centers is None or scales is None:
            if rotations is not None:
                raise InputError("rotations: they are part of the pose; pass centers and scales too")
            return b""
        checked = _poses.check(centers, scales, rotations)
        if len(checked.scales) != count:
            raise InputError(f"poses: {len(checked.scales)} for {count} clouds; pass one per cloud")
        return _poses.pack(self.header, checked)

    def _push(self, codes: Codes, poses: bytes, maps: list[bytes], model_id: bytes) -> None:
        pose_size, size = self.header.pose_bytes, codes.shape[1]
        if size < self.header.code_bytes:
            codes = np.pad(codes, ((0, 0), (0, self.header.code_bytes - size)))
        start = 0
        while start < len(codes):
            stop = min(len(codes), start + self._chunk - self._pending)
            stop = self._fitting(maps, start, stop) if maps else stop
            if stop > start:
                self._pending += stop - start
                self._codes += codes[start:stop].tobytes()
                if self.mixed:
                    self._sizes += [size] * (stop - start)
                    self._models[model_id] = None
                    self._model_ids += model_id * (stop - start)
                self._poses += poses[start * pose_size : stop * pose_size]
                self._maps += maps[start:stop] if maps else [_metadata.NIL] * (stop - start)
            if stop < len(codes) or self._pending == self._chunk:
                self._flush()
            start = stop

    def _fitting(self, maps: list[bytes], start: int, stop: int) -> int:
        """How far the maps go before the chunk has enough metadata; a chunk takes at least one."""
        for index in range(start, stop):
            if self._map_bytes + len(maps[index]) > _MAX_CHUNK_METADATA and (self._pending or index > start):
                return index
            self._map_bytes += len(maps[index])
        return stop

    def _empty(self) -> None:
        self._pending = 0
        self._codes = bytearray()
        self._sizes: list[int] = []
        self._models: dict[bytes, None] = {}
        self._model_ids = bytearray()
        self._poses = bytearray()
        self._maps: list[bytes] = []
        self._map_bytes = 0

    def _flush(self) -> None:
        if not self._pending:
            return
        codes = np.frombuffer(bytes(self._codes), dtype=np.uint8).reshape(self._pending, -1)
        several = self._models.keys() - {self.header.model_id}
        pack = partial(
            pack_chunk,
            codes,
            bytes(self._poses),
            self._maps,
            sizes=np.array(self._sizes) if self.mixed else None,
            models=np.frombuffer(bytes(self._model_ids), np.uint8).reshape(-1, 8) if several else None,
        )
        body = pack(self._table)
        self._metadata += sum(map(len, self._maps))
        if self._metadata > self._free + METADATA_RATIO * (self._written + len(body)):  # of equal maps
            pack = partial(pack, small_metadata=False)
            body = pack(self._table)
        clouds = self._clouds + self._pending
        if is_too_dense(clouds, self.header.cloud_bytes, self._at + len(body)):  # of equal codes
            body = pack(small=False)
        self._offsets.append(self._at)
        self._counts.append(self._pending)
        self._write(_sections.pack_section(CHNK, body))
        self._clouds += self._pending
        self._empty()

    def _finish(self) -> None:
        self._flush()
        if self._resumed is not None and not self._offsets:
            return  # nothing was appended
        previous, offsets, counts = self._merged_index()
        index_at = self._at
        self._write(_sections.pack_index(previous, offsets, counts))
        self._write(_sections.pack_end(index_at, self._clouds))
        self._sync()
        if self._base is not None:
            if self._check is not None:
                self._check()
            self._committing = True
            write_commit(self._file, self._base, self.header, Commit(self._at, self._clouds))
            self._file.seek(self._base + self._at)
            self._sync()

    def _merged_index(self) -> tuple[int, list[int], list[int]]:
        """Takes over older indices while they are short: the chain stays short, and appending n times costs n
        log n.
        """
        offsets, counts = self._offsets, self._counts
        levels = list(self._levels)
        while levels and len(levels[-1].offsets) < 2 * len(offsets):
            older = levels.pop()
            offsets = older.offsets.tolist() + offsets
            counts = older.counts.tolist() + counts
        return (levels[-1].at if levels else 0), offsets, counts

    def _write(self, data: bytes) -> None:
        write_all(self._file, data)
        self._at += len(data)
        self._written += len(data)

    def _sync(self) -> None:
        self._file.flush()
        if (
            self._resumed is not None
        ):  # the new sections must be on the disk before the commit record names them
            os.fsync(self._file.fileno())

    def _abort(self) -> None:
        """Leaves a resumed archive as it was, and a new one without its end."""
        try:
            if self._resumed is not None and not self._committing:
                self._file.truncate(self._resumed.size)
        finally:
            self._release()

    def _release(self) -> None:
        self._closed = True
        self._empty()
        if self._resumed is not None:
            self._file.close()


def write_commit(file: BinaryIO, base: int, header: Header, commit: Commit) -> None:
    """Writes the commit record in place, for an archive that begins at `base` of a seekable file."""
    file.seek(base + _header.SIZE)
    write_all(file, commit.pack(header))


def write_all(file: BinaryIO, data: bytes) -> None:
    """Writes everything, also to unbuffered files, which may take less at a time."""
    view = memoryview(data)
    while view:
        written: int | None = file.write(view)
        if written is None and isinstance(file, io.RawIOBase):
            raise BlockingIOError("the file is non-blocking and full; pass a blocking one")
        view = view[len(view) if written is None else written :]


def _rewritable(file: BinaryIO) -> bool:
    """Whether bytes already written can be changed: not in a pipe, nor where every write goes to the end
    (`>>`).
    """
    seekable = getattr(file, "seekable", None)
    if seekable is None or not seekable() or "a" in str(getattr(file, "mode", "")):
        return False
    try:
        import fcntl  # not on Windows

        return not fcntl.fcntl(file.fileno(), fcntl.F_GETFL) & os.O_APPEND
    except (ImportError, AttributeError, OSError):  # in memory
        return True

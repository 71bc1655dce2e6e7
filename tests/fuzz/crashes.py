"""A model of power failures during an append: of the writes since the last flush, any part may be lost.

An append is run on a real file whose operations are recorded. What a disk may hold afterwards, if the power
fails in between, is worked out in memory: all that came before the last flush, and of what came after it any
sectors of 512 bytes, in any order.
"""

from __future__ import annotations

import io
import os
import random
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from pcbin.formats import pcb
from pcbin.formats.pcb import _files

MODEL = bytes(range(8))
SECTOR = 512

Operation = tuple[str, int, bytes]


class _Recorder(io.FileIO):
    """A file that keeps what is done to it."""

    operations: list[Operation]

    def write(self, data: Any, /) -> int:
        at = self.tell()
        self.operations.append(("write", at, bytes(data)))
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        cut = super().truncate(size)
        self.operations.append(("cut", cut, b""))
        return cut


def record_append(path: Path, codes: np.ndarray, chunk: int) -> list[Operation]:
    """What an append of these codes does to the file at `path`."""
    operations: list[Operation] = []
    flush = os.fsync

    class Recorded(type(path)):  # type: ignore[misc]
        def open(self, mode: str = "r", *args: Any, **options: Any) -> Any:
            if mode != "r+b":
                return super().open(mode, *args, **options)
            file = _Recorder(self, "r+b")
            file.operations = operations
            return file

    def flushed(descriptor: int) -> None:
        operations.append(("flush", 0, b""))
        flush(descriptor)

    patched = mock.patch.object(_files, "Path", Recorded), mock.patch.object(os, "fsync", flushed)
    with patched[0], patched[1], pcb.append_archive(path, chunk=chunk) as writer:
        writer.add_many(codes)
    return operations


def left_by_a_failure(before: bytes, operations: list[Operation], rng: random.Random) -> tuple[bytes, bool]:
    """What the disk holds after a failure at a random moment; whether the append had ended by then."""
    stop = rng.randrange(len(operations) + 1)
    done = operations[:stop]
    flushed = max((k for k, (kind, _, _) in enumerate(done) if kind == "flush"), default=-1)
    disk = bytearray(before)
    for operation in done[: flushed + 1]:
        _apply(disk, operation)
    pending = [piece for operation in done[flushed + 1 :] for piece in _pieces(operation)]
    pending = [piece for piece in pending if rng.random() < 0.5]
    if rng.random() < 0.5:
        rng.shuffle(pending)
    for piece in pending:
        _apply(disk, piece)
    return bytes(disk), stop == len(operations)


def _pieces(operation: Operation) -> list[Operation]:
    """A write by sectors of the disk: each is there or not."""
    kind, at, data = operation
    if kind != "write":
        return [operation]
    edges = sorted({at, at + len(data), *range(at // SECTOR * SECTOR + SECTOR, at + len(data), SECTOR)})
    return [("write", a, data[a - at : b - at]) for a, b in pairwise(edges)]


def _apply(disk: bytearray, operation: Operation) -> None:
    kind, at, data = operation
    if kind == "cut":
        del disk[at:]
        disk.extend(bytes(at - len(disk)))
    elif kind == "write":
        disk.extend(bytes(max(0, at - len(disk))))
        disk[at : at + len(data)] = data


def append(rng: random.Random) -> bool:
    """One failure: the old clouds are there, the new ones all or none, and the next append works.

    Whether the new ones were there.
    """
    codes = np.random.default_rng(rng.getrandbits(32)).integers(0, 256, (300, 16), dtype=np.uint8)
    old, new = rng.randrange(150), rng.randrange(1, 150)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.pcb")
        streamed = rng.random() < 0.2
        with path.open("wb") as file:
            sink: Any = _Pipe(file) if streamed else file
            with pcb.ArchiveWriter(sink, model_id=MODEL, code_bits=128, chunk=40) as writer:
                writer.add_many(codes[:old])
        if rng.random() < 0.3:  # an append before it that was cut short
            with path.open("ab") as file:
                file.write(rng.randbytes(rng.randrange(2000)))
            if streamed:  # which only comes behind a commit record that says where
                path.write_bytes(path.read_bytes()[: _size_of(path)])
        before = path.read_bytes()
        operations = record_append(path, codes[old : old + new], chunk=rng.choice([7, 40, 4096]))
        disk, ended = left_by_a_failure(before, operations, rng)
        path.write_bytes(disk)
        with pcb.ArchiveReader(path) as reader:
            reader.verify()
            found = reader.codes()
        assert len(found) in (old, old + new)
        assert not ended or len(found) == old + new
        assert (found == codes[: len(found)]).all()
        with pcb.append_archive(path) as writer:
            writer.add_many(codes[-1:])
        with pcb.ArchiveReader(path) as reader:
            reader.verify()
            assert (reader.codes() == np.concatenate([found, codes[-1:]])).all()
    return len(found) > old


def _size_of(path: Path) -> int:
    with path.open("rb") as file:
        for _ in pcb.iter_archive(file):
            pass
        return file.tell()


class _Pipe:
    """A file that cannot go back."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: Any) -> int:
        return int(self._file.write(data))

    def flush(self) -> None:
        self._file.flush()

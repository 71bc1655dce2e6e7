"""Archives at a path: created whole or not at all, appended to in place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pcbin.errors import InputError, ModelMismatch, UnsupportedVersion
from pcbin.formats.atomic import open_atomic
from pcbin.formats.entropy import Table
from pcbin.formats.pcb import _header
from pcbin.formats.pcb._entropy import check_length
from pcbin.formats.pcb._header import Header, PoseKind
from pcbin.formats.pcb._limits import UPGRADE
from pcbin.formats.pcb._reader import ArchiveReader
from pcbin.formats.pcb._sections import Commit
from pcbin.formats.pcb._writer import DEFAULT_CHUNK, ArchiveWriter, write_commit
from pcbin.formats.urls import need_path


@contextmanager
def create_archive(
    path: str | os.PathLike[str],
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
    overwrite: bool = False,
) -> Iterator[ArchiveWriter]:
    """A writer whose archive appears at `path` when the block ends; after an exception there is nothing new.

    The arguments are those of ArchiveWriter. Raises InputError for what it refuses and, without `overwrite`,
    where `path` exists.
    """
    with open_atomic(path, overwrite=overwrite) as file:
        writer = ArchiveWriter(
            file,
            model_id=model_id,
            code_bits=code_bits,
            pose=pose,
            metadata=metadata,
            chunk=chunk,
            table=table,
            mixed=mixed,
            rotated=rotated,
            hashes=hashes,
        )
        with writer:
            yield writer


def append_archive(
    path: str | os.PathLike[str],
    *,
    model_id: bytes | None = None,
    code_bits: int | None = None,
    chunk: int = DEFAULT_CHUNK,
    table: Table | None = None,
) -> ArchiveWriter:
    """A writer that adds clouds to the archive at `path`; they belong to it from `close` on.

    Nothing is rewritten but the 20 bytes of the commit record, last: a kill before that leaves
    the old archive whole. An exception in the `with` block takes back what was appended.

    model_id, code_bits: checked against the archive where given. Raises ModelMismatch and InputError where
    they differ, InputError for a single file or while another process appends; FormatError for a broken
    archive. table: as for ArchiveWriter.
    """
    need_path(path, "an append")
    # Without a buffer nothing waits that a full disk did not take, to be written after the truncation.
    file: Any = Path(path).open("r+b", buffering=0)  # noqa: SIM115
    try:
        _lock(file, path)
        need_same(file, path)
        reader = ArchiveReader(file)
        header, commit = reader.header, reader.commit
        if commit is None:
            raise InputError(f"{path}: holds a single cloud; create an archive with create_archive")
        need_known(header, path)
        if model_id is not None and model_id != header.model_id:
            raise ModelMismatch(
                f"{path}: made with model {header.model_id.hex()}, not {model_id.hex()}; "
                "encode with that model, or create another archive"
            )
        if code_bits is not None and code_bits != header.code_bits:
            raise InputError(
                f"{path}: codes of {header.code_bits} bits, not {code_bits}; create another archive"
            )
        check_length(table, header.code_bits)
        size = os.fstat(file.fileno()).st_size - reader.uncommitted_bytes
        if commit.streamed:
            commit = Commit(size, len(reader))
            write_commit(file, 0, header, commit)
            file.flush()
            os.fsync(file.fileno())
        file.truncate(size)
        return ArchiveWriter._resume(
            file, header, commit, reader.levels, chunk=chunk, table=table, check=lambda: need_same(file, path)
        )
    except BaseException:
        file.close()
        raise


def need_known(header: Header, path: str | os.PathLike[str]) -> None:
    """Raises UnsupportedVersion for a later minor version: what it adds would be lost on the way."""
    if header.minor > _header.MINOR:
        raise UnsupportedVersion(
            f"{path}: written by version {header.major}.{header.minor}, which this pcbin (version "
            f"{_header.MAJOR}.{_header.MINOR}) can read but not extend; {UPGRADE}"
        )


@contextmanager
def sole_writer(path: str | os.PathLike[str]) -> Iterator[Callable[[], None]]:
    """Keeps others from appending to the archive at `path`, which is to be replaced by another.

    Gives a check to call before that: it raises InputError where somebody else replaced the file meanwhile.
    Raises InputError while another process appends. Windows, which cannot replace open files, has no lock.
    """
    need_path(path, "what keeps others from writing to it")
    if os.name == "nt":
        yield lambda: None
        return
    with Path(path).open("rb") as file:
        _lock(file, path)
        need_same(file, path)
        yield lambda: need_same(file, path)


def need_same(file: BinaryIO, path: str | os.PathLike[str]) -> None:
    """Raises InputError unless `path` still names the open file: what is written for another one is lost."""
    try:
        same = os.path.samestat(Path(path).stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        same = False
    if not same:
        raise InputError(f"{path}: was replaced or removed meanwhile, and nothing was written; try again")


def _lock(file: BinaryIO, path: str | os.PathLike[str]) -> None:
    """One writer at a time, where the system has advisory locks; closing the file unlocks it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{path}: another process is writing to it; wait until it is done") from None
    except OSError:  # a file system without locks
        return

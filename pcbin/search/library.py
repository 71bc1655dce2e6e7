"""An index of shapes: a .pcb archive of their codes in canonical poses, which tells when a shape has changed.

The file is an archive like any other: `pcbin list`, `decode` and `verify` take it, and what a stranger wrote
is as safe to open as any .pcb. Its metadata say for each object which file it was made of, and hold a
descriptor that no rotation changes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin.archive import Archive
from pcbin.arrays import Codes, Pose
from pcbin.codec import BATCH_SIZE, Codec
from pcbin.errors import InputError, PcbinError
from pcbin.formats import pcb
from pcbin.formats.names import stored_name, text_of
from pcbin.search import descriptor
from pcbin.search.canonical import codes_of

MARK = "shape-index"
"""The key of the file's metadata that makes an archive an index; its value is VERSION."""
VERSION = 1
Failed = Callable[[str, PcbinError | OSError], None]


@dataclass(frozen=True)
class Source:
    """A file whose shape is indexed: its name below the folder, and how to see whether it has changed."""

    name: str
    size: int
    modified: int
    """Nanoseconds."""
    digest: bytes = b""
    """SHA-256 of the bytes; empty where it is not known yet."""


@dataclass(frozen=True)
class Entry:
    """A shape of an index."""

    source: Source
    code: bytes
    pose: Pose
    descriptor: bytes


class Changes(NamedTuple):
    """What became of an index."""

    kept: int
    encoded: int
    dropped: int
    failed: int


class Library:
    """An index that was read.

    Args:
        path: Of the index.

    Raises:
        FormatError: The file is damaged.
        InputError: It is no index.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        with Archive(self.path) as archive:
            found = archive.metadata.get(MARK)
            if found != VERSION:
                what = "no index" if found is None else f"an index of version {found}"
                raise InputError(f"{self.path}: {what}; make one with `pcbin index {self.path} -o index.pcb`")
            self.model_id = archive.model_id
            self.bits = archive.bits
            self.settings = archive.metadata.get("settings")
            folder = archive.metadata.get("folder")
            self.folder = self.path.parent / folder if isinstance(folder, str) else None
            """Where the files are that the shapes were read from; None where they came from an archive."""
            self.blocks: list[Codes] = list(archive.code_blocks())
            """The codes, memory-mapped."""
            self._notes = list(archive.iter_metadata())
            self._poses = [record.pose for record in archive.records()]

    def __len__(self) -> int:
        return len(self._notes)

    @property
    def names(self) -> list[str]:
        """Of the objects, in order."""
        return [name_in(note, row) for row, note in enumerate(self._notes)]

    @property
    def descriptors(self) -> npt.NDArray[np.float32]:
        """(n, `descriptor.SIZE`): of the objects; infinite where there is none."""
        none = np.full(descriptor.SIZE, np.inf, np.float32)
        found = [descriptor.from_bytes(note.get("shape")) for note in self._notes]
        return np.stack([none if one is None else one for one in found]) if found else none[:0, None]

    def entries(self) -> Iterator[Entry]:
        """All objects whose metadata are those of an index."""
        codes = (code.tobytes() for block in self.blocks for code in block)
        for code, pose, note in zip(codes, self._poses, self._notes, strict=True):
            name, size, modified = _text(note.get("name")), note.get("size"), note.get("modified")
            digest, shape = note.get("sha256"), note.get("shape")
            if name is None or pose is None or not isinstance(size, int) or not isinstance(modified, int):
                continue
            if isinstance(digest, bytes) and isinstance(shape, bytes):
                yield Entry(Source(name, size, modified, digest), code, pose, shape)

    def original(self, row: int) -> Path | None:
        """The file that an object was read from, where it is still there."""
        name = _text(self._notes[row].get("name"))
        if self.folder is None or name is None or Path(name).is_absolute() or ".." in Path(name).parts:
            return None
        path = self.folder / name
        return path if path.is_file() else None

    def decoded(self, row: int) -> Any:
        """An object's cloud as its code has it.

        Raises:
            ModelNotFound: The model of the codes is not installed.
        """
        with Archive(self.path) as archive:
            return archive[row]


def scan(folder: Path, wanted: Callable[[Path], bool]) -> list[Source]:
    """The files below a folder that are wanted, by name."""
    found = []
    for path in sorted(folder.rglob("*")):
        if wanted(path) and path.is_file():
            status = path.stat()
            found.append(Source(path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return found


def update(
    target: Path,
    sources: Sequence[Source],
    read: Callable[[Source], Any],
    codec: Codec,
    *,
    folder: Path | None,
    failed: Failed,
    digest: Callable[[Source], bytes],
    settings: str = "",
) -> Changes:
    """Writes an index of sources, whole or not at all; what an older one of the same model knows is kept.

    A source is the same where its name, size and time are, or its bytes, whatever it is called now.

    Args:
        target: The index.
        sources: What it shall hold, no more.
        read: Gives the (N, 3) cloud of a source.
        codec: What codes it.
        folder: Where the sources are files; None where they are not.
        failed: Told of each source that cannot be read or coded, which is then left out.
        digest: The SHA-256 of a source's bytes.
        settings: How sources are read; with others, all are read again.

    Raises:
        InputError: The target is a file, but no index.
    """
    old: list[Entry] = []
    if target.exists():
        library = Library(target)
        if (library.model_id, library.bits, library.settings) == (codec.model.id, codec.bits, settings):
            old = list(library.entries())
    by_name = {entry.source.name: entry for entry in old}
    by_digest = {entry.source.digest: entry for entry in old}
    entries: dict[str, Entry] = {}
    new: list[Source] = []
    lost = 0
    for source in sources:
        same = by_name.get(source.name)
        if same is not None and (same.source.size, same.source.modified) == (source.size, source.modified):
            entries[source.name] = same
            continue
        try:
            known = replace(source, digest=digest(source))
        except OSError as error:
            failed(source.name, error)
            lost += 1
            continue
        if known.digest in by_digest:
            entries[source.name] = replace(by_digest[known.digest], source=known)
        else:
            new.append(known)
    kept = len(entries)
    for entry in _encoded(new, read, codec, failed):
        entries[entry.source.name] = entry
    ordered = [entries[source.name] for source in sources if source.name in entries]
    if not ordered:
        raise InputError(f"{target}: none of the {len(sources)} shapes could be indexed; nothing was written")
    _write(target, ordered, codec, folder, settings)
    dropped = sum(entry.source.name not in entries for entry in old)
    return Changes(kept, len(entries) - kept, dropped, lost + len(new) - (len(entries) - kept))


def digest_of(path: Path) -> bytes:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        found = hashlib.sha256()
        while block := file.read(2**20):
            found.update(block)
    return found.digest()


def _encoded(
    sources: Iterable[Source], read: Callable[[Source], Any], codec: Codec, failed: Failed
) -> Iterator[Entry]:
    waiting = iter(sources)
    while batch := list(islice(waiting, BATCH_SIZE)):
        there: list[tuple[Source, Any]] = []  # read, and clouds
        for source in batch:
            try:
                there.append((source, read(source)))
            except (PcbinError, OSError) as error:
                failed(source.name, error)
        if not there:
            continue
        codes, poses = codes_of([cloud for _, cloud in there], codec)
        for (source, cloud), code, pose in zip(there, codes, poses, strict=True):
            shape = descriptor.to_bytes(descriptor.describe(np.asarray(cloud, np.float64)))
            yield Entry(source, code.tobytes(), pose, shape)


def _write(target: Path, entries: Sequence[Entry], codec: Codec, folder: Path | None, settings: str) -> None:
    about: dict[str, Any] = {MARK: VERSION, "model": codec.model.name, "settings": settings}
    if folder is not None:
        about["folder"] = Path(os.path.relpath(folder, target.parent)).as_posix()
    with pcb.create_archive(
        target,
        model_id=codec.model.id,
        code_bits=codec.bits,
        pose="float64",
        metadata=about,
        rotated=True,
        overwrite=True,
    ) as writer:
        for entry in entries:
            source = entry.source
            writer.add(
                pcb.Record(
                    pcb.code_from_bytes(entry.code),
                    entry.pose,
                    {
                        "name": stored_name(source.name),
                        "size": source.size,
                        "modified": source.modified,
                        "sha256": source.digest,
                        "shape": entry.descriptor,
                    },
                )
            )


def name_in(metadata: Mapping[str, Any], row: int) -> str:
    """The name of an object of any archive; its number where it has none."""
    found = _text(metadata.get("name"))
    return str(row) if found is None else found


def _text(name: Any) -> str | None:
    return text_of(name) if isinstance(name, str | bytes) else None

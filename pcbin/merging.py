"""Archives from archives, code for code: an archive of many appends made small, or several in one.

Nothing is coded anew, and no network is run. One chunk is in memory at a time, and for `merge` the names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pcbin.errors import FormatError, InputError
from pcbin.formats import pcb
from pcbin.formats.names import stored_name, text_of
from pcbin.models import zoo

PathLike = str | os.PathLike[str]
_SHOWN = 10
"""Names in an error."""


def compact(source: PathLike, out: PathLike | None = None, *, overwrite: bool = False) -> int:
    """Writes an archive anew, in full chunks: after many small appends it is several times smaller.

    Codes, poses, metadata and their order stay as they are. Codes that are entropy coded stay so, which takes
    their model.

    Args:
        source: The archive. Without `out` it is replaced, whole or not at all, and keeps its mode; nobody can
            append to it meanwhile.
        out: The file to write instead.
        overwrite: Replace `out` if it exists.

    Returns:
        How many clouds it holds.

    Raises:
        InputError: `source` is a single file, somebody else is writing to it, or `out` exists.
        FormatError: The archive is damaged; its kinds say how.
        ModelNotFound: Its codes are entropy coded, and the model is not installed.
    """
    _check_paths([source] if out is None else [source, out])
    with pcb.sole_writer(source) as check:
        with pcb.ArchiveReader(source) as reader:
            header = reader.header
            if header.layout == "single":
                raise InputError(f"{source}: holds a single cloud, and is as small as it gets")
            pcb.need_known(header, source)
            coded = any(clouds.entropy_coded for clouds in reader.chunks())
            metadata, hashes = reader.metadata, reader.hashes
        writing = pcb.create_archive(
            source if out is None else out,
            model_id=header.model_id,
            code_bits=header.code_bits,
            pose=header.pose,
            metadata=metadata,
            table=zoo.entropy_table(header.model_id) if coded else None,
            rotated=header.rotated,
            mixed=header.mixed,
            hashes=list(hashes.values()),
            overwrite=overwrite or out is None,
        )
        with writing as writer:
            clouds_in_all = 0
            with pcb.ArchiveReader(source, table=zoo.entropy_table) as reader:
                for clouds in reader.chunks():
                    writer.add_clouds(clouds, header.model_id)
                    clouds_in_all += clouds.count
            check()
    return clouds_in_all


def merge(
    sources: Iterable[PathLike],
    out: PathLike,
    *,
    metadata: Mapping[str, Any] | None = None,
    rename: bool = False,
    overwrite: bool = False,
) -> int:
    """Joins .pcb files, of many clouds or of one, in one archive: all clouds of the first, then of the next.

    Codes are as they were, poses exactly so, and each cloud keeps its metadata. Of one model and one length,
    they are an archive as any other; otherwise one of several models or lengths, as `open` writes with
    model="auto". They are entropy coded if some are and all are of one model and length.

    Args:
        sources: The files. All have poses, or none has.
        out: The file to write.
        metadata: Of the new file; by default that of the old ones, which must not contradict each other.
        rename: Give a cloud whose name (metadata "name") is that of one from a file before another name:
            "chair.ply" becomes "chair-2.ply". Otherwise that is an error.
        overwrite: Replace `out` if it exists.

    Returns:
        How many clouds it holds.

    Raises:
        InputError: There are no sources, they do not fit together, some names clash, or `out` exists.
        FormatError: A file is damaged; its kinds say how.
        ModelNotFound: Codes are entropy coded, and their model is not installed.
    """
    if isinstance(sources, (str, bytes, os.PathLike)) or not isinstance(sources, Iterable):
        raise InputError(f"sources: {type(sources).__name__}; pass a list of paths")
    paths = list(sources)
    _check_paths([*paths, out])
    if not paths:
        raise InputError("sources: none; name the files to merge")
    plan = _Plan()
    for path in paths:
        with _named(path), pcb.ArchiveReader(path) as reader:
            plan.add(path, reader)
    writing = plan.create(out, metadata, rename=rename, overwrite=overwrite)
    names = _Names()
    with writing as writer:
        clouds_in_all = 0
        for path in paths:
            with _named(path), pcb.ArchiveReader(path, table=zoo.entropy_table) as reader:
                for clouds in reader.chunks():
                    writer.add_clouds(
                        clouds, reader.model_id, names.renamed(clouds.metadata) if rename else None
                    )
                    clouds_in_all += clouds.count
            names.next_file()
    return clouds_in_all


class _Names:
    """Names that are taken: by the files before, or given here; and those of the file that is read."""

    def __init__(self) -> None:
        self._before: set[str | bytes] = set()
        self._here: set[str | bytes] = set()

    def next_file(self) -> None:
        self._before |= self._here
        self._here = set()

    def clashes(self, metadata: Sequence[Mapping[str, Any]] | None) -> Iterator[str | bytes]:
        """The names that are also in a file before."""
        for one in metadata or ():
            name = one.get("name")
            if isinstance(name, str | bytes):
                self._here.add(name)
                if name in self._before:
                    yield name

    def renamed(self, metadata: Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]] | None:
        """The same, and those that clash with numbers that make them names of their own."""
        if metadata is None:
            return None
        found: list[Mapping[str, Any]] = []
        for one in metadata:
            changed = one
            for name in self.clashes([one]):
                changed = {**one, "name": self._numbered(name)}
            found.append(changed)
        return found

    def _numbered(self, name: str | bytes) -> str | bytes:
        stem, suffix = os.path.splitext(text_of(name))  # noqa: PTH122
        number = 2
        while (other := stored_name(f"{stem}-{number}{suffix}")) in self._before or other in self._here:
            number += 1
        self._before.add(other)
        return other


@dataclass
class _Plan:
    """What an archive must be like that holds the clouds of all files."""

    headers: list[tuple[PathLike, pcb.Header]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    contradicted: dict[str, None] = field(default_factory=dict)
    clashes: dict[str | bytes, None] = field(default_factory=dict)
    coded: bool = False
    mixed: bool = False
    names: _Names = field(default_factory=_Names)

    def add(self, path: PathLike, reader: pcb.ArchiveReader) -> None:
        """Takes one file into account."""
        pcb.need_known(reader.header, path)
        self.headers.append((path, reader.header))
        for key, value in reader.metadata.items():
            if self.metadata.setdefault(key, value) != value:
                self.contradicted[key] = None
        for clouds in reader.chunks():
            self.coded |= clouds.entropy_coded
            self.mixed |= clouds.sizes is not None or clouds.models is not None
            self.clashes |= dict.fromkeys(self.names.clashes(clouds.metadata))
        self.names.next_file()

    def create(
        self, out: PathLike, metadata: Mapping[str, Any] | None, *, rename: bool, overwrite: bool
    ) -> Any:
        """The writer, as `pcb.create_archive` gives it. Raises InputError where files do not fit together."""
        _, first = self.headers[0]
        for path, header in self.headers:
            if (header.pose == "none") != (first.pose == "none"):
                with_pose, without = (path, self.headers[0][0])[:: 1 if first.pose == "none" else -1]
                raise InputError(
                    f"{with_pose}: its clouds have poses, and those of {without} have none; an archive has "
                    "all or none: encode again, all with poses or all without (--no-pose)"
                )
        if self.contradicted and metadata is None:
            raise InputError(
                f"metadata: the files do not agree on {_listed(self.contradicted)}; say what the new file is "
                "to have (--metadata, metadata=)"
            )
        if self.clashes and not rename:
            raise InputError(
                f"names: {_listed(self.clashes)} in more than one file; merge with --rename (rename=True), "
                "which numbers the later ones"
            )
        kinds = {(header.model_id, header.code_bits) for _, header in self.headers}
        mixed = self.mixed or len(kinds) > 1
        return pcb.create_archive(
            out,
            model_id=first.model_id,
            code_bits=max(header.code_bits for _, header in self.headers),
            pose=max((header.pose for _, header in self.headers), key=("none", "float32", "float64").index),
            metadata=self.metadata if metadata is None else metadata,
            table=zoo.entropy_table(first.model_id) if self.coded and not mixed else None,
            rotated=any(header.rotated for _, header in self.headers),
            mixed=mixed,
            overwrite=overwrite,
        )


@contextmanager
def _named(path: PathLike) -> Iterator[None]:
    """Errors about a file's bytes say which of several files it is."""
    try:
        yield
    except FormatError as error:
        raise type(error)(f"{os.fspath(path)}: {error}") from None


def _check_paths(paths: Sequence[Any]) -> None:
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise InputError(f"path: {path!r} is none; pass the path of a file")


def _listed(names: Mapping[str | bytes, None] | Mapping[str, None]) -> str:
    shown = [name if isinstance(name, str) else repr(name) for name in list(names)[:_SHOWN]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")

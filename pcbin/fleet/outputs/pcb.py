"""Shards that are archives; what `pcbin.open` reads, and `pcbin merge` joins."""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import Any

from pcbin.archive import container_of
from pcbin.archive_writer import ArchiveWriter
from pcbin.codec import Encoder
from pcbin.errors import FormatError
from pcbin.fleet.outputs import Shard
from pcbin.formats import pcb
from pcbin.formats.names import stored_name

HEAD = "shard"


def pack(shard: Shard, encoder: Encoder, *, pose: bool, entropy: bool) -> bytes:
    """An archive whose metadata has the shard's head; its clouds have their names."""
    file = io.BytesIO()
    with ExitStack() as close:
        writer = pcb.ArchiveWriter(
            file, **container_of(encoder, pose=pose, metadata={HEAD: shard.head}, entropy=entropy)
        )
        archive = ArchiveWriter(close.enter_context(writer), encoder, close.pop_all())
        with archive:
            for one in shard.clouds:
                archive.add(one.coded, None if one.name is None else {"name": stored_name(one.name)})
    return file.getvalue()


def head(data: bytes) -> dict[str, Any]:
    """Of an archive. Raises FormatError."""
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        reader.verify(codes=False)
        found = reader.metadata.get(HEAD)
        if not isinstance(found, dict) or found.get("clouds") != len(reader):
            raise FormatError("an archive that is no shard; remove it")
        return found

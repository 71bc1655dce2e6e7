"""Shards that are tables of Parquet: a row an object, its code in a column of bytes."""

from __future__ import annotations

import io
import json
from typing import Any

from pcbin import arrow
from pcbin.archive import container_of
from pcbin.codec import Encoder
from pcbin.errors import FormatError, InputError
from pcbin.fleet.outputs import Coded, Shard

HEAD = b"pcbin.shard"


def pack(shard: Shard, encoder: Encoder, *, pose: bool, entropy: bool) -> bytes:
    """A table with the columns of `arrow.schema_of`, and row: the number of the input's.

    Raises InputError for entropy coding, which tables have none of.
    """
    if entropy:
        raise InputError("--entropy is for archives; a table compresses its columns itself")
    pa, _ = arrow.pyarrow()
    wanted = container_of(encoder, pose=pose, metadata=None, entropy=False)
    del wanted["table"]
    schema = arrow.schema_of(**wanted)
    schema = schema.insert(0, pa.field("row", pa.int64()))
    schema = schema.with_metadata({**schema.metadata, HEAD: json.dumps(shard.head)})
    table = pa.Table.from_pylist([_row(one) for one in shard.clouds], schema)
    file = io.BytesIO()
    arrow.write_parquet(table, file)
    return file.getvalue()


def _row(one: Coded) -> dict[str, Any]:
    """What the columns hold; those that the table has not are left out."""
    pose = one.pose
    return {
        "row": one.row,
        "name": None if one.name is None else one.name.encode("utf-8", "backslashreplace").decode(),
        "code": one.coded.code.tobytes(),
        "model": one.coded.codec.model.id,
        "center": None if pose is None else pose.center,
        "scale": None if pose is None else pose.scale,
        "rotation": None if pose is None else pose.rotation or arrow.UNTURNED,
    }


def head(data: bytes) -> dict[str, Any]:
    """Of a table, all of whose pages are read. Raises FormatError."""
    pa, pq = arrow.pyarrow()
    try:
        table = pq.read_table(io.BytesIO(data), page_checksum_verification=True)
        found = json.loads((table.schema.metadata or {})[HEAD])
    except (pa.ArrowException, OSError, KeyError, ValueError):
        raise FormatError("a table that is no shard, or damaged; remove it") from None
    if not isinstance(found, dict) or found.get("clouds") != table.num_rows:
        raise FormatError("a table that is no shard; remove it")
    return found

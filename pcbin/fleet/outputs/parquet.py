"""Shards that are tables of Parquet: a row an object, its code in a column of bytes."""

from __future__ import annotations

import io
import json
from typing import Any

from pcbin.codec import Encoder
from pcbin.errors import FormatError, InputError, missing
from pcbin.fleet.outputs import Shard

HEAD = b"pcbin.shard"
COMPRESSION = "zstd"


def pack(shard: Shard, encoder: Encoder, *, pose: bool, entropy: bool) -> bytes:
    """A table of row, name, code, and pose; of codes that differ in length or model, the model too.

    Raises InputError for entropy coding, which tables have none of.
    """
    if entropy:
        raise InputError("--entropy is for archives; a table compresses its columns itself")
    pa, pq = _pyarrow()
    clouds = shard.clouds
    size = None if encoder.mixes else encoder.bits // 8
    columns: dict[str, Any] = {
        "row": pa.array([one.row for one in clouds], pa.int64()),
        "name": pa.array([_text(one.name) for one in clouds], pa.string()),
        "code": pa.array(
            [one.coded.code.tobytes() for one in clouds], pa.binary() if size is None else pa.binary(size)
        ),
    }
    if encoder.mixes:
        columns["model"] = pa.array([one.coded.codec.model.id for one in clouds], pa.binary(8))
    if pose and encoder.modality.has_points:
        poses = [one.pose for one in clouds if one.pose is not None]
        columns["center"] = pa.array([list(one.center) for one in poses], pa.list_(pa.float64(), 3))
        columns["scale"] = pa.array([one.scale for one in poses], pa.float64())
        columns["rotation"] = pa.array(
            [None if one.rotation is None else list(one.rotation) for one in poses],
            pa.list_(pa.float64(), 4),
        )
    facts = {HEAD: json.dumps(shard.head), b"pcbin.model": encoder.model.id.hex()}
    table = pa.table(columns).replace_schema_metadata(facts)
    file = io.BytesIO()
    pq.write_table(table, file, compression=COMPRESSION, write_page_checksum=True)
    return file.getvalue()


def head(data: bytes) -> dict[str, Any]:
    """Of a table, all of whose pages are read. Raises FormatError."""
    pa, pq = _pyarrow()
    try:
        table = pq.read_table(io.BytesIO(data), page_checksum_verification=True)
        found = json.loads((table.schema.metadata or {})[HEAD])
    except (pa.ArrowException, OSError, KeyError, ValueError):
        raise FormatError("a table that is no shard, or damaged; remove it") from None
    if not isinstance(found, dict) or found.get("clouds") != table.num_rows:
        raise FormatError("a table that is no shard; remove it")
    return found


def _text(name: str | None) -> str | None:
    return None if name is None else name.encode("utf-8", "backslashreplace").decode()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise missing("pyarrow", "a table of codes", "parquet") from None
    return pa, pq

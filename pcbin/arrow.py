"""Codes as tables of Arrow and Parquet, and back: a row an object, its code in a column of bytes.

No network is run, and what a table holds an archive holds again: codes, poses, names and metadata.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pcbin.errors import InputError, ModelMismatch, displayed, missing
from pcbin.formats import pcb
from pcbin.formats.atomic import open_atomic
from pcbin.formats.urls import open_path
from pcbin.models import zoo
from pcbin.models.model import Model

PathLike = str | os.PathLike[str]
MODEL, ABOUT, METADATA = b"pcbin.model", b"pcbin.archive", b"pcbin.metadata"
"""Keys of a schema's metadata: the 16 hexadecimal digits of the model's id; the length of the codes, the kind
of poses and whether codes are mixed, as JSON; the metadata of the whole file, as `_packed` has them."""
COLUMNS = ("name", "code", "model", "center", "scale", "rotation", "metadata")
"""What the columns of a table of codes are called; others are metadata of each object."""
SUFFIXES = (".parquet", ".arrow", ".feather")
UNTURNED = (0.0, 0.0, 0.0, 1.0)
"""The rotation of what was not turned: pyarrow before 17 reads no Parquet with lists of 4 that are null."""
_ROWS = 4096


def schema_of(
    *, model_id: bytes, code_bits: int, pose: str, rotated: bool, mixed: bool, notes: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Any:  # fmt: skip
    """The schema of a table of codes, also of the shards of `pcbin encode-dataset`.

    notes: what the column "metadata" is: "json", "msgpack" where JSON cannot hold them, None for no column.
    The other arguments are those of `pcb.ArchiveWriter`.
    """
    pa, _ = pyarrow()
    fields = [("name", pa.string()), ("code", pa.binary() if mixed else pa.binary(code_bits // 8))]
    if mixed:
        fields.append(("model", pa.binary(8)))
    if pose != "none":
        fields += [("center", pa.list_(pa.float64(), 3)), ("scale", pa.float64())]
        fields += [("rotation", pa.list_(pa.float64(), 4))] if rotated else []
    if notes is not None:
        fields.append(("metadata", pa.string() if notes == "json" else pa.binary()))
    facts = {
        MODEL: model_id.hex().encode(),
        ABOUT: json.dumps({"bits": code_bits, "pose": pose, "mixed": mixed}),
    }
    if metadata:
        facts[METADATA] = _packed(metadata)
    return pa.schema(fields, metadata=facts)


def to_arrow(source: Any) -> Any:
    """The objects of a .pcb file as a `pyarrow.Table`, a row each; `from_arrow` undoes it.

    Columns: name (string), code (fixed_size_binary, K / 8 bytes; binary where codes may differ in length,
    then with a column model of 8 bytes), center (three doubles), scale and rotation (four, where the file has
    any) if there are poses, and metadata where there are others than the name: JSON in strings, or msgpack in
    binary where JSON cannot hold them. The schema's metadata name the model. Codes that are entropy coded
    come out decoded.

    Args:
        source: A path, or a binary file object that is seekable.

    Raises:
        FormatError: The file is damaged; its kinds say how.
        ModelNotFound: Codes are entropy coded, and the model is not installed.
        MissingDependency: pyarrow is not installed.
    """
    pa, _ = pyarrow()
    with pcb.ArchiveReader(source, table=zoo.entropy_table) as reader:
        header = reader.header
        mixed = reader.mixed if header.rotated else header.mixed  # both are of version 1.1
        notes = _kind_of(note for clouds in reader.chunks() for note in clouds.metadata or ())
        schema = schema_of(
            model_id=header.model_id, code_bits=header.code_bits, pose=header.pose, rotated=header.rotated,
            mixed=mixed, notes=notes, metadata=reader.metadata,
        )  # fmt: skip
        return pa.Table.from_batches(
            (_batch(clouds, header.model_id, schema) for clouds in reader.chunks()), schema
        )


def from_arrow(
    table: Any,
    out: PathLike,
    *,
    model: str | os.PathLike[str] | Model | None = None,
    metadata: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> int:
    """Writes an archive of the codes in a table; no network is run.

    Args:
        table: A `pyarrow.Table`, or whatever can become one (record batches, a frame of polars, a result of
            DuckDB), with a column "code" of bytes and, where there are any, the other columns that `to_arrow`
            gives. Columns of other names become metadata of each object, where they are not null.
        out: The file to write.
        model: Whose the codes are, where the table does not say it.
        metadata: Of the new file; by default what the table's schema says.
        overwrite: Replace `out` if it exists.

    Returns:
        How many objects it holds.

    Raises:
        InputError: The table is no table of codes, or `out` exists.
        ModelMismatch: The table says that its codes are of another model.
        ModelNotFound: No installed model has this name or hash.
        MissingDependency: pyarrow is not installed.
    """
    pa, _ = pyarrow()
    try:
        found = table if isinstance(table, pa.Table) else pa.table(table)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise InputError(f"table: {error}; pass a table of Arrow") from None
    about = _about(found, None if model is None else zoo.load(model).id)
    poses = "center" in found.column_names
    with pcb.create_archive(
        out,
        model_id=about.model_id,
        code_bits=about.bits,
        pose=about.pose if poses else "none",  # type: ignore[arg-type]
        metadata=about.metadata if metadata is None else metadata,
        rotated=poses and "rotation" in found.column_names,
        mixed=about.mixed,
        overwrite=overwrite,
    ) as writer:
        first = 0
        for batch in found.to_batches(max_chunksize=_ROWS):
            for rows in _runs(batch, first):
                writer.add_many(*rows[:5], model_id=rows.model_id)
            first += len(batch)
    return int(found.num_rows)


def write_table(table: Any, path: PathLike, *, overwrite: bool = False) -> None:
    """A table of Arrow in a file: .parquet with zstd and checksums of pages, or .arrow and .feather.

    Raises InputError for other suffixes, and where `path` exists and is not to be replaced.
    """
    pa, _ = pyarrow()
    suffix = suffix_of(path)
    with open_atomic(path, overwrite=overwrite) as file:
        if suffix == ".parquet":
            write_parquet(table, file)
            return
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)


def write_parquet(table: Any, file: Any) -> None:
    """A table of Arrow as Parquet, with zstd and checksums of pages."""
    _, pq = pyarrow()
    pq.write_table(table, file, compression="zstd", write_page_checksum=True)


def read_table(path: PathLike) -> Any:
    """The table in a file. Raises InputError for one that is damaged, or of another suffix."""
    pa, pq = pyarrow()
    suffix = suffix_of(path)
    with open_path(path) as file:
        try:
            if suffix == ".parquet":
                return pq.read_table(file, page_checksum_verification=True)
            return pa.ipc.open_file(file).read_all()
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{displayed(path)}: not a sound table ({error}); copy it again") from None


def suffix_of(path: PathLike) -> str:
    """The suffix that says how a table is written. Raises InputError for others."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{displayed(path)}: tables are files called {', '.join(SUFFIXES)}; name one")
    return suffix


def pyarrow() -> tuple[Any, Any]:
    """The packages pyarrow and pyarrow.parquet. Raises MissingDependency."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise missing("pyarrow", "a table of codes", "parquet") from None
    return pa, pq


def _batch(clouds: Any, model_id: bytes, schema: Any) -> Any:
    """Objects of an archive, in columns, as a batch of a table."""
    pa, _ = pyarrow()
    maps = clouds.metadata or [{}] * clouds.count
    sizes = [None] * clouds.count if clouds.sizes is None else clouds.sizes.tolist()
    columns: dict[str, list[Any]] = {
        "name": [note["name"] if isinstance(note.get("name"), str) else None for note in maps],
        "code": [code[:size].tobytes() for code, size in zip(clouds.codes, sizes, strict=True)],
    }
    if "model" in schema.names:
        models = clouds.models
        columns["model"] = [model_id] * clouds.count if models is None else [one.tobytes() for one in models]
    if clouds.poses is not None:
        columns |= {"center": clouds.poses.centers.tolist(), "scale": clouds.poses.scales.tolist()}
        if clouds.poses.rotations is not None:
            columns["rotation"] = clouds.poses.rotations.tolist()
    if "metadata" in schema.names:
        pack = json.dumps if schema.field("metadata").type == pa.string() else pcb.pack_metadata
        columns["metadata"] = [pack(rest) if (rest := _rest(note)) else None for note in maps]
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _rest(note: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object's metadata without a name that the column of names holds."""
    if not isinstance(note.get("name"), str):
        return note
    return {key: value for key, value in note.items() if key != "name"}


def _kind_of(notes: Iterable[Mapping[str, Any]]) -> str | None:
    """What holds the metadata of all objects; None where there are none but names."""
    kind = None
    for rest in filter(None, map(_rest, notes)):
        if _as_json(rest) is None:
            return "msgpack"
        kind = "json"
    return kind


def _as_json(value: Mapping[str, Any]) -> str | None:
    """None for what JSON has not: bytes, NaN and infinite numbers."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return None


def _packed(value: Mapping[str, Any]) -> bytes:
    """JSON where that can hold a map, else msgpack, in which no map begins as JSON does."""
    text = _as_json(value)
    return pcb.pack_metadata(value) if text is None else text.encode()


def _unpacked(data: str | bytes, where: str) -> dict[str, Any]:
    """A map of JSON or msgpack. Raises InputError."""
    try:
        if isinstance(data, bytes) and not data.startswith(b"{"):
            return pcb.unpack_metadata(data, where, 0)
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not metadata ({error}); write them as JSON") from None
    if not isinstance(found, dict):
        raise InputError(f"{where}: {type(found).__name__}, not a map; write an object of JSON")
    return found


class _About(NamedTuple):
    """What an archive of a table's codes is like."""

    model_id: bytes
    bits: int
    pose: str
    mixed: bool
    metadata: dict[str, Any]


def _about(table: Any, given: bytes | None) -> _About:
    """Raises InputError where a table does not say what is needed, ModelMismatch as `from_arrow` does."""
    for name in {name for name in table.column_names if table.column_names.count(name) > 1}:
        raise InputError(f"table: several columns {name!r}; give each a name of its own")
    if "code" not in table.column_names:
        raise InputError(f"table: no column 'code' among {', '.join(table.column_names)}; call it so")
    lengths = _lengths(table["code"])
    facts = table.schema.metadata or {}
    try:
        said = json.loads(facts.get(ABOUT, b"{}"))
        bits, pose, mixed = int(said.get("bits", 0)), said.get("pose", "float64"), bool(said.get("mixed"))
        said_model = bytes.fromhex(facts[MODEL].decode()) if MODEL in facts else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise InputError("table: metadata of its schema that are none of pcbin's; remove them") from None
    if given and said_model and given != said_model:
        raise ModelMismatch(f"table: codes of model {said_model.hex()}, not {given.hex()}; name no model")
    models = set(table["model"].to_pylist()) if "model" in table.column_names else set()
    model_id = given or said_model or next(iter(sorted(models, key=str)), None)
    if model_id is None:
        raise InputError("table: it does not say which model its codes are of; name it (model=, --model)")
    mixed = mixed or len(lengths) > 1 or any(one != model_id for one in models)
    bits = max([bits, *(8 * length for length in lengths)]) if mixed or not lengths else 8 * min(lengths)
    if pose not in ("float32", "float64"):
        pose = "float64"
    return _About(
        model_id, bits, pose, mixed, _unpacked(facts[METADATA], "table") if METADATA in facts else {}
    )


def _lengths(codes: Any) -> set[int]:
    """The bytes of the codes of a column. Raises InputError where they are no bytes, or one is missing."""
    pa, _ = pyarrow()
    if codes.null_count:
        raise InputError("table: a row without a code; filter it out")
    if pa.types.is_fixed_size_binary(codes.type):
        return {codes.type.byte_width}
    if "binary" not in str(codes.type):  # also large and view
        raise InputError(f"table: codes of type {codes.type}; pass bytes, such as fixed_size_binary")
    return {len(code) for chunk in codes.chunks for code in chunk.to_pylist()}


class _Run(NamedTuple):
    """Rows of one length and model, as `pcb.ArchiveWriter.add_many` takes them."""

    codes: Any
    centers: Any
    scales: Any
    metadata: list[dict[str, Any]]
    rotations: Any
    model_id: bytes | None


def _runs(batch: Any, first: int) -> Iterator[_Run]:
    """The rows of a batch, of which the first has the number `first`. Raises InputError."""
    import numpy as np

    try:
        columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
    except ValueError as error:  # text that is not UTF-8
        raise InputError(f"table: rows from {first:,} on: {error}; repair it") from None
    codes, models = columns["code"], columns.get("model") or [None] * len(batch)
    centers, scales, rotations = (columns.get(name) for name in ("center", "scale", "rotation"))
    for what, column in (("center", centers), ("scale", scales if centers else None)):
        if column is not None and None in column:
            row = first + column.index(None)
            raise InputError(f"table: row {row:,} has no {what}; all rows have poses, or drop the columns")
    if centers is not None and scales is None:
        raise InputError("table: a column 'center' and none 'scale'; a pose has both")
    if centers is None:
        scales = rotations = None
    if rotations is not None:
        rotations = [UNTURNED if one is None else one for one in rotations]
    others = [name for name in columns if name not in COLUMNS]
    notes = [_note(columns, others, row, f"table: row {first + row:,}") for row in range(len(batch))]
    for _, group in groupby(range(len(batch)), lambda row: (len(codes[row]), models[row])):
        rows = list(group)
        some = slice(rows[0], rows[-1] + 1)
        joined = np.frombuffer(b"".join(codes[some]), np.uint8).reshape(len(rows), -1)
        yield _Run(
            joined,
            None if centers is None else centers[some],
            None if scales is None else scales[some],
            notes[some],
            None if rotations is None else rotations[some],
            models[rows[0]],
        )


def _note(columns: Mapping[str, Any], others: Sequence[str], row: int, where: str) -> dict[str, Any]:
    """The metadata of one row: its name, its metadata, and what columns of other names hold."""
    note: dict[str, Any] = {}
    name, packed = (columns[key][row] if key in columns else None for key in ("name", "metadata"))
    if name is not None:
        if not isinstance(name, str):
            raise InputError(f"{where}: a name that is {type(name).__name__}; pass strings")
        note["name"] = name
    if packed is not None:
        if not isinstance(packed, str | bytes):
            raise InputError(f"{where}: metadata that are {type(packed).__name__}; write them as JSON")
        note |= _unpacked(packed, where)
    return note | {key: columns[key][row] for key in others if columns[key][row] is not None}

"""Tables of Parquet and Arrow with a column of points: lists of x, y, z, x, y, z, ... or of triples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np

from pcbin.errors import InputError, missing
from pcbin.fleet.places import Entry, Place
from pcbin.fleet.sources import Fields, Part, Row, cut
from pcbin.modalities import Modality

BATCH = 64
"""Rows that are unpacked together: what a reader holds, whatever the file's row groups are."""
BUFFER = 2**20
POINTS = "points"


def parts(place: Place, entry: Entry, size: int, fields: Fields) -> list[Part] | None:
    """Of `size` rows each, wherever the row groups end: writers make them of a million rows by default."""
    with ExitStack() as stack:
        table = _open(stack, place, entry)
        table.column(fields)
        return cut("arrow", entry, table.count, size)


def rows(place: Place, part: Part, fields: Fields, modality: Modality, model: Any) -> Iterator[Row]:
    """One a row; an empty list is none, and a null one neither."""
    [entry] = part.files
    where = place.path(entry.name)
    with ExitStack() as stack:
        table = _open(stack, place, entry)
        column = table.column(fields)
        if part.stop is None or table.count < part.stop:
            raise InputError(f"{where}: changed while it was read; start again")
        columns = [column] if fields.name_column is None else [column, fields.name_column]
        number = part.first
        for batch in _sound(table.batches(columns, part.first, part.stop), where):
            names = None if fields.name_column is None else batch.column(1)
            for row, array in enumerate(clouds_of(batch.column(0), where)):
                name = None if names is None or not names[row].is_valid else str(names[row].as_py())
                error = None
                if array is None:
                    error = InputError(f"{where}: row {number:,} has no points, or not three numbers each")
                yield Row(number, name, array, error)
                number += 1


def _sound(batches: Iterator[Any], where: str) -> Iterator[Any]:
    """Raises InputError where the file is damaged."""
    import pyarrow as pa

    try:
        yield from batches
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{where}: not a sound table ({error}); copy it again") from None


class _Table:
    """What Parquet and Arrow files have in common. groups: the rows of each row group or record batch."""

    def __init__(self, where: str, schema: Any, groups: list[int], read: Any) -> None:
        self._where, self._schema, self._read = where, schema, read
        self._groups = groups
        self.count = sum(groups)

    def column(self, fields: Fields) -> str:
        """The name of the column of points. Raises InputError where there is none, or several."""
        names = list(self._schema.names)
        for name in filter(None, (fields.column, fields.name_column)):
            if name not in names:
                raise InputError(f"{self._where}: no column {name!r} among {', '.join(names)}; name another")
        if fields.column is not None:
            return fields.column
        lists = [one.name for one in self._schema if _is_list(one.type)]
        if POINTS in lists:
            return POINTS
        if len(lists) != 1:
            raise InputError(
                f"{self._where}: {len(lists)} columns of lists ({', '.join(names)}); name one: --column"
            )
        return str(lists[0])

    def batches(self, columns: list[str], first: int, stop: int) -> Iterator[Any]:
        """Record batches of rows `first` to `stop`; row groups outside are not read."""
        begin, skip = 0, 0
        wanted: list[int] = []
        for group, count in enumerate(self._groups):
            if begin + count > first and begin < stop:
                skip = skip if wanted else first - begin
                wanted.append(group)
            begin += count
        left = stop - first
        for batch in self._read(wanted, columns):
            some = batch.slice(min(skip, len(batch)), left)
            skip -= min(skip, len(batch))
            left -= len(some)
            if len(some):
                yield some
            if not left:
                return


def _open(stack: ExitStack, place: Place, entry: Entry) -> _Table:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise missing("pyarrow", f"reading {entry.name}", "parquet") from None
    where = place.path(entry.name)
    file: Any = place.local_path(entry)
    if file is None:
        file = stack.enter_context(place.open(entry))
    try:
        if entry.name.lower().endswith(".parquet"):
            found = stack.enter_context(pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False))
            meta = found.metadata
            groups = [meta.row_group(k).num_rows for k in range(meta.num_row_groups)]

            def read(wanted: list[int], columns: list[str]) -> Iterator[Any]:
                for batch in found.iter_batches(BATCH, row_groups=wanted, columns=columns, use_threads=False):
                    yield batch.select(columns)

            return _Table(where, found.schema_arrow, groups, read)
        source = file if not hasattr(file, "__fspath__") else stack.enter_context(pa.memory_map(str(file)))
        opened = stack.enter_context(pa.ipc.open_file(source))
        groups = [opened.get_batch(k).num_rows for k in range(opened.num_record_batches)]

        def slices(wanted: list[int], columns: list[str]) -> Iterator[Any]:
            for k in wanted:
                batch = opened.get_batch(k).select(columns)
                for start in range(0, len(batch), BATCH):
                    yield batch.slice(start, BATCH)

        return _Table(where, opened.schema, groups, slices)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{where}: not a sound table ({error}); copy it again") from None


def clouds_of(column: Any, where: str) -> Iterator[Any]:
    """(N, 3) of each row of an Arrow array, None where that is not what it holds.

    column: lists of numbers, of three numbers each, or of structs of three; as extension types too. Raises
    InputError for another type.
    """
    import pyarrow as pa

    column = getattr(column, "storage", column)
    if not _is_list(column.type):
        raise InputError(f"{where}: a column of {column.type}; points are lists of numbers")
    begins, ends, values = _flat(column)
    scale = 1
    if _is_list(values.type):
        inner_begins, inner_ends, values = _flat(values)
        if ((inner_ends - inner_begins) != 3).any():
            raise InputError(f"{where}: lists of lists that are not of three numbers each; flatten them")
        scale = 3
    elif pa.types.is_struct(values.type):
        flat = np.stack([_numbers(one, where) for one in values.flatten()[:3]], axis=1)
        values, scale = flat.reshape(-1), 3
    numbers = values if isinstance(values, np.ndarray) else _numbers(values, where)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    for begin, end, there in zip(scale * begins, scale * ends, valid, strict=True):
        fits = there and end > begin and (end - begin) % 3 == 0
        yield numbers[begin:end].reshape(-1, 3) if fits else None


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    kind = getattr(kind, "storage_type", kind)
    types = pa.types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _flat(column: Any) -> tuple[Any, Any, Any]:
    """Where each list begins and ends in the values, and these."""
    import pyarrow as pa

    if pa.types.is_fixed_size_list(column.type):
        size = column.type.list_size
        begins = (np.arange(len(column)) + column.offset) * size
        return begins, begins + size, column.values
    offsets = column.offsets.to_numpy().astype(np.int64)
    return offsets[:-1], offsets[1:], column.values


def _numbers(values: Any, where: str) -> Any:
    import pyarrow as pa

    kind = values.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise InputError(f"{where}: points of {kind}; they are numbers")
    return values.to_numpy(zero_copy_only=False)

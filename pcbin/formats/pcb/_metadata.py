"""Metadata as msgpack: maps with string keys, no extension types, bounded in every way (spec, section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np

from pcbin.errors import FormatError, InputError, Limit
from pcbin.formats.nesting import deeper
from pcbin.formats.pcb._limits import (
    INVALID,
    MAX_CONTAINERS,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_METADATA,
    MAX_VALUES,
)

Metadata = dict[str, Any]

NIL = b"\xc0"
_ROOM = 8
"""Below the caps, for a map that is written, so that it also fits in a column of its own."""


def is_given(metadata: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    """Whether there is anything to store. Raises InputError for anything but a mapping."""
    if metadata is not None and not isinstance(metadata, Mapping):
        raise InputError(f"metadata: {type(metadata).__name__}; pass a mapping with string keys")
    return bool(metadata)


def pack_map(metadata: Mapping[str, Any]) -> bytes:
    """The msgpack of one map.

    Raises InputError for what the format cannot hold, or could not be read back.
    """
    import msgpack

    is_given(metadata)
    try:
        packed: bytes = msgpack.packb(dict(metadata), default=_plain)
        if len(packed) > MAX_METADATA - _ROOM:
            raise ValueError(f"{len(packed):,} bytes")
        _unpack(packed, "metadata", 0, room=_ROOM)  # what a reader would refuse is never written
    except (FormatError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(
            f"metadata: {error}; use string keys, and strings, numbers, booleans, None, bytes, lists and "
            f"mappings, at most {MAX_METADATA >> 20} MiB in all and {MAX_ELEMENTS:,} elements per list"
        ) from None
    return packed


def unpack_map(packed: bytes | memoryview, what: str, at: int) -> Metadata:
    """The map in msgpack bytes that are at offset `at` of the file. Raises FormatError and Limit."""
    value = _unpack(packed, what, at)
    if not isinstance(value, dict):
        raise FormatError(f"{what} at byte {at}: a {type(value).__name__}, not a map; {INVALID}")
    return value


def pack_column(packed_maps: list[bytes]) -> bytes:
    """The msgpack array of maps that `pack_map` packed (or NIL)."""
    import msgpack

    header: bytes = msgpack.Packer().pack_array_header(len(packed_maps))
    return header + b"".join(packed_maps)


def unpack_column(packed: bytes | memoryview, count: int, what: str, at: int) -> list[Metadata]:
    """One map per cloud, empty where the array has nil. Raises FormatError and Limit."""
    value = _unpack(packed, what, at, depth=MAX_DEPTH + 1)  # each map for itself
    if not isinstance(value, list) or len(value) != count:
        raise FormatError(f"{what} at byte {at}: not an array of {count} elements; {INVALID}")
    if not all(item is None or isinstance(item, dict) for item in value):
        raise FormatError(f"{what} at byte {at}: an element that is neither a map nor nil; {INVALID}")
    return [{} if item is None else item for item in value]


def unpack_element(packed: bytes | memoryview, row: int, count: int, what: str, at: int) -> Metadata:
    """The map of one cloud, those before it passed over. Raises FormatError and Limit for that one alone."""
    value = _unpack(packed, what, at, element=(row, count))
    if value is not None and not isinstance(value, dict):
        raise FormatError(f"{what} at byte {at}: an element that is neither a map nor nil; {INVALID}")
    return value or {}


class _TooMany(ValueError):
    """More arrays and maps than the format allows."""


def _unpack(
    packed: bytes | memoryview,
    what: str,
    at: int,
    *,
    room: int = 0,
    depth: int = MAX_DEPTH,
    element: tuple[int, int] | None = None,
) -> Any:
    """The value. room: by how much to stay below the caps. element: of an array, which one is wanted, and how
    many there must be."""
    import msgpack

    if len(packed) > MAX_METADATA:
        raise Limit(
            f"{what} at byte {at}: {len(packed):,} bytes, at most {MAX_METADATA:,} are allowed; {INVALID}"
        )
    containers, values = MAX_CONTAINERS - room, MAX_VALUES - room
    left, free = containers, values

    def count(inside: int) -> None:
        nonlocal left, free
        left -= 1
        free -= inside
        if left < 0:
            raise _TooMany(f"more than {containers:,} arrays and maps")
        if free < 0:
            raise _TooMany(f"more than {values:,} elements in all")

    def keyed(pairs: Metadata) -> Metadata:
        if not all(type(key) is str for key in pairs):
            raise ValueError("a key that is not a string")
        count(2 * len(pairs))
        return pairs

    def listed(items: list[Any]) -> list[Any]:
        count(len(items))
        return items

    # An array of n elements takes at least n bytes: nothing much larger than the data is ever allocated.
    elements = min(MAX_ELEMENTS, len(packed))
    try:
        options: dict[str, Any] = {
            "strict_map_key": True, "max_ext_len": 0, "max_array_len": elements, "max_map_len": elements,
            "list_hook": listed, "object_hook": keyed, "ext_hook": _no_extension,
        }  # fmt: skip
        if element is None:
            value = msgpack.unpackb(packed, **options)
        else:
            unpacker = msgpack.Unpacker(max_buffer_size=max(1, len(packed)), **options)
            unpacker.feed(packed)
            if unpacker.read_array_header() != element[1]:
                raise ValueError(f"not an array of {element[1]} elements")
            for _ in range(element[0]):
                unpacker.skip()
            value = unpacker.unpack()
        if deeper(value, depth):
            raise _TooMany(f"arrays and maps nested more than {MAX_DEPTH} deep")
        return value
    except (_TooMany, msgpack.exceptions.StackError) as error:
        reason = str(error) or "nested too deeply"
        raise Limit(f"{what} at byte {at}: {reason}; {INVALID}") from None
    except (ValueError, TypeError, msgpack.exceptions.UnpackException, RecursionError) as error:
        raise FormatError(f"{what} at byte {at}: not valid msgpack ({error}); {INVALID}") from None


def copied(value: Any) -> Any:
    """Metadata of which nothing is shared with `value`; what was read is at most MAX_DEPTH deep."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def _no_extension(code: int, data: bytes) -> Any:
    raise ValueError(f"extension type {code}")


def _plain(value: Any) -> Any:
    """NumPy's scalars as the Python numbers they are."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot store {type(value).__name__}")

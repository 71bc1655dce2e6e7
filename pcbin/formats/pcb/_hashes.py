"""The whole SHA-256 of the models of a file, where a writer was asked to store them (spec, section 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pcbin.errors import FormatError, InputError
from pcbin.formats.pcb._limits import INVALID

Hashes = dict[bytes, bytes]
"""The 8 bytes of a model's id -> the 32 bytes that they begin."""
KEY = "model_sha256"
"""In the metadata of a single file."""
SIZE = 32
MOST = 255


def pack(hashes: Iterable[bytes]) -> bytes:
    """The body of the section. Raises InputError for what are no hashes of several models."""
    found = list(hashes)
    if not all(isinstance(one, bytes) and len(one) == SIZE for one in found):
        raise InputError("hashes: not all of them are 32 bytes; pass the SHA-256 of each model")
    if not 1 <= len(found) <= MOST or len({one[:8] for one in found}) < len(found):
        raise InputError(
            f"hashes: {len(found)}; pass 1 to {MOST}, of models that do not begin with the same 8 bytes"
        )
    return b"".join(found)


def parse(body: bytes, at: int) -> Hashes:
    """The hashes in the body of the section at offset `at`. Raises FormatError."""
    number, rest = divmod(len(body), SIZE)
    found = {body[SIZE * i : SIZE * i + 8]: body[SIZE * i : SIZE * (i + 1)] for i in range(number)}
    if rest or not 1 <= number <= MOST or len(found) < number:
        raise FormatError(f"byte {at}: {len(body)} bytes that are no hashes of several models; {INVALID}")
    return found


def of_metadata(metadata: Mapping[str, Any]) -> Hashes:
    """What the metadata of a single file say."""
    value = metadata.get(KEY)
    return {value[:8]: value} if isinstance(value, bytes) and len(value) == SIZE else {}


def in_metadata(metadata: Mapping[str, Any] | None, sha256: bytes) -> dict[str, Any]:
    """The metadata of a single file, with the hash. Raises InputError where they have such a key."""
    if metadata is not None and KEY in metadata:
        raise InputError(f"metadata: {KEY!r} is where the full hash goes; choose another key")
    return {**(metadata or {}), KEY: sha256}

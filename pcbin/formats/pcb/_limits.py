"""The caps of the format, and the remedies that errors end with."""

from __future__ import annotations

from pcbin.errors import Truncated

MIN_CODE_BITS = 8
MAX_CODE_BITS = 4096
MAX_CLOUDS = 2**32
MAX_CHUNK = 65_536
MAX_METADATA = 16 * 2**20
MAX_ELEMENTS = 65_536
"""Elements of one array or map in metadata."""
MAX_CONTAINERS = 2**20
"""Arrays and maps in one block of metadata: bounds what 16 MiB of msgpack can grow to in memory."""
MAX_VALUES = 2**20
"""Elements of all arrays and maps of one block, keys and values counted each, for the same reason."""
MAX_DEPTH = 64
"""Arrays and maps inside one another: whoever prints or copies metadata may use recursion."""
MAX_INDEX_CHAIN = 64

BLOCK = 2**20
"""Bytes asked for at once when a length comes from the file: memory grows only with data that is there."""

DAMAGED = "the file was damaged after it was written: copy or download it again"
INCOMPLETE = "the file is incomplete: copy or download it again"
INVALID = "no correct writer makes such a file: write it again with pcbin"
UPGRADE = "upgrade pcbin: pip install -U pcbin"


def truncated(what: str, at: int, wanted: int, found: int) -> Truncated:
    """The error for bytes that end early: `wanted` bytes from offset `at` on, of which `found` are there."""
    return Truncated(f"{what} at byte {at}: {wanted} bytes announced, {found} there; {INCOMPLETE}")

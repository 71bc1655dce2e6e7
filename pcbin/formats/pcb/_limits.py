"""The caps of the format, and the remedies that errors end with."""

from __future__ import annotations

from pcbin.errors import Limit, Truncated

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
FREE_UNPACKED = 128 * 2**20
UNPACKED_RATIO = 128
"""Codes and poses of an archive may unpack to FREE_UNPACKED bytes, and so many times its bytes."""
LEAST_CLOUD = 128
"""Bytes that a cloud counts for at least: whoever lists clouds takes time for each, however small it is."""
FREE_METADATA = 64 * 2**20
METADATA_RATIO = 16
"""Metadata of all chunks may unpack to FREE_METADATA bytes, and so many times the bytes of the archive."""
ENTROPY_RATIO = 4
FREE_ENTROPY = 128
"""Entropy-coded codes may unpack to ENTROPY_RATIO times their stored bytes and FREE_ENTROPY: each bit of them
takes time."""

BLOCK = 2**20
"""Bytes asked for at once when a length comes from the file: memory grows only with data that is there."""

DAMAGED = "the file was damaged after it was written: copy or download it again"
INCOMPLETE = "the file is incomplete: copy or download it again"
INVALID = "no correct writer makes such a file: write it again with pcbin"
UPGRADE = "upgrade pcbin: pip install -U pcbin"


def is_too_dense(clouds: int, cloud_bytes: int, size: int) -> bool:
    """Whether clouds in an archive of `size` bytes unpack to more than a reader takes."""
    return clouds * max(cloud_bytes, LEAST_CLOUD) > FREE_UNPACKED + UNPACKED_RATIO * size


def check_unpacked(clouds: int, cloud_bytes: int, at: int) -> None:
    """Raises Limit for clouds that unpack to far more than the `at` bytes of an archive that hold them."""
    if is_too_dense(clouds, cloud_bytes, at):
        raise Limit(
            f"byte {at}: {clouds:,} clouds of {cloud_bytes} bytes in {at:,} bytes, "
            f"more than {UNPACKED_RATIO} times as many; {INVALID}"
        )


def check_metadata(unpacked: int, size: int, at: int) -> None:
    """Raises Limit for metadata of chunks that unpack to far more than the `size` bytes that hold them."""
    if unpacked > FREE_METADATA + METADATA_RATIO * size:
        raise Limit(
            f"byte {at}: metadata of {unpacked:,} bytes in {size:,}, more than {METADATA_RATIO} times as "
            f"many; {INVALID}"
        )


def is_too_likely(stored: int, size: int) -> bool:
    """Whether `stored` bytes of entropy coding stand for more bytes of codes than a reader takes."""
    return size > ENTROPY_RATIO * (stored + FREE_ENTROPY)


def truncated(what: str, at: int, wanted: int, found: int) -> Truncated:
    """The error for bytes that end early: `wanted` bytes from offset `at` on, of which `found` are there."""
    return Truncated(f"{what} at byte {at}: {wanted} bytes announced, {found} there; {INCOMPLETE}")

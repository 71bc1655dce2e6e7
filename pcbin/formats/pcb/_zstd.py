"""zstd, only where it helps: frames that declare their size, never larger than what they hold."""

from __future__ import annotations

from pcbin.errors import FormatError, Limit
from pcbin.formats.pcb._limits import INVALID

_LEVEL = 3


def shrink(raw: bytes) -> bytes:
    """One zstd frame that declares its content size."""
    import zstandard

    return bytes(zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(raw))


def content_size(frame: bytes | memoryview, what: str, at: int) -> int:
    """The size that the frame declares, before anything is unpacked. Raises FormatError."""
    import zstandard

    try:
        size = int(zstandard.get_frame_parameters(frame).content_size)
    except zstandard.ZstdError as error:
        raise FormatError(f"{what} at byte {at}: not a zstd frame ({error}); {INVALID}") from None
    if size == zstandard.CONTENTSIZE_UNKNOWN:
        raise FormatError(f"{what} at byte {at}: a zstd frame that does not declare its size; {INVALID}")
    return size


def expand_exactly(frame: bytes | memoryview, size: int, what: str, at: int) -> bytes:
    """The content of a frame that must hold `size` bytes. Raises FormatError."""
    declared = content_size(frame, what, at)
    if declared != size:
        raise FormatError(f"{what} at byte {at}: {declared} bytes in the zstd frame, not {size}; {INVALID}")
    return _expand(frame, size, what, at)


def expand_up_to(frame: bytes | memoryview, cap: int, what: str, at: int) -> bytes:
    """The content of a frame that must hold at most `cap` bytes. Raises FormatError and Limit."""
    declared = content_size(frame, what, at)
    if declared > cap:
        raise Limit(
            f"{what} at byte {at}: {declared:,} bytes unpacked, at most {cap:,} are allowed; {INVALID}"
        )
    return _expand(frame, declared, what, at)


def _expand(frame: bytes | memoryview, size: int, what: str, at: int) -> bytes:
    import zstandard

    try:
        raw = bytes(zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False))
    except zstandard.ZstdError as error:
        raise FormatError(f"{what} at byte {at}: a broken zstd frame ({error}); {INVALID}") from None
    if len(raw) != size:  # a declared size of 0 is not enforced by the library
        raise FormatError(f"{what} at byte {at}: {len(raw)} bytes in the zstd frame, not {size}; {INVALID}")
    return raw

"""Standard input and output as binary streams."""

from __future__ import annotations

import io
import sys
from typing import Any, BinaryIO

import click


def stdin() -> BinaryIO:
    return sys.stdin.buffer


def stdout(*, force: bool, text: bool = False) -> BinaryIO:
    """Refuses to write to a terminal what would only disturb it."""
    if sys.stdout.isatty() and not force and not text:
        raise click.UsageError("will not write binary data to a terminal; name a file with -o, or pass -f")
    return sys.stdout.buffer


class Counted(io.RawIOBase):
    """A binary stream that counts what is written; archives see it as a pipe, so it must not be sought."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.write(data)
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        self._stream.flush()

"""What shards are: archives of codes, or tables of them. A kind has ``pack`` and ``head``."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple, Protocol

import pcbin.codec
from pcbin.arrays import Pose
from pcbin.codec import Encoder

FORMATS = ("pcb", "parquet")


class Coded(NamedTuple):
    """An object of a shard: the row that it was, its name if it has one, its code, the pose that is kept."""

    row: int
    name: str | None
    coded: pcbin.codec.Coded
    pose: Pose | None


class Shard(NamedTuple):
    """What a task made. head: what the file says of itself: its key, where its rows came from, and which of
    them are missing."""

    head: dict[str, Any]
    clouds: list[Coded]


class Output(Protocol):
    """What a module of a kind of shards is."""

    def pack(self, shard: Shard, encoder: Encoder, *, pose: bool, entropy: bool) -> bytes:
        """The bytes of the file."""

    def head(self, data: bytes) -> dict[str, Any]:
        """What a file says of itself, once all of it is checked. Raises FormatError."""


def output_of(format: str) -> Output:
    """The module of a kind of shards."""
    module: Any = import_module(f"{__name__}.{format}")
    return module  # type: ignore[no-any-return]

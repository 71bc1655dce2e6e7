"""What every codec of the study is: a name, settings, and two functions between a cloud and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from pcbin.arrays import Float32

from .cache import Cache
from .progress import Progress

Kind = Literal["pcbin", "trained", "untrained"]


class Code(NamedTuple):
    """One coded cloud."""

    data: bytes
    """Everything that lies on disk for this cloud: all that `decode` gets."""
    bits: int
    """The payload: what is left of `data` without header, checksum and padding, where these can be told."""


class Scheme(Protocol):
    """A codec of (N, 3) clouds, their box centred, its diagonal 1; nobody pays for centre and scale."""

    name: str
    """In tables and legends."""
    kind: Kind
    container: str
    """What `data` holds beside the payload, in a few words for the table's notes."""
    settings: Any
    """Where it is measured, from few bits to many: a sequence of what the scheme itself understands."""

    def label(self, setting: Any) -> str:
        """A setting in a few words."""
        ...

    def encode(self, cloud: Float32, setting: Any) -> Code: ...

    def decode(self, data: bytes, setting: Any) -> Float32:
        """(M, 3) points in the frame of the original, from nothing but `data`, the setting and the tables."""
        ...

    def table_bytes(self, setting: Any) -> int:
        """What a decoder must have once: training shapes, bases, weights."""
        ...


@runtime_checkable
class Trained(Protocol):
    """A scheme that must see training shapes first."""

    def fit(self, train: Sequence[Float32], cache: Cache, progress: Progress) -> None:
        """train: S clouds (N, 3), normalised as those to be coded."""
        ...

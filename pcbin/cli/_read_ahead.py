"""Inputs that are read, and encoded, while those before them are written and reported."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pcbin._prefetch import Prefetch
from pcbin.cli._interrupts import Interrupts
from pcbin.codec import Coded, Encoder
from pcbin.errors import PcbinError
from pcbin.modalities import Item

T = TypeVar("T")

DEPTH = 64
"""Inputs that wait between two steps: a batch of the encoder."""
MOST_BYTES = 2**28
"""What the arrays of those that wait may take."""

EXPECTED = (PcbinError, OSError, MemoryError)
"""What befalls one input, and leaves the others alone."""


@dataclass
class Work(Generic[T]):
    """One input on its way: what it is, and what became of it so far.

    error: why it goes no further. item: what was read; None where nothing needed to be.
    """

    source: T
    item: Item | None = None
    coded: Coded | None = None
    error: BaseException | None = None

    def done(self) -> tuple[Item, Coded]:
        """What was read and what it was encoded to. Raises the error where there is one."""
        if self.error is not None:
            raise self.error
        assert self.item is not None
        assert self.coded is not None
        return self.item, self.coded


def read_ahead(sources: Iterable[T], read: Callable[[T], Item | None]) -> Prefetch[Work[T]]:
    """Reads them in a thread of its own. read: None for a source that needs no work."""
    return Prefetch(
        (read_now(source, read) for source in sources), depth=DEPTH, weight=_bytes, most=MOST_BYTES
    )


def encode_ahead(work: Iterable[Work[T]], encoder: Encoder, *, batches: bool) -> Prefetch[Work[T]]:
    """Encodes what was read, likewise. batches: many go through the network together."""
    steps = _in_batches(work, encoder) if batches else (_one(one, encoder) for one in work)
    return Prefetch(steps, depth=DEPTH, weight=_bytes, most=MOST_BYTES)


def until_interrupted(encoded: Prefetch[Work[T]], ctrl_c: Interrupts) -> Iterator[Work[T]]:
    """What comes, one by one; after Ctrl-C only what is encoded already."""
    while True:
        try:
            with ctrl_c.allowed():
                work = next(encoded, None)
        except KeyboardInterrupt:
            yield from encoded.stop()
            return
        if work is None:
            return
        yield work


def read_now(source: T, read: Callable[[T], Item | None]) -> Work[T]:
    """Reads one in this thread: standard input must not be left to one that may have to be abandoned."""
    try:
        return Work(source, read(source))
    except EXPECTED as error:
        return Work(source, error=error)


def _one(work: Work[T], encoder: Encoder) -> Work[T]:
    if work.item is not None:
        try:
            work.coded = encoder.code(work.item.array)
        except EXPECTED as error:
            work.error = error
    return work


def _in_batches(work: Iterable[Work[T]], encoder: Encoder) -> Iterator[Work[T]]:
    """In the order in which they came, those without an item too."""
    waiting: deque[Work[T]] = deque()

    def arrays() -> Iterator[Any]:
        for one in work:
            waiting.append(one)
            if one.item is not None:
                yield one.item.array

    for found in encoder.code_many(arrays()):
        while waiting[0].item is None:
            yield waiting.popleft()
        one = waiting.popleft()
        if isinstance(found, PcbinError):
            one.error = found
        else:
            one.coded = found
        yield one
    yield from waiting


def _bytes(work: Work[Any]) -> int:
    return 0 if work.item is None else int(work.item.array.nbytes)

"""What goes on, and for how long still, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
EVERY_S = 20.0


class Progress:
    """Lines on standard error, never more than a line in some seconds for one loop."""

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def each(self, what: str, items: Sequence[T]) -> Iterator[T]:
        """The items; says now and then how many are done and when the rest will be."""
        began = told = time.monotonic()
        for done, item in enumerate(items):
            now = time.monotonic()
            if done and now - told >= EVERY_S:
                told = now
                left = (now - began) / done * (len(items) - done)
                self.say(f"  {what}: {done} of {len(items)}, ETA {clock(left)}")
            yield item


def clock(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"

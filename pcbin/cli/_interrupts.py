"""Ctrl-C where work is done in steps that must not be torn apart, such as adding to an archive."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Holds back the first Ctrl-C until it is `allowed`; a second one always interrupts."""

    def __init__(self) -> None:
        self._came = self._open = False

    def pressed(self) -> bool:
        """Whether there was one."""
        return self._came

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Raises KeyboardInterrupt in its block, also for a Ctrl-C that came before."""
        self._open = True
        try:
            if self._came:
                raise KeyboardInterrupt
            yield
        finally:
            self._open = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        raised = self._open or self._came
        self._came = True
        if raised:
            raise KeyboardInterrupt


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Ctrl-C is held back in this block; in threads, which get none, nothing changes."""
    found = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = signal.signal(signal.SIGINT, found._handle)
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)

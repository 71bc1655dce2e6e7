"""Ctrl-C, and SIGTERM, where steps of work must not be torn apart, such as adding to an archive."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM came: what is being written is taken back, as after Ctrl-C."""


class Interrupts:
    """Holds back the first Ctrl-C until it is `allowed`; a second one always interrupts."""

    def __init__(self) -> None:
        self._came: type[KeyboardInterrupt] | None = None
        self._open = False

    def pressed(self) -> bool:
        """Whether there was one."""
        return self._came is not None

    def again(self) -> KeyboardInterrupt:
        """The interrupt that was held back, to raise it."""
        return KeyboardInterrupt() if self._came is None else self._came()

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Raises KeyboardInterrupt in its block, also for a Ctrl-C that came before."""
        self._open = True
        try:
            if self._came:
                raise self._came
            yield
        finally:
            self._open = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        raised = self._open or self._came
        self._came = Terminated if number == signal.SIGTERM else KeyboardInterrupt
        if raised:
            raise self._came


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Ctrl-C is held back in this block; in threads, which get none, nothing changes."""
    found = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = {number: signal.signal(number, found._handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield found
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def terminate_like_ctrl_c() -> None:
    """From now on SIGTERM raises `Terminated`, where nobody has said otherwise."""
    if threading.current_thread() is threading.main_thread() and (
        signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGTERM, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Terminated

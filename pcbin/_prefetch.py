"""Steps of work that overlap: reading while encoding, encoding while writing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Condition, Thread
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

LOOK_S = 0.2
"""How often a wait looks up: Windows lets no Ctrl-C through to one that does not."""
JOIN_S = 1.0
"""What a closed iterator may take to end; one that waits for a pipe or a dead disk is left behind."""


class Prefetch(Generic[T], Iterator[T]):
    """Iterates `source` in a thread of its own, in order and a bounded number of items ahead.

    depth: items that may wait to be taken. most: what they may weigh together, as `weight` gives it of each;
    one item may weigh more and then waits alone. An error of the source is raised in its place. Use it in a
    ``with`` block: at the end the thread stops, with whatever the source has begun, and the source, if it is
    a generator, is closed.
    """

    def __init__(
        self,
        source: Iterable[T],
        *,
        depth: int,
        weight: Callable[[T], int] | None = None,
        most: int = 0,
    ) -> None:
        self._depth, self._most = depth, most
        self._weigh = weight or (lambda _: 0)
        self._waiting: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._changed = Condition()
        self._closed = self._ended = False
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, args=(iter(source),), daemon=True)
        self._thread.start()

    def __enter__(self) -> Prefetch[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops the thread; what waited is dropped."""
        self.stop()
        self._thread.join(JOIN_S)

    def stop(self) -> list[T]:
        """What waits now; nothing comes after it."""
        with self._changed:
            self._closed = True
            rest = [item for item, _ in self._waiting]
            self._waiting.clear()
            self._changed.notify_all()
        return rest

    def __next__(self) -> T:
        with self._changed:
            while not self._waiting:
                if self._ended or self._closed:
                    error, self._error = self._error, None
                    raise StopIteration if error is None else error
                self._changed.wait(LOOK_S)
            item, weight = self._waiting.popleft()
            self._weight -= weight
            self._changed.notify_all()
            return item

    def _run(self, source: Iterator[T]) -> None:
        try:
            for item in source:
                if not self._put(item):
                    break
        except BaseException as error:
            self._error = error
        finally:
            if callable(close := getattr(source, "close", None)):
                close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, item: T) -> bool:
        """Waits for room; False where nobody wants the item any more."""
        weight = self._weigh(item)
        with self._changed:
            while not self._closed and self._waiting and self._is_full(weight):
                self._changed.wait(LOOK_S)
            if not self._closed:
                self._waiting.append((item, weight))
                self._weight += weight
                self._changed.notify_all()
            return not self._closed

    def _is_full(self, weight: int) -> bool:
        return len(self._waiting) >= self._depth or self._weight + weight > self._most > 0

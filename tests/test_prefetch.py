"""Steps that overlap: order, back-pressure, errors and ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from pcbin._prefetch import Prefetch


def settled(values: list[int]) -> list[int]:
    """The values, once they stop growing."""
    before = -1
    while len(values) != before:
        before = len(values)
        time.sleep(0.05)
    return values


def test_all_come_in_order() -> None:
    with Prefetch(range(1000), depth=3) as items:
        assert list(items) == list(range(1000))
        assert next(items, None) is None


@pytest.mark.parametrize(("weight", "most", "ahead"), [(1, 0, 4), (2, 5, 2), (9, 5, 1)])
def test_what_waits_is_bounded(weight: int, most: int, ahead: int) -> None:
    """One more is made, and waits for room."""
    made: list[int] = []

    def source() -> Iterator[int]:
        for k in range(100):
            made.append(k)
            yield k

    with Prefetch(source(), depth=4, weight=lambda _: weight, most=most) as items:
        assert settled(made) == list(range(ahead + 1))
        assert next(items) == 0
        assert settled(made) == list(range(ahead + 2))
        assert list(items) == list(range(1, 100))


def test_it_runs_in_another_thread() -> None:
    with Prefetch((threading.get_ident() for _ in range(1)), depth=1) as items:
        assert next(items) != threading.get_ident()


def test_errors_come_in_their_place() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    with Prefetch(source(), depth=9) as items:
        assert next(items) == 1
        with pytest.raises(KeyError, match="two"):
            next(items)
        assert next(items, None) is None


def test_leaving_closes_the_source() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    def doubled() -> Iterator[int]:
        with Prefetch(source(), depth=2) as items:
            for item in items:
                yield 2 * item

    with Prefetch(doubled(), depth=2) as items:
        assert next(items) == 2
        assert not closed.is_set()
    assert closed.wait(5)


def test_what_waits_can_be_taken_at_the_end() -> None:
    with Prefetch(range(100), depth=4) as items:
        assert next(items) == 0
        time.sleep(0.1)
        assert items.stop() == [1, 2, 3, 4]
        assert next(items, None) is None

"""What runs tasks: processes of this machine, or Ray on many. Results come in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, TypeVar

from pcbin.errors import PcbinError, missing

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4
"""Tasks a worker has waiting, so that one slow task holds nobody up."""
DEATHS = 3
"""How often workers may die in a row, without a result in between."""


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def local(function: Callable[[T], R], tasks: Sequence[T], workers: int) -> Iterator[R]:
    """In `workers` processes; one that dies (out of memory, kill -9) is replaced, and its tasks begin anew.

    Raises PcbinError where workers die again and again, and whatever the function raises.
    """
    if workers == 1:
        yield from map(function, tasks)
        return
    left = deque(tasks)
    waiting: deque[tuple[T, Future[R]]] = deque()
    deaths = 0
    while left or waiting:
        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_begin_worker)
        try:
            while left or waiting:
                while left and len(waiting) < AHEAD * workers:
                    waiting.append((left[0], pool.submit(function, left[0])))
                    left.popleft()
                found = waiting[0][1].result()
                waiting.popleft()
                deaths = 0
                yield found
        except BrokenProcessPool:
            deaths += 1
            if deaths > DEATHS:
                raise PcbinError(
                    f"workers died {deaths} times in a row; use fewer (--workers) or smaller shards if the "
                    "memory does not do, and run the same command again"
                ) from None
            left.extendleft(task for task, _ in reversed(waiting))
            waiting.clear()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()


def ray(
    function: Callable[[T], R], tasks: Sequence[T], workers: int | None, address: str | None
) -> Iterator[R]:
    """As tasks of Ray: on the cluster at `address`, or where there is none on this machine.

    Ray begins a task anew, on another node if need be, where its worker dies.
    """
    try:
        import ray as engine
    except ImportError:
        raise missing("ray", "--engine ray", "ray") from None
    began = not engine.is_initialized()
    if began:
        mine: dict[str, Any] = {"address": address} if address else {"num_cpus": workers or cores()}
        engine.init(include_dashboard=False, log_to_driver=False, logging_level="error", **mine)
    try:
        remote = engine.remote(num_cpus=1, max_retries=DEATHS)(function)
        width = AHEAD * (workers or max(1, int(engine.cluster_resources().get("CPU", 1))))
        left, waiting = deque(tasks), deque[Any]()
        while left or waiting:
            while left and len(waiting) < width:
                waiting.append(remote.remote(left.popleft()))
            yield engine.get(waiting.popleft())
    except engine.exceptions.RayTaskError as error:
        raise error.cause from None
    except engine.exceptions.RayError as error:
        raise PcbinError(f"Ray: {error}; run the same command again") from None
    finally:
        if began:
            engine.shutdown()


def _begin_worker() -> None:
    """Ctrl-C ends a worker without a word, and no worker outlives the process that it works for."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)

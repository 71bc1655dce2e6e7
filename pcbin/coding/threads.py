"""One thread for small matrix products: sharing them out costs several times as much as computing them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@lru_cache(maxsize=1)
def _libraries() -> Any:
    """What NumPy computes with. Finding it takes milliseconds, so it is done once, by the first search."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def on_one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, with BLAS on one thread while it runs, whatever the environment says.

    The limit holds for the whole process meanwhile: BLAS libraries have no narrower one.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _libraries().limit(limits=1):
            return function(*args, **kwargs)

    return limited

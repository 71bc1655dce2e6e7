"""Searches compute on one thread, however many the environment asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.spatial  # noqa: F401 - it brings a BLAS of its own, which is counted too
from threadpoolctl import threadpool_info, threadpool_limits

from pcbin import Codec
from pcbin.coding import image_search, matching, threads
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.model import Model


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """How many threads there are whenever a search measures a code."""
    threads._libraries.cache_clear()  # so that it knows all that are loaded by now
    found: list[set[int]] = []
    for place, name in ((matching.Matching, "of"), (image_search._BatchSearch, "_error")):
        measure: Callable[..., Any] = getattr(place, name)

        def watched(*args: Any, measure: Callable[..., Any] = measure) -> Any:
            found.append(blas_threads())
            return measure(*args)

        monkeypatch.setattr(place, name, watched)
    if not blas_threads():
        pytest.skip("NumPy computes with a library whose threads cannot be set")
    return found


def check(codec: Codec, item: Any, seen: list[set[int]]) -> None:
    with threadpool_limits(2, user_api="blas"):
        codec.encode(item)
        assert blas_threads() == {2}
    assert seen
    assert all(number == {1} for number in seen)


def test_clouds(tiny: Model, residual: Model, cloud: Any, seen: list[set[int]]) -> None:
    check(Codec(tiny, effort=2), cloud(), seen)
    seen.clear()
    check(Codec(residual, effort=0), cloud(), seen)


def test_images(image_parts: Callable[..., Any], seen: list[set[int]]) -> None:
    model = Model(load_model(dump_model(*image_parts())))
    check(Codec(model, effort=2), np.zeros((6, 5)), seen)


def test_the_limit_ends_with_an_error(seen: list[set[int]]) -> None:
    @threads.on_one_thread
    def fails() -> None:
        assert blas_threads() == {1}
        raise KeyError

    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(KeyError):
            fails()
        assert blas_threads() == {2}

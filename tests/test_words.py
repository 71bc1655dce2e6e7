"""Numbers as people read them."""

from __future__ import annotations

import pytest

from pcbin._words import compared, count, ratios


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1536, "1,536 x smaller"), (2.5, "2.5 x smaller"), (1, "1.0 x smaller"), (0.4, "2.5 x larger")],
)
def test_ratios_say_which_way(ratio: float, text: str) -> None:
    assert compared(ratio) == text


def test_a_file_beside_its_code() -> None:
    assert ratios(473, 1536, "floats") == "473 x smaller than floats (the code alone: 1,536 x)"
    assert ratios(0.5, 2, "floats") == "2.0 x larger than floats (the code alone: 2.0 x smaller)"
    assert (
        ratios(0.25, 0.5, "floats", codes="codes")
        == "4.0 x larger than floats (the codes alone: 2.0 x larger)"
    )


def test_one_is_singular() -> None:
    assert [count(n, "byte") for n in (0, 1, 2048)] == ["0 bytes", "1 byte", "2,048 bytes"]

"""Parts of objects, completed by global codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.auto import Auto
from pcbin.coding.options import Options
from pcbin.errors import InputError
from pcbin.formats.clouds import read_cloud
from pcbin.metrics import distortion, one_way


@pytest.fixture(scope="module")
def chair(root: Path) -> Any:
    return read_cloud(root / "examples" / "armchair.ply").points


def test_one_way() -> None:
    points = np.array([[0.0, 0, 0], [3.0, 4, 0]])
    assert one_way(points, [[0.0, 0, 0], [3, 4, 0], [9, 9, 9]]) == 0
    assert one_way(points, [[0.0, 0, 1]]) == pytest.approx((1 + 26) / 2 / 25)


def test_half_a_chair_becomes_a_whole_one(chair: Any) -> None:
    half = chair[chair[:, 0] > np.median(chair[:, 0])]
    there, whole = (
        pcbin.Codec("chair", complete=complete, warn=False).code(half) for complete in (False, True)
    )
    assert distortion(chair, whole.restore()).chamfer < 0.2 * distortion(chair, there.restore()).chamfer
    found = whole.evaluate(half)
    assert found.one_way == pytest.approx(one_way(half, whole.restore()))
    assert found.one_way < 1e-3
    assert there.evaluate(half).one_way is None
    decoded = pcbin.decompress(pcbin.compress(half, model="chair", complete=True, warn=False))
    np.testing.assert_allclose(decoded, whole.restore(), atol=1e-4)


def test_auto_leaves_out_cells() -> None:
    assert "cells" in [codec.model.name for codec in Auto(Options()).codecs]
    assert "cells" not in [codec.model.name for codec in Auto(Options(complete=True)).codecs]


def test_what_cannot_be_completed() -> None:
    with pytest.raises(InputError, match="codes of model cells hold what is there"):
        pcbin.Codec("cells", complete=True)
    with pytest.raises(InputError, match="omit orient"):
        pcbin.Codec("chair", complete=True, orient="auto")
    with pytest.raises(InputError, match="pass bits in place of max_chamfer"):
        pcbin.Codec("chair", complete=True, max_chamfer=1e-3)

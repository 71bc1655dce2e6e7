"""Normals of cells, which the search follows: right for surfaces, and never a matter of rounding."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pcbin.coding import normals as module
from pcbin.coding.normals import normals


def test_a_tilted_plane() -> None:
    rng = np.random.default_rng(0)
    flat = np.concatenate([rng.uniform(-0.35, 0.35, (2000, 2)), rng.normal(0, 1e-3, (2000, 1))], axis=1)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    found = normals((flat @ turn.T).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.mean(np.abs(found @ turn[:, 2]) > 0.99) > 0.9


def test_points_without_extent() -> None:
    assert np.isfinite(normals(np.zeros((1, 3), np.float32))).all()
    assert np.isfinite(normals(np.zeros((50, 3), np.float32))).all()


@pytest.mark.parametrize("towards", [-np.inf, np.inf])
def test_rounding_chooses_no_normal(monkeypatch: pytest.MonkeyPatch, towards: float) -> None:
    """Cells of one or two points have no least direction; the last digit of a cosine named one, processors
    differ in that digit, and so did codes."""
    rng = np.random.default_rng(1)
    cloud = rng.uniform(-0.35, 0.35, (300, 3)).astype(np.float32)  # most cells hold one or two
    before, cosine = normals(cloud), np.cos
    other = SimpleNamespace(**{**vars(np), "cos": lambda x: np.nextafter(cosine(x), towards)})
    monkeypatch.setattr(module, "np", other)
    np.testing.assert_allclose(normals(cloud), before, atol=1e-4)

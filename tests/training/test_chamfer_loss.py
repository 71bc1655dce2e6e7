"""The training loss against all pairs, and its GPU path on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pcbin.coding.matching import Matching, signs_of  # noqa: E402
from pcbin.metrics import distortion  # noqa: E402
from pcbin.metrics.neighbours import grid  # noqa: E402
from pcbin.models.model import Model  # noqa: E402
from pcbin.training import chamfer_loss as module  # noqa: E402
from pcbin.training.chamfer_loss import chamfer, displacement, neighbours  # noqa: E402


def clouds(*shape: int, seed: int = 0, dtype: Any = torch.float32) -> Any:
    return (
        torch.rand(*shape, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)
        - 0.5
    )


def brute(x: Any, y: Any) -> Any:
    table = (x[:, :, None] - y[:, None]).square().sum(-1)
    return table.amin(2).mean(1) + table.amin(1).mean(1)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 40), (40, 5), (100, 100)])
def test_value_and_gradient(n: int, m: int) -> None:
    x, y = clouds(3, n, seed=1, dtype=torch.float64), clouds(3, m, seed=2, dtype=torch.float64)
    gradients = []
    for loss in (chamfer, brute):
        a, b = x.clone().requires_grad_(), y.clone().requires_grad_()
        value = loss(a, b)
        assert value.shape == (3,)
        (value * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
        gradients.append((value.detach(), a.grad, b.grad))
    for mine, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, expected)


def test_it_is_the_metric() -> None:
    """On an original of unit diagonal the loss is what `pcbin.evaluate` reports."""
    x, y = clouds(1, 200, seed=1)[0], clouds(1, 150, seed=2)[0]
    low, high = x.amin(0), x.amax(0)
    size = (high - low).norm()
    x, y = (x - low) / size, (y - low) / size
    assert float(chamfer(x[None], y[None])) == pytest.approx(distortion(x, y).chamfer, rel=1e-4)


@pytest.mark.parametrize("block", [1, 7, 64, 1024])
def test_blocked_search_finds_the_same_neighbours(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    x, y = clouds(4, 150, seed=1), clouds(4, 90, seed=2)
    to_y, to_x = neighbours(x, y)
    assert torch.equal(module._blocked(x, y), to_y)
    assert torch.equal(module._blocked(y, x), to_x)


def test_blocked_search_far_from_the_origin() -> None:
    """|x|^2 - 2xy + |y|^2 would cancel here."""
    x, y = clouds(2, 300, seed=1) / 16 + 30, clouds(2, 300, seed=2) / 16 + 30
    to_y, _ = neighbours(x, y)
    found = module._blocked(x, y)
    near = (x - y.gather(1, found[:, :, None].expand(-1, -1, 3))).norm(dim=2)
    best = (x - y.gather(1, to_y[:, :, None].expand(-1, -1, 3))).norm(dim=2)
    torch.testing.assert_close(near, best, atol=1e-6, rtol=1e-4)


def test_neighbours_are_nearest() -> None:
    x, y = clouds(2, 50, seed=3), clouds(2, 70, seed=4)
    to_y, to_x = neighbours(x, y)
    table = torch.cdist(x.double(), y.double())
    torch.testing.assert_close(table.gather(2, to_y[:, :, None])[..., 0], table.amin(2))
    torch.testing.assert_close(table.transpose(1, 2).gather(2, to_x[:, :, None])[..., 0], table.amin(1))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 60), (60, 7), (300, 250)])
def test_trees_and_grid_agree(n: int, m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without numba the loss is the same."""
    pytest.importorskip("numba")
    found = []
    for search in (grid(), None):
        assert (search is None) == bool(found)
        monkeypatch.setattr(module, "grid", lambda search=search: search)
        x, y = clouds(3, n, seed=1).requires_grad_(), clouds(3, m, seed=2).requires_grad_()
        value = chamfer(x, y)
        (value * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
        found.append((value.detach(), x.grad, y.grad))
    for by_grid, by_trees in zip(*found, strict=True):
        torch.testing.assert_close(by_grid, by_trees, atol=1e-5, rtol=1e-5)


def test_displacement_is_that_of_the_codec(residual: Model) -> None:
    """The same for a batch as `Matching` has for one cloud; and points that follow it are nearer."""
    few = clouds(4, 90, seed=5)
    matchings = [Matching(residual, cloud.numpy()) for cloud in few]
    codes = np.random.default_rng(0).integers(0, 256, (4, residual.bits // 8), np.uint8)
    states = [matching.at(signs_of(code)) for matching, code in zip(matchings, codes, strict=True)]
    decoded = torch.from_numpy(np.stack([state.decoded for state in states]))
    found = displacement(decoded, few)
    for one, matching, state in zip(found, matchings, states, strict=True):
        np.testing.assert_allclose(one, matching.displacement(state), atol=1e-5)
    assert (chamfer(decoded + found, few) < chamfer(decoded, few)).all()


def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "pcbin.metrics.neighbour_grid", raising=False)
    monkeypatch.delattr("pcbin.metrics.neighbour_grid", raising=False)
    grid.cache_clear()
    try:
        assert grid() is None
        x, y = clouds(2, 20, seed=1), clouds(2, 30, seed=2)
        torch.testing.assert_close(chamfer(x, y), brute(x, y))
    finally:
        grid.cache_clear()

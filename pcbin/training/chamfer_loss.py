"""The Chamfer distance in torch, a training loss: neighbours found without gradients, then gathered pairs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import torch
from scipy.spatial import cKDTree

BLOCK = 1024
"""Rows of the distance matrix held at once on a GPU."""


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, torch.get_num_threads()))


Search = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@lru_cache(maxsize=1)
def _grid() -> Search | None:
    """The fast search; None without numba, which is not there for every Python that torch is there for."""
    try:
        from pcbin.training.neighbour_grid import nearest
    except ImportError:
        return None
    return lambda x, y: (nearest(x, y), nearest(y, x))


def _tree_neighbours(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # unbalanced trees are built faster and searched as fast on surface samples
    tree_x = cKDTree(x, balanced_tree=False, compact_nodes=False)
    tree_y = cKDTree(y, balanced_tree=False, compact_nodes=False)
    return tree_y.query(x)[1], tree_x.query(y)[1]


@torch.no_grad()
def neighbours(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For (B, N, 3) x and (B, M, 3) y: the row of y nearest to each x (B, N), and of x nearest to each y (B,
    M).
    """
    if x.device.type == "cpu":
        single = x.dtype == y.dtype == torch.float32
        search = (_grid() if single else None) or _tree_neighbours
        pairs = list(_threads().map(search, x.contiguous().numpy(), y.contiguous().numpy()))
        return (
            torch.from_numpy(np.stack([a for a, _ in pairs])).long(),
            torch.from_numpy(np.stack([b for _, b in pairs])).long(),
        )
    return _blocked(x, y), _blocked(y, x)


def _blocked(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    exact = "donot_use_mm_for_euclid_dist"  # |x|^2 - 2 x y + |y|^2 cancels where points are near
    parts = [torch.cdist(rows, y, compute_mode=exact).argmin(dim=2) for rows in torch.split(x, BLOCK, dim=1)]
    return torch.cat(parts, dim=1)


def chamfer(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """(B,): mean_x min_y |x-y|^2 + mean_y min_x |x-y|^2, differentiable in both clouds (B, N, 3), (B, M,
    3).
    """
    to_y, to_x = neighbours(x.detach(), y.detach())
    near_y = y.gather(1, to_y[:, :, None].expand(-1, -1, 3))
    near_x = x.gather(1, to_x[:, :, None].expand(-1, -1, 3))
    return (x - near_y).square().sum(-1).mean(-1) + (y - near_x).square().sum(-1).mean(-1)


@torch.no_grad()
def displacement(points: torch.Tensor, clouds: torch.Tensor) -> torch.Tensor:
    """(B, M, 3): from each of (B, M, 3) points to where the Chamfer distance to (B, N, 3) clouds is least,
    nearest neighbours held: `pcbin.coding.matching.Matching.displacement` for a batch.
    """
    to_point, to_cloud = neighbours(clouds, points)
    n, m = clouds.shape[1], points.shape[1]
    uses = points.new_full(points.shape[:2], 1 / m)
    uses = uses.scatter_add(1, to_point, points.new_full(to_point.shape, 1 / n))
    pulled = clouds.gather(1, to_cloud[..., None].expand(-1, -1, 3)) / m
    pulled = pulled.scatter_add(1, to_point[..., None].expand(-1, -1, 3), clouds / n)
    return pulled / uses[..., None] - points

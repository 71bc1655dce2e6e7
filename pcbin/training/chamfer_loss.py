"""The Chamfer distance in torch, a training loss: neighbours found without gradients, then gathered pairs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import torch

from pcbin.metrics.neighbours import both, grid

BLOCK = 1024
"""Rows of the distance matrix held at once on a GPU."""


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, torch.get_num_threads()))


def _nearest_rows(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    search = grid()
    if search is None:
        found = both(x, y)
        return found[0].rows, found[1].rows
    (_, to_y), (_, to_x) = search(x, y)
    return to_y, to_x


@torch.no_grad()
def neighbours(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For (B, N, 3) x and (B, M, 3) y: the row of y nearest to each x (B, N), and of x nearest to each y (B,
    M).
    """
    if x.device.type == "cpu":
        pairs = list(_threads().map(_nearest_rows, x.contiguous().numpy(), y.contiguous().numpy()))
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

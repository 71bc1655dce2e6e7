"""Tubes, bands and sheets along curves, and the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pcbin.datasets.generated.parts import Array, Mask, Part, Vector
from pcbin.datasets.generated.solids import closed, framed, quads


def tube(path: Any, radius: Any, sides: int = 10, *, loop: bool = False) -> Part:
    """A round tube along a path (M, 3); one radius, or one for each point. loop: its ends meet."""
    points = np.asarray(path, float)
    if loop:
        points = np.concatenate([points, points[:1]])
    radii = np.broadcast_to(np.asarray(radius, float), (len(points),))
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    grid = _swept(points, circle[None] * radii[:, None, None], None, loop=loop)

    def inside(p: Array, m: float) -> Mask:
        a, step = points[:-1], np.diff(points, axis=0)
        t = ((p[:, None] - a) * step).sum(axis=2) / np.maximum((step * step).sum(axis=1), 1e-12)
        t = np.clip(t, 0, 1)
        off = p[:, None] - a - t[..., None] * step
        reach = np.maximum(radii[:-1] + t * np.diff(radii) - m, 0)
        near = np.asarray(((off * off).sum(axis=2) < reach * reach).any(axis=1))
        if not loop:  # the ends are flat
            for end, way, r in ((points[0], step[0], radii[0]), (points[-1], -step[-1], radii[-1])):
                out = p - end
                beyond = out @ way < m * np.linalg.norm(way)
                near &= ~(beyond & ((out * out).sum(axis=1) < 2 * r * r))
        return near

    return Part(quads(grid), inside)


def sweep(
    path: Any, outline: Any, side: Vector | None = None, grow: Any = 1.0, *, loop: bool = False
) -> Part:
    """An outline (K, 2) carried along a path (M, 3): its x along `side`, its y across; ends are capped.

    side: a direction that the path never takes; without it, frames turn as little as they can.
    grow: the outline's scale, one for all or (M,) or (M, 2). loop: the path's ends meet.
    """
    points, section = np.asarray(path, float), np.asarray(outline, float)
    if loop:
        points = np.concatenate([points, points[:1]])
    scale = np.asarray(grow, float)
    scale = scale[:, None] if scale.ndim == 1 else scale
    scale = np.broadcast_to(scale, (len(points), 2))
    return Part(quads(_swept(points, closed(section)[None] * scale[:, None, :], side, loop=loop)))


def _swept(points: Array, sections: Array, side: Vector | None, *, loop: bool) -> Array:
    """(M, K, 2) sections along (M, 3) points as a grid of points, with the ends drawn to their middles."""
    along = np.gradient(points, axis=0)
    if loop:
        along[0] = along[-1] = points[1] - points[-2]
    else:  # mitred corners keep the width of a tube that is bent sharply
        pass
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    frames = []
    direction: Vector = (0.31, 0.17, 0.93) if side is None else side
    for tangent in along:
        frames.append(framed(tangent, direction))
        if side is None:
            direction = frames[-1][0]
    frame = np.stack(frames)
    grid = points[:, None] + sections[..., :1] * frame[:, None, 0] + sections[..., 1:] * frame[:, None, 1]
    if loop:
        grid[-1] = grid[0]
        return np.asarray(grid)
    ends = [
        np.repeat(g.mean(axis=0)[None], grid.shape[1], axis=0)[None] for g in (grid[0, :-1], grid[-1, :-1])
    ]
    return np.concatenate([ends[0], grid, ends[1]])


def rectangle(width: float, height: float) -> Array:
    """(4, 2) outline about the origin."""
    return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * [width / 2, height / 2]


def rounded(width: float, height: float, radius: float, fine: int = 4) -> Array:
    """(4 fine, 2) rectangle with round corners about the origin."""
    r = min(radius, width / 2, height / 2)
    angle = np.linspace(0, np.pi / 2, fine)
    corners = []
    for k, (x, y) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        turned = angle + k * np.pi / 2
        corners.append(
            np.stack(
                [x * (width / 2 - r) + r * np.cos(turned), y * (height / 2 - r) + r * np.sin(turned)], axis=1
            )
        )
    return np.concatenate(corners)


def smooth(corners: Any, fine: int = 6, *, loop: bool = False) -> Array:
    """A curve through points (M, D), by Catmull and Rom's spline, `fine` points for each stretch."""
    p = np.asarray(corners, float)
    padded = (
        np.concatenate([p[-1:], p, p[:2]])
        if loop
        else np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    )
    a, b, c, d = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = (np.arange(fine) / fine)[:, None]
    curve = [
        0.5
        * (
            2 * b[k]
            + (c[k] - a[k]) * t
            + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t**2
            + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t**3
        )
        for k in range(len(a))
    ]
    return np.concatenate(curve if loop else [*curve, p[-1:]])


def filleted(corners: Any, radius: float, fine: int = 5, *, loop: bool = False) -> Array:
    """A polyline (M, 3) whose corners are rounded, by quadratic curves that begin `radius` before them."""
    p = np.asarray(corners, float)
    count = len(p)
    points = [] if loop else [p[:1]]
    t = np.linspace(0, 1, fine)[:, None]
    for k in range(count) if loop else range(1, count - 1):
        back, on = p[k - 1] - p[k], p[(k + 1) % count] - p[k]
        before, after = np.linalg.norm(back), np.linalg.norm(on)
        r = min(radius, 0.49 * before, 0.49 * after)
        start, end = p[k] + back * r / before, p[k] + on * r / after
        points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * p[k] + t**2 * end)
    return np.concatenate(points if loop else [*points, p[-1:]])


def arc(radius: float, start: float, end: float, fine: int = 12, axes: tuple[int, int] = (0, 2)) -> Array:
    """(fine, 3) points of a circle about the origin in the plane of two axes; angles in degrees."""
    angle = np.radians(np.linspace(start, end, fine))
    points = np.zeros((fine, 3))
    points[:, axes[0]], points[:, axes[1]] = radius * np.cos(angle), radius * np.sin(angle)
    return points


def shell(profile: Any, widths: Any, cups: Any, thickness: float) -> Part:
    """A curved plate: a profile (M, 2) of z and y, widened along x and raised towards its sides.

    widths, cups: (M,) the width at each point of the profile, and how far its sides stand out of the
    profile, to the left of its direction.
    """
    line, wide, cup = (np.asarray(a, float) for a in (profile, widths, cups))
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across = np.linspace(-1, 1, 13)
    rise = cup[:, None] * across**2
    sheet = np.empty((2, len(line), len(across), 3))
    for k, offset in enumerate((thickness / 2, -thickness / 2)):
        flat = line[:, None] + normal[:, None] * (rise + offset)[..., None]
        sheet[k] = np.stack([wide[:, None] / 2 * across + 0 * rise, flat[..., 1], flat[..., 0]], axis=-1)
    loop = np.concatenate([sheet[0], sheet[1][:, ::-1], sheet[0][:, :1]], axis=1)
    ends = [quads(sheet[:, row]) for row in (0, -1)]
    return Part(np.concatenate([quads(loop), *ends]))


def wall(path: Any, thickness: float, low: Any, high: Any) -> Part:
    """An upright wall along a path (M, 2) of x and z, between heights low and high, each one or (M,)."""
    line = np.asarray(path, float)
    bottom, top = (np.broadcast_to(np.asarray(y, float), (len(line),)) for y in (low, high))
    points = np.stack([line[:, 0], (bottom + top) / 2, line[:, 1]], axis=1)
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    out = np.stack([-along[:, 1], 0 * along[:, 0], along[:, 0]], axis=1) * thickness / 2
    half = np.stack([0 * top, (top - bottom) / 2, 0 * top], axis=1)
    ring = np.stack(
        [points + out - half, points + out + half, points - out + half, points - out - half], axis=1
    )
    grid = np.concatenate([ring, ring[:, :1]], axis=1)
    ends = [row[[[0, 1, 2], [0, 2, 3]]] for row in (ring[0], ring[-1])]
    return Part(np.concatenate([quads(grid), *ends]))


def loft(rows: Sequence[Array]) -> Part:
    """Rings (K, 3) joined one to the next; the first is filled, the last one is left as it is."""
    middle = np.repeat(rows[0].mean(axis=0)[None], len(rows[0]), axis=0)
    return Part(quads(np.stack([closed(row) for row in [middle, *rows]])))

"""Closed solids: boxes, rods, lathe-turned and extruded bodies, ellipsoids, rings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.datasets.generated.parts import Array, Mask, Part, Vector

SIDES = 24
"""Of what is round."""


def quads(grid: Array) -> Array:
    """(M, K, 3) grid of points as (2 (M - 1) (K - 1), 3, 3) triangles."""
    a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
    pairs = np.stack([np.stack([a, b, c], axis=2), np.stack([a, c, d], axis=2)])
    return np.asarray(pairs.reshape(-1, 3, 3))


def closed(ring: Array) -> Array:
    """A ring of points with its first one repeated."""
    return np.concatenate([ring, ring[:1]])


def box(at: Vector, size: Vector) -> Part:
    """A box by its centre and its three sizes."""
    centre, half = np.asarray(at, float), np.asarray(size, float) / 2
    return Part(centre + half * _BOX, lambda p, m: np.asarray((np.abs(p - centre) < half - m).all(axis=-1)))


def _unit_box() -> Array:
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return signs[[corners for a, b, c, d in faces for corners in ((a, b, c), (a, c, d))]]


_BOX = _unit_box()


def bar(
    a: Vector, b: Vector, width: float, depth: float | None = None, end: float = 1.0, side: Vector = (1, 0, 0)
) -> Part:
    """A bar of rectangular section from a to b.

    width, depth: of the section at a, along `side` (made perpendicular to the bar) and across it.
    end: the section at b as a fraction of that at a.
    """
    start, axis = np.asarray(a, float), np.asarray(b, float) - np.asarray(a, float)
    length = float(np.linalg.norm(axis))
    w, d = width / 2, (width if depth is None else depth) / 2
    frame = framed(axis / length, side)

    def local(p: Array) -> Array:
        return np.asarray((p - start) @ frame.T)

    def inside(p: Array, m: float) -> Mask:
        u, v, t = np.moveaxis(local(p), -1, 0)
        f = 1 + (end - 1) * np.clip(t / length, 0, 1)
        return np.asarray((t > m) & (t < length - m) & (np.abs(u) < w * f - m) & (np.abs(v) < d * f - m))

    cube = (_BOX + [0, 0, 1]) / [1, 1, 2]  # the axis along z, from 0 to 1
    grown = cube * [w, d, length]
    grown[..., :2] *= (1 + (end - 1) * cube[..., 2])[..., None]
    return Part(grown @ frame + start, inside)


def framed(axis: Array, side: Vector) -> Array:
    """(3, 3) rows: `side` made perpendicular to a unit axis, the third direction, the axis."""
    u = np.asarray(side, float) - (np.asarray(side, float) @ axis) * axis
    if u @ u < 1e-9:  # along the axis: any perpendicular will do
        u = np.eye(3)[np.argmin(np.abs(axis))]
        u = u - (u @ axis) * axis
    u = u / np.linalg.norm(u)
    return np.stack([u, np.cross(axis, u), axis])


def rod(a: Vector, b: Vector, radius: float, end: float | None = None, sides: int = 12) -> Part:
    """A cylinder or a truncated cone from a to b; `end` is the radius at b."""
    start, axis = np.asarray(a, float), np.asarray(b, float) - np.asarray(a, float)
    length = float(np.linalg.norm(axis))
    last = radius if end is None else end
    frame = framed(axis / length, (1, 0, 0))
    profile = [(0, 0), (radius, 0), (last, length), (0, length)]

    def inside(p: Array, m: float) -> Mask:
        u, v, t = np.moveaxis((p - start) @ frame.T, -1, 0)
        r = radius + (last - radius) * np.clip(t / length, 0, 1) - m
        return np.asarray((t > m) & (t < length - m) & (u * u + v * v < np.maximum(r, 0) ** 2))

    return Part(quads(_revolved(profile, sides)[..., [0, 2, 1]]) @ frame + start, inside)


def _revolved(profile: Any, sides: int) -> Array:
    """(M, 2) radii and heights as a grid (M, sides + 1, 3) about y."""
    r, y = np.asarray(profile, float).T
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    return np.stack(
        [r[:, None] * np.cos(angle), np.repeat(y[:, None], sides + 1, axis=1), r[:, None] * np.sin(angle)],
        axis=-1,
    )


def lathe(profile: Any, at: Vector = (0, 0, 0), sides: int = SIDES) -> Part:
    """A body turned about y: (M, 2) radii and heights from one end of the axis to the other, or closed."""
    outline, centre = np.asarray(profile, float), np.asarray(at, float)

    def inside(p: Array, m: float) -> Mask:
        q = p - centre
        flat = np.stack([np.hypot(q[..., 0], q[..., 2]), q[..., 1]], axis=-1)
        return in_polygon(flat, outline, m)

    return Part(quads(_revolved(outline, sides)) + centre, inside)


def in_polygon(p: Array, corners: Array, margin: float = 0.0) -> Mask:
    """(N,): which of (N, 2) points lie in a polygon (M, 2), by the parity of crossings, off its edges."""
    a, b = corners, np.roll(corners, -1, axis=0)
    x, y = p[:, :1], p[:, 1:]
    rise = b[:, 1] - a[:, 1]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / rise
    inside = np.asarray((spans & (x < cross)).sum(axis=1) % 2 == 1)
    if margin:
        edge = b - a
        t = ((p[:, None] - a) * edge).sum(axis=2) / np.maximum((edge * edge).sum(axis=1), 1e-12)
        off = p[:, None] - a - np.clip(t, 0, 1)[..., None] * edge
        near = ((off * off).sum(axis=2) < margin * margin).any(axis=1)
        inside = inside & ~near if margin > 0 else inside | near
    return inside


def extrude(outline: Any, height: float, axis: int = 1, at: Vector = (0, 0, 0)) -> Part:
    """A simple polygon (M, 2) extruded along an axis, its middle at `at`.

    The polygon lies in the plane of the other two axes: (x, z) for y, (x, y) for z, (z, y) for x.
    """
    corners, centre = np.asarray(outline, float), np.asarray(at, float)
    i, j = {0: (2, 1), 1: (0, 2), 2: (0, 1)}[axis]

    def lifted(flat: Array, level: float) -> Array:
        points = np.full((*flat.shape[:-1], 3), level)
        points[..., i], points[..., j] = flat[..., 0], flat[..., 1]
        return points

    def inside(p: Array, m: float) -> Mask:
        q = p - centre
        found = np.abs(q[..., axis]) < height / 2 - m
        found[found] = in_polygon(q[found][:, [i, j]], corners, m)
        return np.asarray(found)

    ring = closed(corners)
    side = quads(np.stack([lifted(ring, -height / 2), lifted(ring, height / 2)]))
    cap = triangulate(corners)
    caps = [lifted(cap, level) for level in (-height / 2, height / 2)]
    return Part(np.concatenate([side, *caps]) + centre, inside)


def triangulate(corners: Array) -> Array:
    """(T, 3, 2) triangles of a simple polygon (M, 2), by cutting off its ears."""
    x, y = corners.T
    if float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) < 0:
        corners = corners[::-1]
    step = np.roll(corners, -1, axis=0) - corners
    if (_cross(step, np.roll(step, -1, axis=0)) >= 0).all():  # convex
        hub = np.broadcast_to(corners[0], (len(corners) - 2, 2))
        return np.stack([hub, corners[1:-1], corners[2:]], axis=1)
    left, ears = list(range(len(corners))), []
    while len(left) > 3:
        ear = next((k for k in range(len(left)) if _is_ear(corners, left, k)), 0)
        ears.append([left[ear - 1], left[ear], left[(ear + 1) % len(left)]])
        del left[ear]
    return corners[[*ears, left]]


def _cross(u: Array, v: Array) -> Array:
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])


def _is_ear(corners: Array, left: list[int], k: int) -> bool:
    a, b, c = corners[left[k - 1]], corners[left[k]], corners[left[(k + 1) % len(left)]]
    if _cross(b - a, c - b) <= 0:
        return False
    others = corners[[n for n in left if n not in (left[k - 1], left[k], left[(k + 1) % len(left)])]]
    within = (
        (_cross(b - a, others - a) > 0) & (_cross(c - b, others - b) > 0) & (_cross(a - c, others - c) > 0)
    )
    return not bool(within.any())


def ball(at: Vector, radii: float | Vector, square: float = 2.0, flat: float | None = None) -> Part:
    """An ellipsoid, or a superellipsoid: a cushion or a rounded block.

    square: the exponent of its horizontal sections, 2 for ellipses, larger for rounded rectangles.
    flat: that of its vertical sections; the same where it is not given.
    """
    centre = np.asarray(at, float)
    axes = np.full(3, radii, float) if isinstance(radii, float | int) else np.asarray(radii, float)
    e, n = square, square if flat is None else flat
    fine = 18 if max(e, n) < 3 else 24
    angle, tilt = np.linspace(-np.pi, np.pi, fine + 1), np.linspace(-np.pi / 2, np.pi / 2, fine // 2 + 1)

    def power(values: Array, exponent: float) -> Array:
        return np.asarray(np.sign(values) * np.abs(values) ** (2 / exponent))

    ring = power(np.cos(tilt), n)[:, None]
    level = np.broadcast_to(power(np.sin(tilt), n)[:, None], (len(tilt), len(angle)))
    grid = np.stack([ring * power(np.cos(angle), e), level, ring * power(np.sin(angle), e)], axis=-1)

    def inside(p: Array, m: float) -> Mask:
        x, y, z = np.abs(np.moveaxis((p - centre) / np.maximum(axes - m, 1e-9), -1, 0))
        return np.asarray(
            (np.minimum(x, 2) ** e + np.minimum(z, 2) ** e) ** (n / e) + np.minimum(y, 2) ** n < 1
        )

    return Part(quads(grid) * axes + centre, inside)


def rounded_box(at: Vector, size: Vector, radius: float) -> Part:
    """A box with round edges."""
    centre, half = np.asarray(at, float), np.asarray(size, float) / 2
    r = min(radius, 0.98 * float(half.min()))
    core = half - r
    quarter = np.linspace(0, np.pi / 2, 4)
    angle = np.concatenate([quarter + k * np.pi / 2 for k in range(4)] + [[2 * np.pi]])
    tilt = np.concatenate([quarter - np.pi / 2, quarter])
    sign = np.repeat([(1, 1), (-1, 1), (-1, -1), (1, -1), (1, 1)], [4, 4, 4, 4, 1], axis=0)
    up = np.repeat([-1.0, 1.0], 4)
    x = core[0] * sign[:, 0] + r * np.cos(tilt)[:, None] * np.cos(angle)
    z = core[2] * sign[:, 1] + r * np.cos(tilt)[:, None] * np.sin(angle)
    y = np.broadcast_to((core[1] * up + r * np.sin(tilt))[:, None], x.shape)
    side = quads(np.stack([x, y, z], axis=-1))
    flat = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * core[[0, 2]]
    caps = []
    for level in (-half[1], half[1]):
        corners = np.insert(flat, 1, level, axis=1)
        caps += [corners[[0, 1, 2]], corners[[0, 2, 3]]]

    def inside(p: Array, m: float) -> Mask:
        off = np.maximum(np.abs(p - centre) - core, 0)
        return np.asarray((off * off).sum(axis=-1) < max(r - m, 0) ** 2)

    return Part(np.concatenate([side, np.stack(caps)]) + centre, inside)


def ring(at: Vector, radius: float, thickness: float, axis: int = 1, sides: int = SIDES) -> Part:
    """A torus: the radius of its circle and that of its tube."""
    centre = np.asarray(at, float)
    angle, small = np.linspace(0, 2 * np.pi, sides + 1)[:, None], np.linspace(0, 2 * np.pi, 11)
    reach = radius + thickness * np.cos(small)
    level = np.broadcast_to(thickness * np.sin(small), (sides + 1, 11))
    order = np.argsort([(axis + 1) % 3, axis, (axis + 2) % 3])
    grid = np.stack([reach * np.cos(angle), level, reach * np.sin(angle)], axis=-1)[..., order]

    def inside(p: Array, m: float) -> Mask:
        q = p - centre
        wide = np.hypot(q[..., (axis + 1) % 3], q[..., (axis + 2) % 3]) - radius
        return np.asarray(wide**2 + q[..., axis] ** 2 < max(thickness - m, 0) ** 2)

    return Part(quads(grid) + centre, inside)


def hull(bottom: Any, top: Any) -> Part:
    """A solid between two convex outlines (K, 3) of equally many corners, each at one height."""
    low, high = np.asarray(bottom, float), np.asarray(top, float)
    y0, y1 = float(low[0, 1]), float(high[0, 1])

    def inside(p: Array, m: float) -> Mask:
        t = (p[:, 1] - y0) / (y1 - y0)
        found = (t > m / (y1 - y0)) & (t < 1 - m / (y1 - y0))
        f = t[found][:, None, None]
        ring = (low[:, [0, 2]] * (1 - f) + high[:, [0, 2]] * f).transpose(1, 0, 2)
        step = np.roll(ring, -1, axis=0) - ring
        off = _cross(step, p[found][:, [0, 2]] - ring) / np.maximum(np.linalg.norm(step, axis=2), 1e-9)
        found[found] = (off > m).all(axis=0) | (off < -m).all(axis=0)
        return np.asarray(found)

    side = quads(np.stack([closed(low), closed(high)]))
    caps = [np.stack([np.broadcast_to(c[0], c[1:-1].shape), c[1:-1], c[2:]], axis=1) for c in (low, high)]
    return Part(np.concatenate([side, *caps]), inside)


def prism(x: float, z: float, y0: float, y1: float, top: float = 1.0, at: Sequence[float] = (0, 0)) -> Part:
    """A box with a rectangle x by z at y0 and `top` times that at y1: a truncated pyramid."""
    flat = np.array([(-x, -z), (x, -z), (x, z), (-x, z)]) / 2
    low, high = (np.insert(flat * f + np.asarray(at), 1, y, axis=1) for f, y in ((1, y0), (top, y1)))
    return hull(low, high)


def regular(sides: int, radius: float, start: float = 0.0) -> npt.NDArray[np.float64]:
    """(sides, 2) corners of a regular polygon; `start` in degrees."""
    angle = 2 * np.pi * np.arange(sides) / sides + np.radians(start)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)

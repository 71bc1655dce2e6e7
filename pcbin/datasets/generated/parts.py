"""Parts of a shape: triangles, with a test of what lies inside where the part is a closed solid.

Every kind's program builds a list of parts from the solids beside this module and places them with the
functions here. Lengths are in any unit; y is up and the front looks along +z.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Vector: TypeAlias = Sequence[float] | Array

Inside: TypeAlias = Callable[[Array, float], Mask]
"""(points (N, 3), margin) -> (N,): what lies inside by more than the margin; a negative one widens."""

Warp: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Part:
    """A surface, sampled evenly by area.

    triangles: (T, 3, 3), corners of T triangles.
    inside: of a closed solid; points of other parts well inside it are no surface of the union.
    keep: which points of this part's own surface are there; holes are cut with it.
    """

    triangles: Array
    inside: Inside | None = None
    keep: Callable[[Array], Mask] | None = None


Parts: TypeAlias = list[Part]


def transformed(parts: Sequence[Part], matrix: Any, offset: Vector = (0, 0, 0)) -> Parts:
    """Parts under x -> matrix x + offset."""
    forward, shift = np.asarray(matrix, float), np.asarray(offset, float)
    backward = np.linalg.inv(forward).T
    scale = abs(float(np.linalg.det(forward))) ** (1 / 3)
    return _mapped(parts, lambda p: p @ forward.T + shift, lambda p: (p - shift) @ backward, scale)


def move(parts: Sequence[Part], x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Parts:
    """Parts elsewhere."""
    shift = np.array([x, y, z], float)
    return _mapped(parts, lambda p: p + shift, lambda p: p - shift)


def turn(parts: Sequence[Part], axis: int, degrees: float, about: Vector = (0, 0, 0)) -> Parts:
    """Parts rotated about an axis (0, 1, 2) through a point, counter-clockwise seen from the axis' tip."""
    matrix, centre = rotation(axis, degrees), np.asarray(about, float)
    return transformed(parts, matrix, centre - matrix @ centre)


def stretch(parts: Sequence[Part], x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Parts:
    """Parts scaled along the axes; -1 mirrors."""
    return transformed(parts, np.diag([x, y, z]))


def both_sides(parts: Sequence[Part], axis: int = 0) -> Parts:
    """Parts and their mirror images."""
    signs = [1.0, 1.0, 1.0]
    signs[axis] = -1.0
    return [*parts, *stretch(parts, *signs)]


def around(parts: Sequence[Part], count: int, axis: int = 1, start: float = 0.0) -> Parts:
    """`count` copies, turned evenly about an axis."""
    return [one for k in range(count) for one in turn(parts, axis, start + 360.0 * k / count)]


def copies(parts: Sequence[Part], offsets: Sequence[Vector]) -> Parts:
    """A copy of the parts at each offset."""
    return [one for x, y, z in offsets for one in move(parts, x, y, z)]


def rotation(axis: int, degrees: float) -> Array:
    """(3, 3) matrix of `turn`."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix


def bend(parts: Sequence[Part], angle: float, length: float, along: int = 0, toward: int = 2) -> Parts:
    """Parts bent to an arc: what had `length` along one axis turns by `angle` degrees toward another.

    The plane of the other axis' origin keeps its lengths.
    """
    k = np.radians(angle) / length
    if abs(k) * length < 1e-3:
        return list(parts)

    def forward(p: Array) -> Array:
        q: Array = p.copy()
        radius = 1 / k - p[..., toward]
        q[..., along] = np.sin(k * p[..., along]) * radius
        q[..., toward] = 1 / k - np.cos(k * p[..., along]) * radius
        return q

    def backward(q: Array) -> Array:
        p: Array = q.copy()
        rest = 1 / k - q[..., toward]
        sign = np.sign(k)
        p[..., along] = np.arctan2(sign * q[..., along], sign * rest) / k
        p[..., toward] = 1 / k - sign * np.hypot(q[..., along], rest)
        return p

    return _mapped(_finer(parts, max(length / 4, length * 12 / max(abs(angle), 1.0))), forward, backward)


def taper(parts: Sequence[Part], top: float, height: float, axes: Sequence[int] = (0, 2)) -> Parts:
    """Parts whose extent along `axes` shrinks from y = 0 to a fraction `top` at y = `height`."""

    def factor(p: Array) -> Array:
        return np.asarray(1 + (top - 1) * np.clip(p[..., 1] / height, -0.2, 1.2))

    def forward(p: Array) -> Array:
        q: Array = p.copy()
        for axis in axes:
            q[..., axis] *= factor(p)
        return q

    def backward(q: Array) -> Array:
        p: Array = q.copy()
        for axis in axes:
            p[..., axis] /= factor(q)
        return p

    return _mapped(_finer(parts, abs(height) / 3), forward, backward)


def twist(parts: Sequence[Part], angle: float, height: float) -> Parts:
    """Parts turned about y by an angle in degrees that grows with y."""
    k = np.radians(angle) / height

    def rotated(p: Array, sign: float) -> Array:
        c, s = np.cos(sign * k * p[..., 1]), np.sin(sign * k * p[..., 1])
        return np.stack([c * p[..., 0] + s * p[..., 2], p[..., 1], c * p[..., 2] - s * p[..., 0]], axis=-1)

    return _mapped(_finer(parts, height / 6), lambda p: rotated(p, 1.0), lambda p: rotated(p, -1.0))


def wobble(parts: Sequence[Part], rng: np.random.Generator, amount: float, wave: float) -> Parts:
    """Parts displaced by a smooth random field, as grown things are.

    amount: the displacement's size, small against `wave`, the length over which it changes.
    """
    waves = rng.standard_normal((4, 3)) * 2 / wave
    phases, pushes = rng.uniform(0, 2 * np.pi, 4), rng.standard_normal((4, 3)) * amount / 2

    def field(p: Array) -> Array:
        return np.asarray(np.sin(p @ waves.T + phases) @ pushes)

    return _mapped(_finer(parts, wave / 2), lambda p: p + field(p), lambda p: p - field(p))


def cut(body: Sequence[Part], *holes: Part) -> Parts:
    """Solids without the solids `holes`; the walls of the holes are part of the surface."""
    parts = list(body)
    for hole in holes:
        removed = hole.inside
        if removed is None:
            raise ValueError("only a closed solid can be cut out")
        walls = [
            Part(hole.triangles, None, _all(hole.keep, _within(part.inside)))
            for part in parts
            if part.inside is not None
        ]
        parts = [
            Part(
                part.triangles,
                None if part.inside is None else _less(part.inside, removed),
                _all(part.keep, _without(removed)),
            )
            for part in parts
        ]
        parts += walls
    return parts


def _within(inside: Inside) -> Callable[[Array], Mask]:
    return lambda p: inside(p, 0.0)


def _without(inside: Inside) -> Callable[[Array], Mask]:
    return lambda p: ~inside(p, 0.0)


def _less(inside: Inside, removed: Inside) -> Inside:
    return lambda p, margin: inside(p, margin) & ~removed(p, -margin)


def _all(first: Callable[[Array], Mask] | None, second: Callable[[Array], Mask]) -> Callable[[Array], Mask]:
    return second if first is None else lambda p: first(p) & second(p)


def _mapped(parts: Sequence[Part], forward: Warp, backward: Warp, scale: float = 1.0) -> Parts:
    """Parts whose triangles went through `forward`; tests undo it."""

    def inside(test: Inside) -> Inside:
        return lambda p, margin: test(backward(p), margin / scale)

    def keep(test: Callable[[Array], Mask]) -> Callable[[Array], Mask]:
        return lambda p: test(backward(p))

    return [
        Part(
            forward(part.triangles),
            None if part.inside is None else inside(part.inside),
            None if part.keep is None else keep(part.keep),
        )
        for part in parts
    ]


def _finer(parts: Sequence[Part], edge: float) -> Parts:
    """Parts whose triangles are quartered until their edges are at most `edge` long; four times at most."""
    fine = []
    for part in parts:
        triangles = part.triangles
        for _ in range(4):
            sides = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2).max(axis=1)
            long = sides > edge
            if not long.any():
                break
            a, b, c = np.moveaxis(triangles[long], 1, 0)
            ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
            quarters = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
            triangles = np.concatenate([triangles[~long], *(np.stack(q, axis=1) for q in quarters)])
        fine.append(replace(part, triangles=triangles))
    return fine

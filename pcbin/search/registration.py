"""Whether one cloud is a copy of another: moved, scaled, turned, mirrored or sampled again.

The second cloud is laid over the first by a similarity transform. Frames that both clouds suggest
(`pcbin.coding.frames`) give some hundred ways to do it; a grid of distances ranks them with few points, and
iterated closest points (to planes: Chen and Medioni, 1992) refine the best.
"""

from __future__ import annotations

from functools import cached_property
from itertools import permutations, product
from typing import Any, NamedTuple

import numpy as np

from pcbin.arrays import Float32, Float64, as_points
from pcbin.coding import frames
from pcbin.errors import InputError
from pcbin.metrics import chamfer, tree

MOST_POINTS = 1024
"""Of each cloud that is compared; more are thinned at random."""
LEAST_POINTS = 32
"""Fewer say nothing about a surface."""
COARSE, MIDDLE = 96, 256
"""Points that ways are ranked with, and that the best are refined with first."""
CELLS = 40
"""Along each side of the grid of distances."""
FAR = 0.6
"""Distances are cut off here, in root mean square distances from the centre."""
SPINS = 6
"""Frames within a quarter turn about an axis that a shape is round about."""
ROUND = 0.12
"""Relative difference of two principal spreads below which the axes between them are arbitrary."""
TRIED, KEPT = 5, 2
"""Ways that are refined with few points, then with all."""
NEIGHBOURS = 12
"""Points that a plane is fitted to."""
SPACING = 3.0
"""Steps between samples, in standard deviations, that are no distance: the nearest sample is beside."""

SIGNED: Float64 = np.array(
    [
        np.eye(3)[list(order)] * np.array(signs)[:, None]
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]
)
"""(48, 3, 3): the rotations that map the axes onto one another, and their mirror images."""


class Registration(NamedTuple):
    """How one cloud lies over another, and how far they are apart there."""

    distance: float
    """Root mean square distance between the two surfaces, in box diagonals of the first cloud: to the planes
    of the other's nearest points, so that it does not matter where on a surface the samples lie."""
    chamfer: float
    """As `pcbin.metrics.chamfer`, the first cloud scaled to a unit box diagonal; sampling enters it."""
    transform: Float64
    """(4, 4): takes the second cloud, as homogeneous columns, to where it lies over the first."""

    @property
    def mirrored(self) -> bool:
        """Whether the second cloud is a mirror image of the first."""
        return bool(np.linalg.det(self.transform[:3, :3]) < 0)

    @property
    def scale(self) -> float:
        """How many times larger the first cloud is than the second."""
        return float(abs(np.linalg.det(self.transform[:3, :3])) ** (1 / 3))


class Surface:
    """A cloud as it is compared, with what is known about it once.

    Args:
        points: (N, 3), anything that is a cloud.
        name: Of the cloud in messages.

    Raises:
        InputError: Not a cloud, or one without extent or of too few points.
    """

    def __init__(self, points: Any, *, name: str = "points") -> None:
        given = as_points(points, what=name)
        if len(given) < LEAST_POINTS:
            raise InputError(f"{name}: {len(given)} points; pass at least {LEAST_POINTS} to compare shapes")
        # in random order: the first n are a sample of the surface
        given = given[np.random.default_rng(0).permutation(len(given))[:MOST_POINTS]]
        self.center: Float64 = given.mean(axis=0)
        centred = given - self.center
        self.unit = float(np.sqrt((centred**2).sum(axis=1).mean()))
        if not self.unit > np.finfo(np.float64).tiny or not np.isfinite(self.unit):
            raise InputError(f"{name}: a cloud without extent; pass points of a surface")
        self.points: Float64 = centred / self.unit
        self.diagonal = float(np.linalg.norm(np.ptp(self.points, axis=0)))

    @cached_property
    def tree(self) -> Any:
        return tree(self.points)

    @cached_property
    def middle_tree(self) -> Any:
        return tree(self.points[:MIDDLE])

    @cached_property
    def _planes(self) -> tuple[Float64, Float64]:
        _, rows = self.tree.query(self.points, min(NEIGHBOURS, len(self.points)))
        near = self.points[rows]
        centers = near.mean(axis=1)
        near = near - centers[:, None]
        _, axes = np.linalg.eigh(near.transpose(0, 2, 1) @ near)
        return centers, axes[:, :, 0]

    @property
    def normals(self) -> Float64:
        """(N, 3): of the plane through each point's neighbours, of either sign."""
        return self._planes[1]

    @cached_property
    def smooth(self) -> Float64:
        """(N, 3): each point moved onto the plane through its neighbours; most noise is gone."""
        centers, normals = self._planes
        along = ((self.points - centers) * normals).sum(axis=1, keepdims=True)
        moved: Float64 = self.points - along * normals
        return moved

    @cached_property
    def smooth_tree(self) -> Any:
        return tree(self.smooth)

    @cached_property
    def step(self) -> float:
        """How far the nearest other sample is, root mean square."""
        distances, _ = self.tree.query(self.points, 2)
        return float(np.sqrt((distances[:, 1] ** 2).mean()))

    @cached_property
    def frames(self) -> Float64:
        """(F, 3, 3): rotations whose rows are axes that the shape may have been made along."""
        values, axes = np.linalg.eigh(np.cov(self.points.T))
        principal = axes.T * np.linalg.det(axes)
        spread = np.sqrt(np.clip(values, 1e-12, None))
        found = [principal]
        ties = [spread[1] - spread[0] < ROUND * spread[1], spread[2] - spread[1] < ROUND * spread[2]]
        if all(ties):
            found += list(frames.spread())
        elif any(ties):
            axis = 2 if ties[0] else 0
            found += [_spin(axis, np.pi / 2 * k / SPINS) @ principal for k in range(1, SPINS)]
        faces = frames.frames(self.points, self.points[:MIDDLE])
        return np.stack([*found, *faces])

    @cached_property
    def main_frames(self) -> Float64:
        """(1 to 4, 3, 3): those of the frames that another cloud's are matched with."""
        values, axes = np.linalg.eigh(np.cov(self.points.T))
        principal: Float64 = axes.T * np.linalg.det(axes)
        return np.concatenate([principal[None], frames.frames(self.points, self.points[:MIDDLE])[:2]])

    @cached_property
    def grid(self) -> tuple[Float32, float]:
        """Distances (CELLS, CELLS, CELLS) to the points around the origin, and half the grid's width."""
        from scipy.ndimage import distance_transform_edt

        width = float(np.abs(self.points).max()) + FAR / 2
        empty = np.ones((CELLS,) * 3, dtype=bool)
        empty[tuple(_cells(self.points, width).T)] = False
        distance = distance_transform_edt(empty) * (2 * width / CELLS)
        return np.minimum(distance, FAR).astype(np.float32), width


def _spin(axis: int, angle: float) -> Float64:
    """(3, 3): a rotation about one of the axes."""
    a, b = [k for k in range(3) if k != axis]
    found = np.eye(3)
    found[a, a] = found[b, b] = np.cos(angle)
    found[a, b], found[b, a] = -np.sin(angle), np.sin(angle)
    return found


def _cells(points: Float64, width: float) -> Any:
    """Which cell of a grid around the origin each of (..., 3) points is in; those outside, the nearest."""
    return np.clip(((points + width) * (CELLS / (2 * width))).astype(np.int32), 0, CELLS - 1)


def _looked_up(surface: Surface, points: Float64) -> Float64:
    """(W, n, 3) -> (W,): the mean squared distance to the surface, roughly."""
    distance, width = surface.grid
    x, y, z = np.moveaxis(_cells(points, width), -1, 0)
    found: Float64 = (distance[x, y, z].astype(np.float64) ** 2).mean(axis=1)
    return found


class _Way(NamedTuple):
    """Takes normalised points of the second cloud to the first: ``scale * points @ turn.T + shift``."""

    turn: Float64
    scale: float
    shift: Float64

    def apply(self, points: Float64) -> Float64:
        return self.scale * points @ self.turn.T + self.shift

    def back(self, points: Float64) -> Float64:
        return (points - self.shift) @ self.turn / self.scale


def register(one: Surface, other: Surface, *, enough: float | None = None) -> Registration:
    """The similarity transform that lays the second cloud over the first, mirrored if that fits better.

    enough: of the coarse comparison; clouds that are farther apart in it are not looked at more closely, and
    come back with the distance that it has, which is an overestimate.
    """
    turns, scores = _ranked(one, other)
    ways = []
    chosen: list[Float64] = []
    for row in np.argsort(scores, kind="stable"):
        if len(ways) == TRIED:
            break
        if any(np.trace(turns[row].T @ kept) > 2.9 for kept in chosen):  # within 18 degrees
            continue
        chosen.append(turns[row])
        way = _refined(one, other, _Way(turns[row], 1.0, np.zeros(3)), 6, MIDDLE)
        ways.append((_distance(one, other, way, MIDDLE), way))
    ways.sort(key=lambda pair: pair[0])
    found = []
    for _, way in ways[:KEPT]:
        way = _refined(one, other, way, 6, MOST_POINTS)
        found.append((_distance(one, other, way, MOST_POINTS), way))
    distance, way = min(found, key=lambda pair: pair[0])
    return Registration(
        distance / one.diagonal,
        chamfer(one.points / one.diagonal, way.apply(other.points) / one.diagonal),
        _transform(one, other, way),
    )


def _ranked(one: Surface, other: Surface) -> tuple[Float64, Float64]:
    """(W, 3, 3) orthogonal matrices that may lay one over the other, and (W,) how far they are apart then."""
    theirs = np.einsum("sij,fjk->sfik", SIGNED, other.frames).reshape(-1, 3, 3)
    turns = np.einsum("fji,wjk->fwik", one.main_frames, theirs).reshape(-1, 3, 3)
    moved = other.points[:COARSE] @ turns.transpose(0, 2, 1)
    scores = _looked_up(one, moved) + _looked_up(other, one.points[:COARSE] @ turns)
    return turns, scores


def _pairs(one: Surface, other: Surface, way: _Way, count: int) -> tuple[Float64, Float64, Float64]:
    """Points of the second cloud, moved; of the first, near them; normals there: (n, 3) each."""
    full = count >= MOST_POINTS
    here, there = one.points[:count], other.points[:count]
    moved = way.apply(there)
    _, rows = (one.tree if full else one.middle_tree).query(moved)
    _, back = (other.tree if full else other.middle_tree).query(way.back(here))
    return (
        np.concatenate([moved, moved[back]]),
        np.concatenate([here[rows], here]),
        np.concatenate([one.normals[rows], other.normals[back] @ way.turn.T]),
    )


def _refined(one: Surface, other: Surface, way: _Way, steps: int, count: int) -> _Way:
    """A way made better by so many steps of least squares, with so many points of each cloud."""
    for _ in range(steps):
        moved, fixed, normal = _pairs(one, other, way, count)
        gap = fixed - moved
        apart = (gap**2).sum(axis=1)
        weight = 1 / (1 + apart / (4 * np.median(apart) + 1e-9))
        rows = np.concatenate(
            [np.cross(moved, normal), normal, (moved * normal).sum(axis=1, keepdims=True)], axis=1
        )  # (n, 7): what a small rotation, shift and scaling do to the distance from the plane
        error = (gap * normal).sum(axis=1)
        normal_matrix = (rows * weight[:, None]).T @ rows
        # a little of the distance to the point itself keeps what no plane holds from sliding away
        damped = normal_matrix + 0.01 * weight.sum() * np.eye(7)
        step = np.linalg.solve(damped, rows.T @ (weight * error))
        turn = _rotation(np.clip(step[:3], -0.3, 0.3))
        grow = float(np.exp(np.clip(step[6], -0.2, 0.2)))
        way = _Way(turn @ way.turn, way.scale * grow, grow * (turn @ way.shift) + step[3:6])
    return way


def _rotation(vector: Float64) -> Float64:
    from scipy.spatial.transform import Rotation

    found: Float64 = Rotation.from_rotvec(vector).as_matrix()
    return found


def _distance(one: Surface, other: Surface, way: _Way, count: int) -> float:
    """Root mean square distance between the surfaces, of both directions."""
    moved = way.apply(other.smooth[:count])
    there, rows = one.smooth_tree.query(moved)
    back, others = other.smooth_tree.query(way.back(one.smooth[:count]))
    forth = _off(moved - one.smooth[rows], one.normals[rows], there, SPACING * one.step)
    normals = other.normals[others] @ way.turn.T
    gap = one.smooth[:count] - way.apply(other.smooth[others])
    reverse = _off(gap, normals, back * way.scale, SPACING * other.step * way.scale)
    return float(np.sqrt((forth.mean() + reverse.mean()) / 2))


def _off(gap: Float64, normal: Float64, apart: Float64, step: float) -> Float64:
    """(n,): squared distances from planes, and of what lies farther along them than the samples do."""
    across = (gap * normal).sum(axis=1) ** 2
    along = np.sqrt(np.clip(apart**2 - across, 0, None))
    found: Float64 = across + np.clip(along - step, 0, None) ** 2
    return found


def _transform(one: Surface, other: Surface, way: _Way) -> Float64:
    """The 4 x 4 matrix between the clouds as they were given."""
    linear = way.turn * (way.scale * one.unit / other.unit)
    found = np.eye(4)
    found[:3, :3] = linear
    found[:3, 3] = one.center + one.unit * way.shift - linear @ other.center
    return found

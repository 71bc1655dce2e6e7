"""Whether one cloud is a copy of another: moved, scaled, turned, mirrored or sampled again.

The second cloud is laid over the first by a similarity transform. Frames that both clouds suggest
(`pcbin.coding.frames`) give some hundred ways to do it; a grid of distances ranks them with few points, and
iterated closest points (to planes: Chen and Medioni, 1992) refine the best.

How near is near enough depends on the shape: two samplings of one surface are as far apart as their points
are. So the Chamfer distance is divided by the one that two samplings as dense as these would have, which each
cloud tells by itself: how far its points are from their own neighbours. Copies are at about 1, with noise
too, as noise moves neighbours apart as well.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from pcbin.arrays import Float32, Float64, as_points
from pcbin.coding import frames
from pcbin.errors import InputError
from pcbin.metrics import mean_of_both, tree

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
STEPS = 6
"""Of each refinement."""
ALIKE = 2.9
"""Trace of the rotation between two ways, about 18 degrees, that are tried once."""
NEIGHBOURS = 12
"""Points that a plane is fitted to."""
ALONG = 0.3
"""How much the distance between points counts beside the distance from the plane."""
HOPELESS = 1.6
"""Ratio with few points from which clouds are no copies, whatever all points would say."""


class Registration(NamedTuple):
    """How one cloud lies over another, and how far they are apart there."""

    ratio: float
    """The root of the Chamfer distance over the floor: about 1 for two samplings of one surface."""
    chamfer: float
    """As `pcbin.metrics.chamfer`, the first cloud scaled to a unit box diagonal."""
    floor: float
    """The Chamfer distance of two samplings of one surface as dense as these, in the same unit."""
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
        given = np.unique(as_points(points, what=name), axis=0)
        if len(given) < LEAST_POINTS:
            raise InputError(
                f"{name}: {len(given)} different points; pass at least {LEAST_POINTS} to compare shapes"
            )
        # in random order: the first n are a sample of the surface
        given = given[np.random.default_rng(0).permutation(len(given))[:MOST_POINTS]]
        self.center: Float64 = given.mean(axis=0)
        centred = given - self.center
        with np.errstate(over="ignore"):
            self.unit = float(np.sqrt((centred**2).sum(axis=1).mean()))
        if not self.unit > np.finfo(np.float64).tiny or not np.isfinite(self.unit):
            raise InputError(f"{name}: an extent of {self.unit:g} cannot be compared; scale the coordinates")
        self.points: Float64 = centred / self.unit
        self.diagonal = float(np.linalg.norm(np.ptp(self.points, axis=0)))

    @cached_property
    def _trees(self) -> dict[int, Any]:
        return {count: tree(self.points[:count]) for count in (MIDDLE, MOST_POINTS)}

    def nearest(self, points: Float64, count: int) -> tuple[Float64, Any]:
        """The distances of (n, 3) points to the nearest of the first `count`, and which those are."""
        apart, rows = self._trees[count].query(points)
        return apart, rows

    @cached_property
    def self_distances(self) -> dict[int, float]:
        """The mean squared distance of the first points to the nearest other of them, by their number."""
        return {
            count: float((found.query(self.points[:count], 2)[0][:, 1] ** 2).mean())
            for count, found in self._trees.items()
        }

    @cached_property
    def normals(self) -> Float64:
        """(N, 3): of the plane through each point's neighbours, of either sign."""
        return frames.normals(self.points, self.points, neighbours=NEIGHBOURS)[0]

    @cached_property
    def frames(self) -> Float64:
        """(F, 3, 3): rotations whose rows are axes that the shape may have been made along.

        First the principal axes, then those of flat faces, then turned ones where the shape is round.
        """
        principal, spreads = frames.principal_frame(self.points)
        faces = np.stack(frames.faces(self.points, self.points[:MIDDLE]))
        ties = spreads[1:] - spreads[:-1] < ROUND * spreads[1:]
        if ties.all():
            return np.concatenate([principal[None], faces, frames.spread()])
        if not ties.any():
            return np.concatenate([principal[None], faces])
        axis = 2 if ties[0] else 0
        turned = [_spin(axis, np.pi / 2 * k / SPINS) @ principal for k in range(1, SPINS)]
        return np.concatenate([principal[None], faces, turned])

    @cached_property
    def grid(self) -> tuple[Float32, float]:
        """Distances (CELLS, CELLS, CELLS) to the points around the origin, and half the grid's width."""
        from scipy.ndimage import distance_transform_edt

        width = float(np.abs(self.points).max()) + FAR / 2
        empty = np.ones((CELLS,) * 3, dtype=bool)
        empty[tuple(_cells(self.points, width).T)] = False
        distance = distance_transform_edt(empty) * (2 * width / CELLS)
        return np.minimum(distance, FAR).astype(np.float32), width


def register(one: Surface, other: Surface) -> Registration:
    """The similarity transform that lays the second cloud over the first, mirrored if that fits better.

    Clouds that are far apart with few points are not refined with all of them: their distance is a little
    too large then.
    """
    turns = _ranked(one, other)
    tried = [_refined(one, other, _Way(turn, 1.0, np.zeros(3)), MIDDLE) for turn in turns]
    tried.sort(key=lambda way: _chamfer(one, other, way, MIDDLE))
    if _chamfer(one, other, tried[0], MIDDLE) > HOPELESS**2 * _floor(one, other, tried[0], MIDDLE):
        best = tried[0]
    else:
        ways = [_refined(one, other, way, MOST_POINTS) for way in tried[:KEPT]]
        best = min(ways, key=lambda way: _chamfer(one, other, way, MOST_POINTS))
    chamfer, floor = _chamfer(one, other, best, MOST_POINTS), _floor(one, other, best, MOST_POINTS)
    return Registration(
        float(np.sqrt(chamfer / floor)),
        chamfer / one.diagonal**2,
        floor / one.diagonal**2,
        _transform(one, other, best),
    )


class _Way(NamedTuple):
    """Takes normalised points of the second cloud to the first: ``scale * points @ turn.T + shift``."""

    turn: Float64
    scale: float
    shift: Float64

    def apply(self, points: Float64) -> Float64:
        moved: Float64 = self.scale * points @ self.turn.T + self.shift
        return moved

    def back(self, points: Float64) -> Float64:
        moved: Float64 = (points - self.shift) @ self.turn / self.scale
        return moved


def _ranked(one: Surface, other: Surface) -> list[Float64]:
    """The orthogonal (3, 3) matrices, different ones, that roughly lay one over the other, best first."""
    theirs = np.einsum("sij,fjk->sfik", frames.SIGNED, other.frames).reshape(-1, 3, 3)
    turns = np.einsum("fji,wjk->fwik", one.frames[:3], theirs).reshape(-1, 3, 3)
    apart = _looked_up(one, other.points[:COARSE] @ turns.transpose(0, 2, 1))
    apart += _looked_up(other, one.points[:COARSE] @ turns)
    chosen: list[Float64] = []
    for row in np.argsort(apart, kind="stable"):
        if len(chosen) == TRIED:
            break
        if all(np.trace(turns[row].T @ kept) < ALIKE for kept in chosen):
            chosen.append(turns[row])
    return chosen


def _looked_up(surface: Surface, points: Float64) -> Float64:
    """(W, n, 3) -> (W,): the mean squared distance to the surface, roughly."""
    distance, width = surface.grid
    x, y, z = np.moveaxis(_cells(points, width), -1, 0)
    found: Float64 = (distance[x, y, z].astype(np.float64) ** 2).mean(axis=1)
    return found


def _cells(points: Float64, width: float) -> Any:
    """Which cell of a grid around the origin each of (..., 3) points is in; those outside, the nearest."""
    return np.clip(((points + width) * (CELLS / (2 * width))).astype(np.int32), 0, CELLS - 1)


def _refined(one: Surface, other: Surface, way: _Way, count: int) -> _Way:
    """A way made better by a few steps of least squares, with so many points of each cloud."""
    here, there = one.points[:count], other.points[:count]
    for _ in range(STEPS):
        moved = way.apply(there)
        _, rows = one.nearest(moved, count)
        _, back = other.nearest(way.back(here), count)
        normal = np.concatenate([one.normals[rows], other.normals[back] @ way.turn.T])
        gap = np.concatenate([here[rows] - moved, here - moved[back]])
        moved = np.concatenate([moved, moved[back]])
        apart = (gap**2).sum(axis=1)
        weight = 1 / (1 + apart / (4 * np.median(apart) + 1e-9))  # what has no counterpart does not pull
        # what is squared is the distance from the plane, and a little of that along each axis: it holds still
        # what no plane does, such as a ball that turns
        system, target = 1e-6 * len(gap) * np.eye(7), np.zeros(7)
        for along, share in ((normal, 1.0), *((axis[None], ALONG) for axis in np.eye(3))):
            # (n, 7): what a small rotation, shift and scaling do to the distance
            shifts = np.broadcast_to(along, moved.shape)
            rows = np.concatenate(
                [np.cross(moved, along), shifts, (moved * along).sum(axis=1, keepdims=True)], axis=1
            )
            weighted = (rows * (share * weight)[:, None]).T
            system += weighted @ rows
            target += weighted @ (gap * along).sum(axis=1)
        step = np.linalg.solve(system, target)
        turn = _rotation(np.clip(step[:3], -0.3, 0.3))
        grow = float(np.exp(np.clip(step[6], -0.2, 0.2)))
        way = _Way(turn @ way.turn, way.scale * grow, grow * (turn @ way.shift) + step[3:6])
    return way


def _rotation(vector: Float64) -> Float64:
    """(3,) an axis, as long as the angle about it -> (3, 3)."""
    from scipy.spatial.transform import Rotation

    found: Float64 = Rotation.from_rotvec(vector).as_matrix()
    return found


def _spin(axis: int, angle: float) -> Float64:
    """(3, 3): a rotation about one of the axes."""
    return _rotation(angle * np.eye(3)[axis])


def _chamfer(one: Surface, other: Surface, way: _Way, count: int) -> float:
    """The Chamfer distance of so many points of each cloud, in the first one's unit."""
    there, _ = one.nearest(way.apply(other.points[:count]), count)
    here, _ = other.nearest(way.back(one.points[:count]), count)
    return mean_of_both(there**2, (way.scale * here) ** 2)


def _floor(one: Surface, other: Surface, way: _Way, count: int) -> float:
    """The same of two samplings of one surface, each as dense as one of the clouds."""
    return one.self_distances[count] + way.scale**2 * other.self_distances[count]


def _transform(one: Surface, other: Surface, way: _Way) -> Float64:
    """The 4 x 4 matrix between the clouds as they were given."""
    linear = way.turn * (way.scale * one.unit / other.unit)
    found = np.eye(4)
    found[:3, :3] = linear
    found[:3, 3] = one.center + one.unit * way.shift - linear @ other.center
    return found

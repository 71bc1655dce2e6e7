"""How an object is turned before it is coded: a model codes best what stands as its training shapes did.

The form of a cloud suggests frames (`pcbin.coding.frames`), and each of them 24 ways to stand. All go through
the network and the decoder together, as few points, and the Chamfer distance chooses; a search over small
turns then lowers it further.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import numpy as np

from pcbin.arrays import QUATERNION_STEPS, Float32, Float64, Pose, normalise, rotation_matrix
from pcbin.coding import frames
from pcbin.coding.encoding import Measured, measured
from pcbin.coding.options import ROTATION_BYTES, WORTH
from pcbin.coding.prefix import shortest
from pcbin.errors import InputError
from pcbin.metrics import chamfer, mean_of_both, nearest, tree
from pcbin.models.model import Model

FEWER, FEW = 256, 512
"""Points of a cloud, and of what codes decode to, that all ways to stand are compared with, then the likely
ones."""
SHORTLIST = 5
"""Of all ways to stand, those that are likely."""
LEAST = 32
"""Points that say how an object stands."""
TRIED = 2
"""Of the likely ways, those that small turns are tried from."""
STEPS = np.radians([6.0, 3.0, 1.5])
"""Of the search over small turns."""
GOOD = 0.75
"""Of the median that is usual: nearer clouds are not looked at."""
ASKEW = 3.0
"""Degrees between its flat faces and the axes from which a cloud of usual distance may stand badly."""
CLEARLY = 0.9
"""What straightening it must lower a rough distance to, of what it is without, to be worth a better look."""
BATCH = 24
"""Turned clouds that go through the network together."""


class Usual(NamedTuple):
    """The Chamfer distances of the shapes that a model knows, coded as they should stand.

    Well below the median nothing is tried; up to the limit, which nearly all stay below, only whether it
    stands askew.
    """

    median: float
    limit: float


def encode(
    model: Model,
    cloud: Float32,
    stands: Measured,
    usual: Usual | None,
    *,
    bits: int,
    effort: int,
    pack: bool = False,
) -> Measured:
    """The code of a normalised (N, 3) cloud as it stands, which is given, or a better one of it turned."""
    distance = _chamfer(model, cloud, stands)
    way = turned(model, cloud, distance, usual)
    if way is None:
        return stands
    found = measured(model, way.cloud[None], bits=bits, effort=effort, pack=pack)[0]
    reached = _chamfer(model, way.cloud, found)
    if reached * way.pose.scale**2 >= WORTH * distance:
        return stands
    return Measured(found.code, reached, way.pose)


def encode_shortest(
    model: Model, cloud: Float32, max_chamfer: float, usual: Usual | None, *, effort: int
) -> Measured:
    """The shortest code whose Chamfer distance is at most this, of a normalised (N, 3) cloud as it stands, or
    of it turned where that saves more than the rotation takes.

    Raises InputError where the longest codes do not reach it.
    """
    stands: Measured | InputError
    try:
        stands = shortest(model, cloud, max_chamfer, effort=effort)
    except InputError as error:
        stands = error
    plain = measured(model, cloud[None], bits=model.default_bits)[0]
    way = turned(model, cloud, _chamfer(model, cloud, plain), usual)
    if way is not None:
        with suppress(InputError):
            found = shortest(model, way.cloud, max_chamfer / way.pose.scale**2, effort=effort)
            if isinstance(stands, InputError) or len(found.code) + ROTATION_BYTES < len(stands.code):
                return found._replace(pose=way.pose)
    if isinstance(stands, InputError):
        raise stands
    return stands


def _chamfer(model: Model, cloud: Float32, found: Measured) -> float:
    """The distance of a code, measured unless it was."""
    return chamfer(cloud, model.decode(found.code[None])[0]) if found.chamfer is None else found.chamfer


class Turned(NamedTuple):
    """A cloud as it is coded. pose: where it comes back to in the cloud that it was made of."""

    cloud: Float32
    pose: Pose


def turned(model: Model, cloud: Float32, distance: float, usual: Usual | None) -> Turned | None:
    """A normalised (N, 3) cloud turned to how the model codes it better; None where no such way is in sight.

    distance: Chamfer, of the cloud to what it decodes to as it stands. usual: None where it is not known.
    """
    if len(cloud) < LEAST or not cloud.any() or (usual is not None and distance <= GOOD * usual.median):
        return None
    trials = _Trials(model, cloud)
    if usual is not None and distance <= usual.limit:
        ways = frames.upright_faces(trials.points, trials.few)[None]
        if frames.angle(ways[0], np.eye(3)) < ASKEW:
            return None
        before, after = _Trials(model, cloud, FEWER).measure(np.concatenate([np.eye(3)[None], ways]))
        if after > CLEARLY * before:
            return None
    else:
        found = frames.frames(trials.points, trials.few)
        ways = (frames.TURNS @ found[:, None]).reshape(-1, 3, 3)
        roughly = _Trials(model, cloud, FEWER).measure(ways)
        ways = ways[np.argsort(roughly, kind="stable")[:SHORTLIST]]
    [stands, *distances] = trials.measure(np.concatenate([np.eye(3)[None], ways]))
    best = [row for row in np.argsort(distances, kind="stable")[:TRIED] if distances[row] < stands]
    if not best:
        return None
    way, reached = min((trials.refined(ways[row], distances[row]) for row in best), key=lambda one: one[1])
    return placed(cloud, way) if reached < WORTH * stands else None


class _Trials:
    """Measures ways to stand, (3, 3) rotations each, with few points of a cloud and short codes of them."""

    def __init__(self, model: Model, cloud: Float32, few: int = FEW) -> None:
        self._model = model
        self._count = few
        self.points: Float64 = cloud.astype(np.float64)
        rows = np.random.default_rng(0).permutation(len(cloud))[:few]
        self.few = self.points[np.sort(rows)]  # (n, 3)
        self._tree = tree(self.few)

    def measure(self, ways: Float64) -> Float64:
        """(W, 3, 3) -> (W,): the Chamfer distance of each, in the cloud's own unit."""
        return np.concatenate([self._measure(ways[at : at + BATCH]) for at in range(0, len(ways), BATCH)])

    def _measure(self, ways: Float64) -> Float64:
        stood = self.few @ ways.transpose(0, 2, 1)  # (W, n, 3)
        low, high = stood.min(axis=1, keepdims=True), stood.max(axis=1, keepdims=True)
        scale = np.linalg.norm(high - low, axis=2, keepdims=True)
        center = (low + high) / 2
        codes = self._model.encode(((stood - center) / scale).astype(np.float32))
        decoded = (self._model.decode(codes) * scale + center) @ ways  # (W, M, 3), back in the cloud's place
        step = max(1, self._model.points // self._count)
        return np.array(
            [
                mean_of_both(
                    nearest(self.few, tree(points)).squared, nearest(points[::step], self._tree).squared
                )
                for points in decoded
            ]
        )

    def refined(self, way: Float64, distance: float) -> tuple[Float64, float]:
        """A way that small turns make better, and its distance.

        Step by step, the distance after a small turn each way about each axis gives a parabola; its lowest
        point is tried as well, and the best of all is kept.
        """
        for step in STEPS:
            turns = np.concatenate([np.eye(3), -np.eye(3)]) * step
            ways = _turns(turns) @ way
            distances = self.measure(ways)
            plus, minus = distances[:3], distances[3:]
            bend = np.maximum(plus + minus - 2 * distance, 1e-12)
            lowest = np.clip((minus - plus) / (2 * bend), -1.5, 1.5) * step
            ways = np.concatenate([ways, _turns(lowest[None]) @ way])
            distances = np.concatenate([distances, self.measure(ways[-1:])])
            best = distances.argmin()
            if distances[best] < distance:
                way, distance = ways[best], float(distances[best])
        return way, distance


def _turns(vectors: Float64) -> Float64:
    """(T, 3) axes, as long as the angles about them -> (T, 3, 3) rotations."""
    from scipy.spatial.transform import Rotation

    found: Float64 = Rotation.from_rotvec(vectors).as_matrix()
    return found


def placed(cloud: Float32 | Float64, way: Float64) -> Turned:
    """The (N, 3) cloud turned, by about the (3, 3) rotation, as files store it, and normalised."""
    from scipy.spatial.transform import Rotation

    back = Rotation.from_matrix(way.T).as_quat(canonical=True)
    x, y, z, w = (np.rint(back * QUATERNION_STEPS) / QUATERNION_STEPS).tolist()
    matrix = rotation_matrix((x, y, z, w))
    again, pose = normalise(cloud @ matrix)
    a, b, c = (matrix @ pose.center).tolist()
    return Turned(again, Pose((a, b, c), pose.scale, (x, y, z, w)))

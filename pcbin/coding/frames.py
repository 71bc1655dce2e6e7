"""Frames that a shape's own form suggests: three axes at right angles that it may have been made along.

Most things that people make have flat faces, most of them along three axes; what has none still has a
smallest box. A frame is a (3, 3) rotation whose rows are the axes: ``points @ frame.T`` has them as x, y and
z. Which axis is which and which way it points, a frame leaves open: the 24 `TURNS` are the choices.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations, product

import numpy as np

from pcbin.arrays import Float64
from pcbin.metrics import tree

SIGNED: Float64 = np.array(
    [
        np.eye(3)[list(order)] * np.array(signs)[:, None]
        for order in permutations(range(3))
        for signs in product((1, -1), repeat=3)
    ]
)
"""(48, 3, 3): the rotations that map the axes onto one another, and their mirror images."""
TURNS: Float64 = SIGNED[np.linalg.det(SIGNED) > 0]
"""(24, 3, 3): the rotations alone."""

NEIGHBOURS = 8
"""Points that a normal is fitted to."""
ROUGHNESS = 0.1
"""A neighbourhood's smallest variance by the next one, where its normal counts half."""
CUTS = (0.8, 0.85, 0.9, 0.94, 0.97, 0.985, 0.985)
"""Pass by pass, the cosine to the nearest axis from which a normal takes part in a frame."""
STARTS = 24
"""Frames that flat faces are looked for from: any other is at most about 25 degrees off one of them."""
APART = 8.0
"""Degrees: two frames that are nearer are one."""
BOX_FACES = 60
"""Faces of the convex hull that the smallest box is sought on."""
BOX_TURNS = np.radians(np.arange(0.0, 90.0, 3.0))
"""Of the box, on each of these faces."""


def angle(frame: Float64, other: Float64) -> float:
    """Degrees between two frames, whichever axis is which."""
    cosine = (np.einsum("gij,jk,ik->g", TURNS, frame, other).max() - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def frames(points: Float64, few: Float64) -> Float64:
    """(F, 3, 3): up to four frames of (N, 3) points: flat faces, the smallest box, and the smallest about y.

    few: (n, 3), some of the points: where normals are fitted.
    """
    kept = faces(points, few)
    for other in (smallest_box(points), box_about_y(points)):
        if all(angle(other, one) > 1 for one in kept):
            kept.append(other)
    return np.stack(kept)


def faces(points: Float64, few: Float64) -> list[Float64]:
    """The one or two frames that most of the flat faces of (N, 3) points lie along, (3, 3) each, as above."""
    found, scores = _along_faces(spread(), *normals(points, few))
    kept: list[Float64] = []
    for row in np.argsort(-scores, kind="stable"):
        if len(kept) < 2 and all(angle(found[row], other) > APART for other in kept):
            kept.append(found[row])
    return kept


def upright_faces(points: Float64, few: Float64) -> Float64:
    """(3, 3): the frame of flat faces that is nearest to the axes as they are."""
    found: Float64 = _along_faces(np.eye(3)[None], *normals(points, few))[0][0]
    return found


def normals(points: Float64, few: Float64, *, neighbours: int = NEIGHBOURS) -> tuple[Float64, Float64]:
    """The (n, 3) normals of the surface at some of its (N, 3) points, of either sign, and how much each
    counts, (n,) from 0 to 1: much where the surface is flat.

    neighbours: points that each is fitted to.
    """
    _, rows = tree(points).query(few, min(neighbours, len(points)))
    near = points[rows]
    near = near - near.mean(axis=1, keepdims=True)
    variances, axes = np.linalg.eigh(near.transpose(0, 2, 1) @ near)
    roughness = variances[:, 0] / np.maximum(variances[:, 1], 1e-12)
    return axes[:, :, 0], 1 / (1 + (roughness / ROUGHNESS) ** 2)


def _along_faces(starts: Float64, normal: Float64, weight: Float64) -> tuple[Float64, Float64]:
    """Each of the (S, 3, 3) frames turned to the normals near its axes, and (S,) how many agree with it.

    Normals take the nearest axis and pull it towards them, as much as they are nearer than the cut; the
    rotation that follows them best is an orthogonal Procrustes problem.
    """
    found = starts
    for cut in CUTS:
        along = found @ normal.T  # (S, 3, n)
        size = np.abs(along)
        near = size.max(axis=1, keepdims=True)
        pull = np.where((size == near) & (near > cut), np.sign(along) * weight * (near - cut), 0.0)
        left, _, right = np.linalg.svd(pull @ normal + 1e-4 * len(normal) * found)
        left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
        found = left @ right
    near = np.abs(found @ normal.T).max(axis=1)
    return found, (weight * np.clip(10 * near - 9, 0, 1)).sum(axis=1)


@lru_cache(maxsize=1)
def spread() -> Float64:
    """(STARTS, 3, 3) frames, spread: each is the farthest from those before, of many drawn at random."""
    from scipy.spatial.transform import Rotation

    drawn = Rotation.from_quat(np.random.default_rng(0).normal(size=(500, 4))).as_matrix()
    nearest = np.full(len(drawn), -1.0)  # the larger the trace, the nearer
    chosen = [np.eye(3)]
    while len(chosen) < STARTS:
        traces = np.einsum("gij,jk,nik->ng", TURNS, chosen[-1], drawn).max(axis=1)
        nearest = np.maximum(nearest, traces)
        chosen.append(drawn[nearest.argmin()])
    return np.stack(chosen)


def smallest_box(points: Float64) -> Float64:
    """(3, 3): the frame of about the smallest box around (N, 3) points that do not lie in a plane.

    One of its faces lies on a face of the convex hull: that is nearly so for the smallest of all (O'Rourke,
    1985, Finding minimal enclosing boxes). For points in a plane, the principal axes.
    """
    from scipy.spatial import ConvexHull, QhullError

    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        return principal_frame(points - points.mean(axis=0))[0]
    corners = points[hull.vertices]
    best, found = np.inf, np.eye(3)
    for face in hull.equations[:: max(1, len(hull.equations) // BOX_FACES), :3]:
        first = np.cross(face, np.eye(3)[np.abs(face).argmin()])
        frame = np.stack([first / np.linalg.norm(first), np.cross(face, first / np.linalg.norm(first)), face])
        area, turn = _smallest_rectangle(corners @ frame[:2].T)
        volume = area * np.ptp(corners @ face)
        if volume < best:
            best, found = volume, _turn_first_two(frame, turn)
    return found


def box_about_y(points: Float64) -> Float64:
    """(3, 3): the frame of the smallest box around (N, 3) points that y is an axis of."""
    frame = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return _turn_first_two(frame, _smallest_rectangle(points @ frame[:2].T)[1])


def principal_frame(points: Float64) -> tuple[Float64, Float64]:
    """(3, 3) principal axes of centred (N, 3) points as rows, least spread first, and the spreads (3,)."""
    values, axes = np.linalg.eigh(points.T @ points / len(points))
    frame: Float64 = axes.T * np.linalg.det(axes)
    return frame, np.sqrt(np.clip(values, 1e-12, None))


def _smallest_rectangle(flat: Float64) -> tuple[float, float]:
    """Of those around (N, 2) points: its area, and by what angle its sides are turned."""
    cosine, sine = np.cos(BOX_TURNS), np.sin(BOX_TURNS)
    width = np.ptp(flat @ np.stack([cosine, sine]), axis=0)
    height = np.ptp(flat @ np.stack([-sine, cosine]), axis=0)
    best = int((width * height).argmin())
    return float(width[best] * height[best]), float(BOX_TURNS[best])


def _turn_first_two(frame: Float64, turn: float) -> Float64:
    """The frame with its first two axes turned about the third."""
    cosine, sine = np.cos(turn), np.sin(turn)
    turned: Float64 = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]) @ frame
    return turned

"""Points spread evenly over the outer surface of a union of parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pcbin.arrays import Float32, normalise
from pcbin.datasets.generated.parts import Array, Mask, Part

MARGIN = 2e-3
"""How deep in another solid a point is no surface, as a fraction of the shape's diagonal."""

ROUNDS = 64
"""A program whose shape is so hidden that so many rounds of draws leave too little of it is wrong."""


def sample(parts: Sequence[Part], points: int, rng: np.random.Generator) -> Float32:
    """(points, 3): independent draws by area, without what lies inside a solid; centred, unit diagonal."""
    triangles = np.concatenate([part.triangles for part in parts])
    owners = np.repeat(np.arange(len(parts)), [len(part.triangles) for part in parts])
    edges = triangles[:, 1:] - triangles[:, :1]
    ends = np.cumsum(np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1))
    low = np.stack([part.triangles.min(axis=(0, 1)) for part in parts])
    high = np.stack([part.triangles.max(axis=(0, 1)) for part in parts])
    margin = MARGIN * float(np.linalg.norm(high.max(axis=0) - low.min(axis=0)))
    found: list[Array] = []
    drawn = have = 0
    for _ in range(ROUNDS):
        rate = max(have / drawn, 0.05) if drawn else 0.9
        count = int((points - have) / rate * 1.05) + 64
        rows = np.minimum(np.searchsorted(ends, rng.random(count) * ends[-1]), len(ends) - 1)
        u, v = rng.random((2, count, 1))
        folded = u + v > 1
        u, v = np.where(folded, 1 - u, u), np.where(folded, 1 - v, v)
        cloud = triangles[rows, 0] + u * edges[rows, 0] + v * edges[rows, 1]
        found.append(cloud[_outer(cloud, owners[rows], parts, low, high, margin)])
        drawn, have = drawn + count, have + len(found[-1])
        if have >= points:
            return normalise(np.concatenate(found)[:points])[0]
    raise RuntimeError("almost all of the shape's surface is hidden")


def _outer(
    cloud: Array, owners: np.ndarray, parts: Sequence[Part], low: Array, high: Array, margin: float
) -> Mask:
    """(N,): which points lie in no other solid, and in no hole."""
    outer = np.ones(len(cloud), dtype=bool)
    for number, part in enumerate(parts):
        if part.keep is not None:
            own = np.flatnonzero(owners == number)
            outer[own] = part.keep(cloud[own])
    solids = [n for n, p in enumerate(parts) if p.inside and (high[n] - low[n]).min() > 2 * margin]
    if not solids:
        return outer
    near = np.ones((len(solids), len(cloud)), dtype=bool)
    for axis in range(3):
        near &= cloud[:, axis] > low[solids, axis][:, None] + margin
        near &= cloud[:, axis] < high[solids, axis][:, None] - margin
    near &= owners != np.array(solids)[:, None]
    near &= outer
    for number, rows in zip(solids, near, strict=True):
        asked = np.flatnonzero(rows & outer)
        inside = parts[number].inside
        if len(asked) and inside is not None:
            outer[asked] = ~inside(cloud[asked], margin)
    return outer

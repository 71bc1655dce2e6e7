"""Unions of random solids, in many symmetries: shapes that no other kind has."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import (
    Array,
    Part,
    Parts,
    around,
    bend,
    both_sides,
    cut,
    move,
    taper,
    transformed,
    turn,
    twist,
)
from pcbin.datasets.generated.solids import ball, box, extrude, lathe, prism, regular, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import rectangle, rounded, smooth, sweep, tube


def primitive(dice: Dice, size: Array) -> Part:
    """A solid of about these sizes about the origin."""
    x, y, z = size
    style = dice.pick(
        "box",
        "box",
        "box",
        "rod",
        "rod",
        "cone",
        "ball",
        "soft",
        "ring",
        "prism",
        "poly",
        "lathe",
        "tube",
        "star",
    )
    r = float(min(x, z)) / 2
    if style == "box":
        return box((0, 0, 0), size)
    if style == "rod":
        return rod((0, -y / 2, 0), (0, y / 2, 0), r, sides=20)
    if style == "cone":
        return rod((0, -y / 2, 0), (0, y / 2, 0), r, r * dice.real(0, 0.8), sides=20)
    if style == "ball":
        return ball((0, 0, 0), size / 2, dice.pick(2.0, 2.0, dice.real(1.2, 6.0)))
    if style == "soft":
        return rounded_box((0, 0, 0), size, float(size.min()) * dice.real(0.1, 0.5))
    if style == "ring":
        return ring((0, 0, 0), r, r * dice.real(0.1, 0.5), dice.whole(0, 2))
    if style == "prism":
        return prism(x, z, -y / 2, y / 2, dice.real(0.0, 0.9))
    if style == "poly":
        return extrude(regular(dice.whole(3, 8), r, dice.real(0, 90)), y, dice.whole(0, 2))
    if style == "lathe":
        count = dice.whole(3, 7)
        profile = smooth(
            np.stack([r * dice.rng.uniform(0.2, 1, count), np.linspace(-y / 2, y / 2, count)], axis=1), 4
        )
        profile = np.maximum(profile, [0.05 * r, -y])
        return lathe([(0, -y / 2), *profile, (0, y / 2)])
    if style == "tube":
        path = smooth(dice.rng.uniform(-0.5, 0.5, (dice.whole(3, 5), 3)) * size * 1.3, 6)
        if dice.chance(0.5):
            return tube(path, dice.real(0.1, 0.35) * r)
        return sweep(path, rectangle(r * dice.real(0.2, 0.6), r * dice.real(0.1, 0.3)))
    count = dice.whole(5, 9)
    angle = 2 * np.pi * np.arange(2 * count) / (2 * count)
    reach = r * np.where(np.arange(2 * count) % 2, dice.real(0.4, 0.8), 1.0)
    return extrude(np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1), y, dice.whole(0, 2))


def _sizes(dice: Dice, scale: float) -> Array:
    """Three sizes: sticks, plates and blocks."""
    return scale * np.exp(dice.rng.uniform(-1.6, 0.3, 3))


def _placed(dice: Dice, room: Array, scale: float) -> Parts:
    """A turned solid whose middle lies in a box of the size `room` about the origin."""
    part: Parts = [primitive(dice, _sizes(dice, scale))]
    for axis in range(3):
        if dice.chance(0.25):
            part = turn(part, axis, dice.pick(90.0, 90.0, 45.0, dice.real(0, 180)))
    return move(part, *(dice.rng.uniform(-0.5, 0.5, 3) * room))


def _warped(dice: Dice, parts: Parts) -> Parts:
    """Parts bent, twisted, tapered or sheared, or as they are."""
    style = dice.pick("none", "none", "none", "none", "bend", "twist", "taper", "shear")
    if style == "bend":
        along = dice.whole(0, 2)
        return bend(parts, dice.real(20, 120), 1.0, along, (along + dice.whole(1, 2)) % 3)
    if style == "twist":
        return twist(parts, dice.real(-90, 90), 1.0)
    if style == "taper":
        return move(taper(move(parts, 0, 0.5, 0), dice.real(0.2, 0.8), 1.0), 0, -0.5, 0)
    if style == "shear":
        matrix = np.eye(3)
        matrix[dice.whole(0, 2), 1] += dice.real(-0.4, 0.4)
        return transformed(parts, matrix) if abs(np.linalg.det(matrix)) > 0.3 else parts
    return parts


def mirrored(dice: Dice) -> Parts:
    """A body with parts on both sides, as most things are."""
    size = _sizes(dice, 0.9)
    parts: Parts = [primitive(dice, size)]
    for _ in range(dice.whole(1, 5)):
        parts += both_sides(_placed(dice, size, 0.5))
    for _ in range(dice.whole(0, 2)):
        y, z = dice.rng.uniform(-0.5, 0.5, 2) * size[1:]
        parts += move([primitive(dice, _sizes(dice, 0.6))], 0, y, z)
    return _warped(dice, parts)


def radial(dice: Dice) -> Parts:
    """Parts repeated about an axis, on arms from a body in its middle or at its rim."""
    size = _sizes(dice, 0.6)
    parts: Parts = [primitive(dice, size)]
    for _ in range(dice.whole(1, 3)):
        out, y, t = dice.real(0.1, 0.45), dice.real(-0.4, 0.4) * float(size[1]), dice.real(0.01, 0.06)
        one = move(_placed(dice, size * 0.2, 0.35), out, y, 0)
        if out > size[0] * 0.4:
            one.append(rod((0, y, 0), (out, y, 0), t))
        parts += around(one, dice.whole(2, 9))
    return turn(_warped(dice, parts), dice.whole(0, 2), dice.pick(0.0, 90.0))


def stacked(dice: Dice) -> Parts:
    """Parts one upon the other."""
    parts: Parts = []
    y = 0.0
    for _ in range(dice.whole(2, 6)):
        size = _sizes(dice, 0.6)
        parts += move([primitive(dice, size)], 0, y + size[1] / 2, 0)
        y += float(size[1]) * dice.real(0.7, 0.98)
    return _warped(dice, move(parts, 0, -y / 2, 0))


def repeated(dice: Dice) -> Parts:
    """A row or a grid of one group, on a plate, in a frame or free."""
    nx, nz = dice.whole(1, 7), dice.whole(1, 4)
    step, size = dice.real(0.1, 0.25), _sizes(dice, 0.3)
    one = _placed(dice, np.full(3, 0.2 * float(size.min())), float(size.max()))
    parts = [
        p
        for i in range(nx)
        for k in range(nz)
        for p in move(one, (i - (nx - 1) / 2) * step, 0, (k - (nz - 1) / 2) * step)
    ]
    if nx * nz > 1:
        t = dice.real(0.01, 0.1)
        parts.append(
            box((0, dice.real(-0.3, 0.3) * float(size.min()), 0), (nx * step + 0.05, t, nz * step + 0.05))
        )
    return turn(_warped(dice, parts), dice.whole(0, 2), dice.pick(0.0, 90.0))


def scattered(dice: Dice) -> Parts:
    """Solids in a heap about the first one."""
    size = _sizes(dice, 0.8)
    parts: Parts = [primitive(dice, size)]
    for _ in range(dice.whole(1, 9)):
        parts += _placed(dice, size * 0.9, dice.real(0.2, 0.7))
    return _warped(dice, parts)


def drilled(dice: Dice) -> Parts:
    """A body out of which others are cut."""
    made = [primitive(dice, np.maximum(_sizes(dice, 1.0), 0.25)) for _ in range(dice.whole(1, 2))]
    body: Parts = [part for part in made if part.inside is not None] or [box((0, 0, 0), (0.8, 0.4, 0.6))]
    for _ in range(dice.whole(1, 3)):
        hole = _placed(dice, np.full(3, 0.6), 0.6)
        hole = both_sides(hole) if dice.chance(0.5) else hole
        less = cut(body, *(part for part in hole if part.inside is not None))
        if _left(less[0]) > 0.3:
            body = less
    return body


def _left(part: Part) -> float:
    """The share of a part's triangles whose middles are still there."""
    return 1.0 if part.keep is None else float(part.keep(part.triangles.mean(axis=1)).mean())


def skeleton(dice: Dice) -> Parts:
    """Rods or bars between random joints: trusses, frames, climbing frames."""
    joints = dice.rng.uniform(-0.5, 0.5, (dice.whole(4, 9), 3)) * [dice.real(0.4, 1), 1, dice.real(0.3, 1)]
    t = dice.real(0.01, 0.05)
    parts: Parts = []
    for k in range(1, len(joints)):
        for other in {k - 1, dice.whole(0, k - 1)}:
            a, b = joints[k], joints[other]
            parts.append(rod(a, b, t, sides=10))
        if dice.chance(0.4):
            parts.append(ball(joints[k], t * dice.real(1.2, 3)))
    if dice.chance(0.4):
        return parts
    joint = joints[0] + [0.2, 0, 0]
    return [*both_sides(move(parts, 0.2, 0, 0)), rod(joint * [-1, 1, 1], joint, t, sides=10)]


def plates(dice: Dice) -> Parts:
    """Boards at right angles and rounded panels."""
    parts: Parts = []
    for _ in range(dice.whole(3, 8)):
        t, axis = dice.real(0.01, 0.06), dice.whole(0, 2)
        a, b = dice.real(0.2, 0.9), dice.real(0.15, 0.9)
        outline = rounded(a, b, dice.real(0, 0.3) * min(a, b)) if dice.chance(0.3) else rectangle(a, b)
        at = dice.rng.choice([-0.3, -0.15, 0.0, 0.15, 0.3], 3)
        parts.append(extrude(outline, t, axis, at))
    return _warped(dice, both_sides(parts) if dice.chance(0.7) else parts)


KINDS: Kinds = {
    "drilled": drilled,
    "mirrored": mirrored,
    "plates": plates,
    "radial": radial,
    "repeated": repeated,
    "scattered": scattered,
    "skeleton": skeleton,
    "stacked": stacked,
}

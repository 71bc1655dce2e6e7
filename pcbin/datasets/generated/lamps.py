"""Lamps."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import legs
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, move, turn
from pcbin.datasets.generated.solids import ball, extrude, lathe, rod
from pcbin.datasets.generated.sweeps import rectangle, smooth, tube


def shade(dice: Dice, r: float, h: float) -> Parts:
    """A lamp shade, its lower rim at y = 0."""
    style = dice.pick("cone", "cone", "drum", "dome", "ball", "box")
    if style == "ball":
        return [ball((0, h / 2, 0), (r, h / 2, r))]
    if style == "box":
        return [extrude(rectangle(1.6 * r, 1.6 * r), h, 1, (0, h / 2, 0))]
    top = {"cone": dice.real(0.2, 0.8), "drum": 1.0, "dome": 0.15}[style]
    curve = [(r, 0), (r * (1 + top) / 2 * (1.25 if style == "dome" else 1), h * 0.55), (r * top, h)]
    return [lathe([*smooth(curve, 4), *(smooth(curve, 4)[::-1] - [0.006, 0])])]


def lamp(dice: Dice) -> Parts:
    """Table, floor, desk, hanging and street lamps."""
    return dice.pick(_table_lamp, _floor_lamp, _desk_lamp, _hanging_lamp, _street_lamp)(dice)


def _table_lamp(dice: Dice) -> Parts:
    h, r = dice.real(0.2, 0.45), dice.real(0.04, 0.12)
    curve = smooth(
        [(r, 0), *((r * dice.real(0.25, 1.1), y * h) for y in (0.2, 0.4, 0.6, 0.8)), (0.015, h)], 4
    )
    parts: Parts = [
        lathe([(0, 0), *np.maximum(curve, [0.01, 0]), (0, h)]),
        rod((0, h * 0.9, 0), (0, h + 0.1, 0), 0.008),
    ]
    return parts + move(shade(dice, dice.real(0.1, 0.25), dice.real(0.12, 0.28)), 0, h, 0)


def _floor_lamp(dice: Dice) -> Parts:
    h, r = dice.real(1.1, 1.6), dice.real(0.01, 0.03)
    parts = dice.pick(legs.tripod, legs.pedestal)(dice, 0.4, 0.4, h if dice.chance(0.5) else 0.3)
    parts.append(rod((0, 0.02, 0), (0, h + 0.1, 0), r))
    if dice.chance(0.3):
        path = smooth([(0, h * 0.8, 0), (0.1, h * 1.2, 0), (0.6, h * 1.25, 0), (0.9, h, 0)], 6)
        return [*parts, tube(path, r * 0.8, 8), *move(shade(dice, 0.2, 0.18), 0.9, h - 0.16, 0)]
    return parts + move(shade(dice, dice.real(0.15, 0.3), dice.real(0.15, 0.35)), 0, h, 0)


def _desk_lamp(dice: Dice) -> Parts:
    r, t = dice.real(0.06, 0.12), dice.real(0.005, 0.012)
    elbow, head = (
        (0, dice.real(0.25, 0.4), -dice.real(0.02, 0.15)),
        (0, dice.real(0.35, 0.5), dice.real(0.1, 0.3)),
    )
    parts: Parts = [lathe([(0, 0), (r, 0), (r, 0.015), (r * 0.3, 0.03), (0, 0.03)])]
    if dice.chance(0.35):
        parts.append(
            tube(
                smooth([(0, 0.01, 0), (0, elbow[1], elbow[2]), (0, head[1] + 0.05, head[2] / 2), head], 6),
                t,
                8,
            )
        )
    else:
        for x in dice.pick((0.0,), (-0.015, 0.015)):
            parts += [
                rod((x, 0.02, 0), (x, elbow[1], elbow[2]), t),
                rod((x, elbow[1], elbow[2]), (x, head[1], head[2]), t),
            ]
        parts.append(rod((-0.025, elbow[1], elbow[2]), (0.025, elbow[1], elbow[2]), t * 2))
    cone = turn(move(shade(dice, dice.real(0.05, 0.09), 0.12), 0, -0.1, 0), 0, -dice.real(0, 50))
    return parts + move(cone, *head)


def _hanging_lamp(dice: Dice) -> Parts:
    h, r = dice.real(0.3, 1.2), dice.real(0.12, 0.35)
    parts: Parts = [
        rod((0, 0.1, 0), (0, h, 0), 0.008),
        lathe([(0, h), (0.06, h), (0.05, h + 0.03), (0, h + 0.03)]),
    ]
    if dice.chance(0.5):
        return parts + shade(dice, r, dice.real(0.12, 0.3))
    arm = [
        tube(smooth([(0, 0.1, 0), (r * 0.5, 0.0, 0), (r, 0.12, 0)], 5), 0.01, 8),
        *move(shade(dice, 0.05, 0.08), r, 0.1, 0),
    ]
    return [*parts, *around(arm, dice.whole(3, 8)), ball((0, 0.1, 0), 0.04)]


def _street_lamp(dice: Dice) -> Parts:
    h, r = dice.real(3, 6), dice.real(0.05, 0.1)
    parts: Parts = [lathe([(0, 0), (3 * r, 0), (2.5 * r, 0.3), (r * 1.2, 0.5), (r * 0.8, h), (0, h)])]
    if dice.chance(0.5):
        out = dice.real(0.5, 1.5)
        arm = [
            tube(smooth([(0, h - 0.2, 0), (out * 0.4, h + 0.25, 0), (out, h + 0.3, 0)], 5), r * 0.6, 8),
            ball((out, h + 0.27, 0), (0.35, 0.09, 0.16)),
        ]
        return parts + (both_sides(arm) if dice.chance(0.4) else arm)
    return parts + [
        lathe(
            [(0, h), (0.15, h), (0.25, h + 0.5), (0.28, h + 0.5), (0.05, h + 0.75), (0, h + 0.8)],
            sides=dice.pick(4, 6, 20),
        )
    ]


KINDS: Kinds = {"lamp": lamp}

"""Small things that people wear and carry."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import (
    ball,
    box,
    extrude,
    lathe,
    regular,
    rod,
    rounded_box,
)
from pcbin.datasets.generated.sweeps import filleted, loft, smooth, tube
from pcbin.datasets.generated.tools import laid


def carried(dice: Dice) -> Parts:
    """Glasses, hats, shoes, bags, books, boxes, balls, dumb-bells: small things that people carry."""
    style = dice.pick("glasses", "hat", "shoe", "bag", "book", "box", "dumbbell", "pen", "lighter", "racket")
    if style == "glasses":
        w, h = dice.real(0.12, 0.16), dice.real(0.08, 0.13)
        angle = np.linspace(0, 2 * np.pi, 23)[:-1]
        e = dice.real(2, 4)
        lens = np.stack(
            [
                w * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / e) + 0.18,
                h * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** (2 / e),
                0 * angle,
            ],
            axis=1,
        )
        one: Parts = [
            tube(lens, 0.012, 8, loop=True),
            tube(
                filleted([(0.18 + w, h * 0.5, 0), (0.2 + w, h * 0.5, -0.5), (0.2 + w, -0.1, -0.65)], 0.1),
                0.01,
                8,
            ),
        ]
        if dice.chance(0.5):
            one.append(extrude(lens[:, :2], 0.008, 2))
        return [
            *both_sides(one),
            tube(smooth([(-0.06, 0.02, 0), (0, 0.05, 0.01), (0.06, 0.02, 0)], 4), 0.01, 8),
        ]
    if style == "hat":
        r, h = 0.3, dice.real(0.15, 0.5)
        brim = r * dice.real(1.0, 2.2)
        crown = [
            (brim, 0),
            (r * 1.02, 0.03),
            (r * dice.real(0.6, 1.0), h),
            (r * 0.5, h * dice.real(0.9, 1.1)),
            (0.01, h),
        ]
        return [lathe([*crown, *(np.array(crown[::-1]) - [0.012, 0.015])])] + (
            [ball((0, 0.02, 0.3), (0.22, 0.02, 0.2))] if dice.chance(0.3) else []
        )
    if style == "shoe":
        rows = []
        high = dice.real(0.2, 0.9)
        for y, z0, z1, w in (
            (0, -0.45, 0.5, 0.17),
            (0.08, -0.47, 0.53, 0.19),
            (0.16, -0.46, 0.4, 0.18),
            (0.26, -0.45, 0.05, 0.15),
            (0.26 + high * 0.5, -0.42, -0.02, 0.16),
            (0.26 + high, -0.44, 0.0, 0.17),
        ):
            angle = np.linspace(0, 2 * np.pi, 17)[:-1]
            rows.append(
                np.stack(
                    [w * np.cos(angle), np.full(16, y), (z0 + z1) / 2 + (z1 - z0) / 2 * np.sin(angle)], axis=1
                )
            )
        one = [loft(rows), box((0, -0.02, -0.3), (0.25, dice.real(0.04, 0.2), 0.25))]
        return one if dice.chance(0.6) else both_sides(move(one, 0.25, 0, 0))
    if style == "bag":
        w, h, d = dice.real(0.5, 1.0), dice.real(0.35, 0.8), dice.real(0.15, 0.35)
        strap = tube(
            filleted(
                [
                    (-w * 0.25, h, 0),
                    (-w * 0.2, h + dice.real(0.1, 0.3), 0),
                    (w * 0.2, h + 0.2, 0),
                    (w * 0.25, h, 0),
                ],
                0.08,
            ),
            0.02,
            8,
        )
        return [
            dice.pick(
                rounded_box((0, h / 2, 0), (w, h, d), d * 0.3),
                box((0, h / 2, 0), (w, h, d)),
                ball((0, h / 2, 0), (w / 2, h / 2, d / 2), 5, 5),
            ),
            strap,
            box((0, h * 0.7, d / 2), (w * 0.9, h * 0.4, 0.04)),
        ]
    if style == "book":
        w, h, t = dice.real(0.4, 0.8), 1.0, dice.real(0.05, 0.3)
        if dice.chance(0.3):
            leaf = [box((w / 2, 0, 0), (w, h, t * 0.4))]
            return both_sides(turn(leaf, 1, -dice.real(0, 40)))
        parts = [
            box((0, 0, 0), (w, h, t)),
            *both_sides([box((0.01, 0, t / 2), (w + 0.04, h + 0.04, 0.015))], 2),
            box((-w / 2, 0, 0), (0.015, h + 0.04, t)),
        ]
        return dice.pick(parts, turn(parts, 0, 90))
    if style == "box":
        w, h, d, t = dice.real(0.4, 1.0), dice.real(0.2, 0.8), dice.real(0.3, 0.8), 0.015
        parts = cut([box((0, h / 2, 0), (w, h, d))], box((0, h / 2 + t, 0), (w - 2 * t, h, d - 2 * t)))
        for axis, at in ((0, (0, h, d / 2)), (0, (0, h, -d / 2))):
            side = 1 if at[2] > 0 else -1
            parts += turn(
                [box((0, h, at[2] + side * d / 4), (w, t, d / 2))], axis, side * dice.real(-60, 80), at
            )
        return parts
    if style == "dumbbell":
        r = dice.real(0.12, 0.3)
        return [
            rod((-0.5, 0, 0), (0.5, 0, 0), 0.04),
            *both_sides(
                [
                    rod(
                        (0.3 + 0.1 * k, 0, 0),
                        (0.38 + 0.1 * k, 0, 0),
                        r * (1 - 0.2 * k),
                        sides=dice.pick(6, 24),
                    )
                    for k in range(dice.whole(1, 3))
                ]
            ),
        ]
    if style == "racket":
        oval = np.insert(regular(26, 1.0) * [0.28, 0.36], 2, 0, axis=1)
        strings = [
            rod(
                (x, -0.36 * (1 - (x / 0.28) ** 2) ** 0.5, 0),
                (x, 0.36 * (1 - (x / 0.28) ** 2) ** 0.5, 0),
                0.004,
                sides=6,
            )
            for x in np.linspace(-0.22, 0.22, 9)
        ]
        strings += [
            rod(
                (-0.28 * (1 - (y / 0.36) ** 2) ** 0.5, y, 0),
                (0.28 * (1 - (y / 0.36) ** 2) ** 0.5, y, 0),
                0.004,
                sides=6,
            )
            for y in np.linspace(-0.3, 0.3, 11)
        ]
        face: Parts = strings if dice.chance(0.6) else [extrude(oval[:, :2], 0.015, 2)]
        return laid(dice, [tube(oval, 0.02, 8, loop=True), *face, rod((0, -0.35, 0), (0, -0.9, 0), 0.025)])
    if style == "lighter":
        return [
            rounded_box((0, 0.3, 0), (0.3, 0.6, 0.12), 0.05),
            box((0.02, 0.65, 0), (0.2, 0.12, 0.1)),
            rod((-0.08, 0.68, -0.05), (-0.08, 0.68, 0.05), 0.06),
        ]
    return laid(
        dice,
        [
            lathe([(0, 0), (0.004, 0), (0.03, 0.1), (0.04, 0.2), (0.04, 0.9), (0.03, 1.0), (0, 1.0)]),
            box((0.045, 0.8, 0), (0.012, 0.3, 0.02)),
        ],
    )


KINDS: Kinds = {"carried": carried}

"""Musical instruments."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Array, Parts, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import (
    box,
    extrude,
    lathe,
    ring,
    rod,
)
from pcbin.datasets.generated.sweeps import filleted, smooth, tube
from pcbin.datasets.generated.tools import laid


def _guitar_outline(dice: Dice, long: float, w: float) -> Array:
    waist, upper = dice.real(0.55, 0.8), dice.real(0.7, 0.95)
    right = smooth(
        [
            (0.02, 0),
            (w * 0.35, 0.02),
            (w / 2, long * 0.25),
            (w / 2 * waist, long * 0.55),
            (w / 2 * upper, long * 0.8),
            (w * 0.2, long),
            (0.02, long),
        ],
        4,
    )
    return np.concatenate([right, right[::-1] * [-1, 1]])


def instrument(dice: Dice) -> Parts:
    """Guitars, violins, pianos, drums, trumpets, flutes, harps, bells."""
    style = dice.pick("guitar", "guitar", "electric", "violin", "piano", "drum", "trumpet", "flute")
    if style in ("guitar", "electric", "violin"):
        long, w = 0.5, dice.real(0.3, 0.42)
        deep = {"guitar": dice.real(0.08, 0.14), "electric": 0.04, "violin": 0.07}[style]
        outline = _guitar_outline(dice, long, w)
        if style == "electric" and dice.chance(0.6):
            horn = dice.real(0.05, 0.15)
            outline = smooth(
                [
                    (-w / 2, 0.15),
                    (-w * 0.2, 0),
                    (w * 0.3, 0.02),
                    (w / 2, 0.2),
                    (w * 0.3, 0.3),
                    (w * 0.4, 0.42 + horn),
                    (w * 0.1, 0.4),
                    (-w * 0.1, 0.38),
                    (-w * 0.4, 0.4 + horn * 0.5),
                    (-w * 0.3, 0.3),
                ],
                3,
                loop=True,
            )
        body: Parts = [extrude(outline, deep, 2)]
        if style == "guitar":
            body = cut(body, rod((0, long * 0.6, 0), (0, long * 0.6, deep), w * 0.13, sides=20))
        neck = dice.real(0.35, 0.55)
        body += [
            box((0, long + neck / 2 - 0.05, deep / 2), (0.05, neck + 0.1, 0.03)),
            turn(
                [box((0, long + neck + 0.06, deep / 2), (0.075, 0.14, 0.02))],
                0,
                -dice.real(5, 15),
                (0, long + neck, deep / 2),
            )[0],
            box((0, long * 0.25, deep / 2), (0.15, 0.03, 0.025)),
        ]
        body += both_sides(
            [
                rod((0.03, long + neck + y, deep / 2), (0.065, long + neck + y, deep / 2), 0.01, sides=6)
                for y in (0.03, 0.06, 0.09)
            ]
        )
        return laid(dice, body)
    if style == "piano":
        if dice.chance(0.5):
            return [
                box((0, 0.6, 0), (1.4, 1.2, 0.35)),
                box((0, 0.68, 0.3), (1.4, 0.15, 0.3)),
                box((0, 0.76, 0.33), (1.25, 0.03, 0.2)),
                *both_sides([box((0.65, 0.32, 0.4), (0.07, 0.64, 0.07))]),
                box((0, 0.06, 0.05), (1.4, 0.12, 0.4)),
            ]
        case = smooth(
            [(-0.75, 0.4), (0.75, 0.4), (0.75, -0.1), (0.3, -0.5), (0.1, -1.1), (-0.4, -1.3), (-0.75, -1.1)],
            3,
            loop=True,
        )
        leg = [rod((0, 0, 0), (0, 0.65, 0), 0.04, 0.07)]
        lid = turn([extrude(case, 0.02)], 2, dice.real(0, 40), (-0.75, 0, 0))
        return [
            extrude(case, 0.28, 1, (0, 0.78, 0)),
            box((0, 0.7, 0.48), (1.45, 0.12, 0.25)),
            *move(leg, -0.6, 0, 0.25),
            *move(leg, 0.6, 0, 0.25),
            *move(leg, -0.3, 0, -1.0),
            *move(lid, 0, 0.95, 0),
        ]
    if style == "drum":
        r, h = dice.real(0.3, 0.6), dice.real(0.2, 0.9)
        top = r * dice.pick(1.0, dice.real(0.6, 1.0))
        return [
            rod((0, 0, 0), (0, h, 0), r, top, 28),
            ring((0, h, 0), top, 0.02),
            *(
                [
                    *both_sides([rod((r * 0.7, 0.05, 0), (r * 0.9, -0.4, 0), 0.02)]),
                    rod((0, 0.05, -r * 0.7), (0, -0.4, -r * 0.9), 0.02),
                ]
                if dice.chance(0.5)
                else []
            ),
        ]
    if style == "trumpet":
        flare = lathe(
            smooth(
                [
                    (0.02, 0),
                    (0.025, 0.3),
                    (0.05, 0.45),
                    (0.14, 0.55),
                    (0.135, 0.55),
                    (0.045, 0.45),
                    (0.015, 0.3),
                ],
                4,
            )
        )
        coil = tube(filleted([(0, 0, 0), (0, -0.45, 0), (0, -0.45, 0.12), (0, 0.2, 0.12)], 0.06), 0.02, 10)
        return laid(
            dice,
            [
                flare,
                coil,
                *(rod((0, -0.3 + 0.07 * k, 0.04), (0, -0.3 + 0.07 * k, 0.2), 0.025) for k in range(3)),
                rod((0, 0.15, 0.12), (0, 0.25, 0.12), 0.015, 0.03),
            ],
        )
    long = dice.real(0.5, 1.2)
    keys = [
        rod((0, y, 0.02), (0, y, 0.06), 0.02, sides=8)
        for y in np.linspace(0.1, long * 0.7, dice.whole(4, 12))
    ]
    return laid(
        dice, [lathe([(0, 0), (0.04, 0), (0.03, 0.1), (0.03, long * 0.85), (0.022, long), (0, long)]), *keys]
    )


KINDS: Kinds = {"instrument": instrument}

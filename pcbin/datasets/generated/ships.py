"""Ships, boats, submarines. The bow looks along +z."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.aircraft import aerofoil
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, move
from pcbin.datasets.generated.solids import ball, box, extrude, rod, rounded_box
from pcbin.datasets.generated.sweeps import loft, rectangle, sweep


def hull(dice: Dice, long: float, w: float, h: float, stern: float) -> Parts:
    """A ship's hull, its deck at y = h."""
    s = np.linspace(0, 1, 12)
    rows = []
    for t in (0.0, 0.5, 1.0):
        half = (
            w
            / 2
            * (0.25 + 0.75 * t**0.6)
            * np.interp(s, [0, 0.15, 0.5, 0.8, 1], [stern, (1 + stern) / 2, 1, 0.75, 0.02])
        )
        z = (s - 0.5) * long * (0.85 + 0.15 * t) + 0.02 * long * t
        y = h * t + 0.12 * h * t * (2 * s - 0.8) ** 2
        right = np.stack([half, y, z], axis=1)
        rows.append(np.concatenate([right, right[::-1] * [-1, 1, 1]]))
    deck = [rows[-1] * [0.0, 1, 1]]
    return [loft([*rows, *deck])]


def ship(dice: Dice) -> Parts:
    """Sailing ships, yachts, warships, freighters, submarines, rowing boats, canoes."""
    style = dice.pick("sail", "sail", "war", "freight", "submarine", "row", "yacht")
    long, w, h = 1.0, dice.real(0.12, 0.3), dice.real(0.08, 0.16)
    if style == "submarine":
        r = dice.real(0.05, 0.08)
        parts: Parts = [
            ball((0, 0, 0), (r, r, 0.5), 2, dice.real(2, 3.5)),
            ball((0, r + 0.02, 0.1), (0.022, 0.09, 0.08), 2.5, 5),
        ]
        fins = move(aerofoil(0.12, 0.1, 0.05, 0.03, 0.012), 0, 0, -0.38)
        return [
            *parts,
            *around(fins, 4, 2),
            *both_sides(move(aerofoil(0.1, 0.06, 0.04, 0.01, 0.01), 0, r * 0.6, 0.15)),
            rod((0, 0.1, 0.12), (0, 0.22, 0.12), 0.006),
            *move(around([box((0, 0.03, 0), (0.02, 0.06, 0.006))], 4, 2), 0, 0, -0.51),
        ]
    parts = hull(dice, long, w, h, dice.real(0.1, 0.9))
    if style == "row":
        parts += [box((0, h * 0.9, z), (w * 0.9, 0.012, 0.05)) for z in (-0.2, 0.1)]
        parts += both_sides(
            [
                rod((w * 0.4, h, 0), (w * 1.6, h * 0.6, -0.15), 0.008),
                ball((w * 1.6, h * 0.6, -0.15), (0.06, 0.01, 0.025)),
            ]
        )
        return parts
    if style in ("sail", "yacht"):
        masts = dice.pick((0.05,), (0.15, -0.2), (0.25, 0.0, -0.28)) if style == "sail" else (0.08,)
        for z in masts:
            tall = dice.real(0.5, 1.0)
            parts.append(rod((0, h * 0.8, z), (0, h + tall, z), 0.01))
            if len(masts) == 1 or dice.chance(0.3):
                main = [
                    (z - 0.01, h + tall * 0.95),
                    (z - 0.01, h + 0.08),
                    (z - dice.real(0.3, 0.45), h + 0.08),
                ]
                jib = [(z + 0.02, h + tall * 0.85), (z + 0.02, h + 0.08), (0.5, h + 0.03)]
                parts += [extrude(main, 0.008, 0), extrude(jib, 0.008, 0)]
            else:
                for k in range(dice.whole(2, 4)):
                    y, wide = h + 0.15 + k * tall / 4, 0.2 * (1.2 - 0.18 * k)
                    parts += [
                        rod((-wide, y + tall / 5, z), (wide, y + tall / 5, z), 0.006, sides=6),
                        *move(
                            [
                                sweep(
                                    np.stack(
                                        [
                                            0 * np.arange(7),
                                            np.linspace(0, tall / 5, 7),
                                            0.04 * np.sin(np.linspace(0, np.pi, 7)),
                                        ],
                                        axis=1,
                                    ),
                                    rectangle(2 * wide, 0.005),
                                    (1, 0, 0),
                                )
                            ],
                            0,
                            y,
                            z,
                        ),
                    ]
        if len(masts) > 1:
            parts += [
                rod((0, h, 0.45), (0, h + 0.1, 0.7), 0.008),
                box((0, h + 0.03, -0.4), (w * 0.7, 0.08, 0.18)),
            ]
        return parts
    deck = h * 1.02
    z0 = dice.real(-0.3, 0.1)
    parts += [
        box((0, deck + 0.04, z0), (w * 0.6, 0.09, 0.22)),
        box((0, deck + 0.11, z0 + 0.03), (w * 0.45, 0.08, 0.12)),
        rod((0, deck, z0), (0, deck + 0.3, z0), 0.008),
    ]
    parts += [
        rod((0, deck + 0.05, z0 - 0.06 - 0.09 * k), (0, deck + 0.2, z0 - 0.07 - 0.09 * k), 0.025)
        for k in range(dice.whole(1, 3))
    ]
    if style == "war":
        for z in dice.pick((0.25, 0.35), (0.28,), (0.3, -0.38)):
            side = 1 if z > 0 else -1
            parts += [
                rounded_box((0, deck + 0.03, z), (0.09, 0.05, 0.08), 0.01),
                *both_sides(
                    [rod((0.02, deck + 0.04, z), (0.02, deck + 0.05, z + side * 0.13), 0.007, sides=8)]
                ),
            ]
        if dice.chance(0.2):
            parts = hull(dice, long, w, h, 0.8) + [
                box((0.02, h + 0.02, 0), (w * 1.3, 0.02, long)),
                box((w * 0.5, h + 0.1, 0), (0.06, 0.16, 0.18)),
                rod((w * 0.5, h + 0.1, 0), (w * 0.5, h + 0.3, 0), 0.006),
            ]
    else:
        rows = dice.whole(2, 5)
        parts += [
            box(
                (0, deck + 0.03, 0.4 - 0.7 * (k + 0.5) / rows * 0.6),
                (w * 0.8, dice.real(0.04, 0.12), 0.3 / rows),
            )
            for k in range(rows)
            if abs(0.4 - 0.42 * (k + 0.5) / rows - z0) > 0.12
        ]
    return parts


KINDS: Kinds = {"ship": ship}

"""Aeroplanes, helicopters, airships, rockets, saucers, satellites. The front looks along +z."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, move, stretch, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, loft, smooth, tube


def aerofoil(span: float, root: float, tip: float, sweep_back: float, t: float, rise: float = 0.0) -> Parts:
    """The wing at +x: its front edge starts at z = 0."""
    rows = []
    for s in (0.0, 1.0):
        chord = root + (tip - root) * s
        z = -sweep_back * s
        flat = np.array([(0, z), (t * 0.5, z - chord * 0.3), (0, z - chord), (-t * 0.5, z - chord * 0.35)])
        rows.append(
            np.stack([np.full(4, s * span), flat[:, 0] * (1 - 0.5 * s) + rise * s, flat[:, 1]], axis=1)
        )
    return [loft([rows[1], rows[0]])]


def plane(dice: Dice) -> Parts:
    """Fighters, airliners, biplanes, gliders, bombers, spacecraft with wings."""
    style = dice.pick("jet", "jet", "jet", "liner", "prop", "biplane", "glider", "delta", "flyer", "space")
    r = dice.real(0.03, 0.075)
    nose, tail = dice.real(0.15, 0.35), dice.real(0.2, 0.5)
    curve = smooth(
        [
            (0.003, 0.5),
            (r * 0.6, 0.5 - nose * 0.5),
            (r, 0.5 - nose),
            (r, -0.5 + tail),
            (r * dice.real(0.3, 0.9), -0.5),
        ],
        4,
    )
    fuselage = turn([lathe([(0, 0.5), *curve, (0, -0.5)], sides=16)], 0, 90)
    parts: Parts = stretch(fuselage, dice.real(0.9, 1.5), dice.real(0.9, 1.4), 1)
    low = dice.pick(0.0, -0.6, 0.6) * r
    span, root = {
        "jet": (0.3, 0.35),
        "liner": (0.48, 0.2),
        "prop": (0.5, 0.17),
        "biplane": (0.5, 0.15),
        "glider": (0.8, 0.1),
        "delta": (0.32, 0.6),
        "flyer": (0.6, 0.5),
        "space": (0.3, 0.3),
    }[style]
    span, root = span * dice.real(0.75, 1.25), root * dice.real(0.75, 1.25)
    back = span * {
        "jet": dice.real(0.3, 1.0),
        "liner": 0.55,
        "delta": 1.6,
        "flyer": 0.6,
        "space": dice.real(-0.4, 1.2),
    }.get(style, 0.05)
    tip = root * dice.real(0.2, 0.5) if style not in ("prop", "biplane") else root * dice.real(0.7, 1.0)
    at = dice.real(-0.05, 0.15) if style not in ("delta", "flyer") else dice.real(0.1, 0.25)
    wing = aerofoil(span, root, tip, back, dice.real(0.012, 0.03), dice.real(-0.04, 0.08))
    parts += both_sides(move(wing, 0, low, at))
    if style == "biplane":
        gap = dice.real(0.12, 0.2)
        parts += both_sides(move(wing, 0, low + gap, at + 0.02))
        parts += both_sides(
            [
                rod(
                    (span * s, low, at - root * 0.5),
                    (span * s, low + gap, at - root * 0.5 + 0.02),
                    0.006,
                    sides=6,
                )
                for s in (0.12, 0.6)
            ]
        )
    if style != "flyer":
        fin = aerofoil(dice.real(0.1, 0.22), dice.real(0.12, 0.22), 0.07, dice.real(0.05, 0.2), 0.015)
        rear = -0.5 + dice.real(0.15, 0.22)
        if dice.chance(0.35) and style in ("jet", "delta", "space"):
            parts += both_sides(move(turn(fin, 2, dice.real(60, 90)), r * 0.8, 0, rear))
        else:
            parts += move(turn(fin, 2, 90), 0, 0, rear)
        if style not in ("delta",):
            up = dice.pick(0.0, 0.0, 0.13)
            parts += both_sides(
                move(
                    aerofoil(span * dice.real(0.3, 0.5), 0.13, 0.07, dice.real(0.02, 0.15), 0.012),
                    0,
                    up,
                    rear,
                )
            )
    if style == "liner":
        engines = dice.pick((0.35,), (0.3, 0.6))
        parts += both_sides(
            [
                rod(
                    (span * s, low - 0.04, at - back * s + 0.05),
                    (span * s, low - 0.04, at - back * s - 0.08),
                    0.026,
                    0.018,
                    14,
                )
                for s in engines
            ]
        )
    if style in ("prop", "biplane"):
        blade = [box((0.0, 0.06, 0), (0.02, 0.12, 0.006))]
        spots = (
            [(0.0, 0.0, 0.5)]
            if dice.chance(0.7)
            else [(span * 0.35, low, at + 0.06), (-span * 0.35, low, at + 0.06)]
        )
        for spot in spots:
            parts += move([*around(blade, dice.pick(2, 3), 2), ball((0, 0, 0), 0.018)], *spot)
            if spot[0]:
                parts.append(ball((spot[0], spot[1], spot[2] - 0.07), (0.028, 0.028, 0.09)))
        parts += both_sides(
            [
                rod((0.02, -r * 0.8, 0.2), (0.08, -r - 0.08, 0.22), 0.006, sides=6),
                rod((0.07, -r - 0.08, 0.22), (0.09, -r - 0.08, 0.22), 0.03, sides=14),
            ]
        )
    if style in ("jet", "delta"):
        parts.append(ball((0, r * 0.9, 0.22), (r * 0.55, r * 0.6, 0.12)))
        if dice.chance(0.5):
            parts += both_sides([rounded_box((r * 1.3, 0, -0.05), (r * 1.1, r * 1.2, 0.5), r * 0.4)])
        if dice.chance(0.5):
            parts += both_sides(
                [
                    rod(
                        (span * s, low - 0.02, at - back * s),
                        (span * s, low - 0.02, at - back * s - 0.2),
                        0.01,
                        sides=8,
                    )
                    for s in dice.pick((0.5,), (0.4, 0.75), (1.0,))
                ]
            )
    if style == "space" and dice.chance(0.7):
        parts += both_sides(
            [rod((span, dice.real(-0.1, 0.1), at + 0.1), (span, 0, at - 0.3), dice.real(0.01, 0.05))]
        )
        if dice.chance(0.4):
            parts += turn(both_sides(move(wing, 0, low, at)), 2, 35)
    if style == "liner" and dice.chance(0.3):
        parts = stretch(parts, 1.2, 1.2, 1)
    return parts


def helicopter(dice: Dice) -> Parts:
    """Helicopters, drones, balloons, airships, saucers, rockets, satellites."""
    style = dice.pick(
        "helicopter", "helicopter", "balloon", "airship", "saucer", "rocket", "satellite", "drone", "cruiser"
    )
    if style == "helicopter":
        parts: Parts = [
            ball((0, 0, 0.1), (0.13, 0.15, dice.real(0.22, 0.35)), 2.4),
            rod((0, 0.03, -0.05), (0, 0.07, -0.65), 0.07, 0.02),
            rod((0, 0.1, 0.05), (0, 0.22, 0.05), 0.03),
        ]
        blade = [box((0.3, 0.22, 0), (0.6, 0.008, 0.035))]
        parts += move(around(blade, dice.pick(2, 3, 4, 5), start=dice.real(0, 90)), 0, 0, 0.05)
        parts += [
            extrude([(-0.7, 0.05), (-0.6, 0.05), (-0.68, 0.22), (-0.75, 0.22)], 0.012, 0),
            *move(around([box((0, 0.06, 0), (0.006, 0.12, 0.02))], 4, 0), 0.02, 0.09, -0.66),
        ]
        if dice.chance(0.7):
            parts += both_sides(
                [
                    rod((0.12, -0.2, -0.15), (0.12, -0.2, 0.35), 0.009, sides=8),
                    *(rod((0.06, -0.1, z), (0.12, -0.2, z), 0.007, sides=6) for z in (0, 0.2)),
                ]
            )
        if dice.chance(0.3):
            parts += both_sides(
                [*aerofoil(0.25, 0.1, 0.08, 0, 0.015), rod((0.2, -0.03, 0.05), (0.2, -0.03, -0.15), 0.02)]
            )
        return parts
    if style == "balloon":
        curve = smooth([(0.06, 0), (0.25, 0.2), (0.42, 0.6), (0.3, 0.9), (0, 1.0)], 5)
        basket = dice.real(0.06, 0.1)
        return [
            lathe([(0, 0), *curve], sides=dice.pick(12, 24)),
            box((0, -0.25, 0), (2 * basket, 0.12, 2 * basket)),
            *both_sides(both_sides([rod((basket, -0.2, basket), (0.05, 0.02, 0.05), 0.004, sides=6)]), 2),
        ]
    if style == "airship":
        parts = [ball((0, 0, 0), (0.13, 0.13, 0.5)), box((0, -0.15, 0.05), (0.06, 0.06, 0.2))]
        return parts + around(
            move(aerofoil(0.2, 0.18, 0.1, 0.06, 0.012), 0, 0, -0.28), 4, 2, dice.pick(0.0, 45.0)
        )
    if style in ("saucer", "cruiser"):
        r, h = 0.5, dice.real(0.05, 0.15)
        disc = lathe(
            smooth(
                [
                    (0, -h),
                    (r * 0.5, -h * 0.8),
                    (r, 0),
                    (r * dice.real(0.3, 0.6), h * 0.8),
                    (0, h * dice.real(1, 2.5)),
                ],
                5,
            ),
            sides=32,
        )
        if style == "saucer":
            legs = [rod((0.2, -h * 0.5, 0), (0.3, -0.25, 0), 0.012), ball((0.3, -0.25, 0), 0.025)]
            return [disc, ball((0, h, 0), (0.18, 0.12, 0.18)), *(around(legs, 3) if dice.chance(0.5) else [])]
        hull = ball((0, -0.15, -0.6), (0.09, 0.09, 0.35))
        pods = both_sides(
            [
                rod((0.25, dice.real(-0.1, 0.15), -1.4), (0.25, 0, -0.7), 0.05),
                bar((0.05, -0.15, -0.8), (0.25, 0, -1.0), 0.02, 0.1),
            ]
        )
        return [disc, bar((0, -0.02, -0.3), (0, -0.15, -0.55), 0.08, 0.15), hull, *pods]
    if style == "rocket":
        r = dice.real(0.05, 0.12)
        curve = smooth([(r * 0.7, 0), (r, 0.1), (r, 0.7), (r * 0.6, 0.9), (0.002, 1.05)], 4)
        fin = extrude([(r * 0.8, 0.25), (r + 0.15, 0.02), (r + 0.15, -0.08), (r * 0.6, 0.05)], 0.015, 2)
        parts = [
            lathe([(0, 0), *curve]),
            *around([fin], dice.pick(3, 4)),
            lathe([(0.03, 0.02), (r * 0.6, -0.06), (r * 0.5, -0.06), (0.02, 0.02)]),
        ]
        return parts + (
            both_sides(
                [
                    rod((r * 1.9, 0, 0), (r * 1.9, 0.6, 0), r * 0.7, sides=16),
                    rod((r * 1.9, 0.6, 0), (r * 1.9, 0.72, 0), r * 0.7, 0.003, 16),
                    box((r * 1.2, 0.3, 0), (r, 0.4, 0.02)),
                ]
            )
            if dice.chance(0.3)
            else []
        )
    if style == "satellite":
        body: Parts = [
            box((0, 0, 0), (0.2, 0.25, 0.2)) if dice.chance(0.6) else rod((0, -0.15, 0), (0, 0.15, 0), 0.12)
        ]
        panel = dice.real(0.4, 1.0)
        body += both_sides(
            [
                rod((0.08, 0, 0), (0.22, 0, 0), 0.01),
                box((0.2 + panel / 2, 0, 0), (panel, dice.real(0.15, 0.35), 0.012)),
            ]
        )
        dish = lathe(
            [
                (0, 0),
                *smooth([(0.02, 0), (0.12, 0.03), (0.2, 0.1)], 3),
                *(smooth([(0.2, 0.1), (0.12, 0.03), (0.02, 0)], 3) + [0, 0.008]),
            ]
        )
        return body + move(
            turn([dish, rod((0, 0, 0), (0, 0.15, 0), 0.008)], 0, dice.pick(0.0, 90.0)), 0, 0.13, 0
        )
    arm = [
        rod((0, 0, 0), (0.35, 0.02, 0), 0.018),
        rod((0.35, 0, 0), (0.35, 0.07, 0), 0.03),
        box((0.35, 0.075, 0), (0.28, 0.006, 0.025)),
    ]
    return [
        ball((0, 0, 0), (0.13, 0.06, 0.17), 3),
        *around(arm, dice.pick(4, 4, 6), start=45),
        ball((0, -0.07, 0.1), 0.04),
        *both_sides(
            [
                tube(
                    filleted(
                        [(0.06, 0, 0.12), (0.12, -0.14, 0.12), (0.12, -0.14, -0.12), (0.06, 0, -0.12)], 0.03
                    ),
                    0.008,
                    6,
                )
            ]
        ),
    ]


KINDS: Kinds = {"helicopter": helicopter, "plane": plane}

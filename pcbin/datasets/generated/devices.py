"""Screens, computers, telephones, cameras, microscopes, signs and other devices."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import legs
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import (
    ball,
    bar,
    box,
    extrude,
    lathe,
    prism,
    regular,
    ring,
    rod,
    rounded_box,
)
from pcbin.datasets.generated.sweeps import filleted, rounded, smooth, sweep, tube


def monitor(dice: Dice) -> Parts:
    """Flat screens on stands, tubes, televisions, easels, projection screens."""
    style = dice.pick("flat", "flat", "flat", "tube", "tv", "wide")
    w = dice.real(0.4, 0.7)
    h = w * dice.pick(dice.real(0.55, 0.65), dice.real(0.7, 0.85))
    if style in ("tube", "tv"):
        d = w * dice.real(0.5, 0.95)
        parts: Parts = [rounded_box((0, h / 2, 0), (w, h, d * 0.35), 0.02)]
        parts.append(turn([prism(w * 0.92, h * 0.9, 0, d * 0.75, dice.real(0.4, 0.8))], 0, -90)[0])
        parts[-1] = move([parts[-1]], 0, h / 2, -d * 0.1)[0]
        if dice.chance(0.5):
            parts = cut(parts, rounded_box((0, h * 0.52, d * 0.18), (w * 0.82, h * 0.78, 0.04), 0.015))
        if style == "tv":
            return [
                *parts,
                *(both_sides([rod((0, h, 0), (0.2, h + 0.25, 0), 0.006)]) if dice.chance(0.4) else []),
                *legs.feet(dice, w, d * 0.3, 0.03),
            ]
        return [
            *move(parts, 0, 0.08, 0),
            lathe([(0, 0), (w * 0.3, 0), (w * 0.28, 0.02), (w * 0.12, 0.03), (w * 0.15, 0.09), (0, 0.09)]),
        ]
    if style == "wide":
        w, h = dice.real(0.9, 1.4), dice.real(0.5, 0.75)
    t, lift, lean = dice.real(0.015, 0.06), dice.real(0.06, 0.2), dice.real(-3, 12)
    panel: Parts = [rounded_box((0, 0, 0), (w, h, t), dice.real(0.003, 0.02))]
    rim = dice.real(0.01, 0.04)
    if dice.chance(0.6):
        panel = cut(panel, box((0, 0, t / 2), (w - 2 * rim, h - 2 * rim, t * 0.4)))
    if dice.chance(0.5):
        panel.append(rounded_box((0, 0, -t * 0.7), (w * 0.6, h * 0.6, t), 0.01))
    parts = move(turn(panel, 0, -lean), 0, lift + h / 2, 0)
    stand = dice.pick("disc", "disc", "plate", "vee", "feet", "arm")
    parts.append(bar((0, 0.01, -t * 1.2), (0, lift + h * 0.35, -t), dice.real(0.04, 0.15), 0.02))
    if stand == "disc":
        r = w * dice.real(0.2, 0.35)
        parts += [extrude(regular(24, 1.0) * [r, r * dice.real(0.6, 1.0)], 0.015, 1, (0, 0.008, 0))]
    elif stand in ("plate", "arm"):
        parts.append(rounded_box((0, 0.01, 0), (w * dice.real(0.3, 0.6), 0.02, dice.real(0.15, 0.25)), 0.009))
    elif stand == "vee":
        parts += both_sides([bar((0, 0.01, -0.08), (w * 0.3, 0.01, 0.1), 0.04, 0.02)])
    else:
        parts += both_sides(
            [
                box((w * 0.35, 0.01, 0), (0.03, 0.02, 0.2)),
                box((w * 0.35, lift / 2, 0), (0.02, lift + 0.02, 0.02)),
            ]
        )
    if dice.chance(0.15):
        parts += both_sides([rounded_box((w / 2 + 0.06, h * 0.4, 0), (0.1, h * 0.8, 0.1), 0.01)])
    return parts


def computer(dice: Dice) -> Parts:
    """Laptops, towers, keyboards, mice, printers, game pads, a whole desk top."""
    style = dice.pick("laptop", "laptop", "tower", "keyboard", "desktop", "mouse", "printer")
    if style == "laptop":
        w, d, t = dice.real(0.3, 0.4), dice.real(0.21, 0.28), dice.real(0.012, 0.035)
        keys = _keys(dice, w * 0.85, d * 0.45, 4, 10)
        lid = turn([rounded_box((0, d / 2, 0), (w, d, t * 0.6), 0.004)], 0, -dice.real(0, 45))
        return [
            rounded_box((0, t / 2, 0), (w, t, d), 0.004),
            *move(keys, 0, t, -d * 0.15),
            *move(lid, 0, t, -d / 2),
        ]
    if style == "tower":
        w, h, d = dice.real(0.17, 0.22), dice.real(0.35, 0.5), dice.real(0.38, 0.5)
        parts: Parts = [rounded_box((0, h / 2, 0), (w, h, d), 0.01)]
        parts += [
            box((0, h * 0.9 - 0.05 * k, d / 2), (w * 0.85, 0.04, 0.01)) for k in range(dice.whole(1, 4))
        ]
        return [
            *parts,
            rod((0, h * 0.4, d / 2), (0, h * 0.4, d / 2 + 0.01), 0.015),
            *legs.feet(dice, w, d, 0.01),
        ]
    if style == "keyboard":
        w, d = dice.real(0.38, 0.48), dice.real(0.13, 0.2)
        keys = _keys(dice, w * 0.96, d * 0.85, dice.whole(4, 6), dice.whole(10, 18))
        return turn([rounded_box((0, -0.008, 0), (w, 0.018, d), 0.006), *keys], 0, dice.real(0, 8))
    if style == "mouse":
        return [
            ball((0, 0, 0), (0.03, 0.02, 0.055), dice.real(2, 3), 2.5),
            ball((0, 0.018, 0.02), (0.004, 0.006, 0.01)),
            tube(smooth([(0, 0, 0.05), (0.02, 0, 0.12), (-0.03, 0, 0.2)], 4), 0.003, 6),
        ]
    if style == "printer":
        w, h, d = dice.real(0.35, 0.5), dice.real(0.15, 0.35), dice.real(0.3, 0.45)
        tray = turn([box((0, 0.1, 0), (w * 0.7, 0.2, 0.01))], 0, -20)
        return [
            rounded_box((0, h / 2, 0), (w, h, d), 0.02),
            *move(tray, 0, h * 0.9, -d * 0.35),
            box((0, h * 0.25, d / 2 + 0.05), (w * 0.7, 0.012, 0.14)),
            box((w * 0.3, h, d * 0.25), (w * 0.25, 0.02, d * 0.2)),
        ]
    parts = move(monitor(dice), 0, dice.pick(0.0, 0.12), -0.05)
    keys = _keys(dice, 0.42, 0.12, 5, 14)
    parts += move(
        [rounded_box((0, 0.008, 0), (0.45, 0.018, 0.15), 0.006), *move(keys, 0, 0.02, 0)], 0, 0, 0.28
    )
    parts.append(
        box((0, 0.06, -0.05), (0.42, 0.12, 0.4))
        if dice.chance(0.4)
        else rounded_box((0.45, 0.22, -0.05), (0.19, 0.44, 0.42), 0.01)
    )
    return [*parts, ball((0.32, 0.015, 0.28), (0.03, 0.018, 0.05))]


def _keys(dice: Dice, w: float, d: float, rows: int, columns: int) -> Parts:
    """Keys of a board in the plane y = 0."""
    return [
        box(
            ((i + 0.5) * w / columns - w / 2, 0.003, (k + 0.5) * d / rows - d / 2),
            (w / columns * 0.8, 0.012, d / rows * 0.8),
        )
        for i in range(columns)
        for k in range(rows)
    ]


def phone(dice: Dice) -> Parts:
    """Mobile and desk telephones, handsets, remote controls, calculators, pads, radios."""
    style = dice.pick("mobile", "mobile", "desk", "handset", "remote", "radio", "fold")
    if style in ("mobile", "remote", "fold"):
        w, h, t = dice.real(0.05, 0.09), dice.real(0.11, 0.19), dice.real(0.007, 0.025)
        body: Parts = [extrude(rounded(w, h, dice.real(0.004, 0.02)), t, 2)]
        if dice.chance(0.5):
            body = cut(body, box((0, h * 0.12, t / 2), (w * 0.85, h * 0.55, t * 0.3)))
        if style != "mobile" or dice.chance(0.5):
            body += move(turn(_keys(dice, w * 0.8, h * 0.35, 4, 3), 0, 90), 0, -h * 0.25, t / 2)
        if style == "fold":
            return [
                *body,
                *move(
                    turn([extrude(rounded(w, h, 0.01), t * 0.8, 2, (0, h / 2, 0))], 0, dice.real(20, 70)),
                    0,
                    h / 2,
                    0,
                ),
            ]
        if dice.chance(0.3):
            body.append(rod((w * 0.35, h / 2, 0), (w * 0.35, h / 2 + 0.04, 0), 0.005))
        return dice.pick(body, turn(body, 0, -90))
    path = smooth([(-0.1, 0, 0), (-0.06, 0.035, 0), (0.06, 0.035, 0), (0.1, 0, 0)], 5)
    handset = [tube(path, 0.017, 10), *both_sides([rod((0.1, 0.01, 0), (0.105, -0.02, 0), 0.025, 0.032)])]
    if style == "handset":
        return dice.pick(handset, turn(handset, 2, 90))
    if style == "radio":
        w, h, d = dice.real(0.2, 0.4), dice.real(0.12, 0.25), dice.real(0.05, 0.1)
        front = both_sides([ring((w * 0.3, h * 0.45, d / 2), h * 0.3, 0.008, 2)])
        return [
            rounded_box((0, h / 2, 0), (w, h, d), 0.015),
            *front,
            box((0, h * 0.6, d / 2), (w * 0.25, h * 0.3, 0.015)),
            tube(
                filleted(
                    [(-w * 0.4, h, 0), (-w * 0.4, h * 1.3, 0), (w * 0.4, h * 1.3, 0), (w * 0.4, h, 0)], 0.03
                ),
                0.007,
                8,
            ),
            rod((w * 0.4, h, -d * 0.4), (w * 0.5, h + 0.2, -d * 0.4), 0.003, sides=6),
        ]
    base = extrude([(-0.09, 0), (0.1, 0), (0.1, 0.03), (0.0, 0.07), (-0.09, 0.08)], 0.2, 0)
    buttons = turn(_keys(dice, 0.09, 0.08, 4, 3), 0, 20)
    coil = tube(
        np.stack(
            [
                0.13 + 0.01 * np.cos(np.linspace(0, 40, 80)),
                0.03 + 0.01 * np.sin(np.linspace(0, 40, 80)),
                np.linspace(-0.08, 0.08, 80),
            ],
            axis=1,
        ),
        0.003,
        6,
    )
    return [
        base,
        *move(buttons, 0.0, 0.05, 0.05),
        *move(handset, 0, 0.085, -0.05),
        *([coil] if dice.chance(0.5) else []),
    ]


def optics(dice: Dice) -> Parts:
    """Cameras, microscopes, telescopes, binoculars, projectors, torches, dishes."""
    style = dice.pick("camera", "camera", "microscope", "telescope", "binoculars", "torch", "dish")
    if style == "camera":
        w, h, d, r = 0.14, dice.real(0.07, 0.1), dice.real(0.04, 0.07), dice.real(0.02, 0.035)
        lens = [
            rod((0, 0, 0), (0, 0, d / 2 + 0.02 + 0.02 * k), r * (1.15 - 0.15 * k), sides=20)
            for k in range(dice.whole(1, 4))
        ]
        return [
            rounded_box((0, 0, 0), (w, h, d), 0.01),
            *move(lens, dice.pick(0.0, 0.02), 0, 0),
            box((0, h / 2 + 0.008, 0), (0.04, 0.03, d * 0.7)),
            rod((w * 0.35, h / 2, 0), (w * 0.35, h / 2 + 0.012, 0), 0.01),
        ]
    if style == "microscope":
        lean = dice.real(0, 30)
        tube_ = turn(
            [
                rod((0, 0, 0), (0, 0.25, 0), 0.025),
                rod((0, -0.06, 0), (0, 0, 0), 0.012, 0.022),
                rod((0, 0.25, 0), (0, 0.29, 0), 0.018),
            ],
            0,
            -lean,
        )
        arm = sweep(
            smooth([(0, 0.02, -0.1), (0, 0.2, -0.13), (0, 0.34, -0.06)], 5),
            rounded(0.05, 0.04, 0.01),
            (1, 0, 0),
        )
        return [
            box((0, 0.015, -0.02), (0.16, 0.03, 0.22)),
            arm,
            box((0, 0.13, 0), (0.13, 0.012, 0.13)),
            *move(tube_, 0, 0.24, 0),
            box((0, 0.13, -0.08), (0.05, 0.04, 0.1)),
            *both_sides([rod((0.03, 0.15, -0.12), (0.06, 0.15, -0.12), 0.025)]),
        ]
    if style == "telescope":
        scope = turn(
            [
                rod((0, 0, -0.4), (0, 0, 0.3), 0.05),
                rod((0, 0, 0.3), (0, 0, 0.5), 0.06),
                rod((0, 0, -0.5), (0, 0, -0.4), 0.025),
            ],
            0,
            -dice.real(0, 50),
        )
        return [*move(scope, 0, 0.9, 0), *legs.tripod(dice, 0.7, 0.7, 0.88)]
    if style == "binoculars":
        return [
            *both_sides(
                [
                    lathe(
                        [(0, 0), (0.035, 0), (0.035, 0.06), (0.02, 0.1), (0.022, 0.17), (0, 0.17)],
                        (0.045, 0, 0),
                    )
                ]
            ),
            box((0, 0.09, 0), (0.09, 0.05, 0.02)),
            rod((0, 0.06, 0), (0, 0.14, 0), 0.01),
        ]
    if style == "torch":
        return turn(
            [
                lathe(
                    [
                        (0, 0),
                        (0.03, 0),
                        (0.03, 0.18),
                        (0.05, 0.24),
                        (0.05, 0.28),
                        (0.045, 0.28),
                        (0.02, 0.23),
                        (0, 0.23),
                    ]
                ),
                box((0.03, 0.13, 0), (0.01, 0.03, 0.015)),
            ],
            dice.whole(0, 2),
            dice.pick(0.0, 90.0),
        )
    r = dice.real(0.4, 0.6)
    curve = np.array([(0.02, 0), (r * 0.5, 0.08), (r, dice.real(0.2, 0.35))])
    dish = [
        lathe([*smooth(curve, 4), *(smooth(curve, 4)[::-1] + [0, 0.015])]),
        rod((0, 0, 0), (0, 0.4, 0), 0.015),
        *around([rod((r * 0.9, 0.25, 0), (0, 0.4, 0), 0.008, sides=6)], 3),
    ]
    return [
        *move(turn(dish, 0, dice.real(20, 70)), 0, 0.7, 0),
        rod((0, 0, 0), (0, 0.7, 0), 0.05),
        *legs.pedestal(dice, 0.6, 0.6, 0.3),
    ]


def sign(dice: Dice) -> Parts:
    """Road signs, billboards, mail boxes, flags, traffic lights, parking meters, hydrants."""
    h, r = dice.real(0.8, 2.2), dice.real(0.02, 0.05)
    style = dice.pick("road", "road", "board", "mail", "flag", "lights", "hydrant", "post")
    pole: Parts = [rod((0, 0, 0), (0, h, 0), r)]
    if style == "road":
        plate = dice.pick(
            regular(24, 0.3),
            regular(8, 0.3, 22.5),
            regular(3, 0.35, 90),
            regular(4, 0.35, 45),
            regular(4, 0.35, 0),
        )
        return [*pole, extrude(plate * [1, dice.real(0.6, 1.2)], 0.02, 2, (0, h - 0.15, r))]
    if style == "board":
        w = dice.real(1.0, 2.5)
        return [
            box((0, h, 0), (w, dice.real(0.5, 1.2), 0.08)),
            *both_sides([box((w * dice.real(0.2, 0.4), h / 2, 0), (0.1, h, 0.08))]),
        ]
    if style == "mail":
        w, d = dice.real(0.2, 0.35), dice.real(0.3, 0.55)
        arch = np.array(
            [
                (-w / 2, 0),
                (w / 2, 0),
                *[(w / 2 * np.cos(a), w * 0.6 + w / 2 * np.sin(a)) for a in np.linspace(0, np.pi, 11)],
            ]
        )
        return [
            box((0, 0.5, 0), (0.09, 1.0, 0.09)),
            extrude(arch, d, 2, (0, 1.0, 0)),
            box((w / 2 + 0.02, 1.15, 0.05), (0.02, 0.15, 0.05)),
        ]
    if style == "flag":
        xs = np.linspace(0, dice.real(0.5, 1.0), 14)
        wave = np.stack([xs, 0 * xs + h - 0.25, 0.06 * np.sin(xs * dice.real(6, 12))], axis=1)
        return [
            *pole,
            ball((0, h, 0), 0.04),
            sweep(
                wave, np.array([(-0.25, -0.005), (0.25, -0.005), (0.25, 0.005), (-0.25, 0.005)]), (0, 1, 0)
            ),
        ]
    if style == "lights":
        lamps = [rod((0, h - 0.15 * k, 0), (0, h - 0.15 * k, 0.2), 0.06, sides=14) for k in range(3)]
        return [*pole, box((0, h - 0.15, 0.05), (0.2, 0.5, 0.16)), *lamps]
    if style == "hydrant":
        body = lathe(
            [
                (0, 0),
                (0.2, 0),
                (0.2, 0.06),
                (0.13, 0.08),
                (0.13, 0.55),
                (0.17, 0.57),
                (0.16, 0.65),
                (0.05, 0.8),
                (0, 0.82),
            ]
        )
        return [
            body,
            *both_sides([rod((0.1, 0.45, 0), (0.25, 0.45, 0), 0.06)]),
            rod((0, 0.4, 0.1), (0, 0.4, 0.24), 0.08),
        ]
    arms = [box((0.3, 0, 0), (0.6, 0.14, 0.03))]
    return [
        *pole,
        *(
            q
            for k in range(dice.whole(1, 4))
            for q in move(turn(arms, 1, dice.real(0, 360)), 0, h - 0.1 - 0.18 * k, 0)
        ),
    ]


KINDS: Kinds = {"computer": computer, "monitor": monitor, "optics": optics, "phone": phone, "sign": sign}

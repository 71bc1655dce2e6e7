"""Tools and cutlery."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Part, Parts, both_sides, cut, turn
from pcbin.datasets.generated.solids import (
    bar,
    box,
    extrude,
    hull,
    lathe,
    regular,
    ring,
    rod,
    rounded_box,
)
from pcbin.datasets.generated.sweeps import rectangle, shell, smooth, sweep, tube


def laid(dice: Dice, parts: Parts) -> Parts:
    """What was built upright stands, or lies along x or z."""
    return dice.pick(parts, turn(parts, 2, 90), turn(parts, 0, 90))


def grip(dice: Dice, long: float, r: float) -> Part:
    """A handle along y, its upper end at y = 0."""
    if dice.chance(0.3):
        return rounded_box((0, -long / 2, 0), (2 * r, long, 1.4 * r), r * 0.5)
    bulge = [(r * dice.real(0.6, 1.1), -long * s) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return lathe([(0, 0), *smooth(bulge, 3), (0, -long)], sides=14)


def hammer(dice: Dice) -> Parts:
    """Hammers, mallets, axes, picks."""
    long, r = dice.real(0.6, 1.2), dice.real(0.02, 0.04)
    parts: Parts = [grip(dice, long, r)]
    style = dice.pick("hammer", "claw", "mallet", "axe", "axe", "pick")
    w = dice.real(0.12, 0.25)
    if style == "mallet":
        head = dice.real(0.06, 0.12)
        parts.append(
            rod((-w, 0, 0), (w, 0, 0), head, sides=20)
            if dice.chance(0.6)
            else box((0, 0, 0), (2 * w, 1.7 * head, 1.4 * head))
        )
    elif style in ("hammer", "claw"):
        t = dice.real(0.03, 0.05)
        parts += [box((0, 0, 0), (w, 2 * t, 2 * t)), rod((w * 0.4, 0, 0), (w, 0, 0), t * 1.1, t * 1.25)]
        if style == "claw":
            path = smooth([(-w * 0.3, 0, 0), (-w * 0.8, 0.0, 0), (-w * 1.3, -0.1, 0)], 4)
            parts += both_sides(
                [
                    sweep(
                        path + [0, 0, t * 0.6],
                        rectangle(t * 0.8, t * 0.7),
                        (0, 0, 1),
                        np.linspace(1, 0.4, len(path)),
                    )
                ],
                2,
            )
        else:
            parts.append(
                hull(
                    [(-w, -t, -t), (-w * 0.3, -t, -t), (-w * 0.3, -t, t), (-w, -t, t)],
                    [(-w * 0.4, t, -t), (-w * 0.3, t, -t), (-w * 0.3, t, t), (-w * 0.4, t, t)],
                )
            )
    elif style == "axe":
        edge = dice.real(0.12, 0.3)
        outline = [
            (0.03, 0.05),
            (w, edge / 2),
            (w + 0.05, 0),
            (w, -edge / 2 * dice.real(0.8, 1.5)),
            (0.03, -0.05),
        ]
        blade: Parts = [extrude(smooth(outline, 3), 0.025, 2), box((0, 0, 0), (0.08, 0.12, 0.05))]
        parts += blade if dice.chance(0.7) else both_sides(blade)
    else:
        path = smooth([(-0.35, -0.1, 0), (0, 0.02, 0), (0.35, -0.1, 0)], 6)
        parts.append(
            sweep(
                path,
                rectangle(0.05, 0.05),
                (0, 0, 1),
                np.interp(np.linspace(0, 1, len(path)), [0, 0.5, 1], [0.2, 1, 0.4]),
            )
        )
    return laid(dice, parts)


def wrench(dice: Dice) -> Parts:
    """Spanners, pliers, scissors, screwdrivers, saws, keys, drills."""
    style = dice.pick(
        "open", "ring", "driver", "driver", "pliers", "scissors", "saw", "key", "drill", "brush"
    )
    long, t = 1.0, dice.real(0.03, 0.07)
    if style in ("open", "ring"):
        w, r = dice.real(0.07, 0.12), dice.real(0.12, 0.18)
        parts: Parts = [box((0, 0, 0), (w, long, t))]
        for s, kind in ((1, style), (-1, dice.pick("open", "ring"))):
            head: Parts = [rod((0, s * long / 2, -t * 0.7), (0, s * long / 2, t * 0.7), r, sides=24)]
            gap = r * dice.real(0.5, 0.7)
            hole = (
                extrude(regular(6, gap), 1, 2, (0, s * long / 2, 0))
                if kind == "ring"
                else turn(
                    [box((0, s * (long / 2 + r * 0.6), 0), (gap * 1.6, r * 1.5, 1))],
                    2,
                    dice.real(-20, 20),
                    (0, s * long / 2, 0),
                )[0]
            )
            parts = cut([*parts, *head], hole)
        return laid(dice, parts)
    if style == "driver":
        shaft = dice.real(0.012, 0.03)
        tip = dice.pick(
            [rod((0, 0.5, 0), (0, 0.55, 0), shaft, 0.004)],
            [bar((0, 0.45, 0), (0, 0.56, 0), shaft * 2.4, shaft, 0.6)],
        )
        return laid(
            dice, [grip(dice, 0.4, dice.real(0.05, 0.09)), rod((0, -0.02, 0), (0, 0.5, 0), shaft), *tip]
        )
    if style in ("pliers", "scissors"):
        spread = dice.real(3, 20)
        blade = extrude(
            [(-0.02, 0), (0.05, 0), (0.045, 0.2), (0.0, dice.real(0.25, 0.6)), (-0.02, 0.2)], t, 2
        )
        arm = sweep(
            smooth([(0.03, 0.02, 0), (-0.08, -0.25, 0), (-0.1, -0.55, 0)], 5), rectangle(t, 0.06), (0, 0, 1)
        )
        one: Parts = [blade, arm]
        if style == "scissors":
            one = [
                blade,
                rod((0.02, 0, 0), (-0.07, -0.3, 0), 0.025, sides=8),
                tube(
                    np.insert(regular(18, 0.1), 2, 0, axis=1) * [0.8, 1.3, 1] + [-0.1, -0.42, 0],
                    0.022,
                    8,
                    loop=True,
                ),
            ]
        return laid(
            dice,
            [*turn(one, 2, spread), *turn(turn(one, 1, 180), 2, -spread), rod((0, 0, -t), (0, 0, t), 0.06)],
        )
    if style == "saw":
        teeth = dice.whole(12, 30)
        xs = np.linspace(0, 0.8, 2 * teeth + 1)
        edge = [(x, 0.0 if k % 2 else -0.018) for k, x in enumerate(xs)]
        blade = extrude([*edge, (0.8, 0.06), (0, 0.16)], 0.006, 2)
        handle = tube(
            np.array([(0, 0, 0), (0, 0.16, 0), (-0.14, 0.18, 0), (-0.2, 0.02, 0), (-0.1, -0.04, 0)]),
            0.025,
            8,
            loop=True,
        )
        return [blade, handle]
    if style == "key":
        bow = dice.pick(
            [ring((0, 0.2, 0), 0.14, 0.035, 2)],
            cut(
                [rod((0, 0.2, -0.02), (0, 0.2, 0.02), 0.18, sides=20)], rod((0, 0.28, -1), (0, 0.28, 1), 0.05)
            ),
        )
        return laid(
            dice,
            [
                *bow,
                box((0, -0.25, 0), (0.06, 0.6, 0.04)),
                *(box((0.06, -0.5 + 0.07 * k, 0), (dice.real(0.03, 0.12), 0.04, 0.03)) for k in range(4)),
            ],
        )
    if style == "brush":
        return laid(
            dice,
            [
                grip(dice, 0.6, 0.05),
                box((0, 0.05, 0), (0.25, 0.12, 0.07)),
                hull(
                    [(-0.12, 0.1, -0.03), (0.12, 0.1, -0.03), (0.12, 0.1, 0.03), (-0.12, 0.1, 0.03)],
                    [(-0.13, 0.4, -0.02), (0.13, 0.4, -0.02), (0.13, 0.4, 0.02), (-0.13, 0.4, 0.02)],
                ),
            ],
        )
    body = [
        rod((0, 0, -0.25), (0, 0, 0.25), 0.12, sides=20),
        rod((0, 0, 0.25), (0, 0, 0.38), 0.1, 0.05),
        rod((0, 0, 0.35), (0, 0, dice.real(0.5, 0.8)), 0.02),
    ]
    return [
        *body,
        bar((0, 0, -0.08), (0, -0.45, -0.14), 0.1, 0.13),
        box((0, -0.5, -0.12), (0.16, 0.12, 0.25)),
        box((0, -0.15, 0.02), (0.04, 0.08, 0.05)),
    ]


def cutlery(dice: Dice) -> Parts:
    """Knives, forks, spoons, spatulas, whisks, combs."""
    style = dice.pick("knife", "knife", "fork", "spoon", "spoon", "whisk", "comb")
    t, w = dice.real(0.008, 0.02), dice.real(0.05, 0.1)
    handle = sweep(
        smooth([(0, 0.02, 0), (0, -0.3, dice.real(-0.03, 0.03)), (0, -0.6, 0)], 5),
        rectangle(0.05, t * 1.5),
        (1, 0, 0),
        np.linspace(0.6, 1.4, 11),
    )
    parts: Parts = [handle]
    if style == "knife":
        parts = [
            grip(dice, dice.real(0.25, 0.45), 0.035),
            extrude(
                smooth(
                    [(-w / 2, 0), (-w / 2, 0.5), (w * 0.2, dice.real(0.6, 0.9)), (w / 2, 0.5), (w / 2, 0)], 3
                ),
                t * 0.6,
                2,
            ),
        ]
    elif style == "spoon":
        cup, long = dice.real(0.02, 0.1), dice.real(0.2, 0.3)
        s = np.linspace(0, 1, 10)
        profile = np.stack([-cup * np.sin(np.pi * s), long * s], axis=1)
        parts.append(
            shell(
                profile,
                np.maximum(2 * w * np.sin(np.pi * (0.05 + 0.93 * s)) ** 0.7, 0.01),
                0.5 * cup * np.sin(np.pi * s),
                0.01,
            )
        )
    elif style == "fork":
        count = dice.pick(2, 3, 4)
        parts += [
            box((0, 0.08, 0), (2 * w, 0.14, t)),
            *(box((x, 0.27, 0), (w * 0.25, 0.3, t)) for x in np.linspace(-w * 0.85, w * 0.85, count)),
        ]
    elif style == "whisk":
        wire = np.stack(
            [
                0.12 * np.sin(np.linspace(0, 2 * np.pi, 19)),
                0.22 - 0.22 * np.cos(np.linspace(0, 2 * np.pi, 19)),
                np.zeros(19),
            ],
            axis=1,
        )
        parts += [p for k in range(4) for p in turn([tube(wire, 0.006, 6)], 1, 45 * k)]
    else:
        count = dice.whole(10, 30)
        return [
            box((0, 0.1, 0), (0.8, 0.06, 0.03)),
            *(box((x, -0.05, 0), (0.4 / count, 0.3, 0.015)) for x in np.linspace(-0.38, 0.38, count)),
        ]
    return laid(dice, parts)


KINDS: Kinds = {"cutlery": cutlery, "hammer": hammer, "wrench": wrench}

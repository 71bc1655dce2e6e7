"""Four-legged animals, dinosaurs, fish and what else swims. The head is at +z."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, move, stretch, turn, wobble
from pcbin.datasets.generated.people import limb
from pcbin.datasets.generated.solids import ball, extrude
from pcbin.datasets.generated.sweeps import smooth, sweep, tube


def quadruped(dice: Dice) -> Parts:
    """Dogs, cats, horses, cattle, pigs, elephants, rabbits, lizards: the head is at +z."""
    long, deep, leg = dice.real(0.7, 1.2), dice.real(0.13, 0.32), dice.real(0.12, 0.75)
    wide = deep * dice.real(0.6, 1.0)
    y = leg + deep
    back = smooth(
        [
            (0, y + dice.real(-0.05, 0.05), -long / 2),
            (0, y + dice.real(-0.08, 0.08), 0),
            (0, y + dice.real(-0.02, 0.1), long / 2),
        ],
        4,
    )
    girth = (
        np.interp(np.linspace(0, 1, len(back)), [0, 0.3, 0.7, 1], [0.75, 1, dice.real(0.8, 1.1), 0.8]) * deep
    )
    parts = stretch(
        [tube(back, girth, 14), ball(back[0], deep * 0.78), ball(back[-1], deep * 0.85)], wide / deep, 1, 1
    )
    neck, rise = dice.real(0.1, 0.6), np.radians(dice.real(0, 80))
    head_at = np.array([0, y + deep * 0.3 + neck * np.sin(rise), long / 2 + neck * np.cos(rise) + 0.05])
    size = dice.real(0.09, 0.2)
    parts.append(limb([(0, y, long / 2 - 0.05), head_at], [deep * 0.7, size * 0.75]))
    snout = dice.real(0.05, 0.35)
    drop = dice.real(0, 0.2)
    parts += [
        ball(head_at, (size * 0.85, size * 0.9, size)),
        limb([head_at, head_at + [0, -drop, snout + size * 0.5]], [size * 0.7, size * dice.real(0.25, 0.6)]),
    ]
    ear = dice.real(0.05, 0.3)
    parts += both_sides(
        [
            limb(
                [
                    head_at + [size * 0.5, size * 0.5, 0],
                    head_at + [size * dice.real(0.5, 1.2), size * 0.6 + ear, -0.02],
                ],
                [size * 0.25, size * 0.1],
            )
        ]
    )
    if dice.chance(0.25):  # horns or antlers
        parts += both_sides(
            [
                limb(
                    [
                        head_at + [size * 0.3, size * 0.6, 0],
                        head_at + [size, size + 0.15, 0],
                        head_at + [size * 1.5, size + dice.real(0.1, 0.5), 0.05],
                    ],
                    [0.03, 0.025, 0.01],
                )
            ]
        )
    if dice.chance(0.12):  # a trunk
        parts.append(
            limb(
                [
                    head_at + [0, 0, size],
                    head_at + [0, -0.25, size * 1.6],
                    head_at + [0, -0.55, size * dice.real(1.2, 2)],
                ],
                [size * 0.4, size * 0.3, size * 0.15],
            )
        )
    thick = dice.real(0.035, 0.09)
    for z, knee in ((long / 2 - deep * 0.4, 0.04), (-long / 2 + deep * 0.4, -0.06)):
        for side in (-1, 1):
            step, x = dice.real(-0.12, 0.12) * dice.pick(0, 1), side * wide * 0.6
            out = side * dice.pick(0.0, 0.0, 0.1)
            parts.append(
                limb(
                    [
                        (x, y - deep * 0.2, z),
                        (x + out, leg * 0.55, z + knee + step / 2),
                        (x + out, 0.03, z + step),
                    ],
                    [thick * dice.real(1.3, 2), thick, thick * 0.8],
                )
            )
            parts.append(ball((x + out, 0.03, z + step + thick * 0.5), (thick, 0.035, thick * 1.5)))
    tail = dice.real(0.05, 0.8)
    up = dice.real(-0.8, 0.7)
    parts.append(
        limb(
            [
                back[0] + [0, deep * 0.3, 0],
                back[0] + [0, deep * 0.2 + up * tail * 0.5, -tail * 0.6 - deep * 0.5],
                back[0] + [0, up * tail, -tail - deep * 0.4],
            ],
            [thick, thick * 0.7, thick * dice.real(0.2, 0.8)],
        )
    )
    return wobble(parts, dice.rng, 0.012, 0.5)


def dinosaur(dice: Dice) -> Parts:
    """Two-legged and long-necked dinosaurs, dragons."""
    body, tail, neck = dice.real(0.3, 0.5), dice.real(0.7, 1.5), dice.real(0.3, 1.2)
    h, deep = dice.real(0.5, 0.9), dice.real(0.15, 0.28)
    lift = dice.real(0.1, 1.0) * neck
    spine = [
        (0, h * dice.real(0.3, 1.2), -body - tail),
        (0, h * 1.0, -body * 0.6),
        (0, h, 0),
        (0, h + 0.1, body * 0.6),
        (0, h + lift * 0.7, body + neck * 0.35),
        (0, h + lift, body + neck * 0.7),
    ]
    parts: Parts = [limb(spine, [0.02, deep * 0.6, deep, deep * 0.9, deep * 0.45, deep * 0.4], 5, 14)]
    at, size = np.array(spine[-1]), deep * dice.real(0.35, 0.8)
    parts += [
        ball(at + [0, 0, size * 0.5], (size * 0.7, size * 0.75, size * 1.2)),
        limb([at + [0, 0.02, size], at + [0, 0, size * 2.4]], [size * 0.55, size * 0.25]),
    ]
    two = dice.chance(0.6)
    for side in (-1, 1):
        x, z = side * deep * 0.6, dice.real(-0.15, 0.15)
        parts += [
            limb(
                [
                    (x, h, -0.05),
                    (x * 1.2, h * 0.5, 0.12 + z),
                    (x * 1.2, h * 0.25, -0.08 + z),
                    (x * 1.2, 0.04, z),
                ],
                [deep * 0.6, deep * 0.35, deep * 0.2, deep * 0.2],
            ),
            ball((x * 1.2, 0.04, z + 0.08), (0.06, 0.04, 0.14)),
        ]
        foot = (x * 1.1, h - 0.25, body * 0.8) if two else (x, 0.03, body * 0.7)
        parts.append(
            limb(
                [(x * 0.8, h + 0.05, body * 0.6), (x * 1.2, (h + foot[1]) / 2, body * 0.65), foot],
                [deep * 0.35, deep * 0.25, deep * 0.12],
            )
        )
    if dice.chance(0.25):
        wing = extrude(
            smooth([(0, 0), (0.5, 0.35), (1.1, 0.3), (0.8, -0.1), (0.5, -0.15), (0.25, -0.3)], 3, loop=True),
            0.02,
            2,
        )
        parts += both_sides(move(turn([wing], 0, -dice.real(20, 70)), deep * 0.5, h + deep * 0.6, body * 0.3))
    if dice.chance(0.3):
        parts += [
            extrude([(-0.08, 0), (0.08, 0), (0, 0.16)], 0.02, 0, (0, h + deep * 0.8, z))
            for z in np.linspace(-body, body * 0.6, dice.whole(4, 9))
        ]
    return wobble(parts, dice.rng, 0.015, 0.6)


def fish(dice: Dice) -> Parts:
    """Fish, sharks, whales, dolphins, snakes, turtles."""
    style = dice.pick("fish", "fish", "fish", "snake", "turtle")
    if style == "snake":
        count = dice.whole(4, 8)
        xs = np.linspace(0, 1, count)
        sway = (
            dice.real(0.1, 0.35) * np.where(np.arange(count) % 2, 1, -1) * dice.rng.uniform(0.5, 1.2, count)
        )
        path = np.stack(
            [sway, np.full(count, 0.05) + dice.pick(0, 1) * 0.3 * xs**6, xs * dice.real(0.8, 1.8)], axis=1
        )
        radii = np.interp(xs, [0, 0.3, 0.85, 0.92, 1], [0.005, 0.045, 0.04, 0.06, 0.02])
        return [limb(path, radii, 8)]
    if style == "turtle":
        fin = ball((0, 0, 0), (0.35, 0.03, 0.12))
        legs = [turn([fin], 1, a)[0] for a in (dice.real(-40, 10), dice.real(20, 60))]
        parts: Parts = [
            ball((0, 0.1, 0), (0.42, dice.real(0.15, 0.3), 0.52)),
            ball((0, 0.05, 0), (0.46, 0.06, 0.56)),
            limb([(0, 0.1, 0.4), (0, 0.16, 0.75)], [0.1, 0.12]),
        ]
        return parts + both_sides(move(legs[:1], 0.5, 0.05, 0.35) + move(legs[1:], 0.42, 0.05, -0.4))
    h, w, d = dice.real(0.12, 0.35), dice.real(0.06, 0.2), 1.0
    zs = np.linspace(-0.5, 0.5, 12)
    shape = np.interp(
        zs, [-0.5, -0.35, 0.1, 0.35, 0.5], [0.12, 0.3, 1, dice.real(0.7, 0.95), dice.real(0.05, 0.4)]
    )
    path = np.stack([0 * zs, 0 * zs, zs * d], axis=1)
    outline = np.stack(
        [np.cos(np.linspace(0, 2 * np.pi, 15)[:-1]) * w, np.sin(np.linspace(0, 2 * np.pi, 15)[:-1]) * h],
        axis=1,
    )
    parts = [sweep(path, outline, (1, 0, 0), shape)]
    flat = dice.chance(0.35)  # whales' tails lie
    s = dice.real(0.12, 0.3)
    tail = extrude(
        [(0.02, 0.03), (-0.18, s), (-0.12, 0), (-0.18, -s * dice.real(0.5, 1)), (0.02, -0.03)], 0.015, 0
    )
    parts += move(turn([tail], 2, 90) if flat else [tail], 0, 0, -0.5)
    fin = extrude([(-0.1, 0), (0.12, 0), (-0.15, dice.real(0.1, 0.25))], 0.015, 0)
    parts += move([fin], 0, h * 0.85, dice.real(-0.1, 0.2))
    if dice.chance(0.6):
        parts += move(stretch([fin], 1, -0.7, 0.8), 0, -h * 0.6, dice.real(-0.3, -0.1))
    side = move(turn([fin], 2, -dice.real(60, 130)), w * 0.7, -h * 0.3, dice.real(0.1, 0.3))
    return parts + both_sides(side)


KINDS: Kinds = {"dinosaur": dinosaur, "fish": fish, "quadruped": quadruped}

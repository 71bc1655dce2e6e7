"""Birds, insects, and creatures that no zoo has. The head is at +z."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, move, turn, wobble
from pcbin.datasets.generated.people import limb
from pcbin.datasets.generated.solids import ball, extrude, rod
from pcbin.datasets.generated.sweeps import rectangle, smooth, sweep


def bird(dice: Dice) -> Parts:
    """Birds flying and standing, ducks; butterflies and bats."""
    flying = dice.chance(0.5)
    body, r = dice.real(0.3, 0.5), dice.real(0.1, 0.18)
    tilt = dice.real(0, 10) if flying else dice.real(10, 60)
    neck = dice.real(0.05, 0.5)
    parts: Parts = [
        ball((0, 0, 0), (r, r * 1.1, body)),
        extrude(
            np.array(
                [
                    (0.04, -body * 0.8),
                    (0.14, -body - dice.real(0.1, 0.5)),
                    (-0.14, -body - 0.2),
                    (-0.04, -body * 0.8),
                ]
            ),
            0.025,
        ),
    ]
    parts = turn(parts, 0, -tilt)
    up = 0.1 if flying else dice.real(0.5, 1)
    top = np.array(
        [
            0,
            body * np.sin(np.radians(tilt)) * 0.8 + neck * up,
            body * np.cos(np.radians(tilt)) * 0.8 + neck * (0.9 - 0.7 * up),
        ]
    )
    parts += [
        limb([(0, top[1] * 0.3, top[2] * 0.5), top * [1, 0.8, 0.95], top], [r * 0.8, r * 0.4, r * 0.4]),
        ball(top, r * dice.real(0.5, 0.7)),
        rod(top, top + [0, -0.02, dice.real(0.12, 0.35)], r * 0.25, 0.01),
    ]
    if flying:
        span, chord = dice.real(0.5, 1.2), dice.real(0.15, 0.35)
        outline = smooth(
            [
                (0, chord / 2),
                (span * 0.5, chord * 0.7),
                (span, 0),
                (span * 0.5, -chord * 0.3),
                (0, -chord / 2),
            ],
            4,
        )
        wing = turn([extrude(outline, 0.025)], 2, dice.real(-20, 40))
        parts += both_sides(move(wing, r * 0.6, 0.04, 0.05))
    else:
        parts += both_sides(turn([ball((r * 0.95, 0.02, -0.05), (0.03, r * 0.8, body * 0.8))], 0, -tilt))
        leg = dice.real(0.05, 0.6)
        for x in (-0.4 * r, 0.4 * r):
            parts += [
                rod((x, -r * 0.6, 0), (x, -r - leg, 0.02), 0.018, sides=8),
                *(
                    rod((x, -r - leg, 0.02), (x + s, -r - leg, 0.12), 0.012, sides=6)
                    for s in (-0.06, 0, 0.06)
                ),
            ]
    return wobble(parts, dice.rng, 0.006, 0.4)


def insect(dice: Dice) -> Parts:
    """Spiders, ants, bees, beetles, butterflies, scorpions, crabs."""
    legs, reach = dice.pick(3, 3, 4, 4), dice.real(0.3, 0.9)
    parts: Parts = []
    z = 0.0
    for size in (dice.real(0.08, 0.2), dice.real(0.1, 0.18), dice.real(0.15, 0.4))[: dice.pick(2, 3, 3)]:
        long = size * dice.real(1.0, 1.6)
        parts.append(ball((0, 0.2, z - long), (size * 0.8, size * 0.7, long)))
        z -= 1.85 * long
    middle = z * 0.4
    t = dice.real(0.012, 0.03)
    for k in range(legs):
        a = np.radians(np.linspace(-50, 50, legs)[k])
        out, along = np.cos(a) * reach, np.sin(a) * reach
        knee = (0.1 + out * 0.55, 0.2 + dice.real(0.1, 0.4), middle + along * 0.55)
        parts += both_sides(
            [
                limb(
                    [(0.08, 0.2, middle + along * 0.15), knee, (0.1 + out, 0, middle + along)],
                    [t * 1.3, t, t * 0.5],
                    3,
                    8,
                )
            ]
        )
    parts += both_sides(
        [
            limb(
                [(0.03, 0.25, 0), (0.1, 0.4, 0.2), (dice.real(0.1, 0.3), 0.35, dice.real(0.2, 0.5))],
                [0.012, 0.01, 0.006],
                3,
                6,
            )
        ]
    )
    if dice.chance(0.4):
        span = dice.real(0.3, 0.9)
        wing = extrude(
            smooth(
                [
                    (0, 0),
                    (span * 0.6, span * 0.3),
                    (span, 0.05),
                    (span * 0.8, -span * 0.4),
                    (span * 0.2, -span * 0.3),
                ],
                4,
                loop=True,
            ),
            0.015,
        )
        parts += both_sides(move(turn([wing], 2, dice.real(0, 60)), 0.03, 0.3, middle))
    if dice.chance(0.15):
        parts += both_sides(
            [
                limb([(0.08, 0.2, -0.1), (0.35, 0.25, 0.2), (0.2, 0.2, 0.5)], [0.04, 0.05, 0.02]),
                ball((0.22, 0.2, 0.45), (0.08, 0.05, 0.12)),
            ]
        )
    return parts


def creature(dice: Dice) -> Parts:
    """Bodies that no zoo has: random limbs on a random spine."""
    count = dice.whole(3, 6)
    spine = np.stack(
        [
            np.zeros(count),
            dice.real(0.2, 0.6) + np.cumsum(dice.rng.uniform(-0.15, 0.2, count)),
            np.linspace(-0.5, 0.5, count),
        ],
        axis=1,
    )
    radii = dice.rng.uniform(0.04, 0.22, count)
    parts: Parts = [limb(spine, radii, 5, 14)]
    parts += [ball(spine[k], radii[k] * dice.real(0.8, 1.3)) for k in (0, -1)]
    for _ in range(dice.whole(1, 5)):
        k = dice.whole(0, count - 1)
        joints = np.cumsum(
            [
                [radii[k] * 0.5, 0, 0],
                *dice.rng.uniform([0.0, -0.35, -0.2], [0.3, 0.2, 0.2], (dice.whole(1, 3), 3)),
            ],
            axis=0,
        )
        parts += both_sides(
            [limb(spine[k] + joints, np.linspace(0.07, 0.02, len(joints)) * dice.real(0.5, 1.5))]
        )
    if dice.chance(0.3):
        parts += around([ball((0.12, 0.5, 0), (0.1, 0.03, 0.05))], dice.whole(3, 7))
    if dice.chance(0.2):
        parts.append(sweep(spine + [0, 0.15, 0], rectangle(0.02, 0.2), (1, 0, 0)))
    return wobble(parts, dice.rng, 0.03, 0.5)


KINDS: Kinds = {"bird": bird, "creature": creature, "insect": insect}

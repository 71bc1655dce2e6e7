"""Trees, palms, bushes, flowers, potted plants, mushrooms, rocks, fruit."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Array, Part, Parts, around, move, turn, wobble
from pcbin.datasets.generated.people import limb
from pcbin.datasets.generated.solids import ball, box, lathe, rod
from pcbin.datasets.generated.sweeps import arc, shell, smooth, tube
from pcbin.datasets.generated.turned import hollow


def leaf(dice: Dice, long: float, wide: float, arch: float) -> Part:
    """A leaf from the origin along +z, arched upwards and then down."""
    s = np.linspace(0, 1, 8)
    profile = np.stack([long * s, arch * long * np.sin(2.2 * s) - 0.3 * arch * long * s], axis=1)
    return shell(
        profile,
        np.maximum(wide * np.sin(np.pi * (0.08 + 0.9 * s)) ** dice.real(0.6, 1.2), 0.004),
        np.full(8, dice.real(-0.1, 0.1) * wide),
        0.004,
    )


def _branches(
    dice: Dice, start: Array, way: Array, long: float, r: float, depth: int
) -> tuple[Parts, list[Array]]:
    """A branch with what grows on it; and the tips."""
    bow = dice.rng.standard_normal(3) * 0.12 * long
    end = start + way * long
    parts: Parts = [limb([start, (start + end) / 2 + bow, end], [r, r * 0.8, r * 0.6], 3, 8)]
    if depth == 0:
        return parts, [end]
    tips: list[Array] = []
    for _ in range(dice.whole(2, 3 if depth > 1 else 4)):
        new = way + dice.rng.standard_normal(3) * 0.5 + [0, 0.35, 0]
        more, ends = _branches(
            dice, end, new / np.linalg.norm(new), long * dice.real(0.55, 0.8), r * 0.62, depth - 1
        )
        parts += more
        tips += ends
    return parts, tips


def tree(dice: Dice) -> Parts:
    """Bare and leafy trees, fir trees, poplars, bushes."""
    style = dice.pick("bare", "leafy", "leafy", "fir", "blob", "bush")
    h, r = dice.real(0.25, 0.6), dice.real(0.02, 0.06)
    if style == "fir":
        count, wide = dice.whole(1, 6), dice.real(0.2, 0.5)
        parts: Parts = [rod((0, 0, 0), (0, 0.4, 0), r)]
        for k in range(count):
            y, f = 0.2 + 0.9 * k / count, 1 - 0.75 * k / count
            parts.append(rod((0, y, 0), (0, y + 1.3 / count + 0.05, 0), wide * f, wide * f * 0.15, 14))
        return parts
    if style == "blob":
        crown: Parts = [
            ball((0, h + 0.35, 0), (dice.real(0.2, 0.5), dice.real(0.25, 0.6), dice.real(0.2, 0.5)))
        ]
        crown += [
            ball((dice.real(-0.3, 0.3), h + dice.real(0.2, 0.5), dice.real(-0.3, 0.3)), dice.real(0.12, 0.28))
            for _ in range(dice.whole(0, 8))
        ]
        return [
            limb([(0, 0, 0), (dice.real(-0.05, 0.05), h * 0.5, 0), (0, h + 0.2, 0)], [r * 1.3, r, r * 0.8]),
            *wobble(crown, dice.rng, 0.03, 0.2),
        ]
    if style == "bush":
        h = 0.03
    depth = dice.whole(2, 3)
    wood, tips = _branches(dice, np.zeros(3), np.array([0, 1.0, 0]), h, r, depth)
    if style == "bare":
        return wood
    if dice.chance(0.5):
        return wood + [ball(tip, dice.rng.uniform(0.06, 0.2, 3)) for tip in tips[:24]]
    leaves: Parts = []
    for tip in tips[:24]:
        for _ in range(3):
            one = turn(
                [leaf(dice, dice.real(0.08, 0.2), dice.real(0.03, 0.1), dice.real(-0.5, 0.5))],
                1,
                dice.real(0, 360),
            )
            leaves += move(one, *tip)
    return wood + leaves


def palm(dice: Dice) -> Parts:
    """Palms, ferns, agaves: long leaves from one point."""
    h, r, count = dice.pick(0.02, dice.real(0.5, 1.4)), dice.real(0.025, 0.05), dice.whole(6, 16)
    lean = dice.real(-0.3, 0.3)
    parts: Parts = (
        [limb([(0, 0, 0), (lean * 0.2, h * 0.5, 0), (lean, h, 0)], [r * 1.4, r, r * 0.9])] if h > 0.1 else []
    )
    long, wide = dice.real(0.35, 0.7), dice.real(0.05, 0.16)
    for k in range(count):
        one = [leaf(dice, long * dice.real(0.7, 1.1), wide, dice.real(0.0, 0.9))]
        one = turn(one, 0, -dice.real(-30, 60) - (30 if h < 0.1 else 0))
        parts += move(turn(one, 1, 360 * k / count + dice.real(-12, 12)), lean * (h > 0.1), h, 0)
    if h < 0.1 and dice.chance(0.5):
        parts += move(_pot(dice, 0.2), 0, -0.3, 0)
    return parts


def _pot(dice: Dice, r: float) -> Parts:
    h = 0.32
    if dice.chance(0.2):
        return [box((0, h / 2, 0), (2 * r, h, 2 * r))]
    curve = [
        (r * dice.real(0.5, 0.9), 0),
        (r * dice.real(0.8, 1.2), h * 0.5),
        (r, h * 0.85),
        (r * 1.1, h * 0.86),
        (r * 1.1, h),
    ]
    return [hollow(curve, 0.015, 22), rod((0, h * 0.8, 0), (0, h * 0.86, 0), r * 0.95, sides=20)]


def potted_plant(dice: Dice) -> Parts:
    """A pot with leaves on stems, a small tree, a cactus, a fern."""
    r = dice.real(0.12, 0.28)
    parts, y = _pot(dice, r), 0.27
    style = dice.pick("leaves", "leaves", "leaves", "tree", "cactus", "ball", "blades", "flowers")
    if style == "tree":
        wood, tips = _branches(dice, np.array([0, y, 0]), np.array([0, 1.0, 0]), dice.real(0.2, 0.5), 0.02, 2)
        return parts + wood + [ball(tip, dice.rng.uniform(0.05, 0.15, 3)) for tip in tips]
    if style == "cactus":
        parts.append(ball((0, y + 0.25, 0), (0.1, dice.real(0.25, 0.45), 0.1), 2.6))
        for s in (-1, 1)[: dice.whole(0, 2)]:
            parts.append(
                limb([(0, y + 0.25, 0), (s * 0.2, y + 0.27, 0), (s * 0.2, y + 0.45, 0)], [0.05, 0.05, 0.045])
            )
        return parts
    if style == "ball":
        stem = dice.pick(0.0, dice.real(0.2, 0.5))
        size = dice.real(0.18, 0.35)
        return [
            *parts,
            rod((0, y, 0), (0, y + stem + 0.1, 0), 0.02),
            *wobble(
                [ball((0, y + stem + size, 0), (size, size * dice.real(0.9, 1.5), size))],
                dice.rng,
                0.03,
                0.15,
            ),
        ]
    count = dice.whole(6, 26)
    for k in range(count):
        rise = dice.real(0.05, 0.9) if style != "blades" else 0.0
        lean = dice.real(0.0, 0.25)
        a = 137.5 * k
        one: Parts = []
        if rise:
            one.append(tube(smooth([(0, 0, 0), (0, rise * 0.6, lean * 0.4), (0, rise, lean)], 3), 0.008, 6))
        if style == "flowers" and k % 2:
            one += move(turn(_blossom(dice, 0.07), 0, dice.real(0, 60)), 0, rise, lean)
        else:
            blade = [leaf(dice, dice.real(0.15, 0.45), dice.real(0.05, 0.22), dice.real(-0.3, 0.8))]
            one += move(turn(blade, 0, -dice.real(0, 75)), 0, rise, lean)
        parts += move(turn(one, 1, a), 0, y, 0)
    return parts


def _blossom(dice: Dice, r: float) -> Parts:
    """A flower about the origin that looks upwards."""
    count, cup = dice.whole(4, 12), dice.real(0, 60)
    petal = turn(move([leaf(dice, r, r * dice.real(0.4, 0.9), dice.real(0, 0.5))], 0, 0, r * 0.2), 0, -cup)
    return [ball((0, 0, 0), (r * 0.3, r * 0.15, r * 0.3)), *around(petal, count)]


def flower(dice: Dice) -> Parts:
    """Single flowers on stems, bunches, mushrooms."""
    if dice.chance(0.2):
        h, r, cap = dice.real(0.3, 0.9), dice.real(0.06, 0.15), dice.real(0.25, 0.5)
        top = smooth(
            [(r, h), (cap, h - 0.02), (cap * 0.8, h + dice.real(0.1, 0.3)), (0, h + dice.real(0.2, 0.4))], 5
        )
        return [
            limb([(0, 0, 0), (0.02, h / 2, 0), (0, h + 0.05, 0)], [r * 1.3, r * 0.9, r]),
            lathe([(0, h), *top]),
        ]
    parts: Parts = []
    for _ in range(dice.pick(1, 1, 1, dice.whole(2, 6))):
        h, lean, size = dice.real(0.5, 1.1), dice.real(0, 0.35), dice.real(0.12, 0.3)
        one: Parts = [tube(smooth([(0, 0, 0), (0, h * 0.6, lean * 0.3), (0, h, lean)], 4), 0.014, 8)]
        one += move(turn(_blossom(dice, size), 0, dice.real(0, 80)), 0, h, lean)
        for _ in range(dice.whole(0, 4)):
            y = dice.real(0.05, 0.7) * h
            blade = turn(
                [leaf(dice, dice.real(0.15, 0.4), dice.real(0.06, 0.14), dice.real(-0.2, 0.8))],
                0,
                -dice.real(0, 60),
            )
            one += move(turn(blade, 1, dice.real(0, 360)), 0, y, lean * 0.2)
        parts += turn(one, 1, dice.real(0, 360))
    return parts


def fruit(dice: Dice) -> Parts:
    """Fruit, vegetables, rocks, brains, ice cream, shells, bread: lumps."""
    style = dice.pick("rock", "rock", "apple", "banana", "pear", "cone", "bunch", "shell")
    if style == "rock":
        body: Parts = [ball((0, 0, 0), dice.rng.uniform(0.3, 0.6, 3), dice.real(1.6, 4))]
        body += [
            ball(dice.rng.uniform(-0.25, 0.25, 3), dice.rng.uniform(0.15, 0.4, 3))
            for _ in range(dice.whole(0, 4))
        ]
        return wobble(body, dice.rng, dice.real(0.02, 0.06), dice.real(0.2, 0.5))
    if style in ("apple", "pear"):
        neck = 0.0 if style == "apple" else dice.real(0.2, 0.5)
        curve = smooth(
            [
                (0, 0.03),
                (0.2, 0),
                (0.42, 0.3),
                (0.35, 0.62),
                (0.18, 0.75 + neck * 0.4),
                (0.1, 0.74 + neck),
                (0, 0.7 + neck),
            ],
            5,
        )
        return wobble(
            [lathe(curve), rod((0, 0.65 + neck, 0), (0.05, 0.9 + neck, 0), 0.02)], dice.rng, 0.015, 0.5
        )
    if style == "banana":
        path = arc(0.6, 200, 340, 10, (0, 1))
        one: Parts = [
            tube(path, np.interp(np.linspace(0, 1, 10), [0, 0.15, 0.5, 0.9, 1], [0.03, 0.1, 0.13, 0.1, 0.03]))
        ]
        return [p for k in range(dice.whole(1, 4)) for p in turn(one, 0, 18 * k, (0, 0.5, 0))]
    if style == "cone":
        r, parts = 0.3, [rod((0, 0, 0), (0, 0.9, 0), 0.02, 0.3, sides=20)]
        for k in range(dice.whole(1, 3)):
            parts += wobble(
                [ball((dice.real(-0.08, 0.08), 0.95 + 0.35 * k, 0), r * (1 - 0.12 * k))], dice.rng, 0.02, 0.3
            )
        return parts
    if style == "bunch":
        count = dice.whole(8, 30)
        return [
            ball(
                (dice.real(-0.3, 0.3) * (1 - k / count), -k / count, dice.real(-0.3, 0.3) * (1 - k / count)),
                dice.real(0.1, 0.14),
            )
            for k in range(count)
        ] + [rod((0, -0.2, 0), (0, 0.35, 0), 0.025)]
    turns = dice.real(2, 4)
    s = np.linspace(0.05, 1, 60)
    path = np.stack(
        [
            0.45 * s * np.cos(2 * np.pi * turns * s),
            -dice.real(0.2, 1.2) * s,
            0.45 * s * np.sin(2 * np.pi * turns * s),
        ],
        axis=1,
    )
    return [tube(path, 0.45 / turns * 0.6 * s, 12)]


KINDS: Kinds = {"flower": flower, "fruit": fruit, "palm": palm, "potted_plant": potted_plant, "tree": tree}

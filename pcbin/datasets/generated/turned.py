"""What a potter, a turner or a glass-blower makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Array, Part, Parts, around, both_sides, stretch, turn
from pcbin.datasets.generated.solids import ball, lathe, ring
from pcbin.datasets.generated.sweeps import rectangle, smooth, sweep, tube


def hollow(profile: Any, wall: float, sides: int = 28) -> Part:
    """A vessel from its outer profile, bottom first, with an inner wall."""
    outer = np.asarray(profile, float)
    inner = np.maximum(outer[::-1] - [wall, 0], [0, outer[0, 1] + wall])
    return lathe(np.concatenate([[(0, outer[0, 1])], outer, inner, [(0, inner[-1, 1])]]), sides=sides)


def handles(dice: Dice, profile: Array, low: float, high: float) -> Part:
    """One handle at +x between two heights of a vessel's profile."""
    r0, r1 = (float(np.interp(y, profile[:, 1], profile[:, 0])) for y in (low, high))
    out = dice.real(0.35, 0.7) * (high - low) + max(r0, r1)
    path = [
        (r1 - 0.02, high, 0),
        (out, high * 0.9 + low * 0.1, 0),
        (out * dice.real(0.8, 1.0), (low + high) / 2, 0),
        (r0 - 0.02, low, 0),
    ]
    t = dice.real(0.02, 0.05)
    curve = smooth(path, 5)
    return tube(curve, t) if dice.chance(0.6) else sweep(curve, rectangle(t * 2.5, t), (0, 0, 1))


def bottle(dice: Dice) -> Parts:
    """Bottles of wine, water, sauce and medicine; some square, some with caps."""
    r, h = dice.real(0.12, 0.3), 1.0
    neck, rise = r * dice.real(0.2, 0.6), dice.real(0.4, 0.8)
    shoulder = rise + dice.real(0.03, 0.3) * (1 - rise)
    waist = r * dice.pick(1.0, 1.0, dice.real(0.75, 1.1))
    body = [(r * 0.92, 0), (r, 0.02), (waist, rise / 2), (r, rise)]
    bend = smooth(
        [
            (r, rise),
            (r * dice.real(0.75, 1.0), rise + 0.4 * (shoulder - rise)),
            (neck, shoulder),
            (neck, shoulder + 0.05),
        ],
        4,
    )
    top = [(neck * dice.real(0.8, 1.1), h - 0.03), (neck * dice.real(1.0, 1.3), h - 0.03), (neck * 1.2, h)]
    profile = np.array([*body, *bend, *top])
    capped = dice.chance(0.6)
    parts: Parts = [lathe([(0, 0), *profile, (0, h)], sides=28) if capped else hollow(profile, 0.012)]
    if capped:
        cap, tall = neck * dice.real(1.15, 1.6), dice.real(0.04, 0.15)
        parts.append(lathe([(0, h - tall), (cap, h - tall), (cap, h + 0.02), (0, h + 0.02)]))
    if dice.chance(0.2):
        parts = stretch(parts, 1, 1, dice.real(0.4, 0.8))
    if dice.chance(0.15):
        parts.append(handles(dice, profile, 0.35, rise))
    return parts


def vase(dice: Dice) -> Parts:
    """Vases, urns and amphoras, round or with a few flat sides."""
    count, h = dice.whole(3, 6), 1.0
    radii = dice.rng.uniform(0.1, 0.5, count) * dice.real(0.6, 1.0)
    profile = smooth(
        [
            (dice.real(0.1, 0.3), 0),
            *zip(radii, np.linspace(0.15, 0.95, count), strict=True),
            (dice.real(0.1, 0.4), h),
        ],
        5,
    )
    profile = np.maximum(profile, [0.05, 0])
    profile[-1, 1] = h
    parts: Parts = [hollow(profile, 0.02, dice.pick(28, 28, 28, 4, 5, 6, 8))]
    if dice.chance(0.25):
        parts += both_sides([handles(dice, profile, dice.real(0.3, 0.5), dice.real(0.7, 0.9))])
    if dice.chance(0.25):
        parts.append(
            lathe([(0, -0.05), (profile[0, 0] * 1.4, -0.05), (profile[0, 0] * 1.1, 0.005), (0, 0.005)])
        )
    return parts


def bowl(dice: Dice) -> Parts:
    """Bowls, plates, dishes and pans."""
    h, flat = dice.real(0.05, 0.6), dice.real(0.15, 0.8)
    curve = smooth(
        [
            (flat * 0.5, 0),
            (0.5 * (flat + (1 - flat) * dice.real(0.5, 0.95)), h * dice.real(0.2, 0.6)),
            (0.5, h),
        ],
        6,
    )
    parts: Parts = [hollow(curve, dice.real(0.012, 0.03))]
    if dice.chance(0.3):
        parts.append(
            lathe([(flat * 0.3, -0.04), (flat * 0.36, -0.04), (flat * 0.34, 0.01), (flat * 0.3, 0.01)])
        )
    if dice.chance(0.2):  # a pan or a pot
        grip = [(0.49, h * 0.85, 0), (0.7, h * 0.95, 0), (dice.real(0.8, 1.1), h * dice.real(0.9, 1.3), 0)]
        parts.append(sweep(smooth(grip, 4), rectangle(0.06, 0.025), (0, 0, 1)))
    elif dice.chance(0.2):
        parts += both_sides(
            [
                tube(
                    smooth(
                        [
                            (0.48, h * 0.8, 0.1),
                            (0.58, h * 0.85, 0.07),
                            (0.58, h * 0.85, -0.07),
                            (0.48, h * 0.8, -0.1),
                        ],
                        4,
                    ),
                    0.018,
                )
            ]
        )
    if dice.chance(0.15):
        parts += [
            lathe(smooth([(0.5, h), (0.4, h + 0.08), (0.05, h + 0.12), (0.05, h + 0.17), (0, h + 0.18)], 4)),
            ball((0, h + 0.17, 0), 0.04),
        ]
    return parts


def cup(dice: Dice) -> Parts:
    """Mugs, cups and jugs, on a saucer or not."""
    h, r = dice.real(0.6, 1.1), 0.4
    profile = smooth(
        [
            (r * dice.real(0.5, 1.0), 0),
            (r * dice.real(0.8, 1.1), h * 0.35),
            (r, h * 0.7),
            (r * dice.real(0.95, 1.2), h),
        ],
        4,
    )
    parts: Parts = [hollow(profile, dice.real(0.02, 0.05))]
    if dice.chance(0.85):
        parts.append(handles(dice, profile, h * dice.real(0.1, 0.3), h * dice.real(0.7, 0.9)))
    if dice.chance(0.2):
        parts.append(
            lathe(np.array([(0, -0.03), (0.35, -0.03), (0.75, 0.06), (0.75, 0.09), (0.3, 0.01), (0, 0.01)]))
        )
    return parts


def goblet(dice: Dice) -> Parts:
    """Wine glasses, chalices, trophies."""
    foot, stem, y0 = dice.real(0.15, 0.32), dice.real(0.015, 0.05), dice.real(0.25, 0.55)
    bead = stem * dice.pick(1.0, dice.real(1.3, 2.5))
    wide = dice.real(0.15, 0.4)
    outer = smooth(
        [
            (foot, 0),
            (foot * 0.4, 0.03),
            (stem, 0.09),
            (bead, y0 * 0.6),
            (stem, y0),
            (wide * dice.real(0.7, 1.0), y0 + 0.15),
            (wide, y0 + dice.real(0.25, 0.35)),
            (wide * dice.real(0.6, 1.2), 1),
        ],
        5,
    )
    outer[:, 0] = np.maximum(outer[:, 0], stem * 0.7)
    wall = 0.012
    bowl_ = outer[outer[:, 1] > y0 + 0.05][::-1] - [wall, 0]
    parts: Parts = [
        lathe(np.concatenate([[(0, 0)], outer, np.maximum(bowl_, 0.0), [(0, y0 + 0.05)]]), sides=28)
    ]
    if dice.chance(0.15):
        parts += both_sides([handles(dice, outer, y0 + 0.2, 0.92)])
    return parts


def jar(dice: Dice) -> Parts:
    """Jars, pots and tins with lids, teapots."""
    h, r = dice.real(0.5, 1.2), 0.4
    profile = smooth(
        [
            (r * dice.real(0.6, 1.0), 0),
            (r * dice.real(0.9, 1.2), h * 0.4),
            (r * dice.real(0.8, 1.0), h * 0.8),
            (r * dice.real(0.5, 0.9), h),
        ],
        5,
    )
    neck = float(profile[-1, 0])
    lid, rise = neck * dice.real(0.95, 1.15), dice.real(0.03, 0.2)
    parts: Parts = [lathe([(0, 0), *profile, (0, h)], sides=28)]
    parts.append(
        lathe(
            [
                (0, h - 0.01),
                (lid, h - 0.01),
                (lid, h + 0.03),
                (lid * dice.real(0.2, 0.95), h + 0.03 + rise),
                (0, h + 0.03 + rise),
            ]
        )
    )
    if dice.chance(0.5):
        parts.append(ball((0, h + 0.05 + rise, 0), dice.real(0.04, 0.08)))
    if dice.chance(0.3):
        parts.append(handles(dice, profile, h * 0.2, h * 0.8))
        if dice.chance(0.8):  # a spout
            spout = smooth([(-r * 0.8, h * 0.35, 0), (-r * 1.4, h * 0.5, 0), (-r * 1.7, h * 0.9, 0)], 4)
            parts.append(tube(spout, np.linspace(0.11, 0.05, len(spout))))
    return parts


def column(dice: Dice) -> Parts:
    """Chess pieces, balusters, candlesticks, hourglasses, bells, spinning tops."""
    count = dice.whole(4, 12)
    radii = dice.rng.uniform(0.05, 0.3, count) * dice.real(0.5, 1.0)
    heights = np.sort(dice.rng.random(count))
    points = [(dice.real(0.12, 0.35), 0), *zip(radii, heights, strict=True), (dice.real(0.03, 0.25), 1.02)]
    profile = np.array(points) if dice.chance(0.3) else smooth(points, 4)
    profile[:, 0] = np.maximum(profile[:, 0], 0.025)
    profile[:, 1] = np.maximum.accumulate(profile[:, 1])
    parts: Parts = [lathe([(0, 0), *profile, (0, profile[-1, 1])])]
    if dice.chance(0.3):
        parts.append(ball((0, 1.05, 0), dice.real(0.05, 0.15)))
    if dice.chance(0.15):
        parts += around([ball((dice.real(0.1, 0.2), 0.9, 0), 0.05)], dice.whole(3, 6))
    if dice.chance(0.15):
        parts.append(ring((0, dice.real(0.2, 0.9), 0), dice.real(0.15, 0.3), 0.02))
    return turn(parts, 0, 90) if dice.chance(0.1) else parts


KINDS: Kinds = {
    "bottle": bottle,
    "bowl": bowl,
    "column": column,
    "cup": cup,
    "goblet": goblet,
    "jar": jar,
    "vase": vase,
}

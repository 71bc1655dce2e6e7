"""Swords, shields, bows, guns."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, move
from pcbin.datasets.generated.solids import (
    ball,
    bar,
    box,
    extrude,
    hull,
    lathe,
    rod,
    rounded_box,
)
from pcbin.datasets.generated.sweeps import filleted, rectangle, smooth, sweep, tube
from pcbin.datasets.generated.tools import laid


def sword(dice: Dice) -> Parts:
    """Swords, daggers, sabres, spears, shields, bows."""
    style = dice.pick("sword", "sword", "sword", "sabre", "spear", "shield", "bow")
    long, w, t = dice.real(0.4, 1.0), dice.real(0.03, 0.1), dice.real(0.01, 0.025)
    if style == "shield":
        curve = smooth(
            [(-0.4, 0.4), (0, 0.45), (0.4, 0.4), (0.38, -0.1), (0, -0.6), (-0.38, -0.1)], 4, loop=True
        )
        return [
            extrude(curve, 0.04, 2)
            if dice.chance(0.5)
            else ball((0, 0, 0), (0.5, 0.5, dice.real(0.05, 0.15))),
            ball((0, 0, 0.03), (0.1, 0.1, 0.08)),
        ]
    if style == "bow":
        path = smooth([(0.25, -0.7, 0), (0, -0.4, 0), (0.06, 0, 0), (0, 0.4, 0), (0.25, 0.7, 0)], 6)
        return [tube(path, 0.018, 8), rod(path[0], path[-1], 0.004, sides=6)]
    if style == "spear":
        pole, point, flat = dice.real(0.6, 2.0), dice.real(0.15, 0.5), dice.real(0.03, 0.12)
        blade = [
            (-flat, 0.1 * point, 0),
            (0, 0.1 * point, -0.02),
            (flat, 0.1 * point, 0),
            (0, 0.1 * point, 0.02),
        ]
        tip = [(-0.001, point, 0), (0, point, -0.001), (0.001, point, 0), (0, point, 0.001)]
        base = [(x * 0.3, -0.3 * point, z) for x, _, z in blade]
        parts: Parts = [
            rod((0, -pole, 0), (0, 0, 0), dice.real(0.012, 0.03)),
            hull(blade, tip),
            hull(base, blade),
        ]
        if dice.chance(0.3):  # a halberd
            edge = smooth([(0, 0), (0.25, 0.15), (0.28, 0), (0.25, -0.15)], 3, loop=True)
            parts += move([extrude(edge, 0.02, 2)], 0, -0.3 * point, 0)
        return laid(dice, parts)
    handle = dice.real(0.12, 0.3)
    parts = [
        rod((0, -handle, 0), (0, 0, 0), dice.real(0.012, 0.025)),
        ball((0, -handle, 0), dice.real(0.02, 0.05)),
    ]
    guard = dice.real(0.06, 0.25)
    parts.append(
        dice.pick(
            box((0, 0, 0), (2 * guard, 0.03, 0.035)),
            tube(smooth([(-guard, dice.real(-0.05, 0.05), 0), (0, 0, 0), (guard, 0.03, 0)], 5), 0.016, 8),
            lathe([(0, 0), (guard * 0.6, 0), (guard * 0.6, 0.015), (0, 0.015)]),
        )
    )
    if style == "sabre":
        path = smooth([(0, 0, 0), (0.02, long * 0.5, 0), (dice.real(0.1, 0.25), long, 0)], 6)
        parts += [
            sweep(path, rectangle(t, w), (0, 0, 1), np.linspace(1, 0.5, len(path))),
            tube(smooth([(0, 0, 0), (0.1, -handle * 0.4, 0), (0, -handle, 0)], 5), 0.01, 8),
        ]
    else:
        end = dice.real(0.5, 1.1) * w
        low = [(-w / 2, 0, 0), (0, 0, -t), (w / 2, 0, 0), (0, 0, t)]
        high = [(-end / 2, long, 0), (0, long, -t), (end / 2, long, 0), (0, long, t)]
        tip = [
            (-0.002, long + 0.1, 0),
            (0, long + 0.1, -0.002),
            (0.002, long + 0.1, 0),
            (0, long + 0.1, 0.002),
        ]
        parts += [hull(low, high), hull(high, tip)]
    return laid(dice, parts)


def gun(dice: Dice) -> Parts:
    """Pistols, revolvers, rifles, water pistols, cannons' barrels."""
    barrel, r = dice.real(0.3, 1.1), dice.real(0.015, 0.04)
    lean = dice.real(0.05, 0.2)
    parts: Parts = [
        bar((0, 0.02, -0.02), (0, -0.28, -0.02 - lean), 0.05, dice.real(0.1, 0.14), dice.real(0.9, 1.2)),
        tube(filleted([(0, -0.02, 0.05), (0, -0.1, 0.05), (0, -0.1, 0.15), (0, -0.02, 0.15)], 0.03), 0.01, 6),
    ]
    style = dice.pick("pistol", "revolver", "rifle", "rifle", "machine")
    if style == "pistol":
        parts += [
            rounded_box((0, 0.06, barrel * 0.3), (0.06, 0.12, 0.25 + barrel * 0.5), 0.012),
            rod((0, 0.07, 0.1), (0, 0.07, 0.2 + barrel * 0.5), r),
        ]
    elif style == "revolver":
        parts += [
            rod((0, 0.06, 0.05), (0, 0.06, 0.2), 0.07, sides=12),
            rod((0, 0.09, 0.15), (0, 0.09, 0.2 + barrel * 0.6), r),
            box((0, 0.05, 0.05), (0.04, 0.1, 0.25)),
        ]
    else:
        stock = [(-0.05, 0.05), (-0.7, dice.real(-0.05, 0.04)), (-0.7, -0.2), (-0.1, -0.05)]
        parts += [
            extrude(stock, 0.05, 0),
            box((0, 0.03, 0.2), (0.06, 0.1, 0.6)),
            rod((0, 0.06, 0.3), (0, 0.06, 0.5 + barrel), r),
            box((0, 0.0, 0.55), (0.05, 0.06, dice.real(0.1, 0.5))),
        ]
        if dice.chance(0.5):
            parts.append(rod((0, 0.15, -0.05), (0, 0.15, 0.3), dice.real(0.025, 0.045)))
        if style == "machine":
            parts += [
                sweep(
                    smooth([(0, 0, 0.25), (0, -0.15, 0.28), (0, -0.3, 0.36)], 4),
                    rectangle(0.04, 0.09),
                    (1, 0, 0),
                )
            ]
        if dice.chance(0.15):
            parts += both_sides([rod((0, 0, 0.9), (0.15, -0.35, 0.95), 0.012)])
    return parts


KINDS: Kinds = {"gun": gun, "sword": sword}

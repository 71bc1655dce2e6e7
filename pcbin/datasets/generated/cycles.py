"""Cycles, carts, boards, trains. The front looks along +z."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.cars import road_wheel
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, cut, move
from pcbin.datasets.generated.solids import ball, bar, box, extrude, ring, rod
from pcbin.datasets.generated.sweeps import filleted, rectangle, rounded, smooth, sweep, tube


def cycle(dice: Dice) -> Parts:
    """Bicycles, motorcycles, scooters, skateboards, carts and wagons."""
    style = dice.pick("bicycle", "bicycle", "motor", "motor", "board", "cart")
    if style == "board":
        long = dice.real(0.7, 0.9)
        path = filleted(
            [(0, 0.16, -long / 2), (0, 0.1, -long * 0.36), (0, 0.1, long * 0.36), (0, 0.16, long / 2)], 0.06
        )
        return [
            sweep(path, rectangle(0.2, 0.012), (1, 0, 0)),
            *(
                p
                for z in (-0.25, 0.25)
                for p in [
                    *both_sides(road_wheel(dice, 0.08, z * long, 0.03, 0.035)),
                    bar((0, 0.03, z * long), (0, 0.1, z * long), 0.05),
                ]
            ),
        ]
    if style == "cart":
        w, d, r = dice.real(0.8, 1.4), dice.real(1.2, 2.5), dice.real(0.3, 0.6)
        parts = cut([box((0, r + 0.4, 0), (w, 0.6, d))], box((0, r + 0.5, 0), (w - 0.1, 0.6, d - 0.1)))
        for z in dice.pick((0.0,), (-d * 0.35, d * 0.35)):
            spokes = around([rod((w / 2 + 0.1, 0, 0), (w / 2 + 0.1, r, 0), 0.02, sides=6)], 10, 0)
            parts += both_sides([ring((w / 2 + 0.1, r, z), r, 0.04, 0), *move(spokes, 0, r, z)]) + [
                rod((-w / 2 - 0.1, r, z), (w / 2 + 0.1, r, z), 0.04)
            ]
        parts.append(bar((0, r + 0.15, d / 2), (0, r * 0.8, d / 2 + 1.2), 0.06))
        if dice.chance(0.35):
            hoop = np.stack(
                [
                    w / 2 * np.cos(np.linspace(0, np.pi, 13)),
                    r + 0.7 + 0.8 * np.sin(np.linspace(0, np.pi, 13)),
                    0 * np.arange(13),
                ],
                axis=1,
            )
            parts.append(sweep(hoop, rectangle(d * 0.95, 0.03), (0, 0, 1)))
        return parts
    r, base = dice.real(0.3, 0.36), dice.real(0.95, 1.1)
    front, rear = np.array([0, r, base / 2]), np.array([0, r, -base / 2])
    fat = 0.02 if style == "bicycle" else dice.real(0.06, 0.1)
    parts = [ring(at, r - fat, fat, 0) for at in (front, rear)]
    head, saddle = np.array([0, 0.85, base / 2 - 0.22]), np.array([0, 0.9, -base * 0.18])
    if style == "bicycle":
        crank, t = np.array([0, 0.28, -0.05]), 0.018
        for at in (front, rear):
            parts += move(
                around([rod((0, 0, 0), (0, r - 0.02, 0), 0.004, sides=6)], dice.whole(8, 16), 0), *at
            )
        for a, b in (
            (crank, head - [0, 0.1, 0]),
            (crank, saddle),
            (saddle - [0, 0.15, 0], head),
            (crank, rear),
            (saddle - [0, 0.15, 0], rear),
            (head, front),
        ):
            parts.append(rod(a, b, t, sides=8))
        bars = [
            (-0.28, 0.95, head[2] - 0.05),
            (-0.2, 1.0, head[2] + 0.05),
            (0, 0.97, head[2]),
            (0.2, 1.0, head[2] + 0.05),
            (0.28, 0.95, head[2] - 0.05),
        ]
        parts += [
            tube(smooth(bars, 3), 0.015, 8),
            rod(head, (0, 0.97, head[2]), t),
            ball(saddle + [0, 0.03, 0], (0.08, 0.03, 0.13)),
            ring(crank, 0.09, 0.01, 0),
        ]
        parts += [
            bar(crank + [0.05, 0, 0], crank + [0.05, -0.16, 0.05], 0.02),
            bar(crank - [0.05, 0, 0], crank + [-0.05, 0.16, -0.05], 0.02),
        ]
        return parts
    parts += [rod(at - [fat, 0, 0], at + [fat, 0, 0], r * 0.4, sides=16) for at in (front, rear)]
    parts += both_sides(
        [
            rod(front + [0.09, 0, 0], head + [0.07, 0.05, 0], 0.025),
            bar(rear + [0.1, 0, 0], (0.1, 0.35, 0), 0.05),
        ]
    )
    parts += [
        ball((0, 0.42, 0), (0.18, 0.22, 0.27), 3),
        ball((0, 0.74, 0.12), (0.15, 0.13, 0.26), 2.5),
        ball((0, 0.74, -0.32), (0.15, 0.07, 0.32), 3),
        ball(head + [0, 0.02, 0.12], (0.1, 0.1, 0.1)),
    ]
    parts += [
        tube(
            smooth(
                [
                    (-0.35, 1.0, head[2] - 0.15),
                    (-0.2, 1.03, head[2]),
                    (0, 0.95, head[2]),
                    (0.2, 1.03, head[2]),
                    (0.35, 1.0, head[2] - 0.15),
                ],
                3,
            ),
            0.018,
            8,
        ),
        tube(smooth([(0.14, 0.35, 0.1), (0.16, 0.28, -0.2), (0.16, 0.33, -0.75)], 4), 0.04, 8),
    ]
    return parts


def train(dice: Dice) -> Parts:
    """Steam and other locomotives, carriages, trams."""
    long, w, h = dice.real(5, 9), 1.6, dice.real(1.6, 2.2)
    if dice.chance(0.5):
        r = dice.real(0.5, 0.7)
        parts: Parts = [
            rod((0, 0.9 + r, -long * 0.2), (0, 0.9 + r, long / 2), r, sides=24),
            box((0, 1.6, -long * 0.33), (w, 2.0, long * 0.24)),
            box((0, 2.65, -long * 0.33), (w * 1.15, 0.1, long * 0.3)),
            box((0, 0.75, 0), (w * 0.9, 0.25, long)),
        ]
        parts += [
            rod((0, 0.9 + 2 * r, z * long), (0, 0.9 + 2 * r + t, z * long), q, q * dice.real(0.9, 1.6))
            for z, t, q in ((0.4, 0.6, 0.15), (0.15, 0.25, 0.2), (0, 0.25, 0.18))
        ]
        count, big = dice.whole(2, 4), dice.real(0.4, 0.6)
        parts += (
            [
                p
                for z in np.linspace(-0.3, 0.1, count) * long
                for p in both_sides(road_wheel(dice, 0.7, z, big, 0.12))
            ]
            + both_sides(road_wheel(dice, 0.7, long * 0.3, 0.3, 0.12))
            + both_sides(road_wheel(dice, 0.7, long * 0.42, 0.3, 0.12))
        )
        return (
            parts
            + [box((0, 0.4, long / 2 + 0.15), (w * 0.8, 0.4, 0.3))] * (dice.whole(0, 1))
            + both_sides([bar((0.78, 0.45, -0.3 * long), (0.78, 0.45, 0.1 * long), 0.05)])
        )
    roof = rounded(w, h, 0.35, 5)
    parts = [extrude(roof, long, 2, (0, 0.7 + h / 2, 0))]
    if dice.chance(0.6):
        wide = long / dice.whole(4, 9)
        parts = (
            cut(
                parts,
                *(
                    p
                    for z in np.arange(-long * 0.42, long * 0.42, wide)
                    for p in both_sides([box((w / 2, 0.8 + h * 0.6, z), (0.12, h * 0.35, wide * 0.6))])
                ),
            )
            if wide > 0.9
            else parts
        )
    for z in (-long * 0.35, long * 0.35):
        parts += [
            box((0, 0.5, z), (1.2, 0.3, 1.2)),
            *both_sides(road_wheel(dice, 0.65, z - 0.4, 0.35, 0.1)),
            *both_sides(road_wheel(dice, 0.65, z + 0.4, 0.35, 0.1)),
        ]
    return parts


KINDS: Kinds = {"cycle": cycle, "train": train}

"""Pipes, bent sheets, springs, trusses."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.fasteners import drill, tipped
from pcbin.datasets.generated.parts import (
    Array,
    Parts,
    around,
    bend,
    both_sides,
    cut,
    move,
    turn,
)
from pcbin.datasets.generated.solids import (
    ball,
    box,
    extrude,
    lathe,
    ring,
    rod,
)
from pcbin.datasets.generated.sweeps import arc, filleted, rectangle, rounded, smooth, sweep, tube


def pipe(dice: Dice) -> Parts:
    """Pipes with elbows, tees, crosses, reducers, valves and flanges."""
    r, t = dice.real(0.08, 0.25), dice.real(0.01, 0.05)
    style = dice.pick("elbow", "elbow", "tee", "cross", "run", "valve", "reducer")
    ends: list[tuple[Array, Array]] = []
    parts: Parts
    if style in ("elbow", "run"):
        count = 3 if style == "elbow" else dice.whole(4, 6)
        points, direction = [np.zeros(3)], 0
        for _ in range(count - 1):
            points.append(points[-1] + np.eye(3)[direction] * dice.real(0.5, 1.2))
            direction = (direction + dice.whole(1, 2)) % 3
        parts = [tube(filleted(points, r * dice.real(1.2, 3)), r, 14)]
        ends = [(points[0], points[0] - points[1]), (points[-1], points[-1] - points[-2])]
    elif style == "reducer":
        long, last = dice.real(0.6, 1.5), r * dice.real(0.4, 0.8)
        parts = [lathe(smooth([(r, 0), (r, long * 0.3), (last, long * 0.7), (last, long)], 4))]
        ends = [(np.zeros(3), np.array([0, -1.0, 0])), (np.array([0, long, 0]), np.array([0, 1.0, 0]))]
    else:
        arms = {
            "tee": ((1, 0, 0), (-1, 0, 0), (0, 1, 0)),
            "cross": ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)),
            "valve": ((1, 0, 0), (-1, 0, 0)),
        }[style]
        parts, long = [], dice.real(0.4, 0.9)
        for arm in arms:
            tip = np.array(arm, float) * long
            parts.append(rod((0, 0, 0), tip, r, sides=16))
            ends.append((tip, np.array(arm, float)))
        parts.append(ball((0, 0, 0), r * dice.real(1.05, 1.5)))
        if style == "valve":
            parts += [
                rod((0, 0, 0), (0, 3 * r, 0), r * 0.4),
                ring((0, 3 * r, 0), r * 1.6, r * 0.2),
                *around([rod((0, 3 * r, 0), (r * 1.6, 3 * r, 0), r * 0.12, sides=8)], 4),
            ]
    open_ends = []
    flanged = dice.chance(0.7)
    for at, out in ends:
        unit = out / np.linalg.norm(out)
        if flanged:
            wide = r * dice.real(1.4, 2.0)
            parts.append(rod(at - unit * r * dice.real(0.3, 0.5), at, wide, sides=24))
        open_ends.append(rod(at - unit * r * 0.8, at + unit * r, r - t, sides=16))
    return tipped(dice, cut(parts, *open_ends))


def sheet(dice: Dice) -> Parts:
    """Sheets: bent to channels, corrugated, rolled, folded, perforated, draped."""
    w, long, t = dice.real(0.4, 1.2), 1.0, dice.real(0.006, 0.03)
    style = dice.pick("folded", "wave", "rolled", "curved", "channel", "perforated")
    if style == "folded":
        points, angle = [np.zeros(2)], 0.0
        for _ in range(dice.whole(2, 6)):
            points.append(points[-1] + dice.real(0.15, 0.5) * np.array([np.cos(angle), np.sin(angle)]))
            angle += np.radians(dice.pick(90.0, -90.0, dice.real(-120, 120)))
        path = filleted(np.insert(np.array(points), 2, 0, axis=1), 0.05)
        return tipped(dice, [sweep(path, rectangle(w, t), (0, 0, 1))])
    if style == "wave":
        waves = dice.whole(2, 10)
        x = np.linspace(0, long, 12 * waves)
        height = dice.real(0.02, 0.12) * np.sin(2 * np.pi * waves * x)
        if dice.chance(0.4):
            height = np.clip(3 * height, -0.05, 0.05)
        return tipped(dice, [sweep(np.stack([x, height, 0 * x], axis=1), rectangle(w, t), (0, 0, 1))])
    if style == "channel":
        a, b = dice.real(0.2, 0.5), dice.real(0.1, 0.4)
        outline = dice.pick(
            [(-a, b), (-a, 0), (a, 0), (a, b), (a - t, b), (a - t, t), (-a + t, t), (-a + t, b)],
            [(0, 0), (a, 0), (a, t), (t, t), (t, b), (0, b)],
            [
                (-a, 0),
                (a, 0),
                (a, t),
                (t, t),
                (t, b),
                (a, b),
                (a, b + t),
                (-a, b + t),
                (-a, b),
                (-t, b),
                (-t, t),
                (-a, t),
            ],
        )
        return tipped(dice, [extrude(outline, dice.real(0.8, 3), 2)])
    flat: Parts = [box((0, 0, 0), (long, t, w))]
    if style == "perforated":
        nx, nz = dice.whole(3, 7), dice.whole(2, 5)
        r = min(long / nx, w / nz) * dice.real(0.2, 0.4)
        holes = [
            drill(((i + 0.5) * long / nx - long / 2, 0, (k + 0.5) * w / nz - w / 2), r, 0.2)
            for i in range(nx)
            for k in range(nz)
        ]
        flat = cut(flat, *holes)
    parts = bend(flat, dice.real(20, 340 if style == "rolled" else 120), long, 0, 1)
    return tipped(dice, bend(parts, dice.real(-60, 60), w, 2, 1) if style == "curved" else parts)


def spring(dice: Dice) -> Parts:
    """Coil springs, spirals, hooks, chain links, rings, coils on a core."""
    style = dice.pick("coil", "coil", "cone", "spiral", "chain", "hook", "solenoid")
    if style == "chain":
        t, count = dice.real(0.05, 0.12), dice.whole(2, 7)
        link = np.insert(rounded(0.8, 0.5, 0.25, 6), 2, 0, axis=1)
        return [
            p
            for k in range(count)
            for p in move(turn([tube(link, t, 8, loop=True)], 0, 90.0 * (k % 2)), k * (0.8 - 2.2 * t), 0, 0)
        ]
    if style == "hook":
        hook = [(0, 1, 0), (0, 0.5, 0), *(arc(0.3, 90, -150, 14, (0, 1)) + [0, 0.1, 0])[1:]]
        return [tube(smooth(hook, 3), dice.real(0.04, 0.1)), ring((0, 1.12, 0), 0.14, 0.05, 2)]
    turns, fine = dice.whole(2, 10), 14
    angle = np.linspace(0, 2 * np.pi * turns, fine * turns)
    rise = angle / angle[-1]
    reach = {
        "coil": 1 + 0 * rise,
        "cone": 1 - dice.real(0.3, 0.8) * rise,
        "spiral": 0.15 + 0.85 * rise,
        "solenoid": 1 + 0 * rise,
    }[style]
    tall = 0.0 if style == "spiral" and dice.chance(0.6) else dice.real(0.8, 4)
    pitch = max(tall, 0.4) / turns if style != "spiral" else 0.85 / turns
    path = np.stack([reach * np.cos(angle), tall * rise, reach * np.sin(angle)], axis=1)
    parts: Parts = [tube(path, min(pitch * dice.real(0.15, 0.48), 0.25), 8)]
    if style == "solenoid":
        parts += [
            rod((0, -0.1, 0), (0, tall + 0.1, 0), 0.85, sides=20),
            *(rod((0, y, 0), (0, y + 0.12, 0), 1.4, sides=20) for y in (-0.2, tall + 0.1)),
        ]
    return tipped(dice, parts)


def truss(dice: Dice) -> Parts:
    """Lattice beams, masts, scaffolds, grids, cages, fences."""
    style = dice.pick("beam", "beam", "grid", "cage", "cell", "fence", "bridge")
    t, n = dice.real(0.01, 0.04), dice.whole(3, 9)
    if style in ("beam", "bridge"):
        a = dice.real(0.2, 0.5)
        square = [(-a, -a), (a, -a), (a, a), (-a, a)]
        triangle, flat = [(-a, -a), (a, -a), (0.0, a)], [(0.0, -a), (0.0, a)]
        corners = dice.pick(square, triangle, flat)
        step = a * dice.real(1.2, 2.5)
        parts: Parts = []
        for k, (y, z) in enumerate(corners):
            y2, z2 = corners[(k + 1) % len(corners)]
            parts.append(rod((0, y, z), (n * step, y, z), t, sides=8))
            for i in range(n):
                parts.append(
                    rod((i * step, y, z), ((i + 1) * step, y2, z2), t * 0.6, sides=6)
                    if i % 2
                    else rod((i * step, y2, z2), ((i + 1) * step, y, z), t * 0.6, sides=6)
                )
            for i in range(0, n + 1, dice.pick(1, 2)):
                parts.append(rod((i * step, y, z), (i * step, y2, z2), t * 0.6, sides=6))
        if style == "bridge":
            parts.append(box((n * step / 2, -a, 0), (n * step, 0.05, 2 * a + 0.3)))
            parts += [box((x, -a - 0.5, 0), (0.15, 1.0, 2 * a)) for x in (0.1, n * step - 0.1)]
            return parts
        return dice.pick(parts, turn(parts, 2, 90))
    if style == "cell":
        n = dice.whole(2, 4)
        at = np.linspace(-0.5, 0.5, n)
        parts = [
            rod(np.insert((u, v), axis, -0.5), np.insert((u, v), axis, 0.5), t, sides=8)
            for axis in range(3)
            for u in at
            for v in at
        ]
        return parts + (
            [ball((x, y, z), 2 * t) for x in at for y in at for z in at] if dice.chance(0.4) else []
        )
    if style == "cage":
        count, h = dice.whole(8, 20), dice.real(0.6, 2)
        parts = around([rod((0.5, 0, 0), (0.5, h, 0), t * 0.6, sides=8)], count)
        parts += [ring((0, y, 0), 0.5, t) for y in np.linspace(0, h, dice.whole(2, 6))]
        return parts + ([ball((0, h, 0), (0.5, 0.4, 0.5))] if dice.chance(0.4) else [])
    w, h = dice.real(0.6, 2.0), dice.real(0.4, 1.0)
    parts = [box((x, h / 2, 0), (t, h, t)) for x in np.linspace(-w / 2, w / 2, dice.whole(4, 16))]
    parts += [
        box((0, y, dice.pick(0, t)), (w, t, t))
        for y in np.linspace(0.1 * h, 0.95 * h, 2 if style == "fence" else dice.whole(3, 12))
    ]
    if style == "fence":
        parts += both_sides([box((w / 2, h * 0.55, 0), (3 * t, h * 1.1, 3 * t))])
    return dice.pick(parts, turn(parts, 0, 90)) if style == "grid" else parts


KINDS: Kinds = {"pipe": pipe, "sheet": sheet, "spring": spring, "truss": truss}

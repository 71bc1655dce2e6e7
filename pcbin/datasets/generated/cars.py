"""Cars, trucks, tractors, tanks, cannons. The front looks along +z."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, cut, move, stretch, taper, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, prism, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import rectangle, rounded, smooth, sweep


def road_wheel(dice: Dice, x: float, z: float, r: float, w: float) -> Parts:
    """A wheel on the ground at x, z."""
    parts: Parts = [rod((x - w / 2, r, z), (x + w / 2, r, z), r, sides=20)]
    if dice.chance(0.5):
        parts.append(rod((x + w / 2 - 0.01, r, z), (x + w / 2 + 0.02, r, z), r * 0.5, sides=12))
    return parts


def side_view(profile: Any, w: float, soft: float = 1.0) -> Parts:
    """A body from its side view (z, y), w wide; `soft` is how much of its width is left at the top."""
    outline = np.asarray(profile, float)
    low, high = outline[:, 1].min(), outline[:, 1].max()
    parts: Parts = [extrude(outline, w, 0)]
    return move(taper(move(parts, 0, -low, 0), soft, high - low, (0,)), 0, low, 0) if soft != 1 else parts


def car(dice: Dice) -> Parts:
    """Saloons, estates, sports cars, jeeps, vans, pickups, antique and racing cars."""
    long, w, r = dice.real(3.2, 5.2), dice.real(1.5, 1.95), dice.real(0.27, 0.4)
    style = dice.pick("saloon", "saloon", "estate", "sports", "van", "pickup", "jeep", "antique", "racing")
    clear, tw, f = dice.real(0.12, 0.3), dice.real(0.16, 0.28), long / 2
    belt, roof = dice.real(0.75, 0.95), dice.real(1.25, 1.55)
    track = w / 2 - tw / 2
    wheels: Parts = []
    for z in (f * dice.real(0.55, 0.68), -f * dice.real(0.52, 0.65)):
        wheels += both_sides(road_wheel(dice, track, z, r, tw))
    if style == "racing":
        body = [(f, 0.15), (f, 0.3), (f * 0.2, 0.5), (0, 0.75), (-f * 0.3, 0.85), (-f * 0.9, 0.5), (-f, 0.15)]
        parts = side_view(smooth(body, 3), 0.6, 0.7) + both_sides(
            [rounded_box((0.55, 0.35, -0.3), (0.5, 0.4, long * 0.4), 0.12)]
        )
        parts += [
            box((0, 0.25, f + 0.1), (w, 0.03, 0.4)),
            box((0, 0.95, -f), (w * 0.6, 0.03, 0.35)),
            box((0, 0.7, -f), (0.06, 0.5, 0.2)),
        ]
        return (
            parts
            + [
                p
                for z in (f * 0.6, -f * 0.65)
                for p in both_sides([rod((w / 2 - 0.2, r, z), (w / 2 + 0.15, r, z), r, sides=20)])
            ]
            + [rod((-w / 2, r, z), (w / 2, r, z), 0.03, sides=8) for z in (f * 0.6, -f * 0.65)]
        )
    hood, boot = {
        "saloon": (0.3, 0.55),
        "estate": (0.3, 0.97),
        "sports": (0.25, 0.6),
        "van": (0.75, 0.98),
        "pickup": (0.35, 0.05),
        "jeep": (0.3, 0.92),
        "antique": (0.25, 0.75),
    }[style]
    nose = belt * dice.real(0.65, 0.9)
    if style == "sports":
        belt, roof = 0.7, dice.real(1.05, 1.2)
        nose = 0.5
    if style == "van":
        roof = dice.real(1.7, 2.2)
    body = [
        (f, clear),
        (f, nose),
        (f * hood, belt),
        (-f * boot, belt),
        (-f, belt * dice.real(0.85, 1.0)),
        (-f, clear),
    ]
    soft = dice.chance(0.6)
    parts = side_view(smooth(body, 3, loop=True) if soft else body, w, dice.real(0.85, 1.0))
    rake, back = dice.real(0.15, 0.5), dice.real(0.02, 0.6) if style in ("saloon", "sports") else 0.05
    cabin = [
        (f * hood, belt - 0.02),
        (f * hood - rake, roof),
        (-f * boot + back, roof),
        (-f * boot, belt - 0.02),
    ]
    parts += side_view(cabin, w * dice.real(0.88, 0.98), dice.real(0.75, 0.95))
    if style == "pickup":
        parts = cut(parts, box((0, belt, -f * 0.52), (w * 0.86, belt, f * 0.85)))
    if style == "antique":
        arch = sweep(
            np.stack(
                [0 * np.arange(9), 0.35 + 0.3 * np.sin(np.linspace(0, np.pi, 9)), np.linspace(-0.5, 0.5, 9)],
                axis=1,
            ),
            rectangle(0.3, 0.04),
            (1, 0, 0),
        )
        for z in (f * 0.6, -f * 0.58):
            parts += both_sides(move([arch], track + 0.1, 0, z))
        parts += both_sides([ball((w * 0.3, belt, f), 0.13)])
    parts += both_sides([ball((w * 0.36, nose * 0.85, f), (0.14, 0.09, 0.05))])
    if dice.chance(0.5):
        parts += [box((0, clear + 0.2, z), (w * 0.95, 0.15, 0.12)) for z in (f, -f)]
    if style == "jeep" or dice.chance(0.1):
        parts.append(rod((0, belt, -f - 0.2), (0, belt, -f), r * 0.9, sides=20))
    return parts + wheels


def truck(dice: Dice) -> Parts:
    """Lorries, tankers, buses, articulated trucks, tractors, diggers, monster trucks."""
    style = dice.pick("box", "semi", "bus", "tanker", "tractor", "dump", "monster")
    r, w = dice.real(0.4, 0.55), dice.real(2.1, 2.6)
    if style == "tractor":
        body = [
            box((0, 1.0, 0.8), (0.7, 0.7, 1.8)),
            box((0, 1.3, -0.7), (1.3, 1.5, 1.2)),
            box((0, 2.1, -0.7), (1.5, 0.08, 1.4)),
            rod((0.2, 1.3, 1.0), (0.2, 2.2, 1.0), 0.06),
        ]
        body += both_sides(road_wheel(dice, 0.9, -0.7, dice.real(0.75, 0.95), 0.45)) + both_sides(
            road_wheel(dice, 0.75, 1.3, 0.45, 0.3)
        )
        return [
            *body,
            rod((-0.75, 0.45, 1.3), (0.75, 0.45, 1.3), 0.08),
            rod((-0.9, 0.8, -0.7), (0.9, 0.8, -0.7), 0.1),
        ]
    if style == "monster":
        small = stretch(car(dice), 0.8, 0.8, 0.8)
        big = [p for z in (1.2, -1.2) for p in both_sides(road_wheel(dice, 1.1, z, 0.75, 0.6))]
        return (
            move(small, 0, 1.0, 0)
            + big
            + [rod((-1.1, 0.75, z), (1.1, 0.75, z), 0.12) for z in (1.2, -1.2)]
            + both_sides([bar((0.5, 0.75, z), (0.5, 1.4, z * 0.8), 0.1) for z in (1.2, -1.2)])
        )
    cab, long = dice.real(1.4, 2.2), dice.real(3.5, 9.0)
    h = dice.real(2.2, 3.0)
    if style == "bus":
        parts: Parts = [rounded_box((0, 0.4 + h / 2, 0), (w, h, long), 0.2)]
        parts = (
            cut(parts, *both_sides([box((w / 2, h * 0.75, 0), (0.12, h * 0.3, long * 0.9))]))
            if dice.chance(0.5)
            else parts
        )
        zs: Any = (long * 0.33, -long * 0.3)
    else:
        nose = dice.pick(0.0, dice.real(0.6, 1.3))
        parts = [
            rounded_box((0, 0.5 + h * 0.4, long / 2 + cab / 2 + 0.1), (w * 0.95, h * 0.8, cab), 0.12),
            box((0, 0.6, 0), (w * 0.5, 0.25, long + cab)),
        ]
        if nose:
            parts.append(rounded_box((0, 0.9, long / 2 + cab + nose / 2), (w * 0.8, 0.9, nose + 0.2), 0.15))
        if style == "tanker":
            parts.append(
                ball((0, 0.8 + h * 0.35, -0.1), (w * 0.48, h * 0.37, long * 0.5), 2.0, 2.0)
                if dice.chance(0.3)
                else rod((0, 0.8 + h * 0.35, -long / 2), (0, 0.8 + h * 0.35, long / 2), h * 0.38, sides=24)
            )
        elif style == "dump":
            parts += cut(
                [box((0, 1.3, -0.1), (w, 1.2, long * 0.95))], box((0, 1.6, -0.1), (w * 0.9, 1.3, long * 0.88))
            )
        else:
            parts.append(box((0, 0.8 + h / 2, -0.1), (w, h, long * 0.98)))
        zs = (long / 2 + cab * 0.7 + nose * 0.6, -long * 0.3, -long * 0.3 + 2.3 * r)
    for z in zs:
        parts += both_sides(road_wheel(dice, w / 2 - 0.16, z, r, 0.3))
    return parts


def tank(dice: Dice) -> Parts:
    """Armoured vehicles on tracks; cannons on wheels."""
    if dice.chance(0.2):
        r = dice.real(0.4, 0.7)
        barrel = lathe(
            [(0.12, 0), (0.2, 0), (0.16, 1.0), (0.12, 2.0), (0.15, 2.05), (0.09, 2.05), (0.08, 0.5), (0, 0.5)]
        )
        spokes = around([rod((0.45, 0, 0), (0.45, r, 0), 0.025, sides=6)], 10, 0)
        parts = move(turn([barrel], 0, 90 - dice.real(0, 30)), 0, r + 0.1, -0.5)
        parts += both_sides(
            [
                ring((0.45, r, 0), r, 0.05, 0),
                *move(spokes, 0, r, 0),
                bar((0.15, r, 0), (0.25, 0.05, -1.6), 0.1),
            ]
        )
        return [*parts, rod((-0.5, r, 0), (0.5, r, 0), 0.06)]
    long, w, h = dice.real(4.5, 6.5), dice.real(2.2, 3.2), dice.real(0.8, 1.2)
    track, tw = rounded(long, h * 0.9, h * 0.44, 6), dice.real(0.4, 0.6)
    parts = both_sides([extrude(track, tw, 0, (w / 2, h * 0.45, 0))])
    f = long / 2
    hull = [
        (f * 0.85, h * 0.45),
        (f, h * 0.8),
        (f * dice.real(0.3, 0.6), h * 1.15),
        (-f * 0.85, h * 1.15),
        (-f * 0.95, h * 0.4),
    ]
    parts += side_view(hull, w + tw * dice.pick(-1.0, 0.9))
    tz, tr = dice.real(-0.15, 0.15) * long, w * dice.real(0.28, 0.42)
    th = dice.real(0.5, 0.8)
    top = h * 1.1
    turret = dice.pick("round", "square", "dome")
    if turret == "round":
        parts.append(rod((0, top, tz), (0, top + th, tz), tr, tr * dice.real(0.6, 1), 20))
    elif turret == "square":
        parts.append(prism(tr * 2, tr * 2.6, top, top + th, dice.real(0.6, 0.9), (0, tz)))
    else:
        parts.append(ball((0, top, tz), (tr, th, tr * 1.3)))
    gun = dice.real(1.5, 4.5)
    rise = dice.real(0, 0.15) * gun
    parts += [
        rod((0, top + th * 0.5, tz + tr * 0.6), (0, top + th * 0.5 + rise, tz + tr + gun), 0.1),
        rod((0, top + th, tz - 0.2), (0, top + th + 0.15, tz - 0.2), 0.28),
    ]
    if dice.chance(0.6):
        count = dice.whole(4, 7)
        parts += [
            p
            for z in np.linspace(-f * 0.75, f * 0.75, count)
            for p in both_sides(
                [rod((w / 2, h * 0.4, z), (w / 2 + tw / 2 + 0.05, h * 0.4, z), long / count * 0.38, sides=14)]
            )
        ]
    return parts


KINDS: Kinds = {"car": car, "tank": tank, "truck": truck}

"""Cars, trucks, tanks, cycles, trains; aeroplanes, helicopters, rockets; ships. The front looks along +z."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.parts import Parts, around, both_sides, cut, move, stretch, taper, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, prism, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, loft, rectangle, rounded, smooth, sweep, tube


def _wheel(dice: Dice, x: float, z: float, r: float, w: float) -> Parts:
    """A wheel on the ground at x, z."""
    parts: Parts = [rod((x - w / 2, r, z), (x + w / 2, r, z), r, sides=20)]
    if dice.chance(0.5):
        parts.append(rod((x + w / 2 - 0.01, r, z), (x + w / 2 + 0.02, r, z), r * 0.5, sides=12))
    return parts


def _side(profile: Any, w: float, soft: float = 1.0) -> Parts:
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
        wheels += both_sides(_wheel(dice, track, z, r, tw))
    if style == "racing":
        body = [(f, 0.15), (f, 0.3), (f * 0.2, 0.5), (0, 0.75), (-f * 0.3, 0.85), (-f * 0.9, 0.5), (-f, 0.15)]
        parts = _side(smooth(body, 3), 0.6, 0.7) + both_sides([rounded_box((0.55, 0.35, -0.3), (0.5, 0.4, long * 0.4), 0.12)])
        parts += [box((0, 0.25, f + 0.1), (w, 0.03, 0.4)), box((0, 0.95, -f), (w * 0.6, 0.03, 0.35)), box((0, 0.7, -f), (0.06, 0.5, 0.2))]
        return parts + [p for z in (f * 0.6, -f * 0.65) for p in both_sides([rod((w / 2 - 0.2, r, z), (w / 2 + 0.15, r, z), r, sides=20)])] + [rod((-w / 2, r, z), (w / 2, r, z), 0.03, sides=8) for z in (f * 0.6, -f * 0.65)]
    hood, boot = {"saloon": (0.3, 0.55), "estate": (0.3, 0.97), "sports": (0.25, 0.6), "van": (0.75, 0.98), "pickup": (0.35, 0.05), "jeep": (0.3, 0.92), "antique": (0.25, 0.75)}[style]
    nose = belt * dice.real(0.65, 0.9)
    if style == "sports":
        belt, roof = 0.7, dice.real(1.05, 1.2)
        nose = 0.5
    if style == "van":
        roof = dice.real(1.7, 2.2)
    body = [(f, clear), (f, nose), (f * hood, belt), (-f * boot, belt), (-f, belt * dice.real(0.85, 1.0)), (-f, clear)]
    soft = dice.chance(0.6)
    parts = _side(smooth(body, 3, loop=True) if soft else body, w, dice.real(0.85, 1.0))
    rake, back = dice.real(0.15, 0.5), dice.real(0.02, 0.6) if style in ("saloon", "sports") else 0.05
    cabin = [(f * hood, belt - 0.02), (f * hood - rake, roof), (-f * boot + back, roof), (-f * boot, belt - 0.02)]
    parts += _side(cabin, w * dice.real(0.88, 0.98), dice.real(0.75, 0.95))
    if style == "pickup":
        parts = cut(parts, box((0, belt, -f * 0.52), (w * 0.86, belt, f * 0.85)))
    if style == "antique":
        arch = sweep(np.stack([0 * np.arange(9), 0.35 + 0.3 * np.sin(np.linspace(0, np.pi, 9)), np.linspace(-0.5, 0.5, 9)], axis=1), rectangle(0.3, 0.04), (1, 0, 0))
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
        body = [box((0, 1.0, 0.8), (0.7, 0.7, 1.8)), box((0, 1.3, -0.7), (1.3, 1.5, 1.2)), box((0, 2.1, -0.7), (1.5, 0.08, 1.4)), rod((0.2, 1.3, 1.0), (0.2, 2.2, 1.0), 0.06)]
        body += both_sides(_wheel(dice, 0.9, -0.7, dice.real(0.75, 0.95), 0.45)) + both_sides(_wheel(dice, 0.75, 1.3, 0.45, 0.3))
        return [*body, rod((-0.75, 0.45, 1.3), (0.75, 0.45, 1.3), 0.08), rod((-0.9, 0.8, -0.7), (0.9, 0.8, -0.7), 0.1)]
    if style == "monster":
        small = stretch(car(dice), 0.8, 0.8, 0.8)
        big = [p for z in (1.2, -1.2) for p in both_sides(_wheel(dice, 1.1, z, 0.75, 0.6))]
        return move(small, 0, 1.0, 0) + big + [rod((-1.1, 0.75, z), (1.1, 0.75, z), 0.12) for z in (1.2, -1.2)] + both_sides([bar((0.5, 0.75, z), (0.5, 1.4, z * 0.8), 0.1) for z in (1.2, -1.2)])
    cab, long = dice.real(1.4, 2.2), dice.real(3.5, 9.0)
    h = dice.real(2.2, 3.0)
    if style == "bus":
        parts: Parts = [rounded_box((0, 0.4 + h / 2, 0), (w, h, long), 0.2)]
        parts = cut(parts, *both_sides([box((w / 2, h * 0.75, 0), (0.12, h * 0.3, long * 0.9))])) if dice.chance(0.5) else parts
        zs: Any = (long * 0.33, -long * 0.3)
    else:
        nose = dice.pick(0.0, dice.real(0.6, 1.3))
        parts = [rounded_box((0, 0.5 + h * 0.4, long / 2 + cab / 2 + 0.1), (w * 0.95, h * 0.8, cab), 0.12), box((0, 0.6, 0), (w * 0.5, 0.25, long + cab))]
        if nose:
            parts.append(rounded_box((0, 0.9, long / 2 + cab + nose / 2), (w * 0.8, 0.9, nose + 0.2), 0.15))
        if style == "tanker":
            parts.append(ball((0, 0.8 + h * 0.35, -0.1), (w * 0.48, h * 0.37, long * 0.5), 2.0, 2.0) if dice.chance(0.3) else rod((0, 0.8 + h * 0.35, -long / 2), (0, 0.8 + h * 0.35, long / 2), h * 0.38, sides=24))
        elif style == "dump":
            parts += cut([box((0, 1.3, -0.1), (w, 1.2, long * 0.95))], box((0, 1.6, -0.1), (w * 0.9, 1.3, long * 0.88)))
        else:
            parts.append(box((0, 0.8 + h / 2, -0.1), (w, h, long * 0.98)))
        zs = (long / 2 + cab * 0.7 + nose * 0.6, -long * 0.3, -long * 0.3 + 2.3 * r)
    for z in zs:
        parts += both_sides(_wheel(dice, w / 2 - 0.16, z, r, 0.3))
    return parts


def tank(dice: Dice) -> Parts:
    """Armoured vehicles on tracks; cannons on wheels."""
    if dice.chance(0.2):
        r = dice.real(0.4, 0.7)
        barrel = lathe([(0.12, 0), (0.2, 0), (0.16, 1.0), (0.12, 2.0), (0.15, 2.05), (0.09, 2.05), (0.08, 0.5), (0, 0.5)])
        spokes = around([rod((0.45, 0, 0), (0.45, r, 0), 0.025, sides=6)], 10, 0)
        parts = move(turn([barrel], 0, 90 - dice.real(0, 30)), 0, r + 0.1, -0.5)
        parts += both_sides([ring((0.45, r, 0), r, 0.05, 0), *move(spokes, 0, r, 0), bar((0.15, r, 0), (0.25, 0.05, -1.6), 0.1)])
        return [*parts, rod((-0.5, r, 0), (0.5, r, 0), 0.06)]
    long, w, h = dice.real(4.5, 6.5), dice.real(2.2, 3.2), dice.real(0.8, 1.2)
    track, tw = rounded(long, h * 0.9, h * 0.44, 6), dice.real(0.4, 0.6)
    parts = both_sides([extrude(track, tw, 0, (w / 2, h * 0.45, 0))])
    f = long / 2
    hull = [(f * 0.85, h * 0.45), (f, h * 0.8), (f * dice.real(0.3, 0.6), h * 1.15), (-f * 0.85, h * 1.15), (-f * 0.95, h * 0.4)]
    parts += _side(hull, w + tw * dice.pick(-1.0, 0.9))
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
    parts += [rod((0, top + th * 0.5, tz + tr * 0.6), (0, top + th * 0.5 + rise, tz + tr + gun), 0.1), rod((0, top + th, tz - 0.2), (0, top + th + 0.15, tz - 0.2), 0.28)]
    if dice.chance(0.6):
        count = dice.whole(4, 7)
        parts += [p for z in np.linspace(-f * 0.75, f * 0.75, count) for p in both_sides([rod((w / 2, h * 0.4, z), (w / 2 + tw / 2 + 0.05, h * 0.4, z), long / count * 0.38, sides=14)])]
    return parts


def cycle(dice: Dice) -> Parts:
    """Bicycles, motorcycles, scooters, skateboards, carts and wagons."""
    style = dice.pick("bicycle", "bicycle", "motor", "motor", "board", "cart")
    if style == "board":
        long = dice.real(0.7, 0.9)
        path = filleted([(0, 0.16, -long / 2), (0, 0.1, -long * 0.36), (0, 0.1, long * 0.36), (0, 0.16, long / 2)], 0.06)
        return [sweep(path, rectangle(0.2, 0.012), (1, 0, 0)), *(p for z in (-0.25, 0.25) for p in [*both_sides(_wheel(dice, 0.08, z * long, 0.03, 0.035)), bar((0, 0.03, z * long), (0, 0.1, z * long), 0.05)])]
    if style == "cart":
        w, d, r = dice.real(0.8, 1.4), dice.real(1.2, 2.5), dice.real(0.3, 0.6)
        parts = cut([box((0, r + 0.4, 0), (w, 0.6, d))], box((0, r + 0.5, 0), (w - 0.1, 0.6, d - 0.1)))
        for z in dice.pick((0.0,), (-d * 0.35, d * 0.35)):
            spokes = around([rod((w / 2 + 0.1, 0, 0), (w / 2 + 0.1, r, 0), 0.02, sides=6)], 10, 0)
            parts += both_sides([ring((w / 2 + 0.1, r, z), r, 0.04, 0), *move(spokes, 0, r, z)]) + [rod((-w / 2 - 0.1, r, z), (w / 2 + 0.1, r, z), 0.04)]
        parts.append(bar((0, r + 0.15, d / 2), (0, r * 0.8, d / 2 + 1.2), 0.06))
        if dice.chance(0.35):
            hoop = np.stack([w / 2 * np.cos(np.linspace(0, np.pi, 13)), r + 0.7 + 0.8 * np.sin(np.linspace(0, np.pi, 13)), 0 * np.arange(13)], axis=1)
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
            parts += move(around([rod((0, 0, 0), (0, r - 0.02, 0), 0.004, sides=6)], dice.whole(8, 16), 0), *at)
        for a, b in ((crank, head - [0, 0.1, 0]), (crank, saddle), (saddle - [0, 0.15, 0], head), (crank, rear), (saddle - [0, 0.15, 0], rear), (head, front)):
            parts.append(rod(a, b, t, sides=8))
        bars = [(-0.28, 0.95, head[2] - 0.05), (-0.2, 1.0, head[2] + 0.05), (0, 0.97, head[2]), (0.2, 1.0, head[2] + 0.05), (0.28, 0.95, head[2] - 0.05)]
        parts += [tube(smooth(bars, 3), 0.015, 8), rod(head, (0, 0.97, head[2]), t), ball(saddle + [0, 0.03, 0], (0.08, 0.03, 0.13)), ring(crank, 0.09, 0.01, 0)]
        parts += [bar(crank + [0.05, 0, 0], crank + [0.05, -0.16, 0.05], 0.02), bar(crank - [0.05, 0, 0], crank + [-0.05, 0.16, -0.05], 0.02)]
        return parts
    parts += [rod(at - [fat, 0, 0], at + [fat, 0, 0], r * 0.4, sides=16) for at in (front, rear)]
    parts += both_sides([rod(front + [0.09, 0, 0], head + [0.07, 0.05, 0], 0.025), bar(rear + [0.1, 0, 0], (0.1, 0.35, 0), 0.05)])
    parts += [ball((0, 0.42, 0), (0.18, 0.22, 0.27), 3), ball((0, 0.74, 0.12), (0.15, 0.13, 0.26), 2.5), ball((0, 0.74, -0.32), (0.15, 0.07, 0.32), 3), ball(head + [0, 0.02, 0.12], (0.1, 0.1, 0.1))]
    parts += [tube(smooth([(-0.35, 1.0, head[2] - 0.15), (-0.2, 1.03, head[2]), (0, 0.95, head[2]), (0.2, 1.03, head[2]), (0.35, 1.0, head[2] - 0.15)], 3), 0.018, 8), tube(smooth([(0.14, 0.35, 0.1), (0.16, 0.28, -0.2), (0.16, 0.33, -0.75)], 4), 0.04, 8)]
    return parts


def train(dice: Dice) -> Parts:
    """Steam and other locomotives, carriages, trams."""
    long, w, h = dice.real(5, 9), 1.6, dice.real(1.6, 2.2)
    if dice.chance(0.5):
        r = dice.real(0.5, 0.7)
        parts: Parts = [rod((0, 0.9 + r, -long * 0.2), (0, 0.9 + r, long / 2), r, sides=24), box((0, 1.6, -long * 0.33), (w, 2.0, long * 0.24)), box((0, 2.65, -long * 0.33), (w * 1.15, 0.1, long * 0.3)), box((0, 0.75, 0), (w * 0.9, 0.25, long))]
        parts += [rod((0, 0.9 + 2 * r, z * long), (0, 0.9 + 2 * r + t, z * long), q, q * dice.real(0.9, 1.6)) for z, t, q in ((0.4, 0.6, 0.15), (0.15, 0.25, 0.2), (0, 0.25, 0.18))]
        count, big = dice.whole(2, 4), dice.real(0.4, 0.6)
        parts += [p for z in np.linspace(-0.3, 0.1, count) * long for p in both_sides(_wheel(dice, 0.7, z, big, 0.12))] + both_sides(_wheel(dice, 0.7, long * 0.3, 0.3, 0.12)) + both_sides(_wheel(dice, 0.7, long * 0.42, 0.3, 0.12))
        return parts + [box((0, 0.4, long / 2 + 0.15), (w * 0.8, 0.4, 0.3))] * (dice.whole(0, 1)) + both_sides([bar((0.78, 0.45, -0.3 * long), (0.78, 0.45, 0.1 * long), 0.05)])
    roof = rounded(w, h, 0.35, 5)
    parts = [extrude(roof, long, 2, (0, 0.7 + h / 2, 0))]
    if dice.chance(0.6):
        wide = long / dice.whole(4, 9)
        parts = cut(parts, *(p for z in np.arange(-long * 0.42, long * 0.42, wide) for p in both_sides([box((w / 2, 0.8 + h * 0.6, z), (0.12, h * 0.35, wide * 0.6))]))) if wide > 0.9 else parts
    for z in (-long * 0.35, long * 0.35):
        parts += [box((0, 0.5, z), (1.2, 0.3, 1.2)), *both_sides(_wheel(dice, 0.65, z - 0.4, 0.35, 0.1)), *both_sides(_wheel(dice, 0.65, z + 0.4, 0.35, 0.1))]
    return parts


def _wing(span: float, root: float, tip: float, sweep_back: float, t: float, rise: float = 0.0) -> Parts:
    """The wing at +x: its front edge starts at z = 0."""
    rows = []
    for s in (0.0, 1.0):
        chord = root + (tip - root) * s
        z = -sweep_back * s
        flat = np.array([(0, z), (t * 0.5, z - chord * 0.3), (0, z - chord), (-t * 0.5, z - chord * 0.35)])
        rows.append(np.stack([np.full(4, s * span), flat[:, 0] * (1 - 0.5 * s) + rise * s, flat[:, 1]], axis=1))
    return [loft([rows[1], rows[0]])]


def plane(dice: Dice) -> Parts:
    """Fighters, airliners, biplanes, gliders, bombers, spacecraft with wings."""
    style = dice.pick("jet", "jet", "jet", "liner", "prop", "biplane", "glider", "delta", "flyer", "space")
    long, r = 1.0, dice.real(0.03, 0.075)
    nose, tail = dice.real(0.15, 0.35), dice.real(0.2, 0.5)
    curve = smooth([(0.003, 0.5), (r * 0.6, 0.5 - nose * 0.5), (r, 0.5 - nose), (r, -0.5 + tail), (r * dice.real(0.3, 0.9), -0.5)], 4)
    fuselage = turn([lathe([(0, 0.5), *curve, (0, -0.5)], sides=16)], 0, 90)
    parts: Parts = stretch(fuselage, dice.real(0.9, 1.5), dice.real(0.9, 1.4), 1)
    low = dice.pick(0.0, -0.6, 0.6) * r
    span, root = {"jet": (0.3, 0.35), "liner": (0.48, 0.2), "prop": (0.5, 0.17), "biplane": (0.5, 0.15), "glider": (0.8, 0.1), "delta": (0.32, 0.6), "flyer": (0.6, 0.5), "space": (0.3, 0.3)}[style]
    span, root = span * dice.real(0.75, 1.25), root * dice.real(0.75, 1.25)
    back = span * {"jet": dice.real(0.3, 1.0), "liner": 0.55, "delta": 1.6, "flyer": 0.6, "space": dice.real(-0.4, 1.2)}.get(style, 0.05)
    tip = root * dice.real(0.2, 0.5) if style not in ("prop", "biplane") else root * dice.real(0.7, 1.0)
    at = dice.real(-0.05, 0.15) if style not in ("delta", "flyer") else dice.real(0.1, 0.25)
    wing = _wing(span, root, tip, back, dice.real(0.012, 0.03), dice.real(-0.04, 0.08))
    parts += both_sides(move(wing, 0, low, at))
    if style == "biplane":
        gap = dice.real(0.12, 0.2)
        parts += both_sides(move(wing, 0, low + gap, at + 0.02))
        parts += both_sides([rod((span * s, low, at - root * 0.5), (span * s, low + gap, at - root * 0.5 + 0.02), 0.006, sides=6) for s in (0.12, 0.6)])
    if style != "flyer":
        fin = _wing(dice.real(0.1, 0.22), dice.real(0.12, 0.22), 0.07, dice.real(0.05, 0.2), 0.015)
        rear = -0.5 + dice.real(0.15, 0.22)
        if dice.chance(0.35) and style in ("jet", "delta", "space"):
            parts += both_sides(move(turn(fin, 2, dice.real(60, 90)), r * 0.8, 0, rear))
        else:
            parts += move(turn(fin, 2, 90), 0, 0, rear)
        if style not in ("delta",):
            up = dice.pick(0.0, 0.0, 0.13)
            parts += both_sides(move(_wing(span * dice.real(0.3, 0.5), 0.13, 0.07, dice.real(0.02, 0.15), 0.012), 0, up, rear))
    if style == "liner":
        engines = dice.pick((0.35,), (0.3, 0.6))
        parts += both_sides([rod((span * s, low - 0.04, at - back * s + 0.05), (span * s, low - 0.04, at - back * s - 0.08), 0.026, 0.018, 14) for s in engines])
    if style in ("prop", "biplane"):
        blade = [box((0.0, 0.06, 0), (0.02, 0.12, 0.006))]
        spots = [(0.0, 0.0, 0.5)] if dice.chance(0.7) else [(span * 0.35, low, at + 0.06), (-span * 0.35, low, at + 0.06)]
        for spot in spots:
            parts += move([*around(blade, dice.pick(2, 3), 2), ball((0, 0, 0), 0.018)], *spot)
            if spot[0]:
                parts.append(ball((spot[0], spot[1], spot[2] - 0.07), (0.028, 0.028, 0.09)))
        parts += both_sides([rod((0.02, -r * 0.8, 0.2), (0.08, -r - 0.08, 0.22), 0.006, sides=6), rod((0.07, -r - 0.08, 0.22), (0.09, -r - 0.08, 0.22), 0.03, sides=14)])
    if style in ("jet", "delta"):
        parts.append(ball((0, r * 0.9, 0.22), (r * 0.55, r * 0.6, 0.12)))
        if dice.chance(0.5):
            parts += both_sides([rounded_box((r * 1.3, 0, -0.05), (r * 1.1, r * 1.2, 0.5), r * 0.4)])
        if dice.chance(0.5):
            parts += both_sides([rod((span * s, low - 0.02, at - back * s), (span * s, low - 0.02, at - back * s - 0.2), 0.01, sides=8) for s in dice.pick((0.5,), (0.4, 0.75), (1.0,))])
    if style == "space" and dice.chance(0.7):
        parts += both_sides([rod((span, dice.real(-0.1, 0.1), at + 0.1), (span, 0, at - 0.3), dice.real(0.01, 0.05))])
        if dice.chance(0.4):
            parts += turn(both_sides(move(wing, 0, low, at)), 2, 35)
    if style == "liner" and dice.chance(0.3):
        parts = stretch(parts, 1.2, 1.2, 1)
    return parts


def helicopter(dice: Dice) -> Parts:
    """Helicopters, drones, balloons, airships, saucers, rockets, satellites."""
    style = dice.pick("helicopter", "helicopter", "balloon", "airship", "saucer", "rocket", "satellite", "drone", "cruiser")
    if style == "helicopter":
        parts: Parts = [ball((0, 0, 0.1), (0.13, 0.15, dice.real(0.22, 0.35)), 2.4), rod((0, 0.03, -0.05), (0, 0.07, -0.65), 0.07, 0.02), rod((0, 0.1, 0.05), (0, 0.22, 0.05), 0.03)]
        blade = [box((0.3, 0.22, 0), (0.6, 0.008, 0.035))]
        parts += move(around(blade, dice.pick(2, 3, 4, 5), start=dice.real(0, 90)), 0, 0, 0.05)
        parts += [extrude([(-0.7, 0.05), (-0.6, 0.05), (-0.68, 0.22), (-0.75, 0.22)], 0.012, 0), *move(around([box((0, 0.06, 0), (0.006, 0.12, 0.02))], 4, 0), 0.02, 0.09, -0.66)]
        if dice.chance(0.7):
            parts += both_sides([rod((0.12, -0.2, -0.15), (0.12, -0.2, 0.35), 0.009, sides=8), *(rod((0.06, -0.1, z), (0.12, -0.2, z), 0.007, sides=6) for z in (0, 0.2))])
        if dice.chance(0.3):
            parts += both_sides([*_wing(0.25, 0.1, 0.08, 0, 0.015), rod((0.2, -0.03, 0.05), (0.2, -0.03, -0.15), 0.02)])
        return parts
    if style == "balloon":
        curve = smooth([(0.06, 0), (0.25, 0.2), (0.42, 0.6), (0.3, 0.9), (0, 1.0)], 5)
        basket = dice.real(0.06, 0.1)
        return [lathe([(0, 0), *curve], sides=dice.pick(12, 24)), box((0, -0.25, 0), (2 * basket, 0.12, 2 * basket)), *both_sides(both_sides([rod((basket, -0.2, basket), (0.05, 0.02, 0.05), 0.004, sides=6)]), 2)]
    if style == "airship":
        parts = [ball((0, 0, 0), (0.13, 0.13, 0.5)), box((0, -0.15, 0.05), (0.06, 0.06, 0.2))]
        return parts + around(move(_wing(0.2, 0.18, 0.1, 0.06, 0.012), 0, 0, -0.28), 4, 2, dice.pick(0.0, 45.0))
    if style in ("saucer", "cruiser"):
        r, h = 0.5, dice.real(0.05, 0.15)
        disc = lathe(smooth([(0, -h), (r * 0.5, -h * 0.8), (r, 0), (r * dice.real(0.3, 0.6), h * 0.8), (0, h * dice.real(1, 2.5))], 5), sides=32)
        if style == "saucer":
            legs = [rod((0.2, -h * 0.5, 0), (0.3, -0.25, 0), 0.012), ball((0.3, -0.25, 0), 0.025)]
            return [disc, ball((0, h, 0), (0.18, 0.12, 0.18)), *(around(legs, 3) if dice.chance(0.5) else [])]
        hull = ball((0, -0.15, -0.6), (0.09, 0.09, 0.35))
        pods = both_sides([rod((0.25, dice.real(-0.1, 0.15), -1.4), (0.25, 0, -0.7), 0.05), bar((0.05, -0.15, -0.8), (0.25, 0, -1.0), 0.02, 0.1)])
        return [disc, bar((0, -0.02, -0.3), (0, -0.15, -0.55), 0.08, 0.15), hull, *pods]
    if style == "rocket":
        r = dice.real(0.05, 0.12)
        curve = smooth([(r * 0.7, 0), (r, 0.1), (r, 0.7), (r * 0.6, 0.9), (0.002, 1.05)], 4)
        fin = extrude([(r * 0.8, 0.25), (r + 0.15, 0.02), (r + 0.15, -0.08), (r * 0.6, 0.05)], 0.015, 2)
        parts = [lathe([(0, 0), *curve]), *around([fin], dice.pick(3, 4)), lathe([(0.03, 0.02), (r * 0.6, -0.06), (r * 0.5, -0.06), (0.02, 0.02)])]
        return parts + (both_sides([rod((r * 1.9, 0, 0), (r * 1.9, 0.6, 0), r * 0.7, sides=16), rod((r * 1.9, 0.6, 0), (r * 1.9, 0.72, 0), r * 0.7, 0.003, 16), box((r * 1.2, 0.3, 0), (r, 0.4, 0.02))]) if dice.chance(0.3) else [])
    if style == "satellite":
        body: Parts = [box((0, 0, 0), (0.2, 0.25, 0.2)) if dice.chance(0.6) else rod((0, -0.15, 0), (0, 0.15, 0), 0.12)]
        panel = dice.real(0.4, 1.0)
        body += both_sides([rod((0.08, 0, 0), (0.22, 0, 0), 0.01), box((0.2 + panel / 2, 0, 0), (panel, dice.real(0.15, 0.35), 0.012))])
        dish = lathe([(0, 0), *smooth([(0.02, 0), (0.12, 0.03), (0.2, 0.1)], 3), *(smooth([(0.2, 0.1), (0.12, 0.03), (0.02, 0)], 3) + [0, 0.008])])
        return body + move(turn([dish, rod((0, 0, 0), (0, 0.15, 0), 0.008)], 0, dice.pick(0.0, 90.0)), 0, 0.13, 0)
    arm = [rod((0, 0, 0), (0.35, 0.02, 0), 0.018), rod((0.35, 0, 0), (0.35, 0.07, 0), 0.03), box((0.35, 0.075, 0), (0.28, 0.006, 0.025))]
    return [ball((0, 0, 0), (0.13, 0.06, 0.17), 3), *around(arm, dice.pick(4, 4, 6), start=45), ball((0, -0.07, 0.1), 0.04), *both_sides([tube(filleted([(0.06, 0, 0.12), (0.12, -0.14, 0.12), (0.12, -0.14, -0.12), (0.06, 0, -0.12)], 0.03), 0.008, 6)])]


def hull(dice: Dice, long: float, w: float, h: float, stern: float) -> Parts:
    """A ship's hull, its deck at y = h."""
    s = np.linspace(0, 1, 12)
    rows = []
    for t in (0.0, 0.5, 1.0):
        half = w / 2 * (0.25 + 0.75 * t**0.6) * np.interp(s, [0, 0.15, 0.5, 0.8, 1], [stern, (1 + stern) / 2, 1, 0.75, 0.02])
        z = (s - 0.5) * long * (0.85 + 0.15 * t) + 0.02 * long * t
        y = h * t + 0.12 * h * t * (2 * s - 0.8) ** 2
        right = np.stack([half, y, z], axis=1)
        rows.append(np.concatenate([right, right[::-1] * [-1, 1, 1]]))
    deck = [rows[-1] * [0.0, 1, 1]]
    return [loft([*rows, *deck])]


def ship(dice: Dice) -> Parts:
    """Sailing ships, yachts, warships, freighters, submarines, rowing boats, canoes."""
    style = dice.pick("sail", "sail", "war", "freight", "submarine", "row", "yacht")
    long, w, h = 1.0, dice.real(0.12, 0.3), dice.real(0.08, 0.16)
    if style == "submarine":
        r = dice.real(0.05, 0.08)
        parts: Parts = [ball((0, 0, 0), (r, r, 0.5), 2, dice.real(2, 3.5)), ball((0, r + 0.02, 0.1), (0.022, 0.09, 0.08), 2.5, 5)]
        fins = move(_wing(0.12, 0.1, 0.05, 0.03, 0.012), 0, 0, -0.38)
        return [*parts, *around(fins, 4, 2), *both_sides(move(_wing(0.1, 0.06, 0.04, 0.01, 0.01), 0, r * 0.6, 0.15)), rod((0, 0.1, 0.12), (0, 0.22, 0.12), 0.006), *move(around([box((0, 0.03, 0), (0.02, 0.06, 0.006))], 4, 2), 0, 0, -0.51)]
    parts = hull(dice, long, w, h, dice.real(0.1, 0.9))
    if style == "row":
        parts += [box((0, h * 0.9, z), (w * 0.9, 0.012, 0.05)) for z in (-0.2, 0.1)]
        parts += both_sides([rod((w * 0.4, h, 0), (w * 1.6, h * 0.6, -0.15), 0.008), ball((w * 1.6, h * 0.6, -0.15), (0.06, 0.01, 0.025))])
        return parts
    if style in ("sail", "yacht"):
        masts = dice.pick((0.05,), (0.15, -0.2), (0.25, 0.0, -0.28)) if style == "sail" else (0.08,)
        for z in masts:
            tall = dice.real(0.5, 1.0)
            parts.append(rod((0, h * 0.8, z), (0, h + tall, z), 0.01))
            if len(masts) == 1 or dice.chance(0.3):
                main = [(z - 0.01, h + tall * 0.95), (z - 0.01, h + 0.08), (z - dice.real(0.3, 0.45), h + 0.08)]
                jib = [(z + 0.02, h + tall * 0.85), (z + 0.02, h + 0.08), (0.5, h + 0.03)]
                parts += [extrude(main, 0.008, 0), extrude(jib, 0.008, 0)]
            else:
                for k in range(dice.whole(2, 4)):
                    y, wide = h + 0.15 + k * tall / 4, 0.2 * (1.2 - 0.18 * k)
                    parts += [rod((-wide, y + tall / 5, z), (wide, y + tall / 5, z), 0.006, sides=6), *move([sweep(np.stack([0 * np.arange(7), np.linspace(0, tall / 5, 7), 0.04 * np.sin(np.linspace(0, np.pi, 7))], axis=1), rectangle(2 * wide, 0.005), (1, 0, 0))], 0, y, z)]
        if len(masts) > 1:
            parts += [rod((0, h, 0.45), (0, h + 0.1, 0.7), 0.008), box((0, h + 0.03, -0.4), (w * 0.7, 0.08, 0.18))]
        return parts
    deck = h * 1.02
    z0 = dice.real(-0.3, 0.1)
    parts += [box((0, deck + 0.04, z0), (w * 0.6, 0.09, 0.22)), box((0, deck + 0.11, z0 + 0.03), (w * 0.45, 0.08, 0.12)), rod((0, deck, z0), (0, deck + 0.3, z0), 0.008)]
    parts += [rod((0, deck + 0.05, z0 - 0.06 - 0.09 * k), (0, deck + 0.2, z0 - 0.07 - 0.09 * k), 0.025) for k in range(dice.whole(1, 3))]
    if style == "war":
        for z in dice.pick((0.25, 0.35), (0.28,), (0.3, -0.38)):
            side = 1 if z > 0 else -1
            parts += [rounded_box((0, deck + 0.03, z), (0.09, 0.05, 0.08), 0.01), *both_sides([rod((0.02, deck + 0.04, z), (0.02, deck + 0.05, z + side * 0.13), 0.007, sides=8)])]
        if dice.chance(0.2):
            parts = hull(dice, long, w, h, 0.8) + [box((0.02, h + 0.02, 0), (w * 1.3, 0.02, long)), box((w * 0.5, h + 0.1, 0), (0.06, 0.16, 0.18)), rod((w * 0.5, h + 0.1, 0), (w * 0.5, h + 0.3, 0), 0.006)]
    else:
        rows = dice.whole(2, 5)
        parts += [box((0, deck + 0.03, 0.4 - 0.7 * (k + 0.5) / rows * 0.6), (w * 0.8, dice.real(0.04, 0.12), 0.3 / rows)) for k in range(rows) if abs(0.4 - 0.42 * (k + 0.5) / rows - z0) > 0.12]
    return parts


KINDS = {
    "car": car, "cycle": cycle, "helicopter": helicopter, "plane": plane, "ship": ship, "tank": tank, "train": train,
    "truck": truck,
}  # fmt: skip

"""Upholstered seats, tubs and one-piece shells; sofas and benches."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import backs, legs
from pcbin.datasets.generated.chairs import arms, seat
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, move, taper, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, rod, rounded_box
from pcbin.datasets.generated.sweeps import rounded, shell, smooth, tube, wall


def _cushions(dice: Dice, count: int, w: float, y: float, d: float, t: float) -> Parts:
    """Seat cushions side by side; their underside at y, their rear at z = -d / 2."""
    wide, soft = w / count, dice.real(0.2, 0.5)
    style = dice.pick("round", "block", "pillow")
    parts: Parts = []
    for k in range(count):
        x = (k + 0.5) * wide - w / 2
        if style == "pillow":
            parts.append(
                ball((x, y + t / 2, 0), (wide / 2, t / 2 * 1.2, d / 2), dice.real(5, 9), dice.real(2.5, 4))
            )
        else:
            parts.append(
                rounded_box((x, y + t / 2, 0), (wide * 0.995, t, d), t * (soft if style == "round" else 0.12))
            )
    return parts


def _upholstered(dice: Dice, w: float, places: int) -> Parts:
    """A sofa's or a club chair's body of total width w."""
    d, h = dice.real(0.7, 0.95), dice.real(0.36, 0.46)
    foot = dice.pick(0.0, dice.real(0.03, 0.16))
    arm, arm_h = dice.real(0.08, 0.26), h + dice.real(0.08, 0.28)
    thick, tall = dice.real(0.12, 0.26), h + dice.real(0.28, 0.6)
    t, base = dice.real(0.1, 0.2), h - foot
    inner, deep = w - 2 * arm, d - thick
    parts: Parts = [rounded_box((0, foot + (base - t) / 2, 0), (inner + 0.02, base - t, d), 0.02)]
    parts += move(
        _cushions(dice, dice.pick(1, places), inner, h - t, deep + dice.pick(0.0, 0.05), t), 0, 0, thick / 2
    )
    style = dice.pick("box", "box", "soft", "roll", "slope", "flare")
    long = d * dice.pick(1.0, dice.real(0.75, 0.95))
    x, z = w / 2 - arm / 2, (d - long) / -2
    side: Parts
    if style == "box":
        side = [box((x, (foot + arm_h) / 2, z), (arm, arm_h - foot, long))]
    elif style == "soft":
        side = [rounded_box((x, (foot + arm_h) / 2, z), (arm, arm_h - foot, long), arm * dice.real(0.2, 0.5))]
    elif style == "roll":
        r = arm * dice.real(0.45, 0.6)
        side = [
            box((x - r * 0.3, (foot + arm_h - r) / 2, z), (arm * 0.7, arm_h - r - foot, long)),
            rod((x, arm_h - r, z - long / 2), (x, arm_h - r, z + long / 2), r, sides=20),
        ]
    elif style == "slope":
        outline = [
            (-d / 2, foot),
            (d / 2, foot),
            (d / 2, arm_h - dice.real(0.05, 0.2)),
            (-d / 2, tall * 0.95),
        ]
        side = [extrude(outline, arm, 0, (x, 0, 0))]
    else:
        side = turn(
            [rounded_box((x, (foot + arm_h) / 2, z), (arm, arm_h - foot, long), arm * 0.3)],
            2,
            -dice.real(3, 12),
            (x, foot, 0),
        )
    parts += both_sides(side)
    wide = dice.pick(w, w, inner)
    rest: Parts = [
        rounded_box((0, (tall + foot) / 2, 0), (wide, tall - foot, thick), thick * dice.real(0.1, 0.5))
    ]
    if dice.chance(0.3):
        rest = [ball((0, (tall + foot) / 2, 0), (wide / 2, (tall - foot) / 2, thick / 2), 8, 6)]
    if dice.chance(0.25):  # a humped back
        xs = np.linspace(-1, 1, 15)
        crown = tall + dice.real(0.05, 0.15) * np.cos(np.pi * xs / 2)
        outline = [(-wide / 2, foot), *zip(xs * wide / 2, crown, strict=True), (wide / 2, foot)]
        rest = [extrude(outline, thick, 2)]
    parts += move(turn(rest, 0, -dice.real(0, 10), (0, foot, 0)), 0, 0, -d / 2 + thick / 2)
    if dice.chance(0.6):  # back cushions
        pad, up = dice.real(0.08, 0.18), (tall - h) * dice.real(0.8, 1.1)
        pads = move(_cushions(dice, places, inner, 0, up, pad), 0, 0, up / 2)
        parts += move(turn(pads, 0, -90 - dice.real(0, 12)), 0, h - 0.01, -d / 2 + thick + pad * 0.9)
    if places == 1 and dice.chance(0.2):  # wings
        deep, y = dice.real(0.15, 0.28), (h + tall) / 2
        parts += both_sides(
            [rounded_box((w / 2 - 0.04, y, -d / 2 + thick + deep / 2), (0.07, tall - h, deep), 0.03)]
        )
    if foot:
        parts += legs.feet(dice, w, d, foot + 0.01)
    return parts


def armchair(dice: Dice) -> Parts:
    """A club, wing, tub, shell or lounge chair."""
    return dice.pick(club_chair, club_chair, tub_chair, tub_chair, shell_chair, frame_chair)(dice)


def club_chair(dice: Dice) -> Parts:
    """A sofa for one."""
    return _upholstered(dice, dice.real(0.65, 1.0), 1)


def sofa(dice: Dice) -> Parts:
    """Sofas for two to four, corner sofas, chaises longues, and ones of tube or wood."""
    places = dice.pick(2, 2, 3, 3, 3, 4)
    w = places * dice.real(0.5, 0.7) + dice.real(0.25, 0.5)
    if dice.chance(0.12):
        return _framed(dice, w, places)
    if dice.chance(0.08):
        return tub_chair(dice, w)
    parts = _upholstered(dice, w, places)
    if dice.chance(0.2):  # a corner
        side, long, h = dice.pick(-1, 1), dice.real(0.5, 1.2), dice.real(0.36, 0.44)
        parts.append(rounded_box((side * (w / 2 - 0.4), h / 2, 0.4 + long / 2), (0.8, h, long), 0.05))
        if dice.chance(0.5):
            parts.append(
                rounded_box((side * (w / 2 - 0.08), 0.38, 0.3 + long / 2), (0.18, 0.76, long + 0.2), 0.06)
            )
    return parts


def tub_chair(dice: Dice, width: float | None = None) -> Parts:
    """A seat within a bent wall: tubs, barrels, shells that hold one like an egg."""
    w = dice.real(0.55, 0.9) if width is None else width
    d, h = dice.real(0.55, 0.8), dice.real(0.36, 0.46)
    foot = dice.pick(0.0, dice.real(0.03, 0.3))
    low = foot + dice.pick(0.0, 0.0, dice.real(0.05, 0.2)) * (h > foot + 0.2)
    opening = dice.real(-20, 60)
    angle = np.radians(np.linspace(-opening, 180 + opening, 25))
    square = dice.real(2, 5)
    reach = np.stack([np.cos(angle), -np.sin(angle)], axis=1)
    line = np.sign(reach) * np.abs(reach) ** (2 / square) * [w / 2, d / 2]
    arm, tall = h + dice.real(0.02, 0.25), h + dice.real(0.25, 0.65)
    rise = np.clip(np.sin(np.clip(angle, 0, np.pi)), 0, 1) ** dice.real(0.3, 3)
    t = dice.real(0.015, 0.14)
    high = arm + (tall - arm) * rise
    rest: Parts = [wall(line * (1 - t / max(w, d)), t, low, high)]
    if dice.chance(0.4):
        top = np.stack([line[:, 0], high, line[:, 1]], axis=1) * [1 - t / w, 1, 1 - t / d]
        rest.append(tube(top, t * dice.real(0.5, 0.7), 10))
    if dice.chance(0.5):
        rest = move(taper(move(rest, 0, -low, 0), dice.real(1.0, 1.35), tall - low), 0, low, 0)
    inner = angle[(angle > 0) & (angle < np.pi)]
    curve = np.stack([np.cos(inner), -np.sin(inner)], axis=1)
    plate = np.sign(curve) * np.abs(curve) ** (2 / square) * [w / 2 - t * 0.6, d / 2 - t * 0.6]
    front = d / 2 * dice.real(0.7, 1.0)
    plate = np.concatenate([plate, [(-w / 2 + t * 0.6, front), (w / 2 - t * 0.6, front)]])
    thick = dice.real(0.06, 0.2) if foot > 0.15 or dice.chance(0.5) else h - foot
    parts = rest + [extrude(plate, thick, 1, (0, h - thick / 2, 0))]
    if dice.chance(0.5):
        parts.append(ball((0, h, front * 0.1), (w / 2 - t, 0.06, d * 0.42), 5, 3))
    if low > foot or thick < h - foot:
        base = dice.pick(legs.four_legs, legs.four_legs, legs.pedestal, legs.star_base, legs.tripod)
        return parts + base(dice, w * 0.8, d * 0.8, h - thick + 0.02)
    return parts + (legs.feet(dice, w * 0.75, d * 0.75, foot + 0.02) if foot else [])


def shell_chair(dice: Dice) -> Parts:
    """Seat and back of one curved plate: moulded chairs, buckets, loungers, cantilevers."""
    w, h = dice.real(0.42, 0.7), dice.real(0.34, 0.46)
    deep, tall, lean = dice.real(0.36, 0.55), dice.real(0.3, 0.75), dice.real(0.02, 0.35)
    drop = dice.real(0.0, 0.08)
    curve = [
        (deep / 2 + 0.03, h - dice.real(0, 0.06)),
        (deep / 2, h),
        (0, h - drop * 0.7),
        (-deep / 2 + 0.05, h - drop),
        (-deep / 2 - lean * 0.3, h + tall * 0.3),
        (-deep / 2 - lean, h + tall),
    ]
    profile = smooth(curve, 5)
    s = np.linspace(0, 1, len(profile))
    if dice.chance(0.3):
        widths = np.full(len(s), w)
    else:
        ends, waist = dice.real(0.4, 1.1), dice.real(0.75, 1.05)
        widths = w * np.interp(s, [0, 0.25, 0.55, 0.8, 1], [dice.real(0.7, 1), 1, waist, waist, ends])
    cup = dice.pick(0.0, dice.real(0.02, 0.08), dice.real(0.05, 0.3))
    cups = cup * np.interp(s, [0, 0.3, 0.6, 1], [0.1, 1, 1.2, dice.real(0.1, 0.8)])
    parts: Parts = [shell(profile, widths, cups, dice.real(0.008, 0.05))]
    style = dice.pick("legs", "legs", "sled", "star", "pedestal", "cantilever", "rod", "panton")
    y = h - drop - 0.005
    if style == "panton":
        front, foot = deep / 2, dice.real(0.15, 0.3)
        line = smooth(
            [
                (front + 0.02, h - 0.01),
                (front, h * 0.75),
                (foot - 0.3, h * 0.35),
                (-0.15, 0.1),
                (front * 0.9, 0.0),
            ],
            6,
        )
        return parts + [shell(line, np.linspace(0.85, 1, len(line)) * w, np.full(len(line), 0.04), 0.02)]
    if style == "cantilever":
        parts += legs.cantilever(dice, w * 0.95, deep, h - 0.02)
    elif style == "rod":
        x, t = w / 2 * 0.8, dice.real(0.006, 0.012)
        one: Parts = [rod((x * 0.4, y, s_ * 0.1), (x, 0, s_ * deep * 0.55), t, sides=8) for s_ in (-1, 1)]
        one.append(rod((x * 0.4, y, 0.1), (x, 0, -deep * 0.5), t * 0.7, sides=8))
        parts += both_sides(one)
    elif style == "sled":
        parts += legs.sled(dice, w * 0.85, deep, y)
    else:
        base = {"legs": legs.four_legs, "star": legs.star_base, "pedestal": legs.pedestal}[style]
        parts += base(dice, w * 0.8, deep * 0.8, y)
    if dice.chance(0.3):
        parts += move(arms(dice, w, deep, dice.real(0.14, 0.24)), 0, h, 0)
    if dice.chance(0.15):
        parts.append(ball((0, h - drop * 0.6 + 0.02, 0), (w * 0.42, 0.035, deep * 0.42), 4, 3))
    return parts


def frame_chair(dice: Dice) -> Parts:
    """A wooden or metal frame with loose cushions: easy chairs, garden and safari chairs."""
    return _framed(dice, dice.real(0.6, 0.8), 1)


def _framed(dice: Dice, w: float, places: int) -> Parts:
    d, h, t = dice.real(0.6, 0.8), dice.real(0.28, 0.42), dice.real(0.025, 0.06)
    arm, tall, x = h + dice.real(0.12, 0.25), dice.real(0.35, 0.6), w / 2 - t / 2
    style = dice.pick("posts", "posts", "loop", "panel", "raked")
    side: Parts
    if style == "panel":
        side = [box((x, arm / 2, 0), (t, arm, d))]
    elif style == "loop":
        loop = np.insert(rounded(d, arm, dice.real(0.02, 0.15), 5), 0, x, axis=1)[:, [0, 2, 1]] + [
            0,
            arm / 2,
            0,
        ]
        side = [tube(loop, t * 0.45, 8, loop=True)]
    else:
        rake = dice.real(0.03, 0.15) if style == "raked" else 0.0
        side = [
            bar((x, 0, d / 2 - t), (x, arm, d / 2 - t - rake), t),
            bar((x, 0, -d / 2 + t - rake), (x, arm, -d / 2 + t), t),
            rounded_box((x, arm, 0), (t * dice.real(1, 2.2), t * 0.7, d * 1.02), 0.01),
            box((x, h - 0.03, 0), (t * 0.7, 0.05, d - 2 * t)),
        ]
    inner, lean = w - 2 * t, dice.real(8, 30)
    parts = both_sides(side) + both_sides([box((0, h - 0.04, d / 2 - t), (inner, 0.06, t * 0.7))], 2)
    thick = dice.real(0.07, 0.16)
    cushions = _cushions(dice, places, inner, 0, d * 0.95, thick)
    parts += move(turn(cushions, 0, -dice.real(0, 8)), 0, h, 0.02)
    rest = (
        turn(move(_cushions(dice, places, inner, 0, tall, thick), 0, 0, tall / 2), 0, -90)
        if dice.chance(0.6)
        else backs.back(dice, inner, tall)
    )
    return parts + move(turn(rest, 0, -lean), 0, h + 0.02, -d / 2 + 0.1)


def lounger(dice: Dice) -> Parts:
    """Deck chairs, sun loungers, chaises longues, recliners with a footrest."""
    w, long, h = dice.real(0.5, 0.75), dice.real(1.3, 2.0), dice.real(0.25, 0.4)
    up, t = dice.real(0.3, 0.6), dice.real(0.015, 0.1)
    curve = [(long / 2, h), (long * 0.2, h + dice.real(0, 0.12)), (-long * 0.15, h), (-long / 2, h + up)]
    profile = smooth(curve, 6) if dice.chance(0.6) else np.array(curve)
    if dice.chance(0.35):  # slats
        step = np.linspace(0, len(profile) - 1, dice.whole(12, 24))
        zs, ys = (np.interp(step, np.arange(len(profile)), profile[:, k]) for k in (0, 1))
        parts: Parts = [box((0, y, z), (w, 0.018, 0.045)) for z, y in zip(zs, ys, strict=True)]
        rail = np.stack([np.full(len(zs), w * 0.42), ys - 0.02, zs], axis=1)
        parts += both_sides([tube(rail, 0.014, 8)])
    else:
        parts = [shell(profile, np.full(len(profile), w), np.full(len(profile), dice.pick(0.0, 0.03)), t)]
    base = dice.pick(legs.four_legs, legs.crossed, legs.sled, legs.pedestal)
    parts += base(dice, w * 0.9, long * dice.real(0.4, 0.8), h - t * 0.3)
    if dice.chance(0.3):
        parts.append(ball((0, h + up * 0.85, -long * 0.43), (w * 0.35, 0.06, 0.1), 3))
    return parts


def bench(dice: Dice) -> Parts:
    """Park benches, garden swings, pews, hall benches, plain ones."""
    w, d, h = dice.real(0.9, 2.2), dice.real(0.3, 0.5), dice.real(0.36, 0.48)
    t = dice.real(0.02, 0.08)
    base = dice.pick(legs.four_legs, legs.four_legs, legs.side_panels, legs.trestle, legs.crossed, legs.sled)
    parts = base(dice, w * dice.real(0.7, 1.0), d, h + t * 0.3) + move(seat(dice, w, d, t), 0, h, 0)
    if dice.chance(0.55):
        tall = dice.real(0.3, 0.55)
        style = dice.pick(backs.spindles, backs.ladder, backs.ladder, backs.solid, backs.cushioned)
        parts += move(turn(style(dice, w, tall), 0, -dice.real(0, 15)), 0, h + t * 0.5, -d / 2 + 0.02)
        if dice.chance(0.5):
            parts += move(arms(dice, w - 0.03, d, dice.real(0.16, 0.24)), 0, h + t, 0)
    return parts


KINDS: Kinds = {
    "armchair": armchair,
    "bench": bench,
    "lounger": lounger,
    "shell_chair": shell_chair,
    "sofa": sofa,
}

"""Lamps, mirrors, clocks, what stands in bathrooms and kitchens, doors, ladders, umbrellas."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import legs
from pcbin.datasets.generated.cabinets import doors
from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.parts import Parts, around, both_sides, cut, move, stretch, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, regular, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import arc, filleted, loft, rectangle, rounded, smooth, sweep, tube
from pcbin.datasets.generated.turned import hollow


def shade(dice: Dice, r: float, h: float) -> Parts:
    """A lamp shade, its lower rim at y = 0."""
    style = dice.pick("cone", "cone", "drum", "dome", "ball", "box")
    if style == "ball":
        return [ball((0, h / 2, 0), (r, h / 2, r))]
    if style == "box":
        return [extrude(rectangle(1.6 * r, 1.6 * r), h, 1, (0, h / 2, 0))]
    top = {"cone": dice.real(0.2, 0.8), "drum": 1.0, "dome": 0.15}[style]
    curve = [(r, 0), (r * (1 + top) / 2 * (1.25 if style == "dome" else 1), h * 0.55), (r * top, h)]
    return [lathe([*smooth(curve, 4), *(smooth(curve, 4)[::-1] - [0.006, 0])])]


def lamp(dice: Dice) -> Parts:
    """Table, floor, desk, hanging and street lamps."""
    return dice.pick(_table_lamp, _floor_lamp, _desk_lamp, _hanging_lamp, _street_lamp)(dice)


def _table_lamp(dice: Dice) -> Parts:
    h, r = dice.real(0.2, 0.45), dice.real(0.04, 0.12)
    curve = smooth([(r, 0), *((r * dice.real(0.25, 1.1), y * h) for y in (0.2, 0.4, 0.6, 0.8)), (0.015, h)], 4)
    parts: Parts = [lathe([(0, 0), *np.maximum(curve, [0.01, 0]), (0, h)]), rod((0, h * 0.9, 0), (0, h + 0.1, 0), 0.008)]
    return parts + move(shade(dice, dice.real(0.1, 0.25), dice.real(0.12, 0.28)), 0, h, 0)


def _floor_lamp(dice: Dice) -> Parts:
    h, r = dice.real(1.1, 1.6), dice.real(0.01, 0.03)
    parts = dice.pick(legs.tripod, legs.pedestal)(dice, 0.4, 0.4, h if dice.chance(0.5) else 0.3)
    parts.append(rod((0, 0.02, 0), (0, h + 0.1, 0), r))
    if dice.chance(0.3):
        path = smooth([(0, h * 0.8, 0), (0.1, h * 1.2, 0), (0.6, h * 1.25, 0), (0.9, h, 0)], 6)
        return [*parts, tube(path, r * 0.8, 8), *move(shade(dice, 0.2, 0.18), 0.9, h - 0.16, 0)]
    return parts + move(shade(dice, dice.real(0.15, 0.3), dice.real(0.15, 0.35)), 0, h, 0)


def _desk_lamp(dice: Dice) -> Parts:
    r, t = dice.real(0.06, 0.12), dice.real(0.005, 0.012)
    elbow, head = (0, dice.real(0.25, 0.4), -dice.real(0.02, 0.15)), (0, dice.real(0.35, 0.5), dice.real(0.1, 0.3))
    parts: Parts = [lathe([(0, 0), (r, 0), (r, 0.015), (r * 0.3, 0.03), (0, 0.03)])]
    if dice.chance(0.35):
        parts.append(tube(smooth([(0, 0.01, 0), (0, elbow[1], elbow[2]), (0, head[1] + 0.05, head[2] / 2), head], 6), t, 8))
    else:
        for x in dice.pick((0.0,), (-0.015, 0.015)):
            parts += [rod((x, 0.02, 0), (x, elbow[1], elbow[2]), t), rod((x, elbow[1], elbow[2]), (x, head[1], head[2]), t)]
        parts.append(rod((-0.025, elbow[1], elbow[2]), (0.025, elbow[1], elbow[2]), t * 2))
    cone = turn(move(shade(dice, dice.real(0.05, 0.09), 0.12), 0, -0.1, 0), 0, -dice.real(0, 50))
    return parts + move(cone, *head)


def _hanging_lamp(dice: Dice) -> Parts:
    h, r = dice.real(0.3, 1.2), dice.real(0.12, 0.35)
    parts: Parts = [rod((0, 0.1, 0), (0, h, 0), 0.008), lathe([(0, h), (0.06, h), (0.05, h + 0.03), (0, h + 0.03)])]
    if dice.chance(0.5):
        return parts + shade(dice, r, dice.real(0.12, 0.3))
    arm = [tube(smooth([(0, 0.1, 0), (r * 0.5, 0.0, 0), (r, 0.12, 0)], 5), 0.01, 8), *move(shade(dice, 0.05, 0.08), r, 0.1, 0)]
    return [*parts, *around(arm, dice.whole(3, 8)), ball((0, 0.1, 0), 0.04)]


def _street_lamp(dice: Dice) -> Parts:
    h, r = dice.real(3, 6), dice.real(0.05, 0.1)
    parts: Parts = [lathe([(0, 0), (3 * r, 0), (2.5 * r, 0.3), (r * 1.2, 0.5), (r * 0.8, h), (0, h)])]
    if dice.chance(0.5):
        out = dice.real(0.5, 1.5)
        arm = [tube(smooth([(0, h - 0.2, 0), (out * 0.4, h + 0.25, 0), (out, h + 0.3, 0)], 5), r * 0.6, 8), ball((out, h + 0.27, 0), (0.35, 0.09, 0.16))]
        return parts + (both_sides(arm) if dice.chance(0.4) else arm)
    return parts + [lathe([(0, h), (0.15, h), (0.25, h + 0.5), (0.28, h + 0.5), (0.05, h + 0.75), (0, h + 0.8)], sides=dice.pick(4, 6, 20))]


def mirror(dice: Dice) -> Parts:
    """Mirrors, pictures and screens on feet; oval or rectangular."""
    w, h, t = dice.real(0.3, 0.8), dice.real(0.4, 1.8), dice.real(0.015, 0.06)
    outline = regular(28, 0.5) * [w, h] if dice.chance(0.4) else rounded(w, h, dice.real(0, 0.5) * w * dice.pick(0.0, 1.0))
    parts: Parts = [extrude(outline, t * 0.5, 2)]
    flat = np.insert(outline, 2, 0, axis=1)
    parts.append(sweep(flat, rectangle(t * 1.5, t), (0, 0, 1), loop=True))
    if dice.chance(0.5):
        x = w / 2 + 0.03
        stand = [rod((x, -h / 2 - 0.15, 0), (x, h * 0.2, 0), 0.015), bar((x, -h / 2 - 0.15, -0.2), (x, -h / 2 - 0.15, 0.2), 0.03)]
        parts = [*turn(parts, 0, -dice.real(0, 15)), *both_sides(stand), rod((-x, -h / 2 - 0.05, 0), (x, -h / 2 - 0.05, 0), 0.012)]
    return parts


def toilet(dice: Dice) -> Parts:
    """A bowl with a cistern, a lid up or down."""
    w, d, h = dice.real(0.34, 0.42), dice.real(0.42, 0.52), dice.real(0.36, 0.45)
    angle = np.linspace(0, 2 * np.pi, 25)[:-1]
    square = np.where(np.sin(angle) < 0, dice.real(2, 4), 2.0)
    rim = np.stack([np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / square) * w / 2, np.sin(angle) * d / 2], axis=1)
    foot, shift, waist = dice.real(0.45, 0.75), dice.real(-0.08, 0.0), dice.real(0.4, 0.7)
    levels = [(0.0, foot, shift), (0.4, waist, shift), (0.75, 0.85, shift * 0.4), (1.0, 1.0, 0.0)]
    rows = [np.insert(rim * f + [0, s], 1, y * h, axis=1) for y, f, s in levels]
    inner = [np.insert(rim * f, 1, y * h, axis=1) for y, f in ((1.0, 0.78), (0.8, 0.68), (0.55, 0.35), (0.5, 0.02))]
    parts: Parts = [loft([*rows, *inner])]
    seat_t = 0.02
    parts.append(sweep(np.insert(rim * 0.88, 1, h + seat_t / 2, axis=1), rectangle(seat_t, w * 0.13), (0, 1, 0), loop=True))
    if dice.chance(0.5):
        parts.append(extrude(rim, 0.018, 1, (0, h + seat_t + 0.012, 0)))
    else:
        lid = move([extrude(rim, 0.018, 2)], 0, d / 2, 0)
        parts += move(turn(lid, 0, -dice.real(5, 15)), 0, h + 0.02, -d / 2 - 0.01)
    tank, wide = dice.real(0.3, 0.42), dice.real(0.36, 0.5)
    if dice.chance(0.85):
        parts.append(rounded_box((0, h + tank / 2 - dice.pick(0.0, 0.1), -d / 2 - 0.1), (wide, tank, dice.real(0.14, 0.2)), 0.03))
        if dice.chance(0.6):
            parts.append(rounded_box((0, h + tank, -d / 2 - 0.1), (wide + 0.02, 0.03, 0.2), 0.012))
        parts.append(box((0, h * 0.7, -d / 2), (w * 0.6, h * 0.6, 0.22)))
    else:
        parts.append(box((0, h * 0.8, -d / 2), (w * 0.7, h * 0.4, 0.12)))
    return parts


def bathtub(dice: Dice) -> Parts:
    """Tubs: free on feet, built in, oval, corner; sinks, too, are tubs on a column."""
    w, d, h = dice.real(1.4, 1.9), dice.real(0.65, 0.95), dice.real(0.45, 0.65)
    soft = dice.pick(dice.real(0.02, 0.1), d * 0.49, d * 0.4)
    rim = rounded(w, d, soft, 7)
    wall, deep = dice.real(0.03, 0.1), h * dice.real(0.6, 0.9)
    inner = rounded(w - 2 * wall, d - 2 * wall, max(soft - wall * 0.5, 0.03), 7)
    shrink = dice.real(0.6, 0.9)
    free = dice.chance(0.45)
    rows = [np.insert(rim * (dice.real(0.55, 0.85) if free else 1), 1, 0, axis=1)]
    if free:
        rows.append(np.insert(rim * 0.93, 1, h * 0.5, axis=1))
    rows += [np.insert(f, 1, y, axis=1) for f, y in ((rim, h), (inner, h), (inner * (1 + shrink) / 2, h - deep * 0.7), (inner * shrink, h - deep), (inner * 0.01, h - deep))]
    parts: Parts = [loft(rows)]
    if free and dice.chance(0.6):
        parts = move(parts, 0, 0.1, 0) + legs.feet(dice, w * 0.6, d * 0.6, 0.14)
    if dice.chance(0.6):
        parts += move(_tap(dice, 1.3), dice.pick(0.0, w / 2 - 0.05), h, -d / 2 + 0.04)
    return parts


def _tap(dice: Dice, scale: float = 1.0) -> Parts:
    path = filleted([(0, 0, 0), (0, dice.real(0.08, 0.25), 0), (0, dice.real(0.1, 0.2), dice.real(0.1, 0.18)), (0, 0.06, 0.16)], 0.05)
    parts: Parts = [tube(path, 0.014, 8), rod((0, -0.01, 0), (0, 0.03, 0), 0.025)]
    if dice.chance(0.6):
        parts += both_sides([rod((0.09, -0.01, 0), (0.09, 0.05, 0), 0.014), rod((0.06, 0.05, 0), (0.12, 0.05, 0), 0.01)])
    return stretch(parts, scale, scale, scale)


def sink(dice: Dice) -> Parts:
    """Wash basins and kitchen sinks on a column, a cabinet, legs, or a wall."""
    w, d, deep = dice.real(0.4, 0.9), dice.real(0.35, 0.55), dice.real(0.1, 0.2)
    rim, wall = rounded(w, d, dice.real(0.02, 0.5) * d, 7), dice.real(0.015, 0.06)
    inner = rim * [1 - 2 * wall / w, 1 - 2 * wall / d]
    under = dice.real(0.4, 0.9)
    rows = [np.insert(a, 1, y, axis=1) for a, y in ((rim * under, -deep * 1.15), (rim, -0.03), (rim, 0), (inner, 0), (inner * 0.75, -deep), (inner * 0.01, -deep))]
    h = dice.real(0.75, 0.9)
    parts = [*move([loft(rows)], 0, h, 0), *move(_tap(dice), 0, h - 0.01, -d / 2 + 0.05)]
    style = dice.pick("column", "cabinet", "legs", "wall")
    if style == "column":
        parts.append(lathe([(0, 0), (0.13, 0), (0.08, 0.1), (0.08, h * 0.7), (0.12, h - deep), (0, h - deep)]))
    elif style == "cabinet":
        parts += doors(dice, w * 0.9, h - deep * dice.real(0.3, 1.0), d * 0.9, 2)
    elif style == "legs":
        parts += legs.four_legs(dice, w, d, h - 0.03)
    return parts


def appliance(dice: Dice) -> Parts:
    """Stoves, fridges, washing machines, dish washers, microwaves, bins."""
    w, d = dice.real(0.45, 0.9), dice.real(0.5, 0.7)
    style = dice.pick("stove", "fridge", "washer", "microwave", "bin")
    if style == "fridge":
        h = dice.real(1.2, 2.0)
        split, parts = dice.real(0.3, 0.7) * h, [rounded_box((0, h / 2, 0), (w, h, d), 0.02)]
        for low, high in ((0.05, split), (split + 0.01, h)):
            parts.append(rounded_box((0, (low + high) / 2, d / 2), (w, high - low, 0.1), 0.02))
            parts += move([rod((w * 0.38, (low + high) / 2 - 0.15, 0.08), (w * 0.38, (low + high) / 2 + 0.15, 0.08), 0.012)], 0, 0, d / 2)
        return parts
    if style == "washer":
        h = dice.real(0.8, 0.9)
        parts = [rounded_box((0, h / 2, 0), (w, h, d), 0.02), ring((0, h * 0.45, d / 2 + 0.01), w * 0.3, 0.03, 2), ball((0, h * 0.45, d / 2), (w * 0.28, w * 0.28, 0.05))]
        return [*parts, rod((w * 0.3, h * 0.88, d / 2), (w * 0.3, h * 0.88, d / 2 + 0.04), 0.03), box((-w * 0.25, h * 0.88, d / 2), (w * 0.35, 0.08, 0.02))]
    if style == "stove":
        h = dice.real(0.8, 0.92)
        parts = [box((0, h / 2, 0), (w, h, d)), box((0, h * 0.42, d / 2), (w * 0.92, h * 0.6, 0.05)), rod((-w * 0.4, h * 0.7, d / 2 + 0.06), (w * 0.4, h * 0.7, d / 2 + 0.06), 0.012)]
        parts += [lathe([(0.06, h - 0.01), (0.1, h - 0.01), (0.1, h + 0.015), (0.06, h + 0.015)], (x * w * 0.23, 0, z * d * 0.23)) for x in (-1, 1) for z in (-1, 1)]
        parts += [rod((x * w, h * 0.9, d / 2), (x * w, h * 0.9, d / 2 + 0.04), 0.022) for x in np.linspace(-0.4, 0.4, dice.whole(3, 6))]
        if dice.chance(0.3):
            parts.append(box((0, h + 0.1, -d / 2 + 0.03), (w, 0.2, 0.06)))
        return parts
    if style == "microwave":
        h, d = w * dice.real(0.5, 0.65), w * 0.75
        return [rounded_box((0, h / 2, 0), (w, h, d), 0.015), box((-w * 0.12, h / 2, d / 2), (w * 0.68, h * 0.85, 0.03)), box((w * 0.36, h / 2, d / 2), (w * 0.2, h * 0.85, 0.015)), rod((w * 0.2, h * 0.2, d / 2 + 0.04), (w * 0.2, h * 0.8, d / 2 + 0.04), 0.01), *legs.feet(dice, w, d, 0.02)]
    h, r = dice.real(0.3, 0.8), dice.real(0.12, 0.25)
    parts = [hollow([(r * dice.real(0.6, 1), 0), (r, h)], 0.01, dice.pick(24, 24, 4))]
    return parts + ([ball((0, h, 0), (r * 1.02, dice.real(0.05, 0.15), r * 1.02))] if dice.chance(0.5) else [])


def clock(dice: Dice) -> Parts:
    """Alarm clocks, wall clocks, watches, hourglasses."""
    style = dice.pick("alarm", "wall", "watch", "hourglass", "tall")
    if style == "tall":
        return [box((0, 0.15, 0), (0.5, 0.3, 0.28)), box((0, 0.8, 0), (0.36, 1.1, 0.22)), rounded_box((0, 1.55, 0), (0.48, 0.5, 0.26), 0.02), ring((0, 1.55, 0.13), 0.17, 0.015, 2), extrude([(-0.26, 0), (0.26, 0), (0, dice.real(0.1, 0.25))], 0.26, 2, (0, 1.8, 0))]
    if style == "hourglass":
        waist = dice.real(0.02, 0.05)
        glass = lathe(smooth([(0.02, 0.03), (0.2, 0.08), (0.2, 0.25), (waist, 0.5), (0.2, 0.75), (0.2, 0.92), (0.02, 0.97)], 4))
        ends = [lathe([(0, 0), (0.27, 0), (0.27, 0.05), (0, 0.05)], (0, y, 0)) for y in (0, 0.95)]
        return [glass, *ends, *around([rod((0.24, 0.02, 0), (0.24, 0.98, 0), 0.015)], dice.whole(2, 4))]
    r, t = 0.5, dice.real(0.08, 0.3)
    face = [rod((0, 0, -t / 2), (0, 0, t / 2), r, sides=28), ring((0, 0, t / 2), r * 0.95, r * 0.07, 2)]
    hands = [bar((0, 0, t / 2 + 0.02), (r * 0.5, r * 0.3, t / 2 + 0.02), 0.04, 0.02), bar((0, 0, t / 2 + 0.02), (-0.1, r * 0.75, t / 2 + 0.02), 0.03, 0.02)]
    if style == "watch":
        strap = dice.real(0.4, 0.75)
        loop = np.stack([np.zeros(28), 1.1 * np.sin(np.linspace(0, 2 * np.pi, 29)[:-1]), 0.9 * np.cos(np.linspace(0, 2 * np.pi, 29)[:-1]) - 0.9], axis=1)
        return [*face, sweep(loop, rectangle(strap, 0.05), (1, 0, 0), loop=True), rod((r, 0, 0), (r + 0.1, 0, 0), 0.05)]
    parts = [*face, *hands]
    if style == "alarm":
        parts += both_sides([rod((0.2, -0.4, 0), (0.35, -0.62, 0), 0.04), ball((0.28, 0.52, 0), (0.18, 0.13, 0.14))])
    return parts


def climb(dice: Dice) -> Parts:
    """Ladders, step ladders, and stairs."""
    if dice.chance(0.4):
        count, rise, run, w = dice.whole(4, 14), dice.real(0.15, 0.2), dice.real(0.2, 0.3), dice.real(0.7, 1.4)
        solid = dice.chance(0.5)
        parts: Parts = []
        for k in range(count):
            y = (k + 1) * rise
            low = 0.0 if solid else y - 0.04
            parts.append(box((0, (y + low) / 2, -k * run), (w, y - low, run + 0.01)))
        end = (count - 1) * run
        if not solid or dice.chance(0.4):
            parts += both_sides([bar((w / 2, 0.05, run / 2), (w / 2, count * rise, -end), 0.04, 0.22)])
        if dice.chance(0.6):
            parts += both_sides([tube([(w / 2, rise + 0.9, 0), (w / 2, count * rise + 0.9, -end)], 0.025, 8)])
            parts += [q for k in range(0, count, 2) for q in both_sides([rod((w / 2, k * rise, -k * run), (w / 2, (k + 1) * rise + 0.9, -k * run), 0.012, sides=8)])]
        return parts
    w, h, count, t = dice.real(0.35, 0.6), dice.real(1.2, 3.0), dice.whole(4, 11), dice.real(0.02, 0.06)
    spread = dice.real(1.0, 1.4)
    one = both_sides([bar((w / 2 * spread, 0, 0), (w / 2, h, 0), t, t * 1.5)])
    for y in np.linspace(0, h, count + 2)[1:-1]:
        half = w / 2 * (spread + (1 - spread) * y / h)
        one.append(box((0, y, 0), (2 * half, t * 0.6, t * 2)) if dice.chance(0.5) else rod((-half, y, 0), (half, y, 0), t * 0.4, sides=8))
    if dice.chance(0.4):
        lean = dice.real(8, 20)
        rear = both_sides([bar((w / 2 * spread, 0, 0), (w / 2, h, 0), t)]) + [box((0, h * 0.4, 0), (w, t, t))]
        return turn(one, 0, -lean, (0, h, 0)) + turn(rear, 0, lean, (0, h, 0)) + [box((0, h, 0), (w, t, 0.15))]
    return one


def door(dice: Dice) -> Parts:
    """Doors and windows with frames, panels, glazing bars and handles; gates."""
    w, h, t = dice.real(0.7, 1.1), dice.real(1.0, 2.2), dice.real(0.03, 0.08)
    leaves = dice.pick(1, 1, 2)
    parts = both_sides([box((leaves * w / 2 + t / 2, h / 2, 0), (t, h, 2 * t))]) + [box((0, h + t / 2, 0), (leaves * w + 2 * t, t, 2 * t))]
    rows, columns = dice.whole(1, 5), dice.whole(1, 3)
    style = dice.pick("panels", "glazed", "plain", "bars")
    for leaf in range(leaves):
        x0, bars = leaf * w - leaves * w / 2, t * dice.real(0.6, 1.2)
        if style in ("panels", "plain"):
            parts.append(box((x0 + w / 2, h / 2, 0), (w * 0.99, h * 0.99, t * 0.8)))
        for k in range(columns + 1):
            if style in ("glazed", "bars"):
                parts.append(box((x0 + w * k / columns, h / 2, 0), (bars, h, t)))
        for k in range(rows + 1):
            if style in ("glazed", "bars"):
                parts.append(box((x0 + w / 2, h * k / rows, 0), (w, bars, t)))
        if style == "glazed":
            parts.append(box((x0 + w / 2, h / 2, 0), (w, h, t * 0.2)))
        if style == "panels":
            cell = (w / columns, h / rows)
            for i in range(columns):
                for k in range(rows):
                    parts.append(box((x0 + (i + 0.5) * cell[0], (k + 0.5) * cell[1], t * 0.4), (cell[0] * 0.7, cell[1] * 0.75, t * 0.6)))
        if dice.chance(0.8):
            x = x0 + (0.9 if leaf == 0 else 0.1) * w
            parts += both_sides([ball((x, h * 0.47, t * 1.3), 0.04), rod((x, h * 0.47, 0), (x, h * 0.47, t * 1.3), 0.012)], 2)
    if dice.chance(0.25):
        span = leaves * w / 2
        parts.append(sweep(arc(span + t / 2, 0, 180, 17, (0, 1)) + [0, h, 0], rectangle(t, 2 * t)))
        parts += [rod((0, h, 0), (span * np.cos(a), h + span * np.sin(a), 0), t * 0.3, sides=8) for a in np.radians(np.linspace(20, 160, dice.whole(3, 6)))]
    return parts


def umbrella(dice: Dice) -> Parts:
    """Umbrellas, parasols, tents' roofs, fans with blades, coat stands."""
    style = dice.pick("umbrella", "umbrella", "coat", "fan")
    if style == "coat":
        h = dice.real(1.5, 1.9)
        arm = [tube(smooth([(0, h - 0.1, 0), (0.12, h - 0.05, 0), (0.2, h + 0.06, 0)], 4), 0.012, 8), ball((0.2, h + 0.06, 0), 0.025)]
        return [*legs.tripod(dice, 0.5, 0.5, 0.3), rod((0, 0.02, 0), (0, h, 0), 0.02), *around(arm, dice.whole(3, 6))]
    if style == "fan":
        blade = move(turn([extrude(rounded(0.16, 0.5, 0.07), 0.008, 1)], 2, 20), 0, 0, 0.3)
        rotor = [*around(blade, dice.pick(3, 4, 5)), lathe([(0, -0.08), (0.1, -0.06), (0.1, 0.05), (0, 0.06)])]
        if dice.chance(0.5):
            return [*rotor, rod((0, 0, 0), (0, dice.real(0.2, 0.6), 0), 0.02)]
        cage = [ring((0, 0, 0), 0.58, 0.01, 2), *around([tube(arc(0.58, -90, 90, 12, (0, 2)) * [1, 1, 0.25], 0.005, 6)], 8, 2)]
        return [*move([*turn(rotor, 0, 90), *cage], 0, 1.1, 0), *legs.pedestal(dice, 0.5, 0.5, 0.6), rod((0, 0.3, -0.05), (0, 1.1, -0.05), 0.02)]
    r, rise, count = dice.real(0.5, 1.2), dice.real(0.2, 0.5), dice.pick(6, 8, 8, 10)
    curve = smooth([(r, 0), (r * 0.6, rise * 0.75), (0.01, rise)], 5)
    canopy = lathe([*curve, *(curve[::-1] - [0, 0.008])], sides=count)
    h = dice.real(0.7, 2.0)
    parts: Parts = [*move([canopy], 0, h - rise * 0.9, 0), rod((0, 0, 0), (0, h + 0.1, 0), 0.012)]
    if h < 1.2:
        parts.append(tube(arc(0.05, 180, 360, 10, (0, 1)) + [0.05, 0, 0], 0.012, 8))
    else:
        parts.append(lathe([(0, 0), (0.25, 0), (0.25, 0.05), (0, 0.08)]))
    parts += around([rod((0, h - rise * 0.9, 0), (r * 0.6, h - rise * 0.2, 0), 0.005, sides=6)], count)
    return parts


def fireplace(dice: Dice) -> Parts:
    """A hearth with an opening and a mantel."""
    w, h, d = dice.real(1.0, 1.8), dice.real(0.9, 1.3), dice.real(0.3, 0.6)
    ow, oh = w * dice.real(0.4, 0.7), h * dice.real(0.5, 0.75)
    body = cut([box((0, h / 2, 0), (w, h, d))], box((0, oh / 2 - 0.05, d * 0.2), (ow, oh + 0.1, d)))
    parts = [*body, box((0, h + 0.03, 0.04), (w * dice.real(1.0, 1.15), 0.07, d + 0.1))]
    if dice.chance(0.4):
        parts.append(box((0, h + 0.6, -d * 0.1), (w * dice.real(0.4, 0.9), 1.2, d * 0.7)))
    if dice.chance(0.5):
        parts.append(box((0, 0.03, d * 0.7), (w, 0.06, d)))
    return parts


KINDS = {
    "appliance": appliance, "bathtub": bathtub, "clock": clock, "door": door, "fireplace": fireplace, "ladder": climb,
    "lamp": lamp, "mirror": mirror, "sink": sink, "toilet": toilet, "umbrella": umbrella,
}  # fmt: skip

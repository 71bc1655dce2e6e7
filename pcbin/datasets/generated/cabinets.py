"""Furniture that holds things: drawers, cabinets, wardrobes, shelves, night stands, chests."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pcbin.datasets.generated import legs
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import ball, box, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, tube


def handle(dice: Dice, style: str, w: float) -> Parts:
    """A handle on a front in the plane z = 0; `w` is how long it may be."""
    if style == "knob":
        return [rod((0, 0, -0.005), (0, 0, 0.018), 0.006, sides=8), ball((0, 0, 0.024), 0.013)]
    if style == "bar":
        return [
            tube(
                filleted(
                    [(-w / 2, 0, -0.005), (-w / 2, 0, 0.03), (w / 2, 0, 0.03), (w / 2, 0, -0.005)], 0.012, 3
                ),
                0.006,
                8,
            )
        ]
    if style == "strip":
        return [box((0, 0, 0.008), (w, 0.012, 0.02))]
    return []


def drawers(dice: Dice, w: float, h: float, d: float, rows: int, columns: int) -> Parts:
    """A body on the floor with fronts of drawers; its back half is plain."""
    gap, out = dice.real(0.003, 0.012), dice.real(0.004, 0.02)
    parts: Parts = [box((0, h / 2, 0), (w, h, d))]
    style = dice.pick("knob", "bar", "bar", "strip", "none")
    edges = np.cumsum([0.0, *(0.7 + 0.6 * dice.rng.random(rows) if dice.chance(0.4) else np.ones(rows))])
    ys = edges / edges[-1] * h
    wide = w / columns
    for low, high in pairwise(ys):
        for k in range(columns):
            x, y = (k + 0.5) * wide - w / 2, (low + high) / 2
            parts.append(box((x, y, d / 2), (wide - 2 * gap, high - low - 2 * gap, 2 * out)))
            shift = dice.pick(0.0, 0.25) if style == "knob" and wide > 0.4 else 0.0
            for s in (-1, 1) if shift else (0,):
                parts += move(
                    handle(dice, style, min(0.3 * wide, 0.16)), x + s * shift * wide, y, d / 2 + out
                )
    return parts


def doors(dice: Dice, w: float, h: float, d: float, count: int) -> Parts:
    """A body with doors."""
    gap, out, style = dice.real(0.002, 0.01), dice.real(0.006, 0.02), dice.pick("knob", "bar", "none")
    parts: Parts = [box((0, h / 2, 0), (w, h, d))]
    wide, inner = w / count, dice.chance(0.4)
    for k in range(count):
        x = (k + 0.5) * wide - w / 2
        parts.append(box((x, h / 2, d / 2), (wide - 2 * gap, h - 2 * gap, 2 * out)))
        if inner:  # a raised panel in a frame
            parts.append(box((x, h / 2, d / 2 + out), (wide * 0.6, h * 0.8, 0.02)))
        side = 1 if k % 2 == 0 else -1
        grip = handle(dice, style, 0.14)
        if style == "bar":
            grip = turn(grip, 2, 90)
        parts += move(grip, x + side * wide * 0.4, h * dice.real(0.5, 0.6), d / 2 + out)
    return parts


def shelves(dice: Dice, w: float, h: float, d: float, rows: int, columns: int) -> Parts:
    """Open compartments between boards."""
    t = dice.real(0.01, 0.035)
    parts = both_sides([box((w / 2 - t / 2, h / 2, 0), (t, h, d))])
    ys = np.linspace(t / 2, h - t / 2, rows + 1)
    if dice.chance(0.3) and rows > 2:
        ys[1:-1] += dice.rng.uniform(-0.25, 0.25, rows - 1) * h / rows
    parts += [box((0, y, 0), (w - t, t, d)) for y in ys]
    xs = np.linspace(-w / 2 + t / 2, w / 2 - t / 2, columns + 1)[1:-1]
    for k in range(rows):
        for x in xs:
            if dice.chance(0.9):
                parts.append(box((x, (ys[k] + ys[k + 1]) / 2, 0), (t, ys[k + 1] - ys[k], d)))
    if dice.chance(0.7):
        parts.append(box((0, h / 2, -d / 2 + 0.006), (w - t, h, 0.01)))
    return parts


def _on_feet(dice: Dice, body: Parts, w: float, d: float, most: float = 0.2) -> Parts:
    """A body on short feet or on the floor, with a top that juts out or not."""
    if dice.chance(0.35):
        return body
    h = dice.real(0.03, most)
    base = legs.four_legs if h > 0.1 and dice.chance(0.5) else legs.feet
    return base(dice, w, d, h + 0.005) + move(body, 0, h, 0)


def _lid(dice: Dice, w: float, d: float, h: float) -> Parts:
    if dice.chance(0.4):
        return []
    over, t = dice.real(0.0, 0.04), dice.real(0.012, 0.04)
    return [box((0, h + t / 2, over * 0.3), (w + 2 * over, t, d + 2 * over))]


def dresser(dice: Dice) -> Parts:
    """A chest of drawers, with a mirror or not."""
    w, h, d = dice.real(0.6, 1.7), dice.real(0.55, 1.25), dice.real(0.38, 0.58)
    body = drawers(dice, w, h, d, dice.whole(2, 6), dice.whole(1, 3 if w > 1 else 2)) + _lid(dice, w, d, h)
    if dice.chance(0.2):
        body.append(
            rounded_box(
                (0, h + 0.45, -d / 2 + 0.03), (w * dice.real(0.5, 0.9), dice.real(0.6, 0.9), 0.04), 0.02
            )
        )
    return _on_feet(dice, body, w, d)


def night_stand(dice: Dice) -> Parts:
    """A small cabinet with drawers, a door, or a shelf."""
    w, h, d = dice.real(0.35, 0.65), dice.real(0.4, 0.7), dice.real(0.3, 0.5)
    style = dice.pick("drawers", "drawers", "shelf", "door", "table")
    if style == "drawers":
        body = drawers(dice, w, h, d, dice.whole(1, 4), 1)
    elif style == "door":
        body = doors(dice, w, h, d, dice.whole(1, 2))
    elif style == "shelf":
        part = dice.real(0.3, 0.6)
        body = shelves(dice, w, h * part, d, 1, 1) + move(
            drawers(dice, w, h * (1 - part), d, dice.whole(1, 2), 1), 0, h * part, 0
        )
    else:
        tall = dice.real(0.1, 0.25)
        body = legs.four_legs(dice, w, d, h - tall + 0.01) + move(
            drawers(dice, w, tall, d, 1, 1), 0, h - tall, 0
        )
        if dice.chance(0.6):
            body.append(box((0, h * 0.2, 0), (w - 0.03, 0.015, d - 0.03)))
        return body + _lid(dice, w, d, h)
    return _on_feet(dice, body + _lid(dice, w, d, h), w, d)


def cabinet(dice: Dice) -> Parts:
    """Cupboards, sideboards, TV benches: doors, drawers and open parts side by side."""
    h = dice.pick(dice.real(0.4, 0.9), dice.real(0.9, 1.6))
    w, d, cells = dice.real(0.7, 2.2) * min(h, 1) + 0.2, dice.real(0.35, 0.55), dice.whole(1, 3)
    body: Parts = []
    for k in range(cells):
        wide = w / cells
        style = dice.pick("doors", "drawers", "shelves")
        if style == "doors":
            made = doors(dice, wide, h, d, dice.whole(1, 2))
        elif style == "drawers":
            made = drawers(dice, wide, h, d, dice.whole(2, 4), 1)
        else:
            made = shelves(dice, wide, h, d, dice.whole(1, 3), 1)
        body += move(made, (k + 0.5) * wide - w / 2, 0, 0)
    body += _lid(dice, w, d, h)
    if dice.chance(0.2):  # a dresser with plate racks
        body += move(
            shelves(dice, w * 0.98, dice.real(0.6, 1.0), d * 0.6, dice.whole(2, 3), cells), 0, h, -d * 0.2
        )
    return _on_feet(dice, body, w, d)


def wardrobe(dice: Dice) -> Parts:
    """A tall body with doors, some with drawers below."""
    w, h, d = dice.real(0.6, 2.4), dice.real(1.7, 2.3), dice.real(0.45, 0.65)
    count, low = max(1, round(w / dice.real(0.4, 0.65))), dice.pick(0.0, dice.real(0.2, 0.5))
    body = move(doors(dice, w, h - low, d, count), 0, low, 0)
    if low:
        body += drawers(dice, w, low, d, 1, dice.whole(1, 2))
    return _on_feet(dice, body + _lid(dice, w, d, h), w, d, 0.1)


def bookcase(dice: Dice) -> Parts:
    """Shelves, with books or boxes in some of them; also hanging and ladder shelves."""
    w, h, d = dice.real(0.4, 1.8), dice.real(0.7, 2.2), dice.real(0.2, 0.4)
    rows, columns = dice.whole(2, 7), dice.whole(1, 4)
    if dice.chance(0.2):  # boards between posts
        t = dice.real(0.015, 0.03)
        parts = both_sides(both_sides([box((w / 2, h / 2, d / 2), (t, h, t))]), 2)
        return parts + [box((0, y, 0), (w, 0.02, d)) for y in np.linspace(0.1, h - 0.02, rows)]
    parts = shelves(dice, w, h, d, rows, columns)
    if dice.chance(0.4):
        for _ in range(dice.whole(1, 12)):
            wide, tall = dice.real(0.02, 0.4) * w / columns, dice.real(0.4, 0.9) * h / rows
            x = (dice.whole(0, columns - 1) + dice.real(0.2, 0.8)) * w / columns - w / 2
            parts.append(
                box((x, dice.whole(0, rows - 1) * h / rows + 0.02 + tall / 2, 0), (wide, tall, d * 0.7))
            )
    if dice.chance(0.2):
        parts += move(doors(dice, w, h / rows, d, 2), 0, 0, 0.005)
    return _on_feet(dice, parts, w, d, 0.1)


def chest(dice: Dice) -> Parts:
    """A chest with a flat or a vaulted lid."""
    w, h, d = dice.real(0.6, 1.3), dice.real(0.3, 0.55), dice.real(0.35, 0.6)
    parts: Parts = [box((0, h / 2, 0), (w, h, d))]
    if dice.chance(0.5):
        vault = cut(
            [rod((-w / 2, 0, 0), (w / 2, 0, 0), d / 2, sides=24)], box((0, -d, 0), (2 * w, 2 * d, 2 * d))
        )
        parts += move(vault, 0, h + 0.005, 0)
    else:
        parts.append(rounded_box((0, h + 0.03, 0), (w + 0.03, 0.06, d + 0.03), 0.02))
    for x in np.linspace(-0.35, 0.35, dice.whole(0, 4)) * w:
        parts.append(box((x, h / 2, 0), (0.04, h * 0.98, d + 0.02)))
    return _on_feet(dice, parts, w, d, 0.08)


KINDS: Kinds = {
    "bookcase": bookcase,
    "cabinet": cabinet,
    "chest": chest,
    "dresser": dresser,
    "night_stand": night_stand,
    "wardrobe": wardrobe,
}

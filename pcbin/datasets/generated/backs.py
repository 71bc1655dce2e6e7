"""Backs of chairs and benches, standing at the origin in the plane z = 0; the sitter is at +z."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.legs import turned_leg
from pcbin.datasets.generated.parts import Part, Parts, both_sides, copies
from pcbin.datasets.generated.solids import ball, bar, box, extrude, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, rectangle, rounded, smooth, sweep, tube


def posts(dice: Dice, w: float, h: float, t: float, *, round_: bool | None = None) -> Parts:
    """The two uprights."""
    x, end = w / 2 - t / 2, dice.real(0.6, 1.0)
    if dice.chance(0.4) if round_ is None else round_:
        return both_sides([rod((x, -0.02, 0), (x, h, 0), t / 2, t / 2 * end)])
    return both_sides([bar((x, -0.02, 0), (x, h, 0), t, t, end)])


def solid(dice: Dice, w: float, h: float) -> Parts:
    """A board, with a low gap or not, with a handle hole or not."""
    t, gap = dice.real(0.012, 0.04), dice.pick(0.0, 0.0, dice.real(0.1, 0.5) * h)
    panel = rounded_box((0, (h + gap) / 2, 0), (w, h - gap, t), dice.real(0.002, t / 2))
    if dice.chance(0.35):
        curve = rounded(w, h - gap, dice.real(0.02, 0.5) * min(w, h - gap), 6)
        panel = extrude(curve, t, 2, (0, (h + gap) / 2, 0))
    if not gap:
        return [panel]
    thick = dice.real(0.02, 0.04)
    if dice.chance(0.3):
        return [panel, bar((0, -0.03, -t), (0, gap + (h - gap) / 2, -t), w * dice.real(0.1, 0.3), t)]
    return [panel, *posts(dice, w * dice.real(0.7, 1.0), gap + (h - gap) * dice.pick(0.5, 1.0), thick)]


def spindles(dice: Dice, w: float, h: float) -> Parts:
    """Uprights with a rail on top and thin spindles or slats between."""
    t, count = dice.real(0.02, 0.045), dice.whole(2, 9)
    top, low = dice.real(0.03, 0.14), dice.pick(0.0, dice.real(0.05, 0.3) * h)
    wide = dice.real(0.1, 0.75) * (w - 2 * t) / count
    xs = np.linspace(-1, 1, 2 * count + 1)[1::2] * (w / 2 - t)
    rail = [box((0, h - top / 2, 0), (w, top, t * 0.8))]
    if low:
        rail.append(box((0, low, 0), (w - t, dice.real(0.02, 0.05), t * 0.7)))
    if dice.chance(0.5):
        between = [box((x, (h - top + low) / 2, 0), (wide, h - top - low, t * 0.35)) for x in xs]
    else:
        r = min(wide / 2, 0.012)
        between = [rod((x, low - 0.01, 0), (x, h - top / 2, 0), r, sides=8) for x in xs]
    return posts(dice, w, h, t) + rail + between


def ladder(dice: Dice, w: float, h: float) -> Parts:
    """Uprights with horizontal slats."""
    t, count = dice.real(0.02, 0.045), dice.whole(2, 7)
    share = dice.real(0.25, 0.8)
    low = dice.real(0.02, 0.35) * h
    tall = (h - low) / count * share
    ys = low + (h - low) * (np.arange(count) + 0.5) / count
    shrink = dice.pick(0.0, t)
    if dice.chance(0.3):  # wavy slats
        wave = dice.real(0.01, 0.04)
        xs = np.linspace(-w / 2, w / 2, 9)
        path = np.stack([xs, wave * np.cos(2 * np.pi * xs / w), 0 * xs], axis=1)
        slats = [sweep(path + [0, y, 0], rectangle(t * 0.4, tall * 0.9), (0, 0, 1)) for y in ys]
    else:
        slats = [box((0, y, 0), (w - shrink, tall, t * dice.real(0.25, 0.7))) for y in ys]
    return posts(dice, w, h, t) + slats


def frame(dice: Dice, w: float, h: float, low: float | None = None) -> Parts:
    """Uprights with a rail above and one below."""
    t = dice.real(0.02, 0.05)
    y = dice.real(0.0, 0.3) * h if low is None else low
    return [
        *posts(dice, w, h, t, round_=False),
        box((0, h - t, 0), (w, 2 * t, t)),
        box((0, y + t / 2, 0), (w, t, t * 0.8)),
    ]


def panelled(dice: Dice, w: float, h: float) -> Parts:
    """A frame with a cushion, a board, a splat, a cross, a lattice, or a ring."""
    style = dice.pick("pad", "board", "splat", "cross", "mesh", "ring", "fan")
    low = dice.real(0.0, 0.35) * h
    parts = frame(dice, w, h, low)
    y, tall = (h + low) / 2, h - low
    if style == "pad":
        parts.append(ball((0, y, 0.01), (w / 2 * 0.85, tall / 2 * 0.85, dice.real(0.02, 0.05)), 5))
    elif style == "board":
        parts.append(box((0, y, 0), (w * 0.95, tall, dice.real(0.006, 0.015))))
    elif style == "splat":
        parts.append(splat(dice, w * dice.real(0.15, 0.45), tall, y))
    elif style == "cross":
        x, t = w / 2 * 0.95, dice.real(0.012, 0.03)
        for s in (-1, 1):
            parts.append(bar((-s * x, low, 0), (s * x, h, 0), t, t, side=(0, 0, 1)))
    elif style == "mesh":
        parts += lattice(dice, w * 0.95, tall, y)
    elif style == "ring":
        r = min(w, tall) * dice.real(0.25, 0.42)
        parts += [
            ring((0, y, 0), r, 0.01, 2),
            rod((0, low, 0), (0, y - r, 0), 0.01, sides=8),
            rod((0, y + r, 0), (0, h, 0), 0.01, sides=8),
        ]
    else:
        for x in np.linspace(-0.4, 0.4, dice.whole(3, 7)) * w:
            parts.append(rod((x * 0.3, low, 0), (x, h, 0), 0.008, sides=8))
    return parts


def splat(dice: Dice, w: float, h: float, y: float) -> Part:
    """A board with a curved outline, as in the middle of a dining chair's back."""
    ys = np.linspace(-h / 2, h / 2, 6)
    half = w / 2 * (0.4 + 0.6 * dice.rng.random(6))
    right = smooth(np.stack([half, ys], axis=1), 4)
    return extrude(np.concatenate([right, right[::-1] * [-1, 1]]), dice.real(0.008, 0.02), 2, (0, y, 0))


def lattice(dice: Dice, w: float, h: float, y: float) -> Parts:
    """A grid of thin bars: wicker, wire or cane."""
    across, up = dice.whole(4, 12), dice.whole(3, 12)
    t = min(w / across, h / up) * dice.real(0.12, 0.4)
    if dice.chance(0.3):  # diagonal
        parts: Parts = []
        for s in (-1, 1):
            for c in np.linspace(-w / 2 - h, w / 2, across + up)[1:-1]:
                y0, y1 = max(0.0, -w / 2 - c), min(h, w / 2 - c)
                if y1 - y0 > t:
                    parts.append(
                        bar(
                            (s * (c + y0), y - h / 2 + y0, 0),
                            (s * (c + y1), y - h / 2 + y1, 0),
                            t,
                            t * 0.6,
                            side=(0, 0, 1),
                        )
                    )
        return parts
    parts = [box((x, y, 0), (t, h, t * 0.7)) for x in np.linspace(-w / 2, w / 2, across + 2)[1:-1]]
    return parts + [box((0, v, 0), (w, t, t * 0.7)) for v in np.linspace(y - h / 2, y + h / 2, up + 2)[1:-1]]


def hoop(dice: Dice, w: float, h: float) -> Parts:
    """A bent hoop, with spindles as Windsor chairs have them, or a panel, or a loop inside."""
    t, wide = dice.real(0.01, 0.02), dice.real(0.75, 1.0)
    square = dice.real(2, 4)
    angle = np.linspace(0, np.pi, 22)
    x = w / 2 * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / square)
    y = h * np.sin(angle) ** (2 / square)
    narrow = wide + (1 - wide) * y / h
    path = np.stack([x * narrow, y, 0 * x], axis=1)
    parts: Parts = [tube(path, t, 8)]
    style = dice.pick("spindles", "spindles", "panel", "loop", "rails")
    level = np.linspace(-0.8, 0.8, dice.whole(3, 9))
    tops = h * np.maximum(1 - np.abs(level) ** square, 0) ** (1 / square)
    if style == "spindles":
        close = dice.real(0.6, 1)
        parts += [
            rod((v * w / 2 * close, -0.01, 0), (v * w / 2, top, 0), 0.006, sides=8)
            for v, top in zip(level, tops, strict=True)
        ]
    elif style == "panel":
        parts.append(extrude(path[:, :2] * [0.98, 0.98], dice.real(0.006, 0.03), 2))
    elif style == "loop":
        parts.append(tube(path * [0.5, 0.8, 1], t * 0.8, 8))
    else:
        for v in np.linspace(0.25, 0.75, dice.whole(1, 4)):
            half = w / 2 * (1 - v**square) ** (1 / square)
            parts.append(box((0, v * h, 0), (2 * half, dice.real(0.02, 0.06), t)))
    return parts


def oval(dice: Dice, w: float, h: float) -> Parts:
    """An oval, a shield or a round medallion on posts."""
    low = dice.real(0.1, 0.3) * h
    y, tall = (h + low) / 2, (h - low) / 2
    if dice.chance(0.5):
        t = dice.real(0.01, 0.02)
        angle = np.linspace(0, 2 * np.pi, 25)[:-1]
        pointed = dice.pick(1.0, 1.0, 0.6)
        half = w / 2 * np.where(np.sin(angle) < 0, pointed, 1.0)
        path = np.stack([half * np.cos(angle), y + tall * np.sin(angle), 0 * angle], axis=1)
        parts: Parts = [tube(path, t, 8, loop=True)]
        if dice.chance(0.6):
            parts.append(ball((0, y, 0.0), (w * 0.45, tall * 0.9, dice.real(0.01, 0.04))))
        else:
            parts += [
                rod((x, y - tall * 0.8, 0), (x * 1.3, y + tall * 0.85, 0), 0.007, sides=8)
                for x in (-w * 0.2, 0, w * 0.2)
            ]
    else:
        parts = [ball((0, y, 0), (w / 2, tall, dice.real(0.015, 0.05)), dice.real(2, 3))]
    return parts + posts(dice, w * dice.real(0.35, 0.8), y - tall * 0.4, dice.real(0.02, 0.035))


def cushioned(dice: Dice, w: float, h: float) -> Parts:
    """A padded back of one or more cushions."""
    t, rows = dice.real(0.03, 0.09), dice.pick(1, 1, 1, 2, 3)
    parts: Parts = []
    for k in range(rows):
        y, tall = h * (k + 0.5) / rows, h / rows
        if dice.chance(0.5):
            parts.append(ball((0, y, 0), (w / 2, tall / 2, t), dice.real(4, 8), dice.real(3, 6)))
        else:
            parts.append(rounded_box((0, y, 0), (w, tall * 0.99, 1.6 * t), t * 0.7))
    return parts


def bars(dice: Dice, w: float, h: float) -> Parts:
    """A bent tube with a board or a pad on it, as school and canteen chairs have it."""
    r, x = dice.real(0.009, 0.016), w / 2 * dice.real(0.8, 1.0)
    path = filleted([(x, -0.02, 0), (x, h, 0), (-x, h, 0), (-x, -0.02, 0)], dice.real(0.03, 0.15))
    low = dice.real(0.3, 0.75) * h
    rest = rounded_box(
        (0, (h + low) / 2, r), (2 * x + dice.real(0, 0.06), h - low, dice.real(0.012, 0.05)), 0.02
    )
    return [tube(path, r, 8), rest]


def turned(dice: Dice, w: float, h: float) -> Parts:
    """Turned spindles below a crest rail."""
    t, count = dice.real(0.014, 0.022), dice.whole(3, 7)
    top = dice.real(0.05, 0.12)
    one = turned_leg(dice, h - top / 2, t)
    parts = copies([one], [(x, 0, 0) for x in np.linspace(-0.45, 0.45, count) * w])
    xs = np.linspace(-w / 2, w / 2, 11)
    crest = np.stack([xs, h - top / 2 + dice.real(-0.02, 0.05) * np.cos(np.pi * xs / w), 0 * xs], axis=1)
    return [*parts, sweep(crest, rectangle(0.022, top), (0, 0, 1))]


def low_rail(dice: Dice, w: float, h: float) -> Parts:
    """Only a rail at the top, on posts: barrel and captain's chairs."""
    t, tall = dice.real(0.02, 0.035), dice.real(0.05, 0.3) * h
    middle = dice.whole(0, 5)
    xs = np.linspace(-0.4, 0.4, middle) * w if middle else np.zeros(0)
    return [
        *posts(dice, w, h, t),
        rounded_box((0, h - tall / 2, 0), (w, tall, t), t * 0.4),
        *(rod((x, 0, 0), (x, h - tall / 2, 0), t * 0.35, sides=8) for x in xs),
    ]


STYLES = (
    solid,
    solid,
    spindles,
    spindles,
    ladder,
    ladder,
    panelled,
    panelled,
    hoop,
    oval,
    cushioned,
    cushioned,
    bars,
    turned,
    low_rail,
)


def back(dice: Dice, w: float, h: float) -> Parts:
    """A back of any style."""
    return dice.pick(*STYLES)(dice, w, h)


def headrest(dice: Dice, w: float, h: float) -> Parts:
    """A pad above a back of height h."""
    tall = dice.real(0.06, 0.12)
    pad = ball((0, h + 0.05 + tall, 0), (w * dice.real(0.25, 0.4), tall, 0.04), 4)
    return [pad, *both_sides([rod((0.04, h - 0.05, -0.01), (0.04, h + 0.08, -0.01), 0.008, sides=8)])]

"""Beds, bunks, cradles."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import backs, legs
from pcbin.datasets.generated.cabinets import night_stand
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, move, stretch
from pcbin.datasets.generated.solids import ball, box, rod, rounded_box
from pcbin.datasets.generated.sweeps import rectangle, sweep


def bed(dice: Dice) -> Parts:
    """Single and double beds with heads and feet of many styles, canopies; bunks. The head is at -z."""
    w, d = dice.pick(dice.real(0.8, 1.1), dice.real(1.3, 2.0)), dice.real(1.9, 2.15)
    frame_y, tall = dice.real(0.15, 0.35), dice.real(0.12, 0.3)
    mattress, thick = dice.real(0.1, 0.3), dice.real(0.02, 0.06)
    parts: Parts = []
    style = dice.pick("rails", "rails", "box", "platform")
    low = frame_y
    if style == "rails":
        parts += both_sides([box((w / 2, frame_y, 0), (thick, tall, d))])
        parts += both_sides([box((0, frame_y, d / 2), (w, tall, thick))], 2)
        parts.append(box((0, frame_y, 0), (w, 0.03, d)))
        parts += legs.feet(dice, w, d, frame_y) if dice.chance(0.5) else legs.four_legs(dice, w, d, frame_y)
    elif style == "box":
        low = dice.real(0.05, 0.12)
        parts.append(rounded_box((0, (frame_y + low) / 2 + 0.05, 0), (w, frame_y - low + 0.1, d), 0.03))
        parts += legs.feet(dice, w, d, low + 0.02)
        low = frame_y
    else:
        over = dice.real(0.0, 0.25)
        parts.append(box((0, frame_y, 0), (w + over, 0.08, d + over)))
        parts.append(box((0, frame_y / 2, 0), (w * 0.7, frame_y, d * 0.8)))
    parts.append(
        rounded_box(
            (0, low + mattress / 2 + 0.04, 0), (w * 0.97, mattress, d * 0.97), mattress * dice.real(0.1, 0.45)
        )
    )
    top = low + mattress + 0.04
    parts += _bedding(dice, w, d, top)
    parts += _ends(dice, w, d, top)
    if dice.chance(0.1):
        parts = parts + move(stretch(parts, 1, 1, 1), 0, dice.real(1.0, 1.3), 0)
        parts += both_sides(both_sides([box((w / 2, 1.0, d / 2), (0.06, 2.0, 0.06))]), 2)
    elif dice.chance(0.12):
        stand = night_stand(dice)
        parts += both_sides(move(stand, w / 2 + 0.4, 0, -d / 2 + 0.3))
    return parts


def _bedding(dice: Dice, w: float, d: float, y: float) -> Parts:
    """Pillows and a blanket, or none."""
    parts: Parts = []
    if dice.chance(0.75):
        count = 1 if w < 1.2 else 2
        wide = w / count * dice.real(0.7, 0.92)
        for k in range(count):
            x = (k + 0.5) * w / count - w / 2
            parts.append(
                ball(
                    (x, y + 0.05, -d / 2 + 0.28),
                    (wide / 2, dice.real(0.05, 0.1), dice.real(0.15, 0.24)),
                    4,
                    2.5,
                )
            )
    if dice.chance(0.4):
        long = d * dice.real(0.3, 0.75)
        parts.append(rounded_box((0, y - 0.05, d / 2 - long / 2), (w * 1.02, 0.2, long), 0.05))
    return parts


def _ends(dice: Dice, w: float, d: float, top: float) -> Parts:
    """Head and foot boards, posts and a canopy."""
    parts: Parts = []
    if dice.chance(0.9):
        high = top + dice.real(0.2, 0.9)
        style = dice.pick("board", "board", "pad", "curve", "bars", "wide")
        if style == "board":
            parts.append(box((0, high / 2, -d / 2), (w + dice.real(0, 0.2), high, dice.real(0.03, 0.1))))
        elif style == "pad":
            parts.append(
                ball((0, high / 2, -d / 2 - 0.03), (w / 2 * 1.05, high / 2, dice.real(0.05, 0.12)), 7, 6)
            )
        elif style == "curve":
            xs = np.linspace(-1, 1, 15)
            ys = high + dice.real(-0.1, 0.3) * np.cos(np.pi * xs / 2)
            path = np.stack([xs * w / 2, ys / 2, 0 * xs - d / 2], axis=1)
            parts.append(sweep(path, rectangle(0.05, 1.0), (0, 0, 1), np.stack([0 * ys + 1, ys], axis=1)))
        elif style == "bars":
            parts += move(
                dice.pick(backs.spindles, backs.ladder, backs.panelled)(dice, w, high), 0, 0, -d / 2
            )
        else:
            parts.append(box((0, high / 2, -d / 2 - 0.05), (w + dice.real(0.4, 1.2), high, 0.06)))
    if dice.chance(0.45):
        low = top * dice.real(0.9, 1.5)
        if dice.chance(0.6):
            parts.append(box((0, low / 2, d / 2), (w, low, dice.real(0.03, 0.08))))
        else:
            parts += move(dice.pick(backs.spindles, backs.ladder)(dice, w, low), 0, 0, d / 2)
    if dice.chance(0.15):
        high, r = dice.real(1.0, 2.1), dice.real(0.02, 0.05)
        parts += both_sides(both_sides([rod((w / 2, 0, d / 2), (w / 2, high, d / 2), r)]), 2)
        if dice.chance(0.6):
            parts += both_sides([rod((w / 2, high - r, -d / 2), (w / 2, high - r, d / 2), r * 0.8)])
            parts += both_sides([rod((-w / 2, high - r, d / 2), (w / 2, high - r, d / 2), r * 0.8)], 2)
            if dice.chance(0.4):
                parts.append(box((0, high, 0), (w, 0.02, d)))
    return parts


def crib(dice: Dice) -> Parts:
    """A cot with barred sides, or a playpen."""
    w, d, h, low = dice.real(0.6, 0.8), dice.real(1.0, 1.4), dice.real(0.8, 1.1), dice.real(0.1, 0.4)
    t, parts = dice.real(0.03, 0.05), []
    parts += both_sides(both_sides([box((w / 2, h / 2, d / 2), (t, h, t))]), 2)
    for y in (low, h - t):
        parts += both_sides([box((w / 2, y, 0), (t * 0.8, t, d))]) + both_sides(
            [box((0, y, d / 2), (w, t, t * 0.8))], 2
        )
    count = dice.whole(7, 15)
    for z in np.linspace(-d / 2, d / 2, count + 2)[1:-1]:
        parts += both_sides([rod((w / 2, low, z), (w / 2, h - t, z), 0.009, sides=8)])
    if dice.chance(0.5):
        parts += both_sides([box((0, (h + low) / 2, d / 2), (w, h - low, 0.018))], 2)
    else:
        for x in np.linspace(-w / 2, w / 2, count // 2 + 2)[1:-1]:
            parts += both_sides([rod((x, low, d / 2), (x, h - t, d / 2), 0.009, sides=8)], 2)
    parts.append(rounded_box((0, low + 0.08, 0), (w * 0.95, 0.12, d * 0.95), 0.03))
    return parts


KINDS: Kinds = {"bed": bed, "crib": crib}

"""Mirrors, clocks, doors, ladders and stairs, umbrellas, fireplaces."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import legs
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, regular, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import arc, rectangle, rounded, smooth, sweep, tube


def mirror(dice: Dice) -> Parts:
    """Mirrors, pictures and screens on feet; oval or rectangular."""
    w, h, t = dice.real(0.3, 0.8), dice.real(0.4, 1.8), dice.real(0.015, 0.06)
    outline = (
        regular(28, 0.5) * [w, h]
        if dice.chance(0.4)
        else rounded(w, h, dice.real(0, 0.5) * w * dice.pick(0.0, 1.0))
    )
    parts: Parts = [extrude(outline, t * 0.5, 2)]
    flat = np.insert(outline, 2, 0, axis=1)
    parts.append(sweep(flat, rectangle(t * 1.5, t), (0, 0, 1), loop=True))
    if dice.chance(0.5):
        x = w / 2 + 0.03
        stand = [
            rod((x, -h / 2 - 0.15, 0), (x, h * 0.2, 0), 0.015),
            bar((x, -h / 2 - 0.15, -0.2), (x, -h / 2 - 0.15, 0.2), 0.03),
        ]
        parts = [
            *turn(parts, 0, -dice.real(0, 15)),
            *both_sides(stand),
            rod((-x, -h / 2 - 0.05, 0), (x, -h / 2 - 0.05, 0), 0.012),
        ]
    return parts


def clock(dice: Dice) -> Parts:
    """Alarm clocks, wall clocks, watches, hourglasses."""
    style = dice.pick("alarm", "wall", "watch", "hourglass", "tall")
    if style == "tall":
        return [
            box((0, 0.15, 0), (0.5, 0.3, 0.28)),
            box((0, 0.8, 0), (0.36, 1.1, 0.22)),
            rounded_box((0, 1.55, 0), (0.48, 0.5, 0.26), 0.02),
            ring((0, 1.55, 0.13), 0.17, 0.015, 2),
            extrude([(-0.26, 0), (0.26, 0), (0, dice.real(0.1, 0.25))], 0.26, 2, (0, 1.8, 0)),
        ]
    if style == "hourglass":
        waist = dice.real(0.02, 0.05)
        glass = lathe(
            smooth(
                [
                    (0.02, 0.03),
                    (0.2, 0.08),
                    (0.2, 0.25),
                    (waist, 0.5),
                    (0.2, 0.75),
                    (0.2, 0.92),
                    (0.02, 0.97),
                ],
                4,
            )
        )
        ends = [lathe([(0, 0), (0.27, 0), (0.27, 0.05), (0, 0.05)], (0, y, 0)) for y in (0, 0.95)]
        return [glass, *ends, *around([rod((0.24, 0.02, 0), (0.24, 0.98, 0), 0.015)], dice.whole(2, 4))]
    r, t = 0.5, dice.real(0.08, 0.3)
    face = [rod((0, 0, -t / 2), (0, 0, t / 2), r, sides=28), ring((0, 0, t / 2), r * 0.95, r * 0.07, 2)]
    hands = [
        bar((0, 0, t / 2 + 0.02), (r * 0.5, r * 0.3, t / 2 + 0.02), 0.04, 0.02),
        bar((0, 0, t / 2 + 0.02), (-0.1, r * 0.75, t / 2 + 0.02), 0.03, 0.02),
    ]
    if style == "watch":
        strap = dice.real(0.4, 0.75)
        loop = np.stack(
            [
                np.zeros(28),
                1.1 * np.sin(np.linspace(0, 2 * np.pi, 29)[:-1]),
                0.9 * np.cos(np.linspace(0, 2 * np.pi, 29)[:-1]) - 0.9,
            ],
            axis=1,
        )
        return [
            *face,
            sweep(loop, rectangle(strap, 0.05), (1, 0, 0), loop=True),
            rod((r, 0, 0), (r + 0.1, 0, 0), 0.05),
        ]
    parts = [*face, *hands]
    if style == "alarm":
        parts += both_sides(
            [rod((0.2, -0.4, 0), (0.35, -0.62, 0), 0.04), ball((0.28, 0.52, 0), (0.18, 0.13, 0.14))]
        )
    return parts


def climb(dice: Dice) -> Parts:
    """Ladders, step ladders, and stairs."""
    if dice.chance(0.4):
        count, rise, run, w = (
            dice.whole(4, 14),
            dice.real(0.15, 0.2),
            dice.real(0.2, 0.3),
            dice.real(0.7, 1.4),
        )
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
            parts += [
                q
                for k in range(0, count, 2)
                for q in both_sides(
                    [
                        rod(
                            (w / 2, k * rise, -k * run),
                            (w / 2, (k + 1) * rise + 0.9, -k * run),
                            0.012,
                            sides=8,
                        )
                    ]
                )
            ]
        return parts
    w, h, count, t = dice.real(0.35, 0.6), dice.real(1.2, 3.0), dice.whole(4, 11), dice.real(0.02, 0.06)
    spread = dice.real(1.0, 1.4)
    one = both_sides([bar((w / 2 * spread, 0, 0), (w / 2, h, 0), t, t * 1.5)])
    for y in np.linspace(0, h, count + 2)[1:-1]:
        half = w / 2 * (spread + (1 - spread) * y / h)
        one.append(
            box((0, y, 0), (2 * half, t * 0.6, t * 2))
            if dice.chance(0.5)
            else rod((-half, y, 0), (half, y, 0), t * 0.4, sides=8)
        )
    if dice.chance(0.4):
        lean = dice.real(8, 20)
        rear = both_sides([bar((w / 2 * spread, 0, 0), (w / 2, h, 0), t)]) + [box((0, h * 0.4, 0), (w, t, t))]
        return (
            turn(one, 0, -lean, (0, h, 0)) + turn(rear, 0, lean, (0, h, 0)) + [box((0, h, 0), (w, t, 0.15))]
        )
    return one


def door(dice: Dice) -> Parts:
    """Doors and windows with frames, panels, glazing bars and handles; gates."""
    w, h, t = dice.real(0.7, 1.1), dice.real(1.0, 2.2), dice.real(0.03, 0.08)
    leaves = dice.pick(1, 1, 2)
    parts = both_sides([box((leaves * w / 2 + t / 2, h / 2, 0), (t, h, 2 * t))]) + [
        box((0, h + t / 2, 0), (leaves * w + 2 * t, t, 2 * t))
    ]
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
                    parts.append(
                        box(
                            (x0 + (i + 0.5) * cell[0], (k + 0.5) * cell[1], t * 0.4),
                            (cell[0] * 0.7, cell[1] * 0.75, t * 0.6),
                        )
                    )
        if dice.chance(0.8):
            x = x0 + (0.9 if leaf == 0 else 0.1) * w
            parts += both_sides(
                [ball((x, h * 0.47, t * 1.3), 0.04), rod((x, h * 0.47, 0), (x, h * 0.47, t * 1.3), 0.012)], 2
            )
    if dice.chance(0.25):
        span = leaves * w / 2
        parts.append(sweep(arc(span + t / 2, 0, 180, 17, (0, 1)) + [0, h, 0], rectangle(t, 2 * t)))
        parts += [
            rod((0, h, 0), (span * np.cos(a), h + span * np.sin(a), 0), t * 0.3, sides=8)
            for a in np.radians(np.linspace(20, 160, dice.whole(3, 6)))
        ]
    return parts


def umbrella(dice: Dice) -> Parts:
    """Umbrellas, parasols, tents' roofs, fans with blades, coat stands."""
    style = dice.pick("umbrella", "umbrella", "coat", "fan")
    if style == "coat":
        h = dice.real(1.5, 1.9)
        arm = [
            tube(smooth([(0, h - 0.1, 0), (0.12, h - 0.05, 0), (0.2, h + 0.06, 0)], 4), 0.012, 8),
            ball((0.2, h + 0.06, 0), 0.025),
        ]
        return [
            *legs.tripod(dice, 0.5, 0.5, 0.3),
            rod((0, 0.02, 0), (0, h, 0), 0.02),
            *around(arm, dice.whole(3, 6)),
        ]
    if style == "fan":
        blade = move(turn([extrude(rounded(0.16, 0.5, 0.07), 0.008, 1)], 2, 20), 0, 0, 0.3)
        rotor = [
            *around(blade, dice.pick(3, 4, 5)),
            lathe([(0, -0.08), (0.1, -0.06), (0.1, 0.05), (0, 0.06)]),
        ]
        if dice.chance(0.5):
            return [*rotor, rod((0, 0, 0), (0, dice.real(0.2, 0.6), 0), 0.02)]
        cage = [
            ring((0, 0, 0), 0.58, 0.01, 2),
            *around([tube(arc(0.58, -90, 90, 12, (0, 2)) * [1, 1, 0.25], 0.005, 6)], 8, 2),
        ]
        return [
            *move([*turn(rotor, 0, 90), *cage], 0, 1.1, 0),
            *legs.pedestal(dice, 0.5, 0.5, 0.6),
            rod((0, 0.3, -0.05), (0, 1.1, -0.05), 0.02),
        ]
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


KINDS: Kinds = {
    "clock": clock,
    "door": door,
    "fireplace": fireplace,
    "ladder": climb,
    "mirror": mirror,
    "umbrella": umbrella,
}

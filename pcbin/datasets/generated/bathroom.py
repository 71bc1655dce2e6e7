"""What stands in bathrooms and kitchens."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import legs
from pcbin.datasets.generated.cabinets import doors
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, move, stretch, turn
from pcbin.datasets.generated.solids import ball, box, extrude, lathe, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, loft, rectangle, rounded, sweep, tube
from pcbin.datasets.generated.turned import hollow


def toilet(dice: Dice) -> Parts:
    """A bowl with a cistern, a lid up or down."""
    w, d, h = dice.real(0.34, 0.42), dice.real(0.42, 0.52), dice.real(0.36, 0.45)
    angle = np.linspace(0, 2 * np.pi, 25)[:-1]
    square = np.where(np.sin(angle) < 0, dice.real(2, 4), 2.0)
    rim = np.stack(
        [np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / square) * w / 2, np.sin(angle) * d / 2],
        axis=1,
    )
    foot, shift, waist = dice.real(0.45, 0.75), dice.real(-0.08, 0.0), dice.real(0.4, 0.7)
    levels = [(0.0, foot, shift), (0.4, waist, shift), (0.75, 0.85, shift * 0.4), (1.0, 1.0, 0.0)]
    rows = [np.insert(rim * f + [0, s], 1, y * h, axis=1) for y, f, s in levels]
    inner = [
        np.insert(rim * f, 1, y * h, axis=1) for y, f in ((1.0, 0.78), (0.8, 0.68), (0.55, 0.35), (0.5, 0.02))
    ]
    parts: Parts = [loft([*rows, *inner])]
    seat_t = 0.02
    parts.append(
        sweep(
            np.insert(rim * 0.88, 1, h + seat_t / 2, axis=1),
            rectangle(seat_t, w * 0.13),
            (0, 1, 0),
            loop=True,
        )
    )
    if dice.chance(0.5):
        parts.append(extrude(rim, 0.018, 1, (0, h + seat_t + 0.012, 0)))
    else:
        lid = move([extrude(rim, 0.018, 2)], 0, d / 2, 0)
        parts += move(turn(lid, 0, -dice.real(5, 15)), 0, h + 0.02, -d / 2 - 0.01)
    tank, wide = dice.real(0.3, 0.42), dice.real(0.36, 0.5)
    if dice.chance(0.85):
        parts.append(
            rounded_box(
                (0, h + tank / 2 - dice.pick(0.0, 0.1), -d / 2 - 0.1),
                (wide, tank, dice.real(0.14, 0.2)),
                0.03,
            )
        )
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
    rows += [
        np.insert(f, 1, y, axis=1)
        for f, y in (
            (rim, h),
            (inner, h),
            (inner * (1 + shrink) / 2, h - deep * 0.7),
            (inner * shrink, h - deep),
            (inner * 0.01, h - deep),
        )
    ]
    parts: Parts = [loft(rows)]
    if free and dice.chance(0.6):
        parts = move(parts, 0, 0.1, 0) + legs.feet(dice, w * 0.6, d * 0.6, 0.14)
    if dice.chance(0.6):
        parts += move(_tap(dice, 1.3), dice.pick(0.0, w / 2 - 0.05), h, -d / 2 + 0.04)
    return parts


def _tap(dice: Dice, scale: float = 1.0) -> Parts:
    path = filleted(
        [
            (0, 0, 0),
            (0, dice.real(0.08, 0.25), 0),
            (0, dice.real(0.1, 0.2), dice.real(0.1, 0.18)),
            (0, 0.06, 0.16),
        ],
        0.05,
    )
    parts: Parts = [tube(path, 0.014, 8), rod((0, -0.01, 0), (0, 0.03, 0), 0.025)]
    if dice.chance(0.6):
        parts += both_sides(
            [rod((0.09, -0.01, 0), (0.09, 0.05, 0), 0.014), rod((0.06, 0.05, 0), (0.12, 0.05, 0), 0.01)]
        )
    return stretch(parts, scale, scale, scale)


def sink(dice: Dice) -> Parts:
    """Wash basins and kitchen sinks on a column, a cabinet, legs, or a wall."""
    w, d, deep = dice.real(0.4, 0.9), dice.real(0.35, 0.55), dice.real(0.1, 0.2)
    rim, wall = rounded(w, d, dice.real(0.02, 0.5) * d, 7), dice.real(0.015, 0.06)
    inner = rim * [1 - 2 * wall / w, 1 - 2 * wall / d]
    under = dice.real(0.4, 0.9)
    rows = [
        np.insert(a, 1, y, axis=1)
        for a, y in (
            (rim * under, -deep * 1.15),
            (rim, -0.03),
            (rim, 0),
            (inner, 0),
            (inner * 0.75, -deep),
            (inner * 0.01, -deep),
        )
    ]
    h = dice.real(0.75, 0.9)
    parts = [*move([loft(rows)], 0, h, 0), *move(_tap(dice), 0, h - 0.01, -d / 2 + 0.05)]
    style = dice.pick("column", "cabinet", "legs", "wall")
    if style == "column":
        parts.append(
            lathe([(0, 0), (0.13, 0), (0.08, 0.1), (0.08, h * 0.7), (0.12, h - deep), (0, h - deep)])
        )
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
            parts += move(
                [
                    rod(
                        (w * 0.38, (low + high) / 2 - 0.15, 0.08),
                        (w * 0.38, (low + high) / 2 + 0.15, 0.08),
                        0.012,
                    )
                ],
                0,
                0,
                d / 2,
            )
        return parts
    if style == "washer":
        h = dice.real(0.8, 0.9)
        parts = [
            rounded_box((0, h / 2, 0), (w, h, d), 0.02),
            ring((0, h * 0.45, d / 2 + 0.01), w * 0.3, 0.03, 2),
            ball((0, h * 0.45, d / 2), (w * 0.28, w * 0.28, 0.05)),
        ]
        return [
            *parts,
            rod((w * 0.3, h * 0.88, d / 2), (w * 0.3, h * 0.88, d / 2 + 0.04), 0.03),
            box((-w * 0.25, h * 0.88, d / 2), (w * 0.35, 0.08, 0.02)),
        ]
    if style == "stove":
        h = dice.real(0.8, 0.92)
        parts = [
            box((0, h / 2, 0), (w, h, d)),
            box((0, h * 0.42, d / 2), (w * 0.92, h * 0.6, 0.05)),
            rod((-w * 0.4, h * 0.7, d / 2 + 0.06), (w * 0.4, h * 0.7, d / 2 + 0.06), 0.012),
        ]
        parts += [
            lathe(
                [(0.06, h - 0.01), (0.1, h - 0.01), (0.1, h + 0.015), (0.06, h + 0.015)],
                (x * w * 0.23, 0, z * d * 0.23),
            )
            for x in (-1, 1)
            for z in (-1, 1)
        ]
        parts += [
            rod((x * w, h * 0.9, d / 2), (x * w, h * 0.9, d / 2 + 0.04), 0.022)
            for x in np.linspace(-0.4, 0.4, dice.whole(3, 6))
        ]
        if dice.chance(0.3):
            parts.append(box((0, h + 0.1, -d / 2 + 0.03), (w, 0.2, 0.06)))
        return parts
    if style == "microwave":
        h, d = w * dice.real(0.5, 0.65), w * 0.75
        return [
            rounded_box((0, h / 2, 0), (w, h, d), 0.015),
            box((-w * 0.12, h / 2, d / 2), (w * 0.68, h * 0.85, 0.03)),
            box((w * 0.36, h / 2, d / 2), (w * 0.2, h * 0.85, 0.015)),
            rod((w * 0.2, h * 0.2, d / 2 + 0.04), (w * 0.2, h * 0.8, d / 2 + 0.04), 0.01),
            *legs.feet(dice, w, d, 0.02),
        ]
    h, r = dice.real(0.3, 0.8), dice.real(0.12, 0.25)
    parts = [hollow([(r * dice.real(0.6, 1), 0), (r, h)], 0.01, dice.pick(24, 24, 4))]
    return parts + (
        [ball((0, h, 0), (r * 1.02, dice.real(0.05, 0.15), r * 1.02))] if dice.chance(0.5) else []
    )


KINDS: Kinds = {"appliance": appliance, "bathtub": bathtub, "sink": sink, "toilet": toilet}

"""Housings, wheels, shafts."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.fasteners import drill, tipped
from pcbin.datasets.generated.parts import (
    Parts,
    around,
    both_sides,
    cut,
    stretch,
    turn,
)
from pcbin.datasets.generated.solids import (
    ball,
    bar,
    box,
    closed,
    extrude,
    lathe,
    ring,
    rod,
    rounded_box,
)
from pcbin.datasets.generated.sweeps import rounded


def housing(dice: Dice) -> Parts:
    """Boxes with open tops, ribs, bosses, flanges, fins; motors and gear cases."""
    w, h, d = dice.real(0.6, 1.4), dice.real(0.25, 0.9), dice.real(0.5, 1.0)
    style = dice.pick("tray", "tray", "case", "motor", "pump")
    if style in ("motor", "pump"):
        long, r = dice.real(0.6, 1.4), dice.real(0.25, 0.4)
        body: Parts = [
            rod((-long / 2, 0, 0), (long / 2, 0, 0), r, sides=28),
            rod((long / 2, 0, 0), (long / 2 + dice.real(0.1, 0.4), 0, 0), r * dice.real(0.1, 0.3)),
        ]
        if dice.chance(0.6):
            count = dice.whole(12, 30)
            body += around([box((0, r, 0), (long * 0.8, r * 0.25, 0.015))], count, 0)
        body += [
            rod((x * long / 2, 0, 0), (x * long / 2 + 0.06, 0, 0), r * dice.real(1.05, 1.3), sides=28)
            for x in (-1, 1)
        ]
        if dice.chance(0.6):
            body += both_sides([box((0, -r, r * 0.7), (long * 0.7, r * 0.5, 0.08))], 2) + both_sides(
                [box((0, -r * 1.25, r * 0.9), (long * 0.7, 0.05, 0.3))], 2
            )
        if dice.chance(0.5):
            body.append(box((0, r, 0), (0.3, 0.25, 0.25)))
        if style == "pump":
            body += [
                rod((-long / 2, 0, 0), (-long / 2 - 0.25, 0, 0), r * 1.3, sides=28),
                rod((-long / 2 - 0.15, 0, 0), (-long / 2 - 0.15, r * 2, 0), r * 0.35, r * 0.35),
                rod((-long / 2 - 0.2, 0, 0), (-long / 2 - 0.5, 0, 0), r * 0.4),
            ]
        return body
    body = [rounded_box((0, h / 2, 0), (w, h, d), dice.real(0.01, 0.1))]
    t = dice.real(0.02, 0.06)
    extra: Parts = []
    if style == "tray":
        body = cut(body, box((0, h / 2 + t, 0), (w - 2 * t, h, d - 2 * t)))
        r, tall = dice.real(0.025, 0.06), h * dice.real(0.4, 0.95)
        x, z = w / 2 - t - r, d / 2 - t - r
        extra += both_sides(both_sides([rod((x, 0.01, z), (x, tall, z), r)]), 2)
        for x in np.linspace(-w / 2, w / 2, dice.whole(2, 7))[1:-1]:
            extra.append(box((x, (t + h * 0.4) / 2, 0), (t * 0.6, h * 0.4, d - t)))
    else:
        for x in np.linspace(-0.45, 0.45, dice.whole(0, 14)) * w:
            extra.append(box((x, h, 0), (w * 0.02, h * dice.real(0.29, 0.3), d)))
        extra += [
            rod(
                (0, h * 0.5, d / 2 - 0.05),
                (0, h * 0.5, d / 2 + dice.real(0.02, 0.3)),
                h * dice.real(0.15, 0.4),
                sides=24,
            )
        ]
    if dice.chance(0.6):
        tabs = both_sides(
            both_sides([extrude(rounded(0.25, 0.16, 0.07), t, 1, (w / 2 + 0.08, t / 2, d * 0.35))]), 2
        )
        extra += cut(tabs, *both_sides(both_sides([drill((w / 2 + 0.12, t / 2, d * 0.35), 0.03, 0.2)]), 2))
    holes = [
        drill(
            (dice.real(-0.3, 0.3) * w, h * dice.real(0.3, 0.7), d / 2), h * dice.real(0.05, 0.2), d * 0.5, 2
        )
        for _ in range(dice.whole(0, 3))
    ]
    return tipped(dice, cut(body, *holes) + extra)


def wheel(dice: Dice) -> Parts:
    """Wheels with tyres, rims and spokes; pulleys, bearings, rollers, steering wheels."""
    style = dice.pick("tyre", "tyre", "spokes", "pulley", "bearing", "castor", "steering", "roller")
    w = dice.real(0.1, 0.5)
    if style == "pulley":
        groove = dice.real(0.05, 0.2)
        profile = [
            (0.15, -w),
            (1, -w),
            (1 - groove, -w * 0.2),
            (1 - groove, w * 0.2),
            (1, w),
            (0.15, w),
            (0.15, -w),
        ]
        return tipped(
            dice,
            cut([lathe(profile)], *around([drill((0.5, 0, 0), 0.16, 3)], dice.whole(3, 6)))
            if dice.chance(0.6)
            else [lathe(profile)],
        )
    if style == "bearing":
        inner = dice.real(0.3, 0.6)
        mid, t = (1 + inner) / 2, (1 - inner) * 0.22
        rings = [
            lathe([(a, -w / 2), (b, -w / 2), (b, w / 2), (a, w / 2), (a, -w / 2)])
            for a, b in ((inner, inner + t), (1 - t, 1))
        ]
        return tipped(dice, [*rings, *around([ball((mid, 0, 0), (1 - inner) * 0.3)], dice.whole(7, 12))])
    if style == "roller":
        return tipped(
            dice,
            [rod((0, -1.5, 0), (0, 1.5, 0), dice.real(0.2, 0.6), sides=24), rod((0, -2, 0), (0, 2, 0), 0.1)],
        )
    if style == "castor":
        r = 0.4
        fork = both_sides(
            [extrude([(-0.12, 0), (0.12, 0), (0.25, 0.6), (-0.25, 0.6)], 0.05, 0, (w * 0.4 + 0.06, 0, 0))]
        )
        return [
            rod((-w * 0.4, 0, 0), (w * 0.4, 0, 0), r, sides=24),
            *fork,
            box((0, 0.6, 0), (w + 0.2, 0.05, 0.6)),
            rod((0, 0.6, 0), (0, 1.1, 0), 0.1),
        ]
    count = dice.whole(3, 16)
    rim = dice.real(0.04, 0.3)
    parts: Parts = (
        [ring((0, 0, 0), 1 - rim / 2, rim / 2)]
        if style != "tyre" or dice.chance(0.3)
        else [lathe(closed(rounded(rim * 1.2, w, rim * 0.4, 5) + [1 - rim * 0.6, 0]), sides=32)]
    )
    hub = dice.real(0.08, 0.25)
    parts.append(rod((0, -w * 0.5, 0), (0, w * 0.5, 0), hub, sides=16))
    if style == "tyre" and dice.chance(0.6):
        parts.append(rod((0, -w * 0.2, 0), (0, w * 0.2, 0), 1 - rim * 0.9, sides=28))
    else:
        t = dice.real(0.015, 0.08)
        parts += around(
            [rod((0, 0, 0), (1 - rim * 0.6, 0, 0), t, sides=8)],
            count if style != "steering" else dice.whole(2, 4),
        )
    if style == "tyre":
        parts += around([box((1, 0, 0), (0.05, w * 0.8, 0.05))], dice.whole(12, 30))[: dice.pick(0, 60)]
    return tipped(dice, parts)


def shaft(dice: Dice) -> Parts:
    """Stepped shafts, crank shafts, connecting rods, levers, hooks with eyes."""
    style = dice.pick("stepped", "stepped", "crank", "rod", "lever", "hinge")
    if style == "stepped":
        count = dice.whole(3, 9)
        edges = np.cumsum(dice.rng.uniform(0.1, 1, count + 1))
        profile = [(0.0, edges[0])]
        for k in range(count):
            r = dice.real(0.1, 0.5)
            profile += [(r, edges[k]), (r, edges[k + 1])]
        return tipped(dice, [lathe([*profile, (0, edges[-1])])])
    if style == "crank":
        parts: Parts = []
        x, throw, count = 0.0, dice.real(0.3, 0.6), dice.whole(1, 4)
        for k in range(count):
            a = np.pi * k if count < 3 else 2 * np.pi * k / count
            y, z = throw * np.cos(a), throw * np.sin(a)
            parts.append(rod((x, 0, 0), (x + 0.4, 0, 0), 0.15, sides=16))
            for s in (x + 0.4, x + 0.8):
                parts.append(bar((s, -y * 0.4, -z * 0.4), (s, y * 1.4, z * 1.4), 0.12, 0.4))
            parts.append(rod((x + 0.4, y, z), (x + 0.8, y, z), 0.13, sides=16))
            x += 0.8
        return [*parts, rod((x, 0, 0), (x + 0.4, 0, 0), 0.15, sides=16)]
    if style == "hinge":
        w, h, t, a = dice.real(0.3, 0.8), dice.real(0.4, 1.2), 0.04, dice.real(0, 120)
        leaf = cut(
            [box((w / 2, 0, 0), (w, h, t))], *(drill((w * 0.6, y * h, 0), 0.05, 1, 2) for y in (-0.3, 0, 0.3))
        )
        return [*leaf, *turn(stretch(leaf, -1, 1, 1), 1, a), rod((0, -h / 2, 0), (0, h / 2, 0), 0.06)]
    long, r1, r2, t = dice.real(1, 2.5), dice.real(0.2, 0.45), dice.real(0.12, 0.3), dice.real(0.1, 0.3)
    body = [
        rod((0, -t / 2, 0), (0, t / 2, 0), r1, sides=24),
        rod((long, -t / 2, 0), (long, t / 2, 0), r2, sides=24),
        bar((0, 0, 0), (long, 0, 0), r1 * 1.2, t * 0.6, r2 / r1, side=(0, 0, 1)),
    ]
    if style == "lever":
        body += [
            bar((0, 0, 0), (-long * 0.3, 0, long * 0.4), r1, t * 0.6, side=(0, 1, 0)),
            rod((-long * 0.3, -t / 2, long * 0.4), (-long * 0.3, t / 2, long * 0.4), r2),
        ]
    return tipped(dice, cut(body, drill((0, 0, 0), r1 * 0.6, 2), drill((long, 0, 0), r2 * 0.55, 2)))


KINDS: Kinds = {"housing": housing, "shaft": shaft, "wheel": wheel}

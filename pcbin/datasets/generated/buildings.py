"""Houses, towers, castles, temples, bridges, tents, and blocks of a city."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Part, Parts, around, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import ball, box, extrude, lathe, prism, quads, regular, rod
from pcbin.datasets.generated.sweeps import arc, rectangle, sweep, wall


def roof(dice: Dice, w: float, d: float, y: float) -> Parts:
    """A roof upon a block of w x d at height y: gable, hip, flat, shed, mansard, dome."""
    over, h = dice.real(0.0, 0.12) * min(w, d), dice.real(0.25, 0.6) * min(w, d)
    style = dice.pick("gable", "gable", "hip", "flat", "shed", "mansard", "dome")
    W, D = w + 2 * over, d + 2 * over
    if style == "gable":
        if dice.chance(0.5):
            return [extrude([(-D / 2, 0), (D / 2, 0), (0, h)], W, 0, (0, y, 0))]
        return [extrude([(-W / 2, 0), (W / 2, 0), (0, h)], D, 2, (0, y, 0))]
    if style == "hip":
        return [prism(W, D, y, y + h, dice.real(0.0, 0.5))]
    if style == "shed":
        return [extrude([(-D / 2, 0), (D / 2, 0), (-D / 2, h * 0.7)], W, 0, (0, y, 0))]
    if style == "mansard":
        return [prism(W, D, y, y + h * 0.6, 0.8), prism(W * 0.8, D * 0.8, y + h * 0.6 - 0.001, y + h, 0.3)]
    if style == "dome":
        return [ball((0, y, 0), (w * 0.45, h * 1.2, d * 0.45))]
    return [box((0, y + 0.02 * w, 0), (W, 0.06 * w, D))]


def _windows(dice: Dice, w: float, h: float, d: float, rows: int, columns: int) -> list[Part]:
    """Shallow holes in front and rear."""
    deep = 0.12 * d
    wide, tall = w / columns * dice.real(0.3, 0.6), h / rows * dice.real(0.35, 0.65)
    spots = [
        ((k + 0.5) * w / columns - w / 2, (r + 0.5) * h / rows) for k in range(columns) for r in range(rows)
    ]
    return [box((x, y, z), (wide, tall, deep)) for x, y in spots for z in (d / 2, -d / 2)]


def house(dice: Dice) -> Parts:
    """Houses with wings, porches, chimneys, dormers, windows; barns, sheds."""
    w, d, h = dice.real(0.7, 1.5), dice.real(0.6, 1.1), dice.real(0.3, 1.0)
    body: Parts = [box((0, h / 2, 0), (w, h, d))]
    if dice.chance(0.5):
        body = cut(body, *_windows(dice, w, h, d, 1 if h < 0.6 else 2, dice.whole(2, 4)))
    parts = body + roof(dice, w, d, h)
    for _ in range(dice.whole(0, 2)):
        ww, dd, hh = w * dice.real(0.3, 0.7), d * dice.real(0.5, 1.2), h * dice.real(0.5, 1.0)
        x, z = dice.real(-0.5, 0.5) * w, dice.pick(-1, 1) * d * 0.5
        parts += move([box((0, hh / 2, 0), (ww, hh, dd)), *roof(dice, ww, dd, hh)], x, 0, z)
    if dice.chance(0.5):
        parts.append(box((w * dice.real(-0.4, 0.4), h + 0.25, d * dice.real(-0.2, 0.2)), (0.1, 0.6, 0.1)))
    if dice.chance(0.4):
        deep = dice.real(0.2, 0.4)
        parts += [
            box((0, 0.03, d / 2 + deep / 2), (w * 0.6, 0.06, deep)),
            box((0, h * 0.7, d / 2 + deep / 2), (w * 0.65, 0.04, deep + 0.05)),
        ]
        parts += [
            rod((x * w, 0, d / 2 + deep * 0.9), (x * w, h * 0.7, d / 2 + deep * 0.9), 0.025)
            for x in np.linspace(-0.28, 0.28, dice.whole(2, 5))
        ]
    if dice.chance(0.3):
        parts.append(box((0, -0.02, 0), (w * 1.5, 0.04, d * 1.8)))
    return parts


def tower(dice: Dice) -> Parts:
    """Skyscrapers, lighthouses, water towers, obelisks, pagodas, windmills, chimneys."""
    style = dice.pick("sky", "sky", "light", "pagoda", "mill", "obelisk", "water", "radio")
    if style == "sky":
        parts, y, w, d = [], 0.0, dice.real(0.3, 0.5), dice.real(0.3, 0.5)
        for _ in range(dice.whole(1, 5)):
            h = dice.real(0.2, 0.9)
            part = (
                box((0, y + h / 2, 0), (w, h, d))
                if dice.chance(0.8)
                else rod((0, y, 0), (0, y + h, 0), w / 2, sides=dice.pick(6, 8, 24))
            )
            parts.append(part)
            y, w, d = y + h - 0.001, w * dice.real(0.6, 0.95), d * dice.real(0.6, 0.95)
        return parts + (
            roof(dice, w, d, y)
            if dice.chance(0.5)
            else [rod((0, y, 0), (0, y + dice.real(0.1, 0.5), 0), 0.02, 0.004)]
        )
    if style == "light":
        r, h = dice.real(0.12, 0.2), 1.0
        parts = [
            lathe(
                [
                    (0, 0),
                    (r, 0),
                    (r * 0.6, h),
                    (r * 0.9, h),
                    (r * 0.9, h + 0.03),
                    (r * 0.45, h + 0.03),
                    (r * 0.45, h + 0.16),
                    (r * 0.6, h + 0.16),
                    (0, h + 0.28),
                ]
            )
        ]
        return parts + (
            [
                box((0.25, 0.1, 0), (0.4, 0.2, 0.25)),
                extrude([(-0.14, 0), (0.14, 0), (0, 0.12)], 0.42, 0, (0.25, 0.2, 0)),
            ]
            if dice.chance(0.4)
            else []
        )
    if style == "pagoda":
        levels, parts = dice.whole(2, 6), []
        for k in range(levels):
            s = 0.5 * 0.85**k
            parts += [
                box((0, 0.25 * k + 0.1, 0), (s, 0.24, s)),
                prism(s * 1.6, s * 1.6, 0.25 * k + 0.2, 0.25 * k + 0.3, 0.5),
            ]
        return [*parts, rod((0, 0.25 * levels, 0), (0, 0.25 * levels + 0.3, 0), 0.02, 0.005)]
    if style == "mill":
        sail = [box((0, 0.3, 0.02), (0.02, 0.6, 0.02)), box((0.05, 0.35, 0.02), (0.1, 0.45, 0.01))]
        return [
            rod((0, 0, 0), (0, 0.8, 0), 0.25, 0.16, dice.pick(8, 24)),
            ball((0, 0.8, 0), (0.17, 0.15, 0.17)),
            rod((0, 0.8, 0), (0, 0.8, 0.28), 0.03),
            *move(around(sail, 4, 2, dice.real(0, 90)), 0, 0.8, 0.25),
        ]
    if style == "obelisk":
        return [
            prism(0.4, 0.4, 0, 0.15, 0.95),
            prism(0.25, 0.25, 0.14, 1.2, 0.65),
            prism(0.1625, 0.1625, 1.199, 1.3, 0.0),
        ]
    if style == "water":
        legs = [rod((0.25, 0, 0), (0.18, 0.7, 0), 0.015, sides=8)]
        return [
            *around(legs, dice.pick(4, 6)),
            rod((0, 0.7, 0), (0, 1.0, 0), 0.25, sides=24),
            rod((0, 1.0, 0), (0, 1.15, 0), 0.25, 0.01, 24),
            rod((0, 0, 0), (0, 0.7, 0), 0.03),
        ]
    leg = rod((0.3, 0, 0.3), (0.03, 1.2, 0.03), 0.02, sides=8)
    parts = both_sides(both_sides([leg]), 2)
    for y in (0.2, 0.5, 0.8):
        half = 0.3 * (1 - y / 1.33)
        parts += both_sides([box((half, y, 0), (0.015, 0.015, 2 * half))]) + both_sides(
            [box((0, y, half), (2 * half, 0.015, 0.015))], 2
        )
    return [*parts, rod((0, 1.15, 0), (0, 1.5, 0), 0.01)]


def castle(dice: Dice) -> Parts:
    """Castles, churches, mosques, temples with columns, gazebos, tents."""
    style = dice.pick("castle", "church", "dome", "temple", "gazebo", "tent", "tent")
    if style == "castle":
        w, h, r = dice.real(0.7, 1.2), dice.real(0.25, 0.45), dice.real(0.1, 0.2)
        line = rectangle(w, w * dice.real(0.7, 1.0))
        parts: Parts = [wall(np.concatenate([line, line[:1]]), 0.06, 0, h)]
        for x, z in line:
            tall = h * dice.real(1.2, 2.0)
            parts.append(rod((x, 0, z), (x, tall, z), r, sides=dice.pick(4, 8, 20)))
            parts += (
                [rod((x, tall, z), (x, tall + r * 1.8, z), r * 1.15, 0.004, 20)]
                if dice.chance(0.5)
                else move(around([box((r * 0.9, 0.03, 0), (0.04, 0.08, 0.06))], 6), x, tall, z)
            )
        keep = w * dice.real(0.25, 0.45)
        return [*parts, box((0, h * 0.7, 0), (keep, h * 1.4, keep)), *roof(dice, keep, keep, h * 1.4)]
    if style in ("church", "dome"):
        w, long, h, t = dice.real(0.35, 0.5), dice.real(0.8, 1.2), dice.real(0.3, 0.5), dice.real(0.2, 0.3)
        parts = [
            box((0, h / 2, 0), (w, h, long)),
            extrude([(-w / 2, 0), (w / 2, 0), (0, w * 0.6)], long, 2, (0, h, 0)),
        ]
        if style == "dome":
            parts += [
                rod((0, h, 0), (0, h + 0.2, 0), w * 0.42, sides=24),
                ball((0, h + 0.2, 0), w * 0.45),
                rod((0, h + 0.6, 0), (0, h + 0.75, 0), 0.015),
            ]
            parts += [
                q
                for x in (-1, 1)
                for z in (-1, 1)
                if dice.chance(0.6)
                for q in (
                    rod((x * w * 0.8, 0, z * long * 0.5), (x * w * 0.8, h * 2.2, z * long * 0.5), 0.05),
                    rod(
                        (x * w * 0.8, h * 2.2, z * long * 0.5),
                        (x * w * 0.8, h * 2.6, z * long * 0.5),
                        0.06,
                        0.003,
                    ),
                )
            ]
            return parts
        z, tall = long / 2 + t / 2 - 0.02, h + dice.real(0.3, 0.7)
        parts += [
            box((0, tall / 2, z), (t, tall, t)),
            prism(t * 1.05, t * 1.05, tall, tall + dice.real(0.2, 0.8), 0.0, (0, z)),
            box((0, h / 2, -long * 0.1), (w * 1.7, h * 0.9, w * 0.7)),
        ]
        return parts
    if style == "temple":
        w, d, h, r = dice.real(0.6, 1.2), dice.real(0.6, 1.6), dice.real(0.35, 0.6), dice.real(0.025, 0.05)
        nx, nz = dice.whole(3, 7), dice.whole(3, 9)
        parts = [
            box((0, -0.03 * k, 0), (w + 0.1 * k + 0.1, 0.04, d + 0.1 * k + 0.1))
            for k in range(dice.whole(1, 3))
        ]
        xs, zs = np.linspace(-w / 2 + r, w / 2 - r, nx), np.linspace(-d / 2 + r, d / 2 - r, nz)
        spots = {(x, z) for x in xs for z in (zs[0], zs[-1])} | {(x, z) for x in (xs[0], xs[-1]) for z in zs}
        parts += [rod((x, 0, z), (x, h, z), r, r * 0.85, 10) for x, z in sorted(spots)]
        return [
            *parts,
            box((0, h + 0.03, 0), (w * 1.05, 0.07, d * 1.03)),
            extrude([(-w * 0.53, 0), (w * 0.53, 0), (0, w * 0.22)], d * 1.03, 2, (0, h + 0.06, 0)),
            *([box((0, h / 2, 0), (w * 0.6, h, d * 0.7))] if dice.chance(0.5) else []),
        ]
    if style == "gazebo":
        count, r, h = dice.pick(5, 6, 8), 0.5, dice.real(0.6, 0.9)
        post = [rod((r * 0.92, 0, 0), (r * 0.92, h, 0), 0.025, sides=8)]
        parts = [
            extrude(regular(count, r * 1.05), 0.06, 1, (0, 0.03, 0)),
            *around(post, count),
            rod((0, h, 0), (0, h + dice.real(0.2, 0.5), 0), r * 1.15, 0.01, count),
        ]
        rail = regular(count, r * 0.92)
        return parts + (
            [wall(np.concatenate([rail, rail[:1]])[: count + dice.pick(0, 1)], 0.015, 0.06, 0.25)]
            if dice.chance(0.6)
            else []
        )
    if dice.chance(0.5):
        w, d, h = dice.real(0.5, 1.0), dice.real(0.7, 1.3), dice.real(0.4, 0.7)
        return [extrude([(-w / 2, 0), (w / 2, 0), (0, h)], d, 2)] + [
            rod((0, 0, z), (0, h + 0.05, z), 0.012) for z in (-d / 2, d / 2)
        ]
    peaks = dice.whole(1, 4)
    sides = dice.pick(4, 6, 8, 24)
    return [
        p
        for k in range(peaks)
        for p in move(
            [
                rod((0, 0, 0), (0, 0.15, 0), 0.35, sides=sides),
                lathe([(0.36, 0.15), (0.15, 0.28), (0.01, dice.real(0.45, 0.7)), (0, 0.45)], sides=sides),
            ],
            0.55 * k,
            0,
            0,
        )
    ]


def city(dice: Dice) -> Parts:
    """Blocks on a plate: cities, chess boards with pieces, maps with hills."""
    n, parts = dice.whole(3, 7), [box((0, -0.02, 0), (1.0, 0.04, 1.0))]
    tall = dice.real(0.05, 0.5)
    for i in range(n):
        for k in range(n):
            if dice.chance(0.8):
                h, s = tall * float(dice.rng.random()) ** 2 + 0.03, dice.real(0.5, 0.9) / n
                at = ((i + 0.5) / n - 0.5, h / 2, (k + 0.5) / n - 0.5)
                parts.append(
                    box(at, (s, h, s))
                    if dice.chance(0.8)
                    else rod((at[0], 0, at[2]), (at[0], h, at[2]), s / 2, s / 2 * dice.real(0.2, 1))
                )
    return parts


def landscape(dice: Dice) -> Parts:
    """Hills, mountains, waves: a height field."""
    n = 36
    x, z = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n), indexing="ij")
    y = np.zeros((n, n))
    for k in range(dice.whole(2, 12)):
        a, b = dice.rng.uniform(-1, 1, 2)
        y += (
            dice.real(-0.15, 0.35)
            / (1 + 0.2 * k)
            * np.exp(-((x - a) ** 2 + (z - b) ** 2) / dice.real(0.02, 0.5))
        )
    return [Part(quads(np.stack([x * dice.real(0.6, 1), y * dice.real(0.4, 1.5), z], axis=-1)))]


def bridge(dice: Dice) -> Parts:
    """Arched, hanging and plain bridges; arches, gates, fences' corners, swings."""
    long, w, h = dice.real(1.5, 3.0), dice.real(0.2, 0.4), dice.real(0.3, 0.7)
    style = dice.pick("arch", "arch", "hang", "swing", "goal")
    if style == "arch":
        count = dice.whole(1, 4)
        span = long / count
        body = cut(
            [box((0, h / 2, 0), (long, h, w))],
            *(
                rod(
                    ((k + 0.5) * span - long / 2, 0, -w),
                    ((k + 0.5) * span - long / 2, 0, w),
                    min(span * 0.4, h * 0.85),
                    sides=24,
                )
                for k in range(count)
            ),
        )
        return body + both_sides([box((0, h + 0.05, w / 2), (long, 0.1, 0.02))], 2)
    if style == "hang":
        x0 = long * 0.28
        towers = both_sides(both_sides([box((x0, (h + 0.55) / 2, w / 2), (0.06, h + 0.55, 0.05))]), 2)
        cable = [
            (s * long, y, w / 2)
            for s, y in zip(
                np.linspace(-0.28, 0.28, 13), h + 0.05 + 0.5 * np.linspace(-1, 1, 13) ** 2, strict=True
            )
        ]
        parts = [box((0, h, 0), (long, 0.04, w)), *towers]
        parts += both_sides(
            [
                sweep(np.array(cable), rectangle(0.015, 0.015), (0, 0, 1)),
                *(rod((x, h, w / 2), (x, y, w / 2), 0.005, sides=6) for x, y, _ in cable),
            ],
            2,
        )
        return parts + both_sides(
            both_sides([rod((x0, h + 0.55, w / 2), (long / 2, h, w / 2), 0.008, sides=6)]), 2
        )
    frame = both_sides([rod((long / 2, 0, s * 0.35), (long / 2, 1.0, 0), 0.03) for s in (-1, 1)]) + [
        rod((-long / 2, 1, 0), (long / 2, 1, 0), 0.03)
    ]
    if style == "goal":
        return both_sides([box((long / 2, 0.5, 0), (0.05, 1.0, 0.05))]) + [
            box((0, 1.0, 0), (long, 0.05, 0.05)),
            *(
                [sweep(arc(long / 2, 0, 180, 15, (0, 1)) + [0, 1, 0], rectangle(0.04, 0.05))]
                if dice.chance(0.4)
                else []
            ),
        ]
    for x in np.linspace(-0.3, 0.3, dice.whole(1, 3)) * long:
        frame += [
            box((x, 0.3, 0), (0.25, 0.02, 0.12)),
            *(rod((x + s, 0.3, 0), (x + s, 1.0, 0), 0.006, sides=6) for s in (-0.11, 0.11)),
        ]
    return turn(frame, 1, dice.pick(0.0, 90.0))


KINDS: Kinds = {
    "bridge": bridge,
    "castle": castle,
    "city": city,
    "house": house,
    "landscape": landscape,
    "tower": tower,
}

"""Chairs with and without arms, office chairs, stools."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated import backs, legs
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, bend, both_sides, move, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, regular, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, rectangle, rounded, smooth, sweep, tube


def seat(dice: Dice, w: float, d: float, t: float) -> Parts:
    """A seat whose underside is at y = 0."""
    style = dice.pick(
        "board", "board", "cushion", "cushion", "round", "trapeze", "slats", "dished", "pad", "rounded"
    )
    if style == "board":
        return [box((0, t / 2, 0), (w, t, d))]
    if style == "cushion":
        return [ball((0, t, 0), (w / 2, t * dice.real(1, 1.8), d / 2), dice.real(4, 9), dice.real(2.5, 5))]
    if style == "round":
        return [extrude(rounded(w, d, dice.real(0.15, 0.5) * min(w, d), 7), t, 1, (0, t / 2, 0))]
    if style == "trapeze":
        rear = dice.real(0.7, 0.95)
        outline = [(-w / 2, d / 2), (w / 2, d / 2), (w / 2 * rear, -d / 2), (-w / 2 * rear, -d / 2)]
        return [extrude(outline, t, 1, (0, t / 2, 0))]
    if style == "slats":
        count, share = dice.whole(3, 9), dice.real(0.6, 0.92)
        rails = both_sides([box((w * 0.4, t * 0.25, 0), (0.03, t * 0.5, d))])
        zs = np.linspace(-1, 1, 2 * count + 1)[1::2] * d / 2
        return rails + [box((0, t * 0.75, z), (w, t * 0.5, d / count * share)) for z in zs]
    if style == "dished":
        return move(bend([box((0, 0, 0), (w, t, d))], dice.real(10, 50), w, 0, 1), 0, t / 2, 0)
    if style == "pad":
        return [
            box((0, t * 0.35, 0), (w, t * 0.7, d)),
            ball((0, t * 0.8, 0), (w * 0.46, t * dice.real(0.5, 1.3), d * 0.46), 6, 3),
        ]
    return [rounded_box((0, t / 2, 0), (w, t, d), t * dice.real(0.2, 0.5))]


def apron(dice: Dice, w: float, d: float) -> Parts:
    """Rails below a seat or a table top whose underside is at y = 0."""
    tall, t = dice.real(0.03, 0.09), dice.real(0.015, 0.025)
    inset = dice.real(0.005, 0.03)
    x, z = w / 2 - inset, d / 2 - inset
    return both_sides([box((x, -tall / 2, 0), (t, tall, 2 * z))]) + both_sides(
        [box((0, -tall / 2, z), (2 * x, tall, t))], 2
    )


def arms(dice: Dice, w: float, d: float, h: float) -> Parts:
    """Armrests of height h above the seat's top at y = 0; the back is at z = -d / 2."""
    t, wide = dice.real(0.018, 0.035), dice.real(0.025, 0.08)
    x, front, rear = w / 2 + dice.pick(-t / 2, t / 2, 0.0), d / 2 * dice.real(0.45, 0.98), -d / 2 - 0.02
    style = dice.pick("post", "post", "two", "loop", "tee", "panel", "curved", "lean")
    rest: Parts
    if style in ("post", "two", "lean"):
        foot = front - dice.pick(0.0, 0.06) if style != "lean" else front - dice.real(0.05, 0.15)
        rest = [
            rounded_box((x, h, (front + rear) / 2), (wide, t, front - rear), t * dice.real(0.1, 0.5)),
            bar((x, -0.03, foot), (x, h, front - t / 2), t, t)
            if dice.chance(0.5)
            else rod((x, -0.03, foot), (x, h, front - t / 2), t / 2),
        ]
        if style == "two":
            count = dice.whole(1, 5)
            rest += [
                rod((x, -0.02, z), (x, h, z), t * 0.4, sides=8)
                for z in np.linspace(rear + 0.06, front - 0.06, count)
            ]
    elif style == "loop":
        path = filleted(
            [(x, -0.02, front * 0.8), (x, h, front), (x, h, rear), (x, -0.02, rear)], dice.real(0.02, 0.1)
        )
        rest = [tube(path, t * 0.4, 8)]
        if dice.chance(0.5):
            rest.append(rounded_box((x, h + t * 0.4, front * 0.2), (wide, t, (front - rear) * 0.6), t * 0.4))
    elif style == "tee":
        rest = [
            rounded_box((x + 0.02, h, 0), (wide, t, d * dice.real(0.4, 0.6)), t * 0.45),
            bar((x + 0.02, -0.02, 0), (x + 0.02, h, 0), t, t * 1.6),
            box((x, -0.03, 0), (0.12, 0.02, t * 1.6)),
        ]
    elif style == "panel":
        rest = [box((x, h / 2 - 0.04, (front + rear) / 2), (t, h + 0.08, front - rear))]
    else:
        path = smooth(
            [(x, -0.02, front * 0.7), (x + 0.01, h * 0.7, front), (x, h, front * 0.6), (x, h, rear)], 6
        )
        rest = (
            [tube(path, t * 0.5, 8)]
            if dice.chance(0.6)
            else [sweep(path, rectangle(wide * 0.7, t * 0.6), (1, 0, 0))]
        )
    return both_sides(rest)


def _leaned(dice: Dice, parts: Parts, w: float, h: float, lean: float) -> Parts:
    """A back bent round the sitter, curved in its height and leaned backwards."""
    if dice.chance(0.45):
        parts = bend(parts, dice.real(15, 80), w, 0, 2)
    if dice.chance(0.25):
        parts = bend(parts, -dice.real(5, 25), h, 1, 2)
    return turn(parts, 0, -lean)


def chair(dice: Dice) -> Parts:
    """A dining, kitchen, school, garden or folding chair, with or without arms."""
    w, d, h = dice.real(0.36, 0.56), dice.real(0.36, 0.54), dice.real(0.38, 0.5)
    t = dice.real(0.015, 0.06)
    base = dice.pick(
        *[legs.four_legs] * 10,
        legs.sled,
        legs.sled,
        legs.cantilever,
        legs.cantilever,
        legs.pedestal,
        legs.side_panels,
        legs.crossed,
        legs.star_base,
        legs.rockers,
    )
    shape = seat(dice, w, d, t)
    parts = base(dice, w, d, h + t * 0.4) + move(shape, 0, h, 0)
    if base is legs.four_legs and dice.chance(0.4):
        parts += move(apron(dice, w, d), 0, h, 0)
    tall, lean = dice.real(0.32, 0.72), dice.real(0, 18)
    wide = w * dice.real(0.8, 1.05)
    rest = backs.back(dice, wide, tall)
    parts += move(_leaned(dice, rest, wide, tall, lean), 0, h + t * 0.5, -d / 2 + 0.015)
    if dice.chance(0.35):
        parts += move(arms(dice, w, d, dice.real(0.16, 0.26)), 0, h + t, 0)
    return parts


def office_chair(dice: Dice) -> Parts:
    """A swivel chair on a star base."""
    w, d, h = dice.real(0.44, 0.56), dice.real(0.44, 0.54), dice.real(0.4, 0.52)
    t = dice.real(0.04, 0.1)
    parts = legs.star_base(dice, w, d, h)
    cushion = dice.pick(
        ball((0, h + t / 2, 0), (w / 2, t / 2, d / 2), dice.real(3, 7), dice.real(2.5, 5)),
        rounded_box((0, h + t / 2, 0), (w, t, d), t * 0.45),
    )
    parts.append(cushion)
    tall, wide, gap = dice.real(0.35, 0.75), w * dice.real(0.75, 1.05), dice.real(0.0, 0.15)
    style = dice.pick("cushion", "cushion", "mesh", "shell", "ribs")
    if style == "cushion":
        rest = backs.cushioned(dice, wide, tall)
    elif style == "mesh":
        rest = backs.frame(dice, wide, tall, 0.0) + backs.lattice(dice, wide * 0.94, tall, tall / 2)
    elif style == "shell":
        rest = [
            extrude(rounded(wide, tall, dice.real(0.05, 0.2), 6), dice.real(0.015, 0.04), 2, (0, tall / 2, 0))
        ]
    else:
        count = dice.whole(4, 10)
        rest = [
            rounded_box(
                (0, tall * (k + 0.5) / count, 0), (wide, tall / count * 0.9, dice.real(0.03, 0.05)), 0.02
            )
            for k in range(count)
        ]
    if dice.chance(0.3):
        rest += backs.headrest(dice, wide, tall)
    rest = move(_leaned(dice, rest, wide, tall, dice.real(0, 12)), 0, h + t + gap, -d / 2 + 0.01)
    spine = bar(
        (0, h + t * 0.3, -d / 2 + 0.08),
        (0, h + t + gap + tall * 0.3, -d / 2 - 0.04 - 0.05 * tall),
        dice.real(0.04, 0.1),
        0.02,
    )
    parts += [*rest, spine]
    if dice.chance(0.65):
        parts += move(arms(dice, w + 0.03, d * 0.9, dice.real(0.16, 0.24)), 0, h + t, 0)
    return parts


def stool(dice: Dice) -> Parts:
    """A low, a bar or a swivel stool, round or square."""
    h, w = dice.pick(dice.real(0.4, 0.5), dice.real(0.6, 0.8), dice.real(0.25, 0.45)), dice.real(0.3, 0.42)
    t = dice.real(0.015, 0.08)
    if dice.chance(0.6):
        base = dice.pick(legs.tripod, legs.tripod, legs.pedestal, legs.star_base)
        parts = base(dice, w, w, h)
        style = dice.pick("disc", "cushion", "poly", "saddle")
        if style == "disc":
            parts.append(
                lathe(
                    [
                        (0, h),
                        (w / 2, h),
                        (w / 2, h + t * 0.8),
                        (w / 2 - t * 0.2, h + t),
                        (0, h + t * dice.real(0.7, 1.0)),
                    ]
                )
            )
        elif style == "cushion":
            parts.append(ball((0, h + t / 2, 0), (w / 2, max(t, 0.04) / 2, w / 2), 2, 4))
        elif style == "poly":
            parts.append(extrude(regular(dice.pick(5, 6, 8), w / 2, 30), t, 1, (0, h + t / 2, 0)))
        else:
            parts += move(
                bend([box((0, 0, 0), (w, t, w * 0.8))], dice.real(10, 50), w, 0, 1), 0, h + t / 2, 0
            )
        if base in (legs.pedestal, legs.star_base) and h > 0.55 and dice.chance(0.6):
            parts.append(tube(np.insert(regular(20, w * 0.4), 1, h * 0.4, axis=1), 0.01, 8, loop=True))
            parts.append(rod((-w * 0.4, h * 0.4, 0), (w * 0.4, h * 0.4, 0), 0.007, sides=8))
    else:
        d = w * dice.real(0.75, 1.0)
        base = dice.pick(legs.four_legs, legs.four_legs, legs.side_panels, legs.sled, legs.crossed)
        parts = base(dice, w, d, h + t * 0.3) + move(seat(dice, w, d, t), 0, h, 0)
    if dice.chance(0.2):
        wide, tall = w * 0.95, dice.real(0.12, 0.35)
        parts += move(
            _leaned(dice, backs.back(dice, wide, tall), wide, tall, dice.real(0, 10)),
            0,
            h + t * 0.5,
            -w * 0.36,
        )
    return parts


KINDS: Kinds = {"chair": chair, "office_chair": office_chair, "stool": stool}

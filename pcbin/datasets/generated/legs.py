"""What furniture stands on. Each program fills the room below a plate: width, depth and height."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.parts import Part, Parts, around, both_sides, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, prism, regular, rod
from pcbin.datasets.generated.sweeps import arc, filleted, rectangle, smooth, sweep, tube


def four_legs(dice: Dice, w: float, d: float, h: float) -> Parts:
    """Four legs at the corners of a plate w x d at height h; the front is +z, and may differ."""
    styles = ("square", "square", "round", "tapered", "splayed", "turned", "cabriole", "hairpin", "ell")
    style = dice.pick(*styles)
    thick = dice.real(0.025, 0.06) * max(h, 0.35) / 0.45
    inset = dice.pick(0.0, 0.0, dice.real(0.0, 0.12) * min(w, d))
    x, z = w / 2 - thick / 2 - inset, d / 2 - thick / 2 - inset
    if style == "splayed":
        return _splayed(dice, x, z, h, thick)
    one = _leg(dice, style, x, z, h, thick)
    return both_sides(both_sides(one, 0), 2) + _stretchers(dice, style, x, z, h, thick)


def _leg(dice: Dice, style: str, x: float, z: float, h: float, thick: float) -> Parts:
    """The leg at +x, +z."""
    if style == "square":
        return [box((x, h / 2, z), (thick, h, thick * dice.pick(1.0, 1.0, dice.real(0.5, 1.5))))]
    if style == "round":
        return [rod((x, 0, z), (x, h, z), thick / 2)]
    if style == "tapered":
        foot = dice.real(0.4, 0.9)
        outer = dice.pick(0.0, 0.5)  # straight outside or symmetric
        shift = outer * thick * (1 - foot)
        if dice.chance(0.5):
            return [bar((x + shift, h, z + shift), (x + shift, 0, z + shift), thick, end=foot)]
        return [rod((x, 0, z), (x, h, z), thick / 2 * foot, thick / 2)]
    if style == "turned":
        return [turned_leg(dice, h, thick * 0.6, (x, z))]
    if style == "cabriole":
        out = dice.real(0.02, 0.05) * h / 0.45
        curve = [(0, h), (out, 0.8 * h), (out * 0.2, 0.4 * h), (-out * 0.2, 0.15 * h), (out, 0)]
        path = smooth([(x + a, y, z + a) for a, y in curve], 4)
        return [tube(path, np.linspace(0.7, 0.4, len(path)) * thick, 8)]
    if style == "hairpin":
        wire, foot = thick * 0.2, 0.0
        top = dice.real(0.12, 0.22) * h
        return [
            rod((x - top, h, z), (x, foot, z), wire, sides=8),
            rod((x, h, z - top), (x, foot, z), wire, sides=8),
        ]
    sheet = thick * 0.25
    return [
        box((x + thick / 2, h / 2, z), (sheet, h, thick)),
        box((x, h / 2, z + thick / 2), (thick, h, sheet)),
    ]


def _splayed(dice: Dice, x: float, z: float, h: float, thick: float) -> Parts:
    """Legs that lean outwards."""
    out, back = dice.real(0.02, 0.12) * h / 0.45, dice.real(0.02, 0.12) * h / 0.45
    start = dice.real(0.55, 0.9)
    foot = (x * dice.pick(1.0, start) + out * 0.5, 0.0, z + back * 0.5)
    top = (x * start, h, z * start)
    end = dice.real(0.45, 1.0)
    leg = (
        [rod(top, foot, thick / 2, thick / 2 * end)] if dice.chance(0.6) else [bar(top, foot, thick, end=end)]
    )
    parts = both_sides(both_sides(leg, 0), 2)
    if dice.chance(0.35):
        t = dice.real(0.3, 0.6)
        p = np.array(top) * (1 - t) + np.array(foot) * t
        parts += both_sides([rod((p[0], p[1], -p[2]), p, thick * 0.3, sides=8)])
        if dice.chance(0.6):
            parts.append(rod((-p[0], p[1], 0), (p[0], p[1], 0), thick * 0.3, sides=8))
    return parts


def turned_leg(dice: Dice, h: float, r: float, at: tuple[float, float] = (0, 0)) -> Part:
    """A leg or a baluster from the lathe, with beads and necks."""
    count = dice.whole(4, 9)
    heights = np.sort(dice.rng.random(count)) * 0.9 * h + 0.05 * h
    radii = r * (0.45 + 0.55 * dice.rng.random(count))
    profile = smooth([(r * dice.real(0.5, 1), 0), *zip(radii, heights, strict=True), (r, h)], 3)
    profile = np.maximum(profile, [0.2 * r, 0])
    return lathe([(0, 0), *profile, (0, h)], (at[0], 0, at[1]), 12)


def _stretchers(dice: Dice, style: str, x: float, z: float, h: float, thick: float) -> Parts:
    """Rails between legs, or none."""
    kind = dice.pick("none", "none", "none", "sides", "h", "box", "cross", "ladder")
    if kind == "none" or style in ("hairpin", "cabriole", "ell"):
        return []
    y, t = dice.real(0.12, 0.5) * h, thick * dice.real(0.35, 0.7)
    tall = t * dice.pick(1.0, dice.real(1.0, 2.5))
    side = both_sides([box((x, y, 0), (t, tall, 2 * z))])
    if kind == "sides":
        return side
    if kind == "h":
        return [*side, box((0, y, dice.real(-0.5, 0.5) * z), (2 * x, tall, t))]
    if kind == "box":
        lift = dice.pick(0.0, dice.real(-0.1, 0.1) * h)
        return side + both_sides([box((0, y + lift, z), (2 * x, tall, t))], 2)
    if kind == "cross":
        return [
            bar((-x, y, -z), (x, y, z), tall, t, side=(0, 1, 0)),
            bar((-x, y, z), (x, y, -z), tall, t, side=(0, 1, 0)),
        ]
    steps = dice.whole(2, 4)
    return [
        one
        for k in range(steps)
        for one in both_sides([box((x, (k + 1) * h / (steps + 1), 0), (t, tall, 2 * z))])
    ]


def sled(dice: Dice, w: float, d: float, h: float) -> Parts:
    """A loop on each side, of tube or flat bar, on runners or rockers."""
    r, x = dice.real(0.009, 0.022), w / 2 * dice.real(0.8, 1.0)
    front, back = d / 2 * dice.real(0.7, 1.05), d / 2 * dice.real(0.7, 1.15)
    top = dice.real(0.7, 1.0)
    corners = [(x, h, top * front), (x, 0, front), (x, 0, -back), (x, h, -top * back)]
    path = filleted(corners, dice.real(0.01, 0.12), loop=True)
    if dice.chance(0.6):
        side = [tube(path, r, 8, loop=True)]
    else:
        side = [sweep(path, rectangle(r * dice.real(1.5, 3), r * 1.2), (1, 0, 0), loop=True)]
    parts = both_sides(side)
    if dice.chance(0.5):
        parts += both_sides(
            [rod((-x, h - r, front * top * 0.8), (x, h - r, front * top * 0.8), r, sides=8)], 2
        )
    return parts


def cantilever(dice: Dice, w: float, d: float, h: float) -> Parts:
    """One bent tube: it rises at the front only."""
    r, x = dice.real(0.011, 0.02), w / 2 * dice.real(0.85, 1.0)
    front, back = d / 2 * dice.real(0.9, 1.1), d / 2 * dice.real(0.8, 1.1)
    path = [(x, h, -d / 2), (x, h, front), (x, 0, front * dice.real(0.85, 1.05)), (x, 0, -back)]
    bow = dice.real(0.04, 0.1)
    parts = both_sides([tube(filleted(path, bow), r, 8)])
    if dice.chance(0.7):
        parts.append(rod((-x, 0, -back), (x, 0, -back), r, sides=8))
    if dice.chance(0.4):
        parts.append(rod((-x, 0, front * 0.8), (x, 0, front * 0.8), r, sides=8))
    return parts


def star_base(dice: Dice, w: float, d: float, h: float) -> Parts:
    """A column on four or five arms, on castors or not."""
    count, reach = dice.pick(4, 5, 5, 5), dice.real(0.42, 0.65) * max(w, d) * 1.05
    wheel = dice.pick(0.0, 0.025, 0.03)
    hub = dice.real(0.07, 0.14) + wheel
    tall, flat = dice.real(0.02, 0.045), dice.real(0.02, 0.05)
    if dice.chance(0.3):  # bent arms
        path = smooth([(0.02, hub, 0), (reach * 0.5, hub + 0.01, 0), (reach, wheel * 2 + tall / 2, 0)], 4)
        arm: Parts = [sweep(path, rectangle(flat, tall), (0, 0, 1), np.linspace(1, 0.6, len(path)))]
    else:
        arm = [
            bar(
                (0, hub, 0), (reach, wheel * 2 + tall / 2, 0), flat, tall, dice.real(0.5, 0.9), side=(0, 0, 1)
            )
        ]
    if wheel:
        for side in (-0.6, 0.6):
            arm.append(
                rod(
                    (reach - 0.01, wheel, (side - 0.3) * wheel),
                    (reach - 0.01, wheel, (side + 0.3) * wheel),
                    wheel,
                )
            )
    parts = around(arm, count, start=90.0)
    r = dice.real(0.018, 0.04)
    parts += [
        rod((0, hub - tall, 0), (0, h, 0), r),
        rod((0, hub - tall * 0.8, 0), (0, min(hub + dice.real(0.05, 0.2), h), 0), r * 1.6),
    ]
    if dice.chance(0.7):  # the mechanism below the seat
        parts.append(box((0, h - 0.02, 0), (w * dice.real(0.25, 0.5), 0.05, d * dice.real(0.3, 0.6))))
    return parts


def pedestal(dice: Dice, w: float, d: float, h: float) -> Parts:
    """A column on a foot: a disc, a trumpet, a cross, a block."""
    reach, r = min(w, d) / 2 * dice.real(0.55, 0.95), dice.real(0.015, 0.07) * max(w, d) / 0.5
    style = dice.pick("disc", "trumpet", "block", "cross", "turned")
    if style == "disc":
        thick = dice.real(0.01, 0.05)
        return [lathe([(0, 0), (reach, 0), (reach, thick * 0.5), (r, thick), (r, h), (0, h)])]
    if style == "trumpet":
        neck = dice.real(0.3, 0.6)
        profile = smooth(
            [
                (reach, 0.012),
                (reach * 0.4, 0.1 * h),
                (r, neck * h),
                (r * 1.3, 0.8 * h),
                (r * dice.real(1.5, 3), h),
            ],
            5,
        )
        return [lathe([(0, 0), (reach, 0), *profile, (0, h)])]
    if style == "block":
        return [prism(w * dice.real(0.4, 0.9), d * dice.real(0.4, 0.9), 0, h, dice.real(0.6, 1.1))]
    if style == "cross":
        thick = dice.real(0.03, 0.06)
        foot = around(
            [
                bar(
                    (0, thick / 2 + dice.pick(0, 0.05), 0),
                    (reach, thick / 2, 0),
                    thick,
                    end=0.7,
                    side=(0, 0, 1),
                )
            ],
            dice.pick(3, 4, 4),
            start=45,
        )
        return [*foot, rod((0, 0.01, 0), (0, h, 0), r)]
    count = dice.pick(3, 4)
    path = smooth([(r, 0.35 * h, 0), (reach * 0.6, 0.22 * h, 0), (reach, 0.015, 0)], 4)
    feet = around([tube(path, np.linspace(0.028, 0.016, len(path)), 8)], count, start=45)
    return [lathe([(0, 0.1 * h), (r * 1.6, 0.1 * h), (r * 1.2, 0.4 * h), (r, h), (0, h)]), *feet]


def side_panels(dice: Dice, w: float, d: float, h: float) -> Parts:
    """A board on each side, with a rail or not."""
    thick, deep = dice.real(0.015, 0.06), d * dice.real(0.7, 1.0)
    if dice.chance(0.3):
        narrow = dice.real(0.5, 0.95)
        outline = [(-deep / 2, 0), (deep / 2, 0), (deep / 2 * narrow, h), (-deep / 2 * narrow, h)]
        parts = both_sides([extrude(outline, thick, 0, (w / 2 - thick / 2, 0, 0))])
    else:
        parts = both_sides([box((w / 2 - thick / 2, h / 2, 0), (thick, h, deep))])
    if dice.chance(0.6):
        y = dice.real(0.2, 0.9) * h
        parts.append(
            box((0, y, dice.pick(0.0, -deep / 2 + thick)), (w - thick, dice.real(0.05, 0.3) * h, thick))
        )
    return parts


def crossed(dice: Dice, w: float, d: float, h: float) -> Parts:
    """Legs that cross, at both sides or at front and back, as folding furniture has them."""
    t = dice.real(0.018, 0.04)
    deep = d / 2 * dice.real(0.8, 1.1)
    x = w / 2 - t
    one = [bar((x, 0, deep), (x, h, -deep), t, t * 1.5), bar((x - t, 0, -deep), (x - t, h, deep), t, t * 1.5)]
    parts = both_sides(one)
    for z in (-deep, deep):
        parts.append(rod((-x, 0.03, z * 0.93), (x, 0.03, z * 0.93), t * 0.4, sides=8))
    if dice.chance(0.3):
        parts = turn(parts, 1, 90)
    return parts


def trestle(dice: Dice, w: float, d: float, h: float) -> Parts:
    """An upright with a foot and a head at each end, and a rail between."""
    t, x = dice.real(0.03, 0.08), w / 2 * dice.real(0.65, 0.95)
    foot, head = d * dice.real(0.6, 0.95), d * dice.real(0.5, 0.9)
    if dice.chance(0.4):  # A-shaped
        end = [bar((x, 0, s * foot / 2), (x, h, s * dice.real(0.05, 0.1) * d), t, t) for s in (-1, 1)]
        end.append(box((x, h * 0.35, 0), (t * 0.6, t, foot * 0.6)))
    else:
        end = [
            box((x, t / 2, 0), (t, t, foot)),
            box((x, h / 2, 0), (t, h, d * dice.real(0.1, 0.4))),
            box((x, h - t / 2, 0), (t, t, head)),
        ]
    return [*both_sides(end), box((0, h * dice.real(0.2, 0.6), 0), (2 * x, t * 1.5, t * 0.6))]


def feet(dice: Dice, w: float, d: float, h: float) -> Parts:
    """Short feet below a body: blocks, cones, balls, bars or a plinth."""
    t = max(h * dice.real(0.5, 1.0), 0.02)
    x, z = w / 2 - t * dice.real(0.7, 1.5), d / 2 - t * dice.real(0.7, 1.5)
    style = dice.pick("block", "cone", "ball", "plinth", "runner", "splay")
    if style == "plinth":
        inset = dice.real(0.0, 0.06)
        return [box((0, h / 2, -inset / 2), (w - 2 * inset, h, d - inset))]
    if style == "runner":
        return both_sides([box((x, h / 2, 0), (t, h, 2 * z))])
    one: Parts
    if style == "block":
        one = [prism(t, t, 0, h, dice.real(1.0, 1.6), (x, z))]
    elif style == "ball":
        one = [ball((x, h / 2, z), (t * 0.6, h / 2 * 1.1, t * 0.6))]
    elif style == "cone":
        one = [rod((x, 0, z), (x, h, z), t * 0.3, t * 0.6)]
    else:
        one = [rod((x + 0.3 * h, 0, z + 0.3 * h), (x, h, z), t * 0.25, t * 0.5)]
    return both_sides(both_sides(one), 2)


def rockers(dice: Dice, w: float, d: float, h: float) -> Parts:
    """Four legs on curved runners."""
    t, x = dice.real(0.02, 0.035), w / 2 - 0.03
    radius = dice.real(0.9, 1.4)
    spread = np.degrees(d * dice.real(0.7, 0.85) / radius)
    path = arc(radius, -90 - spread, -90 + spread, 14, (2, 1)) + [x, radius + t, 0]
    rail = sweep(path, rectangle(t, t * 1.5), (1, 0, 0))
    legs = [rod((x, t, s * d * 0.42), (x * 0.95, h, s * d * 0.38), t * 0.6) for s in (-1, 1)]
    return both_sides([rail, *legs]) + [rod((-x, h * 0.5, d * 0.4), (x, h * 0.5, d * 0.4), t * 0.4, sides=8)]


def tripod(dice: Dice, w: float, d: float, h: float) -> Parts:
    """Three legs, or four to seven on a circle."""
    count, r = dice.pick(3, 3, 4, 5), min(w, d) / 2
    t, inner = dice.real(0.014, 0.03), dice.real(0.2, 0.85)
    top, foot = (r * inner, h, 0), (r * dice.real(inner, 1.15), 0, 0)
    one: Parts = [rod(top, foot, t, t * dice.real(0.5, 1))]
    parts = around(one, count, start=90)
    if dice.chance(0.4):
        s = dice.real(0.3, 0.6)
        level = r * (inner * (1 - s) + foot[0] / r * s)
        hoop = np.insert(regular(20, level), 1, h * (1 - s), axis=1)
        parts.append(tube(hoop, t * 0.5, 8, loop=True))
    return parts

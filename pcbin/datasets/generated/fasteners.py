"""Bolts, nuts, gears, brackets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import (
    Array,
    Part,
    Parts,
    around,
    both_sides,
    copies,
    cut,
    move,
    turn,
)
from pcbin.datasets.generated.solids import (
    ball,
    box,
    extrude,
    lathe,
    regular,
    ring,
    rod,
)
from pcbin.datasets.generated.sweeps import rounded


def tipped(dice: Dice, parts: Parts) -> Parts:
    """Parts as they are, or lying along another axis: machine parts have no upright."""
    return dice.pick(parts, parts, turn(parts, 0, 90), turn(parts, 2, 90))


def drill(at: tuple[float, float, float], r: float, long: float, axis: int = 1) -> Part:
    """A cylinder to cut out, its middle at `at`."""
    step = np.eye(3)[axis] * long / 2
    return rod(np.asarray(at, float) - step, np.asarray(at, float) + step, r, sides=20)


def gear_outline(teeth: int, outer: float, depth: float, width: float = 0.5) -> Array:
    """(4 teeth, 2) outline with trapezoid teeth."""
    pitch = 2 * np.pi / teeth
    offsets = np.array([-0.5, -0.28, 0.28, 0.5]) * width * pitch
    angle = (np.arange(teeth)[:, None] * pitch + offsets * [1.3, 1, 1, 1.3]).ravel()
    reach = np.tile([outer - depth, outer, outer, outer - depth], teeth)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def bolt(dice: Dice) -> Parts:
    """Bolts and screws with many heads; threads are rings along the shaft; some with nut and washer."""
    r, long, head_r = 1.0, dice.real(2, 12), dice.real(1.5, 2.3)
    head_h = dice.real(0.6, 1.6)
    style = dice.pick("hex", "hex", "socket", "pan", "flat", "square", "flange", "wing", "eye")
    parts: Parts = []
    if style in ("hex", "square", "flange"):
        outline = regular(4 if style == "square" else 6, head_r * 1.1, 30)
        parts.append(extrude(outline, head_h, 1, (0, head_h / 2, 0)))
        if style == "flange":
            parts.append(lathe([(0, -0.01), (head_r * 1.5, -0.01), (head_r * 1.45, 0.2), (0, 0.5)]))
    elif style == "socket":
        head = lathe([(0, 0), (head_r, 0), (head_r, head_h), (0, head_h)])
        parts += cut([head], extrude(regular(6, head_r * 0.5), head_h, 1, (0, head_h, 0)))
    elif style in ("pan", "flat"):
        curve = (
            [(head_r, 0), (head_r, 0.25), (head_r * 0.6, head_h), (0, head_h)]
            if style == "pan"
            else [(r, -head_h), (head_r, 0), (0, 0.01)]
        )
        head = lathe([(0, curve[0][1]), *curve])
        slot = box((0, head_h if style == "pan" else 0.0, 0), (3 * head_r, head_h * 0.7, head_r * 0.25))
        parts += cut([head], slot, *([turn([slot], 1, 90)[0]] if dice.chance(0.5) else []))
    elif style == "wing":
        parts += [
            lathe([(0, 0), (1.5, 0), (1.2, 1.4), (0, 1.4)]),
            *both_sides([ball((2.3, 1.6, 0), (1.2, 1.1, 0.3))]),
        ]
    else:
        parts.append(ring((0, head_r, 0), head_r, 0.5, 2))
    smooth_part = dice.real(0.0, 0.7) * long
    pitch = dice.real(0.15, 0.6) * (1 if long < 6 else 1.5)
    turns = max(2, int((long - smooth_part) / pitch))
    ys = np.linspace(-smooth_part, -long, 2 * turns + 1)
    depth = dice.pick(0.0, dice.real(0.05, 0.15))
    thread = [(r * (1 - depth * (k % 2)), y) for k, y in enumerate(ys)]
    tip = dice.pick(0.0, 0.3, dice.real(0.5, 2.0))
    end = [(dice.real(0.05, 0.8) * r, -long - tip), (0, -long - tip)]
    parts.append(lathe([(0, 0.05), (r, 0.05), *thread, *end], sides=20))
    if dice.chance(0.25):
        at = -dice.real(0.6, 0.9) * long
        parts += move(_nut(dice, r), 0, at, 0)
    return tipped(dice, parts)


def _nut(dice: Dice, r: float) -> Parts:
    h = r * dice.real(0.8, 1.6)
    return [extrude(regular(dice.pick(6, 6, 6, 4, 8), r * dice.real(1.7, 2.1), 30), h)]


def nut(dice: Dice) -> Parts:
    """Nuts, washers, spacers, cap and wing nuts, standoffs."""
    r = dice.real(0.3, 0.75)
    style = dice.pick("hex", "hex", "washer", "spacer", "cap", "wing", "flange", "standoff", "square")
    h = dice.real(0.3, 1.2)
    if style == "washer":
        h = dice.real(0.04, 0.25)
        return tipped(dice, [lathe([(r, 0), (1, 0), (1, h), (r, h), (r, 0)])])
    if style == "spacer":
        h = dice.real(0.4, 3)
        return tipped(dice, [lathe([(r, 0), (1, 0), (1, h), (r, h), (r, 0)])])
    if style == "standoff":
        h, long = dice.real(1.5, 6), dice.real(0.5, 2)
        return tipped(
            dice, [extrude(regular(6, 1), h, 1, (0, h / 2, 0)), rod((0, h, 0), (0, h + long, 0), r * 0.8)]
        )
    outline = regular({"square": 4}.get(style, 6), 1, dice.pick(0, 30))
    parts = cut([extrude(outline, h)], drill((0, 0, 0), r, 3 * h))
    if style == "cap":
        parts = [extrude(outline, h), ball((0, h / 2, 0), (0.8, dice.real(0.5, 0.9), 0.8))]
    elif style == "wing":
        parts += both_sides([ball((1.3, 0.4, 0), (0.7, 0.8, 0.15))])
    elif style == "flange":
        parts.append(lathe([(r, -h / 2), (1.5, -h / 2), (1.4, -h / 2 + 0.15), (r, -h / 2 + 0.3)]))
    return tipped(dice, parts)


def gear(dice: Dice) -> Parts:
    """Gears, sprockets, pinions, bevels, racks, with hub, spokes or holes."""
    teeth, depth, h = dice.whole(8, 40), dice.real(0.08, 0.2), dice.real(0.06, 0.6)
    if dice.chance(0.1):
        count, step = dice.whole(6, 20), 0.3
        rack = [box((0, -0.2, 0), (count * step, 0.3, h))]
        tooth = extrude([(-0.14, 0), (0.14, 0), (0.07, 0.3), (-0.07, 0.3)], h, 2)
        return rack + copies([tooth], [((k + 0.5 - count / 2) * step, -0.06, 0) for k in range(count)])
    body: Parts = [extrude(gear_outline(teeth, 1, depth, dice.real(0.4, 0.6)), h)]
    bore = dice.real(0.08, 0.3)
    style = dice.pick("plain", "holes", "spokes", "thin")
    if style == "holes":
        count = dice.whole(3, 8)
        body = cut(body, *around([drill((0.55, 0, 0), min(0.2, 1.2 / count), 2)], count))
    elif style == "spokes":
        count = dice.whole(3, 6)
        rim, hub = (1 - depth) * 0.82, bore * 1.7
        body = cut(body, lathe([(hub, -h), (rim, -h), (rim, h), (hub, h), (hub, -h)]))
        body += around([box(((hub + rim) / 2, 0, 0), (rim - hub + 0.05, h * 0.7, 0.14))], count)
    elif style == "thin":
        groove = lathe(
            [(bore * 1.8, h * 0.2), (0.75, h * 0.2), (0.75, h), (bore * 1.8, h), (bore * 1.8, h * 0.2)]
        )
        body = cut(body, groove)
    if dice.chance(0.5):
        tall = h * dice.real(1.2, 3)
        body.append(rod((0, -h / 2, 0), (0, tall - h / 2, 0), bore * 1.7, sides=20))
    body = cut(body, drill((0, 0, 0), bore, 20))
    if dice.chance(0.2):
        body += move(turn([extrude(gear_outline(max(8, teeth // 2), 0.5, 0.08), h * 1.1)], 1, 5), 1.42, 0, 0)
    return tipped(dice, body)


def bracket(dice: Dice) -> Parts:
    """L, U, Z and T brackets of plate, with holes and gussets; mounting plates; angles."""
    w, t = dice.real(0.3, 1.2), dice.real(0.03, 0.12)
    a, b = dice.real(0.5, 1.2), dice.real(0.4, 1.2)
    style = dice.pick("l", "l", "u", "z", "t", "plate", "clamp")
    holes: Parts = []
    if style == "plate":
        outline = rounded(a, w, dice.real(0.0, 0.4) * min(a, w))
        body: Parts = [extrude(outline, t)]
        corner = drill((a * 0.38, 0, w * 0.35), 0.06 * min(a, w) + 0.02, 1)
        holes += both_sides(both_sides([corner]), 2)
        if dice.chance(0.5):
            holes.append(drill((0, 0, 0), 0.2 * min(a, w), 1))
        if dice.chance(0.4):
            body.append(rod((0, 0, 0), (0, dice.real(0.2, 0.7), 0), 0.26 * min(a, w), sides=24))
        return tipped(dice, cut(body, *holes))
    if style == "clamp":
        r = dice.real(0.2, 0.45)
        strap = lathe([(r, -w / 2), (r + t, -w / 2), (r + t, w / 2), (r, w / 2), (r, -w / 2)])
        half = cut([strap], box((0, 0, -1), (4, 4, 2.0)))
        feet = both_sides([box((r + 0.2, 0, t / 2), (0.4, w, t))])
        return turn(cut([*half, *feet], *both_sides([drill((r + 0.25, 0, 0), 0.06, 1, 2)])), 0, -90)
    paths: dict[str, list[tuple[float, float]]] = {
        "l": [(0, a), (0, 0), (b, 0)],
        "u": [(-b / 2, a), (-b / 2, 0), (b / 2, 0), (b / 2, a * dice.real(0.5, 1))],
        "z": [(-b, a), (0, a), (0, 0), (b, 0)],
        "t": [(-b / 2, 0), (b / 2, 0)],
    }
    line = paths[style]
    body = []
    for (x0, y0), (x1, y1) in pairwise(line):
        size = (abs(x1 - x0) + t, abs(y1 - y0) + t, w)
        body.append(box(((x0 + x1) / 2, (y0 + y1) / 2, 0), size))
        along = abs(x1 - x0) > abs(y1 - y0)
        for s in dice.pick((0.5,), (0.3, 0.7), (0.6,)):
            for z in dice.pick((0.0,), (-w / 4, w / 4)):
                at = (x0 + s * (x1 - x0), y0 + s * (y1 - y0), z)
                holes.append(drill(at, min(0.08, w * 0.12), 4 * t, 1 if along else 0))
    if style == "t":
        body.append(box((0, a / 2, 0), (t, a, w)))
    if style in ("l", "t") and dice.chance(0.5):
        rib: float = min(a, b) * dice.real(0.4, 0.9) * (0.5 if style == "t" else 1)
        side = dice.pick(0.0, w / 2 - t / 2)
        body += both_sides([extrude([(0, 0), (rib, 0), (0, rib)], t, 2, (0, 0, side))], 2)[: 2 if side else 1]
    return tipped(dice, cut(body, *holes))


KINDS: Kinds = {"bolt": bolt, "bracket": bracket, "gear": gear, "nut": nut}

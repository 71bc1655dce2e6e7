"""Machine parts: fasteners, gears, brackets, pipes, housings, bent sheets, springs, wheels, trusses."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.parts import Array, Part, Parts, around, bend, both_sides, copies, cut, move, stretch, turn
from pcbin.datasets.generated.solids import ball, bar, box, closed, extrude, lathe, regular, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import arc, filleted, rectangle, rounded, smooth, sweep, tube


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
        curve = [(head_r, 0), (head_r, 0.25), (head_r * 0.6, head_h), (0, head_h)] if style == "pan" else [(r, -head_h), (head_r, 0), (0, 0.01)]
        head = lathe([(0, curve[0][1]), *curve])
        slot = box((0, head_h if style == "pan" else 0.0, 0), (3 * head_r, head_h * 0.7, head_r * 0.25))
        parts += cut([head], slot, *([turn([slot], 1, 90)[0]] if dice.chance(0.5) else []))
    elif style == "wing":
        parts += [lathe([(0, 0), (1.5, 0), (1.2, 1.4), (0, 1.4)]), *both_sides([ball((2.3, 1.6, 0), (1.2, 1.1, 0.3))])]
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
        return tipped(dice, [extrude(regular(6, 1), h, 1, (0, h / 2, 0)), rod((0, h, 0), (0, h + long, 0), r * 0.8)])
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
        groove = lathe([(bore * 1.8, h * 0.2), (0.75, h * 0.2), (0.75, h), (bore * 1.8, h), (bore * 1.8, h * 0.2)])
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
        for x in (-1, 1):
            for z in (-1, 1):
                holes.append(drill((x * a * 0.38, 0, z * w * 0.35), 0.06 * min(a, w) + 0.02, 1))
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
    paths = {
        "l": [(0, a), (0, 0), (b, 0)],
        "u": [(-b / 2, a), (-b / 2, 0), (b / 2, 0), (b / 2, a * dice.real(0.5, 1))],
        "z": [(-b, a), (0, a), (0, 0), (b, 0)],
        "t": [(-b / 2, 0), (b / 2, 0)],
    }
    line = paths[style]
    body = []
    for (x0, y0), (x1, y1) in zip(line[:-1], line[1:], strict=True):
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
        rib = min(a, b) * dice.real(0.4, 0.9) * (0.5 if style == "t" else 1)
        z = dice.pick(0.0, w / 2 - t / 2)
        body += both_sides([extrude([(0, 0), (rib, 0), (0, rib)], t, 2, (0, 0, z))], 2)[: 2 if z else 1]
    return tipped(dice, cut(body, *holes))


def pipe(dice: Dice) -> Parts:
    """Pipes with elbows, tees, crosses, reducers, valves and flanges."""
    r, t = dice.real(0.08, 0.25), dice.real(0.01, 0.05)
    style = dice.pick("elbow", "elbow", "tee", "cross", "run", "valve", "reducer")
    ends: list[tuple[Array, Array]] = []
    parts: Parts
    if style in ("elbow", "run"):
        count = 3 if style == "elbow" else dice.whole(4, 6)
        points, direction = [np.zeros(3)], 0
        for _ in range(count - 1):
            points.append(points[-1] + np.eye(3)[direction] * dice.real(0.5, 1.2))
            direction = (direction + dice.whole(1, 2)) % 3
        parts = [tube(filleted(points, r * dice.real(1.2, 3)), r, 14)]
        ends = [(points[0], points[0] - points[1]), (points[-1], points[-1] - points[-2])]
    elif style == "reducer":
        long, last = dice.real(0.6, 1.5), r * dice.real(0.4, 0.8)
        parts = [lathe(smooth([(r, 0), (r, long * 0.3), (last, long * 0.7), (last, long)], 4))]
        ends = [(np.zeros(3), np.array([0, -1.0, 0])), (np.array([0, long, 0]), np.array([0, 1.0, 0]))]
    else:
        arms = {"tee": ((1, 0, 0), (-1, 0, 0), (0, 1, 0)), "cross": ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)), "valve": ((1, 0, 0), (-1, 0, 0))}[style]
        parts, long = [], dice.real(0.4, 0.9)
        for arm in arms:
            tip = np.array(arm, float) * long
            parts.append(rod((0, 0, 0), tip, r, sides=16))
            ends.append((tip, np.array(arm, float)))
        parts.append(ball((0, 0, 0), r * dice.real(1.05, 1.5)))
        if style == "valve":
            parts += [rod((0, 0, 0), (0, 3 * r, 0), r * 0.4), ring((0, 3 * r, 0), r * 1.6, r * 0.2), *around([rod((0, 3 * r, 0), (r * 1.6, 3 * r, 0), r * 0.12, sides=8)], 4)]
    open_ends = []
    flanged = dice.chance(0.7)
    for at, out in ends:
        unit = out / np.linalg.norm(out)
        if flanged:
            wide = r * dice.real(1.4, 2.0)
            parts.append(rod(at - unit * r * dice.real(0.3, 0.5), at, wide, sides=24))
        open_ends.append(rod(at - unit * r * 0.8, at + unit * r, r - t, sides=16))
    return tipped(dice, cut(parts, *open_ends))


def housing(dice: Dice) -> Parts:
    """Boxes with open tops, ribs, bosses, flanges, fins; motors and gear cases."""
    w, h, d = dice.real(0.6, 1.4), dice.real(0.25, 0.9), dice.real(0.5, 1.0)
    style = dice.pick("tray", "tray", "case", "motor", "pump")
    if style in ("motor", "pump"):
        long, r = dice.real(0.6, 1.4), dice.real(0.25, 0.4)
        body: Parts = [rod((-long / 2, 0, 0), (long / 2, 0, 0), r, sides=28), rod((long / 2, 0, 0), (long / 2 + dice.real(0.1, 0.4), 0, 0), r * dice.real(0.1, 0.3))]
        if dice.chance(0.6):
            count = dice.whole(12, 30)
            body += around([box((0, r, 0), (long * 0.8, r * 0.25, 0.015))], count, 0)
        body += [rod((x * long / 2, 0, 0), (x * long / 2 + 0.06, 0, 0), r * dice.real(1.05, 1.3), sides=28) for x in (-1, 1)]
        if dice.chance(0.6):
            body += both_sides([box((0, -r, r * 0.7), (long * 0.7, r * 0.5, 0.08))], 2) + both_sides([box((0, -r * 1.25, r * 0.9), (long * 0.7, 0.05, 0.3))], 2)
        if dice.chance(0.5):
            body.append(box((0, r, 0), (0.3, 0.25, 0.25)))
        if style == "pump":
            body += [rod((-long / 2, 0, 0), (-long / 2 - 0.25, 0, 0), r * 1.3, sides=28), rod((-long / 2 - 0.15, 0, 0), (-long / 2 - 0.15, r * 2, 0), r * 0.35, r * 0.35), rod((-long / 2 - 0.2, 0, 0), (-long / 2 - 0.5, 0, 0), r * 0.4)]
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
        extra += [rod((0, h * 0.5, d / 2 - 0.05), (0, h * 0.5, d / 2 + dice.real(0.02, 0.3)), h * dice.real(0.15, 0.4), sides=24)]
    if dice.chance(0.6):
        tabs = both_sides(both_sides([extrude(rounded(0.25, 0.16, 0.07), t, 1, (w / 2 + 0.08, t / 2, d * 0.35))]), 2)
        extra += cut(tabs, *both_sides(both_sides([drill((w / 2 + 0.12, t / 2, d * 0.35), 0.03, 0.2)]), 2))
    holes = [drill((dice.real(-0.3, 0.3) * w, h * dice.real(0.3, 0.7), d / 2), h * dice.real(0.05, 0.2), d * 0.5, 2) for _ in range(dice.whole(0, 3))]
    return tipped(dice, cut(body, *holes) + extra)


def sheet(dice: Dice) -> Parts:
    """Sheets: bent to channels, corrugated, rolled, folded, perforated, draped."""
    w, long, t = dice.real(0.4, 1.2), 1.0, dice.real(0.006, 0.03)
    style = dice.pick("folded", "wave", "rolled", "curved", "channel", "perforated")
    if style == "folded":
        points, angle = [np.zeros(2)], 0.0
        for _ in range(dice.whole(2, 6)):
            points.append(points[-1] + dice.real(0.15, 0.5) * np.array([np.cos(angle), np.sin(angle)]))
            angle += np.radians(dice.pick(90.0, -90.0, dice.real(-120, 120)))
        path = filleted(np.insert(np.array(points), 2, 0, axis=1), 0.05)
        return tipped(dice, [sweep(path, rectangle(w, t), (0, 0, 1))])
    if style == "wave":
        waves = dice.whole(2, 10)
        x = np.linspace(0, long, 12 * waves)
        height = dice.real(0.02, 0.12) * np.sin(2 * np.pi * waves * x)
        if dice.chance(0.4):
            height = np.clip(3 * height, -0.05, 0.05)
        return tipped(dice, [sweep(np.stack([x, height, 0 * x], axis=1), rectangle(w, t), (0, 0, 1))])
    if style == "channel":
        a, b = dice.real(0.2, 0.5), dice.real(0.1, 0.4)
        outline = dice.pick(
            [(-a, b), (-a, 0), (a, 0), (a, b), (a - t, b), (a - t, t), (-a + t, t), (-a + t, b)],
            [(0, 0), (a, 0), (a, t), (t, t), (t, b), (0, b)],
            [(-a, 0), (a, 0), (a, t), (t, t), (t, b), (a, b), (a, b + t), (-a, b + t), (-a, b), (-t, b), (-t, t), (-a, t)],
        )
        return tipped(dice, [extrude(outline, dice.real(0.8, 3), 2)])
    flat: Parts = [box((0, 0, 0), (long, t, w))]
    if style == "perforated":
        nx, nz = dice.whole(3, 7), dice.whole(2, 5)
        r = min(long / nx, w / nz) * dice.real(0.2, 0.4)
        holes = [drill(((i + 0.5) * long / nx - long / 2, 0, (k + 0.5) * w / nz - w / 2), r, 0.2) for i in range(nx) for k in range(nz)]
        flat = cut(flat, *holes)
    parts = bend(flat, dice.real(20, 340 if style == "rolled" else 120), long, 0, 1)
    return tipped(dice, bend(parts, dice.real(-60, 60), w, 2, 1) if style == "curved" else parts)


def spring(dice: Dice) -> Parts:
    """Coil springs, spirals, hooks, chain links, rings, coils on a core."""
    style = dice.pick("coil", "coil", "cone", "spiral", "chain", "hook", "solenoid")
    if style == "chain":
        t, count = dice.real(0.05, 0.12), dice.whole(2, 7)
        link = np.insert(rounded(0.8, 0.5, 0.25, 6), 2, 0, axis=1)
        return [p for k in range(count) for p in move(turn([tube(link, t, 8, loop=True)], 0, 90.0 * (k % 2)), k * (0.8 - 2.2 * t), 0, 0)]
    if style == "hook":
        path = [(0, 1, 0), (0, 0.5, 0), *(arc(0.3, 90, -150, 14, (0, 1)) + [0, 0.1, 0])[1:]]
        return [tube(smooth(path, 3), dice.real(0.04, 0.1)), ring((0, 1.12, 0), 0.14, 0.05, 2)]
    turns, fine = dice.whole(2, 10), 14
    angle = np.linspace(0, 2 * np.pi * turns, fine * turns)
    rise = angle / angle[-1]
    reach = {"coil": 1 + 0 * rise, "cone": 1 - dice.real(0.3, 0.8) * rise, "spiral": 0.15 + 0.85 * rise, "solenoid": 1 + 0 * rise}[style]
    tall = 0.0 if style == "spiral" and dice.chance(0.6) else dice.real(0.8, 4)
    pitch = max(tall, 0.4) / turns if style != "spiral" else 0.85 / turns
    path = np.stack([reach * np.cos(angle), tall * rise, reach * np.sin(angle)], axis=1)
    parts: Parts = [tube(path, min(pitch * dice.real(0.15, 0.48), 0.25), 8)]
    if style == "solenoid":
        parts += [rod((0, -0.1, 0), (0, tall + 0.1, 0), 0.85, sides=20), *(rod((0, y, 0), (0, y + 0.12, 0), 1.4, sides=20) for y in (-0.2, tall + 0.1))]
    return tipped(dice, parts)


def wheel(dice: Dice) -> Parts:
    """Wheels with tyres, rims and spokes; pulleys, bearings, rollers, steering wheels."""
    style = dice.pick("tyre", "tyre", "spokes", "pulley", "bearing", "castor", "steering", "roller")
    w = dice.real(0.1, 0.5)
    if style == "pulley":
        groove = dice.real(0.05, 0.2)
        profile = [(0.15, -w), (1, -w), (1 - groove, -w * 0.2), (1 - groove, w * 0.2), (1, w), (0.15, w), (0.15, -w)]
        return tipped(dice, cut([lathe(profile)], *around([drill((0.5, 0, 0), 0.16, 3)], dice.whole(3, 6))) if dice.chance(0.6) else [lathe(profile)])
    if style == "bearing":
        inner = dice.real(0.3, 0.6)
        mid, t = (1 + inner) / 2, (1 - inner) * 0.22
        rings = [lathe([(a, -w / 2), (b, -w / 2), (b, w / 2), (a, w / 2), (a, -w / 2)]) for a, b in ((inner, inner + t), (1 - t, 1))]
        return tipped(dice, [*rings, *around([ball((mid, 0, 0), (1 - inner) * 0.3)], dice.whole(7, 12))])
    if style == "roller":
        return tipped(dice, [rod((0, -1.5, 0), (0, 1.5, 0), dice.real(0.2, 0.6), sides=24), rod((0, -2, 0), (0, 2, 0), 0.1)])
    if style == "castor":
        r = 0.4
        fork = both_sides([extrude([(-0.12, 0), (0.12, 0), (0.25, 0.6), (-0.25, 0.6)], 0.05, 0, (w * 0.4 + 0.06, 0, 0))])
        return [rod((-w * 0.4, 0, 0), (w * 0.4, 0, 0), r, sides=24), *fork, box((0, 0.6, 0), (w + 0.2, 0.05, 0.6)), rod((0, 0.6, 0), (0, 1.1, 0), 0.1)]
    count = dice.whole(3, 16)
    rim = dice.real(0.04, 0.3)
    parts: Parts = [ring((0, 0, 0), 1 - rim / 2, rim / 2)] if style != "tyre" or dice.chance(0.3) else [lathe(closed(rounded(rim * 1.2, w, rim * 0.4, 5) + [1 - rim * 0.6, 0]), sides=32)]
    hub = dice.real(0.08, 0.25)
    parts.append(rod((0, -w * 0.5, 0), (0, w * 0.5, 0), hub, sides=16))
    if style == "tyre" and dice.chance(0.6):
        parts.append(rod((0, -w * 0.2, 0), (0, w * 0.2, 0), 1 - rim * 0.9, sides=28))
    else:
        t = dice.real(0.015, 0.08)
        parts += around([rod((0, 0, 0), (1 - rim * 0.6, 0, 0), t, sides=8)], count if style != "steering" else dice.whole(2, 4))
    if style == "tyre":
        parts += around([box((1, 0, 0), (0.05, w * 0.8, 0.05))], dice.whole(12, 30))[: dice.pick(0, 60)]
    return tipped(dice, parts)


def truss(dice: Dice) -> Parts:
    """Lattice beams, masts, scaffolds, grids, cages, fences."""
    style = dice.pick("beam", "beam", "grid", "cage", "cell", "fence", "bridge")
    t, n = dice.real(0.01, 0.04), dice.whole(3, 9)
    if style in ("beam", "bridge"):
        a = dice.real(0.2, 0.5)
        corners = dice.pick([(-a, -a), (a, -a), (a, a), (-a, a)], [(-a, -a), (a, -a), (0, a)], [(0, -a), (0, a)])
        step, parts = a * dice.real(1.2, 2.5), []
        for k, (y, z) in enumerate(corners):
            y2, z2 = corners[(k + 1) % len(corners)]
            parts.append(rod((0, y, z), (n * step, y, z), t, sides=8))
            for i in range(n):
                parts.append(rod((i * step, y, z), ((i + 1) * step, y2, z2), t * 0.6, sides=6) if i % 2 else rod((i * step, y2, z2), ((i + 1) * step, y, z), t * 0.6, sides=6))
            for i in range(0, n + 1, dice.pick(1, 2)):
                parts.append(rod((i * step, y, z), (i * step, y2, z2), t * 0.6, sides=6))
        if style == "bridge":
            parts.append(box((n * step / 2, -a, 0), (n * step, 0.05, 2 * a + 0.3)))
            parts += [box((x, -a - 0.5, 0), (0.15, 1.0, 2 * a)) for x in (0.1, n * step - 0.1)]
            return parts
        return dice.pick(parts, turn(parts, 2, 90))
    if style == "cell":
        n = dice.whole(2, 4)
        at = np.linspace(-0.5, 0.5, n)
        parts = [rod(*(np.insert((u, v), axis, e) for e in (-0.5, 0.5)), t, sides=8) for axis in range(3) for u in at for v in at]
        return parts + ([ball((x, y, z), 2 * t) for x in at for y in at for z in at] if dice.chance(0.4) else [])
    if style == "cage":
        count, h = dice.whole(8, 20), dice.real(0.6, 2)
        parts = around([rod((0.5, 0, 0), (0.5, h, 0), t * 0.6, sides=8)], count)
        parts += [ring((0, y, 0), 0.5, t) for y in np.linspace(0, h, dice.whole(2, 6))]
        return parts + ([ball((0, h, 0), (0.5, 0.4, 0.5))] if dice.chance(0.4) else [])
    w, h = dice.real(0.6, 2.0), dice.real(0.4, 1.0)
    parts = [box((x, h / 2, 0), (t, h, t)) for x in np.linspace(-w / 2, w / 2, dice.whole(4, 16))]
    parts += [box((0, y, dice.pick(0, t)), (w, t, t)) for y in np.linspace(0.1 * h, 0.95 * h, 2 if style == "fence" else dice.whole(3, 12))]
    if style == "fence":
        parts += both_sides([box((w / 2, h * 0.55, 0), (3 * t, h * 1.1, 3 * t))])
    return dice.pick(parts, turn(parts, 0, 90)) if style == "grid" else parts


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
        leaf = cut([box((w / 2, 0, 0), (w, h, t))], *(drill((w * 0.6, y * h, 0), 0.05, 1, 2) for y in (-0.3, 0, 0.3)))
        return [*leaf, *turn(stretch(leaf, -1, 1, 1), 1, a), rod((0, -h / 2, 0), (0, h / 2, 0), 0.06)]
    long, r1, r2, t = dice.real(1, 2.5), dice.real(0.2, 0.45), dice.real(0.12, 0.3), dice.real(0.1, 0.3)
    body = [rod((0, -t / 2, 0), (0, t / 2, 0), r1, sides=24), rod((long, -t / 2, 0), (long, t / 2, 0), r2, sides=24), bar((0, 0, 0), (long, 0, 0), r1 * 1.2, t * 0.6, r2 / r1, side=(0, 0, 1))]
    if style == "lever":
        body += [bar((0, 0, 0), (-long * 0.3, 0, long * 0.4), r1, t * 0.6, side=(0, 1, 0)), rod((-long * 0.3, -t / 2, long * 0.4), (-long * 0.3, t / 2, long * 0.4), r2)]
    return tipped(dice, cut(body, drill((0, 0, 0), r1 * 0.6, 2), drill((long, 0, 0), r2 * 0.55, 2)))


KINDS = {
    "bolt": bolt, "bracket": bracket, "gear": gear, "housing": housing, "nut": nut, "pipe": pipe, "shaft": shaft,
    "sheet": sheet, "spring": spring, "truss": truss, "wheel": wheel,
}  # fmt: skip

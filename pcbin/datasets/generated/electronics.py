"""Electronic parts: packages with pins, connectors, passives, heat sinks, modules. The board is y = 0."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.parts import Parts, Vector, around, both_sides, copies, cut, move, turn
from pcbin.datasets.generated.solids import SIDES, ball, box, extrude, lathe, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, rectangle, rounded, sweep, tube


def row(count: int, pitch: float) -> list[float]:
    """Positions of pins about 0."""
    return [(k - (count - 1) / 2) * pitch for k in range(count)]


def _body(dice: Dice, w: float, h: float, d: float, y: float = 0.0) -> Parts:
    """A moulded body: a box, or two halves that taper from the parting line."""
    if dice.chance(0.4):
        return [box((0, y + h / 2, 0), (w, h, d))]
    if dice.chance(0.3):
        return [rounded_box((0, y + h / 2, 0), (w, h, d), min(h, w, d) * dice.real(0.05, 0.25))]
    outline = [(-d / 2 * 0.93, 0), (-d / 2, h / 2), (-d / 2 * 0.93, h), (d / 2 * 0.93, h), (d / 2, h / 2), (d / 2 * 0.93, 0)]
    return [extrude([(a, b - h / 2) for a, b in outline], w * 0.98, 0, (0, y + h / 2, 0))]


def _gull(d: float, h: float, t: float, w: float, out: float) -> Parts:
    """A gull wing lead at +z of a body of depth d, its width along x."""
    path = [(0, h / 2, d / 2 - 0.02), (0, h / 2, d / 2 + out * 0.35), (0, t / 2, d / 2 + out * 0.55), (0, t / 2, d / 2 + out)]
    return [sweep(path, rectangle(w, t), (1, 0, 0))]


def chip(dice: Dice) -> Parts:
    """SO, SSOP, TSSOP, SOT, QFP, TQFP, QFN, DFN, PLCC, BGA, LGA."""
    style = dice.pick("so", "so", "qfp", "qfp", "qfn", "bga", "sot", "plcc", "tab")
    pitch, h = dice.pick(0.5, 0.65, 0.8, 1.27), dice.real(0.6, 2.0)
    t = 0.15
    if style in ("so", "sot", "tab"):
        count = dice.whole(2, 14) if style == "so" else dice.whole(1, 4)
        w, d = count * pitch + dice.real(0.2, 1.0), dice.real(1.2, 8.0) if style == "so" else dice.real(1.0, 6.0)
        pins = copies(_gull(d, h, t, pitch * 0.4, dice.real(0.6, 1.2)), [(x, 0, 0) for x in row(count, pitch)])
        other = pins
        if style == "tab":
            other = [box((0, t / 2, d / 2 + 0.4), (w * dice.real(0.6, 1.1), t * 2, 1.2))]
        elif style == "sot" and count > 1:
            other = copies(_gull(d, h, t, pitch * 0.4, 0.7), [(x, 0, 0) for x in row(count - 1, pitch * (2 if count == 3 else 1))])
        parts = [*_body(dice, w, h, d, 0.1), *pins, *turn(other, 1, 180)]
    elif style in ("qfp", "plcc"):
        count = dice.whole(6, 26)
        w = count * pitch + dice.real(1.0, 2.5)
        if style == "qfp":
            side = copies(_gull(w, h, t, pitch * 0.45, dice.real(0.8, 1.2)), [(x, 0, 0) for x in row(count, pitch)])
        else:
            h = dice.real(2.5, 4)
            side = copies([tube(filleted([(0, h / 2, w / 2), (0, h / 2, w / 2 + 0.3), (0, 0, w / 2 + 0.3), (0, 0, w / 2 - 0.2)], 0.2, 3), 0.18, 6)], [(x, 0, 0) for x in row(count, pitch)])
        parts = [*_body(dice, w, h, w, 0.1), *(p for k in range(4) for p in turn(side, 1, 90.0 * k))]
    elif style == "qfn":
        count, w = dice.whole(2, 16), dice.real(2, 10)
        count = min(count, int(w / 0.5))
        d = w if dice.chance(0.6) else w * dice.real(0.5, 1.0)
        parts = [box((0, h / 2 + 0.03, 0), (w, h, d)), box((0, 0.05, 0), (w * 0.6, 0.1, d * 0.6))]
        parts += both_sides([box((x, 0.1, d / 2 - 0.15), (0.25, 0.2, 0.36)) for x in row(count, w * 0.8 / count)], 2)
        parts += both_sides([box((w / 2 - 0.15, 0.1, z), (0.36, 0.2, 0.25)) for z in row(count, d * 0.8 / count)])
    else:
        nx = dice.whole(4, 16)
        nz = nx if dice.chance(0.7) else dice.whole(4, 16)
        pitch = dice.pick(0.5, 0.8, 1.0)
        r, w, d = pitch * 0.28, (nx + 0.5) * pitch, (nz + 0.5) * pitch
        skip = dice.whole(0, min(nx, nz) // 3)
        spots = [(x, z) for i, x in enumerate(row(nx, pitch)) for k, z in enumerate(row(nz, pitch)) if not (skip and abs(i - nx / 2 + 0.5) < skip and abs(k - nz / 2 + 0.5) < skip)]
        parts = [box((0, r + h / 2, 0), (w, h * 0.5, d)), box((0, r + h * 0.7, 0), (w * dice.real(0.7, 0.98), h * 0.5, d * dice.real(0.7, 0.98)))]
        parts += [rod((x, 0, z), (x, r * 1.8, z), r, sides=6) for x, z in spots]
    return turn(parts, 1, dice.pick(0.0, 90.0))


def dip(dice: Dice) -> Parts:
    """Parts with two rows of straight pins: DIPs, displays, optocouplers, relays, converters, oscillators."""
    count, pitch = dice.whole(2, 20), 2.54
    span, h = dice.pick(7.62, 7.62, 15.24, 10.16), dice.real(3, 5)
    style = dice.pick("dip", "dip", "block", "display", "sip", "switch")
    w = count * pitch
    if style == "dip":
        lead = [box((0, h * 0.3, span / 2), (1.3, h * 0.6, 0.3)), box((0, -1.0, span / 2), (0.5, 4.4, 0.3)), box((0, h * 0.55, span / 2 - 0.4), (1.3, 0.3, 1.0))]
        parts = _body(dice, w, h, span - 1.2, 0.5) + both_sides(copies(lead, [(x, 0, 0) for x in row(count, pitch)]), 2)
    elif style == "sip":
        tall, d = dice.real(6, 14), dice.real(2, 9)
        parts = _body(dice, w, tall, d, 0.3) + [box((x, -1.5, 0), (0.5, 4, 0.3)) for x in row(count, pitch)]
    else:
        h = {"block": dice.real(5, 16), "display": dice.real(5, 8), "switch": dice.real(3, 5)}[style]
        d = span + dice.real(1, 6)
        parts = _body(dice, w + dice.real(0, 3), h, d)
        some = [x for x in row(count, pitch) if style != "block" or dice.chance(0.5)] or [0.0]
        parts += both_sides([rod((x, -3, span / 2), (x, 0.3, span / 2), 0.3, sides=8) for x in some], 2)
        if style == "switch":
            parts += [box((x, h + 0.4, dice.pick(-1.0, 1.0)), (1.2, 1.0, 1.4)) for x in row(count, pitch)]
    return turn(parts, 1, dice.pick(0.0, 90.0))


def header(dice: Dice) -> Parts:
    """Pin headers and sockets, straight or angled, one to three rows, any pitch."""
    count, rows, pitch = dice.whole(1, 25), dice.pick(1, 1, 2, 2, 3), 1.0
    t, base, up, down = 0.25 * pitch, dice.real(0.8, 1.1), dice.real(1.5, 4), dice.real(0.8, 1.4)
    xs, zs = row(count, pitch), row(rows, pitch)
    style = dice.pick("pins", "pins", "angled", "socket", "box", "smd")
    parts: Parts = []
    if style == "socket":
        h = dice.real(2, 3.5)
        parts = [box((0, h / 2, 0), (count * pitch, h, rows * pitch))]
        parts = cut(parts, *(box((x, h, z), (t * 1.4, h * 0.8, t * 1.4)) for x in xs for z in zs)) if count * rows < 12 else parts
        return turn(parts + [box((x, -down / 2, z), (t * 0.8, down + 0.2, t * 0.8)) for x in xs for z in zs], 1, dice.pick(0.0, 90.0))
    if style == "box":  # a shrouded header
        h, t2 = up + base, 0.3
        shroud = cut([box((0, h / 2, 0), ((count + 1.6) * pitch, h, (rows + 1.4) * pitch))], box((0, h / 2 + base, 0), ((count + 1) * pitch, h, (rows + 0.8) * pitch)))
        shroud = cut(shroud, box((0, h, (rows + 1.4) / 2), (dice.real(0.8, 2), h, t2 * 4)))
        return shroud + [box((x, (up - down) / 2, z), (t, up + down, t)) for x in xs for z in zs]
    if dice.chance(0.5):
        parts += [extrude(rounded(pitch, rows * pitch, 0.25, 2), base, 1, (x, base / 2, 0)) for x in xs]
    else:
        parts.append(box((0, base / 2, 0), (count * pitch, base, rows * pitch)))
    for x in xs:
        for k, z in enumerate(zs):
            if style == "angled":
                y = base / 2 + k * pitch
                parts.append(box((x, (y - down) / 2, z), (t, y + down, t)))
                parts.append(box((x, y, z + up / 2 + rows * pitch / 2), (t, t, up + rows * pitch)))
            elif style == "smd":
                side = -1 if k % 2 == 0 else 1
                parts += [box((x, up / 2, z), (t, up, t)), box((x, t / 2, side * (rows / 2 + 0.5) * pitch), (t, t, 2.2))]
            else:
                parts.append(box((x, (base + up - down) / 2, z), (t, base + up + down, t)))
    if style == "angled":
        parts.append(box((0, rows * pitch / 2, rows * pitch / 2 + base / 2), (count * pitch, rows * pitch, base)))
    return turn(parts, 1, dice.pick(0.0, 90.0))


def terminal(dice: Dice) -> Parts:
    """Terminal blocks and pluggable connectors of n poles: a stepped profile extruded, with openings and screws."""
    count, pitch = dice.whole(2, 16), dice.real(3.5, 7.6)
    h, d = dice.real(7, 16), dice.real(6, 14)
    w = count * pitch
    step, slope = dice.real(0.3, 0.8), dice.real(0.3, 1.0)
    outline = [(-d / 2, 0), (d / 2, 0), (d / 2, h * step), (d / 2 * slope, h * dice.real(step, 1.0)), (d / 2 * slope * 0.8, h), (-d / 2 * dice.real(0.4, 1.0), h), (-d / 2, h * dice.real(0.4, 0.95))]
    parts: Parts = [extrude(outline, w, 0)]
    xs = row(count, pitch)
    style = dice.pick("screw", "plug", "plug", "plain")
    if count <= 8:
        parts = cut(parts, *(box((x, h * step * 0.5, d / 2), (pitch * 0.7, h * step * 0.6, d * dice.real(0.3, 0.8))) for x in xs))
    else:
        parts += [box((x + pitch / 2, h * step * 0.5, d / 2), (pitch * 0.15, h * step, 0.8)) for x in xs]
    if style == "screw":
        parts += [rod((x, h - 1, 0), (x, h + 0.3, 0), pitch * 0.3, sides=12) for x in xs]
    if style == "plug":
        parts += [box((x, h * 0.7, -d / 2), (pitch * 0.5, h * 0.3, 1.5)) for x in xs]
    parts += [box((x, -1.5, z), (0.9, 4, 0.6)) for x in xs for z in dice.pick((0.0,), (0.0,), (-d / 4, d / 4))]
    return turn(parts, 1, dice.pick(0.0, 0.0, 90.0))


def connector(dice: Dice) -> Parts:
    """JST-like shells, USB, HDMI and card shells, jacks, coaxial and round connectors."""
    style = dice.pick("shell", "shell", "shell", "tongue", "jack", "coax", "flat")
    count, pitch = dice.whole(2, 16), dice.real(1, 2.5)
    w, h, d, t = count * pitch + dice.real(1, 3), dice.real(3, 8), dice.real(3, 8), dice.real(0.3, 0.8)
    xs = row(count, pitch)
    if style == "shell":
        up = dice.chance(0.5)
        body = cut([box((0, h / 2, 0), (w, h, d))], box((0, h / 2 + (t if up else 0), 0 if up else t), (w - 2 * t, h if up else h - 2 * t, d - 2 * t if up else d)))
        for x in (-0.3, 0.3) if dice.chance(0.5) else ():
            body = cut(body, box((x * w, h * 0.7, d / 2), (w * 0.12, h, 3 * t)))
        pins: Parts = []
        for x in xs:
            pins.append(box((x, h * 0.3, 0), (0.5, h * 0.9, 0.5)) if up else box((x, h / 2, 0), (0.5, 0.5, d * 0.9)))
            pins.append(box((x, -1, dice.pick(0.0, -d / 3)), (0.5, 3, 0.5)))
        if dice.chance(0.4):
            pins += both_sides([box((w / 2 + 0.2, h * 0.3, 0), (0.5, h * 0.6, d * 0.4))])
        parts = body + pins
    elif style == "tongue":
        w = dice.real(7, 16)
        outer = rounded(w, h, dice.pick(0.2, h * 0.45), 5)
        body = cut([extrude(outer, d, 2)], extrude(outer * [1 - 2 * t / w, 1 - 2 * t / h], d, 2, (0, 0, t)))
        parts = move([*body, box((0, 0, 0), (w * 0.75, h * 0.25, d * 0.8))], 0, h / 2, 0)
        parts += both_sides([box((w / 2, -0.5, z), (0.3, 2.5, 1)) for z in (-d / 3, d / 3)])
        parts += [box((x * w * 0.06, 0.1, -d / 2 - 0.5), (0.4, 0.3, 1.5)) for x in row(count % 6 + 3, 1)]
    elif style == "jack":
        h = d = dice.real(8, 14)
        r = h * dice.real(0.25, 0.4)
        body = [box((0, h / 2, 0), (h, h, dice.real(8, 16)))]
        parts = [*body, *move(cut([rod((0, 0, 0), (0, 0, 5), r, sides=SIDES)], rod((0, 0, 1), (0, 0, 9), r * 0.7, sides=SIDES)), 0, h / 2, d * 0.5)]
        parts += [box((x, -1.5, z), (1.5, 4, 0.5)) for x, z in ((0, -4), (0, 0), (3, -2))]
    elif style == "coax":
        r, long = dice.real(2, 4), dice.real(5, 12)
        barrel = lathe([(r * 0.7, 1), (r, 1), (r, long * 0.6), (r * 1.15, long * 0.6), (r * 1.15, long * 0.7), (r, long * 0.7), (r, long), (r * 0.7, long), (r * 0.7, 1)])
        parts = [barrel, rod((0, -2, 0), (0, long * 0.8, 0), r * 0.2), box((0, 0.8, 0), (r * 2.4, 1.6, r * 2.4))]
        parts += both_sides(both_sides([box((r, -2, r), (0.9, 4, 0.9))]), 2)
        if dice.chance(0.5):
            parts = move(turn(parts[:2], 0, 90), 0, r * 1.2, 0) + [box((0, r * 1.2, 0), (r * 2.4, r * 2.4, r * 2)), *parts[3:]]
    else:
        h, d = dice.real(1, 2.5), dice.real(3, 6)
        parts = [box((0, h / 2, 0), (w, h, d)), box((0, h * 0.8, d * 0.4), (w * 0.96, h * 0.6, d * 0.3))]
        parts += [box((x, 0.1, -d / 2 - 0.5), (pitch * 0.4, 0.2, 1.2)) for x in xs]
        parts += both_sides([box((w / 2, 0.2, 0), (1.2, 0.4, d * 0.6))])
    return turn(parts, 1, dice.pick(0.0, 90.0, 180.0))


def axial(dice: Dice) -> Parts:
    """Resistors, diodes, inductors and fuses between two wires, lying or standing."""
    long, r = dice.real(3, 12), dice.real(0.7, 3)
    wire, reach = dice.real(0.2, 0.45), dice.real(1.5, 5)
    style = dice.pick("bone", "cylinder", "cylinder", "block", "caps")
    if style == "bone":
        profile = [(0, 0), (r, 0), (r, long * 0.2), (r * 0.8, long * 0.28), (r * 0.8, long * 0.72), (r, long * 0.8), (r, long), (0, long)]
        body: Parts = [lathe(profile)]
    elif style == "block":
        body = [box((0, long / 2, 0), (2 * r, long, 2 * r))]
    else:
        body = [rod((0, 0, 0), (0, long, 0), r, sides=20)]
        if style == "caps":
            body += [rod((0, y, 0), (0, y + long * 0.15, 0), r * 1.15, sides=20) for y in (0, long * 0.85)]
    if dice.chance(0.3):  # standing
        lift = dice.real(0.5, 2)
        path = filleted([(0, long + lift, 0), (0, long + lift + 1.5, 0), (reach + r, long + lift + 1.5, 0), (reach + r, -3, 0)], 1)
        return [*move(body, 0, lift, 0), tube(path, wire, 8), rod((0, -3, 0), (0, lift + 0.1, 0), wire)]
    y = r + dice.pick(0.0, dice.real(0, 2))
    lying = move(turn(move(body, 0, -long / 2, 0), 2, 90), 0, y, 0)
    leg = tube(filleted([(long / 2 - 0.1, y, 0), (long / 2 + reach, y, 0), (long / 2 + reach, -3, 0)], 0.9), wire, 8)
    return turn([*lying, *both_sides([leg])], 1, dice.pick(0.0, 90.0))


def radial_part(dice: Dice) -> Parts:
    """Capacitors, LEDs, varistors, crystals, transistors, buzzers: a body upon two or three wires."""
    style = dice.pick("can", "can", "disc", "disc", "led", "box", "crystal", "to92", "to220", "battery", "drop")
    wire, down, legs = dice.real(0.2, 0.4), dice.real(2, 8), dice.pick(2, 2, 3)
    spread = dice.real(1.2, 3.8)
    lift = dice.pick(0.0, dice.real(0.2, 2))
    if style in ("can", "battery"):
        r, h = (dice.real(2, 9), dice.real(4, 25)) if style == "can" else (dice.real(5, 12), dice.real(2, 6))
        body: Parts = [lathe([(0, 0), (r * 0.95, 0), (r, 0.4), (r, 1), (r * 0.93, 1.4), (r, 1.8), (r, h - 0.4), (r * 0.94, h), (0, h)])] if dice.chance(0.5) else [lathe([(0, 0), (r, 0), (r, h), (0, h)])]
        if dice.chance(0.2):
            body.append(box((0, 0.4, 0), (2.1 * r, 0.8, 2.1 * r)))
    elif style in ("disc", "drop"):
        r, t = dice.real(3, 10), dice.real(1, 3)
        body = [rod((0, r, -t / 2), (0, r, t / 2), r, sides=28)] if style == "disc" and dice.chance(0.5) else [ball((0, r, 0), (r, r * dice.real(0.8, 1.2), t))]
        lift, spread = dice.real(0.3, 3), r * 0.6
    elif style == "led":
        r, h = dice.real(1.5, 2.5), dice.real(3, 7)
        body = [rod((0, 0, 0), (0, 0.9, 0), r * 1.16, sides=24), rod((0, 0.5, 0), (0, h, 0), r, sides=24), ball((0, h, 0), r)]
        lift, spread = dice.real(0, 4), 1.27
    elif style == "box":
        w, h, d = dice.real(4, 20), dice.real(4, 16), dice.real(2, 10)
        body, spread = [rounded_box((0, h / 2, 0), (w, h, d), dice.real(0.1, 0.6))], w * 0.36
    elif style == "crystal":
        w, d, h = dice.real(8, 11), dice.real(3.5, 4.8), dice.real(3, 13)
        body = [extrude(rounded(w, d, d / 2, 7), h, 1, (0, h / 2, 0)), extrude(rounded(w + 0.8, d + 0.8, d / 2, 7), 0.6, 1, (0, 0.3, 0))]
        spread, legs = 2.4, 2
    elif style == "to92":
        h, r = dice.real(4, 5.5), 2.4
        body = cut([rod((0, 0, 0), (0, h, 0), r, sides=24)], box((0, h / 2, 2 * r), (9, 2 * h, 2.2 * r)))
        spread, legs, lift = 1.5, 3, dice.real(1, 4)
    else:
        w, h, t = 10.0, dice.real(8, 10), 4.4
        body = [box((0, h / 2, 0), (w, h, t)), *cut([box((0, h + 3, -1.6), (w, 6.5, 1.3))], rod((0, h + 3.4, -5), (0, h + 3.4, 5), 1.8, sides=16))]
        spread, legs, down, lift = 2.54, dice.whole(2, 5), dice.real(5, 13), 1.0
        if dice.chance(0.3):
            body = turn(body, 0, -90, (0, 0, 0))
    pins = [rod((x, -down, 0), (x, lift + 0.4, 0), wire, sides=8) for x in row(legs, 2 * spread / (legs - 1))]
    return turn(move(body, 0, lift, 0) + pins, 1, dice.pick(0.0, 90.0, 45.0))


def smd(dice: Dice) -> Parts:
    """Chip resistors and capacitors, tantalums, MELFs, power inductors, crystals, cans, LEDs, fuses."""
    w, d, h = dice.real(1, 6), dice.real(0.5, 4), dice.real(0.3, 3)
    style = dice.pick("chip", "chip", "tantalum", "melf", "inductor", "can", "led", "crystal")
    if style == "chip":
        end = w * dice.real(0.1, 0.3)
        parts: Parts = [box((0, h / 2, 0), (w * 0.96, h * 0.92, d * 0.96)), *both_sides([box((w / 2 - end / 2, h / 2, 0), (end, h, d))])]
    elif style == "tantalum":
        parts = [*_body(dice, w, h, d, 0.1), *both_sides([box((w / 2 + 0.05, h * 0.3, 0), (0.15, h * 0.5, d * 0.6)), box((w / 2 - 0.3, 0.07, 0), (0.8, 0.14, d * 0.6))])]
    elif style == "melf":
        r = d / 2
        parts = [rod((-w / 2, r, 0), (w / 2, r, 0), r * 0.94, sides=20), *both_sides([rod((w / 2 - w * 0.2, r, 0), (w / 2, r, 0), r, sides=20)])]
    elif style == "inductor":
        r = dice.real(2, 6)
        core = lathe([(0, 0.5), (r, 0.5), (r, r * 0.25), (r * 0.7, r * 0.3), (r * 0.7, r * 0.8), (r, r * 0.85), (r, r), (0, r)])
        frame = cut([extrude(rounded(2.3 * r, 2.3 * r, r * dice.real(0.1, 0.6)), r * 0.9, 1, (0, r * 0.5, 0))], rod((0, -1, 0), (0, 9, 0), r * 1.02, sides=24))
        parts = [core, *(frame if dice.chance(0.5) else [box((0, 0.25, 0), (2.1 * r, 0.5, 2.1 * r))]), *both_sides([box((r * 1.1, 0.15, 0), (0.6, 0.3, r * 0.7))])]
    elif style == "can":
        r, h = dice.real(2, 6), dice.real(5, 12)
        base = [(-r, -r), (r * 0.5, -r), (r, -r * 0.5), (r, r * 0.5), (r * 0.5, r), (-r, r)]
        parts = [lathe([(0, 0), (r * 0.95, 0), (r * 0.95, h * 0.15), (r * 0.85, h * 0.2), (r * 0.95, h * 0.28), (r * 0.95, h), (0, h)]), extrude(np.array(base) * 1.05, h * 0.1, 1, (0, h * 0.05, 0)), *both_sides([box((r + 0.3, 0.1, 0), (1.2, 0.2, 0.8))])]
    elif style == "led":
        parts = [box((0, h * 0.3, 0), (w, h * 0.6, d)), dice.pick(ball((0, h * 0.5, 0), (d * 0.45, h * 0.7, d * 0.45)), box((0, h * 0.6, 0), (w * 0.6, h * 0.8, d * 0.9))), *both_sides([box((w / 2, h * 0.15, 0), (w * 0.2, h * 0.3, d * 0.7))])]
    else:
        parts = [box((0, h * 0.35, 0), (w, h * 0.7, d)), rounded_box((0, h * 0.7, 0), (w * 0.88, h * 0.5, d * 0.85), h * 0.1)]
        parts += both_sides(both_sides([box((w / 2 - w * 0.12, 0.05, d / 2 - d * 0.12), (w * 0.25, 0.12, d * 0.25))]), 2)
    return turn(parts, 1, dice.pick(0.0, 90.0))


def heatsink(dice: Dice) -> Parts:
    """Heat sinks with plate or pin fins, extruded or radial."""
    w, d, base, h = dice.real(10, 40), dice.real(10, 40), dice.real(1, 4), dice.real(5, 25)
    style = dice.pick("plates", "plates", "pins", "radial", "profile")
    if style == "plates":
        count, t = dice.whole(4, 16), dice.real(0.3, 0.6)
        parts: Parts = [box((0, base / 2, 0), (w, base, d))] + [box((x, base + h / 2 - 0.1, 0), (t * w / count, h, d)) for x in row(count, w / count * 0.98)]
    elif style == "pins":
        nx, nz = dice.whole(3, 9), dice.whole(3, 9)
        parts = [box((0, base / 2, 0), (w, base, d))] + [box((x, base + h / 2, z), (w / nx * 0.45, h, d / nz * 0.45)) for x in row(nx, w / nx) for z in row(nz, d / nz)]
    elif style == "radial":
        parts = [rod((0, 0, 0), (0, h, 0), w * 0.18, sides=20), *around([box((w * 0.33, h / 2, 0), (w * 0.34, h, w * 0.02))], dice.whole(8, 24))]
    else:
        arm = dice.real(0.3, 0.8) * w
        parts = [box((0, h / 2, 0), (w * 0.6, h, 1.5))] + both_sides([box((w * 0.3 + k * 3, h / 2, arm / 4), (1.2, h, arm / 2 + 1.5)) for k in range(dice.whole(1, 3))]) + both_sides([box((w * 0.3 + 3, h / 2, 0), (7, h, 1.5))])
    return turn(parts, 0, dice.pick(0.0, 0.0, 90.0))


def magnetics(dice: Dice) -> Parts:
    """Transformers, toroids, chokes, relays, buzzers."""
    style = dice.pick("transformer", "toroid", "toroid", "bobbin", "relay")
    if style == "toroid":
        r, t, h = dice.real(5, 12), dice.real(1.5, 4), dice.real(4, 9)
        count = dice.whole(10, 30)
        core = lathe([(r - t, -h / 2), (r + t, -h / 2), (r + t, h / 2), (r - t, h / 2), (r - t, -h / 2)], sides=32)
        turn_ = np.insert(rounded(2 * t + 0.8, h + 0.8, 0.6, 3), 2, 0, axis=1) + [r, 0, 0]
        span = dice.pick(1.0, 0.45)
        wires = [p for k in range(count) for p in turn([tube(turn_, 0.4, 6, loop=True)], 1, 360 * span * k / count)]
        parts = [core, *wires]
        return move(turn(parts, 0, dice.pick(0.0, 90.0)), 0, r + t, 0) + both_sides([rod((r * 0.4, -4, 0), (r * 0.4, r * 0.8, 0), 0.4)])
    w, h, d = dice.real(14, 40), dice.real(12, 35), dice.real(10, 30)
    if style == "relay":
        return [*_body(dice, w, h, d, 0.3), *(box((x, -2, z), (0.9, 4.6, 0.5)) for x, z in ((-w * 0.4, 0), (w * 0.4, -d * 0.3), (w * 0.4, d * 0.3), (w * 0.1, -d * 0.3), (w * 0.1, d * 0.3)))]
    if style == "bobbin":
        r = d / 2
        return [rod((0, 0, 0), (0, h * 0.12, 0), r, sides=24), rod((0, 0, 0), (0, h, 0), r * 0.75, sides=24), rod((0, h * 0.88, 0), (0, h, 0), r, sides=24), *both_sides([rod((r * 0.5, -4, 0), (r * 0.5, 0.1, 0), 0.5)])]
    core = cut([box((0, h / 2 + 1, 0), (w, h, d * 0.5))], *both_sides([box((w * 0.22, h / 2 + 1, 0), (w * 0.2, h * 0.7, d))]))
    coil = rounded_box((0, h / 2 + 1, 0), (w * 0.62, h * 0.68, d), 2)
    return [*core, coil, box((0, 1, 0), (w * 0.7, 2, d)), *both_sides([rod((x, -3, d * 0.4), (x, 1, d * 0.4), 0.5, sides=8) for x in row(dice.whole(2, 5), w * 0.12)], 2)]


def switch(dice: Dice) -> Parts:
    """Push buttons, toggles, slides, rockers, potentiometers, rotary knobs."""
    w, h, d = dice.real(4, 14), dice.real(3, 8), dice.real(4, 12)
    parts = _body(dice, w, h, d)
    style = dice.pick("button", "button", "toggle", "slide", "pot", "key")
    if style == "button":
        r, tall = min(w, d) * dice.real(0.15, 0.4), dice.real(0.5, 8)
        parts.append(rod((0, h - 0.1, 0), (0, h + tall, 0), r, sides=20) if dice.chance(0.7) else box((0, h + tall / 2, 0), (1.6 * r, tall, 1.6 * r)))
        if dice.chance(0.4):
            parts.append(rounded_box((0, h + tall, 0), (w * 0.9, 2, d * 0.9), 0.6))
    elif style == "toggle":
        tip = (0, h + dice.real(6, 12), dice.real(-3, 3))
        parts += [rod((0, h, 0), (0, h + 3, 0), min(w, d) * 0.3, sides=16), rod((0, h + 2, 0), tip, 0.8, 1.3)]
    elif style == "slide":
        parts.append(box((w * dice.pick(-0.2, 0.2), h + 1, 0), (w * 0.2, 3, d * 0.3)))
    elif style == "pot":
        r = dice.real(2, 4)
        parts += [rod((0, h, 0), (0, h + dice.real(3, 15), 0), r, r * 0.9, sides=20), rod((0, h, 0), (0, h + 2, 0), r * 1.3, sides=20)]
    else:
        parts.append(rounded_box((0, h + 2, 0), (w * 1.1, 4, d * 1.1), 1))
    x, z = w * 0.4, d / 2 - 0.5
    pins = dice.pick(
        [box((x, -1.2, z), (0.8, 4, 0.4))],
        [box((x, 0.2, z + 1.2), (1.0, 0.4, 2.2))],
        [rod((x * 0.6, -3, z), (x * 0.6, 0.2, z), 0.4, sides=8)],
    )
    return turn(parts + both_sides(both_sides(pins), 2), dice.pick(1, 1, 0), dice.pick(0.0, 0.0, 90.0))


def module(dice: Dice) -> Parts:
    """A board with parts on it: radio modules, displays, card edges, whole circuits."""
    w, d, t = dice.real(15, 60), dice.real(12, 45), 1.6
    parts: Parts = [box((0, t / 2, 0), (w, t, d))]
    if dice.chance(0.5):
        parts = cut(parts, *both_sides(both_sides([rod((w / 2 - 2, -1, d / 2 - 2), (w / 2 - 2, 3, d / 2 - 2), 1.4, sides=14)]), 2))
    for _ in range(dice.whole(1, 12)):
        made = dice.pick(_block, _block, _block, smd, radial_part, chip)(dice)
        spot: Vector = (dice.real(-0.4, 0.4) * w, t, dice.real(-0.4, 0.4) * d)
        parts += move(made, *spot)
    if dice.chance(0.5):
        count = int(w / 2.54) - 1
        parts += [box((x, -1.5, d / 2 - 1.5), (0.6, 6, 0.6)) for x in row(count, 2.54)]
    if dice.chance(0.3):
        parts.append(box((0, t + 1.5, 0), (w * 0.8, 3, d * 0.7)))
    return parts


def _block(dice: Dice) -> Parts:
    w, h, d = dice.real(2, 14), dice.real(0.5, 6), dice.real(2, 12)
    return [box((0, h / 2, 0), (w, h, d))]


KINDS = {
    "axial": axial, "chip": chip, "connector": connector, "dip": dip, "header": header, "heatsink": heatsink,
    "magnetics": magnetics, "module": module, "radial_part": radial_part, "smd": smd, "switch": switch, "terminal": terminal,
}  # fmt: skip

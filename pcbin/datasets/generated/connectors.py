"""Headers, terminal blocks, shells, jacks. The board is y = 0."""

from __future__ import annotations

from pcbin.datasets.generated.chips import row
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import SIDES, box, extrude, lathe, rod
from pcbin.datasets.generated.sweeps import rounded


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
        parts = (
            cut(parts, *(box((x, h, z), (t * 1.4, h * 0.8, t * 1.4)) for x in xs for z in zs))
            if count * rows < 12
            else parts
        )
        return turn(
            parts + [box((x, -down / 2, z), (t * 0.8, down + 0.2, t * 0.8)) for x in xs for z in zs],
            1,
            dice.pick(0.0, 90.0),
        )
    if style == "box":  # a shrouded header
        h, t2 = up + base, 0.3
        shroud = cut(
            [box((0, h / 2, 0), ((count + 1.6) * pitch, h, (rows + 1.4) * pitch))],
            box((0, h / 2 + base, 0), ((count + 1) * pitch, h, (rows + 0.8) * pitch)),
        )
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
                parts += [
                    box((x, up / 2, z), (t, up, t)),
                    box((x, t / 2, side * (rows / 2 + 0.5) * pitch), (t, t, 2.2)),
                ]
            else:
                parts.append(box((x, (base + up - down) / 2, z), (t, base + up + down, t)))
    if style == "angled":
        parts.append(
            box((0, rows * pitch / 2, rows * pitch / 2 + base / 2), (count * pitch, rows * pitch, base))
        )
    return turn(parts, 1, dice.pick(0.0, 90.0))


def terminal(dice: Dice) -> Parts:
    """Terminal blocks and pluggable connectors: a stepped profile with openings and screws."""
    count, pitch = dice.whole(2, 16), dice.real(3.5, 7.6)
    h, d = dice.real(7, 16), dice.real(6, 14)
    w = count * pitch
    step, slope = dice.real(0.3, 0.8), dice.real(0.3, 1.0)
    outline = [
        (-d / 2, 0),
        (d / 2, 0),
        (d / 2, h * step),
        (d / 2 * slope, h * dice.real(step, 1.0)),
        (d / 2 * slope * 0.8, h),
        (-d / 2 * dice.real(0.4, 1.0), h),
        (-d / 2, h * dice.real(0.4, 0.95)),
    ]
    parts: Parts = [extrude(outline, w, 0)]
    xs = row(count, pitch)
    style = dice.pick("screw", "plug", "plug", "plain")
    if count <= 8:
        parts = cut(
            parts,
            *(
                box((x, h * step * 0.5, d / 2), (pitch * 0.7, h * step * 0.6, d * dice.real(0.3, 0.8)))
                for x in xs
            ),
        )
    else:
        parts += [box((x + pitch / 2, h * step * 0.5, d / 2), (pitch * 0.15, h * step, 0.8)) for x in xs]
    if style == "screw":
        parts += [rod((x, h - 1, 0), (x, h + 0.3, 0), pitch * 0.3, sides=12) for x in xs]
    if style == "plug":
        parts += [box((x, h * 0.7, -d / 2), (pitch * 0.5, h * 0.3, 1.5)) for x in xs]
    parts += [
        box((x, -1.5, z), (0.9, 4, 0.6)) for x in xs for z in dice.pick((0.0,), (0.0,), (-d / 4, d / 4))
    ]
    return turn(parts, 1, dice.pick(0.0, 0.0, 90.0))


def connector(dice: Dice) -> Parts:
    """JST-like shells, USB, HDMI and card shells, jacks, coaxial and round connectors."""
    style = dice.pick("shell", "shell", "shell", "tongue", "jack", "coax", "flat")
    count, pitch = dice.whole(2, 16), dice.real(1, 2.5)
    w, h, d, t = count * pitch + dice.real(1, 3), dice.real(3, 8), dice.real(3, 8), dice.real(0.3, 0.8)
    xs = row(count, pitch)
    if style == "shell":
        up = dice.chance(0.5)
        body = cut(
            [box((0, h / 2, 0), (w, h, d))],
            box(
                (0, h / 2 + (t if up else 0), 0 if up else t),
                (w - 2 * t, h if up else h - 2 * t, d - 2 * t if up else d),
            ),
        )
        for x in (-0.3, 0.3) if dice.chance(0.5) else ():
            body = cut(body, box((x * w, h * 0.7, d / 2), (w * 0.12, h, 3 * t)))
        pins: Parts = []
        for x in xs:
            pins.append(
                box((x, h * 0.3, 0), (0.5, h * 0.9, 0.5)) if up else box((x, h / 2, 0), (0.5, 0.5, d * 0.9))
            )
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
        parts = [
            *body,
            *move(
                cut(
                    [rod((0, 0, 0), (0, 0, 5), r, sides=SIDES)],
                    rod((0, 0, 1), (0, 0, 9), r * 0.7, sides=SIDES),
                ),
                0,
                h / 2,
                d * 0.5,
            ),
        ]
        parts += [box((x, -1.5, z), (1.5, 4, 0.5)) for x, z in ((0, -4), (0, 0), (3, -2))]
    elif style == "coax":
        r, long = dice.real(2, 4), dice.real(5, 12)
        barrel = lathe(
            [
                (r * 0.7, 1),
                (r, 1),
                (r, long * 0.6),
                (r * 1.15, long * 0.6),
                (r * 1.15, long * 0.7),
                (r, long * 0.7),
                (r, long),
                (r * 0.7, long),
                (r * 0.7, 1),
            ]
        )
        parts = [
            barrel,
            rod((0, -2, 0), (0, long * 0.8, 0), r * 0.2),
            box((0, 0.8, 0), (r * 2.4, 1.6, r * 2.4)),
        ]
        parts += both_sides(both_sides([box((r, -2, r), (0.9, 4, 0.9))]), 2)
        if dice.chance(0.5):
            parts = move(turn(parts[:2], 0, 90), 0, r * 1.2, 0) + [
                box((0, r * 1.2, 0), (r * 2.4, r * 2.4, r * 2)),
                *parts[3:],
            ]
    else:
        h, d = dice.real(1, 2.5), dice.real(3, 6)
        parts = [box((0, h / 2, 0), (w, h, d)), box((0, h * 0.8, d * 0.4), (w * 0.96, h * 0.6, d * 0.3))]
        parts += [box((x, 0.1, -d / 2 - 0.5), (pitch * 0.4, 0.2, 1.2)) for x in xs]
        parts += both_sides([box((w / 2, 0.2, 0), (1.2, 0.4, d * 0.6))])
    return turn(parts, 1, dice.pick(0.0, 90.0, 180.0))


KINDS: Kinds = {"connector": connector, "header": header, "terminal": terminal}

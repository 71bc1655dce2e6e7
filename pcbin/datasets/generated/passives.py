"""Resistors, capacitors, coils, heat sinks. The board is y = 0."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.chips import moulded, row
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, around, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import ball, box, extrude, lathe, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, rounded, tube


def axial(dice: Dice) -> Parts:
    """Resistors, diodes, inductors and fuses between two wires, lying or standing."""
    long, r = dice.real(3, 12), dice.real(0.7, 3)
    wire, reach = dice.real(0.2, 0.45), dice.real(1.5, 5)
    style = dice.pick("bone", "cylinder", "cylinder", "block", "caps")
    if style == "bone":
        profile = [
            (0, 0),
            (r, 0),
            (r, long * 0.2),
            (r * 0.8, long * 0.28),
            (r * 0.8, long * 0.72),
            (r, long * 0.8),
            (r, long),
            (0, long),
        ]
        body: Parts = [lathe(profile)]
    elif style == "block":
        body = [box((0, long / 2, 0), (2 * r, long, 2 * r))]
    else:
        body = [rod((0, 0, 0), (0, long, 0), r, sides=20)]
        if style == "caps":
            body += [rod((0, y, 0), (0, y + long * 0.15, 0), r * 1.15, sides=20) for y in (0, long * 0.85)]
    if dice.chance(0.3):  # standing
        lift = dice.real(0.5, 2)
        path = filleted(
            [
                (0, long + lift, 0),
                (0, long + lift + 1.5, 0),
                (reach + r, long + lift + 1.5, 0),
                (reach + r, -3, 0),
            ],
            1,
        )
        return [*move(body, 0, lift, 0), tube(path, wire, 8), rod((0, -3, 0), (0, lift + 0.1, 0), wire)]
    y = r + dice.pick(0.0, dice.real(0, 2))
    lying = move(turn(move(body, 0, -long / 2, 0), 2, 90), 0, y, 0)
    leg = tube(
        filleted([(long / 2 - 0.1, y, 0), (long / 2 + reach, y, 0), (long / 2 + reach, -3, 0)], 0.9), wire, 8
    )
    return turn([*lying, *both_sides([leg])], 1, dice.pick(0.0, 90.0))


def radial_part(dice: Dice) -> Parts:
    """Capacitors, LEDs, varistors, crystals, transistors, buzzers: a body upon two or three wires."""
    style = dice.pick(
        "can", "can", "disc", "disc", "led", "box", "crystal", "to92", "to220", "battery", "drop"
    )
    wire, down, legs = dice.real(0.2, 0.4), dice.real(2, 8), dice.pick(2, 2, 3)
    spread = dice.real(1.2, 3.8)
    lift = dice.pick(0.0, dice.real(0.2, 2))
    if style in ("can", "battery"):
        r, h = (dice.real(2, 9), dice.real(4, 25)) if style == "can" else (dice.real(5, 12), dice.real(2, 6))
        body: Parts = (
            [
                lathe(
                    [
                        (0, 0),
                        (r * 0.95, 0),
                        (r, 0.4),
                        (r, 1),
                        (r * 0.93, 1.4),
                        (r, 1.8),
                        (r, h - 0.4),
                        (r * 0.94, h),
                        (0, h),
                    ]
                )
            ]
            if dice.chance(0.5)
            else [lathe([(0, 0), (r, 0), (r, h), (0, h)])]
        )
        if dice.chance(0.2):
            body.append(box((0, 0.4, 0), (2.1 * r, 0.8, 2.1 * r)))
    elif style in ("disc", "drop"):
        r, t = dice.real(3, 10), dice.real(1, 3)
        body = (
            [rod((0, r, -t / 2), (0, r, t / 2), r, sides=28)]
            if style == "disc" and dice.chance(0.5)
            else [ball((0, r, 0), (r, r * dice.real(0.8, 1.2), t))]
        )
        lift, spread = dice.real(0.3, 3), r * 0.6
    elif style == "led":
        r, h = dice.real(1.5, 2.5), dice.real(3, 7)
        body = [
            rod((0, 0, 0), (0, 0.9, 0), r * 1.16, sides=24),
            rod((0, 0.5, 0), (0, h, 0), r, sides=24),
            ball((0, h, 0), r),
        ]
        lift, spread = dice.real(0, 4), 1.27
    elif style == "box":
        w, h, d = dice.real(4, 20), dice.real(4, 16), dice.real(2, 10)
        body, spread = [rounded_box((0, h / 2, 0), (w, h, d), dice.real(0.1, 0.6))], w * 0.36
    elif style == "crystal":
        w, d, h = dice.real(8, 11), dice.real(3.5, 4.8), dice.real(3, 13)
        body = [
            extrude(rounded(w, d, d / 2, 7), h, 1, (0, h / 2, 0)),
            extrude(rounded(w + 0.8, d + 0.8, d / 2, 7), 0.6, 1, (0, 0.3, 0)),
        ]
        spread, legs = 2.4, 2
    elif style == "to92":
        h, r = dice.real(4, 5.5), 2.4
        body = cut([rod((0, 0, 0), (0, h, 0), r, sides=24)], box((0, h / 2, 2 * r), (9, 2 * h, 2.2 * r)))
        spread, legs, lift = 1.5, 3, dice.real(1, 4)
    else:
        w, h, t = 10.0, dice.real(8, 10), 4.4
        body = [
            box((0, h / 2, 0), (w, h, t)),
            *cut(
                [box((0, h + 3, -1.6), (w, 6.5, 1.3))], rod((0, h + 3.4, -5), (0, h + 3.4, 5), 1.8, sides=16)
            ),
        ]
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
        parts: Parts = [
            box((0, h / 2, 0), (w * 0.96, h * 0.92, d * 0.96)),
            *both_sides([box((w / 2 - end / 2, h / 2, 0), (end, h, d))]),
        ]
    elif style == "tantalum":
        parts = [
            *moulded(dice, w, h, d, 0.1),
            *both_sides(
                [
                    box((w / 2 + 0.05, h * 0.3, 0), (0.15, h * 0.5, d * 0.6)),
                    box((w / 2 - 0.3, 0.07, 0), (0.8, 0.14, d * 0.6)),
                ]
            ),
        ]
    elif style == "melf":
        r = d / 2
        parts = [
            rod((-w / 2, r, 0), (w / 2, r, 0), r * 0.94, sides=20),
            *both_sides([rod((w / 2 - w * 0.2, r, 0), (w / 2, r, 0), r, sides=20)]),
        ]
    elif style == "inductor":
        r = dice.real(2, 6)
        core = lathe(
            [
                (0, 0.5),
                (r, 0.5),
                (r, r * 0.25),
                (r * 0.7, r * 0.3),
                (r * 0.7, r * 0.8),
                (r, r * 0.85),
                (r, r),
                (0, r),
            ]
        )
        frame = cut(
            [extrude(rounded(2.3 * r, 2.3 * r, r * dice.real(0.1, 0.6)), r * 0.9, 1, (0, r * 0.5, 0))],
            rod((0, -1, 0), (0, 9, 0), r * 1.02, sides=24),
        )
        parts = [
            core,
            *(frame if dice.chance(0.5) else [box((0, 0.25, 0), (2.1 * r, 0.5, 2.1 * r))]),
            *both_sides([box((r * 1.1, 0.15, 0), (0.6, 0.3, r * 0.7))]),
        ]
    elif style == "can":
        r, h = dice.real(2, 6), dice.real(5, 12)
        base = [(-r, -r), (r * 0.5, -r), (r, -r * 0.5), (r, r * 0.5), (r * 0.5, r), (-r, r)]
        parts = [
            lathe(
                [
                    (0, 0),
                    (r * 0.95, 0),
                    (r * 0.95, h * 0.15),
                    (r * 0.85, h * 0.2),
                    (r * 0.95, h * 0.28),
                    (r * 0.95, h),
                    (0, h),
                ]
            ),
            extrude(np.array(base) * 1.05, h * 0.1, 1, (0, h * 0.05, 0)),
            *both_sides([box((r + 0.3, 0.1, 0), (1.2, 0.2, 0.8))]),
        ]
    elif style == "led":
        parts = [
            box((0, h * 0.3, 0), (w, h * 0.6, d)),
            dice.pick(
                ball((0, h * 0.5, 0), (d * 0.45, h * 0.7, d * 0.45)),
                box((0, h * 0.6, 0), (w * 0.6, h * 0.8, d * 0.9)),
            ),
            *both_sides([box((w / 2, h * 0.15, 0), (w * 0.2, h * 0.3, d * 0.7))]),
        ]
    else:
        parts = [
            box((0, h * 0.35, 0), (w, h * 0.7, d)),
            rounded_box((0, h * 0.7, 0), (w * 0.88, h * 0.5, d * 0.85), h * 0.1),
        ]
        parts += both_sides(
            both_sides([box((w / 2 - w * 0.12, 0.05, d / 2 - d * 0.12), (w * 0.25, 0.12, d * 0.25))]), 2
        )
    return turn(parts, 1, dice.pick(0.0, 90.0))


def heatsink(dice: Dice) -> Parts:
    """Heat sinks with plate or pin fins, extruded or radial."""
    w, d, base, h = dice.real(10, 40), dice.real(10, 40), dice.real(1, 4), dice.real(5, 25)
    style = dice.pick("plates", "plates", "pins", "radial", "profile")
    if style == "plates":
        count, t = dice.whole(4, 16), dice.real(0.3, 0.6)
        parts: Parts = [box((0, base / 2, 0), (w, base, d))] + [
            box((x, base + h / 2 - 0.1, 0), (t * w / count, h, d)) for x in row(count, w / count * 0.98)
        ]
    elif style == "pins":
        nx, nz = dice.whole(3, 9), dice.whole(3, 9)
        parts = [box((0, base / 2, 0), (w, base, d))] + [
            box((x, base + h / 2, z), (w / nx * 0.45, h, d / nz * 0.45))
            for x in row(nx, w / nx)
            for z in row(nz, d / nz)
        ]
    elif style == "radial":
        parts = [
            rod((0, 0, 0), (0, h, 0), w * 0.18, sides=20),
            *around([box((w * 0.33, h / 2, 0), (w * 0.34, h, w * 0.02))], dice.whole(8, 24)),
        ]
    else:
        arm = dice.real(0.3, 0.8) * w
        parts = (
            [box((0, h / 2, 0), (w * 0.6, h, 1.5))]
            + both_sides(
                [
                    box((w * 0.3 + k * 3, h / 2, arm / 4), (1.2, h, arm / 2 + 1.5))
                    for k in range(dice.whole(1, 3))
                ]
            )
            + both_sides([box((w * 0.3 + 3, h / 2, 0), (7, h, 1.5))])
        )
    return turn(parts, 0, dice.pick(0.0, 0.0, 90.0))


def magnetics(dice: Dice) -> Parts:
    """Transformers, toroids, chokes, relays, buzzers."""
    style = dice.pick("transformer", "toroid", "toroid", "bobbin", "relay")
    if style == "toroid":
        r, t, h = dice.real(5, 12), dice.real(1.5, 4), dice.real(4, 9)
        count = dice.whole(10, 30)
        core = lathe(
            [(r - t, -h / 2), (r + t, -h / 2), (r + t, h / 2), (r - t, h / 2), (r - t, -h / 2)], sides=32
        )
        turn_ = np.insert(rounded(2 * t + 0.8, h + 0.8, 0.6, 3), 2, 0, axis=1) + [r, 0, 0]
        span = dice.pick(1.0, 0.45)
        wires = [
            p for k in range(count) for p in turn([tube(turn_, 0.4, 6, loop=True)], 1, 360 * span * k / count)
        ]
        parts = [core, *wires]
        return move(turn(parts, 0, dice.pick(0.0, 90.0)), 0, r + t, 0) + both_sides(
            [rod((r * 0.4, -4, 0), (r * 0.4, r * 0.8, 0), 0.4)]
        )
    w, h, d = dice.real(14, 40), dice.real(12, 35), dice.real(10, 30)
    if style == "relay":
        return [
            *moulded(dice, w, h, d, 0.3),
            *(
                box((x, -2, z), (0.9, 4.6, 0.5))
                for x, z in (
                    (-w * 0.4, 0),
                    (w * 0.4, -d * 0.3),
                    (w * 0.4, d * 0.3),
                    (w * 0.1, -d * 0.3),
                    (w * 0.1, d * 0.3),
                )
            ),
        ]
    if style == "bobbin":
        r = d / 2
        return [
            rod((0, 0, 0), (0, h * 0.12, 0), r, sides=24),
            rod((0, 0, 0), (0, h, 0), r * 0.75, sides=24),
            rod((0, h * 0.88, 0), (0, h, 0), r, sides=24),
            *both_sides([rod((r * 0.5, -4, 0), (r * 0.5, 0.1, 0), 0.5)]),
        ]
    iron = cut(
        [box((0, h / 2 + 1, 0), (w, h, d * 0.5))],
        *both_sides([box((w * 0.22, h / 2 + 1, 0), (w * 0.2, h * 0.7, d))]),
    )
    coil = rounded_box((0, h / 2 + 1, 0), (w * 0.62, h * 0.68, d), 2)
    return [
        *iron,
        coil,
        box((0, 1, 0), (w * 0.7, 2, d)),
        *both_sides(
            [rod((x, -3, d * 0.4), (x, 1, d * 0.4), 0.5, sides=8) for x in row(dice.whole(2, 5), w * 0.12)], 2
        ),
    ]


KINDS: Kinds = {
    "axial": axial,
    "heatsink": heatsink,
    "magnetics": magnetics,
    "radial_part": radial_part,
    "smd": smd,
}

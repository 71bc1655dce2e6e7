"""Integrated circuits and other moulded packages. The board is y = 0."""

from __future__ import annotations

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, copies, turn
from pcbin.datasets.generated.solids import box, extrude, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, rectangle, sweep, tube


def row(count: int, pitch: float) -> list[float]:
    """Positions of pins about 0."""
    return [(k - (count - 1) / 2) * pitch for k in range(count)]


def moulded(dice: Dice, w: float, h: float, d: float, y: float = 0.0) -> Parts:
    """A moulded body: a box, or two halves that taper from the parting line."""
    if dice.chance(0.4):
        return [box((0, y + h / 2, 0), (w, h, d))]
    if dice.chance(0.3):
        return [rounded_box((0, y + h / 2, 0), (w, h, d), min(h, w, d) * dice.real(0.05, 0.25))]
    outline = [
        (-d / 2 * 0.93, 0),
        (-d / 2, h / 2),
        (-d / 2 * 0.93, h),
        (d / 2 * 0.93, h),
        (d / 2, h / 2),
        (d / 2 * 0.93, 0),
    ]
    return [extrude([(a, b - h / 2) for a, b in outline], w * 0.98, 0, (0, y + h / 2, 0))]


def _gull(d: float, h: float, t: float, w: float, out: float) -> Parts:
    """A gull wing lead at +z of a body of depth d, its width along x."""
    path = [
        (0, h / 2, d / 2 - 0.02),
        (0, h / 2, d / 2 + out * 0.35),
        (0, t / 2, d / 2 + out * 0.55),
        (0, t / 2, d / 2 + out),
    ]
    return [sweep(path, rectangle(w, t), (1, 0, 0))]


def chip(dice: Dice) -> Parts:
    """SO, SSOP, TSSOP, SOT, QFP, TQFP, QFN, DFN, PLCC, BGA, LGA."""
    style = dice.pick("so", "so", "qfp", "qfp", "qfn", "bga", "sot", "plcc", "tab")
    pitch, h = dice.pick(0.5, 0.65, 0.8, 1.27), dice.real(0.6, 2.0)
    t = 0.15
    if style in ("so", "sot", "tab"):
        count = dice.whole(2, 14) if style == "so" else dice.whole(1, 4)
        w, d = (
            count * pitch + dice.real(0.2, 1.0),
            dice.real(1.2, 8.0) if style == "so" else dice.real(1.0, 6.0),
        )
        pins = copies(
            _gull(d, h, t, pitch * 0.4, dice.real(0.6, 1.2)), [(x, 0, 0) for x in row(count, pitch)]
        )
        other = pins
        if style == "tab":
            other = [box((0, t / 2, d / 2 + 0.4), (w * dice.real(0.6, 1.1), t * 2, 1.2))]
        elif style == "sot" and count > 1:
            other = copies(
                _gull(d, h, t, pitch * 0.4, 0.7),
                [(x, 0, 0) for x in row(count - 1, pitch * (2 if count == 3 else 1))],
            )
        parts = [*moulded(dice, w, h, d, 0.1), *pins, *turn(other, 1, 180)]
    elif style in ("qfp", "plcc"):
        count = dice.whole(6, 26)
        w = count * pitch + dice.real(1.0, 2.5)
        if style == "qfp":
            side = copies(
                _gull(w, h, t, pitch * 0.45, dice.real(0.8, 1.2)), [(x, 0, 0) for x in row(count, pitch)]
            )
        else:
            h = dice.real(2.5, 4)
            side = copies(
                [
                    tube(
                        filleted(
                            [
                                (0, h / 2, w / 2),
                                (0, h / 2, w / 2 + 0.3),
                                (0, 0, w / 2 + 0.3),
                                (0, 0, w / 2 - 0.2),
                            ],
                            0.2,
                            3,
                        ),
                        0.18,
                        6,
                    )
                ],
                [(x, 0, 0) for x in row(count, pitch)],
            )
        parts = [*moulded(dice, w, h, w, 0.1), *(p for k in range(4) for p in turn(side, 1, 90.0 * k))]
    elif style == "qfn":
        count, w = dice.whole(2, 16), dice.real(2, 10)
        count = min(count, int(w / 0.5))
        d = w if dice.chance(0.6) else w * dice.real(0.5, 1.0)
        parts = [box((0, h / 2 + 0.03, 0), (w, h, d)), box((0, 0.05, 0), (w * 0.6, 0.1, d * 0.6))]
        parts += both_sides(
            [box((x, 0.1, d / 2 - 0.15), (0.25, 0.2, 0.36)) for x in row(count, w * 0.8 / count)], 2
        )
        parts += both_sides(
            [box((w / 2 - 0.15, 0.1, z), (0.36, 0.2, 0.25)) for z in row(count, d * 0.8 / count)]
        )
    else:
        nx = dice.whole(4, 16)
        nz = nx if dice.chance(0.7) else dice.whole(4, 16)
        pitch = dice.pick(0.5, 0.8, 1.0)
        r, w, d = pitch * 0.28, (nx + 0.5) * pitch, (nz + 0.5) * pitch
        skip = dice.whole(0, min(nx, nz) // 3)
        spots = [
            (x, z)
            for i, x in enumerate(row(nx, pitch))
            for k, z in enumerate(row(nz, pitch))
            if not (skip and abs(i - nx / 2 + 0.5) < skip and abs(k - nz / 2 + 0.5) < skip)
        ]
        parts = [
            box((0, r + h / 2, 0), (w, h * 0.5, d)),
            box((0, r + h * 0.7, 0), (w * dice.real(0.7, 0.98), h * 0.5, d * dice.real(0.7, 0.98))),
        ]
        parts += [rod((x, 0, z), (x, r * 1.8, z), r, sides=6) for x, z in spots]
    return turn(parts, 1, dice.pick(0.0, 90.0))


def dip(dice: Dice) -> Parts:
    """Parts with two rows of straight pins: DIPs, displays, optocouplers, relays, converters, oscillators."""
    count, pitch = dice.whole(2, 20), 2.54
    span, h = dice.pick(7.62, 7.62, 15.24, 10.16), dice.real(3, 5)
    style = dice.pick("dip", "dip", "block", "display", "sip", "switch")
    w = count * pitch
    if style == "dip":
        lead = [
            box((0, h * 0.3, span / 2), (1.3, h * 0.6, 0.3)),
            box((0, -1.0, span / 2), (0.5, 4.4, 0.3)),
            box((0, h * 0.55, span / 2 - 0.4), (1.3, 0.3, 1.0)),
        ]
        parts = moulded(dice, w, h, span - 1.2, 0.5) + both_sides(
            copies(lead, [(x, 0, 0) for x in row(count, pitch)]), 2
        )
    elif style == "sip":
        tall, d = dice.real(6, 14), dice.real(2, 9)
        parts = moulded(dice, w, tall, d, 0.3) + [box((x, -1.5, 0), (0.5, 4, 0.3)) for x in row(count, pitch)]
    else:
        h = {"block": dice.real(5, 16), "display": dice.real(5, 8), "switch": dice.real(3, 5)}[style]
        d = span + dice.real(1, 6)
        parts = moulded(dice, w + dice.real(0, 3), h, d)
        some = [x for x in row(count, pitch) if style != "block" or dice.chance(0.5)] or [0.0]
        parts += both_sides([rod((x, -3, span / 2), (x, 0.3, span / 2), 0.3, sides=8) for x in some], 2)
        if style == "switch":
            parts += [box((x, h + 0.4, dice.pick(-1.0, 1.0)), (1.2, 1.0, 1.4)) for x in row(count, pitch)]
    return turn(parts, 1, dice.pick(0.0, 90.0))


KINDS: Kinds = {"chip": chip, "dip": dip}

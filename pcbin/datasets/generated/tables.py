"""Tables and desks."""

from __future__ import annotations

from pcbin.datasets.generated import legs
from pcbin.datasets.generated.cabinets import drawers
from pcbin.datasets.generated.chairs import apron
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, both_sides, move
from pcbin.datasets.generated.solids import SIDES, box, extrude, regular, rod, rounded_box
from pcbin.datasets.generated.sweeps import rounded


def top(dice: Dice, w: float, d: float, t: float, *, round_: bool = False) -> Parts:
    """A table top whose underside is at y = 0."""
    if round_:
        outline = regular(dice.pick(SIDES, SIDES, SIDES, 6, 8), 0.5) * [w, d]
        return [extrude(outline, t, 1, (0, t / 2, 0))]
    style = dice.pick("board", "board", "board", "soft", "rounded", "boat")
    if style == "board":
        return [box((0, t / 2, 0), (w, t, d))]
    if style == "soft":
        return [rounded_box((0, t / 2, 0), (w, t, d), t * 0.45)]
    if style == "rounded":
        return [extrude(rounded(w, d, dice.real(0.05, 0.5) * min(w, d), 7), t, 1, (0, t / 2, 0))]
    narrow = dice.real(0.6, 0.9)
    half = [(-w / 2, -d / 2 * narrow), (-w / 4, -d / 2 * (narrow + 3) / 4), (0, -d / 2)]
    low = half + [(-x, z) for x, z in half[1::-1]]
    return [extrude([*low, *[(x, -z) for x, z in low[::-1]]], t, 1, (0, t / 2, 0))]


def table(dice: Dice) -> Parts:
    """Dining, coffee, side, console and picnic tables."""
    use = dice.pick("dining", "dining", "coffee", "side", "console", "long")
    w, d, h = {
        "dining": (dice.real(0.8, 1.8), dice.real(0.7, 1.0), dice.real(0.68, 0.78)),
        "coffee": (dice.real(0.6, 1.4), dice.real(0.4, 0.9), dice.real(0.3, 0.5)),
        "side": (dice.real(0.35, 0.6), dice.real(0.35, 0.6), dice.real(0.4, 0.75)),
        "console": (dice.real(0.8, 1.6), dice.real(0.25, 0.45), dice.real(0.7, 0.95)),
        "long": (dice.real(1.8, 3.2), dice.real(0.7, 1.1), dice.real(0.68, 0.78)),
    }[use]
    t = dice.real(0.012, 0.07)
    if use in ("dining", "coffee", "side") and dice.chance(0.35):
        d = w = min(w, 1.4)
        base = dice.pick(legs.pedestal, legs.pedestal, legs.tripod, legs.tripod, legs.four_legs)
        if base is legs.four_legs:
            parts = base(dice, w * 0.7, w * 0.7, h)
        else:
            parts = base(dice, w * 0.85, w * 0.85, h + t * 0.2)
        parts += move(top(dice, w, d * dice.pick(1.0, 1.0, dice.real(0.6, 1.0)), t, round_=True), 0, h, 0)
    else:
        over = dice.pick(0.0, 0.0, dice.real(0.02, 0.15)) * d
        lw, ld = w - 2 * over, d - 2 * over
        bases = [legs.four_legs] * 6 + [legs.trestle, legs.side_panels, legs.sled, legs.crossed]
        bases += [legs.pedestal] * (w < 2 * d)
        base = dice.pick(*bases)
        parts = base(dice, lw, ld, h + t * 0.3) + move(top(dice, w, d, t), 0, h, 0)
        if base is legs.four_legs and dice.chance(0.5):
            parts += move(apron(dice, lw, ld), 0, h, 0)
        if base in (legs.four_legs, legs.side_panels) and dice.chance(0.3):  # a shelf below
            parts.append(box((0, h * dice.real(0.15, 0.5), 0), (lw - 0.02, t * 0.7, ld - 0.02)))
        if base is legs.four_legs and dice.chance(0.15):
            parts += move(drawers(dice, lw * 0.9, 0.12, ld * 0.9, 1, dice.whole(1, 3)), 0, h - 0.12, 0)
    if use == "long" and dice.chance(0.4):  # the benches of a picnic table
        y, bench = h * 0.6, d * 0.3
        parts += both_sides([box((0, y, d / 2 + bench), (w, t, bench))], 2)
        parts += both_sides([box((w * 0.35, y - t, 0), (0.05, 0.08, d + 3 * bench))])
    return parts


def desk(dice: Dice) -> Parts:
    """Desks with pedestals of drawers, side panels, a hutch, a corner or a monitor stand."""
    w, d, h = dice.real(0.9, 2.0), dice.real(0.5, 0.9), dice.real(0.68, 0.78)
    t = dice.real(0.015, 0.05)
    parts: Parts = (
        [box((0, h + t / 2, 0), (w, t, d))] if dice.chance(0.7) else move(top(dice, w, d, t), 0, h, 0)
    )
    style = dice.pick("pedestals", "pedestals", "one", "one", "legs", "panels")
    wide, deep = dice.real(0.25, 0.42), d * dice.real(0.8, 0.98)
    low = dice.pick(0.0, dice.real(0.02, 0.15))
    block = move(drawers(dice, wide, h - low, deep, dice.whole(2, 5), 1), w / 2 - wide / 2 - 0.01, low, 0)
    if low:
        block += move(legs.feet(dice, wide, deep, low), w / 2 - wide / 2 - 0.01, 0, 0)
    if style == "pedestals":
        parts += both_sides(block)
    elif style == "one":
        parts += block
        if dice.chance(0.5):
            parts.append(box((-w / 2 + 0.02, h / 2, 0), (0.03, h, deep)))
        else:
            x = -w / 2 + 0.04
            parts += both_sides(
                [rod((x, 0, deep / 2 - 0.03), (x, h, deep / 2 - 0.03), dice.real(0.015, 0.03))], 2
            )
    else:
        parts += (legs.four_legs if style == "legs" else legs.side_panels)(dice, w, d, h + t * 0.3)
        if dice.chance(0.6):
            parts += move(
                drawers(dice, w * dice.real(0.4, 0.9), 0.12, d * 0.85, 1, dice.whole(1, 3)), 0, h - 0.12, 0
            )
    if dice.chance(0.6):
        tall = dice.real(0.25, 0.9) * h
        parts.append(box((0, h - tall / 2, -d / 2 * dice.real(0.6, 0.95)), (w - 0.04, tall, 0.018)))
    if dice.chance(0.25):
        parts += move(_hutch(dice, w, dice.real(0.3, 0.9)), 0, h + t, -d / 2 + 0.14)
    if dice.chance(0.2):  # the return of a corner desk
        side, long = dice.pick(-1, 1), dice.real(0.5, 1.1)
        x = side * (w / 2 - 0.25)
        parts.append(box((x, h + t / 2, d / 2 + long / 2), (0.5, t, long)))
        parts.append(box((x, h / 2, d / 2 + long - 0.02), (0.48, h, 0.03)))
    return parts


def _hutch(dice: Dice, w: float, tall: float) -> Parts:
    """Shelves on the rear of a desk top."""
    t, deep, count = 0.02, 0.26, dice.whole(1, 3)
    parts = both_sides([box((w / 2 - t / 2, tall / 2, 0), (t, tall, deep))])
    for k in range(count):
        parts.append(box((0, tall * (k + 1) / count - t / 2, 0), (w - t, t, deep)))
    for x in (-1, 1)[: dice.whole(0, 2)]:
        parts.append(box((x * w / 6, tall * 0.5, 0), (t, tall, deep)))
    if dice.chance(0.6):
        parts.append(box((0, tall / 2, -deep / 2 + 0.01), (w - t, tall, 0.012)))
    return parts


KINDS: Kinds = {"desk": desk, "table": table}

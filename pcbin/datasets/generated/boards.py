"""Switches, and boards with parts on them. The board is y = 0."""

from __future__ import annotations

from pcbin.datasets.generated.chips import chip, moulded, row
from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Parts, Vector, both_sides, cut, move, turn
from pcbin.datasets.generated.passives import radial_part, smd
from pcbin.datasets.generated.solids import box, rod, rounded_box


def switch(dice: Dice) -> Parts:
    """Push buttons, toggles, slides, rockers, potentiometers, rotary knobs."""
    w, h, d = dice.real(4, 14), dice.real(3, 8), dice.real(4, 12)
    parts = moulded(dice, w, h, d)
    style = dice.pick("button", "button", "toggle", "slide", "pot", "key")
    if style == "button":
        r, tall = min(w, d) * dice.real(0.15, 0.4), dice.real(0.5, 8)
        parts.append(
            rod((0, h - 0.1, 0), (0, h + tall, 0), r, sides=20)
            if dice.chance(0.7)
            else box((0, h + tall / 2, 0), (1.6 * r, tall, 1.6 * r))
        )
        if dice.chance(0.4):
            parts.append(rounded_box((0, h + tall, 0), (w * 0.9, 2, d * 0.9), 0.6))
    elif style == "toggle":
        tip = (0, h + dice.real(6, 12), dice.real(-3, 3))
        parts += [rod((0, h, 0), (0, h + 3, 0), min(w, d) * 0.3, sides=16), rod((0, h + 2, 0), tip, 0.8, 1.3)]
    elif style == "slide":
        parts.append(box((w * dice.pick(-0.2, 0.2), h + 1, 0), (w * 0.2, 3, d * 0.3)))
    elif style == "pot":
        r = dice.real(2, 4)
        parts += [
            rod((0, h, 0), (0, h + dice.real(3, 15), 0), r, r * 0.9, sides=20),
            rod((0, h, 0), (0, h + 2, 0), r * 1.3, sides=20),
        ]
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
        parts = cut(
            parts,
            *both_sides(
                both_sides([rod((w / 2 - 2, -1, d / 2 - 2), (w / 2 - 2, 3, d / 2 - 2), 1.4, sides=14)]), 2
            ),
        )
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


KINDS: Kinds = {"module": module, "switch": switch}

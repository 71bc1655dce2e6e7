"""Tools, cutlery, arms and instruments."""

from __future__ import annotations

import numpy as np

from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.parts import Array, Part, Parts, both_sides, cut, move, turn
from pcbin.datasets.generated.solids import ball, bar, box, extrude, hull, lathe, regular, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import filleted, loft, rectangle, shell, smooth, sweep, tube


def laid(dice: Dice, parts: Parts) -> Parts:
    """What was built upright stands, or lies along x or z."""
    return dice.pick(parts, turn(parts, 2, 90), turn(parts, 0, 90))


def grip(dice: Dice, long: float, r: float) -> Part:
    """A handle along y, its upper end at y = 0."""
    if dice.chance(0.3):
        return rounded_box((0, -long / 2, 0), (2 * r, long, 1.4 * r), r * 0.5)
    bulge = [(r * dice.real(0.6, 1.1), -long * s) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return lathe([(0, 0), *smooth(bulge, 3), (0, -long)], sides=14)


def hammer(dice: Dice) -> Parts:
    """Hammers, mallets, axes, picks."""
    long, r = dice.real(0.6, 1.2), dice.real(0.02, 0.04)
    parts: Parts = [grip(dice, long, r)]
    style = dice.pick("hammer", "claw", "mallet", "axe", "axe", "pick")
    w = dice.real(0.12, 0.25)
    if style == "mallet":
        head = dice.real(0.06, 0.12)
        parts.append(rod((-w, 0, 0), (w, 0, 0), head, sides=20) if dice.chance(0.6) else box((0, 0, 0), (2 * w, 1.7 * head, 1.4 * head)))
    elif style in ("hammer", "claw"):
        t = dice.real(0.03, 0.05)
        parts += [box((0, 0, 0), (w, 2 * t, 2 * t)), rod((w * 0.4, 0, 0), (w, 0, 0), t * 1.1, t * 1.25)]
        if style == "claw":
            path = smooth([(-w * 0.3, 0, 0), (-w * 0.8, 0.0, 0), (-w * 1.3, -0.1, 0)], 4)
            parts += both_sides([sweep(path + [0, 0, t * 0.6], rectangle(t * 0.8, t * 0.7), (0, 0, 1), np.linspace(1, 0.4, len(path)))], 2)
        else:
            parts.append(hull([(-w, -t, -t), (-w * 0.3, -t, -t), (-w * 0.3, -t, t), (-w, -t, t)], [(-w * 0.4, t, -t), (-w * 0.3, t, -t), (-w * 0.3, t, t), (-w * 0.4, t, t)]))
    elif style == "axe":
        edge = dice.real(0.12, 0.3)
        outline = [(0.03, 0.05), (w, edge / 2), (w + 0.05, 0), (w, -edge / 2 * dice.real(0.8, 1.5)), (0.03, -0.05)]
        blade: Parts = [extrude(smooth(outline, 3), 0.025, 2), box((0, 0, 0), (0.08, 0.12, 0.05))]
        parts += blade if dice.chance(0.7) else both_sides(blade)
    else:
        path = smooth([(-0.35, -0.1, 0), (0, 0.02, 0), (0.35, -0.1, 0)], 6)
        parts.append(sweep(path, rectangle(0.05, 0.05), (0, 0, 1), np.interp(np.linspace(0, 1, len(path)), [0, 0.5, 1], [0.2, 1, 0.4])))
    return laid(dice, parts)


def wrench(dice: Dice) -> Parts:
    """Spanners, pliers, scissors, screwdrivers, saws, keys, drills."""
    style = dice.pick("open", "ring", "driver", "driver", "pliers", "scissors", "saw", "key", "drill", "brush")
    long, t = 1.0, dice.real(0.03, 0.07)
    if style in ("open", "ring"):
        w, r = dice.real(0.07, 0.12), dice.real(0.12, 0.18)
        parts: Parts = [box((0, 0, 0), (w, long, t))]
        for s, kind in ((1, style), (-1, dice.pick("open", "ring"))):
            head: Parts = [rod((0, s * long / 2, -t * 0.7), (0, s * long / 2, t * 0.7), r, sides=24)]
            gap = r * dice.real(0.5, 0.7)
            hole = extrude(regular(6, gap), 1, 2, (0, s * long / 2, 0)) if kind == "ring" else turn([box((0, s * (long / 2 + r * 0.6), 0), (gap * 1.6, r * 1.5, 1))], 2, dice.real(-20, 20), (0, s * long / 2, 0))[0]
            parts = cut([*parts, *head], hole)
        return laid(dice, parts)
    if style == "driver":
        shaft = dice.real(0.012, 0.03)
        tip = dice.pick([rod((0, 0.5, 0), (0, 0.55, 0), shaft, 0.004)], [bar((0, 0.45, 0), (0, 0.56, 0), shaft * 2.4, shaft, 0.6)])
        return laid(dice, [grip(dice, 0.4, dice.real(0.05, 0.09)), rod((0, -0.02, 0), (0, 0.5, 0), shaft), *tip])
    if style in ("pliers", "scissors"):
        spread = dice.real(3, 20)
        blade = extrude([(-0.02, 0), (0.05, 0), (0.045, 0.2), (0.0, dice.real(0.25, 0.6)), (-0.02, 0.2)], t, 2)
        arm = sweep(smooth([(0.03, 0.02, 0), (-0.08, -0.25, 0), (-0.1, -0.55, 0)], 5), rectangle(t, 0.06), (0, 0, 1))
        one: Parts = [blade, arm]
        if style == "scissors":
            one = [blade, rod((0.02, 0, 0), (-0.07, -0.3, 0), 0.025, sides=8), tube(np.insert(regular(18, 0.1), 2, 0, axis=1) * [0.8, 1.3, 1] + [-0.1, -0.42, 0], 0.022, 8, loop=True)]
        return laid(dice, [*turn(one, 2, spread), *turn(turn(one, 1, 180), 2, -spread), rod((0, 0, -t), (0, 0, t), 0.06)])
    if style == "saw":
        teeth = dice.whole(12, 30)
        xs = np.linspace(0, 0.8, 2 * teeth + 1)
        edge = [(x, 0.0 if k % 2 else -0.018) for k, x in enumerate(xs)]
        blade = extrude([*edge, (0.8, 0.06), (0, 0.16)], 0.006, 2)
        handle = tube(np.array([(0, 0, 0), (0, 0.16, 0), (-0.14, 0.18, 0), (-0.2, 0.02, 0), (-0.1, -0.04, 0)]), 0.025, 8, loop=True)
        return [blade, handle]
    if style == "key":
        bow = dice.pick([ring((0, 0.2, 0), 0.14, 0.035, 2)], cut([rod((0, 0.2, -0.02), (0, 0.2, 0.02), 0.18, sides=20)], rod((0, 0.28, -1), (0, 0.28, 1), 0.05)))
        return laid(dice, [*bow, box((0, -0.25, 0), (0.06, 0.6, 0.04)), *(box((0.06, -0.5 + 0.07 * k, 0), (dice.real(0.03, 0.12), 0.04, 0.03)) for k in range(4))])
    if style == "brush":
        return laid(dice, [grip(dice, 0.6, 0.05), box((0, 0.05, 0), (0.25, 0.12, 0.07)), hull([(-0.12, 0.1, -0.03), (0.12, 0.1, -0.03), (0.12, 0.1, 0.03), (-0.12, 0.1, 0.03)], [(-0.13, 0.4, -0.02), (0.13, 0.4, -0.02), (0.13, 0.4, 0.02), (-0.13, 0.4, 0.02)])])
    body = [rod((0, 0, -0.25), (0, 0, 0.25), 0.12, sides=20), rod((0, 0, 0.25), (0, 0, 0.38), 0.1, 0.05), rod((0, 0, 0.35), (0, 0, dice.real(0.5, 0.8)), 0.02)]
    return [*body, bar((0, 0, -0.08), (0, -0.45, -0.14), 0.1, 0.13), box((0, -0.5, -0.12), (0.16, 0.12, 0.25)), box((0, -0.15, 0.02), (0.04, 0.08, 0.05))]


def cutlery(dice: Dice) -> Parts:
    """Knives, forks, spoons, spatulas, whisks, combs."""
    style = dice.pick("knife", "knife", "fork", "spoon", "spoon", "whisk", "comb")
    t, w = dice.real(0.008, 0.02), dice.real(0.05, 0.1)
    handle = sweep(smooth([(0, 0.02, 0), (0, -0.3, dice.real(-0.03, 0.03)), (0, -0.6, 0)], 5), rectangle(0.05, t * 1.5), (1, 0, 0), np.linspace(0.6, 1.4, 11))
    parts: Parts = [handle]
    if style == "knife":
        parts = [grip(dice, dice.real(0.25, 0.45), 0.035), extrude(smooth([(-w / 2, 0), (-w / 2, 0.5), (w * 0.2, dice.real(0.6, 0.9)), (w / 2, 0.5), (w / 2, 0)], 3), t * 0.6, 2)]
    elif style == "spoon":
        cup, long = dice.real(0.02, 0.1), dice.real(0.2, 0.3)
        s = np.linspace(0, 1, 10)
        profile = np.stack([-cup * np.sin(np.pi * s), long * s], axis=1)
        parts.append(shell(profile, np.maximum(2 * w * np.sin(np.pi * (0.05 + 0.93 * s)) ** 0.7, 0.01), 0.5 * cup * np.sin(np.pi * s), 0.01))
    elif style == "fork":
        count = dice.pick(2, 3, 4)
        parts += [box((0, 0.08, 0), (2 * w, 0.14, t)), *(box((x, 0.27, 0), (w * 0.25, 0.3, t)) for x in np.linspace(-w * 0.85, w * 0.85, count))]
    elif style == "whisk":
        wire = np.stack([0.12 * np.sin(np.linspace(0, 2 * np.pi, 19)), 0.22 - 0.22 * np.cos(np.linspace(0, 2 * np.pi, 19)), np.zeros(19)], axis=1)
        parts += [p for k in range(4) for p in turn([tube(wire, 0.006, 6)], 1, 45 * k)]
    else:
        count = dice.whole(10, 30)
        return [box((0, 0.1, 0), (0.8, 0.06, 0.03)), *(box((x, -0.05, 0), (0.4 / count, 0.3, 0.015)) for x in np.linspace(-0.38, 0.38, count))]
    return laid(dice, parts)


def sword(dice: Dice) -> Parts:
    """Swords, daggers, sabres, spears, shields, bows."""
    style = dice.pick("sword", "sword", "sword", "sabre", "spear", "shield", "bow")
    long, w, t = dice.real(0.4, 1.0), dice.real(0.03, 0.1), dice.real(0.01, 0.025)
    if style == "shield":
        curve = smooth([(-0.4, 0.4), (0, 0.45), (0.4, 0.4), (0.38, -0.1), (0, -0.6), (-0.38, -0.1)], 4, loop=True)
        return [extrude(curve, 0.04, 2) if dice.chance(0.5) else ball((0, 0, 0), (0.5, 0.5, dice.real(0.05, 0.15))), ball((0, 0, 0.03), (0.1, 0.1, 0.08))]
    if style == "bow":
        path = smooth([(0.25, -0.7, 0), (0, -0.4, 0), (0.06, 0, 0), (0, 0.4, 0), (0.25, 0.7, 0)], 6)
        return [tube(path, 0.018, 8), rod(path[0], path[-1], 0.004, sides=6)]
    if style == "spear":
        return laid(dice, [rod((0, -1, 0), (0, 0.7, 0), 0.018), hull([(-0.03, 0.7, 0), (0, 0.7, -0.02), (0.03, 0.7, 0), (0, 0.7, 0.02)], [(0, 1.0, 0)] * 2 + [(0.001, 1.0, 0.001)] * 2), ball((0, 0.75, 0), (dice.real(0.04, 0.12), 0.12, 0.015))])
    handle = dice.real(0.12, 0.3)
    parts: Parts = [rod((0, -handle, 0), (0, 0, 0), dice.real(0.012, 0.025)), ball((0, -handle, 0), dice.real(0.02, 0.05))]
    guard = dice.real(0.06, 0.25)
    parts.append(dice.pick(box((0, 0, 0), (2 * guard, 0.03, 0.035)), tube(smooth([(-guard, dice.real(-0.05, 0.05), 0), (0, 0, 0), (guard, 0.03, 0)], 5), 0.016, 8), lathe([(0, 0), (guard * 0.6, 0), (guard * 0.6, 0.015), (0, 0.015)])))
    if style == "sabre":
        path = smooth([(0, 0, 0), (0.02, long * 0.5, 0), (dice.real(0.1, 0.25), long, 0)], 6)
        parts += [sweep(path, rectangle(t, w), (0, 0, 1), np.linspace(1, 0.5, len(path))), tube(smooth([(0, 0, 0), (0.1, -handle * 0.4, 0), (0, -handle, 0)], 5), 0.01, 8)]
    else:
        end = dice.real(0.5, 1.1) * w
        low = [(-w / 2, 0, 0), (0, 0, -t), (w / 2, 0, 0), (0, 0, t)]
        high = [(-end / 2, long, 0), (0, long, -t), (end / 2, long, 0), (0, long, t)]
        tip = [(-0.002, long + 0.1, 0), (0, long + 0.1, -0.002), (0.002, long + 0.1, 0), (0, long + 0.1, 0.002)]
        parts += [hull(low, high), hull(high, tip)]
    return laid(dice, parts)


def gun(dice: Dice) -> Parts:
    """Pistols, revolvers, rifles, water pistols, cannons' barrels."""
    barrel, r = dice.real(0.3, 1.1), dice.real(0.015, 0.04)
    lean = dice.real(0.05, 0.2)
    parts: Parts = [bar((0, 0.02, -0.02), (0, -0.28, -0.02 - lean), 0.05, dice.real(0.1, 0.14), dice.real(0.9, 1.2)), tube(filleted([(0, -0.02, 0.05), (0, -0.1, 0.05), (0, -0.1, 0.15), (0, -0.02, 0.15)], 0.03), 0.01, 6)]
    style = dice.pick("pistol", "revolver", "rifle", "rifle", "machine")
    if style == "pistol":
        parts += [rounded_box((0, 0.06, barrel * 0.3), (0.06, 0.12, 0.25 + barrel * 0.5), 0.012), rod((0, 0.07, 0.1), (0, 0.07, 0.2 + barrel * 0.5), r)]
    elif style == "revolver":
        parts += [rod((0, 0.06, 0.05), (0, 0.06, 0.2), 0.07, sides=12), rod((0, 0.09, 0.15), (0, 0.09, 0.2 + barrel * 0.6), r), box((0, 0.05, 0.05), (0.04, 0.1, 0.25))]
    else:
        stock = [(-0.05, 0.05), (-0.7, dice.real(-0.05, 0.04)), (-0.7, -0.2), (-0.1, -0.05)]
        parts += [extrude(stock, 0.05, 0), box((0, 0.03, 0.2), (0.06, 0.1, 0.6)), rod((0, 0.06, 0.3), (0, 0.06, 0.5 + barrel), r), box((0, 0.0, 0.55), (0.05, 0.06, dice.real(0.1, 0.5)))]
        if dice.chance(0.5):
            parts.append(rod((0, 0.15, -0.05), (0, 0.15, 0.3), dice.real(0.025, 0.045)))
        if style == "machine":
            parts += [sweep(smooth([(0, 0, 0.25), (0, -0.15, 0.28), (0, -0.3, 0.36)], 4), rectangle(0.04, 0.09), (1, 0, 0))]
        if dice.chance(0.15):
            parts += both_sides([rod((0, 0, 0.9), (0.15, -0.35, 0.95), 0.012)])
    return parts


def _guitar_outline(dice: Dice, long: float, w: float) -> Array:
    waist, upper = dice.real(0.55, 0.8), dice.real(0.7, 0.95)
    right = smooth([(0.02, 0), (w * 0.35, 0.02), (w / 2, long * 0.25), (w / 2 * waist, long * 0.55), (w / 2 * upper, long * 0.8), (w * 0.2, long), (0.02, long)], 4)
    return np.concatenate([right, right[::-1] * [-1, 1]])


def instrument(dice: Dice) -> Parts:
    """Guitars, violins, pianos, drums, trumpets, flutes, harps, bells."""
    style = dice.pick("guitar", "guitar", "electric", "violin", "piano", "drum", "trumpet", "flute")
    if style in ("guitar", "electric", "violin"):
        long, w = 0.5, dice.real(0.3, 0.42)
        deep = {"guitar": dice.real(0.08, 0.14), "electric": 0.04, "violin": 0.07}[style]
        outline = _guitar_outline(dice, long, w)
        if style == "electric" and dice.chance(0.6):
            horn = dice.real(0.05, 0.15)
            outline = smooth([(-w / 2, 0.15), (-w * 0.2, 0), (w * 0.3, 0.02), (w / 2, 0.2), (w * 0.3, 0.3), (w * 0.4, 0.42 + horn), (w * 0.1, 0.4), (-w * 0.1, 0.38), (-w * 0.4, 0.4 + horn * 0.5), (-w * 0.3, 0.3)], 3, loop=True)
        body: Parts = [extrude(outline, deep, 2)]
        if style == "guitar":
            body = cut(body, rod((0, long * 0.6, 0), (0, long * 0.6, deep), w * 0.13, sides=20))
        neck = dice.real(0.35, 0.55)
        body += [box((0, long + neck / 2 - 0.05, deep / 2), (0.05, neck + 0.1, 0.03)), turn([box((0, long + neck + 0.06, deep / 2), (0.075, 0.14, 0.02))], 0, -dice.real(5, 15), (0, long + neck, deep / 2))[0], box((0, long * 0.25, deep / 2), (0.15, 0.03, 0.025))]
        body += both_sides([rod((0.03, long + neck + y, deep / 2), (0.065, long + neck + y, deep / 2), 0.01, sides=6) for y in (0.03, 0.06, 0.09)])
        return laid(dice, body)
    if style == "piano":
        if dice.chance(0.5):
            return [box((0, 0.6, 0), (1.4, 1.2, 0.35)), box((0, 0.68, 0.3), (1.4, 0.15, 0.3)), box((0, 0.76, 0.33), (1.25, 0.03, 0.2)), *both_sides([box((0.65, 0.32, 0.4), (0.07, 0.64, 0.07))]), box((0, 0.06, 0.05), (1.4, 0.12, 0.4))]
        case = smooth([(-0.75, 0.4), (0.75, 0.4), (0.75, -0.1), (0.3, -0.5), (0.1, -1.1), (-0.4, -1.3), (-0.75, -1.1)], 3, loop=True)
        leg = [rod((0, 0, 0), (0, 0.65, 0), 0.04, 0.07)]
        lid = turn([extrude(case, 0.02)], 2, dice.real(0, 40), (-0.75, 0, 0))
        return [extrude(case, 0.28, 1, (0, 0.78, 0)), box((0, 0.7, 0.48), (1.45, 0.12, 0.25)), *move(leg, -0.6, 0, 0.25), *move(leg, 0.6, 0, 0.25), *move(leg, -0.3, 0, -1.0), *move(lid, 0, 0.95, 0)]
    if style == "drum":
        r, h = dice.real(0.3, 0.6), dice.real(0.2, 0.9)
        return [rod((0, 0, 0), (0, h, 0), r, r * dice.pick(1.0, dice.real(0.6, 1.0)), 28), ring((0, h, 0), r, 0.02), *([*both_sides([rod((r * 0.7, 0.05, 0), (r * 0.9, -0.4, 0), 0.02)]), rod((0, 0.05, -r * 0.7), (0, -0.4, -r * 0.9), 0.02)] if dice.chance(0.5) else [])]
    if style == "trumpet":
        flare = lathe(smooth([(0.02, 0), (0.025, 0.3), (0.05, 0.45), (0.14, 0.55), (0.135, 0.55), (0.045, 0.45), (0.015, 0.3)], 4))
        coil = tube(filleted([(0, 0, 0), (0, -0.45, 0), (0, -0.45, 0.12), (0, 0.2, 0.12)], 0.06), 0.02, 10)
        return laid(dice, [flare, coil, *(rod((0, -0.3 + 0.07 * k, 0.04), (0, -0.3 + 0.07 * k, 0.2), 0.025) for k in range(3)), rod((0, 0.15, 0.12), (0, 0.25, 0.12), 0.015, 0.03)])
    long = dice.real(0.5, 1.2)
    keys = [rod((0, y, 0.02), (0, y, 0.06), 0.02, sides=8) for y in np.linspace(0.1, long * 0.7, dice.whole(4, 12))]
    return laid(dice, [lathe([(0, 0), (0.04, 0), (0.03, 0.1), (0.03, long * 0.85), (0.022, long), (0, long)]), *keys])


def carried(dice: Dice) -> Parts:
    """Glasses, hats, shoes, bags, books, boxes, balls, dumb-bells: small things that people carry."""
    style = dice.pick("glasses", "hat", "shoe", "bag", "book", "box", "dumbbell", "pen", "lighter", "racket")
    if style == "glasses":
        w, h = dice.real(0.12, 0.16), dice.real(0.08, 0.13)
        angle = np.linspace(0, 2 * np.pi, 23)[:-1]
        e = dice.real(2, 4)
        lens = np.stack([w * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / e) + 0.18, h * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** (2 / e), 0 * angle], axis=1)
        one: Parts = [tube(lens, 0.012, 8, loop=True), tube(filleted([(0.18 + w, h * 0.5, 0), (0.2 + w, h * 0.5, -0.5), (0.2 + w, -0.1, -0.65)], 0.1), 0.01, 8)]
        if dice.chance(0.5):
            one.append(extrude(lens[:, :2], 0.008, 2))
        return [*both_sides(one), tube(smooth([(-0.06, 0.02, 0), (0, 0.05, 0.01), (0.06, 0.02, 0)], 4), 0.01, 8)]
    if style == "hat":
        r, h = 0.3, dice.real(0.15, 0.5)
        brim = r * dice.real(1.0, 2.2)
        crown = [(brim, 0), (r * 1.02, 0.03), (r * dice.real(0.6, 1.0), h), (r * 0.5, h * dice.real(0.9, 1.1)), (0.01, h)]
        return [lathe([*crown, *(np.array(crown[::-1]) - [0.012, 0.015])])] + ([ball((0, 0.02, 0.3), (0.22, 0.02, 0.2))] if dice.chance(0.3) else [])
    if style == "shoe":
        rows = []
        high = dice.real(0.2, 0.9)
        for y, z0, z1, w in ((0, -0.45, 0.5, 0.17), (0.08, -0.47, 0.53, 0.19), (0.16, -0.46, 0.4, 0.18), (0.26, -0.45, 0.05, 0.15), (0.26 + high * 0.5, -0.42, -0.02, 0.16), (0.26 + high, -0.44, 0.0, 0.17)):
            angle = np.linspace(0, 2 * np.pi, 17)[:-1]
            rows.append(np.stack([w * np.cos(angle), np.full(16, y), (z0 + z1) / 2 + (z1 - z0) / 2 * np.sin(angle)], axis=1))
        one = [loft(rows), box((0, -0.02, -0.3), (0.25, dice.real(0.04, 0.2), 0.25))]
        return one if dice.chance(0.6) else both_sides(move(one, 0.25, 0, 0))
    if style == "bag":
        w, h, d = dice.real(0.5, 1.0), dice.real(0.35, 0.8), dice.real(0.15, 0.35)
        strap = tube(filleted([(-w * 0.25, h, 0), (-w * 0.2, h + dice.real(0.1, 0.3), 0), (w * 0.2, h + 0.2, 0), (w * 0.25, h, 0)], 0.08), 0.02, 8)
        return [dice.pick(rounded_box((0, h / 2, 0), (w, h, d), d * 0.3), box((0, h / 2, 0), (w, h, d)), ball((0, h / 2, 0), (w / 2, h / 2, d / 2), 5, 5)), strap, box((0, h * 0.7, d / 2), (w * 0.9, h * 0.4, 0.04))]
    if style == "book":
        w, h, t = dice.real(0.4, 0.8), 1.0, dice.real(0.05, 0.3)
        if dice.chance(0.3):
            leaf = [box((w / 2, 0, 0), (w, h, t * 0.4))]
            return both_sides(turn(leaf, 1, -dice.real(0, 40)))
        parts = [box((0, 0, 0), (w, h, t)), *both_sides([box((0.01, 0, t / 2), (w + 0.04, h + 0.04, 0.015))], 2), box((-w / 2, 0, 0), (0.015, h + 0.04, t))]
        return dice.pick(parts, turn(parts, 0, 90))
    if style == "box":
        w, h, d, t = dice.real(0.4, 1.0), dice.real(0.2, 0.8), dice.real(0.3, 0.8), 0.015
        parts = cut([box((0, h / 2, 0), (w, h, d))], box((0, h / 2 + t, 0), (w - 2 * t, h, d - 2 * t)))
        for axis, at in ((0, (0, h, d / 2)), (0, (0, h, -d / 2))):
            side = 1 if at[2] > 0 else -1
            parts += turn([box((0, h, at[2] + side * d / 4), (w, t, d / 2))], axis, side * dice.real(-60, 80), at)
        return parts
    if style == "dumbbell":
        r = dice.real(0.12, 0.3)
        return [rod((-0.5, 0, 0), (0.5, 0, 0), 0.04), *both_sides([rod((0.3 + 0.1 * k, 0, 0), (0.38 + 0.1 * k, 0, 0), r * (1 - 0.2 * k), sides=dice.pick(6, 24)) for k in range(dice.whole(1, 3))])]
    if style == "racket":
        oval = np.insert(regular(26, 1.0) * [0.28, 0.36], 2, 0, axis=1)
        strings = [rod((x, -0.36 * (1 - (x / 0.28) ** 2) ** 0.5, 0), (x, 0.36 * (1 - (x / 0.28) ** 2) ** 0.5, 0), 0.004, sides=6) for x in np.linspace(-0.22, 0.22, 9)]
        strings += [rod((-0.28 * (1 - (y / 0.36) ** 2) ** 0.5, y, 0), (0.28 * (1 - (y / 0.36) ** 2) ** 0.5, y, 0), 0.004, sides=6) for y in np.linspace(-0.3, 0.3, 11)]
        face: Parts = strings if dice.chance(0.6) else [extrude(oval[:, :2], 0.015, 2)]
        return laid(dice, [tube(oval, 0.02, 8, loop=True), *face, rod((0, -0.35, 0), (0, -0.9, 0), 0.025)])
    if style == "lighter":
        return [rounded_box((0, 0.3, 0), (0.3, 0.6, 0.12), 0.05), box((0.02, 0.65, 0), (0.2, 0.12, 0.1)), rod((-0.08, 0.68, -0.05), (-0.08, 0.68, 0.05), 0.06)]
    return laid(dice, [lathe([(0, 0), (0.004, 0), (0.03, 0.1), (0.04, 0.2), (0.04, 0.9), (0.03, 1.0), (0, 1.0)]), box((0.045, 0.8, 0), (0.012, 0.3, 0.02))])


KINDS = {
    "carried": carried, "cutlery": cutlery, "gun": gun, "hammer": hammer, "instrument": instrument, "sword": sword,
    "wrench": wrench,
}  # fmt: skip

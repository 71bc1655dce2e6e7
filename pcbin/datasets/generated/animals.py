"""People and animals of ellipsoids and tapered tubes, wobbled; heads, hands, insects, fish, birds, dinosaurs."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.datasets.generated.dice import Dice
from pcbin.datasets.generated.parts import Part, Parts, around, both_sides, move, stretch, turn, wobble
from pcbin.datasets.generated.solids import ball, box, extrude, lathe, rod
from pcbin.datasets.generated.sweeps import rectangle, smooth, sweep, tube


def limb(points: Any, radii: Any, fine: int = 4, sides: int = 10) -> Part:
    """A tapered tube through joints (M, 3), with a radius (M,) at each."""
    path = smooth(points, fine)
    at = np.linspace(0, len(radii) - 1, len(path))
    return tube(path, np.interp(at, np.arange(len(radii)), np.asarray(radii, float)), sides)


def _arm(dice: Dice, pose: str, shoulder: np.ndarray, long: float, r: float) -> Parts:
    """The arm at +x."""
    down = {"down": dice.real(70, 88), "out": dice.real(-15, 20), "any": dice.real(-70, 85)}[pose]
    a, b = np.radians(down), np.radians(down - dice.pick(0.0, dice.real(0, 60)))
    swing = dice.real(-0.3, 0.5) if pose == "any" else dice.real(-0.08, 0.08)
    elbow = shoulder + long * 0.48 * np.array([np.cos(a), -np.sin(a), swing])
    wrist = elbow + long * 0.45 * np.array([np.cos(b), -np.sin(b), swing + dice.real(0, 0.4)])
    hand = wrist + (wrist - elbow) / np.linalg.norm(wrist - elbow) * long * 0.1
    parts: Parts = [limb([shoulder, elbow, wrist], [r * 1.25, r, r * 0.7]), ball((wrist + hand) / 2, (r * 0.9, long * 0.09, r * 0.7))]
    if dice.chance(0.3):
        spread = np.cross(hand - wrist, (0, 0, 1.0))
        parts += [rod(wrist, hand + (hand - wrist) * 0.6 + spread * s, r * 0.25, sides=6) for s in (-0.4, -0.1, 0.2, 0.5)]
    return parts


def human(dice: Dice) -> Parts:
    """A standing, walking, sitting or running person, dressed or not, slim or stout; skeletons, snowmen, robots."""
    style = dice.pick(*["person"] * 9, "robot", "skeleton", "snowman")
    if style == "snowman":
        r, parts, y = 0.5, [], 0.0
        for k in range(dice.pick(2, 3, 3)):
            s = r * dice.real(0.6, 0.8) ** k
            parts.append(ball((0, y + s * 0.9, 0), s))
            y += 1.7 * s
        arm = rod((0.2, 0.95, 0), (dice.real(0.6, 0.9), dice.real(0.9, 1.4), 0), 0.02)
        return [*parts, *both_sides([arm]), rod((0, y - 0.15, 0.15), (0, y - 0.15, 0.5), 0.05, 0.005), rod((0, y, 0), (0, y + 0.25, 0), 0.2, sides=16)]
    tall, fat = 1.75, dice.real(0.8, 1.5)
    crotch, neck = tall * dice.real(0.44, 0.5), tall * dice.real(0.8, 0.84)
    hip, shoulder = 0.15 * dice.real(0.85, 1.2) * fat**0.5, 0.2 * dice.real(0.8, 1.15) * fat**0.4
    deep, head = 0.11 * dice.real(0.85, 1.2) * fat, 0.115 * dice.real(0.9, 1.2)
    waist = hip * dice.real(0.75, 1.05)
    levels = [(crotch - 0.05, hip * 0.6), (crotch + 0.06, hip), (crotch + 0.22, waist), (neck - 0.2, shoulder * 0.85), (neck - 0.06, shoulder * 0.8), (neck, 0.06)]
    curve = smooth([(r, y) for y, r in levels], 4)
    torso = stretch([lathe([(0, levels[0][0]), *curve, (0, neck)])], 1, 1, deep / hip)
    parts = [*torso, rod((0, neck - 0.05, 0), (0, neck + 0.1, 0.01), 0.055)]
    middle = neck + 0.07 + head
    parts.append(ball((0, middle, 0.01), (head * 0.8, head * 1.1, head * 0.95), 2.3))
    if style == "robot":
        parts = [box((0, (crotch + neck) / 2, 0), (2 * shoulder, neck - crotch, 2 * deep)), box((0, middle, 0), (0.2, 0.22, 0.2)), rod((0, neck - 0.05, 0), (0, neck + 0.1, 0), 0.05)]
    if style == "skeleton":
        ys = np.linspace(crotch + 0.3, neck - 0.05, 8)
        parts = [limb([(0, crotch, 0), (0, (crotch + neck) / 2, -0.03), (0, neck + 0.1, 0)], [0.03, 0.025, 0.02]), ball((0, middle, 0), (head * 0.8, head, head))]
        angle = np.linspace(0, 2 * np.pi, 17)[:-1]
        for y in ys:
            w = shoulder * (0.55 + 0.4 * np.sin((y - ys[0]) / (ys[-1] - ys[0]) * 2.4))
            parts.append(tube(np.stack([w * np.cos(angle), y + 0 * angle, 0.08 + 0.1 * np.sin(angle)], axis=1), 0.009, 6, loop=True))
        parts += both_sides([ball((0.08, crotch + 0.03, 0), (0.09, 0.09, 0.05))])
    if dice.chance(0.4):  # hair or a hat
        parts.append(dice.pick(ball((0, middle + head * 0.35, -0.02), (head, head * 0.9, head * 1.05)), lathe([(0, middle + head * 0.6), (head * dice.real(1, 2), middle + head * 0.62), (head * 0.9, middle + head * 0.7), (head * 0.8, middle + head * 1.5), (0, middle + head * 1.5)])))
    r, arm = 0.045 * fat**0.5 * (0.35 if style == "skeleton" else 1), tall * 0.42
    pose = dice.pick("down", "down", "out", "out", "any")
    joint = np.array([shoulder * 0.85, neck - 0.07, 0])
    one = _arm(dice, pose, joint, arm, r)
    parts += both_sides(one) if pose != "any" else one + stretch(_arm(dice, "any", joint, arm, r), -1, 1, 1)
    step = dice.pick("stand", "stand", "stand", "walk", "sit", "wide")
    thick = 0.075 * fat**0.5 * (0.3 if style == "skeleton" else 1)
    for side in (-1, 1):
        x, out = side * hip * 0.55, side * {"wide": dice.real(0.15, 0.4)}.get(step, dice.real(0.0, 0.06))
        swing = side * dice.real(0.1, 0.4) if step == "walk" else 0.0
        knee, ankle = np.array([x + out / 2, crotch * 0.52, swing * 0.6 + 0.02]), np.array([x + out, 0.07, swing if swing > 0 else swing * 1.4])
        if step == "sit":
            knee, ankle = np.array([x + out, crotch, 0.42]), np.array([x + out, crotch - 0.42, 0.42])
        parts.append(limb([(x, crotch + 0.03, 0), knee, ankle], [thick * 1.25, thick, thick * 0.65]))
        parts.append(ball(ankle + [0, -0.03, 0.06], (0.045, 0.04, 0.12)))
    if style == "person" and dice.chance(0.2):  # a skirt or a coat
        low = dice.real(0.05, 0.6) * crotch
        wide = hip * dice.real(1.1, 2.2)
        parts += stretch([lathe([(wide, low), (hip * 1.05, crotch + 0.15), (hip, crotch + 0.15), (wide - 0.02, low)])], 1, 1, 0.8)
    return wobble(parts, dice.rng, 0.008, 0.5)


def head(dice: Dice) -> Parts:
    """A head with neck, nose, ears and hair; busts, masks, skulls."""
    w, h, d = dice.real(0.36, 0.44), 0.55, dice.real(0.42, 0.55)
    chin = dice.real(0.1, 0.2)
    parts: Parts = [ball((0, 0.1, 0), (w, h * 0.75, d), 2.2), ball((0, -0.25, 0.1), (w * 0.72, 0.3, d * 0.68)), ball((0, -0.42, d * 0.62), (chin, 0.1, 0.12))]
    nose = dice.real(0.06, 0.2)
    parts.append(limb([(0, 0.12, d * 0.9), (0, -0.08, d * 0.92 + nose), (0, -0.12, d * 0.85)], [0.03, 0.06, 0.03]))
    parts += both_sides([ball((w, 0, -0.03), (0.04, dice.real(0.08, 0.16), 0.08)), ball((w * 0.42, 0.08, d * 0.84), (0.08, 0.05, 0.05))])
    parts += [ball((0, -0.24, d * 0.82), (0.13, 0.04, 0.05)), ball((0, 0.18, d * 0.84), (w * 0.7, 0.05, 0.06))]
    if dice.chance(0.8):
        parts.append(limb([(0, -0.2, -0.08), (0, -0.7, -0.1)], [0.22, dice.real(0.2, 0.3)]))
        if dice.chance(0.4):
            parts.append(ball((0, -0.85, -0.08), (dice.real(0.6, 0.9), 0.3, 0.35), 2.5))
    style = dice.pick("none", "cap", "long", "hat", "helmet")
    if style in ("cap", "long"):
        parts.append(ball((0, 0.22, -0.06), (w * 1.08, h * 0.7, d * 1.02)))
        if style == "long":
            parts.append(ball((0, -0.2, -d * 0.55), (w * 1.1, 0.6, 0.3), 3))
    elif style == "hat":
        parts.append(lathe([(0, 0.3), (w * dice.real(1.2, 1.9), 0.3), (w * 1.0, 0.36), (w * 0.9, dice.real(0.6, 0.9)), (0, 0.7)]))
    elif style == "helmet":
        parts.append(ball((0, 0.15, -0.03), (w * 1.25, h * 0.85, d * 1.2), 2.4))
    if dice.chance(0.15):  # only the face
        parts = [Part(p.triangles[p.triangles[..., 2].mean(axis=1) > -0.05]) for p in parts]
        parts = [p for p in parts if len(p.triangles)]
    return wobble(parts, dice.rng, 0.02, 0.6)


def hand(dice: Dice) -> Parts:
    """A hand with the fingers spread, straight or bent."""
    parts: Parts = [ball((0, 0, 0), (0.42, 0.45, 0.14), 3), limb([(0, -0.35, 0), (0, -0.95, 0)], [0.25, 0.22])]
    bent = dice.real(0, 1.2)
    for k, long in enumerate((0.7, 0.85, 0.8, 0.6)):
        x, curl = -0.3 + 0.2 * k, bent * dice.real(0.5, 1.2) * dice.pick(1, 1, 0.1)
        tip = [(x, 0.35, 0)]
        for s in (0.4, 0.35, 0.25):
            a = curl * len(tip) * 0.6
            tip.append((tip[-1][0] + (k - 1.5) * 0.05, tip[-1][1] + s * long * np.cos(a), tip[-1][2] + s * long * np.sin(a)))
        parts.append(limb(tip, [0.1, 0.09, 0.085, 0.06], 3))
    parts.append(limb([(-0.3, -0.2, 0.05), (-0.6, 0.1, 0.12), (-0.68, 0.4, 0.15 + bent * 0.2)], [0.13, 0.11, 0.08], 3))
    return dice.pick(parts, turn(parts, 2, 90), turn(parts, 0, 90))


def quadruped(dice: Dice) -> Parts:
    """Dogs, cats, horses, cattle, pigs, elephants, rabbits, lizards: the head is at +z."""
    long, deep, leg = dice.real(0.7, 1.2), dice.real(0.13, 0.32), dice.real(0.12, 0.75)
    wide = deep * dice.real(0.6, 1.0)
    y = leg + deep
    back = smooth([(0, y + dice.real(-0.05, 0.05), -long / 2), (0, y + dice.real(-0.08, 0.08), 0), (0, y + dice.real(-0.02, 0.1), long / 2)], 4)
    girth = np.interp(np.linspace(0, 1, len(back)), [0, 0.3, 0.7, 1], [0.75, 1, dice.real(0.8, 1.1), 0.8]) * deep
    parts = stretch([tube(back, girth, 14), ball(back[0], deep * 0.78), ball(back[-1], deep * 0.85)], wide / deep, 1, 1)
    neck, rise = dice.real(0.1, 0.6), np.radians(dice.real(0, 80))
    head_at = np.array([0, y + deep * 0.3 + neck * np.sin(rise), long / 2 + neck * np.cos(rise) + 0.05])
    size = dice.real(0.09, 0.2)
    parts.append(limb([(0, y, long / 2 - 0.05), head_at], [deep * 0.7, size * 0.75]))
    snout = dice.real(0.05, 0.35)
    drop = dice.real(0, 0.2)
    parts += [ball(head_at, (size * 0.85, size * 0.9, size)), limb([head_at, head_at + [0, -drop, snout + size * 0.5]], [size * 0.7, size * dice.real(0.25, 0.6)])]
    ear = dice.real(0.05, 0.3)
    parts += both_sides([limb([head_at + [size * 0.5, size * 0.5, 0], head_at + [size * dice.real(0.5, 1.2), size * 0.6 + ear, -0.02]], [size * 0.25, size * 0.1])])
    if dice.chance(0.25):  # horns or antlers
        parts += both_sides([limb([head_at + [size * 0.3, size * 0.6, 0], head_at + [size, size + 0.15, 0], head_at + [size * 1.5, size + dice.real(0.1, 0.5), 0.05]], [0.03, 0.025, 0.01])])
    if dice.chance(0.12):  # a trunk
        parts.append(limb([head_at + [0, 0, size], head_at + [0, -0.25, size * 1.6], head_at + [0, -0.55, size * dice.real(1.2, 2)]], [size * 0.4, size * 0.3, size * 0.15]))
    thick = dice.real(0.035, 0.09)
    for z, knee in ((long / 2 - deep * 0.4, 0.04), (-long / 2 + deep * 0.4, -0.06)):
        for side in (-1, 1):
            step, x = dice.real(-0.12, 0.12) * dice.pick(0, 1), side * wide * 0.6
            out = side * dice.pick(0.0, 0.0, 0.1)
            parts.append(limb([(x, y - deep * 0.2, z), (x + out, leg * 0.55, z + knee + step / 2), (x + out, 0.03, z + step)], [thick * dice.real(1.3, 2), thick, thick * 0.8]))
            parts.append(ball((x + out, 0.03, z + step + thick * 0.5), (thick, 0.035, thick * 1.5)))
    tail = dice.real(0.05, 0.8)
    up = dice.real(-0.8, 0.7)
    parts.append(limb([back[0] + [0, deep * 0.3, 0], back[0] + [0, deep * 0.2 + up * tail * 0.5, -tail * 0.6 - deep * 0.5], back[0] + [0, up * tail, -tail - deep * 0.4]], [thick, thick * 0.7, thick * dice.real(0.2, 0.8)]))
    return wobble(parts, dice.rng, 0.012, 0.5)


def dinosaur(dice: Dice) -> Parts:
    """Two-legged and long-necked dinosaurs, dragons."""
    body, tail, neck = dice.real(0.3, 0.5), dice.real(0.7, 1.5), dice.real(0.3, 1.2)
    h, deep = dice.real(0.5, 0.9), dice.real(0.15, 0.28)
    lift = dice.real(0.1, 1.0) * neck
    spine = [(0, h * dice.real(0.3, 1.2), -body - tail), (0, h * 1.0, -body * 0.6), (0, h, 0), (0, h + 0.1, body * 0.6), (0, h + lift * 0.7, body + neck * 0.35), (0, h + lift, body + neck * 0.7)]
    parts: Parts = [limb(spine, [0.02, deep * 0.6, deep, deep * 0.9, deep * 0.45, deep * 0.4], 5, 14)]
    at, size = np.array(spine[-1]), deep * dice.real(0.35, 0.8)
    parts += [ball(at + [0, 0, size * 0.5], (size * 0.7, size * 0.75, size * 1.2)), limb([at + [0, 0.02, size], at + [0, 0, size * 2.4]], [size * 0.55, size * 0.25])]
    two = dice.chance(0.6)
    for side in (-1, 1):
        x, z = side * deep * 0.6, dice.real(-0.15, 0.15)
        parts += [limb([(x, h, -0.05), (x * 1.2, h * 0.5, 0.12 + z), (x * 1.2, h * 0.25, -0.08 + z), (x * 1.2, 0.04, z)], [deep * 0.6, deep * 0.35, deep * 0.2, deep * 0.2]), ball((x * 1.2, 0.04, z + 0.08), (0.06, 0.04, 0.14))]
        foot = (x * 1.1, h - 0.25, body * 0.8) if two else (x, 0.03, body * 0.7)
        parts.append(limb([(x * 0.8, h + 0.05, body * 0.6), (x * 1.2, (h + foot[1]) / 2, body * 0.65), foot], [deep * 0.35, deep * 0.25, deep * 0.12]))
    if dice.chance(0.25):
        wing = extrude(smooth([(0, 0), (0.5, 0.35), (1.1, 0.3), (0.8, -0.1), (0.5, -0.15), (0.25, -0.3)], 3, loop=True), 0.02, 2)
        parts += both_sides(move(turn([wing], 0, -dice.real(20, 70)), deep * 0.5, h + deep * 0.6, body * 0.3))
    if dice.chance(0.3):
        parts += [extrude([(-0.08, 0), (0.08, 0), (0, 0.16)], 0.02, 0, (0, h + deep * 0.8, z)) for z in np.linspace(-body, body * 0.6, dice.whole(4, 9))]
    return wobble(parts, dice.rng, 0.015, 0.6)


def fish(dice: Dice) -> Parts:
    """Fish, sharks, whales, dolphins, snakes, turtles."""
    style = dice.pick("fish", "fish", "fish", "snake", "turtle")
    if style == "snake":
        count = dice.whole(4, 8)
        xs = np.linspace(0, 1, count)
        sway = dice.real(0.1, 0.35) * np.where(np.arange(count) % 2, 1, -1) * dice.rng.uniform(0.5, 1.2, count)
        path = np.stack([sway, np.full(count, 0.05) + dice.pick(0, 1) * 0.3 * xs**6, xs * dice.real(0.8, 1.8)], axis=1)
        radii = np.interp(xs, [0, 0.3, 0.85, 0.92, 1], [0.005, 0.045, 0.04, 0.06, 0.02])
        return [limb(path, radii, 8)]
    if style == "turtle":
        fin = ball((0, 0, 0), (0.35, 0.03, 0.12))
        legs = [turn([fin], 1, a)[0] for a in (dice.real(-40, 10), dice.real(20, 60))]
        parts: Parts = [ball((0, 0.1, 0), (0.42, dice.real(0.15, 0.3), 0.52)), ball((0, 0.05, 0), (0.46, 0.06, 0.56)), limb([(0, 0.1, 0.4), (0, 0.16, 0.75)], [0.1, 0.12])]
        return parts + both_sides(move(legs[:1], 0.5, 0.05, 0.35) + move(legs[1:], 0.42, 0.05, -0.4))
    h, w, d = dice.real(0.12, 0.35), dice.real(0.06, 0.2), 1.0
    zs = np.linspace(-0.5, 0.5, 12)
    shape = np.interp(zs, [-0.5, -0.35, 0.1, 0.35, 0.5], [0.12, 0.3, 1, dice.real(0.7, 0.95), dice.real(0.05, 0.4)])
    path = np.stack([0 * zs, 0 * zs, zs * d], axis=1)
    outline = np.stack([np.cos(np.linspace(0, 2 * np.pi, 15)[:-1]) * w, np.sin(np.linspace(0, 2 * np.pi, 15)[:-1]) * h], axis=1)
    parts = [sweep(path, outline, (1, 0, 0), shape)]
    flat = dice.chance(0.35)  # whales' tails lie
    s = dice.real(0.12, 0.3)
    tail = extrude([(0.02, 0.03), (-0.18, s), (-0.12, 0), (-0.18, -s * dice.real(0.5, 1)), (0.02, -0.03)], 0.015, 0)
    parts += move(turn([tail], 2, 90) if flat else [tail], 0, 0, -0.5)
    fin = extrude([(-0.1, 0), (0.12, 0), (-0.15, dice.real(0.1, 0.25))], 0.015, 0)
    parts += move([fin], 0, h * 0.85, dice.real(-0.1, 0.2))
    if dice.chance(0.6):
        parts += move(stretch([fin], 1, -0.7, 0.8), 0, -h * 0.6, dice.real(-0.3, -0.1))
    side = move(turn([fin], 2, -dice.real(60, 130)), w * 0.7, -h * 0.3, dice.real(0.1, 0.3))
    return parts + both_sides(side)


def bird(dice: Dice) -> Parts:
    """Birds flying and standing, ducks; butterflies and bats."""
    flying = dice.chance(0.5)
    body, r = dice.real(0.3, 0.5), dice.real(0.1, 0.18)
    tilt = dice.real(0, 10) if flying else dice.real(10, 60)
    neck = dice.real(0.05, 0.5)
    parts: Parts = [ball((0, 0, 0), (r, r * 1.1, body)), extrude(np.array([(0.04, -body * 0.8), (0.14, -body - dice.real(0.1, 0.5)), (-0.14, -body - 0.2), (-0.04, -body * 0.8)]), 0.025)]
    parts = turn(parts, 0, -tilt)
    up = 0.1 if flying else dice.real(0.5, 1)
    top = np.array([0, body * np.sin(np.radians(tilt)) * 0.8 + neck * up, body * np.cos(np.radians(tilt)) * 0.8 + neck * (0.9 - 0.7 * up)])
    parts += [limb([(0, top[1] * 0.3, top[2] * 0.5), top * [1, 0.8, 0.95], top], [r * 0.8, r * 0.4, r * 0.4]), ball(top, r * dice.real(0.5, 0.7)), rod(top, top + [0, -0.02, dice.real(0.12, 0.35)], r * 0.25, 0.01)]
    if flying:
        span, chord = dice.real(0.5, 1.2), dice.real(0.15, 0.35)
        outline = smooth([(0, chord / 2), (span * 0.5, chord * 0.7), (span, 0), (span * 0.5, -chord * 0.3), (0, -chord / 2)], 4)
        wing = turn([extrude(outline, 0.025)], 2, dice.real(-20, 40))
        parts += both_sides(move(wing, r * 0.6, 0.04, 0.05))
    else:
        parts += both_sides(turn([ball((r * 0.95, 0.02, -0.05), (0.03, r * 0.8, body * 0.8))], 0, -tilt))
        leg = dice.real(0.05, 0.6)
        for x in (-0.4 * r, 0.4 * r):
            parts += [rod((x, -r * 0.6, 0), (x, -r - leg, 0.02), 0.018, sides=8), *(rod((x, -r - leg, 0.02), (x + s, -r - leg, 0.12), 0.012, sides=6) for s in (-0.06, 0, 0.06))]
    return wobble(parts, dice.rng, 0.006, 0.4)


def insect(dice: Dice) -> Parts:
    """Spiders, ants, bees, beetles, butterflies, scorpions, crabs."""
    legs, reach = dice.pick(3, 3, 4, 4), dice.real(0.3, 0.9)
    parts: Parts = []
    z = 0.0
    for size in (dice.real(0.08, 0.2), dice.real(0.1, 0.18), dice.real(0.15, 0.4))[: dice.pick(2, 3, 3)]:
        long = size * dice.real(1.0, 1.6)
        parts.append(ball((0, 0.2, z - long), (size * 0.8, size * 0.7, long)))
        z -= 1.85 * long
    middle = z * 0.4
    t = dice.real(0.012, 0.03)
    for k in range(legs):
        a = np.radians(np.linspace(-50, 50, legs)[k])
        out, along = np.cos(a) * reach, np.sin(a) * reach
        knee = (0.1 + out * 0.55, 0.2 + dice.real(0.1, 0.4), middle + along * 0.55)
        parts += both_sides([limb([(0.08, 0.2, middle + along * 0.15), knee, (0.1 + out, 0, middle + along)], [t * 1.3, t, t * 0.5], 3, 8)])
    parts += both_sides([limb([(0.03, 0.25, 0), (0.1, 0.4, 0.2), (dice.real(0.1, 0.3), 0.35, dice.real(0.2, 0.5))], [0.012, 0.01, 0.006], 3, 6)])
    if dice.chance(0.4):
        span = dice.real(0.3, 0.9)
        wing = extrude(smooth([(0, 0), (span * 0.6, span * 0.3), (span, 0.05), (span * 0.8, -span * 0.4), (span * 0.2, -span * 0.3)], 4, loop=True), 0.015)
        parts += both_sides(move(turn([wing], 2, dice.real(0, 60)), 0.03, 0.3, middle))
    if dice.chance(0.15):
        parts += both_sides([limb([(0.08, 0.2, -0.1), (0.35, 0.25, 0.2), (0.2, 0.2, 0.5)], [0.04, 0.05, 0.02]), ball((0.22, 0.2, 0.45), (0.08, 0.05, 0.12))])
    return parts


def creature(dice: Dice) -> Parts:
    """Bodies that no zoo has: random limbs on a random spine."""
    count = dice.whole(3, 6)
    spine = np.stack([np.zeros(count), dice.real(0.2, 0.6) + np.cumsum(dice.rng.uniform(-0.15, 0.2, count)), np.linspace(-0.5, 0.5, count)], axis=1)
    radii = dice.rng.uniform(0.04, 0.22, count)
    parts: Parts = [limb(spine, radii, 5, 14)]
    parts += [ball(spine[k], radii[k] * dice.real(0.8, 1.3)) for k in (0, -1)]
    for _ in range(dice.whole(1, 5)):
        k = dice.whole(0, count - 1)
        joints = np.cumsum([[radii[k] * 0.5, 0, 0], *dice.rng.uniform([0.0, -0.35, -0.2], [0.3, 0.2, 0.2], (dice.whole(1, 3), 3))], axis=0)
        parts += both_sides([limb(spine[k] + joints, np.linspace(0.07, 0.02, len(joints)) * dice.real(0.5, 1.5))])
    if dice.chance(0.3):
        parts += around([ball((0.12, 0.5, 0), (0.1, 0.03, 0.05))], dice.whole(3, 7))
    if dice.chance(0.2):
        parts.append(sweep(spine + [0, 0.15, 0], rectangle(0.02, 0.2), (1, 0, 0)))
    return wobble(parts, dice.rng, 0.03, 0.5)


KINDS = {
    "bird": bird, "creature": creature, "dinosaur": dinosaur, "fish": fish, "hand": hand, "head": head, "human": human,
    "insect": insect, "quadruped": quadruped,
}  # fmt: skip

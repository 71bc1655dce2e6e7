"""People of ellipsoids and tapered tubes, wobbled; heads and hands."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.datasets.generated.dice import Dice, Kinds
from pcbin.datasets.generated.parts import Part, Parts, both_sides, stretch, turn, wobble
from pcbin.datasets.generated.solids import ball, box, lathe, rod
from pcbin.datasets.generated.sweeps import smooth, tube


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
    parts: Parts = [
        limb([shoulder, elbow, wrist], [r * 1.25, r, r * 0.7]),
        ball((wrist + hand) / 2, (r * 0.9, long * 0.09, r * 0.7)),
    ]
    if dice.chance(0.3):
        spread = np.cross(hand - wrist, (0, 0, 1.0))
        parts += [
            rod(wrist, hand + (hand - wrist) * 0.6 + spread * s, r * 0.25, sides=6)
            for s in (-0.4, -0.1, 0.2, 0.5)
        ]
    return parts


def human(dice: Dice) -> Parts:
    """A person who stands, walks or sits, slim or stout; skeletons, snowmen, robots."""
    style = dice.pick(*["person"] * 9, "robot", "skeleton", "snowman")
    if style == "snowman":
        r, parts, y = 0.5, [], 0.0
        for k in range(dice.pick(2, 3, 3)):
            s = r * dice.real(0.6, 0.8) ** k
            parts.append(ball((0, y + s * 0.9, 0), s))
            y += 1.7 * s
        stick = rod((0.2, 0.95, 0), (dice.real(0.6, 0.9), dice.real(0.9, 1.4), 0), 0.02)
        return [
            *parts,
            *both_sides([stick]),
            rod((0, y - 0.15, 0.15), (0, y - 0.15, 0.5), 0.05, 0.005),
            rod((0, y, 0), (0, y + 0.25, 0), 0.2, sides=16),
        ]
    tall, fat = 1.75, dice.real(0.8, 1.5)
    crotch, neck = tall * dice.real(0.44, 0.5), tall * dice.real(0.8, 0.84)
    hip, shoulder = 0.15 * dice.real(0.85, 1.2) * fat**0.5, 0.2 * dice.real(0.8, 1.15) * fat**0.4
    deep, head = 0.11 * dice.real(0.85, 1.2) * fat, 0.115 * dice.real(0.9, 1.2)
    waist = hip * dice.real(0.75, 1.05)
    levels = [
        (crotch - 0.05, hip * 0.6),
        (crotch + 0.06, hip),
        (crotch + 0.22, waist),
        (neck - 0.2, shoulder * 0.85),
        (neck - 0.06, shoulder * 0.8),
        (neck, 0.06),
    ]
    curve = smooth([(r, y) for y, r in levels], 4)
    torso = stretch([lathe([(0, levels[0][0]), *curve, (0, neck)])], 1, 1, deep / hip)
    parts = [*torso, rod((0, neck - 0.05, 0), (0, neck + 0.1, 0.01), 0.055)]
    middle = neck + 0.07 + head
    parts.append(ball((0, middle, 0.01), (head * 0.8, head * 1.1, head * 0.95), 2.3))
    if style == "robot":
        parts = [
            box((0, (crotch + neck) / 2, 0), (2 * shoulder, neck - crotch, 2 * deep)),
            box((0, middle, 0), (0.2, 0.22, 0.2)),
            rod((0, neck - 0.05, 0), (0, neck + 0.1, 0), 0.05),
        ]
    if style == "skeleton":
        ys = np.linspace(crotch + 0.3, neck - 0.05, 8)
        parts = [
            limb([(0, crotch, 0), (0, (crotch + neck) / 2, -0.03), (0, neck + 0.1, 0)], [0.03, 0.025, 0.02]),
            ball((0, middle, 0), (head * 0.8, head, head)),
        ]
        angle = np.linspace(0, 2 * np.pi, 17)[:-1]
        for y in ys:
            w = shoulder * (0.55 + 0.4 * np.sin((y - ys[0]) / (ys[-1] - ys[0]) * 2.4))
            parts.append(
                tube(
                    np.stack([w * np.cos(angle), y + 0 * angle, 0.08 + 0.1 * np.sin(angle)], axis=1),
                    0.009,
                    6,
                    loop=True,
                )
            )
        parts += both_sides([ball((0.08, crotch + 0.03, 0), (0.09, 0.09, 0.05))])
    if dice.chance(0.4):  # hair or a hat
        parts.append(
            dice.pick(
                ball((0, middle + head * 0.35, -0.02), (head, head * 0.9, head * 1.05)),
                lathe(
                    [
                        (0, middle + head * 0.6),
                        (head * dice.real(1, 2), middle + head * 0.62),
                        (head * 0.9, middle + head * 0.7),
                        (head * 0.8, middle + head * 1.5),
                        (0, middle + head * 1.5),
                    ]
                ),
            )
        )
    thin, arm = 0.045 * fat**0.5 * (0.35 if style == "skeleton" else 1), tall * 0.42
    pose = dice.pick("down", "down", "out", "out", "any")
    joint = np.array([shoulder * 0.85, neck - 0.07, 0])
    one = _arm(dice, pose, joint, arm, thin)
    parts += (
        both_sides(one) if pose != "any" else one + stretch(_arm(dice, "any", joint, arm, thin), -1, 1, 1)
    )
    step = dice.pick("stand", "stand", "stand", "walk", "sit", "wide")
    thick = 0.075 * fat**0.5 * (0.3 if style == "skeleton" else 1)
    for side in (-1, 1):
        x, out = side * hip * 0.55, side * {"wide": dice.real(0.15, 0.4)}.get(step, dice.real(0.0, 0.06))
        swing = side * dice.real(0.1, 0.4) if step == "walk" else 0.0
        knee, ankle = (
            np.array([x + out / 2, crotch * 0.52, swing * 0.6 + 0.02]),
            np.array([x + out, 0.07, swing if swing > 0 else swing * 1.4]),
        )
        if step == "sit":
            knee, ankle = np.array([x + out, crotch, 0.42]), np.array([x + out, crotch - 0.42, 0.42])
        parts.append(limb([(x, crotch + 0.03, 0), knee, ankle], [thick * 1.25, thick, thick * 0.65]))
        parts.append(ball(ankle + [0, -0.03, 0.06], (0.045, 0.04, 0.12)))
    if style == "person" and dice.chance(0.2):  # a skirt or a coat
        low = dice.real(0.05, 0.6) * crotch
        wide = hip * dice.real(1.1, 2.2)
        parts += stretch(
            [lathe([(wide, low), (hip * 1.05, crotch + 0.15), (hip, crotch + 0.15), (wide - 0.02, low)])],
            1,
            1,
            0.8,
        )
    return wobble(parts, dice.rng, 0.008, 0.5)


def head(dice: Dice) -> Parts:
    """A head with neck, nose, ears and hair; busts, masks, skulls."""
    w, h, d = dice.real(0.36, 0.44), 0.55, dice.real(0.42, 0.55)
    chin = dice.real(0.1, 0.2)
    parts: Parts = [
        ball((0, 0.1, 0), (w, h * 0.75, d), 2.2),
        ball((0, -0.25, 0.1), (w * 0.72, 0.3, d * 0.68)),
        ball((0, -0.42, d * 0.62), (chin, 0.1, 0.12)),
    ]
    nose = dice.real(0.06, 0.2)
    parts.append(
        limb([(0, 0.12, d * 0.9), (0, -0.08, d * 0.92 + nose), (0, -0.12, d * 0.85)], [0.03, 0.06, 0.03])
    )
    parts += both_sides(
        [
            ball((w, 0, -0.03), (0.04, dice.real(0.08, 0.16), 0.08)),
            ball((w * 0.42, 0.08, d * 0.84), (0.08, 0.05, 0.05)),
        ]
    )
    parts += [
        ball((0, -0.24, d * 0.82), (0.13, 0.04, 0.05)),
        ball((0, 0.18, d * 0.84), (w * 0.7, 0.05, 0.06)),
    ]
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
        parts.append(
            lathe(
                [
                    (0, 0.3),
                    (w * dice.real(1.2, 1.9), 0.3),
                    (w * 1.0, 0.36),
                    (w * 0.9, dice.real(0.6, 0.9)),
                    (0, 0.7),
                ]
            )
        )
    elif style == "helmet":
        parts.append(ball((0, 0.15, -0.03), (w * 1.25, h * 0.85, d * 1.2), 2.4))
    if dice.chance(0.15):  # only the face
        parts = [Part(p.triangles[p.triangles[..., 2].mean(axis=1) > -0.05]) for p in parts]
        parts = [p for p in parts if len(p.triangles)]
    return wobble(parts, dice.rng, 0.02, 0.6)


def hand(dice: Dice) -> Parts:
    """A hand with the fingers spread, straight or bent."""
    parts: Parts = [
        ball((0, 0, 0), (0.42, 0.45, dice.real(0.11, 0.2)), 3),
        limb([(0, -0.35, 0), (0, -dice.real(0.5, 1.3), 0)], [0.25, dice.real(0.18, 0.26)]),
    ]
    bent, reach, splay, fat = (
        dice.real(0, 1.2),
        dice.real(0.8, 1.2),
        dice.real(0.0, 0.12),
        dice.real(0.8, 1.2),
    )
    for k, long in enumerate((0.7, 0.85, 0.8, 0.6)):
        x, curl = -0.3 + 0.2 * k, bent * dice.real(0.5, 1.2) * dice.pick(1, 1, 0.1)
        tip = [(x, 0.35, 0)]
        for s in (0.4, 0.35, 0.25):
            a = curl * len(tip) * 0.6
            tip.append(
                (
                    tip[-1][0] + (k - 1.5) * splay,
                    tip[-1][1] + s * reach * long * np.cos(a),
                    tip[-1][2] + s * reach * long * np.sin(a),
                )
            )
        parts.append(limb(tip, fat * np.array([0.1, 0.09, 0.085, 0.06]), 3))
    parts.append(
        limb([(-0.3, -0.2, 0.05), (-0.6, 0.1, 0.12), (-0.68, 0.4, 0.15 + bent * 0.2)], [0.13, 0.11, 0.08], 3)
    )
    return dice.pick(parts, turn(parts, 2, 90), turn(parts, 0, 90))


KINDS: Kinds = {"hand": hand, "head": head, "human": human}

"""Body, clothes and loads, painted onto a Figure from back to front."""

from __future__ import annotations

import math

from PIL import Image

from nasreid.data.people.figure import Figure, Pose
from nasreid.data.people.person import Person


def draw(who: Person, pose: Pose, cloths: dict[str, Image.Image], infrared: bool = False) -> Image.Image:
    """The person as an RGBA picture of fabric.SIZE; alpha is 255 where the person is."""
    figure = Figure(who, pose, cloths, infrared)
    far, near = (-1, 1) if figure.turn >= 0 else (1, -1)
    if figure.frontal > 0:
        _backpack(figure)
    _arm(figure, far)
    _leg(figure, far, 0.8)
    _leg(figure, near, 1.0)
    _skirt(figure)
    _torso(figure)
    _front(figure)
    _head(figure)
    if figure.frontal <= 0:
        _backpack(figure)
    _arm(figure, near)
    _load(figure)
    figure.image.putalpha(figure.cover)
    return figure.image


def _arm(figure: Figure, side: int) -> None:
    who = figure.who
    swing = 0.45 * who.gait * math.sin(figure.pose.phase) * side
    x = side * figure.chest * abs(figure.frontal) * 0.97
    out = side * 0.025 * abs(figure.frontal)
    elbow = (x + out + 0.13 * math.sin(swing) * figure.turn, 0.335)
    hand = (elbow[0] + out * 0.3 + 0.16 * math.sin(swing + 0.25) * figure.turn, 0.475 - 0.03 * abs(swing))
    shade = 0.85 if side * figure.turn < 0 else 0.95
    cloth = "top shade"
    figure.limb((x, 0.195), elbow, 0.036, 0.03, "skin" if who.sleeves == "none" else cloth, shade)
    figure.limb(elbow, hand, 0.029, 0.022, cloth if who.sleeves == "long" else "skin", shade)
    figure.oval(*hand, 0.02, 0.024, "skin", shade)


def _leg(figure: Figure, side: int, shade: float) -> None:
    who, phase = figure.who, figure.pose.phase
    swing = 0.42 * who.gait * math.sin(phase) * -side
    lift = 0.035 * max(0.0, math.cos(phase) * -side)
    hip = (side * figure.hip * 0.48 * abs(figure.frontal), figure.crotch - 0.01)
    knee_y, foot_y = figure.crotch + who.legs * 0.48, 0.965 - lift
    knee = (hip[0] + 0.24 * math.sin(swing) * figure.turn, knee_y)
    foot = (knee[0] + 0.22 * math.sin(swing - 0.25 * abs(swing)) * figure.turn, foot_y)
    bare = who.legwear in ("shorts", "skirt")
    thick = 0.062 if who.legwear == "wide" else 0.05
    cloth = "bottom" if shade == 1.0 else "bottom shade"
    figure.limb(hip, knee, thick, thick * 0.85, "skin" if who.legwear == "skirt" else cloth, shade)
    figure.limb(knee, foot, 0.04 if bare else thick * 0.8, 0.026 if bare else thick * 0.72,
                "skin" if bare else cloth, shade)  # fmt: skip
    toe = foot[0] + 0.035 * figure.turn + 0.01 * side * abs(figure.frontal)
    figure.oval((foot[0] + toe) / 2, foot[1] + 0.018, 0.032 + 0.02 * abs(figure.turn), 0.018, "shoe", shade)


def _skirt(figure: Figure) -> None:
    who = figure.who
    if "skirt" not in who.legwear:
        figure.box(0, figure.crotch - 0.03, figure.hip * (0.85 + 0.1 * abs(figure.frontal)), 0.035, "bottom")
        return
    low = figure.crotch + who.legs * (0.32 if who.legwear == "skirt" else 0.75)
    wide = figure.hip * 1.45 + 0.015 * math.sin(figure.pose.phase)
    figure.shape([(-figure.waist, 0.42), (figure.waist, 0.42), (wide, low), (-wide, low)], "bottom")


def _torso(figure: Figure) -> None:
    chest, waist, hem = figure.chest, figure.waist, figure.crotch - 0.015 + figure.who.hem
    low = max(figure.hip, waist) * (1.03 + figure.who.hem)
    right = [(0.035, 0.148), (chest, 0.178), (chest * 1.02, 0.24), (waist, 0.40), (low, hem)]
    figure.box(0, 0.14, 0.028, 0.03, "skin", 0.85)
    figure.shape(right + [(-x, y) for x, y in reversed(right)], "top")


def _front(figure: Figure) -> None:
    """What only one side of the clothes shows: an open jacket, a zip, an emblem, a number on the back."""
    who, frontal = figure.who, figure.frontal
    x = 0.09 * figure.turn
    hem = figure.crotch - 0.015 + who.hem
    if frontal > 0.2 and who.front == "open":
        figure.shape([(x, 0.16), (x + 0.035 * frontal, 0.2), (x + 0.045 * frontal, hem), (x - 0.045 * frontal, hem),
                      (x - 0.035 * frontal, 0.2)], "inner")  # fmt: skip
    elif frontal > 0.2 and who.front == "zip":
        figure.box(x, (0.16 + hem) / 2, 0.008, (hem - 0.16) / 2, "inner")
    elif frontal > 0.2 and who.emblem == "disc":
        figure.oval(x, 0.27, 0.052 * frontal, 0.052, "inner")
    if frontal > 0.2 and who.emblem == "bar":
        figure.box(x, 0.235, figure.chest * 0.95, 0.02, "inner")
    elif frontal < -0.2 and who.emblem in ("number", "disc"):
        figure.box(-x, 0.29, 0.05 * -frontal, 0.06, "inner")


def _head(figure: Figure) -> None:
    who, frontal, turn = figure.who, figure.frontal, figure.turn
    figure.oval(0.012 * turn, 0.078, 0.046, 0.062, "skin")
    if who.hair == "bald":
        return
    material = {"cap": "hat", "hood": "top shade"}.get(who.hair, "hair")
    back = -0.03 * turn
    figure.oval(back * 0.5, 0.045, 0.05, 0.042, material)
    if frontal < 0.3:  # the back of the head grows over the face as the person turns away
        figure.oval(back * (1 + frontal), 0.07, 0.03 + 0.02 * max(0.0, -frontal), 0.055, material)
    if who.hair == "afro":
        figure.oval(back, 0.045, 0.068, 0.055, material)
    elif who.hair == "bun":
        figure.oval(back * 1.6, 0.0, 0.026, 0.024, material)
    elif who.hair == "cap" and frontal > -0.5:
        figure.oval(0.05 * turn, 0.05, 0.03 + 0.02 * frontal, 0.012, material, 0.7)
    elif who.hair in ("long", "hood"):
        for side in (-1, 1) if frontal > 0.3 else (0,):
            figure.box(back * 1.2 + side * 0.043, 0.12, 0.014 + 0.03 * (side == 0), 0.07, material, 0.92)


def _backpack(figure: Figure) -> None:
    if figure.who.load != "backpack":
        return
    x = -figure.turn * (figure.chest + 0.035)
    wide = 0.045 + 0.045 * abs(figure.frontal)
    figure.box(x * abs(figure.turn), 0.29, wide, 0.105, "load")
    figure.oval(x * abs(figure.turn), 0.19, wide, 0.035, "load")
    figure.box(x * abs(figure.turn), 0.335, wide * 0.7, 0.035, "load2")


def _load(figure: Figure) -> None:
    who, frontal = figure.who, figure.frontal
    side = who.side if frontal > 0 else -who.side
    out = side * (figure.chest + 0.03) * (0.3 + 0.7 * abs(frontal))
    if who.load == "backpack" and frontal > 0.3:
        for strap in (-1, 1):
            figure.box(strap * figure.chest * 0.6, 0.24, 0.011, 0.075, "load")
    elif who.load == "shoulder bag":
        figure.limb((-side * figure.chest * 0.6, 0.17), (out * 0.8, 0.46), 0.011, 0.011, "load", 0.9)
        figure.box(out * 0.85, 0.5, 0.055, 0.05, "load")
        figure.box(out * 0.85, 0.48, 0.055, 0.012, "load2")
    elif who.load == "handbag":
        figure.limb((out, 0.47), (out, 0.53), 0.006, 0.006, "load2")
        figure.box(out * 1.05, 0.575, 0.05, 0.045, "load")
    elif who.load == "suitcase":
        figure.limb((out * 1.1, 0.48), (out * 1.35, 0.7), 0.007, 0.007, "load2")
        figure.box(out * 1.4, 0.82, 0.065, 0.12, "load")
        figure.box(out * 1.4, 0.82, 0.065, 0.015, "load2")
    elif who.load == "umbrella":
        _umbrella(figure, out)


def _umbrella(figure: Figure, out: float) -> None:
    arc = [math.pi * (1 + step / 12) for step in range(13)]
    for first, last, material in ((0, 13, "load"), (4, 9, "load2")):
        rim = [(out * 0.4 + 0.21 * math.cos(a), 0.06 + 0.12 * math.sin(a)) for a in arc[first:last]]
        figure.shape([*rim, (out * 0.4, 0.05)] if first else rim, material)
    figure.limb((out * 0.4, 0.05), (out * 0.7, 0.42), 0.006, 0.006, "shoe")

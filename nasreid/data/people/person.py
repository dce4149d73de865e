"""Who a procedural person is: body, hair, clothes and load, as numbers drawn from (seed, identity)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Colour = tuple[int, int, int]
MIDDLE = 130.0  # of the greys that are drawn
FAMILY = 4  # so many neighbouring identities wear the same colours and differ in everything else
TEXTURES = ("plain", "hoops", "pinstripes", "checks", "dots", "diagonal", "blocks", "camouflage")
CLOTHES = ((28, 28, 34), (60, 62, 70), (120, 122, 126), (216, 216, 212), (34, 46, 96), (60, 104, 170), (140, 30, 36),
           (196, 60, 50), (42, 84, 52), (120, 130, 66), (206, 168, 60), (112, 72, 46), (178, 150, 118), (124, 70, 128),
           (216, 140, 156), (70, 150, 150))  # fmt: skip
SKINS = ((240, 206, 180), (222, 178, 146), (190, 140, 106), (150, 102, 74), (104, 70, 52), (76, 52, 40))
HAIRS = ((24, 20, 20), (60, 42, 30), (104, 70, 42), (176, 140, 84), (140, 62, 34), (170, 168, 164))


@dataclass(frozen=True)
class Person:
    """Lengths are fractions of the body's height; `visible` and `infrared` map each material to its colour."""

    height: float
    girth: float
    shoulders: float
    legs: float
    hair: str
    sleeves: str
    hem: float
    front: str
    texture: str
    period: float
    legwear: str
    leg_texture: str
    emblem: str
    load: str
    side: int
    gait: float
    visible: dict[str, Colour]
    infrared: dict[str, Colour]


def person(seed: int, identity: int, correlation: float = 0.0) -> Person:
    """The person behind a number; `FAMILY` neighbours share the colours of their clothes.

    correlation: of the greys in infrared with the luminances in visible light, 0 to 1.
    """
    rng = np.random.default_rng([seed, 1, identity])
    family = np.random.default_rng([seed, 2, identity // FAMILY])
    member = identity % FAMILY
    colours = _family_colours(family)
    textures = family.permutation(TEXTURES)
    infrared = _reflectances(np.random.default_rng([seed, 3, identity]))
    found = Person(
        height=rng.uniform(0.86, 1.0),
        girth=rng.uniform(0.8, 1.35),
        shoulders=rng.uniform(0.88, 1.14),
        legs=rng.uniform(0.46, 0.53),
        hair=_pick(rng, ("short", "short", "long", "bun", "bald", "cap", "hood", "afro")),
        sleeves=_pick(rng, ("long", "long", "short", "none")),
        hem=rng.choice([0.0, 0.0, 0.03, 0.16, 0.24]),
        front=_pick(rng, ("closed", "closed", "zip", "open")),
        texture=str(textures[member]),
        period=rng.uniform(18, 34),
        legwear=_pick(rng, ("trousers", "trousers", "wide", "shorts", "skirt", "long skirt")),
        leg_texture=_pick(rng, ("plain", "plain", "plain", "checks", "pinstripes", "blocks")),
        emblem=_pick(rng, ("none", "none", "disc", "bar", "number")),
        load=_pick(rng, ("none", "backpack", "backpack", "shoulder bag", "handbag", "suitcase", "umbrella")),
        side=int(rng.choice([-1, 1])),
        gait=rng.uniform(0.6, 1.3),
        visible=colours | _own_colours(rng),
        infrared=infrared,
    )
    return replace(found, infrared=_correlated(infrared, found.visible, correlation)) if correlation else found


def _pick(rng: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[rng.integers(len(names))]


def _family_colours(rng: np.random.Generator) -> dict[str, Colour]:
    top, top2, bottom = (CLOTHES[i] for i in rng.choice(len(CLOTHES), 3, replace=False))
    return {"top": top, "top2": top2, "bottom": bottom, "bottom2": _towards(bottom, top2, 0.5)}


def _own_colours(rng: np.random.Generator) -> dict[str, Colour]:
    names = ("inner", "load", "load2", "hat")
    colours = {name: CLOTHES[i] for name, i in zip(names, rng.integers(len(CLOTHES), size=4), strict=True)}
    shoe = _pick_colour(rng, CLOTHES[:4] + CLOTHES[11:12])
    return colours | {"skin": _pick_colour(rng, SKINS), "hair": _pick_colour(rng, HAIRS), "shoe": shoe}


def _reflectances(rng: np.random.Generator) -> dict[str, Colour]:
    """Near infrared: dyes are mostly transparent to it, so a garment's grey has little to do with its colour."""
    names = ("top", "top2", "bottom", "bottom2", "inner", "load", "load2", "hat", "hair", "shoe")
    greys = {name: int(grey) for name, grey in zip(names, rng.integers(30, 230, size=len(names)), strict=True)}
    greys["skin"] = int(rng.integers(185, 225))
    return {name: (grey, grey, grey) for name, grey in greys.items()}


def _correlated(greys: dict[str, Colour], visible: dict[str, Colour], correlation: float) -> dict[str, Colour]:
    """Greys that follow the luminances (ITU-R BT.601) of the visible colours; both have about the same spread."""
    mixed = {}
    for name, (grey, _, _) in greys.items():
        luminance = float(np.dot((0.299, 0.587, 0.114), visible[name]))
        value = MIDDLE + correlation * (luminance - MIDDLE) + (1 - correlation**2) ** 0.5 * (grey - MIDDLE)
        mixed[name] = (round(float(np.clip(value, 0, 255))),) * 3
    return mixed


def _pick_colour(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return colours[rng.integers(len(colours))]


def _towards(start: Colour, end: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue

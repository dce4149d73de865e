"""A person drawn in one pose: flat shapes on a transparent canvas, enough for a small surveillance crop."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image, ImageDraw

from nasreid.data.people.fabric import SIZE
from nasreid.data.people.person import Colour, Person

Point = tuple[float, float]
TALL = 232.0  # canvas pixels of a person of height 1
CIRCLE = [(math.cos(step * math.pi / 8), math.sin(step * math.pi / 8)) for step in range(16)]


@dataclass(frozen=True)
class Pose:
    """yaw 0 faces us, pi shows the back (radians); phase in [0, 2 pi) is the walking cycle."""

    yaw: float
    phase: float


class Figure:
    """The canvas and the body's measures, in fractions of the body's height with the top of the head at y = 0."""

    def __init__(self, who: Person, pose: Pose, cloths: dict[str, Image.Image], infrared: bool = False):
        self.who, self.pose, self.cloths = who, pose, cloths
        self.colours = who.infrared if infrared else who.visible
        self.image = Image.new("RGB", SIZE)
        self.cover = Image.new("L", SIZE)
        self._on_image, self._on_cover = ImageDraw.Draw(self.image), ImageDraw.Draw(self.cover)
        self.frontal, self.turn = math.cos(pose.yaw), math.sin(pose.yaw)
        self.scale = TALL * who.height
        self.top = SIZE[1] - 8 - self.scale
        spread = math.hypot(self.frontal, 0.55 * self.turn)  # a body is about half as deep as it is wide
        self.chest = 0.112 * who.shoulders * spread * (0.7 + 0.3 * who.girth)
        self.waist = 0.088 * who.girth * math.hypot(self.frontal, 0.75 * self.turn)
        self.hip = 0.1 - 0.02 * self.turn**2 + 0.03 * (who.girth - 1)
        self.crotch = 1 - who.legs
        self.bob = 0.008 * math.cos(2 * pose.phase)

    def shape(self, points: list[Point], material: str, shade: float = 1.0) -> None:
        """Fill a polygon with a colour or, where there is one, a fabric of that name."""
        corners = [(SIZE[0] / 2 + x * self.scale, self.top + (y + self.bob) * self.scale) for x, y in points]
        self._on_cover.polygon(corners, fill=255)
        if material in self.cloths:
            self._cut(self.cloths[material], corners)
        else:
            self._on_image.polygon(corners, fill=_shaded(self.colours[material], shade))

    def oval(self, x: float, y: float, rx: float, ry: float, material: str, shade: float = 1.0) -> None:
        """Fill an ellipse around (x, y)."""
        self.shape([(x + rx * u, y + ry * v) for u, v in CIRCLE], material, shade)

    def box(self, x: float, y: float, rx: float, ry: float, material: str, shade: float = 1.0) -> None:
        """Fill an upright rectangle around (x, y)."""
        self.shape([(x - rx, y - ry), (x + rx, y - ry), (x + rx, y + ry), (x - rx, y + ry)], material, shade)

    def limb(self, start: Point, end: Point, r0: float, r1: float, material: str, shade: float = 1.0) -> None:
        """Fill a tapered limb with round ends."""
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        nx, ny = (y1 - y0) / length, (x0 - x1) / length
        corners = [(x0 + nx * r0, y0 + ny * r0), (x1 + nx * r1, y1 + ny * r1)]
        corners += [(x1 - nx * r1, y1 - ny * r1), (x0 - nx * r0, y0 - ny * r0)]
        self.shape(corners, material, shade)
        self.oval(x1, y1, r1, r1, material, shade)

    def _cut(self, cloth: Image.Image, corners: list[Point]) -> None:
        xs, ys = zip(*corners, strict=True)
        left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
        right, bottom = min(SIZE[0], math.ceil(max(xs)) + 1), min(SIZE[1], math.ceil(max(ys)) + 1)
        if left < right and top < bottom:
            mask = Image.new("L", (right - left, bottom - top))
            ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in corners], fill=255)
            self.image.paste(cloth.crop((left, top, right, bottom)), (left, top), mask)


def _shaded(colour: Colour, shade: float) -> Colour:
    red, green, blue = (round(channel * shade) for channel in colour)
    return red, green, blue

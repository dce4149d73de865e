"""Fabrics: the textures of clothes as pictures, cut to shape by the figure that wears them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from nasreid.data.people.person import Colour, Person

SIZE = (176, 256)  # width, height of the canvas a figure is drawn on: twice the pixels of a 128-row crop


def fabrics(who: Person, infrared: bool = False) -> dict[str, Image.Image]:
    """The pictures (RGB, SIZE) of the person's top and bottom, lit ("top", "bottom") and shaded ("... shade")."""
    colours = who.infrared if infrared else who.visible
    top = weave(who.texture, colours["top"], colours["top2"], who.period)
    bottom = weave(who.leg_texture, colours["bottom"], colours["bottom2"], who.period * 0.8)
    cloths = {"top": top, "bottom": bottom}
    return cloths | {f"{name} shade": cloth.point(lambda value: value * 0.78) for name, cloth in cloths.items()}


def weave(texture: str, first: Colour, second: Colour, period: float) -> Image.Image:
    """A picture (RGB, SIZE) of two colours; `period` in canvas pixels."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    x -= SIZE[0] / 2
    share = np.clip(_PATTERNS[texture](x, y, period), 0, 1)[..., None]  # (H, W, 1), 1 where the second colour is
    pixels = np.array(first, np.float32) * (1 - share) + np.array(second, np.float32) * share
    return Image.fromarray(pixels.astype(np.uint8))


def _wave(t: np.ndarray) -> np.ndarray:
    """A square wave of period 1 with soft edges."""
    return 0.5 + 4 * np.sin(2 * np.pi * t)


def _plain(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    return np.zeros_like(x)


def _hoops(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    return _wave(y / period)


def _pinstripes(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    return _wave(x / (0.6 * period)) - 1.5


def _checks(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    return 0.5 * np.clip(_wave(x / period), 0, 1) + 0.5 * np.clip(_wave(y / period), 0, 1)


def _dots(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    u, v = x / period % 1 - 0.5, y / period % 1 - 0.5
    return 3 - 30 * (u * u + v * v)


def _diagonal(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    return _wave((x + y) / (1.4 * period))


def _blocks(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    return (y - SIZE[1] * 0.33) / 3 + 0.5


def _camouflage(x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    u, v = 2 * np.pi * x / period / 1.7, 2 * np.pi * y / period / 1.7
    return 0.3 + 3 * (np.sin(u + 1.7 * np.sin(v)) + np.sin(v * 0.8 + 1.3 * np.sin(0.7 * u + 1)))


_PATTERNS = {"plain": _plain, "hoops": _hoops, "pinstripes": _pinstripes, "checks": _checks, "dots": _dots,
             "diagonal": _diagonal, "blocks": _blocks, "camouflage": _camouflage}  # fmt: skip

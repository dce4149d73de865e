"""The place a camera looks at: a cluttered picture that the crops of its people are cut from."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from nasreid.data.people.person import Colour

SIZE = (384, 192)  # width, height in pixels of the crops


def palette(rng: np.random.Generator) -> np.ndarray:
    """Colours (7, 3) of a town: its cameras share them, so that a colour alone does not tell the place."""
    return rng.integers(80, 180, size=(7, 1)) + rng.integers(-12, 13, size=(7, 3))


def scene(rng: np.random.Generator, town: np.ndarray, infrared: bool = False) -> Image.Image:
    """A wall, a ground, and clutter (RGB, SIZE) in a town's colours (7, 3); grey when infrared."""
    colours = [_colour(rng, base, infrared) for base in rng.permutation(town)]
    image = Image.new("RGB", SIZE, colours[0])
    draw = ImageDraw.Draw(image)
    horizon = int(rng.uniform(0.3, 0.6) * SIZE[1])
    _wall(draw, rng, horizon, colours[1])
    draw.rectangle((0, horizon, *SIZE), fill=colours[2])
    _paving(draw, rng, horizon, colours[3])
    for _ in range(rng.integers(6, 14)):
        _clutter(draw, rng, horizon, colours[rng.integers(3, 7)])
    return _grain(image.filter(ImageFilter.GaussianBlur(1.2)), rng)


def _colour(rng: np.random.Generator, base: np.ndarray, infrared: bool) -> Colour:
    moved = base + rng.normal(0, 6, size=3)
    red, green, blue = (int(channel) for channel in np.clip(moved.mean() if infrared else moved, 0, 255) + np.zeros(3))
    return red, green, blue


def _wall(draw: ImageDraw.ImageDraw, rng: np.random.Generator, horizon: int, colour: Colour) -> None:
    """Windows or panels in a regular row, at a size of the place's own."""
    width, gap, high = rng.integers(14, 60), rng.integers(8, 40), rng.uniform(0.3, 0.9)
    for x in range(int(rng.integers(0, 30)), SIZE[0], int(width + gap)):
        draw.rectangle((x, horizon * (1 - high), x + width, horizon * 0.95), fill=colour)


def _paving(draw: ImageDraw.ImageDraw, rng: np.random.Generator, horizon: int, colour: Colour) -> None:
    """Lines that run towards us, and across."""
    centre, spread = rng.uniform(0, SIZE[0]), rng.uniform(20, 90)
    for step in range(-8, 9):
        draw.line((centre + step * spread * 0.3, horizon, centre + step * spread, SIZE[1]), fill=colour, width=1)
    for y in np.geomspace(8, SIZE[1] - horizon, int(rng.integers(3, 8))):
        draw.line((0, horizon + y, SIZE[0], horizon + y), fill=colour, width=1)


def _clutter(draw: ImageDraw.ImageDraw, rng: np.random.Generator, horizon: int, colour: Colour) -> None:
    """A pole, a sign, a shrub or a parked bicycle's worth of ellipses."""
    x, y = rng.uniform(0, SIZE[0]), rng.uniform(horizon - 30, SIZE[1] - 20)
    size = rng.uniform(8, 40)
    kind = rng.integers(4)
    if kind == 0:
        draw.rectangle((x, 0, x + size * 0.2, y), fill=colour)
    elif kind == 1:
        draw.rectangle((x, y - size, x + size * rng.uniform(0.5, 2), y), fill=colour)
    elif kind == 2:
        for dx, dy in rng.normal(0, size * 0.4, size=(6, 2)):
            draw.ellipse((x + dx, y + dy, x + dx + size * 0.6, y + dy + size * 0.6), fill=colour)
    else:
        for dx in (0, size * 1.4):
            draw.ellipse((x + dx, y, x + dx + size, y + size), outline=colour, width=2)


def _grain(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Stains: slow noise over the whole place."""
    coarse = rng.normal(0, 16, size=(SIZE[1] // 12, SIZE[0] // 12))
    stains = np.asarray(Image.fromarray(coarse.astype(np.float32)).resize(SIZE, Image.Resampling.BICUBIC))
    pixels = np.asarray(image, dtype=np.float32) + stains[..., None]  # (H, W, 3)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

"""What a camera does to people: viewpoint, light, colour response, resolution, background, occlusion, box jitter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from nasreid.data.people.fabric import SIZE as CANVAS
from nasreid.data.people.figure import Pose
from nasreid.data.people.scene import SIZE as PLACE
from nasreid.data.people.scene import palette, scene

LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Camera:
    """One camera; angles in radians, `detail` = share of the crop's rows that it resolves, noise in grey levels."""

    place: Image.Image
    facing: float
    scale: float
    stretch: float
    lean: float
    light: float
    side_light: float
    response: np.ndarray  # (3, 3), RGB of the world -> RGB of the camera
    gamma: np.ndarray  # (3,)
    drift: float  # of the light's colour, from shot to shot
    haze: float
    detail: float
    noise: float
    quality: int
    hidden: float
    jitter: float


def camera(seed: int, domain: int, number: int, infrared: bool = False) -> Camera:
    """The camera behind a number. Casts of neighbouring numbers lie far apart on the circle of hues."""
    rng = np.random.default_rng([seed, 4, domain, number, int(infrared)])
    town = np.random.default_rng([seed, 5, domain])
    hue = town.uniform(0, 2 * math.pi) + number * 2.4 + rng.normal(0, 0.2)  # 2.4 is the golden angle
    cast = np.exp(rng.uniform(0.04, 0.09) * np.cos(hue + np.array([0, 2.1, 4.2])))
    mix = np.eye(3) + rng.normal(0, 0.03, size=(3, 3))
    saturation = rng.uniform(0.65, 1.1)
    grey = np.tile(LUMA, (3, 1))
    return Camera(
        place=scene(rng, palette(town), infrared),
        facing=rng.uniform(0, 2 * math.pi),
        scale=rng.uniform(1.02, 1.16),
        stretch=rng.uniform(1.12, 1.45),
        lean=rng.normal(0, 0.05),
        light=rng.uniform(0.9, 1.12),
        side_light=rng.uniform(-0.35, 0.35),
        response=grey if infrared else cast[:, None] * (saturation * mix + (1 - saturation) * grey),
        gamma=np.exp(rng.uniform(-0.13, 0.13) + (0 if infrared else 1) * rng.normal(0, 0.04, size=3)),
        drift=0.0 if infrared else 0.05,
        haze=rng.uniform(0, 0.06),
        detail=rng.uniform(0.36, 0.85),
        noise=rng.uniform(1, 7) * (2 if infrared else 1),
        quality=int(rng.integers(60, 92)),
        hidden=rng.uniform(0.1, 0.35),
        jitter=rng.uniform(0.02, 0.05),
    )


def pose(device: Camera, rng: np.random.Generator) -> Pose:
    """How a person walks past: mostly along the camera's own direction, either way."""
    yaw = device.facing + math.pi * rng.integers(2) + rng.normal(0, 0.6)
    return Pose(yaw=yaw % (2 * math.pi), phase=rng.uniform(0, 2 * math.pi))


def shoot(
    device: Camera, figure: Image.Image, other: Image.Image | None, size: tuple[int, int], rng: np.random.Generator
) -> Image.Image:
    """The camera's crop (RGB, size = width, height) of a figure (RGBA), perhaps with another person in front."""
    image = _background(device, size, rng)
    body = _placed(device, figure, size, rng)
    image.paste(body, mask=body)
    if other is not None:
        passer = _placed(device, other, size, rng, aside=rng.choice([-1, 1]) * rng.uniform(0.32, 0.5))
        image.paste(passer, mask=passer)
    elif rng.random() < device.hidden:
        _cover(image, rng)
    return _seen(device, image, rng)


def _background(device: Camera, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    zoom = rng.uniform(0.6, 0.9)
    width, height = round(PLACE[1] * zoom * size[0] / size[1]), round(PLACE[1] * zoom)
    left, top = int(rng.integers(0, PLACE[0] - width + 1)), int(rng.integers(0, PLACE[1] - height + 1))
    return device.place.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))


def _placed(
    device: Camera, figure: Image.Image, size: tuple[int, int], rng: np.random.Generator, aside: float = 0.0
) -> Image.Image:
    """The figure scaled, leant and shifted into the crop, one resampling."""
    shift_x, shift_y, zoom = rng.normal(0, device.jitter, size=3)
    down = CANVAS[1] / size[1] / (device.scale * (1 + zoom))  # canvas pixels per pixel of the crop
    lean = device.lean + rng.normal(0, 0.02)
    across = down / device.stretch
    middle_x, middle_y = size[0] * (0.5 + shift_x + aside), size[1] * (0.5 + shift_y)
    across_y, down_x = -lean * across, lean * across
    return figure.transform(
        size,
        Image.Transform.AFFINE,
        (across, across_y, CANVAS[0] / 2 - across * middle_x - across_y * middle_y,
         down_x, down, CANVAS[1] / 2 - down_x * middle_x - down * middle_y),
        resample=Image.Resampling.BILINEAR,
    )  # fmt: skip


def _cover(image: Image.Image, rng: np.random.Generator) -> None:
    """Something stands before the person: a post, or a wall, a car, a hedge at the foot of the picture."""
    width, height = image.size
    grey = rng.integers(30, 200)
    colour = tuple(int(channel) for channel in np.clip(grey + rng.integers(-25, 26, size=3), 0, 255))
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.5:
        x, wide = rng.uniform(0.1, 0.8) * width, rng.uniform(0.08, 0.22) * width
        draw.rectangle((x, 0, x + wide, height), fill=colour)
    else:
        draw.rectangle((0, height * rng.uniform(0.68, 0.88), width, height), fill=colour)


def _seen(device: Camera, image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """What the sensor makes of it, at the sensor's own resolution, blown up again to the crop's size."""
    small = (max(1, round(image.width * device.detail)), max(1, round(image.height * device.detail)))
    pixels = np.asarray(image.resize(small, Image.Resampling.BOX), np.float32) / 255  # (H, W, 3)
    across = np.linspace(-1, 1, small[0])[None, :, None]
    hour = np.exp(rng.normal(0, 0.12) + rng.normal(0, device.drift, size=3))  # the light of the day, (3,)
    light = device.light * hour * (1 + device.side_light * across)
    response, gamma = device.response.T.astype(np.float32), device.gamma.astype(np.float32)
    seen = np.clip(light.astype(np.float32) * (pixels @ response), 0, 1) ** gamma
    grain = rng.standard_normal(seen.shape[:2], np.float32)[..., None] * (device.noise / 255 * rng.uniform(0.5, 1.2))
    seen = np.clip(device.haze + (1 - device.haze) * seen + grain, 0, 1) * 255
    return Image.fromarray(seen.astype(np.uint8)).resize(image.size, Image.Resampling.BILINEAR)

"""Spaces as a third party might write them: one without fault, and one for each law that breaks."""

import itertools
import random

import torch
from torch import nn

from nasreid.space import SearchSpace, choice


class Good(SearchSpace):
    """Two decisions on a stem."""

    def __init__(self, width: int = 8, second: int = 8):
        super().__init__()
        self.width = width
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=4, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.one = choice("stage.one", {"conv": nn.Conv2d(8, 8, 3, padding=1), "skip": nn.Identity()})
        self.two = choice("stage.two", {"plain": nn.Conv2d(8, 8, 1), "wide": nn.Conv2d(8, second, 3, padding=1)})

    def maps(self, images, modality=None):
        return self.two(self.one(self.stem(images)))


class Shapes(SearchSpace):
    """A candidate of the second stage has one channel, which a sum would not even notice."""

    def __init__(self):
        super().__init__()
        self.width = 8
        self.one = choice("stage.one", {"conv": nn.Conv2d(3, 8, 3, padding=1), "point": nn.Conv2d(3, 8, 1)})
        self.two = choice("stage.two", {"plain": nn.Conv2d(8, 8, 1), "narrow": nn.Conv2d(8, 1, 1)})

    def maps(self, images, modality=None):
        return self.two(self.one(images))


class Strides(SearchSpace):
    """A candidate halves the maps."""

    def __init__(self):
        super().__init__()
        self.width = 8
        self.block = choice("block", {"conv": nn.Conv2d(3, 8, 1), "stride": nn.Conv2d(3, 8, 1, stride=2)})

    def maps(self, images, modality=None):
        return self.block(images)


class Width(SearchSpace):
    """Says nine, makes eight."""

    def __init__(self):
        super().__init__()
        self.width = 9
        self.block = choice("block", {"conv": nn.Conv2d(3, 8, 1), "wide": nn.Conv2d(3, 8, 3, padding=1)})

    def maps(self, images, modality=None):
        return self.block(images)


class Chance(Width):
    """Its forward draws from torch's generator, in evaluation as well."""

    def __init__(self):
        super().__init__()
        self.width = 8

    def maps(self, images, modality=None):
        return self.block(images) + 1e-6 * torch.randn(1, dtype=images.dtype)


class Foreign(Chance):
    """Its forward draws from Python's generator while it trains."""

    def maps(self, images, modality=None):
        return self.block(images) * (random.random() if self.training else 1)


class Lottery(Chance):
    """Its constructor draws from Python's generator."""

    def __init__(self):
        super().__init__()
        nn.init.constant_(self.block["conv"].weight, random.random())

    def maps(self, images, modality=None):
        return self.block(images)


class Company(Chance):
    """What it makes of an image depends on the first one of the batch."""

    def maps(self, images, modality=None):
        maps = self.block(images)
        return maps - maps[:1]


def one_convolution(candidates, weights, x):
    """A cheaper mix of convolutions, which forgets the gradient of the bias."""
    layers = list(candidates.values())
    weight = sum(w * layer.weight for w, layer in zip(weights, layers, strict=True))
    bias = sum(w * layer.bias for w, layer in zip(weights, layers, strict=True))
    return nn.functional.conv2d(x, weight, bias.detach())


class Mix(SearchSpace):
    """Its mix is not the plain sum."""

    def __init__(self):
        super().__init__()
        self.width = 8
        self.block = choice("block", {"one": nn.Conv2d(3, 8, 1), "two": nn.Conv2d(3, 8, 1)}, one_convolution)

    def maps(self, images, modality=None):
        return self.block(images)


class Names(SearchSpace):
    """Its modules are numbered through all that were ever made, so that no weight is found again."""

    numbers = itertools.count()

    def __init__(self):
        super().__init__()
        self.width = 8
        self.stem = nn.ModuleDict({f"stem{next(Names.numbers)}": nn.Conv2d(3, 8, 1)})
        self.block = choice("block", {"conv": nn.Conv2d(8, 8, 1), "wide": nn.Conv2d(8, 8, 3, padding=1)})

    def maps(self, images, modality=None):
        for layer in self.stem.values():
            images = layer(images)
        return self.block(images)


class Middle(SearchSpace):
    """Says that its middle has four channels."""

    def __init__(self):
        super().__init__()
        self.width, self.middle_width = 8, 4
        self.first = choice("first", {"conv": nn.Conv2d(3, 8, 1), "wide": nn.Conv2d(3, 8, 3, padding=1)})
        self.second = nn.Conv2d(8, 8, 1)

    def maps(self, images, modality=None):
        return self.second(self.first(images))

    def tapped(self, images, modality=None):
        return self.first(images), self.maps(images)


class Closed(SearchSpace):
    """Nothing is left to decide."""

    def __init__(self):
        super().__init__()
        self.width = 8
        self.stem = nn.Conv2d(3, 8, 1)

    def maps(self, images, modality=None):
        return self.stem(images)

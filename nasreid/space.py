"""SearchSpace: a backbone in which some decisions are still open."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from nasreid.mutation import ModelSpace, choice

__all__ = ["SearchSpace", "TwoStage", "choice"]


class SearchSpace(ModelSpace, ABC):
    """A backbone with open decisions, each made by `choice(label, {name: module})` in the constructor.

    Law: every complete genotype builds a network with no decision left and the same output shape; the weights of the
    supernet load into it where names agree. The constructor takes flat keyword arguments that JSON can hold.
    `default_neck`: which neck of `nasreid.network.network.with_neck` suits its networks.

    >>> from torch import nn
    >>> class Tiny(SearchSpace):
    ...     def __init__(self, width: int = 8):
    ...         super().__init__()
    ...         self.width = width
    ...         self.stem = nn.Conv2d(3, width, 3, stride=4)
    ...         self.block = choice("block", {"conv": nn.Conv2d(width, width, 3, padding=1), "skip": nn.Identity()})
    ...     def maps(self, images, modality=None):
    ...         return self.block(self.stem(images))
    >>> from nasreid.mutation.supernet import decisions
    >>> decisions(Tiny())
    {'block': ['conv', 'skip']}
    """

    width: int
    # the neck of `with_neck` that "auto" takes; its network may have another
    default_neck: str = "bnneck"

    @abstractmethod
    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W), modality (N,) bool (True = infrared) or None -> feature maps (N, D, h, w), D = width."""

    def forward(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """The feature maps (N, D, h, w). Final."""
        return self.maps(images, modality)


class TwoStage(SearchSpace):
    """A space that can be tapped in the middle, so that a neck can read a second, more local feature there.

    Its `default_neck` does so.
    """

    middle_width: int
    default_neck: str = "two-feature"

    @abstractmethod
    def middle(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> maps in the middle (N, middle_width, h, w)."""

    @abstractmethod
    def top(self, middle: Tensor, modality: Tensor | None = None) -> Tensor:
        """maps in the middle (N, middle_width, h, w) -> last maps (N, D, h', w')."""

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> last maps (N, D, h, w). Final."""
        return self.top(self.middle(images, modality), modality)

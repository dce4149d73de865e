"""SearchSpace: a backbone in which some decisions are still open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from nasreid.errors import NasreidError
from nasreid.mutation import ModelSpace, choice, inputs, layer, repeat, value
from nasreid.published import Named, Picture, Release

__all__ = ["SearchSpace", "choice", "inputs", "layer", "repeat", "value"]


class SearchSpace(ModelSpace, ABC):
    """A backbone with open decisions, made in the constructor: `choice(label, {name: module})` among modules,
    `value` and `layer` about numbers, `repeat` about depth, `inputs` about what goes on; one may lie inside another.

    Law: every complete genotype builds a network with no decision left and the same output shape; what the supernet
    learned for the chosen candidates is what the network inherits. The constructor takes flat keyword arguments that
    JSON can hold.

    width: D of the maps. middle_width: channels of the maps in the middle, 0 where the space cannot be tapped there.
    default_neck: which neck of `nasreid.network.network.with_neck` suits its networks.

    A space may publish more by class attributes, or in light files beside its own (`nasreid.published`): picture, a
    static method (choices, **arguments) -> nasreid.pictures.diagram.sketch.Sketch or None; published, genotypes {name:
    (arguments, choices)}; releases {kind: Release}, the official checkpoints that it can read.

    >>> from torch import nn
    >>> class Tiny(SearchSpace):
    ...     def __init__(self, width: int = 8):
    ...         super().__init__()
    ...         self.width = width
    ...         self.stem = nn.Conv2d(3, width, 3, stride=4)
    ...         self.block = choice("block", {"conv": nn.Conv2d(width, width, 3, padding=1), "skip": nn.Identity()})
    ...     def maps(self, images, modality=None):
    ...         return self.block(self.stem(images))
    >>> from nasreid.mutation import decisions
    >>> decisions(Tiny())
    {'block': ['conv', 'skip']}
    """

    width: int = 0
    middle_width: int = 0
    default_neck: str = "bnneck"
    picture: ClassVar[Picture | None] = None
    published: ClassVar[Mapping[str, Named]] = {}
    releases: ClassVar[Mapping[str, Release]] = {}

    def sees_modality(self) -> bool:
        """Whether the maps depend on the modality: an export then has it as a second input."""
        return False

    def portable(self, modality: str) -> SearchSpace:
        """What an exporter can follow: no step depends on a value. The space itself, or one with its layers and maps.

        modality: of the images that it will see, "visible", "infrared", "any" or "both" (each image its own).
        """
        return self

    @abstractmethod
    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W), modality (N,) bool (True = infrared) or None -> feature maps (N, D, h, w), D = width.

        The modality lies on the CPU, wherever the images are: who looks at it makes no device wait.
        """

    def tapped(self, images: Tensor, modality: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """images (N, 3, H, W) -> maps in the middle (N, middle_width, h', w') and the maps (N, D, h, w).

        Of a space with a `middle_width`: a neck may read a second, more local feature there.

        Raises:
            NasreidError: the space has no middle.
        """
        raise NasreidError(f"space {type(self).__name__} cannot be tapped in the middle; expected one that has "
                           "middle_width and tapped(), such as MSI")

    def forward(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """The feature maps (N, D, h, w). Final."""
        return self.maps(images, modality)

"""Networks that nobody searched, as a space without a decision: a row of any table beside what was found."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.plugins import construct, resolve
from nasreid.space import SearchSpace


class Plain(SearchSpace):
    """Any backbone by its class: nothing is open in it, so it is trained, scored and compared, and never searched.

    network: module:Class or file.py:Class of a torch.nn.Module that makes maps (N, D, h, w) of images (N, 3, H, W), by
    its method `maps(images, modality)` or by `forward(images)`; network_args: of its constructor. Its weights have its
    own names after `network.`. D is its attribute `width`, or is found on two small images.

    >>> Plain(network_args={"width_multiplier": 0.125}).width
    256
    """

    def __init__(self, network: str = "nasreid.spaces.resnet:ResNet50", network_args: Options | None = None):
        super().__init__()
        if ":" not in network:
            raise NasreidError(f"network {network!r}: expected module:Class or file.py:Class")
        cls = resolve(network, "spaces")
        if not issubclass(cls, nn.Module) or issubclass(cls, SearchSpace):
            raise NasreidError(f"network {network!r}: expected a torch.nn.Module, and no SearchSpace, which is one "
                               "already")
        self.network = cast(nn.Module, construct(cls, network_args or {}))
        found = getattr(self.network, "width", None)
        self.width = found if isinstance(found, int) else self._looked_at(network)

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> what the network makes of them, (N, D, h, w)."""
        own = getattr(self.network, "maps", None)
        return self.network(images) if own is None else own(images, modality)

    def _looked_at(self, network: str) -> int:
        """D of the maps of two black images, which leave no trace in the network."""
        training, before = self.network.training, {n: v.clone() for n, v in self.network.named_buffers()}
        with torch.no_grad():
            made = self.eval().maps(torch.zeros(2, 3, 256, 128))
        self.network.train(training)
        for name, value in self.network.named_buffers():
            value.copy_(before[name])
        if not isinstance(made, Tensor) or made.dim() != 4 or len(made) != 2:
            what = f"shape {tuple(made.shape)}" if isinstance(made, Tensor) else f"a {type(made).__name__}"
            raise NasreidError(f"network {network!r} makes {what} of two images; expected maps (2, D, h, w), "
                               "without pooling and classifier")
        return made.shape[1]

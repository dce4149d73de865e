"""IBN-Net: instance beside batch normalisation in the early blocks of ResNet-50 (Pan et al., ECCV 2018)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nasreid.spaces.resnet import DEPTHS, Bottleneck, ResNet50


class ResNetIBN(ResNet50):
    """ResNet-50 whose first norm of each block is half instance and half batch normalisation, but in the last stage.

    That is IBN-a (section 3.2, fig. 3): appearance is taken out where features are shallow, and never on the identity.
    """

    def __init__(self, width_multiplier: float = 1.0, last_stride: int = 1, depths: Sequence[int] = DEPTHS):
        super().__init__(width_multiplier, last_stride, depths)
        for stage in (self.layer1, self.layer2, self.layer3):
            for block in stage:
                assert isinstance(block, Bottleneck)
                block.bn1 = IBN(block.bn1.num_features)


class IBN(nn.Module):
    """The first half of the channels by instance normalisation with scale and shift, the rest by BatchNorm."""

    def __init__(self, width: int):
        super().__init__()
        self.half = width // 2
        self.IN = nn.InstanceNorm2d(self.half, affine=True)
        self.BN = nn.BatchNorm2d(width - self.half)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        own, batch = x.split((self.half, x.shape[1] - self.half), 1)
        return torch.cat([self.IN(own.contiguous()), self.BN(batch.contiguous())], 1)

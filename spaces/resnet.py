"""ResNet-50 (He et al., CVPR 2016) as person re-identification uses it: last stride 1, no head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from nasreid.errors import NasreidError

DEPTHS = (3, 4, 6, 3)


class ResNet50(nn.Module):
    """The backbone; names of weights are torchvision's, without `fc`.

    width_multiplier scales all channels. last_stride: of layer4, 1 in CM-NAS (section 4.1 by way of its code). depths:
    blocks of each stage; fewer than (3, 4, 6, 3) make a smaller network with the same names. norm: "batch", or
    "instance" with scale and shift in place of every BatchNorm (CM-NAS, section 4.2).
    """

    def __init__(self, width_multiplier: float = 1.0, last_stride: int = 1, depths: Sequence[int] = DEPTHS,
                 norm: str = "batch"):
        super().__init__()
        if not width_multiplier > 0 or last_stride not in (1, 2) or norm not in ("batch", "instance"):
            raise NasreidError(f"ResNet50(width_multiplier={width_multiplier!r}, last_stride={last_stride!r}, "
                               f"norm={norm!r}): expected a number above 0, 1 or 2, and batch or instance")
        if len(depths) != 4 or min(depths) < 1:
            raise NasreidError(f"ResNet50(depths={list(depths)}): expected four numbers from 1")
        base = max(1, round(64 * width_multiplier))
        self.width = 32 * base
        self.conv1 = nn.Conv2d(3, base, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = _stage(base, base, depths[0], 1)
        self.layer2 = _stage(4 * base, 2 * base, depths[1], 2)
        self.layer3 = _stage(8 * base, 4 * base, depths[2], 2)
        self.layer4 = _stage(16 * base, 8 * base, depths[3], last_stride)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if norm == "instance":
            _instance(self)

    def rectified(self) -> list[str]:
        """Paths of the BatchNorms that a ReLU follows at once."""
        return [name for name, module in self.named_modules()
                if isinstance(module, nn.BatchNorm2d) and name.rpartition(".")[2] in ("bn1", "bn2")]

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> (N, D, h, w), D = width; the modality makes no difference."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))

    def forward(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """The maps."""
        return self.maps(images, modality)


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution around an identity; the stride is in the 3x3 one, as in torchvision."""

    def __init__(self, channels: int, inner: int, stride: int = 1):
        super().__init__()
        out = 4 * inner
        self.conv1, self.bn1 = nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, 4 * inner, H / stride, W / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        identity = x if self.downsample is None else self.downsample(x)
        return self.relu(cast(Tensor, self.bn3(self.conv3(y))).add_(identity))  # in place: no fresh pages


def _stage(channels: int, inner: int, blocks: int, stride: int) -> nn.Sequential:
    rest = [Bottleneck(4 * inner, inner) for _ in range(blocks - 1)]
    return nn.Sequential(Bottleneck(channels, inner, stride), *rest)


def _instance(network: nn.Module) -> None:
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.BatchNorm2d):
            parent, _, leaf = name.rpartition(".")
            setattr(network.get_submodule(parent), leaf, nn.InstanceNorm2d(module.num_features, affine=True))

"""What several spaces are made of: small convolution blocks (OSNet, ICCV 2019, fig. 3; MSINet, section 3.2), and the
statistics of a BatchNorm whose batch a space goes through in parts or once for several layers.
"""

from __future__ import annotations

from torch import Tensor, nn

# ReLUs write over the output of their BatchNorm, which nobody else needs: its gradient is made from its input.


class ConvBN(nn.Module):
    """Convolution without bias, then BatchNorm: (N, C, H, W) -> (N, D, h, w); 1x1 unless `kernel` says otherwise."""

    def __init__(self, channels: int, width: int, kernel: int = 1, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, h, w), h = ceil(H / stride)."""
        return self.bn(self.conv(x))


class ConvBNReLU(ConvBN):
    """ConvBN, then ReLU: (N, C, H, W) -> (N, D, h, w)."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, h, w), h = ceil(H / stride)."""
        return super().forward(x).relu_()


class Stem(nn.Module):
    """7x7 convolution of stride 2 with BN and ReLU, then 3x3 max pooling of stride 2: a quarter of the resolution."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """images (N, 3, H, W) -> (N, D, ceil(H / 4), ceil(W / 4))."""
        return self.pool(self.bn(self.conv(images)).relu_())


class LightConv3x3(nn.Module):
    """1x1 convolution, depth-wise 3x3 convolution, BN, ReLU: a 3x3 convolution for about a ninth of the cost."""

    def __init__(self, width: int):
        super().__init__()
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.depthwise = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return self.bn(self.depthwise(self.pointwise(x))).relu_()


class Transition(nn.Module):
    """1x1 convolution with BN and ReLU, then 2x2 average pooling: half the resolution; D = C unless `width` says it."""

    def __init__(self, channels: int, width: int | None = None):
        super().__init__()
        self.conv = nn.Conv2d(channels, width or channels, 1, bias=False)
        self.bn = nn.BatchNorm2d(width or channels)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, floor(H / 2), floor(W / 2))."""
        return self.pool(self.bn(self.conv(x)).relu_())


def initialise(module: nn.Module) -> None:
    """Start weights, in place: convolutions Kaiming (fan out, ReLU), BN 1 and 0, linear normal 0.01, biases zero.

    Draws from torch's default generator, so seed it around the construction.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.ones_(layer.weight)
        elif isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.01)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


class ChannelGate(nn.Module):
    """G = sigmoid(MLP(means)) of MSINet eq. 4 and OSNet eq. 2; hidden units C / `reduction`, at least one."""

    def __init__(self, width: int, reduction: int = 16):
        super().__init__()
        self.squeeze, self.excite = gate_layers(width, reduction)

    def forward(self, means: Tensor) -> Tensor:
        """Channel means (N, C, 1, 1) -> gates in (0, 1), (N, C, 1, 1)."""
        return gates(self.squeeze, self.excite, means)


def gate_layers(width: int, reduction: int = 16) -> tuple[nn.Conv2d, nn.Conv2d]:
    """The two layers of a channel gate's MLP, for those who keep them under names of their own."""
    hidden = max(1, width // reduction)
    return nn.Conv2d(width, hidden, 1), nn.Conv2d(hidden, width, 1)


def gates(squeeze: nn.Module, excite: nn.Module, means: Tensor) -> Tensor:
    """Channel means (N, C, 1, 1) -> gates in (0, 1), (N, C, 1, 1)."""
    return excite(squeeze(means).relu()).sigmoid()


def check_several(number: int) -> None:
    """ValueError, as torch has it, unless there are several values a channel: one has no variance to train with."""
    if number < 2:
        raise ValueError(f"Expected more than 1 value per channel when training, got {number}")


def count_batch(layer: nn.BatchNorm2d) -> float:
    """Count one more batch, where a layer counts; how far its running statistics move towards that batch, 0 to 1."""
    if layer.num_batches_tracked is None:
        return 0.0
    layer.num_batches_tracked.add_(1)
    return 1 / float(layer.num_batches_tracked) if layer.momentum is None else layer.momentum


def unbiased(variance: Tensor, number: int) -> Tensor:
    """Biased variance (C,) of `number` values -> what running statistics keep."""
    return variance * (number / (number - 1))


def pooled_variance(variances: Tensor, gaps: Tensor) -> Tensor:
    """Biased variance (C,) of groups of one size, from theirs and the gaps of their means to the mean of all (N, C).

    The law of total variance.
    """
    return (variances + gaps.square()).mean(0)


def pooled_pair(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor], share: float) -> tuple[Tensor, Tensor]:
    """Mean and biased variance (C,) of two groups as one, of which the second has a `share` of the values."""
    (mean, variance), (mean2, variance2) = first, second
    gap = mean2 - mean
    return mean.lerp(mean2, share), variance.lerp(variance2, share).addcmul_(gap, gap, value=share * (1 - share))

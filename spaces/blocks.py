"""What several spaces are made of: small convolution blocks (OSNet, ICCV 2019, fig. 3; MSINet, section 3.2)."""

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

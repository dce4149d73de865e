"""The multi-scale interaction (MSI) space of MSINet, section 3.2 and fig. 2."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from nasreid.errors import NasreidError, one_of
from nasreid.space import SearchSpace, choice
from nasreid.spaces.blocks import ConvBN, ConvBNReLU, LightConv3x3, Stem, Transition, initialise
from nasreid.spaces.msi_interactions import CrossAttention, Exchange, Gate, Interaction, Nothing

FUSIONS = ("sum", "minus", "mul")
BOTTLENECKS = ("out", "in")
OPERATIONS = ("none", "exchange", "gate", "attention")


class MSI(SearchSpace):
    """Six two-branch cells on three resolutions; two interactions per cell are open: 12 choices of 4 operations.

    widths: channels of the stem and of the three stages; `width_multiplier` scales them all, to multiples of 4.
    scale_ratio: light 3x3 convolutions per half cell in branch b, against 1 in branch a (the paper's 3:1).
    fusion: how the branches meet at the end of a cell: 'sum' (paper), 'minus' or 'mul'.
    bottleneck: inner width of a cell is a quarter of its 'out'put width (the published network) or of its 'in'put
    width (the authors' supernet, whose cells are thus narrower than those of the network that they retrain).
    operations: candidates of every choice, and their order.
    """

    default_neck = "two-feature"

    def __init__(
        self,
        widths: Sequence[int] = (64, 256, 384, 512),
        width_multiplier: float = 1.0,
        scale_ratio: int = 3,
        fusion: str = "sum",
        bottleneck: str = "out",
        operations: Sequence[str] = OPERATIONS,
    ):
        super().__init__()
        _check(widths, width_multiplier, scale_ratio, fusion, bottleneck, operations)
        w0, w1, w2, w3 = (max(4, round(width * width_multiplier / 4) * 4) for width in widths)
        self.width, self.middle_width = w3, w2

        def cell(label: str, channels: int, width: int) -> Cell:
            inner = (width if bottleneck == "out" else channels) // 4
            return Cell(label, channels, width, inner, scale_ratio, fusion, operations)

        self.stem = Stem(w0)
        self.cell1, self.cell2 = cell("cell1", w0, w1), cell("cell2", w1, w1)
        self.transition1 = Transition(w1)
        self.cell3, self.cell4 = cell("cell3", w1, w2), cell("cell4", w2, w2)
        self.transition2 = Transition(w2)
        self.cell5, self.cell6 = cell("cell5", w2, w3), cell("cell6", w3, w3)
        initialise(self)

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> (N, D, H/16, W/16), D = width."""
        return self.tapped(images, modality)[1]

    def tapped(self, images: Tensor, modality: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """images (N, 3, H, W) -> (N, middle_width, H/16, W/16) after the second transition, and the maps."""
        x = self.transition1(self.cell2(self.cell1(self.stem(images))))
        middle = self.transition2(self.cell4(self.cell3(x)))
        return middle, self.cell6(self.cell5(middle))


class Cell(nn.Module):
    """Two branches of different scale that interact twice (MSINet, fig. 2).

    Both reduce the input to `inner` channels; each half applies 1 (branch a) or `scale_ratio` (branch b) light 3x3
    convolutions, then the branches interact; then each expands to `width`, they fuse, and the input is added.
    """

    def __init__(
        self,
        label: str,
        channels: int,
        width: int,
        inner: int,
        scale_ratio: int = 3,
        fusion: str = "sum",
        operations: Sequence[str] = OPERATIONS,
    ):
        super().__init__()
        self.fusion = fusion
        self.reduce_a, self.reduce_b = ConvBNReLU(channels, inner), ConvBNReLU(channels, inner)
        self.first_a, self.first_b = LightConv3x3(inner), _lights(inner, scale_ratio)
        self.interaction1 = choice(f"{label}.interaction1", candidates(operations, inner), Interaction.mix)
        self.second_a, self.second_b = LightConv3x3(inner), _lights(inner, scale_ratio)
        self.interaction2 = choice(f"{label}.interaction2", candidates(operations, inner), Interaction.mix)
        self.expand_a, self.expand_b = ConvBN(inner, width), ConvBN(inner, width)
        self.identity = nn.Identity() if channels == width else ConvBN(channels, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W), D = width."""
        a, b = self.first_a(self.reduce_a(x)), self.first_b(self.reduce_b(x))
        a, b = self.interaction1(a, b)
        a, b = self.interaction2(self.second_a(a), self.second_b(b))
        fused = fuse(self.fusion, self.expand_a(a), self.expand_b(b))
        return fused.add_(self.identity(x)).relu_()  # in place: nothing needs the sums before


def fuse(fusion: str, a: Tensor, b: Tensor) -> Tensor:
    """Two branches (N, D, H, W) -> one (N, D, H, W): 'sum', 'minus' (a - b) or 'mul'."""
    if fusion == "sum":
        return a + b
    return a - b if fusion == "minus" else a * b


def candidates(operations: Sequence[str], width: int) -> dict[str, nn.Module]:
    """{name: fresh module} of the named interactions on `width` channels, in the given order."""
    return {name: _interaction(name, width) for name in operations}


def _interaction(name: str, width: int) -> Interaction:
    if name == "gate":
        return Gate(width)
    return {"none": Nothing, "exchange": Exchange, "attention": CrossAttention}[name]()


def _lights(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(LightConv3x3(width) for _ in range(count)))


def _check(
    widths: Sequence[int], multiplier: float, scale_ratio: int, fusion: str, bottleneck: str, operations: Sequence[str]
) -> None:
    if len(widths) != 4 or any(not isinstance(w, int) or w < 4 or w % 4 for w in widths):
        raise NasreidError(f"widths {list(widths)!r}: expected four positive multiples of 4")
    if not multiplier > 0:
        raise NasreidError(f"width_multiplier {multiplier!r}: expected a number above 0")
    if not isinstance(scale_ratio, int) or scale_ratio < 1:
        raise NasreidError(f"scale_ratio {scale_ratio!r}: expected a whole number of at least 1")
    for name, value, known in (("fusion", fusion, FUSIONS), ("bottleneck", bottleneck, BOTTLENECKS)):
        if value not in known:
            raise NasreidError(f"{name} {one_of(value, known)}")
    unknown = [name for name in operations if name not in OPERATIONS]
    if unknown or not operations or len(set(operations)) < len(operations):
        raise NasreidError(f"operations {list(operations)!r}: expected a choice of {', '.join(OPERATIONS)}, each once")

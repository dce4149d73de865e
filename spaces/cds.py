"""The combined depth space (CDS) of CDNet (CVPR 2021)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.space import SearchSpace, choice
from nasreid.spaces.blocks import ChannelGate, ConvBN, ConvBNReLU, LightConv3x3, Stem, Transition, initialise
from nasreid.spaces.cds_published import operations as all_operations
from nasreid.spaces.cds_published import sizes_of

REDUCTION = 4  # of a block's inner width, and of its gate


class CDS(SearchSpace):
    """Three stages of two slots; in each, one or two blocks whose two branches see kernels of two sizes: 12^6 networks.

    widths: channels of the stem and of the three stages; `width_multiplier` scales them all, to multiples of 16.
    operations: candidates of every slot, and their order: K1-K2-N, N blocks with branches of kernels K1 and K2.
    """

    default_neck = "bnneck"

    def __init__(self, widths: Sequence[int] = (64, 256, 384, 512), width_multiplier: float = 1.0,
                 operations: Sequence[str] = tuple(all_operations())):
        super().__init__()
        _check(widths, width_multiplier, operations)
        w0, *rest = (max(16, round(width * width_multiplier / 16) * 16) for width in widths)
        stages: list[nn.Module] = [Stem(w0)]
        for stage, width in enumerate(rest, 1):
            if stage > 1:
                stages.append(Transition(w0))
            stages += [slot(f"stage{stage}.slot1", w0, width, operations),
                       slot(f"stage{stage}.slot2", width, width, operations)]
            w0 = width
        self.stages = nn.Sequential(*stages)
        self.width = w0
        initialise(self)

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> (N, D, H/16, W/16), D = width."""
        return self.stages(images)


class CBlock(nn.Module):
    """1x1 to a quarter of `width`; two branches of light 3x3 convolutions behind one shared gate; sum, 1x1, identity.

    A branch for a kernel of size k has floor(k / 2) light convolutions: as wide a field, at less cost.
    """

    def __init__(self, channels: int, width: int, first: int, second: int):
        super().__init__()
        inner = width // REDUCTION
        self.reduce = ConvBNReLU(channels, inner)
        self.first, self.second = _branch(inner, first), _branch(inner, second)
        self.gate = ChannelGate(inner, REDUCTION)
        self.expand = ConvBN(inner, width)
        self.identity = nn.Identity() if channels == width else ConvBN(channels, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W), D = width."""
        reduced = self.reduce(x)
        gated = self._gated(self.first(reduced)) + self._gated(self.second(reduced))
        return self.expand(gated).add_(self.identity(x)).relu_()  # in place: nothing needs the sum before

    def _gated(self, branch: Tensor) -> Tensor:
        return branch * self.gate(branch.mean((2, 3), keepdim=True))


def slot(label: str, channels: int, width: int, names: Sequence[str]) -> nn.Module:
    """The open decision of a slot, from C = `channels` to D = `width`."""
    return choice(label, {name: blocks(name, channels, width) for name in names})


def blocks(operation: str, channels: int, width: int) -> nn.Sequential:
    """The blocks of one candidate."""
    first, second, repeats = sizes_of(operation)
    return nn.Sequential(*(CBlock(width if i else channels, width, first, second) for i in range(repeats)))


def _branch(width: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(*(LightConv3x3(width) for _ in range(kernel // 2)))


def _check(widths: Sequence[int], multiplier: float, operations: Sequence[str]) -> None:
    if len(widths) != 4 or any(not isinstance(w, int) or w < 16 or w % 16 for w in widths):
        raise NasreidError(f"widths {list(widths)!r}: expected four positive multiples of 16")
    if not multiplier > 0:
        raise NasreidError(f"width_multiplier {multiplier!r}: expected a number above 0")
    for name in operations:
        sizes_of(name)
    if not operations or len(set(operations)) < len(operations):
        raise NasreidError(f"operations {list(operations)!r}: expected at least one, each once")

"""The IN placement space of OSNet-AIN, section 3.3 and fig. 5, on the network of its table 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.space import SearchSpace, choice
from nasreid.spaces.blocks import ConvBNReLU, Transition, initialise
from nasreid.spaces.in_placement_blocks import OSBlock, Tail, stem, tail, without_affine
from nasreid.spaces.in_placement_published import PLACEMENTS


class InPlacement(SearchSpace):
    """OSNet whose six omni-scale blocks each place instance normalisation nowhere, inside, outside or both: 4^6.

    widths: channels of the stem and of the three stages; `width_multiplier` scales them all. streams: T of eq. 2.
    shared: the candidates of a block share its convolutions and differ in their last norms only; else each candidate
    is a block with weights of its own (the paper). Networks derived from either have the same weights by name.
    affine: norms have scale and shift (not so in the authors' supernet). stem_norm: 'batch' (table 1) or 'instance'
    (the authors' supernet and OSNet-AIN). replace_bn: IN inside the residual takes the place of its last BN (the
    authors' code) instead of following it ("only adding IN after the residual"). kaiming: start weights as in the
    authors' networks; else PyTorch's own, as in their supernet. placements: candidates of every choice, in order.
    """

    default_neck = "fc"  # OSNet's own head

    def __init__(self, widths: Sequence[int] = (64, 256, 384, 512), width_multiplier: float = 1.0, streams: int = 4,
                 shared: bool = False, affine: bool = True, stem_norm: str = "batch", replace_bn: bool = False,
                 kaiming: bool = True, placements: Sequence[str] = PLACEMENTS):
        super().__init__()
        _check(widths, width_multiplier, streams, placements)
        w0, w1, w2, w3 = (max(4, round(width * width_multiplier / 4) * 4) for width in widths)
        self.width, self.middle_width = w3, w2

        def block(label: str, channels: int, width: int) -> nn.Module:
            def ends() -> dict[str, nn.Module]:
                return {name: tail(name, width, replace_bn) for name in placements}

            if shared:
                return OSBlock(channels, width, choice(label, ends(), Tail.mix), streams)
            blocks = {name: OSBlock(channels, width, end, streams) for name, end in ends().items()}
            return choice(label, blocks, OSBlock.mix)

        self.stem = stem(w0, stem_norm)
        self.conv2, self.transition2 = Stage("conv2", w0, w1, block), Transition(w1)
        self.conv3, self.transition3 = Stage("conv3", w1, w2, block), Transition(w2)
        self.conv4, self.conv5 = Stage("conv4", w2, w3, block), ConvBNReLU(w3, w3)
        if kaiming:
            initialise(self)
        if not affine:
            without_affine(self)

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> (N, D, H/16, W/16), D = width."""
        return self.tapped(images, modality)[1]

    def tapped(self, images: Tensor, modality: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """images (N, 3, H, W) -> (N, middle_width, H/16, W/16) after the second transition, and the maps."""
        middle = self.transition3(self.conv3(self.transition2(self.conv2(self.stem(images)))))
        return middle, self.conv5(self.conv4(middle))


class Stage(nn.Module):
    """Two blocks on one resolution; `block` makes each from its label and its channels before and after."""

    def __init__(self, label: str, channels: int, width: int, block: Callable[[str, int, int], nn.Module]):
        super().__init__()
        self.block1 = block(f"{label}.block1", channels, width)
        self.block2 = block(f"{label}.block2", width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W)."""
        return self.block2(self.block1(x))


def _check(widths: Sequence[int], multiplier: float, streams: int, placements: Sequence[str]) -> None:
    if len(widths) != 4 or any(not isinstance(w, int) or w < 4 or w % 4 for w in widths):
        raise NasreidError(f"widths {list(widths)!r}: expected four positive multiples of 4")
    if not multiplier > 0:
        raise NasreidError(f"width_multiplier {multiplier!r}: expected a number above 0")
    if not isinstance(streams, int) or streams < 1:
        raise NasreidError(f"streams {streams!r}: expected a whole number of at least 1")
    unknown = [name for name in placements if name not in PLACEMENTS]
    if unknown or not placements or len(set(placements)) < len(placements):
        raise NasreidError(f"placements {list(placements)!r}: expected a choice of {', '.join(PLACEMENTS)}, each once")

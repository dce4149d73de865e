"""Where which attention belongs in ResNet-50: one slot after each stage."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.space import SearchSpace, choice
from nasreid.spaces.attention_placement_blocks import attention
from nasreid.spaces.attention_placement_published import ATTENTIONS, EVERY, LABELS
from nasreid.spaces.resnet import DEPTHS, ResNet50


class AttentionPlacement(SearchSpace):
    """ResNet-50 with an attention after each of its four stages: 4^4 networks, few enough to train every one.

    attentions: candidates of each slot, and their order: squeeze-and-excitation (se), spatial, cbam and self-attention
    (self), beside which none may stand (5^4). width_multiplier, last_stride, depths: of the ResNet, whose weights have
    torchvision's names.
    """

    def __init__(self, attentions: Sequence[str] = ATTENTIONS, width_multiplier: float = 1.0, last_stride: int = 1,
                 depths: Sequence[int] = DEPTHS):
        super().__init__()
        unknown = [name for name in attentions if name not in EVERY]
        if unknown or not attentions or len(set(attentions)) < len(attentions):
            raise NasreidError(f"attentions {list(attentions)!r}: expected a choice of {', '.join(EVERY)}, each once")
        resnet = ResNet50(width_multiplier, last_stride, depths)
        self.conv1, self.bn1, self.relu, self.maxpool = resnet.conv1, resnet.bn1, resnet.relu, resnet.maxpool
        self.layer1, self.layer2, self.layer3, self.layer4 = resnet.layer1, resnet.layer2, resnet.layer3, resnet.layer4
        self.width = resnet.width
        widths = [self.width // 2**after for after in (3, 2, 1, 0)]
        self.attentions = nn.ModuleList(choice(label, {name: attention(name, width) for name in attentions})
                                        for label, width in zip(LABELS, widths, strict=True))

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> (N, D, H/16, W/16), D = width, with a last stride of 1."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        stages = (self.layer1, self.layer2, self.layer3, self.layer4)
        for stage, attend in zip(stages, self.attentions, strict=True):
            x = attend(stage(x))
        return x

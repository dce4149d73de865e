"""Backbones of timm (the extra `timm`): MobileNetV2, ViT-S and whatever else makes maps or tokens."""

from __future__ import annotations

import importlib
from typing import Any, cast

from torch import Tensor, nn

from nasreid.arguments import Options
from nasreid.errors import NasreidError


class Timm(nn.Module):
    """A model of timm by its name, such as mobilenetv2_100 or vit_small_patch16_224, without its pooling and head.

    Its weights are fresh: import those of a file (`--init`). args: more of timm.create_model, such as {img_size: [256,
    128]}, which a ViT needs, and {dynamic_img_size: true} for images of other sizes as well. Tokens become maps by
    their place in the grid of patches; class tokens are left out.
    """

    def __init__(self, model: str, args: Options | None = None):
        super().__init__()
        try:
            timm: Any = importlib.import_module("timm")
        except ImportError as error:
            raise NasreidError(f"network {model!r} is timm's, which is not installed; expected pip install "
                               "'nasreid[timm]', or a network of ours") from error
        try:
            self.model = cast(nn.Module, timm.create_model(model, pretrained=False, num_classes=0, **(args or {})))
        except (RuntimeError, TypeError, ValueError) as error:
            raise NasreidError(f"timm makes no model {model!r}: {str(error).splitlines()[0]}") from error
        known: Any = self.model
        self.width = int(known.num_features)

    def forward(self, images: Tensor) -> Tensor:
        """images (N, 3, H, W) -> maps (N, D, h, w)."""
        model: Any = self.model
        made: Tensor = model.forward_features(images)
        if made.dim() == 4:
            return made if made.shape[1] == self.width else made.permute(0, 3, 1, 2)  # some have channels last
        high, wide = model.patch_embed.patch_size
        height, width = images.shape[2] // high, images.shape[3] // wide
        tokens = made[:, -height * width:]  # (N, h w, D)
        return tokens.transpose(1, 2).unflatten(2, (height, width))

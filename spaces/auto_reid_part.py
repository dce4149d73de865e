"""The part-aware module of Auto-ReID: what is true of a stripe of the body, seen together with the other stripes.

Quan et al., "Auto-ReID: Searching for a Part-aware ConvNet for Person Re-Identification", ICCV 2019.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PartAware(nn.Module):
    """Means of horizontal stripes, made linear, that attend to each other, laid over their stripes again, and fused.

    Stripes are as even as rows allow, and of fewer rows than parts some stripes share a row. Assumed, as our
    description of the module says no more: the linear layer keeps the channels and is the same for all parts; attention
    is that of one head, softmax(q k / sqrt(C)) v, without a residual; what is laid over the stripes is joined with the
    module's input; a BatchNorm follows the 1x1 convolution, which has the stride of a reduction.
    """

    def __init__(self, width: int, stride: int = 1, parts: int = 4):
        super().__init__()
        self.parts = parts
        self.linear = nn.Linear(width, width)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.fuse = nn.Conv2d(2 * width, width, 1, stride, bias=False)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, ceil(H / stride), ceil(W / stride))."""
        means = nn.functional.adaptive_avg_pool2d(x, (self.parts, 1)).squeeze(3)  # (N, C, P)
        vectors = means.transpose(1, 2).contiguous()  # of others torch takes another product where weights are trained
        seen = self.attend(self.linear(vectors)).transpose(1, 2).unsqueeze(3)  # (N, C, P, 1)
        rows = torch.arange(x.shape[2], device=x.device) * self.parts // x.shape[2]  # the stripe of each row
        over = seen[:, :, rows].expand(-1, -1, -1, x.shape[3])
        return self.bn(self.fuse(torch.cat([x, over], 1)))

    def attend(self, vectors: Tensor) -> Tensor:
        """Parts (N, P, C) -> what each sees in all of them, (N, P, C) (Vaswani et al., NeurIPS 2017, eq. 1)."""
        likeness = self.query(vectors) @ self.key(vectors).transpose(1, 2)  # (N, P, P)
        return torch.softmax(likeness / vectors.shape[2]**0.5, -1) @ self.value(vectors)

"""The mixes of BN separation and IN placement against the plain weighted sum; compare the two rows of a group."""

import pytest
import torch

from nasreid.genotype import open_space
from nasreid.mutation import relax
from nasreid.relaxation import Softmax

SPACES = {
    "BN separation of ResNet-50, 8 + 8 images": ("BNSeparation", {}, True),
    "IN placement, shared convolutions": ("InPlacement", {"shared": True}, False),
    "IN placement, own convolutions": ("InPlacement", {"shared": False}, False),
}
BATCH, HEIGHT, WIDTH = 16, 128, 64


@pytest.mark.parametrize("way", ["plain", "fused"])
@pytest.mark.parametrize("case", SPACES)
def bench_supernet(benchmark, case, way):
    name, arguments, two = SPACES[case]
    benchmark.group = f"{case}, {BATCH} x {HEIGHT} x {WIDTH}, forward and backward"
    torch.manual_seed(0)
    supernet = relax(open_space(name, arguments), Softmax())
    supernet.mix_plainly(way == "plain")
    images = torch.randn(BATCH, 3, HEIGHT, WIDTH)
    infrared = torch.arange(BATCH) % 2 == 1 if two else None
    benchmark.pedantic(lambda: supernet.space.maps(images, infrared).square().mean().backward(), rounds=5,
                       warmup_rounds=1)

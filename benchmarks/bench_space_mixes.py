"""The mixes of IN placement against the plain weighted sum; compare the two rows of a group."""

import pytest
import torch

from nasreid.genotype import open_space
from nasreid.mutation import relax
from nasreid.relaxation import Softmax

SPACES = {
    "IN placement, shared convolutions": {"shared": True},
    "IN placement, own convolutions": {"shared": False},
}
BATCH, HEIGHT, WIDTH = 16, 128, 64


@pytest.mark.parametrize("way", ["plain", "fused"])
@pytest.mark.parametrize("case", SPACES)
def bench_supernet(benchmark, case, way):
    benchmark.group = f"{case}, {BATCH} x {HEIGHT} x {WIDTH}, forward and backward"
    torch.manual_seed(0)
    supernet = relax(open_space("InPlacement", SPACES[case]), Softmax())
    supernet.mix_plainly(way == "plain")
    images = torch.randn(BATCH, 3, HEIGHT, WIDTH)
    benchmark.pedantic(lambda: supernet.space.maps(images).square().mean().backward(), rounds=5,
                       warmup_rounds=1)

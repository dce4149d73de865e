"""BN separation of ResNet-50: ours, the plain sum of both candidates, and the floor, plain ResNet-50 that just trains.

All with the losses of CM-NAS; the order is A B C D A B C D. The plain candidates twice: as NNI's DARTS runs them, in
PyTorch's own memory format and with all gradients in both steps, and with what our loop saves: channels_last, and an
architecture step without gradients of the weights. The others are in channels_last, too.
"""

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.ratio import Goal, compare, kept
from nasreid.batch import Batch
from nasreid.mutation import relax
from nasreid.network.build import open_space
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.optimisers import WeightOptimiser
from nasreid.relaxation import Softmax
from nasreid.spaces.bn_separation_norms import Separate, Share
from nasreid.spaces.resnet import ResNet50
from nasreid.strategies.cmnas import CMNAS
from nasreid.strategy import Order, Part, Split
from nasreid.training.stepper import Stepper

PLAIN, FLOOR = "plain candidates", "two training steps of plain ResNet-50"
LIKE_OURS = "plain candidates in our loop"
SHAPES = [(64, 128, 64), (256, 64, 32), (128, 32, 16), (512, 32, 16), (1024, 16, 8), (2048, 16, 8)]
LAST = torch.channels_last


def batch(images, seed, kind, height=256, width=128):
    """Half of the images are visible and come first, four of each identity and modality."""
    pictures = torch.randn(images, 3, height, width, generator=torch.Generator().manual_seed(seed))
    identities = torch.arange(images // 2).div(4, rounding_mode="floor").repeat(2)
    return Batch(pictures.contiguous(memory_format=kind), identities, torch.zeros(images, dtype=torch.int64),
                 torch.arange(images) >= images // 2)  # fmt: skip


class Step:
    """One iteration of a search; search=False: two steps of ordinary training. plain: the plain sum; full: all
    gradients in both steps, in PyTorch's own memory format."""

    def __init__(self, images, search=True, plain=False, full=False):
        torch.manual_seed(0)
        space = open_space("BNSeparation", {}) if search else ResNet50()
        supernet = relax(space, Softmax()) if search else None
        kind = torch.contiguous_format if full else LAST
        self.network = Network(space, BNNeck(2048)).to(memory_format=kind)
        part = Part(np.arange(64), np.arange(64) % 16, 16)
        strategy = CMNAS()
        mover = None
        if supernet is not None:
            supernet.mix_plainly(plain)
            mover = strategy.architecture.make(supernet.alphas().values())
        twins = strategy.objectives(2048, Split(part, part))
        twins.architecture.start(torch.randn(64, 2048), torch.arange(64) % 16)
        weights = self.network.parameters() if supernet is None else supernet.weights()
        optimiser = WeightOptimiser(0.01).make([*weights, *twins.parameters()])
        order = Order(architecture_first=True, keep_validation_gradient=True) if full else None
        self.stepper = Stepper(self.network, twins, optimiser, order, supernet, mover)
        self.batches = [batch(images, seed, kind) for seed in (0, 1)]
        self.search = search

    def __call__(self):
        if self.search:
            self.stepper.step(*self.batches)
        else:
            for given in self.batches:
                self.stepper.step(given)

    def kept(self):
        """Bytes that a weight step saves for backward, without the parameters."""
        given = self.batches[0]
        return kept(lambda: self.network(given.images, given.modality).vectors, self.network.parameters())


@pytest.mark.parametrize(("images", "rounds"), [(16, 5), (32, 3)])
def bench_step(benchmark, images, rounds):
    ways = {"ours": Step(images), PLAIN: Step(images, plain=True, full=True), LIKE_OURS: Step(images, plain=True),
            FLOOR: Step(images, search=False)}  # fmt: skip
    compare(benchmark, f"BN-separation step of ResNet-50, {images // 2} + {images // 2} × 256×128", ways,
            [Goal(PLAIN, "faster", 1.5), Goal(LIKE_OURS, "faster"), Goal(FLOOR, "time", 1.0), Goal(PLAIN, "bytes"),
             Goal(FLOOR, "bytes", 1.15)],
            rounds=rounds, saved={name: way.kept() for name, way in ways.items()})  # fmt: skip


def mixing(way, x, dy):
    """A forward and a backward pass of shared and separate BatchNorm, of both plainly, or of a lone BatchNorm."""
    norm = nn.BatchNorm2d(x.shape[1])
    candidates = nn.ModuleDict({"share": Share.like(norm), "separate": Separate(norm)})
    candidates["separate"].first = len(x) // 2
    weights = torch.tensor([0.4, 0.6], requires_grad=True)

    def run():
        if way == "ours":
            y = Separate.mix(dict(candidates.items()), weights, x)
        elif way == PLAIN:
            y = sum(layer(x) * w for layer, w in zip(candidates.values(), weights, strict=True))
        else:
            y = norm(x)
        y.backward(dy)
        x.grad = None

    return run


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def bench_mix(benchmark, shape):
    x, dy = (torch.randn(16, *shape).contiguous(memory_format=LAST) for _ in (0, 1))
    ways = {way: mixing(way, x.requires_grad_(), dy) for way in ("ours", PLAIN, "one BatchNorm")}
    compare(benchmark, f"BN mix of 8 + 8 × {'×'.join(map(str, shape))}", ways,
            [Goal(PLAIN, "faster", 1.8), Goal("one BatchNorm", "time")], rounds=15, warmup=3)  # fmt: skip

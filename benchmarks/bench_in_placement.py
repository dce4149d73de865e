"""A step of the IN placement search: ours, as published (four own blocks, plainly mixed), and the floor, one OSNet.

A step is that of the paper, single-level: forward, backward, update of weights and alphas. In both memory formats, the
same one for all; the order is A B C A B C.
"""

import numpy as np
import pytest
import torch

from benchmarks.ratio import Goal, compare, kept
from nasreid.batch import Batch
from nasreid.mutation import decisions, freeze, relax
from nasreid.network.build import open_space
from nasreid.network.necks import FCNeck
from nasreid.network.network import Network
from nasreid.optimisers import WeightOptimiser
from nasreid.spaces.in_placement_blocks import mixed, tail
from nasreid.spaces.in_placement_published import PLACEMENTS
from nasreid.strategies.gumbel import Gumbel
from nasreid.strategy import Part, Split
from nasreid.training.stepper import Moment, Stepper

PUBLISHED, FLOOR, CLASSES = "four own blocks, as published", "one path", 16
FORMATS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}
ALONE, HARD = {"relaxation_args": {"alone": True}}, {"relaxation_args": {"hard": True}}
# what is asked of each way: against the published form, against one path, bytes against one path
CASES = {"shared convolutions": ({"shared": True}, {}, 3.5, 1.1, 1.15),
         "shared convolutions, hard sampling of one path": ({"shared": True}, ALONE, 2.9, None, None),
         "shared convolutions, hard sampling, exact gradients": ({"shared": True}, HARD, 2.9, None, None),
         "own weights, hard sampling of one path": ({}, ALONE, 2.9, None, None),
         "own weights, exact": ({}, {}, 1.15, None, None)}
TAILS = [(256, 64, 32), (384, 32, 16), (512, 16, 8)]


class Step:
    """One iteration of a search; search=False: of the training of the network whose blocks are all plain."""

    def __init__(self, memory_format, arguments, options, search=True, plain=False):
        torch.manual_seed(0)
        strategy, part = Gumbel(**options), Part(np.arange(64), np.arange(64) % CLASSES, CLASSES)
        space, supernet, mover = open_space("InPlacement", arguments), None, None
        if search:
            supernet = relax(space, strategy.relaxation)
            supernet.mix_plainly(plain)
            mover = strategy.architecture.make(supernet.alphas().values())
        else:
            space = freeze(space, dict.fromkeys(decisions(space), "plain"))
        self.network = Network(space, FCNeck(512)).to(memory_format=memory_format)
        twins = strategy.objectives(512, Split(part))
        weights = self.network.parameters() if supernet is None else [*supernet.weights(),
                                                                      *self.network.neck.parameters()]
        optimiser = WeightOptimiser(0.01).make([*weights, *twins.parameters()])
        self.stepper = Stepper(self.network, twins, optimiser, None, supernet, mover)
        images = torch.randn(8, 3, 256, 128).contiguous(memory_format=memory_format)
        labels = torch.arange(8)
        self.batch = Batch(images, labels, torch.zeros_like(labels), None)
        self.generator = torch.Generator().manual_seed(0)

    def __call__(self):
        self.stepper.step(self.batch, moment=Moment(generator=self.generator, temperature=5.0))

    def kept(self):
        """Bytes saved for backward, without the parameters."""
        return kept(lambda: self.network(self.batch.images).vectors, self.network.parameters())


@pytest.mark.parametrize("memory_format", FORMATS)
@pytest.mark.parametrize("case", CASES)
def bench_step(benchmark, case, memory_format):
    arguments, options, faster, time, size = CASES[case]
    kind = FORMATS[memory_format]
    ways = {"ours": Step(kind, arguments, options), PUBLISHED: Step(kind, {}, {}, plain=True),
            FLOOR: Step(kind, {}, {}, search=False)}  # fmt: skip
    goals = [Goal(PUBLISHED, "faster", faster), Goal(FLOOR, "time", time), Goal(FLOOR, "bytes", size)]
    compare(benchmark, f"InPlacement step, {case}, 8 × 256×128, {memory_format}", ways, goals, rounds=5,
            saved={name: way.kept() for name, way in ways.items()})  # fmt: skip


@pytest.mark.parametrize("memory_format", FORMATS)
@pytest.mark.parametrize("shape", TAILS, ids=str)
def bench_mix(benchmark, shape, memory_format):
    """The ends of blocks that share their convolutions."""
    residual, identity, gradient = (torch.randn(8, *shape).contiguous(memory_format=FORMATS[memory_format])
                                    for _ in range(3))
    tails, weights = [tail(name, shape[0]) for name in PLACEMENTS], torch.full((4,), 0.25, requires_grad=True)
    leaves = residual.requires_grad_(), identity.requires_grad_()

    def run(way):
        way().backward(gradient)
        residual.grad = identity.grad = None

    ways = {"ours": lambda: run(lambda: mixed(tails, weights, [residual], [identity])),
            "plain sum": lambda: run(lambda: sum(w * own(*leaves) for w, own in zip(weights, tails, strict=True))),
            "one tail": lambda: run(lambda: tails[0](*leaves))}  # fmt: skip
    compare(benchmark, f"mix of four tails, 8 × {'×'.join(map(str, shape))}, {memory_format}", ways,
            [Goal("plain sum", "faster"), Goal("one tail", "time")], rounds=15, warmup=3)  # fmt: skip

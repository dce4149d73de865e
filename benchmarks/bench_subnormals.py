"""The mix of the MSI space on maps whose attention has subnormal entries, against maps whose attention has none.

Subnormals are there as a plain softmax makes them: in a search 5 to 7 % of the entries, and every product with one of
them is slow on many processors. Ours leaves them out, so that its time is that of any other maps.
"""

import torch

from benchmarks.ratio import Goal, compare
from nasreid.spaces import msi_mix
from nasreid.spaces.msi import OPERATIONS, candidates

SHAPE = (16, 64, 64, 32)  # of a cell's two branches in the first stage
WORK = "mix of four interactions, attention with subnormal entries, 16 × 64×64×32"


def maps(spread):
    """Both branches and what reaches them, channels last; energies have a standard deviation of `spread`."""
    noise = torch.randn(4, *SHAPE, generator=torch.Generator().manual_seed(0))
    drawn = noise * (spread**2 / SHAPE[2] / SHAPE[3]) ** 0.25
    return [x.contiguous(memory_format=torch.channels_last) for x in drawn]


def share(x1, x2):
    """Share of the entries of the plain softmax that are subnormal."""
    plain = -(x1.flatten(2) @ x2.flatten(2).mT)
    plain = plain.softmax(-1)
    return float(((plain > 0) & (plain < torch.finfo(plain.dtype).tiny)).double().mean())


def both(modules, inputs, cotangents):
    """Forward and backward."""
    leaves = [x.requires_grad_() for x in inputs]
    weights = torch.full((4,), 0.25, requires_grad=True)
    torch.autograd.grad(next(iter(modules.values())).mix(modules, weights, *leaves), [*leaves, weights], cotangents)


def plainly(modules, inputs, cotangents):
    """The same with the plain softmax."""
    own, msi_mix.masks = msi_mix.masks, lambda distance: distance.softmax(-1)
    both(modules, inputs, cotangents)
    msi_mix.masks = own


def bench_subnormals(benchmark):
    modules = candidates(OPERATIONS, SHAPE[1])
    torch.nn.init.ones_(modules["attention"].gamma)
    (x1, x2, *up), (z1, z2, *_) = maps(30.0), maps(1.0)
    benchmark.extra_info["subnormal entries"] = share(x1, x2)
    print(f"subnormal entries: {share(x1, x2):.1%} and {share(z1, z2):.1%}")
    compare(benchmark, WORK, {"ours": lambda: both(modules, (x1, x2), up),
                              "attention without": lambda: both(modules, (z1, z2), up),
                              "the plain softmax": lambda: plainly(modules, (x1, x2), up)},
            [Goal("attention without", "time", 1.1), Goal("the plain softmax", "faster")], 15, 3)  # fmt: skip

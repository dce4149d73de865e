"""A whole epoch of the demonstration's search against its steps alone, on batches that were made before.

The same supernet under TCM on the embedded people. The whole epoch also decodes and resizes (or finds its pictures in
the cache, as every epoch but the first), augments, normalises, and keeps tables and a checkpoint.
"""

import numpy as np
import pytest
import torch

from benchmarks.ratio import Goal, compare
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.plan import Plan
from nasreid.data.batches.transforms import Augment, Plain
from nasreid.data.datasets import read
from nasreid.data.people.synthesize import synthesize
from nasreid.mutation import relax
from nasreid.network.build import open_space
from nasreid.network.network import with_neck
from nasreid.optimisers import WeightOptimiser
from nasreid.run import RunFolder
from nasreid.strategies.tcm import TCM
from nasreid.training import centroids
from nasreid.training.engine import Engine
from nasreid.training.lightning import drive
from nasreid.training.loop import Loop
from nasreid.training.seeding import step_generator
from nasreid.training.stepper import Stepper

HEIGHT, WIDTH = 64, 32
ENGINE = Engine(device="cpu", quiet=True)


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    root = tmp_path_factory.mktemp("people")
    synthesize(root, test_identities=1)
    return read("market1501", root).query("split == 'train'").reset_index(drop=True)


@pytest.fixture(scope="module")
def pictures(frame):
    """The two sets of a TCM search, and its split."""
    split = TCM().split(frame, np.random.default_rng(0))
    augment = Augment(HEIGHT, WIDTH, pad=4, erase=0.0)
    sets = [PictureSet(frame.iloc[part.rows], part.labels, augment, 0, cache)
            for cache in (0, 2**30) for part in split.both()]  # fmt: skip
    return split, sets[:2], sets[2:]


def search(frame, split, folder):
    """A loop before its first step, and what it takes from the strategy."""
    strategy = TCM()
    torch.manual_seed(0)
    space = open_space("MSI", {"width_multiplier": 0.25})
    network = with_neck(space, "bnneck")
    supernet = relax(space, strategy.relaxation, seed=0)
    twins = strategy.objectives(network.features[0][0], split)
    alphas = list(supernet.alphas().values())
    weights = [p for p in network.parameters() if not any(p is alpha for alpha in alphas)]
    stepper = Stepper(network, twins, WeightOptimiser(0.01, kind="adam").make(weights), strategy.order, supernet,
                      strategy.architecture.make(alphas))  # fmt: skip
    plan = Plan(split.train.labels, 1, 8, 4, 0, split.validation.labels)
    centroids.start(twins, split, network, frame, Plain(HEIGHT, WIDTH), 0, True)
    return Loop("search", RunFolder(folder, {}, force=True), stepper, plan, 0, lambda epoch: (0.01, 0.001), quiet=True)


@pytest.mark.parametrize("source", ["from the cache", "from files"])
def bench_epoch(benchmark, frame, pictures, tmp_path, source):
    split, plain, cached = pictures
    sets = plain if source == "from files" else cached

    def fresh():
        loop = search(frame, split, tmp_path / "run")
        return loop, [step.to("cpu") for step in ENGINE.steps(loop, *cached)]

    def alone(loop, steps):
        for step in steps:
            generator = step_generator(0, step.index)
            loop.stepper.step(step.train, step.validation, step.position == 0, generator=generator)

    def whole(loop, steps):
        drive(loop, ENGINE.steps(loop, *sets), ENGINE)

    compare(benchmark, f"an epoch of a TCM search on the embedded people, {source}",
            {"ours": whole, "its steps alone": alone}, [Goal("its steps alone", "time", 1.1)], rounds=5,
            prepare=fresh)  # fmt: skip

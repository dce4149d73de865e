"""A whole epoch of the demonstration's search against its steps alone, on batches that were made before.

The same supernet under TCM on the embedded people. The whole epoch also decodes and resizes (or finds its pictures in
the cache, as every epoch but the first), augments, normalises, and keeps tables and a checkpoint.
"""

import pytest

from benchmarks.ratio import Goal, compare
from nasreid.data.batches.transforms import Augment
from nasreid.data.datasets import read
from nasreid.data.frame import Contents
from nasreid.data.people.synthesize import synthesize
from nasreid.optimisers import WeightOptimiser
from nasreid.run import RunFolder
from nasreid.training import centroids
from nasreid.training.engine import Budget, Engine
from nasreid.training.lightning import drive
from nasreid.training.loop import Loop, Schedule
from nasreid.training.recording import Recording
from nasreid.training.search import Search
from nasreid.training.seeding import step_generator
from nasreid.training.sources import Files
from nasreid.training.stepper import Moment

HEIGHT, WIDTH = 64, 32
ENGINE = Engine(device="cpu", quiet=True)
OPTIMISER = WeightOptimiser(0.01, kind="adam")
SEARCH = Search("MSI", {"width_multiplier": 0.25}, budget=Budget(1, 8, 4, HEIGHT, WIDTH), engine=ENGINE)
AUGMENT = Augment(HEIGHT, WIDTH, pad=4, erase=0.0)


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    root = tmp_path_factory.mktemp("people")
    synthesize(root, test_identities=1)
    return read("market1501", root).query("split == 'train'").reset_index(drop=True)


@pytest.fixture(scope="module")
def pictures(frame):
    """The two sets of a TCM search from files, and those that keep them in memory."""
    parts = SEARCH.parts(frame).split.both()
    return [[Files(frame, AUGMENT, 0, Engine(cache_mib=room)).augmented(part) for part in parts] for room in (0, 1024)]


def search(frame, folder):
    """A loop before its first step, and the folder that it is recorded in."""
    parts = SEARCH.parts(frame)
    centroids.start(parts.twins, parts.split, parts.network, Files(frame, AUGMENT, 0, ENGINE))
    loop = Loop(parts.stepper(OPTIMISER), parts.plan, Schedule(lambda epoch: (0.01, 0.001)), 0)
    return Recording(loop, RunFolder(folder, {"search": {}}, force=True), "search", ENGINE, Contents.of(frame))


@pytest.mark.parametrize("source", ["from the cache", "from files"])
def bench_epoch(benchmark, frame, pictures, tmp_path, source):
    plain, cached = pictures
    sets = plain if source == "from files" else cached

    def fresh():
        recording = search(frame, tmp_path / "run")
        return recording, [step.to("cpu") for step in ENGINE.steps(recording.loop, *cached)]

    def alone(recording, steps):
        for step in steps:
            moment = Moment(generator=step_generator(0, step.index))
            recording.loop.stepper.step(step.train, step.validation, step.position == 0, moment)

    def whole(recording, steps):
        drive(recording, ENGINE.steps(recording.loop, *sets), ENGINE)

    compare(benchmark, f"an epoch of a TCM search on the embedded people, {source}",
            {"ours": whole, "its steps alone": alone}, [Goal("its steps alone", "time", 1.1)], rounds=5,
            prepare=fresh)  # fmt: skip

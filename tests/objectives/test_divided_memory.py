"""A memory that ranks divide is the whole one: losses, gradients, updates, checkpoints."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.objectives.divided_memory import DividedMemory
from nasreid.objectives.memory import Memory
from nasreid.ranks import ALONE, Ranks
from nasreid.strategies.shared_objectives import MemoryOptions
from nasreid.strategy import Part
from tests.training.worlds import in_world, remembered


@pytest.mark.slow
@pytest.mark.parametrize(("start", "renormalise"), [("centroids", False), ("zeros", True)])
def test_parts_are_the_whole(start, renormalise, tmp_path) -> None:
    (*expected, size), = in_world(1, remembered, tmp_path / "1", start, renormalise)
    assert int(size) == 7
    sizes = []
    for several in (2, 4):
        for *found, size in in_world(several, remembered, tmp_path / str(several), start, renormalise):
            sizes.append(int(size))
            for one, two in zip(expected, found, strict=True):
                torch.testing.assert_close(one, two, rtol=1e-10, atol=1e-10)
    assert sizes == [3, 4, 1, 2, 2, 2], "every row lives once"


def test_alone_it_is_a_memory() -> None:
    one, two = Memory(5, 3), DividedMemory(5, 3)
    two.share(ALONE)
    for memory in (one, two):
        memory.start(torch.arange(30.0).reshape(10, 3), torch.arange(10) % 5)
    assert torch.equal(one.memory, two.own.memory)


def test_more_ranks_than_classes_are_refused() -> None:
    with pytest.raises(NasreidError, match="2 classes over 4 devices"):
        DividedMemory(2, 3).share(Ranks(0, 4))


def test_an_option_of_the_strategies() -> None:
    part = Part(torch.arange(3).numpy(), torch.arange(3).numpy(), 3)
    assert isinstance(MemoryOptions().of(part, 4), Memory)
    assert isinstance(MemoryOptions(divided=True).of(part, 4), DividedMemory)

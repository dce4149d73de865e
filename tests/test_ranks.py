"""The processes of one run: which rows each has, and what they tell each other."""

import numpy as np
import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.ranks import ALONE, Lost, Ranks, reached
from tests.training.worlds import in_world, talked


def test_every_row_belongs_to_one_rank() -> None:
    for halves in (1, 2):
        rows = [Ranks(rank, 4).own(np.arange(24), halves) for rank in range(4)]
        assert sorted(np.concatenate(rows).tolist()) == list(range(24))
    assert Ranks(0, 2).own(np.arange(8), 2).tolist() == [0, 1, 4, 5], "whole identities of both halves"


@pytest.mark.parametrize(("p", "k", "halves", "message"), [
    (4, 2, 1, None), (3, 4, 1, None), (4, 1, 2, None),
    (3, 1, 1, "3 x 1 images over 2 devices"), (3, 4, 2, "P=3 identities of both modalities over 2 devices"),
])  # fmt: skip
def test_batches_that_ranks_cannot_share_are_refused(p, k, halves, message) -> None:
    ALONE.check(p, k, halves)
    if message is None:
        Ranks(0, 2).check(p, k, halves)
    else:
        with pytest.raises(NasreidError, match=message):
            Ranks(0, 2).check(p, k, halves)


def test_alone_there_is_nobody_to_talk_to() -> None:
    x = torch.randn(3, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert all(found is x for found in (ALONE.gather(x), ALONE.mean(x)))
    assert torch.equal(ALONE.stacked(x), x[None])
    assert torch.equal(ALONE.total(x), x)
    assert (ALONE.highest(3), ALONE.told({"a": 1}), ALONE.told()) == (3, {"a": 1}, {})


@pytest.mark.slow
def test_what_two_ranks_tell_each_other(tmp_path) -> None:
    for mean, gradient, two, one, told, halves, flags, highest, total in in_world(2, talked, tmp_path / "two"):
        assert torch.equal(mean, torch.arange(4.0).reshape(2, 2) + 5)
        assert torch.equal(gradient, torch.full((2, 2), 1.5)), "the mean of 1 and 2"
        assert (two.item(), one.tolist(), one.dtype) == (1.5, [[1.5, 1.5], [1.5, 1.5]], torch.bfloat16)
        assert (told["who"], told["table"].tolist()) == (0, [0, 1, 2])
        assert halves.tolist() == list(range(8))
        assert flags.tolist() == [True, False, True, True, False, False]
        assert (highest, total.item()) == (1, 3)


def test_a_lost_connection_is_told_in_one_line() -> None:
    with pytest.raises(Lost, match="process has ended; the same command goes on"), reached():
        raise RuntimeError("Connection closed by peer")

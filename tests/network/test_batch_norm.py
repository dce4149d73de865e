"""BatchNorm over the batch of all ranks: the numbers of one process, and layers that stay what they are."""

import copy

import pytest
import torch
from torch import nn

from nasreid.network.batch_norm import Shared, Shared2d, check_several, ranks_of, share_batches
from nasreid.ranks import ALONE, Ranks
from tests.training.worlds import in_world, normed


class Own(nn.BatchNorm2d):
    """As a space may have it: more around what a BatchNorm does."""

    def forward(self, input):
        return super().forward(input).relu()


@pytest.mark.slow
@pytest.mark.parametrize("channels_last", [False, True])
def test_a_shared_batch_is_normed_as_one(channels_last, tmp_path) -> None:
    expected, = in_world(1, normed, tmp_path / "1", channels_last)
    for found in in_world(2, normed, tmp_path / "2", channels_last):
        for one, two in zip(expected, found, strict=True):
            torch.testing.assert_close(one, two, rtol=1e-12, atol=1e-12)


def test_layers_stay_and_so_do_the_names_of_their_states() -> None:
    net = nn.Sequential(nn.BatchNorm2d(3), nn.Sequential(Own(3)), nn.Flatten(), nn.BatchNorm1d(24), nn.ReLU())
    layers, kinds, names = list(net.modules()), [type(m) for m in net.modules()], list(net.state_dict())
    share_batches(net, Ranks(1, 2))
    assert list(net.modules()) == layers
    assert list(net.state_dict()) == names
    assert [isinstance(m, Shared) for m in net.modules()] == [False, True, False, True, False, True, False]
    assert all(isinstance(m, kind) for m, kind in zip(net.modules(), kinds, strict=True))
    assert ranks_of(copy.deepcopy(net)[0]) == Ranks(1, 2)
    share_batches(net, Ranks(1, 4))
    assert ranks_of(net[0]) == Ranks(1, 4)
    assert type(net[0]) is Shared2d
    share_batches(net, ALONE)
    assert [type(m) for m in net.modules()] == kinds
    assert ranks_of(net[0]) == ALONE


def test_a_class_of_ones_own_keeps_what_it_does_around() -> None:
    net, x = Own(3).eval(), torch.randn(2, 3, 4, 2, generator=torch.Generator().manual_seed(0))
    expected = net(x)
    share_batches(net, Ranks(0, 2))  # in evaluation nobody is asked
    assert torch.equal(net(x), expected)


def test_one_value_has_no_variance() -> None:
    check_several(2)
    with pytest.raises(ValueError, match="more than 1 value"):
        check_several(1)

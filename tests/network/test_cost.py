import pytest
import torch
from torch import nn

from nasreid.network.cost import Cost, cost


def test_counts_convolutions_and_linear_layers_by_hand():
    head = nn.Flatten(), nn.Linear(64, 5)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU(), *head)
    assert cost(net, 8, 4) == Cost(3 * 8 * 9 + 8 + 16 + 64 * 5 + 5, 8 * 4 * 2 * 3 * 9 + 64 * 5)


def test_groups_and_transposed_convolutions():
    assert cost(nn.Conv2d(3, 3, 3, padding=1, groups=3, bias=False), 4, 4) == Cost(27, 3 * 16 * 9)
    assert cost(nn.ConvTranspose2d(3, 6, 2, stride=2, bias=False), 4, 4) == Cost(72, 3 * 16 * 6 * 4)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 1, bias=False)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, images):
        self.calls += 1
        assert not self.training
        assert images.shape == (1, 3, 5, 7)
        return self.layer(self.layer(images))


def test_every_call_counts_and_shared_parameters_once():
    assert cost(Twice(), 5, 7) == Cost(9, 2 * 9 * 35)


def test_leaves_the_module_as_it_was():
    net = nn.Sequential(Twice(), nn.BatchNorm2d(3))
    net[1].eval()
    cost(net, 5, 7)
    assert (net.training, net[0].training, net[0].layer.training, net[1].training) == (True, True, True, False)
    assert net[0].calls == 0
    assert not net[0].layer._forward_hooks


def test_hooks_go_even_when_the_module_fails():
    net = nn.Sequential(nn.Conv2d(4, 4, 1))
    with pytest.raises(RuntimeError, match="channels"):
        cost(net, 4, 4)
    assert not net[0]._forward_hooks
    assert net.training


def test_matrix_products_are_not_counted_and_double_precision_runs():
    class Product(nn.Module):
        def forward(self, images):
            return images @ images.transpose(2, 3)

    assert cost(Product(), 4, 4) == Cost(0, 0)
    assert cost(Product(), 4, 4).with_products == 3 * 4 * 4 * 4  # the second column has them
    assert cost(nn.Conv2d(3, 1, 1).double(), 2, 2).multiply_adds == 12

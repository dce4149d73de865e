"""The operations of an edge: shapes, and what each sees."""

import pytest
import torch

from nasreid.spaces.auto_reid_operations import OPERATIONS, operation


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("stride", [1, 2])
def test_an_operation_keeps_channels_and_halves_by_its_stride_and_leaves_its_input(name, stride):
    x = torch.randn(2, 4, 7, 4)
    before = x.clone()
    made = operation(name, 4, stride)(x)
    assert made.shape == ((2, 4, 7, 4) if stride == 1 else (2, 4, 4, 2))
    assert torch.equal(x, before)
    assert bool(made.any()) == (name != "none")


@pytest.mark.parametrize(("name", "field"), [("max3", 3), ("avg3", 3), ("skip", 1), ("sep3", 5), ("dil3", 5)])
def test_how_far_an_operation_sees(name, field):
    x = torch.rand(1, 2, 11, 11, dtype=torch.float64).requires_grad_()
    made = operation(name, 2, 1).double().eval()
    made(x)[:, :, 5, 5].sum().backward()
    seen = x.grad.abs().sum((0, 1))
    rows = seen.sum(1).nonzero()
    assert int(rows.max() - rows.min()) < field
    assert (seen > 0).sum() <= (9 if name == "dil3" else field**2)

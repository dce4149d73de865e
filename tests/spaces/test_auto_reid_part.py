"""The part-aware module: stripes that see each other."""

import pytest
import torch

from nasreid.spaces.auto_reid_part import PartAware


def silent(width, stride=1, parts=4):
    """One that hands on what is laid over the stripes, and not its input; linear layers change nothing."""
    made = PartAware(width, stride, parts).eval()
    for layer in (made.linear, made.query, made.key, made.value):
        layer.weight.data, layer.bias.data = torch.eye(width), torch.zeros(width)
    made.fuse.weight.data = torch.cat([torch.zeros(width, width), torch.eye(width)], 1)[:, :, None, None]
    return made


def test_each_stripe_has_what_it_sees_in_all_stripes():
    x = torch.randn(2, 3, 8, 5, generator=torch.Generator().manual_seed(0))
    means = torch.stack([stripe.mean((2, 3)) for stripe in x.split(2, 2)], 1)  # (2, 4, 3)
    seen = torch.softmax(means @ means.transpose(1, 2) / 3**0.5, -1) @ means
    found = silent(3)(x)
    for at, stripe in enumerate(found.split(2, 2)):
        expected = seen[:, at, :, None, None].expand_as(stripe)
        torch.testing.assert_close(stripe, expected, atol=1e-4, rtol=1e-4)


def test_a_change_in_one_stripe_reaches_the_others_and_their_own_place_stays():
    made, x = PartAware(4).eval(), torch.randn(1, 4, 8, 2)
    moved = x.clone()
    moved[:, :, :2] += 1
    difference = (made(moved) - made(x)).abs().amax((0, 1, 3))
    assert bool((difference > 0).all())
    turned = made(x.flip(3)).flip(3)  # within a stripe places are alike
    torch.testing.assert_close(turned, made(x))


@pytest.mark.parametrize("height", [1, 2, 3, 4, 6, 9])
@pytest.mark.parametrize("stride", [1, 2])
def test_any_height_has_stripes(height, stride):
    made = PartAware(4, stride)(torch.randn(2, 4, height, 3))
    assert made.shape == (2, 4, -(-height // stride), -(-3 // stride))
    assert bool(made.isfinite().all())

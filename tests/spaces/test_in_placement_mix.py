"""The cheap sum of tails against the plain one: values, gradients, statistics, memory formats, what is saved."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.graph import saved_tensors_hooks

from nasreid.mutation import decisions, freeze, relax
from nasreid.relaxation import Softmax
from nasreid.spaces import map_blocks
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.in_placement_blocks import mixed, tail
from nasreid.spaces.in_placement_published import PLACEMENTS

WIDTH = 5


def maps(number, size, last, seed=0):
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(number, WIDTH, *size, generator=generator, dtype=torch.float64) for _ in range(3)]
    return [m.contiguous(memory_format=torch.channels_last) if last else m for m in made]


def tails(names, replace_bn=False, train=True):
    torch.manual_seed(0)
    made = [tail(name, WIDTH, replace_bn).double().train(train) for name in names]
    for module in made:
        for value in [*module.parameters(), *module.buffers()]:
            if value.is_floating_point():
                value.data += 0.3 * torch.rand_like(value)
    return made


def plainly(own, weights, residuals, identities):
    pairs = zip(own, weights, residuals * (len(own) // len(residuals)), identities * (len(own) // len(identities)),
                strict=True)
    return sum(module(x, u) * weight for module, weight, x, u in pairs)


def traced(way, own, weights, residuals, identities, gradient):
    """Output, gradients of everything, buffers."""
    leaves = [t.detach().clone().requires_grad_() for t in (weights, *residuals, *identities)]
    count = 1 + len(residuals)
    y = way(own, leaves[0], leaves[1:count], leaves[count:])
    y.backward(gradient)
    parameters = [p.grad if p.grad is not None else torch.zeros_like(p) for module in own for p in module.parameters()]
    return [y.detach(), *(leaf.grad for leaf in leaves), *parameters, *(b for module in own for b in module.buffers())]


def compare(own, weights, residuals, identities, gradient):
    expected = traced(plainly, copy.deepcopy(own), weights, residuals, identities, gradient)
    found = traced(mixed, copy.deepcopy(own), weights, residuals, identities, gradient)
    for one, two in zip(found, expected, strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=1e-10)
    return found[0]


@settings(max_examples=40)
@given(names=st.permutations(PLACEMENTS), count=st.integers(1, 4), number=st.integers(2, 3), height=st.integers(2, 5),
       last=st.booleans(), replace_bn=st.booleans(), train=st.booleans(), apart=st.sampled_from(["", "x", "u", "xu"]),
       block=st.sampled_from([7, 40, 2**19]))
def test_the_sum_of_any_tails(names, count, number, height, last, replace_bn, train, apart, block):
    x, u, gradient = maps(number, (height, 3), last)
    own = tails(names[:count], replace_bn, train)
    weights = torch.linspace(-0.5, 1, count, dtype=torch.float64)
    xs, us = ([m * (k + 1) for k in range(count)] if name in apart else [m] for name, m in (("x", x), ("u", u)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(map_blocks, "BLOCK", block)
        y = compare(own, weights, xs, us, gradient)
    assert y.is_contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("chosen", range(4))
def test_a_term_without_weight_still_teaches_its_weight(chosen, apart):
    x, u, gradient = maps(3, (4, 3), False)
    maps_of = [x * (k + 1) for k in range(4)] if apart else [x]
    compare(tails(PLACEMENTS), torch.eye(4, dtype=torch.float64)[chosen], maps_of, [u], gradient)


def test_half_precision_in_half_precision_out():
    x, u, gradient = (m.bfloat16() for m in maps(2, (8, 4), True))
    own = [module.float() for module in tails(PLACEMENTS)]
    weights = torch.full((4,), 0.25)
    found = traced(mixed, own, weights, [x], [u], gradient)
    exact = [module.float() for module in tails(PLACEMENTS)]
    expected = traced(mixed, exact, weights, [x.float()], [u.float()], gradient.float())
    assert found[0].dtype == found[2].dtype == torch.bfloat16
    torch.testing.assert_close(found[0].float(), expected[0], rtol=0.01, atol=0.01)


@pytest.mark.parametrize("last", [False, True])
def test_saved_for_backward_is_hardly_more_than_that_of_one_path(last):
    def saved(network):
        network.to(memory_format=torch.channels_last if last else torch.contiguous_format)
        found = {}

        def pack(t):
            found[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
            return t

        with saved_tensors_hooks(pack, lambda t: t):
            kept = network(torch.randn(8, 3, 128, 64)).sum()  # while it lives no place is used twice
        own = {p.untyped_storage().data_ptr() for p in network.parameters()}
        return sum(size for place, size in found.items() if place not in own) * float(kept.requires_grad)

    space = InPlacement(width_multiplier=0.25)
    one = freeze(space, dict.fromkeys(decisions(space), "plain"))
    assert saved(relax(InPlacement(width_multiplier=0.25, shared=True), Softmax())) <= 1.15 * saved(one)

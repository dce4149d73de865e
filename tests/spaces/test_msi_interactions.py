"""The cheap mix of interactions equals the plain weighted sum: outputs and all gradients."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.spaces.msi import OPERATIONS, candidates
from nasreid.spaces.msi_interactions import CrossAttention, Exchange, Gate, Interaction
from nasreid.spaces.msi_mix import TRACE, masks

SUBSETS = st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=4, unique=True)
WEIGHT = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(-2, 2))


def operations(names, channels, generator):
    modules = candidates(names, channels)
    for module in modules.values():
        for parameter in module.double().parameters():
            parameter.data = torch.randn(parameter.shape, dtype=torch.float64, generator=generator)
    return modules


def plain_sum(modules, weights, x1, x2):
    outputs = [module(x1, x2) for module in modules.values()]
    return tuple(sum(w * y for w, y in zip(weights, ys, strict=True)) for ys in zip(*outputs, strict=True))


def everything(mix, modules, weights, x1, x2, cotangents):
    """Outputs and the gradients of both maps, of the weights and of all parameters (None = takes no part)."""
    modules, leaves = copy.deepcopy(modules), [t.clone().requires_grad_() for t in (x1, x2, weights)]
    outputs = mix(modules, leaves[2], *leaves[:2])
    leaves += [p for module in modules.values() for p in module.parameters()]
    return [*outputs, *torch.autograd.grad(outputs, leaves, cotangents, allow_unused=True)]


@given(names=SUBSETS, batch=st.integers(1, 3), channels=st.integers(1, 40), height=st.integers(1, 5),
       width=st.integers(1, 5), drawn=st.lists(WEIGHT, min_size=4, max_size=4), seed=st.integers(0, 99),
       layout=st.sampled_from([torch.contiguous_format, torch.channels_last]))  # fmt: skip
def test_mix_is_the_plain_sum(names, batch, channels, height, width, drawn, seed, layout):
    generator = torch.Generator().manual_seed(seed)
    modules = operations(names, channels, generator)
    shape = (4, batch, channels, height, width)
    drawn_maps = torch.randn(shape, dtype=torch.float64, generator=generator).unbind()
    x1, x2, *cotangents = (maps.contiguous(memory_format=layout) for maps in drawn_maps)
    weights = torch.tensor(drawn[: len(names)], dtype=torch.float64)
    plain = everything(plain_sum, modules, weights, x1, x2, cotangents)
    mixed = everything(Interaction.mix, modules, weights, x1, x2, cotangents)
    for ours, reference in zip(mixed, plain, strict=True):
        reference = torch.zeros(()) if reference is None else reference
        assert ours is not None or not reference.any()
        if ours is not None:
            torch.testing.assert_close(ours, reference.expand_as(ours).to(ours), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_maps_that_lie_pixel_by_pixel_stay_so(dtype):
    modules = {name: module.to(dtype) for name, module in operations(OPERATIONS, 8, torch.Generator()).items()}
    x1, x2 = (torch.ones(2, 8, 4, 2, dtype=dtype).contiguous(memory_format=torch.channels_last).requires_grad_()
              for _ in range(2))  # fmt: skip
    for y in (*Interaction.mix(modules, torch.full((4,), 0.25), x1, x2), *modules["attention"](x1, x2)):
        assert y.is_contiguous(memory_format=torch.channels_last)
        gradient, _ = torch.autograd.grad(y.square().sum(), (x1, x2), retain_graph=True)
        assert gradient.is_contiguous(memory_format=torch.channels_last)


def test_attention_does_not_depend_on_the_layout():
    x1, x2 = torch.randn(2, 2, 8, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    attention = operations(OPERATIONS, 8, torch.Generator().manual_seed(2))["attention"]
    by_pixel = attention(*(x.contiguous(memory_format=torch.channels_last) for x in (x1, x2)))
    torch.testing.assert_close(by_pixel, attention(x1, x2), rtol=1e-10, atol=1e-10, check_stride=False)


@pytest.mark.parametrize("name", OPERATIONS)
def test_one_hot_weights_select(name):
    generator = torch.Generator().manual_seed(3)
    modules = operations(OPERATIONS, 16, generator)
    x1, x2 = torch.randn(2, 2, 16, 4, 2, dtype=torch.float64, generator=generator)
    weights = torch.tensor([float(name == other) for other in OPERATIONS], dtype=torch.float64)
    torch.testing.assert_close(Interaction.mix(modules, weights, x1, x2), modules[name](x1, x2), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("x_grad", [False, True])
def test_mix_with_frozen_parts(x_grad):
    """Phases of a search switch gradients: what asks for none gets none, the rest is unchanged."""
    generator = torch.Generator().manual_seed(5)
    modules = operations(OPERATIONS, 16, generator)
    for module in modules.values():
        module.requires_grad_(False)
    x1, x2 = (x.requires_grad_(x_grad) for x in torch.randn(2, 2, 16, 4, 2, dtype=torch.float64, generator=generator))
    gradients = []
    for mix in (plain_sum, Interaction.mix):
        weights = torch.full((4,), 0.25, dtype=torch.float64, requires_grad=True)
        sum(y.square().sum() for y in mix(modules, weights, x1, x2)).backward()
        gradients.append(weights.grad)
        assert (x1.grad is not None) == x_grad
        assert all(p.grad is None for module in modules.values() for p in module.parameters())
    torch.testing.assert_close(*gradients, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_mix_keeps_the_dtype(dtype):
    modules = {name: module.to(dtype) for name, module in operations(OPERATIONS, 16, torch.Generator()).items()}
    x1, x2 = torch.ones(2, 2, 16, 4, 2, dtype=dtype)
    assert {y.dtype for y in Interaction.mix(modules, torch.full((4,), 0.25), x1, x2)} == {dtype}


def test_attention_starts_as_identity():
    x1, x2 = torch.rand(2, 2, 8, 4, 3)
    assert all(torch.equal(y, x) for y, x in zip(CrossAttention()(x1, x2), (x1, x2), strict=True))


def test_exchange_swaps_and_the_narrowest_gate_has_one_hidden_unit():
    x1, x2 = torch.rand(2, 2, 8, 4, 3)
    assert Exchange()(x1, x2)[0] is x2
    assert Gate(8).squeeze.weight.shape == (1, 8, 1, 1)
    assert Gate(64).squeeze.weight.shape == (4, 64, 1, 1)


def test_energies_of_large_maps_do_not_overflow():
    modules = operations(OPERATIONS, 16, torch.Generator().manual_seed(1))
    x1, x2 = 1e3 * torch.randn(2, 2, 16, 8, 4, dtype=torch.float64)
    y = Interaction.mix(modules, torch.full((4,), 0.25, dtype=torch.float64), x1, x2)
    assert all(torch.isfinite(part).all() for part in y)


def test_mix_runs_in_mixed_precision():
    modules = {name: module.float() for name, module in operations(OPERATIONS, 16, torch.Generator()).items()}
    x1, x2 = torch.linspace(-1, 1, 2 * 2 * 16 * 4 * 2).view(2, 2, 16, 4, 2)
    weights = torch.full((4,), 0.25, requires_grad=True)
    exact = Interaction.mix(modules, weights, x1, x2)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = Interaction.mix(modules, weights, x1.bfloat16(), x2.bfloat16())
    sum(y.sum() for y in mixed).backward()
    torch.testing.assert_close([y.float() for y in mixed], list(exact), rtol=0.05, atol=0.05)


def test_entries_below_the_trace_are_zero_forward_and_backward_and_nothing_else_changes():
    distance = torch.randn(3, 12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 60
    cotangent, given = torch.randn_like(distance), [distance.clone().requires_grad_() for _ in range(2)]
    plain, made = given[0].softmax(-1), masks(given[1])
    traces = plain < TRACE
    assert 0.1 < traces.double().mean() < 0.9
    assert torch.equal(made, plain.masked_fill(traces, 0))
    (expected,), (gradient,) = (torch.autograd.grad(y, x, cotangent)
                                for y, x in zip((plain, made), given, strict=True))  # fmt: skip
    assert not gradient[traces].any()
    torch.testing.assert_close(gradient, expected, rtol=1e-16, atol=1e-18)


def test_no_subnormal_number_comes_of_an_attention():
    x1, x2 = (60 * torch.rand(2, 2, 16, 4, 2, generator=torch.Generator().manual_seed(0))).requires_grad_()
    mixes = torch.full((4,), 0.25)
    modules = {name: module.float() for name, module in operations(OPERATIONS, 16, torch.Generator()).items()}
    seen = []
    with torch.autograd.graph.saved_tensors_hooks(lambda kept: seen.append(kept) or kept, lambda kept: kept):
        outputs = Interaction.mix(modules, mixes, x1, x2)
    seen += [*outputs, *torch.autograd.grad(outputs, (x1, x2), [torch.ones_like(y) for y in outputs])]
    assert any(kept.shape[-2:] == (16, 16) and not kept.all() for kept in seen)
    assert not any(((kept != 0) & (kept.abs() < torch.finfo(torch.float32).tiny)).any() for kept in seen)

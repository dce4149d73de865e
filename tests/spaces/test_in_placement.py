"""The IN placement space: its decisions, what its candidates compute, sharing, and what it refuses."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze, relax
from nasreid.relaxation import Softmax
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.in_placement_blocks import OSBlock, tail
from nasreid.spaces.in_placement_published import LABELS, PLACEMENTS, choices_of

SMALL: dict[str, Any] = {"width_multiplier": 0.125, "streams": 2}


def images(seed=0):
    return torch.randn(3, 3, 64, 32, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_six_blocks_with_four_candidates():
    assert decisions(InPlacement(**SMALL)) == {label: list(PLACEMENTS) for label in LABELS}
    fewer = InPlacement(**SMALL, shared=True, placements=("in", "out"))
    assert decisions(fewer) == {label: ["in", "out"] for label in LABELS}


@pytest.mark.parametrize("shared", [False, True])
def test_shapes(shared):
    space = freeze(InPlacement(**SMALL, shared=shared), dict.fromkeys(LABELS, "in-out"))
    assert isinstance(space, InPlacement)
    middle, maps = space.tapped(images().float())
    assert middle.shape == (3, 48, 4, 2)
    assert maps.shape == (3, space.width, 4, 2) == (3, 64, 4, 2)


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("replace_bn", [False, True])
def test_a_tail_puts_its_norms_where_its_name_says(placement, replace_bn):
    residual, identity = images()[:, :, :8, :8], images(1)[:, :, :8, :8]
    made = tail(placement, 3, replace_bn).double()
    inside = placement.startswith("in")
    expected = residual if inside and replace_bn else F.batch_norm(residual, None, None, training=True)
    expected = (F.instance_norm(expected) if inside else expected) + identity
    expected = F.instance_norm(expected) if placement.endswith("out") else expected
    torch.testing.assert_close(made(residual, identity), expected.relu())


def test_a_block_sums_its_gated_streams():
    torch.manual_seed(0)
    block = OSBlock(8, 8, nn.Identity(), streams=3).double().eval()
    block.tail = Sum()
    x = torch.randn(2, 8, 6, 6, dtype=torch.float64)
    reduced = block.reduce(x)
    streams = [stream(reduced) for stream in block.streams]
    assert [len(stream) for stream in block.streams.children()] == [1, 2, 3]  # pyright: ignore[reportArgumentType]
    total = sum(s * block.gate(s.mean((2, 3), keepdim=True)) for s in streams)
    torch.testing.assert_close(block(x), block.expand(total) + x)


class Sum(nn.Module):
    def forward(self, residual, identity):
        return residual + identity


def test_shared_candidates_equal_own_ones_with_the_same_weights():
    """The supernet that runs each trunk once, against one whose candidates are blocks with copies of the trunk."""
    torch.manual_seed(0)
    alphas = {label: torch.randn(4, dtype=torch.float64) for label in LABELS}
    shared = relax(InPlacement(**SMALL, shared=True), Softmax(), alphas).double()
    own = relax(InPlacement(**SMALL), Softmax(), alphas).double()
    source = dict(shared.space.state_dict())
    own.space.load_state_dict({name: source[trunk(name)] for name in own.space.state_dict()})
    one, two = shared(images()), own(images())
    torch.testing.assert_close(one, two, rtol=0, atol=1e-10)
    for result in (one, two):
        result.square().mean().backward()
    compare_alphas(shared, own)
    compare_gradients(dict(shared.space.named_parameters()), dict(own.space.named_parameters()))
    after = shared.space.state_dict()
    assert any(name.endswith("running_var") for name in after)
    for name, buffer in own.space.state_dict().items():
        if not name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            continue
        torch.testing.assert_close(buffer, after[trunk(name)], rtol=0, atol=1e-10)


def trunk(name):
    """Key of a supernet of own candidates -> key of the same weight where they share the trunk."""
    words = name.split(".")
    if words[1].startswith("block"):
        if "tail" in words:
            words[2:4] = ["tail", words[2]]
        elif words[2] in PLACEMENTS:
            del words[2]
        elif words[2] == "_arch_alpha":
            words.insert(2, "tail")
    return ".".join(words)


def compare_alphas(shared, own):
    for label, alpha in shared.alphas().items():
        torch.testing.assert_close(alpha.grad, own.alphas()[label].grad, rtol=0, atol=1e-10)


def compare_gradients(shared, own):
    totals = {}
    for name, parameter in own.items():
        if "_arch_alpha" not in name:
            totals[trunk(name)] = totals.get(trunk(name), 0) + parameter.grad
    assert set(totals) == {name for name in shared if "_arch_alpha" not in name}
    for name, total in totals.items():
        torch.testing.assert_close(shared[name].grad, total, rtol=0, atol=1e-10)


def test_a_genotype_has_the_same_weights_by_name_either_way():
    choices = choices_of(("in", "in", "plain", "out", "in-out", "plain"))
    one, two = (freeze(InPlacement(**SMALL, shared=shared), choices).state_dict() for shared in (False, True))
    assert {n: v.shape for n, v in one.items()} == {n: v.shape for n, v in two.items()}


def test_norms_without_affine_and_with_instance_in_the_stem():
    space = InPlacement(**SMALL, affine=False, stem_norm="instance", kaiming=False)
    norms = [m for m in space.modules() if isinstance(m, nn.BatchNorm2d | nn.InstanceNorm2d)]
    assert norms
    assert all(norm.weight is None and norm.bias is None for norm in norms)
    assert isinstance(space.get_submodule("stem.bn"), nn.InstanceNorm2d)
    assert relax(space, Softmax())(images().float()).shape == (3, 64, 4, 2)


@pytest.mark.parametrize(("options", "words"), [
    ({"widths": (64, 256)}, r"widths \[64, 256\]: expected four"), ({"width_multiplier": 0}, "width_multiplier 0"),
    ({"streams": 0}, "streams 0: expected a whole number"), ({"stem_norm": "layer"}, "stem_norm 'layer'"),
    ({"placements": ("in", "in")}, "placements .*each once"), ({"placements": ("inn",)}, "expected a choice of plain")])
def test_wrong_arguments_are_named(options, words):
    with pytest.raises(NasreidError, match=words):
        InPlacement(**options)

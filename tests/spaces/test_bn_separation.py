import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchmarks.ratio import kept
from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze, relax, within
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace, choice
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.bn_separation_norms import Rows, Separate, Share
from nasreid.spaces.resnet import ResNet50

SMALL = {"ResNet50": {"inner_args": {"width_multiplier": 0.0625}},
         "MSI": {"inner": "MSI", "inner_args": {"width_multiplier": 0.125}},
         "InPlacement": {"inner": "InPlacement", "inner_args": {"width_multiplier": 0.125, "streams": 1}}}


def norm(seed, **options):
    torch.manual_seed(seed)
    layer = nn.BatchNorm2d(3, **options).double()
    for value in [*layer.parameters(), *(b for b in (layer.running_mean, layer.running_var) if b is not None)]:
        value.data.uniform_(0.5, 2)
    return layer


def candidates(seed=0, **options):
    apart = Separate(norm(seed, **options))
    apart.infrared = norm(seed + 1, **options)
    return nn.ModuleDict({"share": Share.like(norm(seed + 2, **options)).double(), "separate": apart})


def plain_sum(pairs, weights, x):
    return sum(layer(x) * weight for layer, weight in zip(pairs.values(), weights, strict=True))


MASKS = st.lists(st.booleans(), min_size=2, max_size=7)


LAYOUTS = {"rows": lambda x: x, "channels last": lambda x: x.contiguous(memory_format=torch.channels_last),
           "every other channel": lambda x: x.repeat_interleave(2, 1)[:, ::2]}  # fmt: skip


def traced(layers, weights, x, fused):
    """Output, gradients and buffers of the mix or of the plain sum."""
    leaves = [x.detach().requires_grad_(), weights.clone().requires_grad_()]
    pairs = dict(layers.items())
    y = Separate.mix(pairs, leaves[1], leaves[0]) if fused else plain_sum(pairs, leaves[1], leaves[0])
    (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape).cos()).sum().backward()
    return [y.detach(), *(leaf.grad for leaf in leaves), *(p.grad for p in layers.parameters()), *layers.buffers()]


@given(MASKS, st.booleans(), st.sampled_from([{}, {"affine": False}, {"momentum": None},
                                             {"track_running_stats": False}]), st.integers(0, 99), st.sampled_from(
                                                 list(LAYOUTS)))  # fmt: skip
def test_the_mix_is_the_plain_sum_with_its_gradients_and_buffers(mask, training, options, seed, layout):
    x = torch.linspace(-2, 3, 24 * len(mask), dtype=torch.float64).view(-1, 3, 4, 2).sin() * (seed + 1) ** 0.5
    x, results = LAYOUTS[layout](x), []
    for fused in (True, False):
        layers = candidates(seed, **options).train(training)
        layers["separate"].first = mask.count(False)
        results.append(traced(layers, torch.tensor([0.3, 0.7], dtype=torch.float64), x, fused))
    for ours, plain in zip(*results, strict=True):
        assert (ours is None) == (plain is None)
        if ours is not None:
            assert torch.allclose(ours, plain, rtol=1e-10, atol=1e-10)


def test_layers_of_which_one_is_frozen_are_mixed_all_the_same():
    results, x = [], torch.randn(4, 3, 4, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for fused in (True, False):
        layers = candidates().train()
        layers["separate"].first = 2
        layers["separate"].infrared.eval()
        results.append(traced(layers, torch.tensor([0.3, 0.7], dtype=torch.float64), x, fused))
    assert all(torch.allclose(ours, plain, rtol=1e-10, atol=1e-10) for ours, plain in zip(*results, strict=True))


@pytest.mark.parametrize("layout", ["rows", "channels last"])
def test_the_mix_keeps_the_memory_format_there_and_back(layout):
    layers = candidates().float()
    layers["separate"].first = 2
    x = LAYOUTS[layout](torch.randn(5, 3, 4, 2)).requires_grad_()
    y = Separate.mix(dict(layers.items()), torch.tensor([0.3, 0.7]), x)
    y.backward(torch.ones(5, 3, 4, 2))
    assert x.stride() == y.stride() == x.grad.stride()


def test_in_bfloat16_the_mix_is_as_near_as_the_plain_sum():
    x, weights = torch.randn(6, 3, 8, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([0.3, 0.7])
    found = []
    for fused, kind in ((False, torch.float32), (False, torch.bfloat16), (True, torch.bfloat16)):
        layers = candidates().float()
        layers["separate"].first = 2
        found.append([value.float() for value in traced(layers, weights, x.to(kind), fused)])
    for exact, plain, ours in zip(*found, strict=True):
        assert (ours - exact).abs().max() <= 2 * (plain - exact).abs().max() + 1e-2 * exact.abs().max()


def test_the_supernet_keeps_no_more_for_backward_than_one_network():
    torch.manual_seed(0)
    network, space = ResNet50(0.0625), BNSeparation(**SMALL["ResNet50"])
    infrared = torch.arange(8) > 3
    images = torch.randn(8, 3, 64, 32).contiguous(memory_format=torch.channels_last)
    supernet = relax(space, Softmax())
    few = kept(lambda: network.to(memory_format=torch.channels_last)(images), network.parameters())
    many = kept(lambda: supernet.to(memory_format=torch.channels_last)(images, infrared), supernet.parameters())
    assert many <= 1.15 * few


@given(MASKS, st.booleans())
def test_separate_is_two_layers_on_their_own_images(mask, training):
    modality = torch.tensor(mask)
    apart = candidates()["separate"].train(training)
    alone = copy.deepcopy(apart)
    x = torch.randn(len(mask), 3, 4, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(len(mask)))
    rows = Rows.of(modality, len(mask))
    apart.first = rows.visible
    y = rows.restored(apart(rows.arranged(x)))
    for side, layer in ((~modality, alone.visible), (modality, alone.infrared)):
        if side.any():
            assert torch.allclose(y[side], layer(x[side]), rtol=0, atol=1e-12)
    assert all(torch.equal(a, b) for a, b in zip(apart.buffers(), alone.buffers(), strict=True))


@pytest.mark.parametrize("inner", SMALL)
def test_a_genotype_is_flat_and_builds_by_freezing_and_within(inner):
    space = BNSeparation(**SMALL[inner])
    known = decisions(space)
    choices = known.existing({label: names[at % len(names)] for at, (label, names) in enumerate(known.items())})
    network = freeze(space, choices)
    with within(choices):
        direct = BNSeparation(**SMALL[inner])
    assert decisions(network) == decisions(direct) == {}
    shapes = [{name: value.shape for name, value in n.state_dict().items()} for n in (network, direct)]
    assert shapes[0] == shapes[1]
    found = relax(space, Softmax()).choices()
    assert set(found) == set(known.existing(found))


def test_sharing_is_the_first_candidate_and_so_wins_a_tie():
    space = BNSeparation(**SMALL["ResNet50"])
    assert {tuple(names) for names in decisions(space).values()} == {("share", "separate")}
    even = {label: torch.zeros(2) for label in decisions(space)}
    assert set(relax(space, Softmax(), even).choices().values()) == {"share"}


@settings(max_examples=3)
@given(st.permutations(range(4)))
def test_the_order_of_a_batch_does_not_matter(order):
    torch.manual_seed(0)
    space = BNSeparation(**SMALL["ResNet50"])
    network = freeze(space, dict.fromkeys(decisions(space), "separate")).double()
    images, modality = torch.randn(4, 3, 32, 16, dtype=torch.float64), torch.tensor([False, True, True, False])
    expected, found = network(images, modality), network(images[list(order)], modality[list(order)])
    assert torch.allclose(found, expected[list(order)], rtol=0, atol=1e-6)


def test_evaluation_takes_one_modality_alone():
    space = BNSeparation(**SMALL["ResNet50"])
    network = freeze(space, dict.fromkeys(decisions(space), "separate")).double().eval()
    for name, value in network.named_buffers():
        if name.endswith("infrared.running_mean"):
            value += 0.1
    images, modality = torch.randn(3, 3, 32, 16, dtype=torch.float64), torch.tensor([False, True, False])
    both = network(images, modality)
    assert torch.allclose(both[~modality], network(images[~modality]))
    assert torch.allclose(both[modality], network(images[modality], torch.ones(1, dtype=torch.bool)))
    assert not torch.allclose(both[modality], network(images[modality]))


def test_whole_blocks_can_be_separated():
    space = BNSeparation(**SMALL["ResNet50"], separated=["layer1.0"])
    assert not any(label.startswith("layer1.0.") for label in decisions(space))
    assert "inner.layer1.0.infrared.conv1.weight" in space.state_dict()


@pytest.mark.parametrize(("arguments", "said"), [({"separated": ["layer9"]}, "layer9"),
                                                 ({"inner": "MSI", "relu_before_mix": True}, "MSI")])
def test_what_does_not_fit_is_refused_by_name(arguments, said):
    with pytest.raises(NasreidError, match=said):
        BNSeparation(**arguments)


def test_a_modality_of_another_length_is_refused():
    with pytest.raises(NasreidError, match="expected one"):
        Rows.of(torch.zeros(3, dtype=torch.bool), 4)


class Depth(SearchSpace):
    """Candidates that share their first block, and one BatchNorm that two candidates share alone."""

    def __init__(self):
        super().__init__()
        self.width = 4
        self.stem = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        blocks = [nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)) for _ in range(2)]
        norm = nn.BatchNorm2d(4)
        self.depth = choice("depth", {"one": blocks[0], "two": nn.Sequential(*blocks)})
        self.op = choice("op", {"a": nn.Sequential(nn.Conv2d(4, 4, 1), norm), "b": nn.Sequential(nn.ReLU(), norm)})

    def maps(self, images, modality=None):
        return self.op(self.depth(self.stem(images)))


def test_candidates_may_share_a_module():
    space = BNSeparation(f"{__file__}:Depth")
    assert list(decisions(space)) == ["depth", "depth.one.1", "depth.two.1.1", "op", "op.a.1"]
    images, modality = torch.randn(4, 3, 8, 8), torch.tensor([False, True, False, True])
    for depth in ("one", "two"):
        every = {**dict.fromkeys(decisions(space), "separate"), "depth": depth, "op": "b"}
        network = freeze(space, decisions(space).existing(every))
        assert type(network.inner.op[1]) is Separate
        assert network(images, modality).shape == (4, 4, 4, 4)
    supernet = relax(space, Softmax())
    assert supernet.space.inner.depth.one[1] is supernet.space.inner.depth.two[0][1]
    supernet(images, modality).square().mean().backward()
    assert all(alpha.grad.abs().sum() > 0 for alpha in supernet.alphas().values())

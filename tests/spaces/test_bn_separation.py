import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze, relax, within
from nasreid.relaxation import Softmax
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.modality_norm import Rows, Separate, Share

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


@given(MASKS, st.booleans(), st.sampled_from([{}, {"affine": False}, {"momentum": None},
                                             {"track_running_stats": False}]), st.integers(0, 99))
def test_the_mix_is_the_plain_sum_with_its_gradients_and_buffers(mask, training, options, seed):
    results = []
    for fused in (True, False):
        layers = candidates(seed, **options).train(training)
        layers["separate"].first = mask.count(False)
        x = torch.randn(len(mask), 3, 4, 2, dtype=torch.float64).requires_grad_()
        x.data.copy_(torch.linspace(-2, 3, x.numel(), dtype=torch.float64).view_as(x).sin() * (seed + 1) ** 0.5)
        weights = torch.tensor([0.3, 0.7], dtype=torch.float64, requires_grad=True)
        pairs = dict(layers.items())
        y = Separate.mix(pairs, weights, x) if fused else plain_sum(pairs, weights, x)
        (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y).cos()).sum().backward()
        gradients = [x.grad, weights.grad, *(p.grad for p in layers.parameters())]
        results.append([y.detach(), *gradients, *layers.buffers()])
    for ours, plain in zip(*results, strict=True):
        assert (ours is None) == (plain is None)
        if ours is not None:
            assert torch.allclose(ours, plain, rtol=1e-10, atol=1e-10)


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
    choices = {label: names[at % len(names)] for at, (label, names) in enumerate(known.items())}
    network = freeze(space, choices)
    with within(choices):
        direct = BNSeparation(**SMALL[inner])
    assert decisions(network) == decisions(direct) == {}
    shapes = [{name: value.shape for name, value in n.state_dict().items()} for n in (network, direct)]
    assert shapes[0] == shapes[1]
    assert set(relax(space, Softmax()).choices()) == set(known)


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

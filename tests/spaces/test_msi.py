"""The MSI space: its decisions, its counts, and the law that every genotype builds."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze, relax
from nasreid.network.cost import Cost, cost
from nasreid.network.network import with_neck
from nasreid.relaxation import Softmax
from nasreid.spaces.msi import BOTTLENECKS, FUSIONS, MSI, OPERATIONS, fuse
from nasreid.spaces.msi_published import LABELS, PUBLISHED, choices_of

NARROW = {"width_multiplier": 0.125}
IMAGES = torch.linspace(-1, 1, 2 * 3 * 32 * 32).view(2, 3, 32, 32)
GENOTYPES = st.lists(st.sampled_from(OPERATIONS), min_size=12, max_size=12).map(
    lambda o: dict(zip(LABELS, o, strict=True))
)


def test_decisions():
    assert decisions(MSI(**NARROW)) == {label: list(OPERATIONS) for label in LABELS}
    assert list(decisions(MSI(**NARROW))) == list(LABELS)
    assert set(map(tuple, decisions(MSI(**NARROW, operations=["gate", "none"])).values())) == {("gate", "none")}


SPACE = MSI(**NARROW)


@settings(max_examples=20)
@given(choices=GENOTYPES)
def test_every_genotype_builds_the_same_shape_and_takes_the_weights(choices):
    network = freeze(SPACE, choices)
    assert decisions(network) == {}
    assert network(IMAGES).shape == (2, SPACE.width, 2, 2)
    shared = {name: value for name, value in SPACE.state_dict().items() if "interaction" not in name}
    missing, unexpected = network.load_state_dict(shared, strict=False)
    assert all("interaction" in name for name in missing)
    assert unexpected == []


@settings(max_examples=5)
@given(choices=GENOTYPES, plain=st.booleans())
def test_a_decided_supernet_equals_the_frozen_network(choices, plain):
    """Alphas that put all weight on one operation give the network of that genotype, with the same weights."""
    space = MSI(**NARROW).double().eval()
    with torch.no_grad():
        for gamma in (p for name, p in space.named_parameters() if name.endswith("gamma")):
            gamma.fill_(0.5)
        frozen = freeze(space, choices)(IMAGES.double())
        alphas = {
            label: torch.tensor([1e3 * (name == chosen) for name in OPERATIONS]) for label, chosen in choices.items()
        }
        supernet = relax(space, Softmax(), alphas)
        supernet.mix_plainly(plain)
        torch.testing.assert_close(supernet(IMAGES.double()), frozen, rtol=1e-10, atol=1e-10)
    assert supernet.choices() == choices


def test_what_is_tapped_are_the_maps_and_those_in_the_middle():
    space = freeze(MSI(**NARROW), choices_of(PUBLISHED["MSINet"])).eval()
    middle, maps = space.tapped(IMAGES)
    assert middle.shape == (2, space.middle_width, 2, 2)
    assert torch.equal(maps, space.maps(IMAGES))


@pytest.mark.parametrize(
    ("letters", "row"),
    [
        *((letters, f"MSINet {name}") for letters, name in zip(
            PUBLISHED.values(), ("Table 1 (GGEGAGGNGAEA)", "VR (supp. Table 7)", "S (supp. Table 7)"), strict=True)),
        *((letter * 12, f"MSINet all {name}") for letter, name in zip(
            "NEGA", ("none", "exchange", "gate", "cross-attention"), strict=True)),
    ],
)  # fmt: skip
def test_counts_of_the_retraining_network(letters, row):
    assert cost(with_neck(freeze(MSI(), choices_of(letters))), 256, 128) == COUNTS[row]


def test_counts_at_the_size_of_vehicles():
    network = with_neck(freeze(MSI(), choices_of(PUBLISHED["MSINet"])))
    assert cost(network, 256, 256) == COUNTS["MSINet Table 1 at 256x256 (vehicles), 576 classes"]


def test_counts_of_the_supernet():
    network = with_neck(MSI(bottleneck="in"), "bnneck")
    relax(network.space, Softmax()).mix_plainly()
    alphas = 12 * 4
    expected = COUNTS["MSI supernet (60% of 1041 ids)"]
    assert cost(network, 256, 128) == Cost(expected.parameters + alphas, expected.multiply_adds)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("bottleneck", BOTTLENECKS)
@pytest.mark.parametrize("scale_ratio", [1, 2])
def test_arguments_run_and_survive_json(fusion, bottleneck, scale_ratio):
    arguments = {"widths": [16, 32, 32, 64], "width_multiplier": 0.5, "scale_ratio": scale_ratio, "fusion": fusion,
                 "bottleneck": bottleneck, "operations": ["gate", "attention"]}  # fmt: skip
    space = MSI(**json.loads(json.dumps(arguments)))
    relax(space, Softmax())
    assert space(IMAGES).shape == (2, 32, 2, 2)


def test_fusions():
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])
    assert [fuse(name, a, b).tolist() for name in ("sum", "minus", "mul")] == [[4, 7], [-2, -3], [3, 10]]


@pytest.mark.parametrize("multiplier", [0.25, 0.3, 0.01, 2])
def test_scaled_widths_are_multiples_of_four(multiplier):
    space = MSI(width_multiplier=multiplier)
    assert space.width % 4 == space.middle_width % 4 == 0
    assert abs(space.width - max(4, 512 * multiplier)) <= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"widths": [64, 256, 384]}, r"widths \[64, 256, 384\]: expected four"),
        ({"widths": [64, 256, 384, 510]}, "510"),
        ({"width_multiplier": 0}, "width_multiplier 0: expected"),
        ({"scale_ratio": 0}, "scale_ratio 0: expected"),
        ({"scale_ratio": 1.5}, "scale_ratio 1.5: expected"),
        ({"fusion": "max"}, "fusion 'max': expected one of sum, minus, mul"),
        ({"bottleneck": "wide"}, "bottleneck 'wide': expected one of out, in"),
        ({"operations": []}, r"operations \[\]: expected"),
        ({"operations": ["none", "none"]}, "expected a choice of none, exchange, gate, attention, each once"),
        ({"operations": ["swap"]}, "swap"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(NasreidError, match=message):
        MSI(**arguments)


COUNTS = {
    row["model"]: Cost(row["params_without_classifier"], row["macs_eval_without_classifier"])
    for row in json.loads((Path(__file__).parents[1] / "oracles" / "complexity.json").read_text())["rows"]
}

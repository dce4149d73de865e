"""The table of weight names covers every published key, both ways."""

import pytest

from nasreid.errors import NasreidError
from nasreid.mutation import freeze, relax
from nasreid.network.network import with_neck
from nasreid.relaxation import Softmax
from nasreid.spaces.msi import MSI
from nasreid.spaces.msi_published import choices_of, official_key, our_key
from tests.spaces.official import manifest

NETWORKS = {
    "msinet_table1.msinet_net": "GGEGAGGNGAEA",
    "msinet_other.msinet_net": "GEANGEANGEAN",
    **{f"msinet_mono.msinet_{letter * 4}_net": letter * 12 for letter in "NEGA"},
}


def same(network, published):
    ours = {key: tuple(value.shape) for key, value in network.state_dict().items() if not key.endswith("_arch_alpha")}
    assert {our_key(official_key(key)): shape for key, shape in ours.items()} == ours
    assert {official_key(our_key(key)): shape for key, shape in published.items()} == published
    classifiers = {key: shape for key, shape in published.items() if "classifier" in key}
    assert {official_key(key): shape for key, shape in ours.items()} | classifiers == published


@pytest.mark.parametrize(("name", "letters"), NETWORKS.items())
def test_retraining_network(name, letters):
    same(with_neck(freeze(MSI(), choices_of(letters))), manifest(name))


@pytest.mark.parametrize("relaxed", [False, True])
def test_supernet(relaxed):
    network = with_neck(MSI(bottleneck="in"), "bnneck")
    if relaxed:
        relax(network.space, Softmax())
    same(network, manifest("msinet_supernet.supernet"))


@pytest.mark.parametrize("key", ["backbone.conv1.weight", "space.cell7.reduce_a.conv.weight", "space", ""])
def test_foreign_keys_are_named(key):
    with pytest.raises(NasreidError, match="expected a weight of MSINet"):
        official_key(key)


def test_alphas_have_no_published_key():
    with pytest.raises(NasreidError, match="_arch_alpha"):
        official_key("space.cell1.interaction1._arch_alpha")

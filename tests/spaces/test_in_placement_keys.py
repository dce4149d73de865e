"""Names of OSNet's weights, in both directions."""

import json
from pathlib import Path

import pytest

from nasreid.errors import NasreidError
from nasreid.mutation import freeze
from nasreid.network.network import with_neck
from nasreid.space import SearchSpace
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.in_placement_published import named, official_key, our_key

MANIFESTS = sorted((Path(__file__).parents[1] / "oracles" / "manifests").glob("osnet*.json"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_every_official_key_goes_there_and_back(path):
    naming = "osnet" if path.stem.startswith("osnet_family") else "osnet-ain"
    keys = [key for key, *_ in json.loads(path.read_text()) if not key.endswith(".weights")]
    ours = [our_key(key) for key in keys]
    assert [official_key(key, naming) for key in ours] == keys
    assert len(set(ours)) == len(keys)


@pytest.mark.parametrize(("name", "manifest", "naming"), [
    ("osnet", "osnet_family.osnet_x1_0", "osnet"), ("osnet-ibn", "osnet_family.osnet_ibn_x1_0", "osnet"),
    ("osnet-ain", "osnet_ain_family.osnet_ain_x1_0", "osnet-ain")])
def test_a_published_network_has_the_official_weights(name, manifest, naming):
    arguments, choices = named(name)
    frozen = freeze(InPlacement(**arguments, shared=True), choices)
    assert isinstance(frozen, SearchSpace)
    own = {official_key(key, naming): list(value.shape) for key, value in with_neck(frozen, "fc").state_dict().items()}
    path = next(path for path in MANIFESTS if path.stem == manifest)
    entries = {key: list(shape) for key, shape, *_ in json.loads(path.read_text())}
    assert own == {key: shape for key, shape in entries.items() if not key.startswith("classifier")}


@pytest.mark.parametrize("key", ["conv9.weight", "conv2.0.conv4.weight", "weight", ""])
def test_a_foreign_key_is_named(key):
    with pytest.raises(NasreidError, match=f"key '{key}': expected a weight of OSNet"):
        our_key(key)
    with pytest.raises(NasreidError, match="expected a weight of OSNet"):
        official_key(key)


def test_an_unknown_naming_is_refused():
    with pytest.raises(NasreidError, match=r"naming 'osnet-ibn'.*: expected one of osnet-ain, osnet"):
        official_key("space.stem.conv.weight", "osnet-ibn")

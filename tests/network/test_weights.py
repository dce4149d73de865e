"""Weights from files: all of them or what fits, with a report."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.weights import load_matching, read_weights, save_state, save_weights

GATES = {f"cell{c}.interaction{i}": "gate" for c in range(1, 7) for i in (1, 2)}
SMALL = {"width_multiplier": 0.125}


def network(neck="two-feature", **choices):
    return built(Genotype("MSI", SMALL, {**GATES, **choices}), neck, seed=len(choices))


def test_what_fits_is_taken_and_the_rest_reported(tmp_path):
    source, target = network("bnneck"), network(**{"cell1.interaction1": "attention"})
    state = {**source.state_dict(), "neck.fc.weight": torch.ones(2, 2)}
    save_state(state, tmp_path / "w.safetensors")
    report = load_matching(target, tmp_path / "w.safetensors")
    assert target.state_dict()["space.stem.conv.weight"].equal(source.state_dict()["space.stem.conv.weight"])
    assert report.other_shape == ["neck.fc.weight"]
    assert "neck.local_fc.weight" in report.missing
    assert "space.cell1.interaction1.gamma" in report.missing
    assert {name.rpartition(".")[0] for name in report.unexpected} == {
        "space.cell1.interaction1.squeeze", "space.cell1.interaction1.excite"}
    own = set(target.state_dict())
    assert own == {*report.matched, *report.missing, *report.other_shape}
    assert set(state) == {*report.matched, *report.unexpected, *report.other_shape}
    assert f"matched      {len(report.matched)} (" in str(report)
    assert "other shape  1 (neck.fc.weight)" in str(report)


def test_names_without_the_network_s_prefix_are_understood(tmp_path):
    source, target = network(), network(**{"cell1.interaction1": "none"})
    save_weights(source.space, tmp_path / "w.safetensors")
    report = load_matching(target, tmp_path / "w.safetensors")
    assert all(name.startswith("neck.") for name in report.missing)
    assert target.state_dict()["space.stem.conv.weight"].equal(source.state_dict()["space.stem.conv.weight"])


@pytest.mark.parametrize("other", [{"a": torch.ones(2), "b": torch.ones(2)},
                                   {"a": torch.ones(2), "neck.bn.num_batches_tracked": torch.tensor(3)}])
def test_a_file_of_which_nothing_that_learns_fits_is_refused(other, tmp_path):
    save_state(other, tmp_path / "other.safetensors")
    with pytest.raises(NasreidError, match="none of its 2 tensors fits"):
        load_matching(network(), tmp_path / "other.safetensors")


@pytest.mark.parametrize(("content", "words"), [(None, "do not exist"), (b"no weights", "no safetensors file")])
def test_what_is_no_file_of_weights_is_named(tmp_path, content, words):
    if content is not None:
        (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(NasreidError, match=words):
        read_weights(tmp_path / "w.safetensors")


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    save_state({"a": torch.ones(2), "b": torch.tensor([1.0, float("inf")]), "c": torch.ones(2, dtype=torch.int64)},
               tmp_path / "w.safetensors")
    with pytest.raises(NasreidError, match="'b' is not finite; expected weights of a training that went well"):
        read_weights(tmp_path / "w.safetensors")

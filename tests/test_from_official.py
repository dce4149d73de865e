"""Official checkpoints: converted, they give the numbers of the official code; what does not fit is named."""

from pathlib import Path

import pytest
import torch

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.from_official import convert, published, read_checkpoint
from nasreid.genotype import Genotype
from nasreid.weights import load_matching, load_weights
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_check import load

ORACLES = Path(__file__).parent / "oracles"


@pytest.fixture(scope="module")
def oracle():
    return Oracle(ORACLES, "msinet_table1", load(ORACLES)["msinet_table1"])


@pytest.fixture(scope="module")
def checkpoint(oracle, tmp_path_factory):
    """A checkpoint as a training with several devices leaves it."""
    (name,) = oracle.recipe["weights"]
    values = {f"module.{key}": torch.as_tensor(value) for key, value in oracle.weights(name, "eval").items()}
    path = tmp_path_factory.mktemp("official") / "msinet.pth"
    torch.save({"epoch": 350, "state_dict": values}, path)
    return path


def test_a_converted_checkpoint_gives_the_official_features(oracle, checkpoint, tmp_path, capsys):
    output = tmp_path / "msinet.safetensors"
    assert main(["export", "--from-official", "msinet", str(checkpoint), "--output", str(output)]) == 0
    printed = capsys.readouterr().out
    assert "missing      0" in printed
    assert "unexpected   4 (classifier.weight, classifier.bias, f_classifier.weight, f_classifier.bias)" in printed
    network = Genotype.load(output.with_suffix(".json")).build("two-feature").double()
    load_weights(network, output)
    for case, name in enumerate(oracle.inputs("x_eval")):
        with torch.no_grad():
            oracle.check(f"eval{case}_feat", network.eval().vectors(oracle.tensor(name)))
    checked = [result for name, result in oracle.results.items() if name.endswith("_feat")]
    assert checked
    assert [result for result in checked if result.status != "passed"] == []


def test_a_training_starts_from_it_and_says_what_it_took(checkpoint, tmp_path):
    convert("msinet", checkpoint, tmp_path / "w.safetensors")
    other = Genotype("MSI", {}, {**published("msinet").choices, "cell1.interaction1": "none"}).build("two-feature")
    report = load_matching(other, tmp_path / "w.safetensors")
    assert report.missing == []
    assert {name.rsplit(".", 2)[0] for name in report.unexpected} == {"space.cell1.interaction1"}


def test_a_narrower_network_is_reported(tmp_path):
    state = {"head.weight": torch.ones(512), "conv1.conv.weight": torch.ones(32, 3, 7, 7), "conv1.bn.bias": 3}
    torch.save(state, tmp_path / "a.pth")
    report = convert("msinet", tmp_path / "a.pth", tmp_path / "a.safetensors")
    assert report.matched == ["neck.bn.weight"]
    assert report.other_shape == ["conv1.conv.weight"]
    assert report.unexpected == ["conv1.bn.bias"]
    assert "space.stem.conv.weight" in report.missing


class Code:
    def __reduce__(self):
        return (print, ("executed",))


@pytest.mark.parametrize(("content", "words"), [
    ({"state_dict": {}, "hook": Code()}, "holds .*print, which loading would execute"),
    ({"backbone.weight": torch.ones(2)}, "none of its entries fits msinet; they begin with backbone.weight"),
    ([1, 2], "holds a list; expected a dict of tensors"),
])
def test_what_is_no_checkpoint_is_named(content, words, tmp_path, capsys):
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(NasreidError, match=words):
        convert("msinet", tmp_path / "a.pth", tmp_path / "a.safetensors")
    assert "executed" not in capsys.readouterr().out
    assert not (tmp_path / "a.safetensors").exists()


def test_files_that_torch_cannot_read_are_named(tmp_path):
    with pytest.raises(NasreidError, match="does not exist"):
        read_checkpoint(tmp_path / "none.pth")
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(NasreidError, match=r"text.pth"):
        read_checkpoint(tmp_path / "text.pth")
    with pytest.raises(NasreidError, match="'resnet': expected one of msinet, osnet"):
        convert("resnet", tmp_path / "a.pth", tmp_path / "a.safetensors")

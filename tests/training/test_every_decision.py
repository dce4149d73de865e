"""Every kind of decision in one space, wrapped in BNSeparation: searched, drawn, retrained with inherited weights."""

import json
from pathlib import Path

import pytest
import torch

from nasreid.cli import main
from nasreid.experiments.laws.check import conformance
from nasreid.genotype import Genotype
from nasreid.mutation import decisions, freeze, relax
from nasreid.network.build import inheritance, opened
from nasreid.network.network import with_neck
from nasreid.network.weights import load_weights
from nasreid.relaxation import SinglePath
from nasreid.training.engine import Engine
from nasreid.training.retrain import Retrain
from tests.spaces_for_tests import Every

INNER = f"{Path(__file__).parents[1] / 'spaces_for_tests.py'}:Every"
SMALL = ["--p", "4", "--k", "2", "--height", "32", "--width", "16", "--epochs", "1", "--device", "cpu"]


@pytest.fixture(scope="module")
def searched(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("every") / "search"
    wrapped = ["--space", "BNSeparation", "--space-args", json.dumps({"inner": INNER})]
    assert main(["search", *wrapped, "--strategy", "SinglePath", "--strategy-args.paths", "2", "--data", str(people),
                 "--output", str(folder), *SMALL]) == 0
    return folder


def test_there_are_as_many_architectures_as_by_hand():
    # depth 1 or 2 with an operation for each block; a gate that has an end; numbers and inputs
    assert decisions(Every()).count() == (2 + 2 * 2) * (1 + 2) * 2 * 3 * 3


def test_the_laws_hold():
    found = conformance("BNSeparation", {"inner": INNER})
    assert [verdict.what for verdict in found if not verdict.kept] == []


def test_the_genotype_has_what_exists(searched):
    record = Genotype.load(searched / "genotype.json")
    known = decisions(opened(record, INNER))
    known.check(record.choices)
    assert {"depth", "kernel", "expansion", "gate", "sum", "block1.op", "stem.1", "stage.0.1"} <= set(record.choices)
    assert ("end" in record.choices) == (record.choices["gate"] == "gate")
    assert set(record.provenance["flow"]["absent"]) == set(known) - set(record.choices)


def test_it_is_drawn_from_the_genotype_alone(searched, tmp_path, monkeypatch):
    assert main(["draw", str(searched / "genotype.json"), "--output", str(tmp_path / "x.dot")]) == 0
    text = (tmp_path / "x.dot").read_text()
    assert '"(input)" -> ' in text
    record = Genotype.load(searched / "genotype.json")
    assert all(label in text for label in record.choices)


def test_the_network_inherits_the_slices(searched, people, tmp_path):
    record = Genotype.load(searched / "genotype.json")
    network = Retrain(record, init=str(searched / "supernet.safetensors"), engine=Engine(device="cpu"),
                      space=f"{INNER},BNSeparation").network()
    whole = with_neck(opened(record, INNER), "bnneck")
    relax(whole.space, SinglePath())
    load_weights(whole, searched / "supernet.safetensors")
    images = torch.randn(3, 3, 32, 16)
    frozen = freeze(whole.space, record.choices).eval()
    assert torch.allclose(network.space.eval()(images), frozen(images), atol=1e-5)
    assert inheritance(record, INNER).parts
    assert main(["retrain", "--genotype", str(searched / "genotype.json"), "--space", f"{INNER},BNSeparation", "--init",
                 str(searched / "supernet.safetensors"), "--data", str(people), "--output", str(tmp_path / "net"),
                 *SMALL]) == 0
    assert (tmp_path / "net/network.safetensors").is_file()


def test_a_strategy_that_mixes_says_what_it_cannot(people, tmp_path, capsys):
    status = main(["search", "--space", INNER, "--strategy", "CEDarts", "--data", str(people), "--output",
                   str(tmp_path / "refused"), *SMALL])
    assert status == 2
    said = capsys.readouterr().err
    assert "value 'expansion': of inputs of shape" in said
    assert "which Softmax cannot mix; expected a relaxation that runs one candidate alone, such as SinglePath" in said

"""nasreid adapt and retrain --unlabelled, as they are typed."""

import re

import pandas as pd
import pytest
import yaml

from nasreid.cli import main
from nasreid.network.trained import retrained
from tests.spaces_for_tests import Tiny

TINY = f"{Tiny.__module__}:Tiny"
SMALL = ["--epochs", "2", "--p", "4", "--k", "2", "--device", "cpu", "--quiet", "--no-draw", "--space", TINY]
CLUSTERS = ["--eps", "0.4", "--min-samples", "3", "--k1", "6", "--k2", "2"]
SIZE = ["--height", "32", "--width", "16"]


def ran(*arguments):
    return main([str(a) for a in arguments])


@pytest.fixture(scope="module")
def genotype(tmp_path_factory):
    path = tmp_path_factory.mktemp("genotype") / "tiny.json"
    path.write_text(f'{{"space": "{TINY}", "arguments": {{}}, "choices": {{"block1": "skip", "block2": "conv", '
                    '"block3": "skip"}, "provenance": {}}')
    return path


@pytest.fixture(scope="module")
def source(request, genotype, tmp_path_factory):
    """A run with labels."""
    folder = tmp_path_factory.mktemp("source") / "run"
    assert ran("retrain", "--genotype", genotype, "--data", request.getfixturevalue("people"), "--output", folder,
               *SMALL, *SIZE, "--neck", "bnneck+gem") == 0
    return folder


def test_an_adaptation_takes_network_weights_and_size_from_its_source(source, people, tmp_path, capsys):
    made = tmp_path / "adapted"
    assert ran("adapt", "--source", source, "--data", people, "--output", made, *SMALL, *CLUSTERS) == 0
    said = yaml.safe_load((made / "config.yaml").read_text())["adapt"]
    assert (said["height"], said["width"], said["neck"], said["eps"]) == (32, 16, "bnneck+gem", 0.4)
    assert said["init"] == str(source / "network.safetensors")
    assert len(pd.read_csv(made / "clusters.csv")) == 2
    assert retrained(made).after_neck
    assert ran("evaluate", "--run", made, "--data", people, "--quiet", "--device", "cpu", "--space", TINY) == 0
    again = tmp_path / "again"
    assert ran("adapt", "--config", made / "config.yaml", "--output", again, "--quiet", "--no-draw") == 0
    assert (again / "network.safetensors").read_bytes() == (made / "network.safetensors").read_bytes()


def test_an_unlabelled_training_is_repeated_by_its_configuration(genotype, people, tmp_path):
    made, again = tmp_path / "made", tmp_path / "again"
    assert ran("retrain", "--unlabelled", "--genotype", genotype, "--data", people, "--output", made, *SMALL, *SIZE,
               *CLUSTERS) == 0
    assert yaml.safe_load((made / "config.yaml").read_text())["retrain"]["unlabelled"] is True
    assert ran("retrain", "--config", made / "config.yaml", "--output", again, "--quiet", "--no-draw") == 0
    assert (again / "network.safetensors").read_bytes() == (made / "network.safetensors").read_bytes()
    assert ran("retrain", "--config", made / "config.yaml", "--output", made, "--quiet", "--no-draw") == 0, "finished"


@pytest.mark.parametrize(("command", "words"), [
    (["retrain", "--eps", "0.5"], "eps is 0.5, but labels are read; expected unlabelled, too"),
    (["retrain", "--unlabelled", "--eps", "1.5"], "eps is 1.5; expected a positive number below 1"),
    (["retrain", "--unlabelled", "--eps", "0.0001"], "epoch 0: .* cluster of 60 images, .* clusters or more: a larger"),
    (["retrain", "--unlabelled", "--min-samples", "61"], "60 images, and a cluster needs min_samples of 61"),
    (["retrain", "--unlabelled", "--neck", "bnneck+gen"], r"pooling 'gen' \(did you mean 'gem'\?\)"),
])
def test_bad_input_is_one_line(genotype, people, tmp_path, capsys, command, words):
    assert ran(*command, "--genotype", genotype, "--data", people, "--output", tmp_path / "run", *SMALL, *SIZE) == 2
    said = capsys.readouterr().err
    assert re.search(words, said), said
    assert said.count("\n") == 1


def test_a_source_that_is_none_is_named(people, tmp_path, capsys):
    assert ran("adapt", "--source", tmp_path, "--data", people, "--output", tmp_path / "run") == 2
    assert "holds no finished retraining" in capsys.readouterr().err


def test_an_unlabelled_search_is_repeated_by_its_configuration(people, tmp_path, capsys):
    made, again = tmp_path / "made", tmp_path / "again"
    small = [*SMALL[:-2], *SIZE, *CLUSTERS, "--space", TINY]
    assert ran("search", "--unlabelled", "--data", people, "--output", made, *small, "--epoch-steps", "2") == 0
    assert ran("search", "--config", made / "config.yaml", "--output", again, "--quiet", "--no-draw") == 0
    assert (again / "genotype.json").read_bytes() == (made / "genotype.json").read_bytes()
    assert ran("search", "--unlabelled", "--data", people, "--output", tmp_path / "no", *small, "--images", "40") == 2
    assert "expected a one-shot strategy, and epochs" in capsys.readouterr().err

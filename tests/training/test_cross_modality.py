"""Search and retraining across modalities: both reach network and objectives, and a run goes on to the same bytes."""

import json

import pytest
import torch
import yaml

from nasreid.cli import main
from nasreid.cli.recipe import RECIPES
from nasreid.data.datasets import read
from nasreid.data.people.synthesize import synthesize
from nasreid.errors import NasreidError
from nasreid.evaluation.evaluate import evaluate, vectors
from nasreid.network.network import Network
from nasreid.network.trained import load_network
from nasreid.training.engine import Budget, Engine
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search
from tests.training.interruption import interrupted

SPACE = {"inner_args": {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}}
BUDGET = Budget(epochs=2, p=2, k=2, height=32, width=16)
ENGINE = Engine(device="cpu", quiet=True, draw=False)
OBJECTIVES = ({"objective": "CrossEntropy"}, {"objective": "CrossModalityTriplet"}, {"objective": "C3MMD"})
SEARCHED = ["genotype.json", "supernet.safetensors", "objectives.safetensors", "probabilities.csv", "metrics.csv"]
TRAINED = ["genotype.json", "network.safetensors", "metrics.csv"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("people")
    synthesize(root, 10, 4, cameras=2, shots=2, height=32, width=16, seed=3, infrared=True)
    return root


@pytest.fixture(scope="module")
def frame(root):
    return read("market1501-infrared", root)


def search(**options) -> Search:
    return Search("BNSeparation", SPACE, "CMNAS", {"train": 0.6}, 1, BUDGET, engine=ENGINE, **options)


def retrain(genotype, **options) -> Retrain:
    return Retrain(genotype, OBJECTIVES, budget=BUDGET, engine=ENGINE, **options)


@pytest.fixture(scope="module")
def finished(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    genotype = search().run(frame, folder / "search")
    return folder, genotype, retrain(genotype).run(frame, folder / "net")


def contents(folder, names):
    return {name: (folder / name).read_bytes() for name in names}


@pytest.mark.slow
def test_an_interrupted_search_goes_on_to_the_same_bytes(frame, finished, tmp_path, monkeypatch):
    interrupted(search(), frame, tmp_path / "run", monkeypatch, 3)
    search().run(frame, tmp_path / "run")
    assert contents(tmp_path / "run", SEARCHED) == contents(finished[0] / "search", SEARCHED)


@pytest.mark.slow
def test_an_interrupted_training_goes_on_to_the_same_bytes(frame, finished, tmp_path, monkeypatch):
    interrupted(retrain(finished[1]), frame, tmp_path / "run", monkeypatch, 2)
    retrain(finished[1]).run(frame, tmp_path / "run")
    assert contents(tmp_path / "run", TRAINED) == contents(finished[0] / "net", TRAINED)


def test_the_found_network_finds_visible_people_by_infrared_queries(frame, finished):
    folder, genotype, network = finished
    assert set(genotype.choices.values()) <= {"share", "separate"}
    assert len(genotype.choices) == 17
    scores = evaluate(load_network(folder / "net"), frame, 32, 16, progress=False)
    assert scores.rank1 == evaluate(network, frame, 32, 16, progress=False).rank1
    assert 0 < scores.map <= 1


def test_vectors_do_not_depend_on_the_company(frame, finished):
    part = frame[frame["split"] != "train"].reset_index(drop=True)
    both = vectors(finished[2], part, 32, 16, progress=False)
    mixed = vectors(finished[2], part.sample(frac=1, random_state=0), 32, 16, batch_size=5, progress=False)
    order = part.sample(frac=1, random_state=0).index
    torch.testing.assert_close(torch.as_tensor(mixed), torch.as_tensor(both[order]), atol=1e-5, rtol=1e-5)
    for modality in ("visible", "infrared"):
        chosen = (part["modality"] == modality).to_numpy()
        alone = vectors(finished[2], part[chosen], 32, 16, progress=False)
        torch.testing.assert_close(torch.as_tensor(alone), torch.as_tensor(both[chosen]), atol=1e-5, rtol=1e-5)


def test_one_modality_trains_what_compares_none(frame, finished, tmp_path):
    visible = frame[frame["modality"] == "visible"]
    plain = Retrain(finished[1], budget=BUDGET, engine=ENGINE)
    assert isinstance(plain.run(visible, tmp_path / "net"), Network)
    with pytest.raises(NasreidError, match="needs visible and infrared images; the data has visible ones only"):
        retrain(finished[1]).run(visible, tmp_path / "other")


def test_a_part_with_too_few_identities_of_both_modalities_is_refused(frame, tmp_path):
    few = Search("BNSeparation", SPACE, "CMNAS", {"train": 0.8}, 1, Budget(2, 3, 2, 32, 16), engine=ENGINE)
    with pytest.raises(NasreidError, match=r"2 identities with .* in a part of .*: expected at least P=3"):
        few.run(frame, tmp_path / "run")
    assert not (tmp_path / "run").exists()


COMPLETE = [path.stem for path in sorted(RECIPES.glob("cm-nas*.yaml"))
            if {"search", "retrain"} <= set(yaml.safe_load(path.read_text()))]  # the others are grids


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPLETE)
def test_a_recipe_searches_trains_and_scores(root, tmp_path, name):
    recipe = yaml.safe_load((RECIPES / f"{name}.yaml").read_text())
    small = ["--layout", "market1501-infrared", "--data", str(root), "--quiet"]
    sizes = ["--epochs", "1", "--p", "2", "--height", "32", "--width", "16", "--no-draw"]
    found, trained = tmp_path / "search", tmp_path / "net"
    assert main(["search", "--config", name, *small, *sizes, "--output", str(found), "--space-args",
                 json.dumps(SPACE)]) == 0
    assert main(["retrain", "--config", name, *small, *sizes, "--output", str(trained), "--genotype",
                 str(found / "genotype.json")]) == 0
    assert main(["evaluate", "--run", str(trained), *small, "--output", str(tmp_path / "scores.json")]) == 0
    config = yaml.safe_load((trained / "config.yaml").read_text())["retrain"]
    for option in ("lr", "ema", "head_factor", "objectives"):
        assert config[option] == recipe["retrain"].get(option, {"ema": None, "head_factor": 1.0}.get(option))
    assert json.loads((tmp_path / "scores.json").read_text())["queries"] == 8

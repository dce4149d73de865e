"""Shared weights: an architecture runs with those of the supernet, and its statistics are its own."""

from __future__ import annotations

import json

import pytest
import torch

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.evaluation.evaluate import vectors
from nasreid.experiments.shared_weights import SharedWeights, measure, recalibrate
from nasreid.network.weights import read_weights
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search

ENGINE = Engine(device="cpu", quiet=True, draw=False)
SPACE = {"inner": "MSI", "inner_args": {"width_multiplier": 0.125}, "choices": {"cell[1-5].*": "none"}}


@pytest.fixture(scope="module")
def supernet(people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("supernet") / "run"
    Search("Fixed", SPACE, "TCM", {}, 1, Budget(1, 4, 2, 32, 16), engine=ENGINE).run(
        read("market1501", people), folder)
    return folder


@pytest.fixture(scope="module")
def train(people):
    frame = read("market1501", people)
    return frame[frame["split"] == "train"].reset_index(drop=True)


def choices(first, second):
    return {"cell6.interaction1": first, "cell6.interaction2": second}


def test_weights_are_the_supernet_s_and_stay_there(supernet, train):
    weights = read_weights(supernet / "supernet.safetensors")
    shared = SharedWeights(supernet)
    network = shared.network(choices("gate", "exchange"))
    own = network.state_dict()
    stem = next(name for name in own if name.startswith("space.inner.stem") and name.endswith("weight"))
    assert torch.equal(own[stem], weights[stem])
    before = vectors(shared.network(choices("gate", "gate")), train, 32, 16, progress=False)
    recalibrate(network, train, 32, 16)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert (vectors(shared.network(choices("gate", "gate")), train, 32, 16, progress=False) == before).all()


def test_statistics_become_those_of_the_images(supernet, train):
    network = SharedWeights(supernet).network(choices("none", "attention"))
    recalibrate(network, train.head(40), 32, 16)
    found = torch.from_numpy(vectors(network, train.head(40), 32, 16, progress=False))
    # one batch: the mean before the neck's BatchNorm is the mean of the vectors under batch statistics
    assert not network.training
    assert torch.allclose(network.neck.bn.running_mean, found.mean(0), atol=0.05 * found.abs().max().item())
    assert network.neck.bn.momentum == 0.1


def test_a_trial_by_shared_weights_is_reproducible(supernet, people):
    spec = {"data": {"data": str(people), "layout": "market1501", "data_args": {}, "skip_broken": False}, "share": 0.4,
            "seed": 1, "supernet": str(supernet), "space": "Fixed", "choices": choices("gate", "none"), "height": 32,
            "width": 16, "images": 24, "device": "cpu"}
    one, two = (measure(json.loads(json.dumps(spec)), "nowhere") for _ in range(2))
    assert one == two
    assert (one["steps"], one["images"]) == (0, 24)
    assert 0 < one["mAP"] <= 100
    assert measure({**spec, "images": 0}, "nowhere")["images"] == 0


def test_something_else_is_refused(tmp_path):
    with pytest.raises(NasreidError, match="expected the run folder of a one-shot search, with supernet"):
        SharedWeights(tmp_path)

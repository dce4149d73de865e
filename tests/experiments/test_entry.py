"""An entry of a truth table: the training of `nasreid retrain`, its batches shared, its scores after every epoch."""

from __future__ import annotations

import json
import signal

import pytest

from nasreid.configuration import build
from nasreid.data.datasets import read
from nasreid.errors import Interrupted
from nasreid.evaluation.evaluate import evaluate
from nasreid.experiments import entry
from nasreid.experiments.entry import document, measure
from nasreid.genotype import Genotype
from nasreid.training.retrain import Retrain

SLOTS = ["stage1.slot1"]
SMALL = {"epochs": 2, "p": 4, "k": 2, "height": 32, "width": 16, "device": "cpu", "quiet": True, "draw": False}


def training(name="conv3", **options):
    genotype = Genotype("Micro", {"width": 4, "slots": [1]}, dict.fromkeys(SLOTS, name))
    return build(Retrain, {**SMALL, **options, "genotype": genotype})


def place(people, **more):
    return {"data": str(people), "layout": "market1501", "data_args": {}, "skip_broken": False, **more}


@pytest.fixture
def row(people):
    return measure(json.loads(json.dumps(document(training(), place(people), {"far": place(people)}))))


def test_the_scores_are_those_of_a_training_on_its_own(people, row):
    network = training().train(read("market1501", people)).network
    alone = evaluate(network, read("market1501", people), 32, 16, progress=False)
    assert row["mAP"] == round(100 * alone.map, 4)
    assert row["rank-1"] == round(100 * alone.rank1, 4)
    assert row["mINP"] == round(100 * alone.minp, 4)


def test_every_epoch_and_every_test_set_scores(people, row):
    names = [f"{test}{metric}{epoch}" for epoch in ("@1", "") for test in ("", "far ")
             for metric in ("mAP", "rank-1", "mINP")]
    assert list(row) == [*names, "steps", "images", "seconds", "parameters", "multiply_adds", "latency_ms"]
    assert row["far mAP@1"] == row["mAP@1"] != row["mAP"]
    assert row["images"] == row["steps"] * 8
    last = measure(document(training(), place(people), {}, every=False))
    assert list(last)[:4] == ["mAP", "rank-1", "mINP", "steps"]
    assert last["mAP"] == row["mAP"]  # to look does not change what is seen


def test_after_an_epoch_it_is_the_network_as_it_was_then(people, row):
    frame, found = read("market1501", people), []

    def score(network, epoch):
        found.append(evaluate(network, frame, 32, 16, progress=False).map)
        return {"mAP": found[-1]}

    history = training().train(frame, score=score).history.metrics
    assert row["mAP@1"] == round(100 * found[0], 4)
    assert history.loc[history["name"] == "mAP", "value"].tolist() == found


def test_networks_of_a_seed_share_their_batches_and_another_seed_does_not(people, monkeypatch):
    made = []
    batches = Retrain.batches
    monkeypatch.setattr(Retrain, "batches", lambda run, frame: made.append(run.seed) or batches(run, frame))
    entry._shared.cache_clear()
    rows = [measure(document(training(name, seed=seed, epochs=1), place(people), {}))
            for seed in (0, 1) for name in ("conv3", "none")]
    assert made == [0, 1]
    assert len({row["mAP"] for row in rows}) == 4


def test_where_memory_lacks_batches_are_made_anew(people, row):
    entry._shared.cache_clear()
    entry._test.cache_clear()
    scarce = measure(document(training(cache_mib=0), place(people), {}))
    assert [scarce[name] for name in ("mAP@1", "mAP", "rank-1")] == [row[name] for name in ("mAP@1", "mAP", "rank-1")]


def test_a_place_may_name_its_protocol(people):
    single, own = (measure(document(training(epochs=1), place(people, **named), {}, every=False))
                   for named in ({"protocol": "cuhk03-single-shot"}, {}))
    assert single["mAP"] == own["mAP"]
    assert single["rank-1"] != own["rank-1"]


def test_a_training_is_cut_off_where_ctrl_c_is_ignored(people, monkeypatch):
    """As between the jobs of a pool, which would wait for the end of all of it."""
    monkeypatch.setattr(Retrain, "train", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(Interrupted, match="SIGINT"):
            measure(document(training(), place(people), {}))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

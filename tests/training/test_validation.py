"""Validation of a search: when it happens, what is taken for it, and that it never sees a test image."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import yaml

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.training.engine import Budget, Engine
from nasreid.training.history import History
from nasreid.training.search import Search


@pytest.fixture(scope="module")
def searched(people, tmp_path_factory):
    """A search of three epochs on images whose test rows have been taken away."""
    folder = tmp_path_factory.mktemp("validated") / "run"
    train = read("market1501", people)
    run = Search("MSI", {"width_multiplier": 0.25}, "CEDarts", {"architecture_lr": 0.1}, budget=Budget(3, 4, 2, 32, 16),
                 engine=Engine(quiet=True, draw=False), validate_every=2, take="best")
    run.run(train[train["split"] == "train"], folder)
    return folder


def test_the_map_is_there_every_second_epoch_and_after_the_last(searched):
    metrics = pd.read_csv(searched / "metrics.csv")
    assert list(metrics.loc[metrics["name"] == "validation_mAP", "epoch"]) == [1, 2]


def test_the_best_genotype_is_that_of_the_best_epoch(searched):
    metrics = pd.read_csv(searched / "metrics.csv")
    scores = metrics[metrics["name"] == "validation_mAP"]
    record = json.loads((searched / "genotype.json").read_text())
    epoch = int(scores.loc[scores["value"].idxmax(), "epoch"])
    assert record["provenance"]["taken_epoch"] == epoch
    assert History.read(searched).taken("best")[0] == epoch
    assert History.read(searched).taken("last")[0] == 2


def test_epochs_in_which_the_alphas_stood_still_are_no_votes():
    rows = [(0, epoch, "s1", name, p) for epoch in range(5)
            for name, p in (("a", 0.6 if epoch < 3 else 0.3), ("b", 0.4 if epoch < 3 else 0.7))]
    history = History(pd.DataFrame(columns=["step", "epoch", "name", "value"]),
                      pd.DataFrame(rows, columns=["step", "epoch", "label", "candidate", "probability"]))
    assert history.taken("stable")[0] == 2
    assert history.taken("stable", begun=3)[0] == 4
    assert history.taken("stable", begun=9)[0] == 4


def test_diagnostics_stand_beside_the_genotype(searched):
    found = json.loads((searched / "diagnostics.json").read_text())
    assert found["alpha_gradient_last"] > 0
    assert found["validation_mAP_last"] > 0
    choices = json.loads((searched / "genotype.json").read_text())["choices"]
    assert len(pd.read_csv(searched / "decisions.csv")) == 3 * len(choices)
    assert yaml.safe_load((searched / "config.yaml").read_text())["search"]["take"] == "best"


@pytest.mark.parametrize(("options", "words"), [
    ({"take": "newest"}, "expected one of last, best"), ({"take": "best"}, "expected one of last, best, stable"),
    ({"validate_every": -1}, "validate_every is -1; expected at least 0")])
def test_what_cannot_be_taken_is_refused(people, tmp_path, options, words):
    with pytest.raises(NasreidError, match=words):
        Search(budget=Budget(1, 4, 2, 32, 16), **options).run(read("market1501", people), tmp_path / "run")

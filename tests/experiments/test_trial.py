"""One trial: who is held out, and that its document makes the training it was made from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.cli.retrain import training
from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.experiments.trial import _run, document, hold_out, measure
from nasreid.genotype import Genotype
from nasreid.training.search import configuration


def people_frame(identities=10, cameras=3, shots=2, infrared=False):
    rows = [(f"{i}-{c}-{s}", i, c, "infrared" if infrared and c == 1 else "visible", "train")
            for i in range(identities) for c in range(1, cameras + 1) for s in range(shots)]
    return pd.DataFrame(rows, columns=["path", "identity", "camera", "modality", "split"])


@given(st.floats(0.2, 0.8), st.integers(0, 99), st.booleans())
def test_nobody_is_in_both_parts_and_every_query_has_a_match(share, seed, infrared):
    frame = people_frame(infrared=infrared)
    train, held = hold_out(frame, share, seed)
    assert not set(train["identity"]) & set(held["identity"])
    assert set(train["identity"]) | set(held["identity"]) == set(frame["identity"])
    assert held["identity"].nunique() == round(10 * share)
    query, gallery = held[held["split"] == "query"], held[held["split"] == "gallery"]
    assert not query.duplicated(["identity", "camera"]).any()
    assert set(query["modality"]) == ({"infrared"} if infrared else {"visible"})
    for _, row in query.iterrows():
        assert ((gallery["identity"] == row["identity"]) & (gallery["camera"] != row["camera"])).any()


def test_the_seed_says_who():
    held = [set(hold_out(people_frame(), 0.3, seed)[1]["identity"]) for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


@pytest.mark.parametrize(("share", "cameras", "words"), [
    (0.0, 2, "expected a share between 0 and 1"), (1.0, 2, "expected a share"), (0.1, 2, "holds 1 out"),
    (0.5, 1, "none of 5 identities held out was seen by two cameras")])
def test_what_cannot_be_held_out_is_refused(share, cameras, words):
    with pytest.raises(NasreidError, match=words):
        hold_out(people_frame(cameras=cameras), share, 0)


SMALL = {"epochs": 1, "p": 4, "k": 2, "height": 32, "width": 16, "device": "cpu", "quiet": True, "neck": "bnneck"}
GENOTYPE = Genotype("MSI", {"width_multiplier": 0.125}, {f"cell{c}.interaction{i}": "none"
                                                         for c in range(1, 7) for i in (1, 2)})


def place(people):
    return {"data": str(people), "layout": "market1501", "data_args": {}, "skip_broken": False}


@given(st.sampled_from(["sgd", "adam"]), st.sampled_from([None, [1, 2]]), st.integers(0, 9))
def test_the_document_makes_the_same_training(optimiser, milestones, seed):
    run = training(GENOTYPE, {**SMALL, "optimiser": optimiser, "milestones": milestones, "seed": seed})
    spec = json.loads(json.dumps(document(run, {}, 0.3)))
    assert configuration("retrain", _run(spec)) == configuration("retrain", run)


def test_an_option_that_retraining_has_not_is_refused():
    with pytest.raises(NasreidError, match="option 'epoch' of retrain: expected one of genotype, data"):
        training(GENOTYPE, {"epoch": 3})


def test_a_trial_scores_those_held_out_and_leaves_no_folder(people, tmp_path):
    spec = document(training(GENOTYPE, SMALL), place(people), 0.4)
    result = measure(spec, str(tmp_path / "trial"))
    assert 0 < result["mAP"] <= 100
    assert result["images"] == result["steps"] * 8
    assert not (tmp_path / "trial").exists()
    again = measure(spec, str(tmp_path / "other"))
    assert {**again, "seconds": 0} == {**result, "seconds": 0}


def test_without_a_share_the_test_set_scores(people, tmp_path, monkeypatch):
    seen = []

    def evaluate(network, frame, *others, **options):
        seen.append(frame)
        raise NasreidError("enough")

    monkeypatch.setattr("nasreid.experiments.trial.evaluate", evaluate)
    with pytest.raises(NasreidError, match="enough"):
        measure(document(training(GENOTYPE, SMALL), place(people)), str(tmp_path / "trial"))
    known = read("market1501", people)
    assert len(seen[0]) == (known["split"] != "train").sum()
    assert np.array_equal(np.sort(seen[0]["path"]), np.sort(known[known["split"] != "train"]["path"]))
    assert Path(tmp_path / "trial" / "result.json").exists()

"""One trial: its document makes the training it was made from, and what scores it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nasreid.cli import main
from nasreid.configuration import build, values
from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.experiments.trial import _run, document, measure, parts
from nasreid.genotype import Genotype
from nasreid.training.retrain import Retrain

SMALL = {"epochs": 1, "p": 4, "k": 2, "height": 32, "width": 16, "device": "cpu", "quiet": True, "neck": "bnneck"}
GENOTYPE = Genotype("MSI", {"width_multiplier": 0.125}, {f"cell{c}.interaction{i}": "none"
                                                         for c in range(1, 7) for i in (1, 2)})


def training(**options):
    return build(Retrain, {**SMALL, **options, "genotype": GENOTYPE})


def place(people):
    return {"data": str(people), "layout": "market1501", "data_args": {}, "skip_broken": False}


@given(st.sampled_from(["sgd", "adam"]), st.sampled_from([None, [1, 2]]), st.integers(0, 9))
def test_the_document_makes_the_same_training(optimiser, milestones, seed):
    run = training(optimiser=optimiser, milestones=milestones, seed=seed)
    spec = json.loads(json.dumps(document(run, {}, 0.3)))
    assert values(_run(spec), how=False) == values(run, how=False)


def test_a_trial_scores_those_held_out_and_leaves_no_folder(people, tmp_path):
    spec = document(training(), place(people), 0.4)
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
        measure(document(training(), place(people)), str(tmp_path / "trial"))
    known = read("market1501", people)
    assert len(seen[0]) == (known["split"] != "train").sum()
    assert np.array_equal(np.sort(seen[0]["path"]), np.sort(known[known["split"] != "train"]["path"]))
    assert Path(tmp_path / "trial" / "result.json").exists()


def own_pictures(root):
    """Eight people of three pictures each, as a .csv file without cameras."""
    rows = [(f"{who}-{shot}.png", f"name{who}") for who in range(8) for shot in range(3)]
    for at, (name, _) in enumerate(rows):
        Image.new("RGB", (8, 16), (at * 10, 255 - at * 10, 0)).save(root / name)
    (root / "own.csv").write_text("\n".join(["path,identity", *(",".join(row) for row in rows)]) + "\n")
    return {"data": str(root / "own.csv"), "layout": "csv", "data_args": {}, "skip_broken": False}


def test_cameras_that_are_not_known_are_nobodys_own_in_a_trial(tmp_path):
    found = parts(json.dumps(own_pictures(tmp_path), sort_keys=True), 0.5, 0)
    query, gallery = (found.held[found.held["split"] == split] for split in ("query", "gallery"))
    assert (len(query), len(gallery)) == (4, 8)
    assert not set(query["path"]) & set(gallery["path"])
    assert found.protocol.removal.answers(*(part[column].to_numpy() for column in ("identity", "camera")
                                            for part in (query, gallery))).tolist() == [2] * 4


def test_the_test_set_scores_under_the_protocol_of_its_layout(tmp_path):
    assert main(["data", "synthesize", "--layout", "vehicleid", "--root", str(tmp_path / "cars"), "--identities", "4",
                 "--test-identities", "4", "--height", "16", "--width", "16", "--quiet"]) == 0
    spec = {"data": str(tmp_path / "cars"), "layout": "vehicleid", "data_args": {}, "skip_broken": False}
    found = parts(json.dumps(spec, sort_keys=True), 0.0, 0)
    assert found.protocol.rule.startswith("vehicleid: one random image of every identity")
    assert set(found.held["split"]) == {"test"}

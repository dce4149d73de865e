"""Validation of a search: its queries can be answered, and it never sees a test image."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.evaluation.unmatched import check_queries
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search
from nasreid.training.search_results import taken
from nasreid.training.validation import protocol

images = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=25)


def frame(rows: list[tuple[int, int]], modality: str = "visible") -> pd.DataFrame:
    return pd.DataFrame([{"path": f"{n}.jpg", "identity": i, "camera": c, "modality": modality, "split": "train"}
                         for n, (i, c) in enumerate(rows)])


@given(images)
def test_every_query_has_a_match_from_another_camera(rows):
    # the first of each identity and camera asks; the others answer, if one of them is from another camera
    seen, answers = set(), set()
    for pair in rows:
        (answers if pair in seen else seen).add(pair)
    if not any(i == j and c != d for i, c in seen for j, d in answers):
        with pytest.raises(NasreidError, match="seen twice by two cameras"):
            protocol(frame(rows))
        return
    found = protocol(frame(rows))
    check_queries(found)
    assert set(found["path"]) <= set(frame(rows)["path"])
    assert not found.loc[found["split"] == "query"].duplicated(["identity", "camera"]).any()


def test_infrared_images_ask_for_visible_ones():
    both = pd.concat([frame([(1, 1), (1, 2)]), frame([(1, 3), (2, 3)], "infrared")], ignore_index=True)
    found = protocol(both)
    assert list(found[found["split"] == "query"]["identity"]) == [1]
    assert set(found[found["split"] == "gallery"]["modality"]) == {"visible"}


@pytest.fixture(scope="module")
def searched(people, tmp_path_factory):
    """A search of three epochs on images whose test rows have been taken away."""
    folder = tmp_path_factory.mktemp("validated") / "run"
    train = read("market1501", people)
    run = Search("MSI", {"width_multiplier": 0.25}, "CEDarts", {"architecture_lr": 0.1}, budget=Budget(3, 4, 2, 32, 16),
                 engine=Engine(quiet=True), validate_every=2, take="best")
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
    assert taken(searched, "best")[0] == epoch
    assert taken(searched, "last")[0] == 2


def test_diagnostics_stand_beside_the_genotype(searched):
    found = json.loads((searched / "diagnostics.json").read_text())
    assert found["alpha_gradient_last"] > 0
    assert found["validation_mAP_last"] > 0
    choices = json.loads((searched / "genotype.json").read_text())["choices"]
    assert len(pd.read_csv(searched / "decisions.csv")) == 3 * len(choices)
    assert yaml.safe_load((searched / "config.yaml").read_text())["take"] == "best"


@pytest.mark.parametrize("options", [{"take": "newest"}, {"take": "best"}, {"validate_every": -1}])
def test_what_cannot_be_taken_is_refused(people, tmp_path, options):
    with pytest.raises(NasreidError, match="expected one of last, best, stable"):
        Search(budget=Budget(1, 4, 2, 32, 16), **options).run(read("market1501", people), tmp_path / "run")

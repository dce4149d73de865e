from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.datasets import read
from nasreid.data.frame import check_batches, checked_columns, infrared, names, relabel, training_rows
from nasreid.errors import NasreidError
from nasreid.evaluation.evaluate import evaluate
from nasreid.evaluation.unmatched import check_queries
from tests.data.miniature import market, train_frame, write_jpeg


@given(st.lists(st.integers(0, 9999), min_size=1))
def test_relabel_numbers_by_sorted_identity(identities: list[int]) -> None:
    labels = relabel(identities)
    known = sorted(set(identities))
    assert labels.dtype == np.int64
    assert [known[label] for label in labels] == identities
    assert set(labels) == set(range(len(known)))


def test_batches_need_p_identities(tmp_path: Path) -> None:
    frame = train_frame(tmp_path)
    check_batches(frame, p=5, k=4)
    with pytest.raises(NasreidError, match=r"5 identities in 20 pictures: expected at least P=6"):
        check_batches(frame, p=6, k=4)
    with pytest.raises(NasreidError, match=r"P=0 identities x K=4 pictures"):
        check_batches(frame, p=0, k=4)


def test_batches_need_two_pictures_of_an_identity(tmp_path: Path) -> None:
    base = market(tmp_path)
    lone = write_jpeg(base / "bounding_box_train" / "0777_c1s1_000001_01.jpg")
    frame = read("market1501", base)
    frame = frame[frame["split"] == "train"]
    with pytest.raises(NasreidError, match=rf"identity 777 has one picture only, {lone}: expected at least 2"):
        check_batches(frame, p=5, k=4)
    check_batches(frame, p=5, k=1)


@pytest.mark.parametrize("lacking", ["visible", "infrared"])
def test_batches_of_both_modalities_need_both_of_each_identity(tmp_path: Path, lacking: str) -> None:
    frame = read("market1501", market(tmp_path, infrared=True), modalities="both").query("split == 'train'")
    side = infrared(frame)
    assert side is not None
    assert side.sum() == len(frame) / 2
    check_batches(frame, p=5, k=4)
    poor = frame[(frame["identity"] < 4) | (frame["modality"] != lacking)]
    words = rf"identity 4 has no {lacking} picture, only such as .*0004_c.*expected both modalities.*\(2 lack it\)"
    with pytest.raises(NasreidError, match=words):
        check_batches(poor, p=3, k=4)


def test_one_modality_asks_for_nothing(tmp_path: Path) -> None:
    frame = read("market1501", market(tmp_path, infrared=True), modalities="both")
    for modality in ("visible", "infrared"):
        assert infrared(frame[frame["modality"] == modality]) is None


def test_query_needs_a_match_from_another_camera(tmp_path: Path) -> None:
    base = market(tmp_path)
    check_queries(read("market1501", base))
    write_jpeg(base / "bounding_box_test" / "0888_c2s1_000001_01.jpg")
    lone = write_jpeg(base / "query" / "0888_c2s1_000002_00.jpg")
    with pytest.raises(NasreidError, match=rf"query {lone}: identity 888 is in the gallery from no camera but 2"):
        check_queries(read("market1501", base))
    lone.rename(base / "query" / "0889_c1s1_000002_00.jpg")
    with pytest.raises(NasreidError, match="identity 889"):
        check_queries(read("market1501", base))


def test_queries_need_both_splits(tmp_path: Path) -> None:
    with pytest.raises(NasreidError, match=r"0 query and 0 gallery pictures"):
        check_queries(train_frame(tmp_path))


@pytest.mark.parametrize(("change", "words"), [
    (lambda frame: frame.drop(columns="camera"), "frame without column 'camera', only path, identity, modality, split, "
                                                 r"role; expected path, .*\(camera -1 = not known\)$"),
    (lambda frame: frame.rename(columns={"camera": "cameras"}), r"'camera' \(did you mean 'cameras'\?\), only"),
    (lambda frame: frame.drop(columns="modality"), "without column 'modality'"),
    (lambda frame: frame.assign(identity="bob"), "frame: identity 'bob'; expected whole numbers"),
    (lambda frame: frame.assign(camera=0.5), "frame: camera 0.5; expected whole numbers"),
    (lambda frame: pd.DataFrame(), "frame without column 'path', only none"),
])  # fmt: skip
def test_a_frame_of_ones_own_that_lacks_something_is_told_what(tmp_path: Path, change: Any, words: str) -> None:
    frame = change(train_frame(tmp_path))
    with pytest.raises(NasreidError, match=words):
        checked_columns(frame)
    with pytest.raises(NasreidError, match=words):
        training_rows(frame, p=2, k=2)
    with pytest.raises(NasreidError, match=words):
        evaluate(torch.nn.Identity(), frame, 8, 4)


def test_nobody_needs_a_role(tmp_path: Path) -> None:
    frame = read("market1501", market(tmp_path)).drop(columns="role")
    assert checked_columns(frame) is frame
    train = training_rows(frame, p=5, k=4)
    assert list(train.index) == list(range(20))
    assert set(train["split"]) == {"train"}


def test_names_of_the_data_set_come_first_and_numbers_serve_where_there_are_none() -> None:
    frame = pd.DataFrame({"identity": [2, 1], "camera": [-1, 4]})
    assert list(names(frame, "identity")) == ["2", "1"]
    frame["identity_name"], frame["camera_name"] = ["bob", "ann"], ["", "door"]
    assert list(names(frame, "identity")) == ["bob", "ann"]
    assert list(names(frame, "camera")) == ["-1", "door"]

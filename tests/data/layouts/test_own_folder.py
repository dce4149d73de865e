"""Your own data in a folder for each identity, with what may be missing."""

from pathlib import Path

import numpy as np
import pytest

from nasreid.data.datasets import make, read
from nasreid.errors import NasreidError
from nasreid.evaluation.protocols import market
from nasreid.evaluation.unmatched import check_queries


def folders(root: Path, people: int = 10, cameras: str = "12", shots: int = 2) -> Path:
    for who in range(people):
        (root / f"person {who}").mkdir(parents=True)
        for name in (f"c{camera}_{shot}.JPG" for camera in cameras for shot in range(shots)):
            (root / f"person {who}" / name).touch()
    return root


def test_a_folder_for_each_identity_is_split_by_identity(tmp_path: Path) -> None:
    root = folders(tmp_path / "data")
    assert set(read("folder", root)["split"]) == {"train"}
    frame = read("folder", root, train_share=0.6, camera=r"c(\d)")
    assert dict(frame.groupby("split")["identity"].nunique()) == {"gallery": 4, "query": 4, "train": 6}
    assert dict(frame["split"].value_counts()) == {"train": 24, "query": 8, "gallery": 8}
    check_queries(frame)
    blind = read("folder", root, train_share=0.6)
    assert dict(blind["split"].value_counts()) == {"train": 24, "gallery": 12, "query": 4}
    check_queries(blind)
    other = read("folder", root, train_share=0.6, seed=1)
    trained = [set(found.loc[found["split"] == "train", "identity"]) for found in (blind, other)]
    assert trained[0] != trained[1]
    assert not (read("folder", root, train_share=0.0)["split"] == "train").any()


def test_images_without_cameras_are_scored(tmp_path: Path) -> None:
    frame = read("folder", folders(tmp_path / "data"), train_share=0.5)
    tested = frame[frame["split"] != "train"].reset_index(drop=True)
    scores = market()[0].score(tested, np.eye(64)[tested["identity"]])
    assert scores.map == 1


@pytest.mark.parametrize("pattern", [
    r"c(\d)", r"[a-z](\d)", r"%?c(\d)", r'"?c(\d)', r"(?P<c>\d)(?: :)?", "c(1|2)", "(no|1|2)"])
def test_any_regular_expression_with_a_group_finds_the_cameras(tmp_path: Path, pattern: str) -> None:
    frame = read("folder", folders(tmp_path / "data", people=2), camera=pattern)
    assert list(frame["camera"]) == [1, 1, 2, 2] * 2
    assert list(frame["camera_name"]) == ["1", "1", "2", "2"] * 2


@pytest.mark.parametrize(("pattern", "words"), [
    ("c(", "no regular expression (missing )"), ("*(.)", "no regular expression (nothing to repeat"),
    ("(a){99999999999}", "no regular expression (the repetition number is too large)"), ("c", "has 0 groups"),
    ("", "has 0 groups"), ("(.)(.)", "has 2 groups"),
])  # fmt: skip
def test_what_is_no_such_expression_is_refused_in_one_line_before_anything_is_read(pattern: str, words: str) -> None:
    with pytest.raises(NasreidError) as refused:
        make("folder", camera=pattern)
    assert words in str(refused.value)
    assert repr(pattern) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_names_of_people_and_cameras_stay(tmp_path: Path) -> None:
    for path in ("bob/door.jpg", "bob/yard.jpg", "ann/yard.jpg"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    frame = read("folder", tmp_path, camera=r"(\w+)\.")
    assert list(frame["identity"]) == [1, 2, 2]
    assert list(frame["identity_name"]) == ["ann", "bob", "bob"]
    assert list(frame["camera"]) == [2, 1, 2]
    assert list(frame["camera_name"]) == ["yard", "door", "yard"]
    assert "camera_name" not in read("folder", tmp_path)


def test_identities_may_stand_in_the_names(tmp_path: Path) -> None:
    for name in ("0001_c2_000123.jpg", "0001_c1_000124.png", "0002_c1_000001.jpg", "0002_c1_000002.jpg"):
        (tmp_path / name).touch()
    frame = read("folder", tmp_path, identity=r"^(\d+)_", camera=r"_c(\d)", train_share=0.5)
    assert list(frame["identity"]) == [1, 1, 2, 2]
    assert list(frame["camera"]) == [1, 2, 1, 1]
    assert frame.groupby("identity")["split"].nunique().tolist() in ([1, 2], [2, 1])
    with pytest.raises(NasreidError, match=r"\.(jpg|png): no identity in its name; expected \(bob\)"):
        read("folder", tmp_path, identity="(bob)")
    with pytest.raises(NasreidError, match=r"outside the folder of an identity: expected .*--data-args\.identity"):
        read("folder", tmp_path)
    (tmp_path / "more").mkdir()
    with pytest.raises(NasreidError, match="more: a folder beside images"):
        read("folder", tmp_path, identity=r"^(\d+)_")


def test_the_split_may_be_folders_of_such_images(tmp_path: Path) -> None:
    for path in ("train/7_a.jpg", "query/8_a.jpg", "gallery/8_b.jpg"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).touch()
    frame = read("folder", tmp_path, identity=r"^(\d+)_")
    assert dict(zip(frame["split"], frame["identity"], strict=True)) == {"train": 7, "query": 8, "gallery": 8}
    (tmp_path / "train/8").mkdir()
    with pytest.raises(NasreidError, match="8: a folder beside images"):
        read("folder", tmp_path, identity=r"^(\d+)_")

"""Your own data: CSV files and folders, with what may be missing in them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.datasets import read
from nasreid.data.layouts.own_split import drawn, numbers
from nasreid.data.layouts.source import Row
from nasreid.errors import NasreidError
from nasreid.evaluation.protocols import market
from nasreid.evaluation.unmatched import check_queries


def write(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in ("a.jpg", "b.jpg", "ü, v.png"):
        (folder / name).touch()
    (folder / "own.csv").write_text(text, encoding="utf-8")
    return folder / "own.csv"


def test_path_and_identity_are_enough(tmp_path: Path) -> None:
    frame = read("csv", write(tmp_path, 'identity,path,colour\nbob,a.jpg,red\nann,"ü, v.png",\nann,b.jpg,blue\n'))
    assert list(frame["path"]) == [str(tmp_path / name) for name in ("a.jpg", "b.jpg", "ü, v.png")]
    assert list(frame["identity"]) == [2, 1, 1]
    assert set(frame["camera"]) == {-1}
    assert set(frame["split"]) == {"train"}
    assert set(frame["modality"]) == {"visible"}
    assert set(frame["role"]) == {""}


def test_everything_may_be_given(tmp_path: Path) -> None:
    lines = ["path,identity,camera,modality,split,role", f"{tmp_path}/a.jpg,7,door,infrared,query,",
             "b.jpg,7,,,gallery,", '"ü, v.png",0,street,visible,gallery,distractor']
    frame = read("csv", write(tmp_path, "\ufeff" + "\r\n".join(lines)))
    assert list(frame["path"]) == [str(tmp_path / name) for name in ("a.jpg", "b.jpg", "ü, v.png")]
    assert list(frame["identity"]) == [7, 7, 0]
    assert list(frame["camera"]) == [1, -1, 2]
    assert list(frame["modality"]) == ["infrared", "visible", "visible"]
    assert list(frame["role"]) == ["", "", "distractor"]


@pytest.mark.parametrize(("text", "words"), [
    ("", "line 1: no column 'path': expected at least path and identity"),
    ("path,id\na.jpg,1\n", "line 1: no column 'identity'"),
    ("path,identity\n", "no row for an image in it"),
    ("path,identity\na.jpg,-1\n", "identity '-1': expected numbers from 0, or names"),
    ("path,identity\na.jpg,01\nb.jpg,1\n", "identity '01' and '1': expected each number written one way"),
    ('path,identity\n"a.jpg,1\n', "line 2: unexpected end of data"),
    ("path,identity,role\na.jpg,1,thief\n", "line 2: role 'thief': expected '' or 'distractor'"),
    ("path,identity,modality\na.jpg,1,thermal\n", "modality 'thermal': expected '' or 'visible' or 'infrared'"),
    ("path,identity\na.jpg\0,1\n", "line 2: "),
    ("path,identity\n.,1\n", r"line 2: no file '\.'"),
])  # fmt: skip
def test_a_file_that_cannot_be_right_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(NasreidError, match=words):
        read("csv", write(tmp_path, text))
    with pytest.raises(NasreidError, match=r"train_share 2: expected 0 to 1"):
        read("csv", write(tmp_path, "path,identity\na.jpg,1\n"), train_share=2)


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


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 3)), min_size=1, max_size=40), st.floats(0, 1),
       st.integers(0, 3))
def test_a_drawn_split_shares_nobody_and_leaves_every_query_a_match(
    seen: list[tuple[int, int]], share: float, seed: int
) -> None:
    rows = list(drawn([Row(f"{n:03d}", who, camera, "") for n, (who, camera) in enumerate(seen)], share, seed))
    train = {row.identity for row in rows if row.split == "train"}
    assert len(rows) == len(seen)
    assert not train & {row.identity for row in rows if row.split != "train"}
    for row in rows:
        images = sum(other.identity == row.identity for other in rows)
        answers = sum(other.identity == row.identity and other.split == "gallery" for other in rows)
        assert row.split != "query" or answers or images == 1
    assert rows == list(drawn([row._replace(split="") for row in rows], share, seed))


@given(st.sets(st.text(max_size=5), max_size=8))
def test_names_get_numbers_of_their_own(names: set[str]) -> None:
    try:
        found = numbers(names, "identity")
    except NasreidError:
        assert any(name.lstrip("-").isdigit() for name in names)
    else:
        assert found[""] == -1
        assert len({found[name] for name in names}) == len(names)
        assert all(found[name] >= 0 for name in names - {""})


def test_images_without_cameras_are_scored(tmp_path: Path) -> None:
    frame = read("folder", folders(tmp_path / "data"), train_share=0.5)
    tested = frame[frame["split"] != "train"].reset_index(drop=True)
    scores = market()[0].score(tested, np.eye(64)[tested["identity"]])
    assert scores.map == 1

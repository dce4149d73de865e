import shutil
from pathlib import Path

import pytest

from nasreid.data.datasets import read
from nasreid.data.layouts.market import FOLDER
from nasreid.data.layouts.source import COLUMNS
from nasreid.errors import NasreidError
from tests.data.miniature import market, write_jpeg


def test_reads_folder_or_parent_in_path_order(tmp_path: Path) -> None:
    base = market(tmp_path)
    frame = read("market1501", base)
    assert frame.equals(read("market1501", tmp_path))
    assert frame.equals(read("market1501", str(tmp_path)))
    assert list(frame.columns) == COLUMNS
    assert list(frame["path"]) == sorted(frame["path"])
    assert list(frame.index) == list(range(len(frame)))
    assert dict(frame["split"].value_counts()) == {"train": 20, "query": 10, "gallery": 11}
    assert set(frame["camera"]) == {1, 2}
    assert set(frame["modality"]) == {"visible"}


def test_keeps_distractors_drops_junk_and_foreign_files(tmp_path: Path) -> None:
    frame = read("market1501", market(tmp_path))
    distractors = frame[frame["identity"] == 0]
    assert list(distractors["split"]) == ["gallery"]
    assert list(frame["role"] == "distractor") == list(frame["identity"] == 0)
    assert (frame["identity"] >= 0).all()
    assert not frame["path"].str.contains(r"Thumbs|hidden|/-1_").any()


def test_infrared_is_read_on_request(tmp_path: Path) -> None:
    base = market(tmp_path, infrared=True)
    both = read("market1501", base, modalities="both")
    assert set(read("market1501", base)["modality"]) == {"visible"}
    assert set(read("market1501", base, modalities="infrared")["camera"]) == {7, 8}
    assert (both["modality"] == "infrared").sum() * 2 == len(both)
    with pytest.raises(NasreidError, match=r"modalities 'all': expected one of visible, infrared, both"):
        read("market1501", base, modalities="all")


@pytest.mark.parametrize(
    "name", ["0001_c1s1_1_01.jpg", "1501_c1.jpg", "readme.txt", "0001_c1s1_000001_01.png"]
)
def test_unparsable_name_is_named(tmp_path: Path, name: str) -> None:
    base = market(tmp_path)
    write_jpeg(base / "query" / "x.jpg").rename(base / "query" / name)
    with pytest.raises(NasreidError, match=rf"query/{name}: expected a name like PPPP_cCsS_FFFFFF_BB.jpg"):
        read("market1501", base)
    assert len(read("market1501", base, skip_broken=True)) == 41


@pytest.mark.parametrize("folder", ["bounding_box_train", "query", "bounding_box_test"])
def test_missing_and_empty_folders_are_named(tmp_path: Path, folder: str) -> None:
    base = market(tmp_path)
    shutil.rmtree(base / folder)
    if folder != "bounding_box_train":  # whose pictures are not needed for a score
        with pytest.raises(NasreidError, match=folder):
            read("market1501", base)
    (base / folder).mkdir()
    (base / folder / ".DS_Store").touch()
    with pytest.raises(NasreidError, match=rf"{folder}: no picture named"):
        read("market1501", base)


def test_missing_root_empty_root_and_unknown_layout(tmp_path: Path) -> None:
    with pytest.raises(NasreidError, match=r"nowhere: no such folder; expected Market-1501"):
        read("market1501", tmp_path / "nowhere")
    with pytest.raises(NasreidError, match="expected the Market-1501 layout"):
        read("market1501", tmp_path)
    with pytest.raises(NasreidError, match=r"layout 'market' \(did you mean 'market1501'\?\): expected one of csv, "):
        read("market", tmp_path)
    with pytest.raises(NasreidError, match=r"'market1501' has no argument 'trial'; expected modalities"):
        read("market1501", tmp_path, trial=3)
    with pytest.raises(NasreidError, match=rf"{FOLDER}.infrared.bounding_box_train: no such folder"):
        read("market1501", market(tmp_path), modalities="both")

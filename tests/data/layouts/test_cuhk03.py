"""CUHK03 in its two forms, and the release's HDF5 file."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat, savemat

from nasreid.data.datasets import read
from nasreid.data.layouts.cuhk03_extract import extract
from nasreid.errors import NasreidError
from tests.data.copies import copy
from tests.full_disk import room

PROTOCOL = "cuhk03_new_protocol_config_detected.mat"


def release(path: Path) -> None:
    """cuhk-03.mat with two camera pairs, of two people and one, and an empty cell."""
    path.parent.mkdir(parents=True)
    with h5py.File(path, "w") as file:
        for shift, boxes in enumerate(("detected", "labeled")):
            pairs = []
            for people in (2, 1):
                cells = np.empty((10, people), dtype=h5py.ref_dtype)
                for (place, person), _ in np.ndenumerate(cells):
                    pixels = np.zeros((3, 4, 8), np.uint8)  # MATLAB's (8, 4, 3)
                    pixels[:, 1, 2] = 100 * shift + 10 * person + place
                    empty = (place, person, people) == (9, 1, 2)
                    content = np.zeros(2, np.uint64) if empty else pixels
                    cells[place, person] = file.create_dataset(f"{boxes}{people}{person}{place}", data=content).ref
                pairs.append(file.create_dataset(f"{boxes}{people}", data=cells, dtype=h5py.ref_dtype).ref)
            file.create_dataset(boxes, data=np.array([pairs], dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)


def test_images_are_cut_once_out_of_the_release(tmp_path: Path) -> None:
    release(tmp_path / "cuhk03/cuhk03_release/cuhk-03.mat")
    seen: list[tuple[int, int]] = []
    base = extract(tmp_path, lambda done, total: seen.append((done, total)))
    assert base == tmp_path / "cuhk03"
    names = {path.name for path in (base / "images_labeled").iterdir()}
    assert len(names) == 29
    assert seen[-1] == (58, 58)
    assert names >= {"1_001_1_01.png", "1_002_2_06.png", "2_001_2_10.png"}
    assert "1_002_2_10.png" not in names
    image = np.asarray(Image.open(base / "images_labeled" / "1_002_2_06.png"))
    assert image.shape == (8, 4, 3)
    assert image[2, 1].tolist() == [115, 115, 115]
    before = (base / "images_labeled" / "1_001_1_01.png").stat().st_mtime_ns
    extract(base)
    assert (base / "images_labeled" / "1_001_1_01.png").stat().st_mtime_ns == before


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    release(tmp_path / "cuhk03/cuhk-03.mat")
    with room(10), pytest.raises(NasreidError, match=r"^file '.*\.png' cannot be written: .*; expected another place"):
        extract(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "cuhk03/cuhk-03.mat"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89HDF\r\n\x1a\n" + b"x" * 99])
def test_another_file_than_the_release_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cuhk-03.mat").write_bytes(content)
    with pytest.raises(NasreidError, match=r"cuhk-03.mat: not the file of CUHK03 \("):
        extract(tmp_path)
    with h5py.File(tmp_path / "cuhk-03.mat", "w") as file:
        file["detected"] = np.arange(3)
    with pytest.raises(NasreidError, match=r"cuhk-03.mat: not the file of CUHK03 \("):
        extract(tmp_path)


def test_images_not_cut_yet_are_asked_for(tmp_path: Path) -> None:
    base = copy(tmp_path, "cuhk03")
    shutil.rmtree(base / "images_labeled")
    with pytest.raises(NasreidError, match=r"no folder images_labeled; .*`nasreid data extract .*cuhk03` writes"):
        read("cuhk03", base, boxes="labeled")


def test_folders_as_in_market_are_read_too(tmp_path: Path) -> None:
    frame = read("cuhk03", copy(tmp_path, "cuhk03"))
    folders = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
    for number, row in enumerate(frame.itertuples()):
        target = tmp_path / "cuhk03-np/detected" / folders[str(row.split)]
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(row.path), target / f"{row.identity:04d}_c{row.camera}_{number}.png")
    other = read("cuhk03", tmp_path)
    columns = ["split", "identity", "camera"]
    assert sorted(other[columns].itertuples(index=False)) == sorted(frame[columns].itertuples(index=False))
    assert other["path"].str.contains("cuhk03-np").all()


@pytest.mark.parametrize(("name", "change", "words"), [
    ("train_idx", lambda rows: rows + 100, "train_idx 101: expected 1 to 60"),
    ("train_idx", lambda rows: rows - 1, "train_idx 0: expected 1 to 60"),
    ("train_idx", lambda rows: rows + 0.5, "train_idx holds something else; expected whole numbers"),
    ("query_idx", lambda rows: np.append(rows, 1), "listed twice"),
    ("labels", lambda labels: labels[:9], "60 names, 9 labels, 60 cameras: expected as many of each"),
    ("labels", lambda labels: labels * 0, "identity 0 is in train"),
    ("camId", lambda cameras: cameras + 5, "camera 6: expected 1 or 2"),
    ("filelist", lambda names: names + "x", r"1_001_1_01.pngx': expected a name like P_III_V_NN.png"),
    ("filelist", lambda names: np.arange(60), "filelist is no list of texts"),
    ("camId", None, "no variable 'camId'"),
])  # fmt: skip
def test_a_protocol_that_does_not_fit_is_named(tmp_path: Path, name: str, change: object, words: str) -> None:
    base = copy(tmp_path, "cuhk03")
    record = {key: value for key, value in loadmat(base / PROTOCOL).items() if not key.startswith("__")}
    record["filelist"] = np.array([str(cell[0][0]) for cell in record["filelist"]], object)
    if callable(change):
        record[name] = change(record[name])
    else:
        del record[name]
    savemat(base / PROTOCOL, record)
    with pytest.raises(NasreidError, match=words):
        read("cuhk03", base)


@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file", b"x" * 4000])
def test_a_protocol_that_is_no_matlab_file_is_named(tmp_path: Path, content: bytes) -> None:
    base = copy(tmp_path, "cuhk03")
    (base / PROTOCOL).write_bytes(content)
    with pytest.raises(NasreidError, match=rf"{PROTOCOL}: (no MATLAB file|.*expected a MATLAB file)"):
        read("cuhk03", base)

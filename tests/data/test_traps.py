"""What real copies are known to hold, one layout after the other."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.evaluation.unmatched import check_queries
from tests.data.copies import copy


def append(file: Path, line: str) -> None:
    file.write_text(file.read_text() + line + "\n")


@pytest.mark.parametrize("layout", ["market1501", "dukemtmcreid", "veri776", "viper", "grid", "cuhk01"])
def test_dot_files_and_thumbnails_are_nobody(tmp_path: Path, layout: str) -> None:
    base = copy(tmp_path, layout)
    before = read(layout, base)
    for folder in [base, *(path for path in base.iterdir() if path.is_dir())]:
        for name in (".DS_Store", "._0001_c1s1_000001_01.jpg", "Thumbs.db", "desktop.ini"):
            (folder / name).write_bytes(b"x")
    assert read(layout, base).equals(before)


@pytest.mark.parametrize(("layout", "name", "words"), [
    ("market1501", "query/0003_c7s1_000001_00.jpg", "00.jpg: camera 7: expected cameras 1 to 6$"),
    ("market1501", "query/0003_c12s1_000001_00.jpg", "00.jpg: camera 12: expected cameras 1 to 6$"),
    ("market1501-infrared", "infrared/query/0003_c0s1_000001_00.jpg", "camera 0: expected cameras 1 to 9$"),
    ("market1501", "query/٠٠٠٣_c1s1_000001_00.jpg", "PPPP_cCsS_FFFFFF_BB.jpg"),
    ("dukemtmcreid", "query/0003_c9_f0046985.jpg", "camera 9: expected cameras 1 to 8$"),
    ("veri776", "image_query/0003_c1_00016450_0.jpg", "VVVV_cCCC_FFFFFFFF_N.jpg"),
    ("veri776", "image_query/0003_c021_00016450_0.jpg", "camera 021: expected cameras 1 to 20$"),
    ("viper", "cam_a/12_0.bmp", "NNN_ANGLE.bmp"),
    ("grid", "probe/0003_9_1_1.jpeg", "camera 9: expected cameras 1 to 8$"),
    ("cuhk01", "0001005.png", "image 005: expected images 1 to 4$"),
    ("sysu-mm01", "cam7/0001/0001.jpg", "cam7: camera 7: expected cameras 1 to 6$"),
    ("sysu-mm01", "cam1/0001/1.jpg", "NNNN.jpg"),
    ("sysu-mm01", "cam1/first/0001.jpg", "cam1/first: expected a folder like PPPP"),
    ("folder", "train/0001/readme.txt", "NAME.jpg"),
    ("folder", "train/0001.jpg", "outside the folder of an identity: expected IDENTITY/IMAGE"),
    ("folder", "train/0001/c1/1.jpg", "folders in it: expected images only"),
    ("folder", "test/0001/1.jpg", "test: a folder beside train: expected train, query and gallery only"),
])  # fmt: skip
def test_a_name_outside_the_grammar_is_named_or_left_out(tmp_path: Path, layout: str, name: str, words: str) -> None:
    base = copy(tmp_path, layout)
    before = read(layout, base)
    (base / name).parent.mkdir(parents=True, exist_ok=True)
    (base / name).write_bytes(b"")
    with pytest.raises(NasreidError, match=words):
        read(layout, base)
    assert read(layout, base, skip_broken=True).equals(before)


@pytest.mark.parametrize(("layout", "file", "line", "words"), [
    ("msmt17", "list_query.txt", "0000/0000_046_12_0303evening_0006_2.jpg 0", "line 25: .*expected PPPP/PPPP_NNN"),
    ("msmt17", "list_query.txt", "0000/0000_000_16_0303noon_0000_0.jpg 0", "camera 16: expected cameras 1 to 15$"),
    ("msmt17", "list_query.txt", "0000/0000_000_01_0303noon_0000_0.jpg 1", "label 1 in folder 0000: expected"),
    ("msmt17", "list_query.txt", "0000/0000_999_01_0303noon_0000_0.jpg 0", "no file .*test/0000/0000_999.*expected"),
    ("msmt17", "list_query.txt", "../../0000_000_01_0303noon_0000_0.jpg 0", "line 25"),
    ("vehicleid", "train_test_split/train_list.txt", "0000001,5", "line 109: '0000001,5': expected IMAGE VEHICLE"),
    ("vehicleid", "train_test_split/train_list.txt", "9999999 5", "line 109: no file .*image/9999999.jpg"),
    ("regdb", "idx/train_visible_1.txt", "Thermal/1/female_back_t_00000_1.bmp 0", "expected a visible image"),
    ("regdb", "idx/train_visible_1.txt", "Visible/1/female_back_v_00000_2.bmp 0", "in folder 1: expected the folder"),
    ("regdb", "idx/train_visible_1.txt", "Visible/1/female_back_v_00000_1.png 0", "line 19: .*expected Visible/ID"),
    ("sysu-mm01", "exp/test_id.txt", "11 12", "test_id.txt line 2: '11 12': expected ID,ID"),
    ("csv", "people.csv", "images/1-1-1.jpg,1", "line 182: not as many values"),
    ("csv", "people.csv", "images/1-1-1.jpg,1,1,train,x", "line 182: not as many values"),
    ("csv", "people.csv", "images/no.jpg,1,1,train", "line 182: no file 'images/no.jpg'"),
    ("csv", "people.csv", "images/1-1-1.jpg,1,1,val", "line 182: split 'val': expected 'train' or 'query'"),
    ("csv", "people.csv", ",1,1,train", "line 182: an empty path or identity: expected both"),
])  # fmt: skip
def test_a_bad_line_is_named_or_left_out(tmp_path: Path, layout: str, file: str, line: str, words: str) -> None:
    where = copy(tmp_path, layout)
    before = read(layout, where)
    base = where.parent if layout == "csv" else where
    append(base / file, line)
    with pytest.raises(NasreidError, match=words):
        read(layout, where)
    assert read(layout, where, skip_broken=True).equals(before)


@pytest.mark.parametrize(("layout", "file", "line"), [
    ("vehicleid", "train_test_split/test_list_800.txt", "0000001 1"),
    ("msmt17", "list_val.txt", "0000/0000_000_01_0303noon_0000_0.jpg 0"),
    ("csv", "people.csv", "images/1-1-1.jpg,1,1,train"),
    ("csv", "people.csv", "./images/../images/1-1-1.jpg,1,1,train"),
])  # fmt: skip
def test_an_image_is_in_one_split_once(tmp_path: Path, layout: str, file: str, line: str) -> None:
    where = copy(tmp_path, layout)
    append((where.parent if layout == "csv" else where) / file, line)
    with pytest.raises(NasreidError, match=r"listed twice: expected every image in one split, once"):
        read(layout, where, skip_broken=True)


@pytest.mark.parametrize(("layout", "file", "new"), [
    ("market1501", "bounding_box_train/0001_c1s1_000010_01.jpg", "query/0001_c1s1_000010_01.jpg"),
    ("dukemtmcreid", "bounding_box_train/0001_c1_f0000010.jpg", "bounding_box_test/0001_c1_f0000010.jpg"),
    ("veri776", "image_train/0001_c001_00000010_0.jpg", "image_test/0001_c001_00000010_0.jpg"),
    ("folder", "train/0001/c1-0.jpg", "gallery/1/c1-0.jpg"),
])  # fmt: skip
def test_a_tested_identity_in_training_is_refused(tmp_path: Path, layout: str, file: str, new: str) -> None:
    base = copy(tmp_path, layout)
    (base / new).parent.mkdir(exist_ok=True)
    shutil.copy(base / file, base / new)
    with pytest.raises(NasreidError, match=r"identity 1 is in train|expected each number written one way"):
        read(layout, base)


def test_two_lists_of_sysu_share_nobody(tmp_path: Path) -> None:
    base = copy(tmp_path, "sysu-mm01")
    append(base / "exp/val_id.txt", "7")
    with pytest.raises(NasreidError, match="identity 7 in val_id and test_id: expected each identity in one list"):
        read("sysu-mm01", base)


def test_sysu_misses_people_not_cameras_and_reads_matlab_lists(tmp_path: Path) -> None:
    base = copy(tmp_path, "sysu-mm01")
    frame = read("sysu-mm01", base)
    assert 1 not in set(frame.loc[frame["identity"] == 4, "camera"])
    (base / "cam1" / "0004").mkdir()
    assert read("sysu-mm01", base).equals(frame)
    for name in ("train", "val", "test"):
        file = base / "exp" / f"{name}_id.txt"
        savemat(file.with_suffix(".mat"), {"id": np.array([[int(n) for n in file.read_text().split(",")]])})
        file.unlink()
    assert read("sysu-mm01", base).equals(frame)
    shutil.rmtree(base / "cam5")
    with pytest.raises(NasreidError, match="cam5: no such folder: expected the folders cam1 to cam6"):
        read("sysu-mm01", base)


def test_msmt17_versions_are_told_apart(tmp_path: Path) -> None:
    base = copy(tmp_path, "msmt17")
    frame = read("msmt17", tmp_path)
    masked = tmp_path / "MSMT17_V2"
    shutil.copytree(base, masked)
    (masked / "train").rename(masked / "mask_train_v2")
    (masked / "test").rename(masked / "mask_test_v2")
    with pytest.raises(NasreidError, match=r"version 1 and 2 are both there; expected --data-args.version 1 or 2"):
        read("msmt17", tmp_path)
    assert read("msmt17", tmp_path, version=1).equals(frame)
    second = read("msmt17", tmp_path, version=2)
    assert second.drop(columns="path").equals(frame.drop(columns="path"))
    assert second["path"].str.contains("MSMT17_V2/mask_").all()
    assert read("msmt17", masked).equals(second)


def test_msmt17_numbers_of_train_and_test_do_not_meet(tmp_path: Path) -> None:
    frame = read("msmt17", copy(tmp_path, "msmt17"))
    folders = frame["path"].str.extract(r"/(train|test)/(\d{4})/.*_(\d\d)_0303")
    assert set(folders.loc[folders[0] == "train", 1]) & set(folders.loc[folders[0] == "test", 1])
    assert set(frame.loc[frame["split"] != "train", "identity"]) == {10000, 10001, 10002, 10003}
    assert frame["path"].str.contains("_ex.jpg").any()
    assert (folders[2].astype(int) == frame["camera"]).all()


def test_lists_may_come_from_windows(tmp_path: Path) -> None:
    base = copy(tmp_path, "msmt17")
    frame = read("msmt17", base)
    for file in base.glob("*.txt"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert read("msmt17", base).equals(frame)
    (base / "list_val.txt").write_bytes(b"0000/x.jpg 0\n\xff\n")
    with pytest.raises(NasreidError, match=r"list_val.txt line 2: no UTF-8 text"):
        read("msmt17", base)
    (base / "list_val.txt").unlink()
    with pytest.raises(NasreidError, match=r"list_val.txt: no such file; expected a file with PPPP/"):
        read("msmt17", base)
    (base / "list_val.txt").write_text("\n")
    with pytest.raises(NasreidError, match=r"list_val.txt: no line like PPPP/"):
        read("msmt17", base)


def test_a_query_seen_by_its_own_camera_only_is_found(tmp_path: Path) -> None:
    base = copy(tmp_path, "veri776")
    (base / "image_query/0500_c003_00000001_0.jpg").touch()
    (base / "image_test/0500_c003_00000001_0.jpg").touch()
    with pytest.raises(NasreidError, match="identity 500 is in the gallery from no camera but 3"):
        check_queries(read("veri776", base))


def test_strangers_are_distractors_in_the_gallery(tmp_path: Path) -> None:
    for layout in ("market1501", "dukemtmcreid", "grid"):
        frame = read(layout, copy(tmp_path / layout, layout))
        strangers = frame[frame["role"] == "distractor"]
        assert set(strangers["split"]) == {"gallery"}
        assert not set(strangers["identity"]) & set(frame.loc[frame["split"] != "gallery", "identity"])
    (tmp_path / "grid/underground_reid/probe/0000_1_1_1.jpeg").touch()
    with pytest.raises(NasreidError, match=r"distractors \(0000\) among the queries"):
        read("grid", tmp_path / "grid")


def test_grid_reads_the_records_of_the_published_file(tmp_path: Path) -> None:
    base = copy(tmp_path, "grid")
    file = base / "features_and_partitions.mat"
    people = loadmat(file)["trainIdxAll"]
    records = np.empty((1, 10), dtype=object)
    for trial in range(10):
        records[0, trial] = {"a": np.arange(3), "b": np.arange(4), "c": people[0, trial]}
    frame = read("grid", base, trial=4)
    savemat(file, {"trainIdxAll": records})
    assert read("grid", base, trial=4).equals(frame)
    people[0, 3] = np.array([[1, 1]])
    savemat(file, {"trainIdxAll": people})
    with pytest.raises(NasreidError, match="split 4 names 2 people"):
        read("grid", base, trial=4)
    savemat(file, {"trainIdxAll": people[:, :3]})
    with pytest.raises(NasreidError, match="3 splits in trainIdxAll: expected 10"):
        read("grid", base)
    file.unlink()
    with pytest.raises(NasreidError, match=r"expected the published splits, or --data-args.partitions drawn"):
        read("grid", base)

"""What every reader shares: grammars in linear time, list files, and data to test alone."""

import os
import shutil
import time
from importlib import import_module
from pathlib import Path

import pytest

from nasreid.data.checked import checked_frame
from nasreid.data.datasets import layouts, read
from nasreid.data.layouts.grammar import Grammar
from nasreid.errors import NasreidError
from tests.data.copies import copy

# what there is of the training part; its pictures lie elsewhere in lists of everybody
TRAINING = {
    "market1501": ["bounding_box_train"],
    "market1501-infrared": ["bounding_box_train", "infrared/bounding_box_train"],
    "dukemtmcreid": ["bounding_box_train"],
    "veri776": ["image_train"],
    "msmt17": ["train"],
    "vehicleid": ["train_test_split/train_list.txt"],
    "sysu-mm01": ["exp/train_id.txt", "exp/val_id.txt"],
    "regdb": [f"idx/train_{spectrum}_{trial}.txt" for spectrum in ("visible", "thermal") for trial in range(1, 11)],
    "folder": ["train"],
}
GRAMMARS = [(module, name, value) for module in sorted({place.partition(":")[0] for place in layouts().values()})
            for name, value in vars(import_module(module)).items() if isinstance(value, Grammar)]  # fmt: skip


@pytest.mark.parametrize("grammar", [one for *_, one in GRAMMARS], ids=[f"{m[21:]}.{n}" for m, n, _ in GRAMMARS])
def test_no_text_takes_a_grammar_more_than_linear_time(grammar: Grammar) -> None:
    assert grammar.match(grammar.example)
    for letter in " 0a_,":
        for place in range(len(grammar.example) + 1):
            text = f"{grammar.example[:place]}{letter * 20_000}{grammar.example[place:]}!"
            start = time.process_time()
            grammar.match(text)
            assert time.process_time() - start < 0.5, (letter, place)  # 20 000 squared takes seconds


def test_a_long_line_of_identities_is_refused_at_once(tmp_path: Path) -> None:
    base = copy(tmp_path, "sysu-mm01")
    file = base / "exp/test_id.txt"
    known = file.read_text()
    file.write_text("1" + 60_000 * " " + "x\n")
    start = time.process_time()
    with pytest.raises(NasreidError, match=r"test_id\.txt line 1: '1 .*expected ID,ID"):
        read("sysu-mm01", base)
    assert time.process_time() - start < 1
    frame = read("sysu-mm01", copy(tmp_path / "other", "sysu-mm01"))
    for spaced in (known.replace(",", " , "), known.strip() + " ,  \n", known.replace(",", 60_000 * " " + ",")):
        file.write_text(spaced)
        assert list(read("sysu-mm01", base)["identity"]) == list(frame["identity"])


@pytest.mark.parametrize("layout", TRAINING)
def test_the_part_to_test_alone_can_be_read(tmp_path: Path, layout: str) -> None:
    base = copy(tmp_path, layout)
    frame = read(layout, base)
    for name in TRAINING[layout]:
        (shutil.rmtree if (base / name).is_dir() else os.remove)(base / name)
    tested = frame[frame["split"] != "train"].reset_index(drop=True)
    alone = read(layout, base)
    assert list(alone["path"]) == list(tested["path"])
    assert list(alone["split"]) == list(tested["split"])
    with pytest.raises(NasreidError, match=rf"no picture to train on in the layout {layout}, only .*\(\d+\); expected"):
        checked_frame(base, layout, {}, ["train"])


@pytest.mark.parametrize("layout", ["vehicleid", "regdb", "cuhk03", "msmt17"])
def test_lists_of_all_and_the_images_to_test_alone_can_be_read(tmp_path: Path, layout: str) -> None:
    base = copy(tmp_path, layout)
    frame = read(layout, base)
    train = frame["split"] == "train"
    trained = [Path(path) for path in frame.loc[train, "path"]]
    for path in trained[1:]:
        path.unlink()
    with pytest.raises(NasreidError, match=r"no file .*\.(jpg|png|bmp): expected every image of the list on disk"):
        read(layout, base)
    trained[0].unlink()
    alone = checked_frame(base, layout, {}, ["query", "gallery", "test"])[0]
    assert list(alone["path"]) == list(frame.loc[~train, "path"])
    with pytest.raises(NasreidError, match=f"no picture to train on in the layout {layout}, only "):
        checked_frame(base, layout, {}, ["train"])
    Path(frame.loc[~train, "path"].iloc[0]).unlink()
    with pytest.raises(NasreidError, match="expected every image of the list on disk"):
        read(layout, base)


def test_one_of_several_training_parts_is_missed(tmp_path: Path) -> None:
    for layout, name in (("market1501-infrared", "infrared/bounding_box_train"), ("msmt17", "list_val.txt"),
                         ("sysu-mm01", "exp/val_id.txt"), ("regdb", "idx/train_thermal_1.txt")):
        base = copy(tmp_path, layout)
        (shutil.rmtree if (base / name).is_dir() else os.remove)(base / name)
        with pytest.raises(NasreidError, match=f"{name}: no such f"):
            read(layout, base)


def test_cuhk03_in_folders_needs_no_training_images(tmp_path: Path) -> None:
    for name in ("query/0001_c1_1.png", "bounding_box_test/0001_c2_2.png"):
        path = tmp_path / "cuhk03-np/detected" / name
        path.parent.mkdir(parents=True)
        path.touch()
    assert list(read("cuhk03", tmp_path)["split"]) == ["gallery", "query"]


@pytest.mark.parametrize(("layout", "name"), [
    ("market1501", "query/0003_c1s1_000001_00.jpg"), ("viper", "cam_a/123_0.bmp"), ("sysu-mm01", "cam1/0001/0009.jpg"),
])  # fmt: skip
def test_a_folder_named_like_a_picture_is_named(tmp_path: Path, layout: str, name: str) -> None:
    base = copy(tmp_path, layout)
    before = read(layout, base)
    (base / name).mkdir()
    with pytest.raises(NasreidError, match=f"{name}: a folder: expected a picture of that name"):
        read(layout, base)
    assert read(layout, base, skip_broken=True).equals(before)


def test_a_list_that_is_no_file_is_refused(tmp_path: Path) -> None:
    base = copy(tmp_path, "msmt17")
    (base / "list_query.txt").unlink()
    os.mkfifo(base / "list_query.txt")
    with pytest.raises(NasreidError, match=r"list_query\.txt: a pipe, socket or device and no file; expected a file"):
        read("msmt17", base)

"""Your own data in a CSV file, with what may be missing in it."""

from pathlib import Path

import pytest

from nasreid.data.datasets import read
from nasreid.errors import NasreidError


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


def test_columns_of_other_names_are_nobodys_business(tmp_path: Path) -> None:
    head = "path,identity,camera,identity_name,camera_id,weather,site,scale,name,weather"
    frame = read("csv", write(tmp_path, f"{head}\na.jpg,1,2,bob,9,sun,x,1,y,rain\n"))
    assert list(frame["camera"]) == [2]


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
    ("path,identity\na.jpg, 1\n", "line 2: identity ' 1', which is not '1': expected no spaces around it"),
    ("path,identity,camera\na.jpg,1,2 \n", "line 2: camera '2 ', which is not '2'"),
    ("path,identity,split,role\na.jpg,1,query,distractor\n", "role 'distractor' in split 'query'"),
    ("path,identity,split,role\na.jpg,1,query,\nb.jpg,1,gallery,distractor\n", "identity '1' is a distractor and in"),
    ("path,identity,role\na.jpg,1,thief\n", "line 2: role 'thief': expected '' or 'distractor'"),
    ("path,identity,modality\na.jpg,1,thermal\n", "modality 'thermal': expected '' or 'visible' or 'infrared'"),
    ("path,identity\na.jpg\0,1\n", "line 2: "),
    ("path,identity\n.,1\n", r"line 2: no file '\.'"),
    ("path,identity,spilt\na.jpg,1,train\n", r"line 1: column 'spilt' \(did you mean 'split'\?\): expected some of"),
    ("path,identity, camera\na.jpg,1,2\n", r"column ' camera' \(did you mean 'camera'\?\)"),
    ("path,identity,Modality\na.jpg,1,visible\n", r"'Modality' \(did you mean 'modality'\?\)"),
    ("path,identity,camera_id\na.jpg,1,2\n", r"'camera_id' \(did you mean 'camera'\?\)"),
    ("path,identity,identity\na.jpg,1,2\n", "line 1: column 'identity' twice: expected it once"),
])  # fmt: skip
def test_a_file_that_cannot_be_right_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(NasreidError, match=words):
        read("csv", write(tmp_path, text))
    with pytest.raises(NasreidError, match=r"train_share 2: expected 0 to 1"):
        read("csv", write(tmp_path, "path,identity\na.jpg,1\n"), train_share=2)


def test_a_name_with_a_separator_of_lines_is_one_value(tmp_path: Path) -> None:
    write(tmp_path, "")
    (tmp_path / "a\u2028b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    frame = read("csv", write(tmp_path, "path,identity\na\u2028b.jpg,1\nb.jpg,2\n"))
    assert len(frame) == 2


@pytest.mark.parametrize("path", ["../other/o.jpg", "{tmp}/other/o.jpg", "sub/../../other/o.jpg", "../own2/o.jpg"])
def test_a_path_that_leads_outside_is_refused_or_allowed(tmp_path: Path, path: str) -> None:
    for folder in ("other", "own2"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "o.jpg").touch()
    (tmp_path / "own/sub").mkdir(parents=True)
    path = path.format(tmp=tmp_path)
    file = write(tmp_path / "own", f"path,identity\na.jpg,1\n{path},2\n")
    words = r"own\.csv line 3: path '.*o\.jpg' leads out of .*own: expected none that does, or --allow-outside \("
    for skip_broken in (False, True):
        with pytest.raises(NasreidError, match=words):
            read("csv", file, skip_broken=skip_broken)
    assert len(read("csv", file, allow_outside=True)) == 2


def test_a_path_that_comes_back_and_a_link_are_inside(tmp_path: Path) -> None:
    (tmp_path / "other.jpg").touch()
    (tmp_path / "own").mkdir()
    (tmp_path / "own/link.jpg").symlink_to(tmp_path / "other.jpg")
    frame = read("csv", write(tmp_path / "own", "path,identity\n../own/a.jpg,1\nlink.jpg,2\n"))
    assert [Path(path).name for path in frame["path"]] == ["a.jpg", "link.jpg"]


def test_a_path_too_long_for_a_name_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NasreidError, match=r"line 2: no file 'a{200}' in"):
        read("csv", write(tmp_path, f"path,identity\n{'a' * 60_000},1\n"))

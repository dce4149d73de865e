"""Every layout: written and read back, with its options; test identities never leak into training."""

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from nasreid.data.datasets import layout_class, layouts, make, plan, protocol_of, read
from nasreid.data.layouts.source import COLUMNS, NAMES
from nasreid.data.people.synthesize import synthesize
from nasreid.errors import NasreidError
from nasreid.evaluation.protocols import rows_of
from nasreid.experiments.laws.layouts import check_layout
from tests.data.copies import arguments, copy, wanted

LAYOUTS = tuple(layouts())
THEIRS = Path(__file__).with_name("theirs.py")
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    *((layout, {}) for layout in LAYOUTS),
    ("market1501", {"modalities": "visible"}), ("msmt17", {"val": False}), ("cuhk03", {"boxes": "labeled"}),
    *(("vehicleid", {"size": size}) for size in ("medium", "large", 2400)),
    *(("regdb", {"trial": trial}) for trial in (2, 10)), ("sysu-mm01", {"val": False}),
    ("viper", {"trial": 3, "seed": 1}), ("grid", {"trial": 10}), ("grid", {"partitions": "drawn", "trial": 2}),
    ("cuhk01", {"test": 3}), ("folder", {"camera": r"c(\d)"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("copies")
    return {layout: copy(root / layout, layout) for layout in LAYOUTS}


def base(where: Path, layout: str) -> Path:
    return where.parent if layout == "csv" else where


@pytest.mark.parametrize(("layout", "options"), OPTIONS, ids=str)
def test_what_was_written_is_read(copies: dict[str, Path], layout: str, options: dict[str, Any]) -> None:
    frame = read(layout, copies[layout], **options)
    expected = wanted(base(copies[layout], layout), plan(layout, arguments(layout), options))
    pd.testing.assert_frame_equal(frame, expected)
    assert [column for column in frame if column not in NAMES] == COLUMNS
    tested = frame["split"] != "train"
    assert not set(frame.loc[tested, "identity"]) & set(frame.loc[~tested, "identity"])
    assert len(frame[tested]) * len(frame[~tested]) > 0


def test_every_layout_is_found_by_its_name_and_has_a_protocol_that_is_there() -> None:
    assert sorted(LAYOUTS) == ["csv", "cuhk01", "cuhk03", "dukemtmcreid", "folder", "grid", "market1501",
                               "market1501-infrared", "msmt17", "regdb", "sysu-mm01", "vehicleid", "veri776", "viper"]
    for name in LAYOUTS:
        assert layout_class(name).name == name
        assert rows_of(protocol_of(name))
    assert [name for name in LAYOUTS if layout_class(name).note] == ["dukemtmcreid"]


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in ("csv", "folder")])
def test_the_parent_folder_is_taken_too(copies: dict[str, Path], layout: str) -> None:
    assert read(layout, copies[layout].parent).equals(read(layout, copies[layout]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_there_is_named(tmp_path: Path, layout: str) -> None:
    with pytest.raises(NasreidError, match=r"nowhere: no such (folder|file); expected"):
        read(layout, tmp_path / "nowhere")
    with pytest.raises(NasreidError, match="expected"):
        read(layout, tmp_path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_unknown_option_or_a_wrong_kind_is_named(tmp_path: Path, layout: str) -> None:
    with pytest.raises(NasreidError, match=rf"^data layout '{layout}' has no argument 'colour'.*; expected (.*|none)$"):
        read(layout, tmp_path, colour="red")
    with pytest.raises(NasreidError, match=r"option skip_broken 3: expected bool"):
        read(layout, tmp_path, skip_broken=3)


@pytest.mark.parametrize(("layout", "options", "words"), [
    ("msmt17", {"version": 3}, "version '3' of MSMT17: expected auto, 1 or 2"),
    ("cuhk03", {"boxes": "drawn"}, "boxes 'drawn' of CUHK03: expected detected or labeled"),
    ("vehicleid", {"size": "tiny"}, "size 'tiny' of VehicleID: expected one of small, medium, large"),
    ("regdb", {"trial": 11}, "trial 11 of RegDB: expected 1 to 10"),
    ("regdb", {"trial": "x"}, "data layout 'regdb': trial is 'x'; expected a whole number"),
    ("viper", {"trial": 0}, "trial 0 of VIPeR: expected 1 to 10"),
    ("grid", {"trial": 0}, "trial 0 of GRID: expected 1 to 10"),
    ("grid", {"partitions": "x"}, "partitions 'x' of GRID: expected official or drawn"),
    ("cuhk01", {"test": 10}, "0 of 10 identities of cuhk01 to train on: expected"),
    ("csv", {"train_share": True}, "data layout 'csv': train_share is True; expected a number"),
    ("folder", {"camera": "c("}, "camera 'c\\(': no regular expression"),
    ("folder", {"camera": "c"}, "camera 'c' has 0 groups; expected one"),
    ("folder", {"camera": "z(.)"}, "c1-0.jpg: no camera in its name; expected z"),
])  # fmt: skip
def test_a_wrong_option_is_named(copies: dict[str, Path], layout: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(NasreidError, match=words):
        read(layout, copies[layout], **options)


def test_ten_trials_differ(copies: dict[str, Path]) -> None:
    for layout in ("regdb", "viper", "grid", "cuhk01"):
        found = [read(layout, copies[layout], trial=trial) for trial in range(1, 11)]
        trained = {frozenset(frame.loc[frame["split"] == "train", "identity"]) for frame in found}
        assert len(trained) > 5, layout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_people_are_read_back_from_hundreds_of_files(
    tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasreid.data.people.synthesize.picture", lambda *sight: Image.new("RGB", (8, 16)))
    size = {"identities": 40, "test_identities": 20, "cameras": 6, "shots": 2, "height": 16, "width": 8,
            "infrared": layout == "market1501-infrared"}  # fmt: skip
    folder = synthesize(tmp_path, **size, plan=partial(plan, layout))
    made = plan(layout, arguments(layout, **size))
    pd.testing.assert_frame_equal(read(layout, folder / made.given), wanted(folder, made))
    assert len(list(folder.rglob("*.*"))) > len(made.pictures) >= 120


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder of a third party's data: five people, three cameras."""
    (tmp_path / "images").mkdir()
    for who in range(1, 6):
        for camera in range(1, 4):
            Image.new("RGB", (8, 16)).save(tmp_path / f"images/{who}-{camera}.png")
    return tmp_path / "images"


def test_a_layout_of_a_third_party_has_the_rights_of_ours(images: Path) -> None:
    frame = read(f"{THEIRS}:Mine", images, last=3)
    assert dict(frame["split"].value_counts()) == {"train": 9, "gallery": 4, "query": 2}
    assert protocol_of(f"{THEIRS}:Mine") == f"{THEIRS}:rows"
    assert rows_of(protocol_of(f"{THEIRS}:Mine")) == rows_of("market")
    assert layout_class(f"{THEIRS}:Mine").cameras == 3
    assert [count.images for count in make(f"{THEIRS}:Mine").counts()] == [6]
    check_layout(lambda: make(f"{THEIRS}:Mine", last=3), images)
    (images / "5-7.png").touch()
    with pytest.raises(NasreidError, match=r"5-7.png: camera 7: expected cameras 1 to 3$"):
        read(f"{THEIRS}:Mine", images)


@pytest.mark.parametrize(("name", "words"), [
    ("Half", "'.*:Half' is not finished: it lacks read"), ("NoLayout", "NoLayout' is no Layout; expected a subclass"),
    ("Silent", "Silent' has no protocol; expected"), ("Mime", "no class 'Mime'.*did you mean 'Mine'"),
    ("Odd", "Odd' without column 'camera', only path, identity"),
])  # fmt: skip
def test_what_is_wrong_with_a_layout_of_a_third_party_is_named(images: Path, name: str, words: str) -> None:
    with pytest.raises(NasreidError, match=words):
        read(f"{THEIRS}:{name}", images)
    with pytest.raises(NasreidError, match=r"has no argument 'lst' \(did you mean 'last'\?\); expected last"):
        read(f"{THEIRS}:Mine", images, lst=3)


def test_a_layout_that_says_nothing_of_people_cannot_be_written() -> None:
    with pytest.raises(NasreidError, match="cannot be written; expected one with a method people"):
        plan(f"{THEIRS}:Mine", arguments("market1501"))
    with pytest.raises(NasreidError, match="infrared True: this layout has no infrared pictures, or has them anyway"):
        plan("viper", arguments("viper", infrared=True))

"""What `nasreid data check` finds in copies that are not what they should be."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nasreid.data.check import Report, check
from nasreid.data.datasets import layout_class, layouts, make, protocol_of
from nasreid.data.layouts.counts import Count
from nasreid.data.people.synthesize import MANIFEST
from nasreid.errors import NasreidError
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.removal import OWN_CAMERA
from nasreid.evaluation.unmatched import unmatched
from tests.data.copies import arguments, copy


@pytest.mark.parametrize("layout", layouts())
def test_what_nasreid_drew_is_what_it_finds(tmp_path: Path, layout: str) -> None:
    where = copy(tmp_path, layout)
    base = where.parent if layout == "csv" else where
    (base / MANIFEST).write_text(json.dumps(asdict(arguments(layout))))
    report, _ = check(layout, where)
    assert report.errors == report.warnings == []
    assert any("drawn by nasreid" in note for note in report.notes)
    assert list(report.table["images"]) == list(report.table["expected"])
    assert str(report).endswith("0 errors, 0 warnings")
    (base / MANIFEST).write_text("{}")
    with pytest.raises(NasreidError, match=r"nasreid.json: not written by nasreid"):
        check(layout, where)


@pytest.mark.parametrize("layout", [layout for layout in layouts() if layout not in ("csv", "folder")])
def test_a_copy_of_another_size_is_a_mismatch(tmp_path: Path, layout: str) -> None:
    report, _ = check(layout, copy(tmp_path, layout))
    known = bool(make(layout).counts())
    assert any("images; expected" in text for text in report.errors) == known
    assert ("no published counts to compare with" in report.notes) != known


def test_published_counts_add_up() -> None:
    assert sum(count.images for count in make("msmt17").counts()) == 126441
    assert sum(count.images for count in make("dukemtmcreid").counts()) == 36411
    assert sum(count.images for count in make("cuhk03").counts()) == 14097
    assert sum(count.images for count in make("cuhk03", boxes="labeled").counts()) == 14096
    assert sum(count.images for count in make("viper").counts()) == 1264
    assert sum(count.images for count in make("grid").counts()) == 1275
    for options in ({}, {"test": 100}):
        assert sum(count.images for count in make("cuhk01", **options).counts()) == 3884
    assert [count.images for count in make("msmt17", val=False).counts()] == [30248, 11659, 82161]
    assert [count.images for count in make("vehicleid", size=2400).counts()] == [113346, 19777]
    assert [count.images for count in make("vehicleid", size="6000").counts()] == [113346]
    assert [count.split for count in make("sysu-mm01", val=False).counts()] == ["query", "gallery"]
    unknown = {name for name in layouts() if layout_class(name).cameras is None}
    assert unknown == {"vehicleid", "csv", "folder", "market1501-infrared"}


def test_identities_that_the_sources_disagree_on_only_warn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = copy(tmp_path, "veri776")
    counts = [Count("train", 108, 7, sure=False), Count("query", 24, 5)]
    monkeypatch.setattr(layout_class("veri776"), "counts", lambda self: counts)
    report, _ = check("veri776", base)
    assert report.errors == ["query: 4 identities; expected 5"]
    assert "train: 6 identities; expected 7" in report.warnings
    assert "6 cameras (1, 2, 3, 4, 5, 6); expected 20" in report.warnings


def test_duke_is_said_to_be_withdrawn(tmp_path: Path) -> None:
    report, _ = check("dukemtmcreid", copy(tmp_path, "dukemtmcreid"))
    assert "withdrawn by its authors in 2019" in str(report)


def test_a_bad_name_and_a_torn_image_are_errors_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    base = copy(tmp_path, "market1501")
    torn = base / "query/0007_c1s1_000070_00.jpg"
    torn.write_bytes(torn.read_bytes()[:100])
    (base / "query/me.jpg").touch()
    report, _ = check("market1501", base)
    assert any(f"{base}/query/me.jpg: expected a name like PPPP" in text for text in report.errors)
    assert f"1 unreadable images: {torn}" in report.errors
    with pytest.raises(NasreidError, match="no such folder"):
        check("market1501", tmp_path / "none")


def test_msmt17_says_its_version(tmp_path: Path) -> None:
    assert "version 1, faces not masked" in check("msmt17", copy(tmp_path, "msmt17"))[0].notes


def test_odd_identities_and_cameras_are_warned_of(tmp_path: Path) -> None:
    lines = ["path,identity,camera,split", *(f"{n}.jpg,{n // 2},1,train" for n in range(400)), "x.jpg,900,2,train"]
    (tmp_path / "own.csv").write_text("\n".join(lines))
    blank = copy(tmp_path / "blank", "viper") / "cam_a"
    for line in lines[1:]:
        (tmp_path / line.split(",")[0]).write_bytes(next(blank.iterdir()).read_bytes())
    report, _ = check("csv", tmp_path / "own.csv")
    assert report.warnings == ["1 cameras with hardly any image: camera 2 (1 images)",
                               "1 training identities with one image: 900",
                               "all 401 images train, and nobody is left to score on; expected query and gallery "
                               "images, e.g. by --data-args.train_share 0.7"]
    assert report.errors == []


def frame(*rows: tuple[str, int, int]) -> pd.DataFrame:
    names = [f"{split}{number}" for number, (split, _, _) in enumerate(rows)]
    table = [(name, identity, camera, "visible", split, "")
             for name, (split, identity, camera) in zip(names, rows, strict=True)]
    return pd.DataFrame(table, columns=["path", "identity", "camera", "modality", "split", "role"])


@pytest.mark.parametrize(("protocol", "rows", "found"), [
    ("market", [("query", 1, 1), ("gallery", 1, 2)], []),
    ("market", [("query", 1, 1), ("gallery", 1, 1)], ["1 queries whose matches are all from their own camera"]),
    ("market", [("query", 1, 1), ("gallery", 2, 2)], ["1 queries whose identity is not in the gallery: query0"]),
    ("market", [("query", 1, -1), ("gallery", 1, -1)], []),
    ("viper", [("query", 1, 1), ("gallery", 1, 1)], []),
    ("sysu", [("query", 1, 3), ("query", 1, 6), ("gallery", 1, 2)], ["1 queries of camera 3 whose matches"]),
    ("vehicleid", [("test", 1, -1), ("test", 2, -1), ("test", 2, -1)], ["1 test identities with one image"]),
])  # fmt: skip
def test_a_query_without_an_answer_is_told_with_its_rule(protocol: str, rows: list[Any], found: list[str]) -> None:
    rule = rows_of(protocol)[0].removal
    assert [text[: len(start)] for text, start in zip(unmatched(frame(*rows), rule), found, strict=True)] == found
    assert protocol in map(protocol_of, layouts())


def test_a_report_names_a_few_of_many() -> None:
    rows = [("query", who, 1) for who in range(9)]
    text = str(Report(pd.DataFrame(), unmatched(frame(*rows, ("gallery", 99, 1)), OWN_CAMERA)))
    assert "9 queries whose identity is not in the gallery: query0, query1, query2, query3, query4, …" in text
    assert text.endswith("1 errors, 0 warnings")

"""nasreid across: what it writes and says of several comparisons, and what it refuses."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nasreid.cli import main

MEANS = {"Random": 50.0, "TCM": 60.0, "_$a$ |b": 52.0}
TABLES = ("means", "iqm", "improvement", "relative", "ranks", "tests", "profile")


def compared(folder, variants=MEANS, seeds=(0, 1, 2), shift=0.0, **about):
    """A folder as nasreid compare fills it: every variant a constant with a little of each seed."""
    rows = [{"variant": name, "seed": seed, "mAP": mean + shift + 0.5 * seed, "rank-1": min(100.0, mean + 20),
             "regret": 3.0} for seed in seeds for name, mean in variants.items()]
    folder.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "runs.csv", index=False)
    said = {"data": str(folder), "target": None, "reference": "Random", "metric": "mAP", **about}
    (folder / "compare.json").write_text(json.dumps(said))
    return str(folder)


def told(capsys, *arguments):
    assert main(["across", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def refused(capsys, words, *arguments):
    assert main(["across", *map(str, arguments)]) == 2
    err = capsys.readouterr().err
    assert re.search(words, err), err
    assert err.startswith("nasreid: ")
    assert err.count("\n") == 1


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Eight comparisons, of which all say the same."""
    root = tmp_path_factory.mktemp("many")
    return [compared(root / f"set{n}", shift=n) for n in range(8)]


def test_tables_pictures_and_words(many, tmp_path, capsys):
    out = told(capsys, *many, "--output", tmp_path / "out")
    names = {f"across-{name}.csv" for name in TABLES} | {"across.md"} | {
        f"across-{name}.{suffix}" for name in ("profile", "ranks", "iqm") for suffix in ("svg", "png")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert out.startswith((tmp_path / "out" / "across.md").read_text())
    tables = {name: pd.read_csv(tmp_path / "out" / f"across-{name}.csv") for name in TABLES}
    iqm = tables["iqm"].set_index("variant")
    expected = np.mean([10 / (49.5 - n) for n in range(8)])  # 10 of what the reference leaves open
    assert iqm.loc["TCM", "iqm"] == pytest.approx(expected, rel=0.05)
    assert iqm.loc["Random", "low"] < 0 < iqm.loc["Random", "high"]
    assert list(tables["improvement"]["variant"]) == ["TCM", "_$a$ |b"]
    assert list(tables["improvement"]["probability"]) == [1, 1]
    assert len(tables["relative"]) == len(many) * 2
    assert tables["relative"]["improvement"].iloc[0] == pytest.approx(100 * 10 / 50.5)
    assert dict(zip(tables["ranks"]["variant"], tables["ranks"]["rank"], strict=True)) == {
        "TCM": 1, "_$a$ |b": 2, "Random": 3}
    assert list(tables["ranks"]["alike"].fillna("")) == ["_$a$ |b", "TCM, Random", "_$a$ |b"]
    assert tables["means"].iloc[-1].tolist()[:3] == ["set7", "_$a$ |b", 59.5]
    assert tables["tests"]["critical_difference"].iloc[0] == pytest.approx(2.343 / 2, abs=0.002)
    for line in ("- TCM ranks above Random (mean rank 1.00 against 3.00 over 8 data sets, critical difference 1.17).",
                 "- _$a$ |b cannot be told from Random by rank (mean rank 2.00 against 3.00",
                 "- A run of TCM beats one of Random on the same data set more often than not (probability 1.00, 95 % "
                 "interval 1.00 to 1.00).",
                 "- TCM: mAP +17.4 % to +19.8 % against Random; the 95 % interval is above 0 on 8 and below 0 on 0",
                 "- 3 seeds: the intervals are too narrow.", "for other seeds on these 8 data sets, not for other",
                 r"| dataset | Random | TCM | _$a$ \|b |", r"| _$a$ \|b | 2.00 | TCM, Random |", "p below 0.001",
                 "| set7 | 57.50 | 67.50 | 59.50 |", f"- set7: {many[7]}"):
        assert line in out, line
    words = (tmp_path / "out" / "across-ranks.svg").read_text()
    assert all(f"<!-- {name}  {rank}.00 -->" in words for rank, name in enumerate(("TCM", "_$a$ |b", "Random"), 1))
    with Image.open(tmp_path / "out" / "across-profile.png") as image:
        assert image.width > 600


def test_two_data_sets_say_little(many, tmp_path, capsys):
    out = told(capsys, *many[:2], "--output", tmp_path, "--names", "market", "duke", "--reference", "TCM")
    assert "2 data sets are too few for 3 variants: two mean ranks are at most 2 apart, and 2.34 would be needed" in out
    assert "A run of Random loses to one of TCM" in out
    assert "- duke: " in out


def test_what_cannot_be_told(tmp_path, capsys):
    folders = [compared(tmp_path / name, {"Random": 40 + at, "TCM": 41 - at}, seeds=range(5), data="same")
               for at, name in enumerate("ab")]
    out = told(capsys, *folders, "--output", tmp_path / "out")
    assert "By mean rank over 2 data sets, no variant can be told from another (Friedman's chi-squared 0.00" in out
    assert "A run of TCM cannot be said to beat or to lose to one of Random (probability 0.50" in out
    assert "a and b were scored on the same data (same): they are not two data sets, and count as two." in out
    assert "too narrow" not in out


def test_one_seed_has_no_intervals_and_no_score_no_percentage(tmp_path, capsys):
    folders = [compared(tmp_path / name, {"Random": 0, "TCM": 41}, seeds=[0]) for name in "ab"]
    out = told(capsys, *folders, "--output", tmp_path / "out")
    assert "TCM: one seed on each data set, ahead of Random with probability 1.00." in out
    assert "no improvement in per cent of Random: it has a run with a mAP of 0" in out
    assert "One seed: there are no intervals" in out
    assert "nan" not in out
    assert not (tmp_path / "out" / "across-relative.csv").exists()


def test_another_metric_and_ties(tmp_path, capsys):
    folders = [compared(tmp_path / name, {"best": 30, "last": 30}, metric=metric, reference="last")
               for name, metric in (("a", "mAP"), ("b", "rank-1"))]
    refused(capsys, r"comparisons by mAP \(a\), rank-1 \(b\): expected --metric", *folders, "--output", tmp_path / "o")
    out = told(capsys, *folders, "--output", tmp_path / "out", "--metric", "rank-1")
    assert "All 2 variants are tied on all 2 data sets." in out
    assert "all are tied" in out
    assert "nan" not in out
    assert "normalised rank-1: 0 is last, 1 is 100 %" in out


def test_the_reference_is_that_of_the_comparisons_or_typed(tmp_path, capsys):
    folders = [compared(tmp_path / name, {"a": 30, "b": 31}, reference=name) for name in "ab"]
    refused(capsys, "no variant 'Random', and no reference that the comparisons share: expected --reference with one "
                    "of a, b", *folders, "--output", tmp_path / "out")
    refused(capsys, r"variant 'c': expected one of a, b", *folders, "--output", tmp_path / "out", "--reference", "c")
    assert "ranks" in told(capsys, *folders, "--output", tmp_path / "out", "--reference", "b")


@pytest.mark.parametrize(("other", "more", "words"), [
    ({"variants": {"Random": 1, "TCM": 2}}, [], r"folder '.*other' has no variant '_\$a\$ \|b', but '.*set0' has"),
    ({"variants": {**MEANS, "Gumbel": 2}}, [], r"folder '.*set0' has no variant 'Gumbel', but '.*other' has"),
    ({"seeds": (0, 2)}, [], r"folder '.*other': variant 'Random' has no seed 1; expected every seed"),
    ({"seeds": (0, 1, 2, 3, 5)}, [], r"folder '.*set0': variant 'Random' has no seed 3, 5; expected every seed"),
    ({"seeds": (0, 1, 2, 2)}, [], r"dataset 'other', variant 'Random', seed 2 comes twice"),
    ({}, ["--metric", "regret"], "has no score 'regret'; expected one of mAP, rank-1"),
    ({}, ["--metric", "mAp"], r"has no score 'mAp' \(did you mean 'mAP'\?\); expected one of mAP, rank-1"),
    ({}, ["--names", "a"], "1 names for 2 folders: expected one for each"),
    ({}, ["--names", "a", "a"], r"'.*set0' and '.*other' are both named 'a': expected --names"),
    ({"variants": {**MEANS, "TCM": float("nan")}}, [], r"column 'mAP' holds no numbers, or gaps"),
    ({"variants": {**MEANS, "": 2.0}}, [], "row 4 has no variant"),
    ({"variants": {**MEANS, "Random": 99.5}}, [], r"data set 'other': one is 100 and zero 100; expected one above"),
])
def test_what_does_not_fit_is_named(many, tmp_path, capsys, other, more, words):
    refused(capsys, words, many[0], compared(tmp_path / "other", **other), "--output", tmp_path / "out", *more)
    assert not (tmp_path / "out").exists()


def test_folders_that_are_none_are_named(many, tmp_path, capsys):
    refused(capsys, "comparison '.*gone/compare.json' cannot be read", many[0], tmp_path / "gone", "--output", tmp_path)
    refused(capsys, "'.*set0' comes twice", many[0], many[0], "--names", "a", "b", "--output", tmp_path)
    refused(capsys, "1 data sets and 3 variants: expected at least two", many[0], "--output", tmp_path)
    refused(capsys, "folders", "--output", tmp_path)
    assert not list(tmp_path.iterdir())

"""nasreid evaluate with other protocols, re-ranking, and a network of another data set."""

import json
import re

import pytest
from PIL import Image

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype


@pytest.fixture(scope="module")
def trained(people, tmp_path_factory):
    """A run folder of one epoch on the tiny people."""
    folder = tmp_path_factory.mktemp("trained")
    choices = {f"cell{c}.interaction{i}": "gate" for c in range(1, 7) for i in (1, 2)}
    Genotype("MSI", {"width_multiplier": 0.125}, choices).save(folder / "genotype.json")
    assert main(["retrain", "--genotype", str(folder / "genotype.json"), "--data", str(people), "--output",
                 str(folder / "run"), "--epochs", "1", "--p", "4", "--k", "2", "--height", "32", "--width", "16",
                 "--device", "cpu", "--quiet", "--no-draw"]) == 0
    return folder / "run"


def evaluate(trained, data, tmp_path, *more):
    output = tmp_path / "scores.json"
    assert main(["evaluate", "--run", str(trained), "--data", str(data), "--device", "cpu", "--quiet", "--output",
                 str(output), *more]) == 0
    return json.loads(output.read_text())


def synthesize(layout, root, **sizes):
    options = [part for name, value in sizes.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    assert main(["data", "synthesize", "--layout", layout, "--root", str(root), "--height", "32", "--width", "16",
                 "--quiet", *options]) == 0
    return root


def test_the_layouts_protocol_is_the_default_and_is_said(trained, people, tmp_path, capsys):
    record = evaluate(trained, people, tmp_path)
    assert record["protocol"].startswith("market: single query")
    assert "protocol  market: single query" in capsys.readouterr().out
    again = evaluate(trained, people, tmp_path, "--rerank", "--rerank-args.k1", "4")
    assert "k-reciprocal re-ranking (k1 4, k2 6" in again["protocol"]
    shots = evaluate(trained, people, tmp_path, "--protocol", "cuhk03-single-shot", "--protocol-args.repeats", "3")
    assert "CMC over 3 galleries per query" in shots["protocol"]
    assert shots["mAP"] == record["mAP"]


def test_rows_and_trials_are_printed_and_saved(trained, tmp_path, capsys):
    data = synthesize("sysu-mm01", tmp_path / "sysu", identities=8, test_identities=3, shots=2)
    record = evaluate(trained, data, tmp_path, "--layout", "sysu-mm01", "--pictures", str(tmp_path / "ranked.png"))
    assert [row["label"] for row in record["rows"]] == ["all-search, single-shot", "all-search, multi-shot",
                                                         "indoor-search, single-shot", "indoor-search, multi-shot"]
    assert record["protocol"].startswith("cross-domain: trained on market1501, evaluated on sysu-mm01; sysu all-search")
    assert (record["trials"], len(record["trial scores"])) == (10, 10)
    assert f"mAP       {record['mAP']} ± {record['mAP std']}" in capsys.readouterr().out
    assert (tmp_path / "ranked.png").stat().st_size > 1000


def test_one_network_is_scored_on_all_trials(trained, tmp_path):
    data = synthesize("viper", tmp_path / "viper", identities=4, test_identities=4)
    record = evaluate(trained, data, tmp_path, "--layout", "viper", "--all-trials")
    assert [row["label"] for row in record["rows"]] == ["query to gallery", "gallery to query"]
    assert record["trials"] == 10
    assert "mean of 10 trials of the data set; viper: query asks gallery" in record["protocol"]


@pytest.mark.parametrize(("more", "words"), [
    (["--protocol", "markt"], "protocol 'markt'.*: expected one of market"),
    (["--protocol-args.draws", "3"], "protocol market has no argument 'draws'"),
    (["--rerank-args.k1", "5"], "rerank_args .* without rerank; expected both, or neither"),
    (["--rerank", "--rerank-args.k3", "3"], "re-ranking has no argument 'k3'"),
    (["--all-trials"], "market1501.* has no argument 'trial'"),
    (["--protocol", "vehicleid"], "no test images among"),
])
def test_what_does_not_fit_is_named(trained, people, capsys, more, words):
    arguments = ["evaluate", "--run", str(trained), "--data", str(people), "--device", "cpu", "--quiet", *more]
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert re.search(words, err), err


def test_a_run_made_in_python_is_scored(people, tmp_path):
    from nasreid.data.datasets import read
    from nasreid.training.engine import Budget, Engine
    from nasreid.training.retrain import Retrain

    genotype = Genotype("MSI", {"width_multiplier": 0.125},
                        {f"cell{c}.interaction{i}": "none" for c in range(1, 7) for i in (1, 2)})
    run = Retrain(genotype, budget=Budget(1, 4, 2, 32, 16), engine=Engine(device="cpu", quiet=True, draw=False))
    run.run(read("market1501", people), tmp_path / "run")
    record = evaluate(tmp_path / "run", people, tmp_path)
    assert record["protocol"].startswith("market: single query")


def test_scores_come_before_a_picture_that_fails(trained, people, tmp_path, capsys, monkeypatch):
    def fail(table, path):
        raise NasreidError("no picture")

    monkeypatch.setattr("nasreid.experiments.scoring.draw_lists", fail)
    output = tmp_path / "scores.json"
    asked = ["evaluate", "--run", str(trained), "--data", str(people), "--device", "cpu", "--quiet", "--output",
             str(output), "--pictures"]
    assert main([*asked, str(tmp_path / "ranked.png")]) == 2
    said = capsys.readouterr()
    assert "mAP" in said.out
    assert "no picture" in said.err
    assert json.loads(output.read_text())["queries"]
    assert main([*asked, str(people)]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "expected a name that ends in .png" in said.err


def test_pictures_of_people_without_cameras_show_the_right_ones(trained, tmp_path, monkeypatch):
    tables = []
    monkeypatch.setattr("nasreid.experiments.scoring.draw_lists", lambda table, path: tables.append(table))
    for split, shots in (("train", 2), ("query", 1), ("gallery", 2)):
        for who, colour in (("eve", 0), ("dan", 60)) if split == "train" else (("ann", 130), ("bob", 250)):
            (tmp_path / "own" / split / who).mkdir(parents=True)
            for shot in range(shots):
                Image.new("RGB", (16, 32), (colour, 255 - colour, 9 * shot)).save(
                    tmp_path / "own" / split / who / f"{split}{shot}.png")
    record = evaluate(trained, tmp_path / "own", tmp_path, "--layout", "folder", "--pictures", "ranked.png")
    assert record["queries"] == 2
    (table,) = tables
    assert table["match"].sum() == 4
    assert table["distance"].max() <= 2.0 + 1e-6  # of vectors of length one; squared it would be up to 4

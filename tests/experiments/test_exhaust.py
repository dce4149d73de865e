"""Every architecture of a small space, once for each seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml

from nasreid.cli import main
from nasreid.cli.recipe import RECIPES
from nasreid.configuration import build
from nasreid.errors import Interrupted, NasreidError
from nasreid.experiments.exhaust import Exhaust
from nasreid.experiments.runs import RetrainRun, fixed
from nasreid.experiments.workers import Processes
from nasreid.genotype import Genotype
from nasreid.training.retrain import Retrain

ARGUMENTS = {"inner": "MSI", "inner_args": {"width_multiplier": 0.125},
             "choices": {"cell[135].*": "none", "cell[246].interaction1": "none"}}
LABELS = ["cell2.interaction2", "cell4.interaction2", "cell6.interaction2"]
PLACE = {"data": "data", "layout": "market1501", "data_args": {}, "skip_broken": False}


def small(seeds=(0,), **options):
    like = build(Retrain, {"genotype": Genotype("Fixed", ARGUMENTS, {}), "epochs": 1})
    return Exhaust("Fixed", ARGUMENTS, like, PLACE, seeds, **options)


def score(spec, *others):
    choices = spec["train"]["genotype"]["choices"]
    return {"mAP": sum(len(name) for name in choices.values()) + spec["train"]["seed"], "rank-1": 1.0, "images": 9}


def test_there_is_one_row_for_each_architecture_and_seed(tmp_path):
    table = small((0, 5)).run(tmp_path, Processes(2, 1, score), quiet=True)
    read = pd.read_csv(tmp_path / "truth.csv")
    assert list(read.columns) == [*LABELS, "seed", "mAP", "rank-1", "images"]
    assert len(read) == len(table) == len(read.drop_duplicates([*LABELS, "seed"])) == 128
    assert list(read["seed"].unique()) == [0, 5]
    assert read["mAP"].iloc[0] == 12
    assert Genotype.load(tmp_path / "space.json").arguments == ARGUMENTS


def test_what_is_done_is_kept_and_not_repeated(tmp_path):
    calls = []

    def work(spec, *others):
        calls.append(spec)
        if len(calls) == 20:
            raise KeyboardInterrupt
        return score(spec)

    with pytest.raises((KeyboardInterrupt, Interrupted)):
        small().run(tmp_path, Processes(1, 1, work), quiet=True)
    table, first = tmp_path / "truth.csv", len(calls)  # how many were entered before the end is for the threads to say
    kept = len(pd.read_csv(table)) if table.is_file() else 0
    assert kept < 64
    small().run(tmp_path, Processes(1, 1, work), quiet=True)
    assert len(calls) - first == 64 - kept
    done = len(calls)
    small().run(tmp_path, Processes(1, 1, work), quiet=True)
    assert len(calls) == done
    assert len(pd.read_csv(tmp_path / "truth.csv")) == 64


def test_a_space_that_is_too_large_is_refused():
    with pytest.raises(NasreidError, match=r"MSI has 16777216 architectures; expected at most 2048.*--fix"):
        list(Exhaust("MSI", {}, small().like, PLACE).genotypes())


def test_fix_is_the_space_fixed():
    assert fixed("MSI", {"a": 1}, ["cell1.*=none"]) == \
        ("Fixed", {"inner": "MSI", "inner_args": {"a": 1}, "choices": {"cell1.*": "none"}})
    assert fixed("MSI", {}, []) == ("MSI", {})
    with pytest.raises(NasreidError, match="fix 'cell1': expected label=candidate"):
        fixed("MSI", {}, ["cell1"])


@pytest.mark.parametrize("path", sorted(RECIPES.glob("exhaust-*.yaml")), ids=lambda p: p.stem)
def test_every_recipe_has_64_architectures(path):
    recipe = yaml.safe_load(path.read_text())
    name, arguments = fixed(recipe["exhaust"]["space"], recipe["exhaust"]["space_args"], recipe["exhaust"]["fix"])
    like = build(RetrainRun, {**recipe["retrain"], "genotype": Genotype(name, arguments, {}), "data": "none"}).retrain
    samples = list(Exhaust(name, arguments, like, PLACE).genotypes())
    assert len({tuple(choices.values()) for choices in samples}) == len(samples) == 64


@pytest.mark.slow
def test_the_command_trains_what_is_left_open(people, tmp_path, capsys):
    arguments = ["exhaust", "--config", "exhaust-msi", "--data", str(people), "--output", str(tmp_path / "all"),
                 "--space-args.width_multiplier", "0.125", "--fix", "cell[1-5].*=none", "cell6.interaction1=none",
                 "--seeds", "1", "--retrain", '{"epochs": 1, "p": 4, "k": 2, "height": 32, "width": 16}', "--quiet"]
    assert main(arguments) == 0
    first = (tmp_path / "all" / "truth.csv").read_bytes()
    assert pd.read_csv(tmp_path / "all" / "truth.csv")["cell6.interaction2"].tolist() == \
        ["none", "exchange", "gate", "attention"]
    assert not (tmp_path / "all" / "jobs").exists()
    assert main(arguments) == 0
    assert (tmp_path / "all" / "truth.csv").read_bytes() == first
    assert "4 trainings" in capsys.readouterr().out


def test_a_pilot_trains_some_whose_trainings_the_table_does_not_repeat(tmp_path):
    calls = []

    def work(spec, *others):
        calls.append(spec)
        return score(spec)

    run = small((0, 1))
    pilot = run.run(tmp_path, Processes(1, 1, work), quiet=True, pilot=5)
    assert len(pilot) == len(calls) == 10
    assert len(pilot.drop_duplicates(LABELS)) == 5
    assert not (tmp_path / "truth.csv").exists()
    assert len(pd.read_csv(tmp_path / "pilot.csv")) == 10
    run.run(tmp_path, Processes(1, 1, work), quiet=True)
    assert len(calls) == 128
    assert len(small().some(1000)) == 64


def test_seeds_are_added_until_the_table_is_reliable(people, tmp_path, capsys, monkeypatch):
    def noisy(spec, *others):
        rng = np.random.default_rng([len(word) for word in spec["train"]["genotype"]["choices"].values()] +
                                    [spec["train"]["seed"]])
        return {**score(spec), "mAP": score({"train": {**spec["train"], "seed": 0}})["mAP"] + 4 * rng.normal()}

    monkeypatch.setattr("nasreid.cli.exhaust.Pool", lambda *given: Processes(1, 1, noisy))
    arguments = ["exhaust", "--config", "exhaust-msi", "--data", str(people), "--output", str(tmp_path), "--quiet",
                 "--test", f"far={people}", "--seeds", "2"]
    assert main([*arguments, "--reliability", "0.9", "--most-seeds", "9"]) == 0
    found = pd.read_csv(tmp_path / "truth.csv")["seed"].nunique()
    assert 2 < found < 9
    assert "reliability of a mean of" in capsys.readouterr().out
    assert main([*arguments, "--reliability", "0.9999", "--most-seeds", str(found)]) == 0
    assert pd.read_csv(tmp_path / "truth.csv")["seed"].nunique() == found


@pytest.mark.parametrize("test", ["far", "a b=x", "=x"])
def test_a_test_set_has_a_name_and_a_root(test, people, tmp_path, capsys):
    assert main(["exhaust", "--config", "exhaust-msi", "--data", str(people), "--output", str(tmp_path), "--test",
                 test]) == 2
    assert "expected NAME=ROOT" in capsys.readouterr().err

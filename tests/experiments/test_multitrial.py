"""A search by trials: its run folder, and that it goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import yaml

from nasreid.cli import main
from nasreid.cli.recipe import RECIPES
from nasreid.configuration import build
from nasreid.data.batches.plan import Plan
from nasreid.data.datasets import read
from nasreid.errors import Interrupted, NasreidError
from nasreid.experiments.multitrial import MultiTrial
from nasreid.experiments.pool import Here
from nasreid.experiments.trial import parts
from nasreid.genotype import Genotype
from nasreid.training.engine import Budget, Engine
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search

ENGINE = Engine(device="cpu", quiet=True, draw=False)
SPACE = {"inner": "MSI", "inner_args": {"width_multiplier": 0.125}, "choices": {"cell[1-4].*": "none"}}
SMALL = {"epochs": 1, "p": 4, "k": 2, "height": 32, "width": 16, "device": "cpu", "quiet": True, "neck": "bnneck",
         "seed": 3}
LABELS = ["cell5.interaction1", "cell5.interaction2", "cell6.interaction1", "cell6.interaction2"]


def make(people, strategy="evolution", work=None, **options):
    place = {"data": str(people), "layout": "market1501", "data_args": {}, "skip_broken": False}
    like = build(Retrain, {**SMALL, "genotype": Genotype("Fixed", SPACE, {}), "space": "Fixed"})
    return MultiTrial("Fixed", SPACE, strategy, {}, like, place, **{"trials": 12, "share": 0.4, **options},
                      workers=None if work is None else Here(work))


def planted(spec, *others):
    chosen = list(spec["train"]["genotype"]["choices"].values())
    return {"mAP": 10.0 * chosen.count("gate"), "rank-1": 1.0, "steps": 2, "images": 16, "seconds": 0.5}


def test_the_folder_holds_the_best_genotype_and_every_trial(people, tmp_path):
    genotype = make(people, work=planted).run(tmp_path / "run", {"search": {"seed": 3}})
    table = pd.read_csv(tmp_path / "run" / "trials.csv")
    assert list(table.columns[:7]) == ["trial", *LABELS, "mAP", "rank-1"]
    assert len(table) == 12
    best = table.loc[table["mAP"].idxmax()]
    assert genotype.choices == {label: best[label] for label in LABELS}
    assert Genotype.load(tmp_path / "run" / "genotype.json") == genotype
    assert (genotype.provenance["strategy"], genotype.provenance["mAP"]) == ("evolution", best["mAP"])
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["steps"], result["images"], result["seconds"], result["trials"]) == (24, 192, 6.0, 12)
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["search"]["seed"] == 3
    assert {"genotype.svg", "genotype.png", "ledger.sqlite"} <= {p.name for p in (tmp_path / "run").iterdir()}


@pytest.mark.parametrize("strategy", ["evolution", "tpe", "random", "grid"])
def test_an_interrupted_search_goes_on_to_the_same_files(people, tmp_path, strategy):
    make(people, strategy, planted).run(tmp_path / "whole", {"search": {}})
    calls = []

    def cut(spec, *others):
        calls.append(spec)
        if len(calls) == 8:
            raise Interrupted("after step 1")
        return planted(spec)

    with pytest.raises(Interrupted):
        make(people, strategy, cut).run(tmp_path / "cut", {"search": {}})
    assert len(pd.read_csv(tmp_path / "cut" / "trials.csv")) == 7
    make(people, strategy, cut).run(tmp_path / "cut", {"search": {}})
    assert len(calls) == 13  # one of them twice, the one that was cut off
    for name in ("trials.csv", "genotype.json", "result.json"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_trials_that_all_fail_are_an_error(people, tmp_path):
    def broken(spec, *others):
        raise NasreidError("loss became nan")

    with pytest.raises(NasreidError, match="all 3 trials failed"):
        make(people, "random", broken, trials=3).run(tmp_path / "run", {"search": {}})


@pytest.mark.parametrize(("options", "words"), [
    ({"trials": 0}, "trials is 0; expected at least 1"), ({"concurrent": 0}, "concurrent is 0"),
    ({"share": 0.7}, "3 identities .*expected at least P=4"), ({"supernet": "nowhere"}, "supernet 'nowhere'")])
def test_what_cannot_work_is_refused_before_anything_is_written(people, tmp_path, options, words):
    with pytest.raises(NasreidError, match=words):
        make(people, "random", planted, **options).run(tmp_path / "run", {"search": {}})
    assert not (tmp_path / "run").exists()


def test_the_demo_gives_every_strategy_the_same_images():
    recipe = yaml.safe_load((RECIPES / "demo.yaml").read_text())
    section = recipe["search"]
    rows = [(i, c) for i in range(64) for c in range(6) for _ in range(3)]
    frame = pd.DataFrame(rows, columns=["identity", "camera"]).assign(modality="visible", split="train")
    frame["path"] = [f"{row}.jpg" for row in frame.index]
    budget = Budget(section["epochs"], section["p"], section["k"])
    for name in ("TCM", "CEDarts", "Gumbel"):
        search = Search("MSI", section["space_args"], name, budget=budget).within(section["images"], frame)
        plan = search.parts(frame).plan
        assert abs(plan.images() / section["images"] - 1) < 0.06


def test_trials_share_the_images(people):
    run = make(people, "random", planted, trials=3)
    fit = parts(json.dumps(run.data, sort_keys=True), run.share, run.like.seed).train
    one = Plan(fit["identity"].to_numpy(), 1, run.like.budget.p, run.like.budget.k, run.like.seed).images()
    assert run.within(3 * 4 * one).like.budget.epochs == 4
    assert run.within(1).like.budget.epochs == 1
    with pytest.raises(NasreidError, match="images is 0; expected at least 1"):
        run.like.budget.within(0, Plan(fit["identity"].to_numpy(), 1, 4, 2, 0))


def command(people, output, *more):
    return ["search", "--data", str(people), "--output", str(output), "--space-args.width_multiplier", "0.125",
            "--fix", "cell[1-5].*=none", "--trials", "3", "--trial-epochs", "1", "--validation", "0.4", "--p", "4",
            "--k", "2", "--height", "32", "--width", "16", "--device", "cpu", "--seed", "5", "--quiet",
            "--no-draw", *more]


def test_options_of_one_shot_searches_are_said_to_mean_nothing(people, tmp_path, capsys, monkeypatch):
    def never(*_):
        raise NasreidError("no trial")

    monkeypatch.setattr(MultiTrial, "run", never)
    given = [one for one in command(people, tmp_path / "run", "--strategy", "random") if one != "--quiet"]
    assert main([*given, "--channels", "4", "--take", "best"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert "strategy 'random' runs trials: channels, take of a one-shot search mean nothing to them" in said


@pytest.mark.slow
def test_a_killed_search_trains_only_what_is_left(people, tmp_path):
    evolution = ["--strategy", "evolution"]
    assert main(command(people, tmp_path / "whole", *evolution)) == 0
    with subprocess.Popen([sys.executable, "-m", "nasreid", *command(people, tmp_path / "cut", *evolution)]) as process:
        while not list((tmp_path / "cut").glob("trials/*/checkpoint.pt")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert main(command(people, tmp_path / "cut", *evolution)) == 0
    tables = [pd.read_csv(tmp_path / name / "trials.csv").drop(columns="seconds") for name in ("whole", "cut")]
    pd.testing.assert_frame_equal(*tables)
    genotypes = [(tmp_path / name / "genotype.json").read_bytes() for name in ("whole", "cut")]
    assert genotypes[0] == genotypes[1]


@pytest.mark.slow
def test_two_trials_at_a_time_in_processes(people, tmp_path):
    assert main(command(people, tmp_path / "two", "--strategy", "random", "--concurrent", "2")) == 0
    assert main(command(people, tmp_path / "one", "--strategy", "random")) == 0
    tables = [pd.read_csv(tmp_path / name / "trials.csv").drop(columns="seconds") for name in ("one", "two")]
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize(("options", "words"), [
    (["--strategy", "random", "--price", "latency"], "runs trials and pays for none"),
    (["--strategy", "TCM", "--at-most-parameters", "9"], "no architecture keeps the limits: the cheapest has"),
    (["--strategy", "grid", "--evaluator", "supernet", "--supernet-strategy", "tpe"], "expected a one-shot strategy"),
    (["--strategy", "random", "--at-most-parameters", "9"], "cost too much, the last one with")])
def test_costs_that_nobody_would_count_are_refused(people, tmp_path, capsys, options, words):
    assert main(command(people, tmp_path / "run", *options)) == 2
    assert words in capsys.readouterr().err


def test_a_supernet_that_comes_first_judges_and_goes_on(people, tmp_path, monkeypatch):
    judge = ["--strategy", "evolution", "--evaluator", "supernet", "--supernet-strategy", "SinglePath", "--trials", "4",
             "--epochs", "1"]
    assert main(command(people, tmp_path / "whole", *judge)) == 0
    result = json.loads((tmp_path / "whole" / "result.json").read_text())
    made = json.loads((tmp_path / "whole" / "supernet" / "result.json").read_text())
    assert result["images"] > made["images"] > 0
    rows = pd.read_csv(tmp_path / "whole" / "trials.csv")
    assert rows["multiply_adds"].gt(0).all()

    def cut(*others):
        raise Interrupted("now")

    with monkeypatch.context() as patch:
        patch.setattr("nasreid.experiments.shared_weights.measure", cut)
        assert main(command(people, tmp_path / "cut", *judge)) == 130
    assert (tmp_path / "cut" / "supernet" / "result.json").is_file()
    assert main(command(people, tmp_path / "cut", *judge)) == 0
    for name in ("trials.csv", "genotype.json"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_supernet_judges_and_its_making_is_counted(people, tmp_path, capsys):
    space = {**SPACE, "choices": {"cell[1-5].*": "none"}}
    Search("Fixed", space, "TCM", {}, 1, Budget(1, 4, 2, 32, 16), engine=ENGINE).run(
        read("market1501", people), tmp_path / "net")
    made = json.loads((tmp_path / "net" / "result.json").read_text())
    judge = ["--evaluator", "supernet", "--supernet", str(tmp_path / "net")]
    assert main(command(people, tmp_path / "run", "--strategy", "grid", *judge)) == 0
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["steps"] == made["steps"]
    assert result["images"] == made["images"] + 3 * 36
    assert main(command(people, tmp_path / "b", "--strategy", "grid", "--evaluator", "supernet")) == 2
    assert "expected retrain and neither, or supernet and the run folder" in capsys.readouterr().err
    other = command(people, tmp_path / "c", "--strategy", "grid", *judge, "--fix", "cell[1-4].*=none")
    assert main(other) == 2
    assert "expected the decisions of Fixed" in capsys.readouterr().err

"""A comparison: what each job is told, what the tables say, and one small comparison for real."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from nasreid.cli import main
from nasreid.drafts import Unwritable
from nasreid.errors import Killed, NasreidError
from nasreid.evaluation.statistics import paired, summary
from nasreid.experiments import stages
from nasreid.experiments.compare import Comparison, merged
from nasreid.experiments.ledger import Ledger
from nasreid.experiments.stages import perform
from nasreid.experiments.workers import Processes
from nasreid.pictures.report.tables import text
from tests.full_disk import room

COMMON = {"search": {"space": "MSI", "strategy": "TCM", "strategy_args": {"train": 0.5}, "epochs": 2},
          "retrain": {"epochs": 3, "space_args": {"a": 1}}, "evaluate": {}}


def comparison(**changes):
    return Comparison(**{"variants": {"TCM": {"strategy": "TCM"}}, "common": COMMON, "data": "data", **changes})


def test_arguments_of_the_same_strategy_are_united():
    spec = merged(COMMON, {"strategy": "TCM", "strategy_args": {"momentum": 0.1}})
    assert spec["search"]["strategy_args"] == {"train": 0.5, "momentum": 0.1}


def test_epochs_of_a_variant_take_the_place_of_common_images():
    common = {**COMMON, "search": {**COMMON["search"], "images": 640}}
    assert merged(common, {"strategy": "TCM"})["search"]["images"] == 640
    spec = merged(common, {"strategy": "TCM", "epochs": 3})["search"]
    assert spec["epochs"] == 3
    assert "images" not in spec


def test_arguments_of_another_strategy_are_dropped():
    spec = merged(COMMON, {"strategy": "Random"})
    assert "strategy_args" not in spec["search"]
    assert spec["search"]["epochs"] == 2


def test_a_genotype_takes_the_place_of_the_search():
    spec = merged(COMMON, {"genotype": "msinet", "retrain": {"space_args": {"b": 2}}})
    assert "search" not in spec
    assert spec["retrain"] == {"epochs": 3, "space_args": {"a": 1, "b": 2}, "genotype": "msinet"}


def test_both_random_baselines_are_always_there():
    assert list(comparison().all_variants()) == ["TCM", "RandomSearch", "Random"]
    drawn = comparison(variants={"drawn": {"strategy": "Random"}, "best": {"strategy": "random"}}, reference="drawn")
    assert list(drawn.all_variants()) == ["drawn", "best"]


def test_a_random_search_has_no_architecture_step_and_the_epochs_of_the_search():
    common = {**COMMON, "search": {**COMMON["search"], "architecture_objectives": [{"objective": "Memory"}]}}
    spec = merged(common, comparison().all_variants()["RandomSearch"])
    assert spec["search"] == {"space": "MSI", "strategy": "random", "trials": 2, "epochs": 2}


def test_random_is_not_drawn_where_nothing_is_searched():
    trained = comparison(variants={"one": {"genotype": "msinet"}}, reference="one")
    assert list(trained.all_variants()) == ["one"]


def test_arguments_of_arguments_are_united():
    common = {"search": {}, "retrain": {"space_args": {"inner_args": {"width_multiplier": 0.25}}}}
    spec = merged(common, {"genotype": "one-stream", "retrain": {"space_args": {"inner_args": {"depths": [1]}}}})
    assert spec["retrain"]["space_args"] == {"inner_args": {"width_multiplier": 0.25, "depths": [1]}}


def test_another_data_set_is_for_the_evaluation_alone(tmp_path):
    other = {"target": "other", "target_args": {"protocol": "new"}}
    for changes, expected in (({}, ["data", "data", "data"]), (other, ["data", "data", "other"])):
        spec = comparison(**changes).tasks(tmp_path)[0].spec
        assert [spec[stage]["data"] for stage in ("search", "retrain", "evaluate")] == expected
        assert ("data_args" in spec["evaluate"]) == bool(changes)


def test_a_grid_across_domains_wants_its_target(tmp_path, capsys):
    command = ["compare", "--config", "demo", "--domain", "1", "--data", "somewhere", "--output", str(tmp_path)]
    assert main(command) == 2
    assert "evaluates on another domain; expected --target" in capsys.readouterr().err


def test_data_that_are_not_there_are_refused_before_the_first_job(tmp_path, capsys):
    command = ["compare", "--config", "demo", "--data", "nowhere", "--output", str(tmp_path / "out")]
    assert main(command) == 2
    assert "nasreid: nowhere: no such folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


RAN = pd.DataFrame({"variant": ["osnet", "msinet"], "seed": 0, "mAP": [1.0, 2.0]})


def test_the_command_is_kept_so_that_it_can_be_typed_again(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr("nasreid.experiments.runs.DataSet.listed", lambda self: self)
    monkeypatch.setattr(Comparison, "run", lambda self, *given: told.append((self, given[-1])) or RAN)
    monkeypatch.setattr("nasreid.cli.compare.write", lambda folder: None)
    (tmp_path / "compare.md").write_text("")
    first = ["compare", "--config", "demo", "--data", "some where", "--output", str(tmp_path), "--seeds", "2",
             "--strategies", "TCM", "Gumbel", "--space-args.width_multiplier", "0.5", "--quiet"]
    assert main(first) == 2  # the frame above lacks most runs
    words = shlex.split(told[0][1])
    assert words[:2] == ["nasreid", "compare"]
    assert main(words[1:]) == 2
    assert told[0] == told[1]


def test_what_a_variant_misspells_is_refused_before_the_first_job(tmp_path):
    with pytest.raises(NasreidError, match=r"search has no option 'epcohs' \(did you mean 'epochs'\?\)"):
        comparison(variants={"TCM": {"strategy": "TCM", "epcohs": 3}}).tasks(tmp_path)
    with pytest.raises(NasreidError, match="retrain has no option 'images'"):
        comparison(variants={"TCM": {"strategy": "TCM", "retrain": {"images": 3}}}).tasks(tmp_path)


def test_a_space_from_outside_is_confirmed_for_what_follows_its_search(tmp_path):
    spec = comparison(variants={"TCM": {"strategy": "TCM", "space": "./mine.py:Mine"}}).spec("TCM", 0)
    assert (spec["retrain"]["space"], spec["evaluate"]["space"]) == ("./mine.py:Mine", "./mine.py:Mine")
    assert "space" not in comparison().spec("TCM", 0)["retrain"]


def test_seeds_come_outermost(tmp_path):
    names = [task.name for task in comparison(seeds=(3, 5)).tasks(tmp_path)]
    assert names == [f"{name}, seed {seed}" for seed in (3, 5) for name in ("TCM", "RandomSearch", "Random")]


def test_every_job_has_a_folder_and_a_document_of_its_own(tmp_path):
    tasks = comparison(variants={"a/b": {"strategy": "TCM"}, "a b": {"strategy": "TCM", "epochs": 9}}).tasks(tmp_path)
    assert len({task.folder for task in tasks}) == len({json.dumps(task.spec) for task in tasks}) == 20


@pytest.mark.parametrize(("changes", "message"), [
    ({"reference": "Gumbel"}, "reference 'Gumbel': expected one of TCM, Random"),
    ({"seeds": ()}, "expected at least one"),
    ({"metric": "map"}, r"metric 'map' .did you mean 'mAP'.*: expected one of mAP, rank-1"),
    ({"seeds": (1, 1)}, "each once"),
])
def test_what_cannot_be_compared_is_refused(changes, message):
    with pytest.raises(NasreidError, match=message):
        comparison(**changes)


def fake(spec, folder, threads, children):
    if spec["search"]["strategy"] == "Random" and spec["search"]["seed"] == 1:
        raise NasreidError("no luck")
    score = {"TCM": 30.0, "Random": 28.0}[spec["search"]["strategy"]] + spec["search"]["seed"]
    return {"mAP": score, "protocol": "rule", "search_steps": 7, "choices": {"a": "x"}}


def test_tables_hold_what_finished_and_name_what_failed(tmp_path):
    frame = comparison(seeds=(0, 1, 2)).run(tmp_path, Processes(2, 1, fake), quiet=True)
    assert len(frame) == 5
    assert pd.read_csv(tmp_path / "runs.csv")[["variant", "seed"]].drop_duplicates().shape == (5, 2)
    assert pd.read_csv(tmp_path / "paired.csv")[["n", "difference"]].iloc[0].tolist() == [2, 2.0]
    assert "- Random, seed 1: no luck" in (tmp_path / "compare.md").read_text()


def test_when_everything_fails_the_first_reason_is_said(tmp_path):
    def broken(spec, folder, threads, children):
        raise NasreidError("the disk is full")

    with pytest.raises(NasreidError, match=r"all 15 jobs failed; the first, TCM, seed 0: the disk is full"):
        comparison().run(tmp_path, Processes(1, 1, broken), quiet=True)


def test_the_text_states_what_few_seeds_can_show():
    rows = [{"variant": v, "seed": s, "mAP": 20.0 + s + 3 * (v == "TCM"), "search_steps": 5, "protocol": "rule"}
            for v in ("TCM", "Random") for s in range(3)]
    frame = pd.DataFrame(rows)
    said = text(frame, summary(frame), paired(frame, "Random"), {}, "Random", "mAP")
    assert "0.25 is the least p that so few seeds can give" in said
    assert "protocol: rule" in said


def test_costs_of_a_stage_that_nobody_saw_end_are_unknown_and_not_nothing(tmp_path):
    (tmp_path / "usage.json").write_text('{"search": {"seconds": 4.5, "peak_mib": 30.0}}')
    for place in ("search", "retrain"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "result.json").write_text('{"steps": 3, "parameters": 1, "multiply_adds": 2}')
    (tmp_path / "retrain" / "genotype.json").write_text('{"choices": {}}')
    row = stages.row({"search": {}, "retrain": {}}, tmp_path)
    assert (row["search_seconds"], row["retrain_seconds"], row["retrain_peak_mib"]) == (4.5, None, None)
    frame = pd.DataFrame([{**row, "variant": "TCM", "seed": 0, "mAP": 1.0, "protocol": "rule"}])
    assert "| 4.5 | 30 | 3 | 0 | – | – |" in text(frame, summary(frame), paired(frame, "Random"), {}, "Random", "mAP")


def test_a_job_that_is_killed_from_outside_is_no_failed_attempt(tmp_path):
    calls = []

    def killed_once(spec, folder, threads, children):
        calls.append(spec["search"]["strategy"])
        if calls.count("TCM") == 1 or calls[-1] == "Random":
            raise Killed("ended from outside by signal 9")
        return fake(spec, folder, threads, children)

    frame = comparison(seeds=(0,)).run(tmp_path, Processes(1, 1, killed_once), quiet=True)
    assert frame["variant"].tolist() == ["TCM"]
    assert calls.count("Random") == 3  # it stays open then
    frame = comparison(seeds=(0,)).run(tmp_path, Processes(1, 1, fake), quiet=True)
    assert "Random" in set(frame["variant"])
    with pytest.raises(NasreidError, match=r"all 3 jobs were ended from outside; the same command goes on"):
        comparison(seeds=(1,)).run(tmp_path, Processes(1, 1, lambda *_: _kill()), quiet=True)


def test_a_full_disk_ends_a_comparison_at_once_and_counts_for_nothing(tmp_path):
    calls = []

    def full(*_):
        calls.append(1)
        raise Unwritable("file 'checkpoint.pt' cannot be written: No space left on device")

    with pytest.raises(Unwritable, match=r"checkpoint\.pt.*No space left"):
        comparison(seeds=(0,)).run(tmp_path, Processes(1, 1, full), quiet=True)
    assert 1 <= len(calls) <= 3
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.frame()[["state", "attempts"]].drop_duplicates().to_numpy().tolist() == [["open", 0]]
    frame = comparison(seeds=(0,)).run(tmp_path, Processes(1, 1, fake), quiet=True)
    assert {"TCM", "Random"} <= set(frame["variant"])


@pytest.mark.parametrize(("error", "status"), [(Unwritable("file 'x' cannot be written"), stages.UNWRITTEN),
                                               (NasreidError("no such genotype"), 2)])
def test_the_process_of_a_stage_says_whether_it_lacked_room(tmp_path, monkeypatch, capsys, error, status):
    def refuse(*_):
        raise error

    (tmp_path / stages.SPEC).write_text("search: {}")
    monkeypatch.setattr(stages, "made", refuse)
    assert stages.main(str(tmp_path), "search") == status
    assert capsys.readouterr().err.count("\n") == 1


def _kill():
    raise Killed("ended")


TINY = {"epochs": 1, "p": 4, "k": 2, "height": 32, "width": 16, "draw": False}


def tiny(people):
    place = {"data": str(people)}
    return {"search": {**TINY, **place, "space_args": {"width_multiplier": 0.25}}, "retrain": {**TINY, **place},
            "evaluate": {"skip_unmatched": True, **place}}


@pytest.mark.slow
def test_a_job_runs_in_processes_of_its_own_and_says_what_they_lacked_and_took(tmp_path, people):
    train = {**tiny(people)["retrain"], "genotype": "msinet", "space_args": {"width_multiplier": 0.125}}
    with room(3000), pytest.raises(Unwritable, match=r"cannot be written: .*; expected another place, or one with"):
        perform({"retrain": train}, str(tmp_path / "job"))
    row = perform({"retrain": train, "evaluate": tiny(people)["evaluate"]}, str(tmp_path / "job"))
    assert (row["search_steps"], row["retrain_peak_mib"] > 50, row["retrain_seconds"] > 0) == (0, True, True)
    assert row["mAP"] > 0


@pytest.mark.slow
def test_a_killed_job_goes_on_and_ends_with_the_same_bytes(tmp_path, people, in_this_process):
    row = perform(tiny(people), str(tmp_path / "whole"))
    assert row["search_steps"] > 0
    code = ("import json, sys\nfrom nasreid.experiments.stages import perform\n"
            "perform(json.loads(sys.argv[1]), sys.argv[2])")
    with subprocess.Popen([sys.executable, "-c", code, json.dumps(tiny(people)), str(tmp_path / "cut")]) as parent:
        while not (tmp_path / "cut/search/checkpoint.pt").exists() and not (tmp_path / "cut/retrain").exists():
            time.sleep(0.02)
        parent.send_signal(signal.SIGKILL)
    # the stage that the killed parent had begun is still there; the job waits for its end, which it notes itself
    again = perform(tiny(people), str(tmp_path / "cut"))
    assert again["mAP"] == row["mAP"]
    for stage in ("search", "retrain"):
        assert again[f"{stage}_seconds"] > 0
        assert again[f"{stage}_peak_mib"] > 50
    whole, cut = ((tmp_path / name / "retrain/network.safetensors").read_bytes() for name in ("whole", "cut"))
    assert whole == cut


@pytest.mark.slow
def test_a_job_that_cannot_work_says_so_in_one_line(tmp_path, people):
    spec = {**tiny(people), "search": {**tiny(people)["search"], "strategy": "Nothing"}}
    with pytest.raises(NasreidError, match=r"search in .* ended with status 2: nasreid: 'Nothing' is not among our"):
        perform(spec, str(tmp_path / "job"))


RECIPE = """
data-synthesize: {identities: 4, test_identities: 2, cameras: 2, shots: 2, height: 32, width: 16}
search: {epochs: 2, force: false, dry_run: false, devices: 1}
retrain: {epochs: 3, force: false}
"""


@pytest.mark.parametrize("domain", [0, 1])
def test_without_data_the_embedded_people_are_drawn_beside_the_runs(tmp_path, monkeypatch, domain):
    told = []
    monkeypatch.setattr(Comparison, "run", lambda self, *_, **__: told.append(self) or RAN)
    (tmp_path / "grid.yaml").write_text(RECIPE)
    monkeypatch.setattr("nasreid.cli.compare.write", lambda folder: None)
    (tmp_path / "compare.md").write_text("the tables")
    assert main(["compare", "--config", str(tmp_path / "grid.yaml"), "--output", str(tmp_path), "--domain", str(domain),
                 "--genotypes", "msinet", "osnet", "--reference", "osnet", "--seeds", "1", "--quiet"]) == 0
    assert list(told[0].all_variants()) == ["msinet", "osnet"]
    assert len(list(Path(told[0].data).rglob("*.jpg"))) > 10
    assert (told[0].target is not None) == (domain != 0)
    assert told[0].common["retrain"] == {"epochs": 3}
    if domain:
        assert told[0].target != told[0].data
        names = [{path.name for path in Path(root).rglob("*.jpg")} for root in (told[0].data, told[0].target)]
        assert names[0] == names[1]

"""The checklist answers from what the jobs recorded: each answer can become yes, no and not recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from nasreid.pictures.report.checklist import checklist
from nasreid.pictures.report.page import write
from nasreid.pictures.report.records import flat, jobs

MACHINE = {"processor": "Chip 9", "cores": 8, "threads": 1, "device": "cpu", "nasreid": "0.1.0", "torch": "2.4"}
SEARCH = {"nasreid": "0.1.0", "command": "search", "data": "people", "layout": "market1501", "data_args": {},
          "space": "MSI", "space_args": {"width_multiplier": 0.25}, "strategy": "TCM", "seed": 0}
RETRAIN = {"nasreid": "0.1.0", "command": "retrain", "data": "people", "layout": "market1501", "data_args": {},
           "genotype": "g.json", "seed": 0, "epochs": 3, "objectives": [{"objective": "Triplet"}]}
RESULT = {"seed": 0, "steps": 8, "images": 64, "seconds": 1.5, "splits": ["train"], "machine": MACHINE}
ASKED = {"data": "All methods use the same data and split", "recipe": "Found networks are trained by one recipe",
         "budget": "The same budget for every search", "test": "The test set did not guide the search",
         "time": "Time and hardware are reported", "space": "All methods use the same search space",
         "confounders": "Confounders are controlled", "random": "Random search is a baseline",
         "code": "Code of the search methods is released", "options": "Hyper-parameters are released",
         "protocol": "The metric and its protocol are stated", "failed": "Nothing that failed is left out",
         "pipeline": "Code of the training pipeline is released", "seeds": "Several runs with different seeds"}


def compared(root: Path) -> Path:
    """A finished comparison of TCM with Random in two seeds, made by hand, in which everything is as it should be."""
    rows = []
    for variant in ("TCM", "Random"):
        for seed in (0, 1):
            job = root / "jobs" / f"{variant}-{seed}"
            put(job / "job.yaml", {"search": {"strategy": variant}, "retrain": {"epochs": 3}})
            put(job / "search" / "config.yaml", {**SEARCH, "strategy": variant, "seed": seed})
            put(job / "search" / "result.json", {**RESULT, "images": 64 if variant == "TCM" else 0})
            put(job / "retrain" / "config.yaml", {**RETRAIN, "seed": seed, "genotype": f"{variant}{seed}.json"})
            put(job / "retrain" / "result.json", RESULT)
            rows.append({"variant": variant, "seed": seed, "mAP": 30.0 + seed, "protocol": "rule", "queries": 9,
                         "parameters": 10, "multiply_adds": 5e6, "search_images": 64, "search_seconds": 1.0,
                         "choices": json.dumps({"s1": "a"}), "folder": str(job)})
    pd.DataFrame(rows).to_csv(root / "runs.csv", index=False)
    put(root / "compare.json", {"data": "people", "reference": "Random", "metric": "mAP", "failed": {}})
    return root


def put(path: Path, record: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record) if path.suffix == ".json" else yaml.safe_dump(record))


def doctored(root: Path, file: str, **changes: Any) -> None:
    """Change a record; None takes the entry away."""
    path = root / file
    record = yaml.safe_load(path.read_text()) | changes
    put(path, {name: value for name, value in record.items() if value is not None})


def answers(root: Path) -> dict[str, str]:
    frame = pd.read_csv(root / "runs.csv")
    found = checklist(frame, jobs(frame), json.loads((root / "compare.json").read_text()))
    return {answer.practice: answer.kept for answer in found}


def test_everything_that_was_recorded_and_kept_is_a_yes(tmp_path):
    found = answers(compared(tmp_path))
    assert {practice for practice, kept in found.items() if kept != "yes"} == {
        "Ablations of the method's ingredients", "How hyper-parameters of the methods were tuned is told",
        "Surrogate benchmarks or a ground truth are used where possible"}


S, R = "jobs/TCM-1/search", "jobs/Random-1/retrain"
NO = [("data", f"{R}/config.yaml", {"data": "others"}), ("data", f"{S}/config.yaml", {"layout": "veri776"}),
      ("recipe", f"{R}/config.yaml", {"epochs": 4}),
      ("recipe", f"{R}/config.yaml", {"objectives": [{"objective": "Triplet", "args": {"margin": 1}}]}),
      ("test", f"{S}/result.json", {"splits": ["gallery", "query", "train"]}),
      ("time", f"{R}/result.json", {"machine": {**MACHINE, "processor": "Chip 1"}}),
      ("confounders", f"{R}/result.json", {"machine": {**MACHINE, "torch": "2.5"}}),
      ("space", f"{S}/config.yaml", {"space_args": {}}), ("failed", "compare.json", {"failed": {"TCM, seed 2": "no"}})]
MISSING = [("data", f"{R}/config.yaml", {"data": None}), ("recipe", f"{R}/config.yaml", dict.fromkeys(RETRAIN)),
           ("budget", f"{S}/result.json", {"images": None}), ("test", f"{S}/result.json", {"splits": None}),
           ("time", f"{R}/result.json", {"machine": None}), ("time", f"{S}/result.json", {"seconds": None}),
           ("confounders", f"{R}/result.json", {"machine": None}), ("space", f"{S}/config.yaml", {"space": None}),
           ("code", f"{S}/config.yaml", {"nasreid": None}), ("options", f"{S}/config.yaml", dict.fromkeys(SEARCH)),
           ("pipeline", f"{R}/config.yaml", {"nasreid": None}), ("failed", "compare.json", {"failed": None})]


@pytest.mark.parametrize(("what", "file", "changes"), NO)
def test_what_the_records_deny_is_a_no(tmp_path, what, file, changes):
    doctored(compared(tmp_path), file, **changes)
    assert answers(tmp_path)[ASKED[what]] == "no"


@pytest.mark.parametrize(("what", "file", "changes"), MISSING)
def test_what_one_job_does_not_say_is_not_recorded(tmp_path, what, file, changes):
    doctored(compared(tmp_path), file, **changes)
    assert answers(tmp_path)[ASKED[what]] == "not recorded"
    assert 'class="unknown">not recorded' in write(tmp_path).read_text()


def test_a_torn_record_is_none(tmp_path):
    (compared(tmp_path) / "jobs/TCM-0/search/result.json").write_text('{"images": 6')
    assert answers(tmp_path)[ASKED["budget"]] == "not recorded"


def test_budgets_are_medians_over_the_seeds_of_what_trains(tmp_path):
    compared(tmp_path)
    for seed in (0, 1):
        doctored(tmp_path, f"jobs/Random-{seed}/search/result.json", images=67)
    assert answers(tmp_path)[ASKED["budget"]] == "yes"
    for seed in (0, 1):
        doctored(tmp_path, f"jobs/Random-{seed}/search/result.json", images=68)
    assert answers(tmp_path)[ASKED["budget"]] == "no"


def test_a_baseline_is_a_strategy_and_not_a_name(tmp_path):
    compared(tmp_path)
    for seed in (0, 1):
        doctored(tmp_path, f"jobs/Random-{seed}/search/config.yaml", strategy="Gumbel")
    assert answers(tmp_path)[ASKED["random"]] == "no"
    doctored(tmp_path, "jobs/Random-0/search/config.yaml", strategy=None)
    assert answers(tmp_path)[ASKED["random"]] == "not recorded"


def test_code_of_your_own_is_yours_to_release(tmp_path):
    doctored(compared(tmp_path), "jobs/TCM-0/search/config.yaml", strategy="./mine.py:Mine")
    found = answers(tmp_path)
    assert (found[ASKED["code"]], found[ASKED["pipeline"]]) == ("yours", "yes")


def test_runs_without_their_protocol_or_seeds_are_told(tmp_path):
    runs = pd.read_csv(compared(tmp_path) / "runs.csv")
    runs.drop(columns="protocol").query("seed == 0").to_csv(tmp_path / "runs.csv", index=False)
    found = answers(tmp_path)
    assert (found[ASKED["protocol"]], found[ASKED["confounders"]]) == ("not recorded", "not recorded")
    assert found[ASKED["seeds"]] == "no"


def test_the_page_names_the_machine_of_the_runs_and_not_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "writer")
    page = write(compared(tmp_path)).read_text()
    assert "Ran on Chip 9, 8 cores, 1 threads, device cpu. nasreid 0.1.0, torch 2.4." in page
    assert "writer" not in page
    for name in ("TCM-0", "TCM-1", "Random-0", "Random-1"):
        for stage in ("search", "retrain"):
            doctored(tmp_path, f"jobs/{name}/{stage}/result.json", machine=None)
    page = write(tmp_path).read_text()
    assert "Ran on a machine that is not recorded. Versions are not recorded." in page


def test_configurations_in_a_section_and_flat_ones_of_old_are_read(tmp_path):
    compared(tmp_path)
    for path in tmp_path.glob("jobs/*/*/config.yaml"):
        old = yaml.safe_load(path.read_text())
        version, command = old.pop("nasreid"), old.pop("command")
        put(path, {"nasreid": version, command: old})
    found = answers(tmp_path)
    assert {found[ASKED[what]] for what in ("data", "recipe", "space", "random", "code")} == {"yes"}
    doctored(tmp_path, "jobs/TCM-0/retrain/config.yaml", retrain={**RETRAIN, "epochs": 4})
    assert answers(tmp_path)[ASKED["recipe"]] == "no"
    assert dict(flat({"a": (1, {"b": 2})})) == {"a.0": 1, "a.1.b": 2}

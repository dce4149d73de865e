"""The demonstration: people, three searches, three retrainings, one table. Every stage is a command of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.files import write_text
from nasreid.run import RESULT

STRATEGIES = {"TCM": "tcm", "CEDarts": "ce-darts", "Random": "random"}


def run(output: Path, seed: int, quiet: bool) -> pd.DataFrame:
    """Fill `output`; stages that are finished are not repeated. Returns the table, also in output/table.csv."""
    data = str(output / "data")
    common = ["--seed", str(seed), *(["--quiet"] if quiet else [])]
    _stage("1/4 people: drawing the embedded data set")
    _call("data", "synthesize", "--config", "demo", "--root", data, *common)
    rows = []
    for strategy, name in STRATEGIES.items():
        found, trained = output / f"search-{name}", output / f"retrain-{name}"
        _stage(f"2/4 search: MSI with {strategy}")
        _once(found, "search", "--config", "demo", "--strategy", strategy, "--data", data, "--output", str(found),
              *common)
        _stage(f"3/4 retrain: the genotype of {strategy}")
        _once(trained, "retrain", "--config", "demo", "--genotype", str(found / "genotype.json"), "--data", data,
              "--output", str(trained), *common)
        _stage(f"4/4 evaluate: the network of {strategy}")
        scores = trained / "scores.json"
        _call("evaluate", "--run", str(trained), "--data", data, "--output", str(scores), "--pictures",
              str(trained / "ranked.png"), *(["--quiet"] if quiet else []))
        rows.append(_row(strategy, found, trained, scores))
    table = pd.DataFrame(rows)
    write_text(output / "table.csv", table.to_csv(index=False))
    print()
    print(table.to_string(index=False))
    print(f"\ndiagram: {output / 'search-tcm' / 'genotype.svg'}")
    print(f"ranked lists: {output / 'retrain-tcm' / 'ranked.png'}")
    return table


def _row(strategy: str, found: Path, trained: Path, scores: Path) -> dict[str, Any]:
    search, retrain, score = (json.loads(p.read_text()) for p in (found / RESULT, trained / RESULT, scores))
    return {"genotype": strategy, "mAP": score["mAP"], "rank-1": score["rank-1"],
            "parameters": retrain["parameters"], "multiply-adds": retrain["multiply_adds"],
            "search s": search["seconds"], "retrain s": retrain["seconds"]}


def _once(folder: Path, *arguments: str) -> None:
    if (folder / RESULT).is_file():
        print(f"{folder} is finished")
    else:
        _call(*arguments)


def _call(*arguments: str) -> None:
    run_command: Callable[..., int] = main
    status = run_command(list(arguments))
    if status:
        raise NasreidError(f"the stage `nasreid {' '.join(arguments)}` ended with status {status}")


def _stage(text: str) -> None:
    print(f"\n== {text}", flush=True)

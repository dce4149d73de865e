"""Searches that a table of truth judges: every search is run, no network is trained; scores are looked up.

Chance is known exactly from the table, so no baseline is added; what a search found is a matter of its seed and of
the seed that its network would have been trained with, and the table has several of those.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import build, over
from nasreid.errors import NasreidError
from nasreid.evaluation import diagnostics, statistics
from nasreid.experiments.runs import SearchRun
from nasreid.experiments.table_search import Player, curves, play
from nasreid.experiments.trial_options import TrialOptions
from nasreid.experiments.truth import Truth
from nasreid.experiments.workers import Task, Workers, concluded
from nasreid.files import Document, read_json
from nasreid.mutation import decisions
from nasreid.network.build import open_space
from nasreid.plugins import MULTI_TRIAL
from nasreid.run import RESULT
from nasreid.training.search import Search

LEDGER, SEARCHES = "ledger.sqlite", "searches"


def work(spec: Document, folder: str, threads: int = 1,
         children: set[subprocess.Popen[bytes]] | None = None) -> Document:
    """One search, in a run folder of its own, where it goes on if it was cut off; returns what it found and cost."""
    genotype = made(spec).run(folder)
    result = read_json(Path(folder) / RESULT, "result")
    found: Document = {"choices": genotype.choices, "steps": result["steps"], "images": result.get("images", 0),
                       "seconds": result["seconds"]}
    probabilities = genotype.provenance.get("probabilities")
    if probabilities:
        found["probabilities"] = probabilities
        every = [diagnostics.entropy(np.array(list(row.values()))) for row in probabilities.values()]
        found["entropy"] = round(float(np.mean(every)), 4)
    return found


def _open(found: dict[str, set[str]], label: str) -> str:
    return f"{label} is one of {', '.join(sorted(found[label]))}" if label in found else f"there is no {label}"


def made(spec: Document) -> SearchRun:
    """The search that a document means."""
    return build(SearchRun, {**spec, "quiet": True, "draw": False}, "search")


@dataclass(frozen=True)
class TableComparison:
    """variants {name: options of `nasreid search` that differ from the `common` ones}, each with every seed.

    place: {data, layout, data_args} of the images that are searched on. truth judges; drawn: of its seeds, one for
    each seed of the comparison, the same for all variants.
    """

    variants: dict[str, Options]
    common: Options
    place: Options
    truth: Truth
    seeds: Sequence[int] = (0, 1, 2, 3, 4)
    metric: str = "mAP"
    others: dict[str, Truth] = field(default_factory=dict)

    def tasks(self, output: Path) -> list[Task]:
        """The searches to be run. Seeds outermost: a comparison that is cut off has whole seeds."""
        every = [self._task(output, name, seed) for seed in self.seeds for name in self.variants]  # refuses, too
        looked_up = self.by_trials()
        return [task for task in every if task.whose()[0] not in looked_up]

    def by_trials(self) -> dict[str, Player]:
        """The variants whose trials are looked up, too."""
        every = {name: over(self.common, options) for name, options in self.variants.items()}
        return {name: Player(options["strategy"], options.get("strategy_args", {}))
                for name, options in every.items() if options.get("strategy") in MULTI_TRIAL}

    def trials(self, name: str) -> int:
        """How many a search by trials has: as it says, or as many trainings as show the images of the budget."""
        options = over(self.common, self.variants[name])
        if "trials" in options or "images" not in options:
            return int(options.get("trials", TrialOptions().trials))
        if "images" not in self.truth.facts:
            raise NasreidError(f"images is {options['images']} for the variant {name!r}, and the table has no column "
                               "images, which says what a training costs; expected trials")
        return max(1, int(options["images"] / self.truth.facts["images"].mean()))

    def run(self, output: str | Path, workers: Workers, again: bool = False, quiet: bool = False) -> pd.DataFrame:
        """Run what is missing; one row for each search: variant, seed, the metric, regret, rank, costs, choices.

        The same call goes on where an earlier one ended.
        """
        output = Path(output)
        tasks = self.tasks(output)
        self._known_decisions(tasks)
        done, failed = concluded(tasks, output / LEDGER, workers, "searches", again, quiet)
        rows = [self._row(task, result) for task, result in done]
        if failed:
            name, why = next(iter(failed.items()))
            raise NasreidError(f"{len(failed)} of {len(tasks)} searches failed; the first, {name}: {why}; --again "
                               "tries them once more")
        if tasks and not rows:
            raise NasreidError(f"all {len(tasks)} searches were ended from outside; the same command goes on with them")
        rows += [self._played(name, player, seed) for seed in self.seeds for name, player in self.by_trials().items()]
        order = list(self.variants)
        rows.sort(key=lambda row: (row["seed"], order.index(row["variant"])))
        return pd.DataFrame(rows)

    def followed(self, trials: int) -> pd.DataFrame | None:
        """The searches by trials for so many whole trainings, whatever their own budget (`table_search.curves`)."""
        players = self.by_trials()
        return curves(self.truth, players, trials, self.seeds) if players and trials else None

    def judged(self, choices: dict[str, str], seed: int) -> Document:
        """What the table says of a choice: the score with one of its seeds, regret and rank of the mean over them."""
        drawn = self.truth.seed_numbers[np.random.default_rng(seed).integers(self.truth.seeds)]
        found = self.truth.judge(choices)
        row: Document = {self.metric: self.truth.score(choices, drawn), "regret": found["regret"],
                         "chance": found["chance"], "rank": found["rank"], "of": found["of"]}
        for name, truth in self.others.items():
            row |= {f"{name} {self.metric}": truth.score(choices, drawn),
                    f"{name} regret": truth.judge(choices)["regret"]}
        return row

    def _task(self, output: Path, name: str, seed: int) -> Task:
        spec = {**over(self.common, self.variants[name]), **self.place, "seed": seed}
        spec.pop("retrain", None)
        made(spec).read()  # what is misspelt is refused before the first job
        return Task.of(name, seed, spec, output / SEARCHES)

    def _known_decisions(self, tasks: Sequence[Task]) -> None:
        """NasreidError, before the first search, where one decides something else than the table."""
        spaces: dict[str, tuple[str, Search]] = {}
        for task in tasks:
            search = made(task.spec).read().one_shot()
            spaces.setdefault(f"{search.space} {search.space_args}", (task.whose()[0], search))
        ours = dict(zip(self.truth.labels, map(set, self.truth.names.T.tolist()), strict=True))
        for variant, search in spaces.values():
            opened = decisions(open_space(search.space, search.space_args))
            found = {label: set(names) for label, names in opened.items()}
            if found != ours:
                wrong = next(label for label in [*found, *ours] if found.get(label) != ours.get(label))
                raise NasreidError(f"variant {variant!r} searches {search.space}, where {_open(found, wrong)}; "
                                   f"expected the decisions of the table, where {_open(ours, wrong)}")

    def _played(self, name: str, player: Player, seed: int) -> Document:
        played = play(self.truth, player.strategy, self.trials(name), seed, player.args, player.epochs)
        best = int(played["place"].to_numpy()[played["seen"].to_numpy().argmax()])
        choices, last = self.truth.architectures()[best], played.iloc[-1]
        return {"variant": name, "seed": seed, **self.judged(choices, seed), "steps": 0, "images": last["images"],
                "seconds": last["seconds"], "trials": len(played), "choices": json.dumps(choices), "folder": ""}

    def _row(self, task: Task, result: Document) -> Document:
        variant, seed = task.whose()
        taus = {}
        if "probabilities" in result:
            from nasreid.experiments.judged import by_probability

            taus["tau"] = self.truth.tau(by_probability(self.truth, result["probabilities"]))
        return {"variant": variant, "seed": seed, **self.judged(result["choices"], seed), **taus,
                **{name: result[name] for name in ("entropy", "steps", "images", "seconds") if name in result},
                "choices": json.dumps(result["choices"]), "folder": task.folder}


def summary(frame: pd.DataFrame, metric: str = "mAP") -> pd.DataFrame:
    """A row a variant: n, regret (mean) with sd and its 95 % interval (low, high; never below 0, as no regret is),
    chance, share (regret / chance), the metric, and medians of images and seconds."""
    table = statistics.summary(frame, "regret").rename(columns={"mean": "regret"})
    table["low"] = table["low"].clip(lower=0.0)
    groups = frame.groupby("variant", sort=False)
    table["chance"] = groups["chance"].first().to_numpy()
    table["share"] = table["regret"] / table["chance"]
    table[metric] = groups[metric].mean().to_numpy()
    for name in [str(column) for column in frame if str(column).endswith(" regret")]:
        table[name] = groups[name].mean().to_numpy()
    for name in ("images", "seconds"):
        table[name] = groups[name].median().to_numpy()
    return table


"""nasreid exhaust and nasreid truth: every architecture of a small space, and searches judged by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from nasreid.arguments import Options
from nasreid.cli.recipe import recipe
from nasreid.configuration import How, Place, build, over
from nasreid.errors import NasreidError
from nasreid.experiments.exhaust import TABLE, Exhaust
from nasreid.experiments.judged import judged
from nasreid.experiments.pool import Pool
from nasreid.experiments.runs import DataSet, RetrainRun, confirmed, fixed
from nasreid.experiments.trial import measure
from nasreid.experiments.truth import Truth
from nasreid.files import write_text
from nasreid.ranges import PROCESSES, SEEDS, real, whole


@dataclass(frozen=True)
class ExhaustCommand:
    """Train every architecture of a small space with each seed and keep one table: the truth to judge a search by."""

    data: DataSet
    output: Annotated[str, "folder; the same command goes on there and repeats nothing"]
    space: Annotated[str, "search space"] = "MSI"
    space_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
    fix: Annotated[Sequence[str], "decisions that are made, each as label=candidate; labels may be patterns: "
                                  "cell[1-4].*=none"] = ()
    seeds: Annotated[int, "number of seeds"] = 3
    first_seed: Annotated[int, "the first of them"] = 0
    retrain: Annotated[Options, "options of retrain, over those of the recipe"] = field(default_factory=dict)
    recipe: Annotated[str, "recipe whose section retrain says how each is trained"] = "demo"
    workers: Annotated[int, "trainings at a time", How] = 1
    threads: Annotated[int, "threads of each; sums of floats depend on it"] = 1
    most: Annotated[int, "more architectures than that are refused"] = 512
    again: Annotated[bool, "try trainings that failed again", How] = False
    quiet: Annotated[bool, "no progress", How] = False

    def __post_init__(self) -> None:
        whole(self, 1, 10_000, "seeds")
        whole(self, 0, SEEDS[1] - 10_000, "first_seed")
        whole(self, 1, PROCESSES[1], "workers", "threads")
        whole(self, 1, 10**9, "most")

    def __call__(self) -> None:
        name, arguments = fixed(self.space, self.space_args, self.fix)
        options = over(recipe(self.recipe).get("retrain", {}), self.retrain)
        like = build(RetrainRun, {**options, "data": self.data.data, "space": confirmed(self.space), "genotype": {
            "space": name, "arguments": arguments, "choices": {}}}, "retrain").checked()
        seeds = range(self.first_seed, self.first_seed + self.seeds)
        run = Exhaust(name, arguments, like, self.data.listed().record(), seeds, self.most)
        table = run.run(self.output, Pool(self.workers, measure, self.threads), self.again, self.quiet)
        missing = len(run.tasks(Path(self.output))) - len(table)
        if missing:
            raise NasreidError(f"{missing} trainings failed twice, see {Path(self.output) / 'ledger.sqlite'}; --again "
                               "tries them once more")
        print(f"table: {Path(self.output) / TABLE}, {len(table)} trainings, mAP {table['mAP'].min():.2f} to "
              f"{table['mAP'].max():.2f}")


@dataclass(frozen=True)
class Judge:
    """Judge searches by the truth: regret and rank of what they chose, and Kendall's tau of what they preferred."""

    table: Annotated[str, "table of nasreid exhaust", Place]
    runs: Annotated[Sequence[str], "run folders of searches on that space"] = ()
    data: Annotated[str | None, "data set; also judges by the shared weights of each run's supernet"] = None
    layout: Annotated[str, "its layout"] = "market1501"
    data_args: Annotated[Options, "options of the layout"] = field(default_factory=dict)
    validation: Annotated[float, "share of the training identities that shared weights are scored on"] = 0.25
    metric: Annotated[str, "column of the table"] = "mAP"
    output: Annotated[str | None, "write the rows to this .csv file"] = None
    skip_broken: Annotated[bool, "leave out images that cannot be decoded, instead of refusing them"] = False
    quiet: Annotated[bool, "no progress"] = False

    def __post_init__(self) -> None:
        real(self, 0, 1, "validation", open_below=True, open_above=True)

    def __call__(self) -> None:
        if not self.runs:
            raise NasreidError("nothing to judge: expected --runs and run folders of searches")
        place = None
        if self.data is not None:
            place = DataSet(self.data, self.layout, self.data_args, self.skip_broken).record()
        rows = judged(self.table, self.runs, place, self.validation, self.metric, self.quiet)
        if self.output is not None:
            write_text(self.output, rows.to_csv(index=False))
        print(rows.round(3).to_string(index=False))
        truth = Truth.load(self.table, self.metric)
        share, chance = truth.explained()
        print(f"table: {len(truth.scores)} architectures, {truth.seeds} seeds; single decisions explain {share:.0%} of "
              f"its variance, of noise they would explain {chance:.0%}")

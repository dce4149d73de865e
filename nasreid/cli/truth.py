"""nasreid exhaust and nasreid truth: every architecture of a small space, and searches judged by them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import pandas as pd

from nasreid.arguments import Options
from nasreid.cli.recipe import recipe
from nasreid.configuration import How, Place, build, over
from nasreid.errors import NasreidError
from nasreid.experiments.entry import measure
from nasreid.experiments.exhaust import LEDGER, PILOT, TABLE, Exhaust
from nasreid.experiments.judged import Sharing, judged, trusted
from nasreid.experiments.pool import Pool
from nasreid.experiments.proxies import worth
from nasreid.experiments.runs import DataSet, RetrainRun, confirmed, fixed
from nasreid.experiments.trust import told, trust
from nasreid.experiments.truth import TRUSTED, Truth, place_of
from nasreid.files import read_table, write_text
from nasreid.ranges import PROCESSES, SEEDS, real, whole

SEEDS_OF_A_TABLE, SEEDS_OF_A_PILOT = 3, 2


@dataclass(frozen=True)
class ExhaustCommand:
    """Train every architecture of a small space with each seed and keep one table: the truth to judge a search by.

    It says how far the table can be trusted; --pilot predicts that from a few architectures, of a space of any size.
    A training that is cut off begins anew; what was finished is not repeated.
    """

    data: DataSet
    output: Annotated[str, "folder; the same command goes on there and repeats nothing"]
    space: Annotated[str, "search space"] = "MSI"
    space_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
    fix: Annotated[Sequence[str], "decisions that are made, each as label=candidate; labels may be patterns: "
                                  "cell[1-4].*=none"] = ()
    test: Annotated[Sequence[str], "further test sets, each as NAME=ROOT, in the layout of the data"] = ()
    protocol: Annotated[str | None, "how test sets are scored; default: as their layout is"] = None
    seeds: Annotated[int | None, "number of seeds; default: 3, or 2 of a pilot"] = None
    first_seed: Annotated[int, "the first of them"] = 0
    reliability: Annotated[float | None, "add seeds until the mean of an architecture is as reliable, 0 to 1"] = None
    most_seeds: Annotated[int, "but no more seeds than that"] = 6
    pilot: Annotated[int | None, "train only so many random architectures, to predict what the table is worth"] = None
    last_only: Annotated[bool, "score after the last epoch only, not after each"] = False
    retrain: Annotated[Options, "options of retrain, over those of the recipe"] = field(default_factory=dict)
    recipe: Annotated[str, "recipe whose section retrain says how each is trained"] = "demo"
    workers: Annotated[int, "trainings at a time", How] = 1
    threads: Annotated[int, "threads of each; sums of floats depend on it"] = 1
    most: Annotated[int, "more architectures than that are refused"] = 2048
    again: Annotated[bool, "try trainings that failed again", How] = False
    quiet: Annotated[bool, "no progress", How] = False

    def __post_init__(self) -> None:
        whole(self, 1, 10_000, "seeds", "most_seeds")
        whole(self, 0, SEEDS[1] - 10_000, "first_seed")
        whole(self, 1, PROCESSES[1], "workers", "threads")
        whole(self, 1, 10**9, "most")
        whole(self, 2, 10**6, "pilot")
        real(self, 0, 1, "reliability", open_below=True, open_above=True)

    def __call__(self) -> None:
        number = self.seeds or (SEEDS_OF_A_TABLE if self.pilot is None else SEEDS_OF_A_PILOT)
        workers = Pool(self.workers, measure, self.threads)
        while True:
            run = self._run(number)
            table = run.run(self.output, workers, self.again, self.quiet, self.pilot)
            missing = len(run.tasks(Path(self.output), self.pilot)) - len(table)
            if missing:
                raise NasreidError(f"{missing} trainings failed twice, see {Path(self.output) / LEDGER}; --again tries "
                                   "them once more")
            found = Truth.of(table).reliability()
            if self.reliability is None or number >= self.most_seeds or found.icc >= self.reliability:
                break
            number += 1
        where = Path(self.output) / (TABLE if self.pilot is None else PILOT)
        print(f"table: {where}, {len(table)} trainings, mAP {table['mAP'].min():.2f} to {table['mAP'].max():.2f}")
        print("\n".join(told(table)))

    def _run(self, seeds: int) -> Exhaust:
        name, arguments = fixed(self.space, self.space_args, self.fix)
        options = over(recipe(self.recipe).get("retrain", {}), self.retrain)
        typed = confirmed(self.space, self.space_args)
        like = build(RetrainRun, {**options, "data": self.data.data, "space": typed, "genotype": {
            "space": name, "arguments": arguments, "choices": {}}}, "retrain").checked()
        own = {} if self.protocol is None else {"protocol": self.protocol}
        tests = {}
        for entry in self.test:
            test, equals, root = entry.partition("=")
            if not equals or not test.isidentifier() or test in tests:
                raise NasreidError(f"test {entry!r}: expected NAME=ROOT, each name once, of letters and digits")
            tests[test] = {**replace(self.data, data=root).listed().record(), **own}
        return Exhaust(name, arguments, like, {**self.data.listed().record(), **own},
                       range(self.first_seed, self.first_seed + seeds), self.most, tests, not self.last_only)


@dataclass(frozen=True)
class Judge:
    """What a table of truth says of itself; with --runs, judge searches by it: regret and rank of what they chose, and
    Kendall's tau of what they preferred.
    """

    table: Annotated[str, "table of nasreid exhaust, or one that ships: micro", Place]
    runs: Annotated[Sequence[str], "run folders of searches on that space"] = ()
    data: Annotated[str | None, "data set; also judges by the shared weights of each run's supernet"] = None
    layout: Annotated[str, "its layout"] = "market1501"
    data_args: Annotated[Options, "options of the layout"] = field(default_factory=dict)
    validation: Annotated[float, "share of the training identities that shared weights are scored on"] = 0.25
    recalibration: Annotated[int, "images that give each architecture BatchNorm statistics of its own, with shared "
                                  "weights; what the supernet's own say stands beside, as tau_shared_0"] = 512
    architectures: Annotated[int | None, "how many of the table shared weights are judged on, drawn; default: all"
                             ] = None
    metric: Annotated[str, 'column of the table, such as mAP, "unseen mAP" or mAP@3'] = "mAP"
    json: Annotated[bool, "print one JSON object instead"] = False
    unreliable: Annotated[bool, f"judge by a table even if its reliability is below {TRUSTED}"] = False
    proxies: Annotated[str | None, "space of the table: what zero-cost proxies of its networks are worth"] = None
    space_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
    output: Annotated[str | None, "write the rows to this .csv file"] = None
    skip_broken: Annotated[bool, "leave out images that cannot be decoded, instead of refusing them"] = False
    quiet: Annotated[bool, "no progress"] = False

    def __post_init__(self) -> None:
        real(self, 0, 1, "validation", open_below=True, open_above=True)
        whole(self, 0, 1_000_000, "recalibration")
        whole(self, 2, 10**9, "architectures")

    def __call__(self) -> None:
        table = read_table(place_of(self.table), numbers=("seed", self.metric))
        found, rows = trust(table, self.metric), self._rows() if self.runs else None
        if self.output is not None:
            if rows is None:
                raise NasreidError("nothing to write: expected --runs and run folders of searches")
            write_text(self.output, rows.to_csv(index=False))
        if self.json:
            runs = {} if rows is None else {"runs": rows.astype(object).where(rows.notna(), None).to_dict("records")}
            print(json.dumps({**found, **runs}, indent=2))
            return
        if rows is not None:
            print(rows.round(3).to_string(index=False))
        if self.proxies is not None:
            rated = worth(trusted(self.table, self.metric, self.unreliable), self.proxies, self.space_args, self.quiet)
            print(rated.round(3).to_string(index=False))
        print(f"table: {found['architectures']} architectures, {found['seeds']} seeds")
        print("\n".join(told(table)))

    def _rows(self) -> pd.DataFrame:
        known, sharing = trusted(self.table, self.metric, self.unreliable), None
        if self.data is not None:
            sharing = Sharing(DataSet(self.data, self.layout, self.data_args, self.skip_broken).record(),
                              self.validation, self.recalibration, self.architectures)
        return judged(known, self.runs, sharing, self.quiet)

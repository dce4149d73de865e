"""The commands that train many architectures apart, and the multi-trial half of search; all that is heavy is imported
inside."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.commands_data import Broken, Data, DataArgs, Layout, Quiet
from nasreid.errors import NasreidError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from nasreid.genotype import Genotype

TRIAL_OPTIONS = ("trials", "trial_epochs", "validation", "concurrent", "evaluator", "supernet")

Fix = Annotated[list[str], "decisions that are made, each as label=candidate; labels may be patterns: cell[1-4].*=none"]


def exhaust(*, data: Data, output: Annotated[str, "folder; the same command goes on there and repeats nothing"],
            layout: Layout = "market1501", data_args: DataArgs = {},  # noqa: B006
            space: Annotated[str, "search space"] = "MSI",
            space_args: Annotated[dict, "its arguments"] = {},  # noqa: B006
            fix: Fix = [],  # noqa: B006
            seeds: Annotated[int, "number of seeds"] = 3, first_seed: Annotated[int, "the first of them"] = 0,
            retrain: Annotated[dict, "options of retrain, over those of the recipe"] = {},  # noqa: B006
            recipe: Annotated[str, "recipe whose section retrain says how each is trained"] = "demo",
            workers: Annotated[int, "trainings at a time"] = 1,
            threads: Annotated[int, "threads of each; sums of floats depend on it"] = 1,
            most: Annotated[int, "more architectures than that are refused"] = 512,
            again: Annotated[bool, "try trainings that failed again"] = False, skip_broken: Broken = False,
            quiet: Quiet = False,
            config: Annotated[str | None, "recipe; its section exhaust gives options of this command"] = None) -> None:
    """Train every architecture of a small space with each seed and keep one table: the truth to judge a search by."""
    from nasreid.commands import training
    from nasreid.commands_compare import sections
    from nasreid.exhaust import TABLE, Exhaust
    from nasreid.genotype import Genotype
    from nasreid.pool import Pool
    from nasreid.trial import measure

    name, arguments = fixed(space, space_args, fix)
    like = training(Genotype(name, arguments, {}), {**sections(recipe)["retrain"], **retrain, "space": name})
    place = {"data": data, "layout": layout, "data_args": data_args, "skip_broken": skip_broken}
    run = Exhaust(name, arguments, like, place_of(place), range(first_seed, first_seed + seeds), most)
    table = run.run(output, Pool(workers, measure, threads), again, quiet)
    missing = len(run.tasks(Path(output))) - len(table)
    if missing:
        raise NasreidError(f"{missing} trainings failed twice, see {Path(output) / 'ledger.sqlite'}; --again tries "
                           "them once more")
    print(f"table: {Path(output) / TABLE}, {len(table)} trainings, mAP {table['mAP'].min():.2f} to "
          f"{table['mAP'].max():.2f}")


def truth(table: Annotated[str, "table of nasreid exhaust"], /, *,
          runs: Annotated[list[str] | None, "run folders of searches on that space"] = None,
          data: Annotated[str | None, "data set; also judges by the shared weights of each run's supernet"] = None,
          layout: Layout = "market1501", data_args: DataArgs = {},  # noqa: B006
          validation: Annotated[float, "share of the training identities that shared weights are scored on"] = 0.25,
          metric: Annotated[str, "column of the table"] = "mAP",
          output: Annotated[str | None, "write the rows to this .csv file"] = None, skip_broken: Broken = False,
          quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> None:
    """Judge searches by the truth: regret and rank of what they chose, and Kendall's tau of what they preferred."""
    if not runs:
        raise NasreidError("nothing to judge: expected --runs and run folders of searches")
    place = None if data is None else place_of({"data": data, "layout": layout, "data_args": data_args,
                                                "skip_broken": skip_broken})
    rows = judged(table, runs, place, validation, metric, quiet)
    if output is not None:
        from nasreid.files import write_text

        write_text(output, rows.to_csv(index=False))
    print(rows.round(3).to_string(index=False))
    from nasreid.truth import Truth

    known = Truth.load(table, metric)
    share, chance = known.explained()
    print(f"table: {len(known.scores)} architectures, {known.seeds} seeds; single decisions explain {share:.0%} of its "
          f"variance, of noise they would explain {chance:.0%}")


def judged(table: str, runs: Sequence[str | Path], place: dict[str, Any] | None, share: float = 0.25,
           metric: str = "mAP", quiet: bool = False) -> pd.DataFrame:
    """One row for each run folder of a search, see `nasreid.truth`; place: of the data, for shared weights."""
    import pandas as pd

    from nasreid.shared import WEIGHTS, scores
    from nasreid.truth import Truth, judge_run

    known = Truth.load(table, metric)
    rows = []
    for run in runs:
        shared = None
        if place is not None and (Path(run) / WEIGHTS).is_file():
            shared = scores(run, place, known.architectures(), share, quiet)
        rows.append({"run": str(run), **judge_run(known, run, shared)})
    return pd.DataFrame(rows)


def search_by_trials(given: dict[str, Any], asked: dict[str, Any]) -> Genotype:
    """The command search with a multi-trial strategy, from its arguments; asked: what config.yaml keeps of them."""
    from nasreid.commands import retrain, training
    from nasreid.genotype import Genotype
    from nasreid.multitrial import MultiTrial

    o = SimpleNamespace(**given)
    if o.architecture_objectives is not None:
        raise NasreidError(f"strategy {o.strategy!r} has no architecture step; expected no architecture objectives")
    if o.evaluator not in ("retrain", "supernet") or (o.evaluator == "supernet") != (o.supernet is not None):
        raise NasreidError(f"evaluator {o.evaluator!r} with supernet {o.supernet!r}: expected retrain, or supernet and "
                           "the run folder of a one-shot search")
    epochs = max(1, o.epochs // max(1, o.trials)) if o.trial_epochs is None else o.trial_epochs
    both = {name: value for name, value in given.items() if name in inspect.signature(retrain).parameters}
    like = training(Genotype(o.space, o.space_args, {}), {**both, "epochs": epochs, "space_args": {}})
    run = MultiTrial(o.space, o.space_args, o.strategy, o.strategy_args, like, place_of(given), o.trials, o.validation,
                     o.concurrent, None if o.supernet is None else str(Path(o.supernet).resolve()))
    if o.images is not None and o.trial_epochs is None:
        run = run.within(o.images)
    return run.run(o.output, asked, o.force)


def place_of(given: dict[str, Any]) -> dict[str, Any]:
    """Where the data are, for the document of a trial."""
    return {"data": str(Path(given["data"]).resolve()),
            **{name: given[name] for name in ("layout", "data_args", "skip_broken")}}


def fixed(space: str, space_args: dict[str, Any], fix: list[str]) -> tuple[str, dict[str, Any]]:
    """Name and arguments of the space in which the decisions of `fix` (label=candidate) are made."""
    if not fix:
        return space, space_args
    pairs = [entry.rpartition("=") for entry in fix]
    for entry, (label, _, name) in zip(fix, pairs, strict=True):
        if not label or not name:
            raise NasreidError(f"fix {entry!r}: expected label=candidate")
    return "Fixed", {"inner": space, "inner_args": space_args, "choices": {label: name for label, _, name in pairs}}

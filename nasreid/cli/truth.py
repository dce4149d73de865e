"""The commands that train many architectures apart, and the multi-trial half of search; all that is heavy is imported
inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from nasreid.cli.options import Broken, Data, DataArgs, Fix, Layout, Quiet, fixed, place_of
from nasreid.errors import NasreidError

if TYPE_CHECKING:


    pass


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
    from nasreid.cli.recipe import sections
    from nasreid.cli.retrain import training
    from nasreid.experiments.exhaust import TABLE, Exhaust
    from nasreid.experiments.pool import Pool
    from nasreid.experiments.trial import measure
    from nasreid.genotype import Genotype

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
    from nasreid.experiments.judged import judged

    rows = judged(table, runs, place, validation, metric, quiet)
    if output is not None:
        from nasreid.files import write_text

        write_text(output, rows.to_csv(index=False))
    print(rows.round(3).to_string(index=False))
    from nasreid.experiments.truth import Truth

    known = Truth.load(table, metric)
    share, chance = known.explained()
    print(f"table: {len(known.scores)} architectures, {known.seeds} seeds; single decisions explain {share:.0%} of its "
          f"variance, of noise they would explain {chance:.0%}")



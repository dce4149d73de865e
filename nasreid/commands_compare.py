"""The command that compares; whatever is heavy is imported inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.errors import NasreidError

if TYPE_CHECKING:
    from nasreid.fleet import Workers


def compare(*, data: Annotated[str, "root folder of the data set"],
            output: Annotated[str, "folder; the same command goes on there and repeats nothing"],
            layout: Annotated[str | None, "layout of the data set; default: market1501"] = None,
            data_args: Annotated[dict, "options of its layout"] = {},  # noqa: B006
            strategies: Annotated[list[str] | None, "names of variants, or of strategies; default: all variants of the "
                                                    "recipe"] = None,
            variants: Annotated[dict, "{name: options of search that differ; retrain: {…}; genotype: …}"] = {},  # noqa: B006
            space: Annotated[str | None, "search space, if not the recipe's"] = None,
            space_args: Annotated[dict, "its arguments"] = {},  # noqa: B006
            seeds: Annotated[int, "number of seeds"] = 5,
            first_seed: Annotated[int, "the first of them"] = 0,
            recipe: Annotated[str, "recipe with the sections search, retrain and evaluate that all share"] = "demo",
            reference: Annotated[str, "variant that the others are paired with"] = "Random",
            metric: Annotated[str, "mAP, rank-1, rank-5, rank-10, rank-20 or mINP"] = "mAP",
            workers: Annotated[int, "jobs at a time"] = 1,
            threads: Annotated[int, "threads of each job; sums of floats depend on it"] = 1,
            engine: Annotated[str, "processes, or ray (an existing cluster)"] = "processes",
            address: Annotated[str, "of the Ray cluster"] = "auto",
            gpus: Annotated[float, "GPUs of each job, under Ray"] = 0.0,
            again: Annotated[bool, "try jobs that failed again"] = False,
            quiet: Annotated[bool, "no progress"] = False,
            config: Annotated[str | None, "recipe; its section compare gives options of this command"] = None) -> None:
    """Search with each strategy and seed, retrain and evaluate all alike, and say what the difference is worth."""
    from nasreid.compare import TEXT, Comparison

    common = sections(recipe)
    changed = {"space": space, "space_args": space_args} if space else {"space_args": space_args} if space_args else {}
    chosen = {name: {**changed, **variants.get(name, {"strategy": name})} for name in strategies or variants}
    if not chosen:
        raise NasreidError("nothing to compare: expected --strategies, or a recipe with variants")
    comparison = Comparison(chosen, common, data, layout, data_args, range(first_seed, first_seed + seeds), reference,
                            metric, {**changed, "strategy": "Random"})
    frame = comparison.run(output, _workers(engine, workers, threads, address, gpus), again, quiet)
    print((Path(output) / TEXT).read_text(encoding="utf-8"))
    report(output)
    missing = len(comparison.tasks(Path(output))) - len(frame)
    if missing:
        raise NasreidError(f"{missing} jobs failed twice, see {Path(output) / TEXT}; --again tries them once more")


def report(folder: Annotated[str, "folder that nasreid compare filled"], /, *,
           config: Annotated[str | None, "recipe"] = None) -> None:
    """Write the report of a comparison anew: one HTML file with tables, intervals, diagrams and ranked lists."""
    from nasreid.report import write

    print(f"report: {write(folder)}")


def _workers(engine: str, count: int, threads: int, address: str, gpus: float) -> Workers:
    from nasreid.fleet import Processes, RayCluster

    if engine not in ("processes", "ray"):
        raise NasreidError(f"engine {engine!r}: expected processes or ray")
    return Processes(count, threads) if engine == "processes" else RayCluster(address, threads, gpus)


def sections(recipe: str) -> dict[str, dict[str, Any]]:
    """Sections search, retrain and evaluate of a recipe."""
    import yaml

    from nasreid.commands import recipe_path

    content = yaml.safe_load(recipe_path(recipe).read_text(encoding="utf-8"))
    return {name: dict(content.get(name, {})) for name in ("search", "retrain", "evaluate")}

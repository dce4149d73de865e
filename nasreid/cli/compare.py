"""The command that compares; whatever is heavy is imported inside."""

from __future__ import annotations

import inspect
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.cli.recipe import _recipe, sections
from nasreid.errors import NasreidError

if TYPE_CHECKING:
    import pandas as pd

    from nasreid.experiments.workers import Workers


def compare(*, output: Annotated[str, "folder; the same command goes on there and repeats nothing"],
            data: Annotated[str | None, "root folder of the data set; default: the embedded people, drawn into the "
                                        "output folder as the recipe says"] = None,
            layout: Annotated[str | None, "layout of the data set; default: market1501"] = None,
            data_args: Annotated[dict, "options of its layout"] = {},  # noqa: B006
            target: Annotated[str | None, "root folder of another data set, to evaluate on"] = None,
            target_layout: Annotated[str | None, "its layout; default: market1501"] = None,
            target_args: Annotated[dict, "options of that layout"] = {},  # noqa: B006
            domain: Annotated[int, "of the embedded people to evaluate on: not 0, other cameras"] = 0,
            strategies: Annotated[list[str] | None, "names of variants, or of strategies; default: all variants of the "
                                                    "recipe"] = None,
            variants: Annotated[dict, "{name: options of search that differ; retrain: {…}; genotype: …}"] = {},  # noqa: B006
            genotypes: Annotated[list[str] | None, "genotypes to train, too, without a search: names, or a family such "
                                                   "as cm-nas-195"] = None,
            space: Annotated[str | None, "search space, if not the recipe's"] = None,
            space_args: Annotated[dict, "its arguments"] = {},  # noqa: B006
            seeds: Annotated[int, "number of seeds"] = 5,
            first_seed: Annotated[int, "the first of them"] = 0,
            images: Annotated[int | None, "images that each search may show: the common budget; default: the recipe's, "
                                          "or its epochs, which differ between strategies"] = None,
            recipe: Annotated[str, "recipe with the sections search, retrain and evaluate that all share"] = "demo",
            reference: Annotated[str, "variant that the others are paired with"] = "Random",
            metric: Annotated[str, "mAP, rank-1, rank-5, rank-10, rank-20 or mINP"] = "mAP",
            truth: Annotated[str | None, "table of nasreid exhaust: also judge every search by it"] = None,
            workers: Annotated[int, "jobs at a time"] = 1,
            threads: Annotated[int, "threads of each job; sums of floats depend on it"] = 1,
            engine: Annotated[str, "processes, or ray (an existing cluster)"] = "processes",
            address: Annotated[str, "of the Ray cluster"] = "auto",
            gpus: Annotated[float, "GPUs of each job, under Ray"] = 0.0,
            again: Annotated[bool, "try jobs that failed again"] = False,
            quiet: Annotated[bool, "no progress"] = False,
            config: Annotated[str | None, "recipe; its section compare gives options of this command"] = None) -> None:
    """Search with each strategy and seed, retrain and evaluate all alike, and say what the difference is worth."""
    typed = _typed(locals())
    from nasreid.experiments.compare import Comparison
    from nasreid.network.catalogue import family
    from nasreid.pictures.report.tables import TEXT

    common = sections(recipe)
    common["search"] |= {} if images is None else {"images": images}
    changed = {"space": space, "space_args": space_args} if space else {"space_args": space_args} if space_args else {}
    chosen = {name: {**changed, **variants.get(name, {"strategy": name})} for name in strategies or variants}
    chosen |= {name: {"genotype": name} for given in genotypes or [] for name in family(given)}
    if not chosen:
        raise NasreidError("nothing to compare: expected --strategies, --genotypes, or a recipe with variants")
    if data is not None and domain and target is None:
        raise NasreidError(f"domain {domain} with --data {data}: this comparison evaluates on another domain; expected "
                           "--target with its data set")
    if data is None:
        data, target = _embedded(Path(output), recipe, domain, quiet)
    comparison = Comparison(chosen, common, data, layout, data_args, range(first_seed, first_seed + seeds), reference,
                            metric, {**changed, "strategy": "Random"}, target, target_layout, target_args)
    frame = comparison.run(output, _workers(engine, workers, threads, address, gpus), again, quiet, typed)
    print((Path(output) / TEXT).read_text(encoding="utf-8"))
    if truth is not None:
        _judge(truth, frame, Path(output), {"data": data, "layout": layout or "market1501", "data_args": data_args,
                                            "skip_broken": False}, quiet)
    report(output)
    missing = len(comparison.tasks(Path(output))) - len(frame)
    if missing:
        raise NasreidError(f"{missing} jobs failed twice, see {Path(output) / TEXT}; --again tries them once more")


def report(folder: Annotated[str, "folder that nasreid compare filled"], /, *,
           config: Annotated[str | None, "recipe"] = None) -> None:
    """Write the report of a comparison anew: one HTML file with tables, intervals, diagrams and ranked lists."""
    from nasreid.pictures.report.page import write

    print(f"report: {write(folder)}")


def _typed(given: dict[str, Any]) -> str:
    """The command line that gives `compare` these arguments, a recipe's section spelled out; what only concerns the
    screen is left out."""
    words = ["nasreid", "compare"]
    for name, parameter in inspect.signature(compare).parameters.items():
        value = given[name]
        if value == parameter.default or name in ("again", "quiet"):
            continue
        many = value if isinstance(value, list) else [json.dumps(value) if isinstance(value, dict) else str(value)]
        words += [f"--{name.replace('_', '-')}", *many]
    return shlex.join(words)


def _judge(table: str, frame: pd.DataFrame, output: Path, place: dict[str, Any], quiet: bool) -> None:
    """Regret, rank and tau of every search, into truth.csv, and their means."""
    from nasreid.cli.options import place_of
    from nasreid.experiments.judged import judged
    from nasreid.files import write_text
    from nasreid.pictures.report.tables import JUDGED, judged_table

    found = frame[[(Path(folder) / "search" / "genotype.json").is_file() for folder in frame["folder"]]]
    rows = judged(table, [Path(folder) / "search" for folder in found["folder"]], place_of(place), quiet=quiet)
    rows.insert(0, "variant", found["variant"].to_numpy())
    rows.insert(1, "seed", found["seed"].to_numpy())
    write_text(output / JUDGED, rows.to_csv(index=False))
    print(f"judged by {table}, means over seeds\n\n{judged_table(rows).to_string(index=False)}")


def _workers(engine: str, count: int, threads: int, address: str, gpus: float) -> Workers:
    from nasreid.experiments.workers import Processes, RayCluster

    if engine not in ("processes", "ray"):
        raise NasreidError(f"engine {engine!r}: expected processes or ray")
    return Processes(count, threads) if engine == "processes" else RayCluster(address, threads, gpus)


def _embedded(output: Path, recipe: str, domain: int, quiet: bool) -> tuple[str, str | None]:
    """The embedded people in output/data, and those of another domain in output/target; drawn once."""
    from nasreid.cli.data import synthesize

    options = _recipe(recipe).get("data-synthesize", {})
    roots = {0: output / "data", domain: output / ("target" if domain else "data")}
    for number, root in roots.items():
        synthesize(**{**options, "root": str(root), "domain": number, "quiet": quiet})
    return str(roots[0]), str(roots[domain]) if domain else None



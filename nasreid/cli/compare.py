"""nasreid compare and nasreid report."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import pandas as pd

from nasreid.arguments import Options
from nasreid.cli.data import Synthesize
from nasreid.cli.recipe import recipe
from nasreid.configuration import REQUIRED, How, Place, build, known, plain, values
from nasreid.errors import NasreidError
from nasreid.experiments.compare import STAGES, Comparison
from nasreid.experiments.judged import judged
from nasreid.experiments.runs import DataSet
from nasreid.experiments.stages import perform
from nasreid.experiments.workers import Processes, RayCluster, Workers
from nasreid.files import write_text
from nasreid.network.catalogue import family
from nasreid.pictures.report.page import write
from nasreid.pictures.report.tables import JUDGED, TEXT, judged_table
from nasreid.ranges import PROCESSES, SEEDS, real, whole


@dataclass(frozen=True)
class Sources:
    """The data sets: the one that is trained on, and another to evaluate on."""

    data: Annotated[str | None, "root folder of the data set; default: the embedded people, drawn into the output "
                                "folder as the recipe says"] = None
    layout: Annotated[str | None, "layout of the data set; default: the recipe's, or market1501"] = None
    data_args: Annotated[Options, "options of its layout"] = field(default_factory=dict)
    target: Annotated[str | None, "root folder of another data set, to evaluate on"] = None
    target_layout: Annotated[str | None, "its layout; default: market1501"] = None
    target_args: Annotated[Options, "options of that layout"] = field(default_factory=dict)
    domain: Annotated[int, "of the embedded people to evaluate on: not 0, other cameras"] = 0

    def drawn(self, output: Path, options: Options, quiet: bool) -> Sources:
        """These, or the embedded people in output/data and those of another domain in output/target; drawn once."""
        if self.data is not None:
            if self.domain and self.target is None:
                raise NasreidError(f"domain {self.domain} with --data {self.data}: this comparison evaluates on "
                                   "another domain; expected --target with its data set")
            return self
        roots = {0: output / "data", self.domain: output / ("target" if self.domain else "data")}
        for number, root in roots.items():
            build(Synthesize, {**options, "root": str(root), "domain": number, "quiet": quiet}, "data-synthesize")()
        return replace(self, data=str(roots[0]), target=str(roots[self.domain]) if self.domain else None)


@dataclass(frozen=True)
class Jobs:
    """How the jobs are run."""

    workers: Annotated[int, "jobs at a time", How] = 1
    threads: Annotated[int, "threads of each job; sums of floats depend on it"] = 1
    engine: Annotated[str, "processes, or ray (an existing cluster)", How] = "processes"
    address: Annotated[str, "of the Ray cluster", How] = "auto"
    gpus: Annotated[float, "GPUs of each job, under Ray", How] = 0.0
    again: Annotated[bool, "try jobs that failed again", How] = False
    quiet: Annotated[bool, "no progress", How] = False

    def __post_init__(self) -> None:
        whole(self, 1, PROCESSES[1], "workers", "threads")
        real(self, 0, PROCESSES[1], "gpus")

    def made(self) -> Workers:
        """The workers."""
        if self.engine not in ("processes", "ray"):
            raise NasreidError(f"engine {self.engine!r}: expected processes or ray")
        if self.engine == "processes":
            return Processes(self.workers, self.threads, perform)
        return RayCluster(self.address, self.threads, perform, self.gpus)


@dataclass(frozen=True)
class Compare:
    """Search with each strategy and seed, retrain and evaluate all alike, and say what the difference is worth."""

    output: Annotated[str, "folder; the same command goes on there and repeats nothing"]
    sources: Sources = Sources()
    strategies: Annotated[Sequence[str] | None, "names of variants, or of strategies; default: all variants of the "
                                                "recipe"] = None
    variants: Annotated[Options, "{name: options of search that differ; retrain: {…}; genotype: …}"] = field(
        default_factory=dict)
    genotypes: Annotated[Sequence[str] | None, "genotypes to train, too, without a search: names, or a family such as "
                                               "cm-nas-195"] = None
    space: Annotated[str | None, "search space, if not the recipe's"] = None
    space_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
    seeds: Annotated[int, "number of seeds"] = 5
    first_seed: Annotated[int, "the first of them"] = 0
    images: Annotated[int | None, "images that each search may show: the common budget; default: the recipe's, or its "
                                  "epochs, which differ between strategies"] = None
    recipe: Annotated[str, "recipe with the sections search, retrain and evaluate that all share"] = "demo"
    reference: Annotated[str, "variant that the others are paired with"] = "Random"
    metric: Annotated[str, "mAP, rank-1, rank-5, rank-10, rank-20 or mINP"] = "mAP"
    truth: Annotated[str | None, "table of nasreid exhaust: also judge every search by it"] = None
    jobs: Jobs = Jobs()

    def __post_init__(self) -> None:
        whole(self, 1, 10_000, "seeds")
        whole(self, 0, SEEDS[1] - 10_000, "first_seed")
        whole(self, 1, 10**15, "images")

    def __call__(self) -> None:
        output, content = Path(self.output), recipe(self.recipe)
        chosen = self._chosen()
        sources = self.sources.drawn(output, content.get("data-synthesize", {}), self.jobs.quiet)
        comparison = self._comparison(chosen, content, sources)
        for stage in ("retrain",) if sources.target is None else ("retrain", "evaluate"):
            comparison.data_of(stage).listed()
        frame = comparison.run(output, self.jobs.made(), self.jobs.again, self.jobs.quiet, self.typed())
        print((output / TEXT).read_text(encoding="utf-8"))
        if self.truth is not None:
            _judge(self.truth, frame, output, comparison.data_of("retrain"), self.jobs.quiet)
        Report(self.output)()
        missing = len(comparison.tasks(output)) - len(frame)
        if missing:
            raise NasreidError(f"{missing} jobs are missing, see {output / TEXT}: --again tries once more those that "
                               "failed twice; the same command goes on with those that were ended from outside")

    def typed(self) -> str:
        """The command line that gives these options, a recipe's section spelled out; how it is run is left out."""
        words, said = ["nasreid", "compare"], values(self, how=False)
        for name, option in known(Compare).items():
            if name in said and option.default is not REQUIRED and said[name] != plain(option.default):
                many = said[name] if isinstance(said[name], list) else [_typed(said[name])]
                words += [f"--{name.replace('_', '-')}", *many]
        return shlex.join([*words, "--output", self.output])

    def _changed(self) -> Options:
        return {**({"space": self.space} if self.space else {}),
                **({"space_args": self.space_args} if self.space or self.space_args else {})}

    def _chosen(self) -> dict[str, Options]:
        names = self.strategies or self.variants
        chosen = {n: {**self._changed(), **self.variants.get(n, {"strategy": n})} for n in names}
        chosen |= {name: {"genotype": name} for given in self.genotypes or [] for name in family(given, self.space)}
        if not chosen:
            raise NasreidError("nothing to compare: expected --strategies, --genotypes, or a recipe with variants")
        return chosen

    def _comparison(self, chosen: Options, content: Options, sources: Sources) -> Comparison:
        common = {stage: dict(content.get(stage, {})) for stage in STAGES}
        common["search"] |= {} if self.images is None else {"images": self.images}
        seeds = range(self.first_seed, self.first_seed + self.seeds)
        return Comparison(chosen, common, str(sources.data), sources.layout, sources.data_args, seeds, self.reference,
                          self.metric, {**self._changed(), "strategy": "Random"}, sources.target,
                          sources.target_layout, sources.target_args)


@dataclass(frozen=True)
class Report:
    """Write the report of a comparison anew: one HTML file with tables, intervals, diagrams and ranked lists."""

    folder: Annotated[str, "folder that nasreid compare filled", Place]

    def __call__(self) -> None:
        print(f"report: {write(self.folder)}")


def _typed(value: object) -> str:
    """As one word of a command line."""
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _judge(table: str, frame: pd.DataFrame, output: Path, data: DataSet, quiet: bool) -> None:
    """Regret, rank and tau of every search, into truth.csv, and their means."""
    found = frame[[(Path(folder) / "search" / "genotype.json").is_file() for folder in frame["folder"]]]
    rows = judged(table, [Path(folder) / "search" for folder in found["folder"]], data.record(), quiet=quiet)
    rows.insert(0, "variant", found["variant"].to_numpy())
    rows.insert(1, "seed", found["seed"].to_numpy())
    write_text(output / JUDGED, rows.to_csv(index=False))
    print(f"judged by {table}, means over seeds\n\n{judged_table(rows).to_string(index=False)}")

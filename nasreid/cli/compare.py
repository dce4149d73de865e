"""nasreid compare and nasreid report."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import pandas as pd

from nasreid.arguments import Options
from nasreid.cli.commands import command
from nasreid.cli.data import Synthesize
from nasreid.cli.jobs import Jobs
from nasreid.cli.recipe import recipe
from nasreid.configuration import REQUIRED, Place, build, known, plain, values
from nasreid.errors import NasreidError, one_of
from nasreid.experiments.compare import STAGES, Comparison, images_in
from nasreid.experiments.decided import Deciding
from nasreid.experiments.further import Further
from nasreid.experiments.judged import trusted
from nasreid.experiments.speed import timed
from nasreid.experiments.stages import RUNS
from nasreid.experiments.table_comparison import TableComparison, work
from nasreid.experiments.table_words import Judged
from nasreid.experiments.trust import domains
from nasreid.experiments.truth import TRUSTED, Truth, read_truth, recipe_of
from nasreid.files import write_text
from nasreid.network.catalogue import family, find
from nasreid.pictures.report.page import write
from nasreid.pictures.report.tables import DECIDED, TEXT, decisions
from nasreid.ranges import SEEDS, whole


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
    recipe: Annotated[str | None, "recipe with the sections search, retrain and evaluate that all share; default: that "
                                  "of the truth, the first of recipes, or demo"] = None
    reference: Annotated[str, "variant that the others are paired with"] = "Random"
    metric: Annotated[str, "mAP, rank-1, rank-5, rank-10, rank-20 or mINP"] = "mAP"
    retrainings: Annotated[int, "trainings of each genotype that a search found: the variance of searching is told "
                                "from that of retraining"] = 1
    recipes: Annotated[Sequence[str] | None, "recipes whose sections retrain train the same genotypes, too: does the "
                                             "ranking survive?"] = None
    truth: Annotated[str | None, "a table of nasreid exhaust, or one that ships (micro): searches are run, their "
                                 "scores looked up there, and nothing is retrained"] = None
    curves: Annotated[int, "with a truth: trainings up to which searches by trials are followed in the picture of "
                           "regret against images; 0: none"] = 100
    time_against: Annotated[str | None, "a network by name, such as resnet50: the inference time of each variant's "
                                        "network is measured relative to its, in the same minutes"] = None
    unreliable: Annotated[bool, f"judge by a truth even if its reliability is below {TRUSTED}"] = False
    deciding: Deciding = Deciding()
    jobs: Jobs = Jobs()

    def __post_init__(self) -> None:
        whole(self, 1, 10_000, "seeds", "retrainings")
        whole(self, 0, SEEDS[1] - 10_000, "first_seed")
        whole(self, 1, 10**15, "images")
        whole(self, 0, 100_000, "curves")
        if self.truth is not None and (self.retrainings > 1 or self.recipes):
            raise NasreidError("retrainings or recipes with a truth: nothing is trained there, scores are looked up; "
                               "expected one or the other")
        if self.truth is not None and (self.sources.target is not None or self.jobs.engine != "processes"):
            raise NasreidError("target, or another engine than processes, with a truth: searches run here, and are "
                               "judged by the test sets of the table; expected neither")
        if self.time_against is not None:
            find(self.time_against, self.space)
            if self.truth is not None:
                raise NasreidError("time_against with a truth: no network is made there; expected one or the other")

    def __call__(self) -> None:
        output, content = Path(self.output), _of_jobs(recipe(self._own()))
        chosen = self._chosen()
        if self.truth is not None:
            self._on_table(chosen, content, self.truth)
            return
        sources = self.sources.drawn(output, content.get("data-synthesize", {}), self.jobs.quiet)
        comparison = self._comparison(chosen, content, sources)
        for stage in ("retrain",) if sources.target is None else ("retrain", "evaluate"):
            comparison.data_of(stage).listed()

        def run(seeds: Sequence[int]) -> pd.DataFrame:
            made = replace(comparison, seeds=seeds)
            return made.run(output, workers, self.jobs.again, self.jobs.quiet, self.typed())

        workers = self.jobs.made()
        frame = self.deciding.until(run, self.first_seed, self.seeds, self.reference, self.metric)
        if self.time_against is not None:
            trained = content.get("retrain", {})
            timed(frame, self.time_against, output, (trained.get("height", 256), trained.get("width", 128)), self.space)
        print((output / TEXT).read_text(encoding="utf-8"))
        if self.reference in set(frame["variant"]):
            verdicts = self.deciding.verdicts(frame, self.reference, self.metric)
            write_text(output / DECIDED, verdicts.to_csv(index=False))
            print("\n".join(decisions(verdicts, self.reference)))
        Report(self.output)()
        every = replace(comparison, seeds=sorted({*comparison.seeds, *frame["seed"].tolist()}))
        missing = every.missing(frame)
        if missing:
            raise NasreidError(f"{missing} jobs are missing, see {output / TEXT}: --again tries once more those that "
                               "failed twice; the same command goes on with those that were ended from outside")

    def _on_table(self, chosen: dict[str, Options], content: Options, table: str) -> None:
        if self.reference not in {*chosen, known(Compare)["reference"].default}:
            raise NasreidError(f"reference {one_of(self.reference, chosen)}")
        truth, read = trusted(table, self.metric, self.unreliable), read_truth(table, self.metric)
        others = {name: Truth.of(read, f"{name} {self.metric}") for name in domains(read) if name}
        sources = self.sources.drawn(Path(self.output), content.get("data-synthesize", {}), self.jobs.quiet)
        common = content.get("search", {}) | ({} if self.images is None else {"images": self.images})
        place = images_in(str(sources.data), sources.layout, sources.data_args)
        reference = self.reference if self.reference in chosen else next(iter(chosen))
        made = TableComparison(chosen, common, place, truth, (), self.metric, others)

        def run(seeds: Sequence[int]) -> pd.DataFrame:
            return replace(made, seeds=seeds).run(self.output, workers, self.jobs.again, self.jobs.quiet)

        workers = self.jobs.warm(work)
        frame = self.deciding.until(run, self.first_seed, self.seeds, reference, "regret", less=True)
        verdicts = self.deciding.verdicts(frame, reference, "regret", less=True)
        curves = replace(made, seeds=sorted({*frame["seed"]})).followed(self.curves)
        judged = Judged(frame, table, read, self.metric, reference, verdicts, self.typed(), curves)
        print(judged.write(self.output))

    def typed(self) -> str:
        """The command line that gives these options, a recipe's section spelled out; how it is run is left out."""
        words, said = ["nasreid", "compare"], values(self, how=False)
        for name, option in known(Compare).items():
            if name in said and option.default is not REQUIRED and said[name] != plain(option.default):
                many = said[name] if isinstance(said[name], list) else [_typed(said[name])]
                words += [f"--{name.replace('_', '-')}", *many]
        return shlex.join([*words, "--output", self.output])

    def _own(self) -> str:
        return self.recipe or (self.recipes[0] if self.recipes else recipe_of(self.truth))

    def _changed(self) -> Options:
        return {**({"space": self.space} if self.space else {}),
                **({"space_args": self.space_args} if self.space or self.space_args else {})}

    def _chosen(self) -> dict[str, Options]:
        names = self.strategies or self.variants
        for name, options in self.variants.items():
            if not isinstance(name, str) or not isinstance(options, Mapping):
                raise NasreidError(f"variant {name!r} is {options!r}; expected a name, and {{option of search: value}}")
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
                          sources.target_layout, sources.target_args,
                          Further(self.retrainings, {name: _of_jobs(recipe(name)) for name in self.recipes or ()
                                                     if name != self._own()}, self._own()))


@dataclass(frozen=True)
class Report:
    """Write the report of a comparison anew: one HTML file with tables, intervals, diagrams and ranked lists."""

    folder: Annotated[str, "folder that nasreid compare filled", Place]

    def __call__(self) -> None:
        print(f"report: {write(self.folder)}")


def _of_jobs(content: Options) -> Options:
    """A recipe without what says only how and where a command runs: what --print-config printed has it, too."""
    hows = {stage: {name for name, option in known(command(stage)).items() if option.how and name not in known(run)}
            for stage, run in RUNS.items() if stage in content}
    return {**content, **{stage: {name: value for name, value in content[stage].items() if name not in names}
                          for stage, names in hows.items() if isinstance(content[stage], dict)}}


def _typed(value: object) -> str:
    """As one word of a command line."""
    return json.dumps(value) if isinstance(value, dict) else str(value)
